# SPDX-License-Identifier: BSD-2-Clause
# What report.awk has read, as JUnit's XML: a suite a run, a case a test.

function results_of(run, test,   i, j, n, key, text) {
	for (i = 1; i <= results; i++) {
		if (result_run[i] != run || result_test[i] + 0 != test)
			continue
		text = text "test=" value[i, "test"]
		n = split(keys[i], key, " ")
		for (j = 1; j <= n; j++)
			text = text " " key[j] "=" value[i, key[j]]
		text = text (result_empty[i] == "" ? "" : " # SKIP " result_empty[i]) "\n"
	}
	return text
}

END {
	print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
	for (r = 1; r <= runs; r++) {
		# What was planned and never ran is an error too: a reader that counts must not miss it.
		lost[r] = run_plan[r] - run_tests[r]
		all += run_tests[r] + lost[r]
		failed += run_count[r, "FAIL"]
		errors += run_count[r, "ERROR"] + lost[r]
		skips += run_count[r, "SKIP"]
	}
	printf "<testsuites name=\"latesync\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\">\n",
		all, failed, errors, skips
	for (r = 1; r <= runs; r++) {
		suite = log_name[run_log[r]] ":" run_line[r]
		printf " <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\">\n",
			xml(suite), run_tests[r] + lost[r], run_count[r, "FAIL"],
			run_count[r, "ERROR"] + lost[r], run_count[r, "SKIP"]
		printf "  <properties>\n"
		printf "   <property name=\"commit\" value=\"%s\"/>\n", xml(run_commit[r])
		printf "   <property name=\"verdict\" value=\"%s\"/>\n", run_verdict[r]
		printf "   <property name=\"replay\" value=\"%s\"/>\n", xml(run_replay[r])
		n = split(keys["c" r], key, " ")
		for (i = 1; i <= n; i++)
			printf "   <property name=\"config.%s\" value=\"%s\"/>\n", key[i],
				xml(value["c" r, key[i]])
		printf "  </properties>\n"
		for (t = 1; t <= tests; t++) {
			if (test_run[t] != r)
				continue
			printf "  <testcase classname=\"latesync\" name=\"%s\">\n", xml(test_name[t])
			what = test_status[t]
			if (what == "SKIP")
				printf "   <skipped message=\"%s\"/>\n", xml(test_why[t])
			else if (what != "PASS")
				printf "   <%s type=\"%s\" message=\"%s\">%s</%s>\n",
					what == "FAIL" ? "failure" : "error", what, xml(test_why[t]),
					xml(test_violations[t]), what == "FAIL" ? "failure" : "error"
			printf "   <system-out>%s</system-out>\n  </testcase>\n", xml(results_of(r, t))
		}
		for (i = 1; i <= lost[r]; i++)
			printf "  <testcase classname=\"latesync\" name=\"planned as %d\">\n   <error " \
				"type=\"%s\" " \
				"message=\"the run ended before this test\"/>\n  </testcase>\n",
				run_tests[r] + i, run_verdict[r]
		print " </testsuite>"
	}
	print "</testsuites>"
}
