# SPDX-License-Identifier: BSD-2-Clause
# The opening comment of a test, or of each pattern ("SB.F: ...") of the litmus tests, says four
# things. What is missing is named with the place.

BEGIN {
	count = split("Rule: Reached: Broken: Enough:", word, " ")
}

function finish(   i) {
	for (i = 1; i <= count && place != ""; i++)
		if (!(word[i] in said)) {
			print place ": its opening comment lacks \"" word[i] "\""
			bad = 1
		}
	split("", said)
	place = ""
}

FNR == 1 {
	finish()
	open = 1
	if (FILENAME ~ /\.c$/)
		place = FILENAME
}

open && /^ \* [A-Z]+\.[A-Z]+: / {
	finish()
	place = FILENAME ", " substr($2, 1, length($2) - 1)
}

open && $1 == "*" {
	said[$2]
}

/\*\// && FNR > 1 {
	open = 0
}

END {
	finish()
	exit bad
}
