# SPDX-License-Identifier: BSD-2-Clause
# docs/tests.md, from the tests' own words: their registration lines and opening comments. Takes the
# C files of tests/ and the bats files; prints Markdown. `make docs/tests.md` runs it.

FNR == 1 {
	finish()
	opening = ""
	state = FILENAME ~ /\.bats$/ ? "shell" : FILENAME ~ /\.[ch]$/ ? "before" : "none"
}

# The opening comment of a script: the first block of # lines that are no pragmas.
state == "shell" && /^#/ {
	if (!/^#!|SPDX|^# shellcheck|^# alone$/)
		opening = opening substr($0, 3) "\n"
	next
}

state == "shell" {
	state = "none"
}

# And of a C file, that begins on its second line.
state == "before" && FNR == 2 {
	state = /^\/\*/ ? "comment" : "none"
}

state == "before" && FNR > 2 {
	state = "none"
}

state == "comment" {
	line = $0
	if (sub(/ *\*\/$/, "", line))
		state = "none"
	sub(/^(\/\*| \*)/, "", line)
	sub(/^ /, "", line)
	if (line != "" || opening != "")
		opening = opening line "\n"
	next
}

/^(DEFINE_TEST|SELFTEST)\(/ {
	row = ""
	collect = 1
}

collect {
	row = row " " $0
	if (/\);/) {
		collect = 0
		register(row)
	}
}

# DEFINE_TEST(number, "name", "summary" "s second half", "needs", ...
function register(row,    part, number) {
	gsub(/"[ \t]+"/, "", row)
	split(row, part, "\"")
	if (row ~ /^ *SELFTEST/) {
		cases[++nr_cases] = part[2]
		return
	}
	number = part[1]
	sub(/^[^(]*\(/, "", number)
	gsub(/[^0-9+A-Z_]/, "", number)
	group = number ~ /TEST_ASKED/ ? "by name only" : number ~ /TEST_EXTRA/ ? "`all`" : "`default`, `all`"
	order = (number ~ /TEST_ASKED/ ? 2000 : number ~ /TEST_EXTRA/ ? 1000 : 0)
	sub(/.*[^0-9]/, "", number)
	order += number
	tests[++nr_tests] = order
	name[order] = part[2]
	summary[order] = part[4]
	needs[order] = part[6]
	groups[order] = group
	files[order] = FILENAME
	mine = order
}

# What a file says is known when its end is.
function finish() {
	sub(/\n+$/, "", opening)
	if (mine)
		why[mine] = opening
	else if (last ~ /\.bats$/)
		shell[++nr_shell] = last "\n" opening
	else if (last ~ /^tests\/host\//)
		host[++nr_host] = last "\n" opening
	else if (last ~ /litmus_shapes/)
		patterns = opening
	mine = 0
	last = FILENAME
}

# Diagrams, which begin with a tab, become code.
function prose(text) {
	gsub(/\n\t/, "\n    ", text)
	gsub(/\t/, "        ", text)
	gsub(/\nRule: /, "\n*Rule:* ", text)
	gsub(/\nReached: /, "\n*Reached:* ", text)
	gsub(/\nBroken: /, "\n*Broken:* ", text)
	gsub(/\nEnough: /, "\n*Enough:* ", text)
	return text
}

# The first paragraph of each, in one line.
function list(entries, count,    i, cut, file, text) {
	for (i = 1; i <= count; i++) {
		cut = index(entries[i], "\n")
		file = substr(entries[i], 1, cut - 1)
		sub(/.*\//, "", file)
		text = substr(entries[i], cut + 1)
		if (cut = index(text, "\n\n"))
			text = substr(text, 1, cut - 1)
		gsub(/\n/, " ", text)
		print "- `" file "`: " text
	}
}

END {
	finish()
	for (i = 1; i <= nr_tests; i++)
		for (j = i; j > 1 && tests[j] < tests[j - 1]; j--) {
			swap = tests[j]
			tests[j] = tests[j - 1]
			tests[j - 1] = swap
		}
	print "# The tests\n"
	print "Made by `make docs/tests.md` from the tests' own words: their registration lines and the comments that"
	print "their files open with. Change those, not this file.\n"
	print "## In the kernel: `test=NAME`\n"
	print "| test | in | shows | needs |\n|---|---|---|---|"
	for (i = 1; i <= nr_tests; i++)
		print "| `" name[tests[i]] "` | " groups[tests[i]] " | " summary[tests[i]] " | " needs[tests[i]] " |"
	for (i = 1; i <= nr_tests; i++)
		print "\n### `" name[tests[i]] "`: " files[tests[i]] "\n\n" prose(why[tests[i]])
	print "\n## The cases of `test=selftest`\n"
	for (i = 1; i <= nr_cases; i++)
		print "- " cases[i]
	print "\n## The patterns of the litmus tests: tests/litmus/litmus_shapes.h\n"
	print prose(patterns)
	print "\n## On the build machine: tests/host\n"
	list(host, nr_host)
	print "\n## From outside: tests/bats\n"
	list(shell, nr_shell)
}
