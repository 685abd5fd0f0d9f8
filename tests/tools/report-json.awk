# SPDX-License-Identifier: BSD-2-Clause
# What report.awk has read, as JSON. A value that is written as a number is one.

function text(s) {
	s = printable(s)
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/\n/, "\\n", s)
	return "\"" s "\""
}
function scalar(s) {
	return s ~ /^(0|[1-9][0-9]*)(\.[0-9]+)?$/ && length(s) < 16 ? s : text(s)
}
function object(which,   i, n, key, s) {
	n = split(keys[which], key, " ")
	for (i = 1; i <= n; i++)
		s = s (i > 1 ? ", " : "") text(key[i]) ": " scalar(value[which, key[i]])
	return s
}
function lines(s,   i, n, line, out) {
	n = split(s, line, "\n")
	for (i = 1; i < n; i++)
		out = out (i > 1 ? ", " : "") text(line[i])
	return "[" out "]"
}
function results_of(run, test,   i, s) {
	for (i = 1; i <= results; i++) {
		if (result_run[i] != run || result_test[i] + 0 != test)
			continue
		s = s (s == "" ? "" : ",") "\n      {\"test\": " text(value[i, "test"]) ", " object(i)
		s = s (result_empty[i] == "" ? "" : ", \"skip\": " text(result_empty[i])) "}"
	}
	return "[" s "]"
}

END {
	printf "{\"format\": 1, \"runs\": ["
	for (r = 1; r <= runs; r++) {
		printf "%s\n {\"log\": %s, \"line\": %d, \"version\": %s, \"commit\": %s, \"verdict\": " \
			"\"%s\",\n",
			(r > 1 ? "," : ""), text(log_name[run_log[r]]), run_line[r], text(run_version[r]),
			text(run_commit[r]), run_verdict[r]
		printf "  \"planned\": %d, \"pass\": %d, \"fail\": %d, \"error\": %d, \"skip\": %d,\n",
			run_plan[r], run_count[r, "PASS"], run_count[r, "FAIL"], run_count[r, "ERROR"],
			run_count[r, "SKIP"]
		printf "  \"replay\": %s,\n  \"config\": {%s},\n  \"here\": %s,\n  \"tests\": [",
			text(run_replay[r]), object("c" r), lines(run_here[r])
		comma = ""
		for (t = 1; t <= tests; t++) {
			if (test_run[t] != r)
				continue
			printf "%s\n    {\"name\": %s, \"status\": \"%s\", \"reason\": %s, " \
				"\"violations\": %s,\n" \
				"     \"results\": %s}", comma, text(test_name[t]), test_status[t],
				text(test_why[t]), lines(test_violations[t]), results_of(r, t)
			comma = ","
		}
		printf "],\n  \"unfinished\": %s}", results_of(r, 0)
	}
	print "\n]}"
}
