# SPDX-License-Identifier: BSD-2-Clause
# Reads logs in the form of litmus7, as they are or after "# ", and prints a line for each test:
#
#	NAME KIND STATES POSITIVE NEGATIVE OBSERVED
#
# Whatever does not fit together is said on stderr, and the status is 1: a count of states, a
# histogram that does not add up to the witnesses, stars that are not the positives, a test that
# breaks off. Lines of other kinds are passed over.

function bad(why) {
	print FILENAME ":" FNR ": " name ": " why > "/dev/stderr"
	failed = 1
}

{
	sub(/\r$/, "")
	sub(/^# /, "")
}

/^Test [^ ]+ (Allowed|Forbidden|Required)$/ {
	if (name != "")
		bad("breaks off")
	name = $2
	kind = $3
	states = lines = sum = stars = 0
	positive = negative = -1
	next
}

name == "" { next }

/^Histogram \([0-9]+ states?\)$/ {
	states = substr($2, 2) + 0
	next
}

/^[0-9]+ *[*:]>/ {
	lines++
	sum += $1
	if ($0 ~ /^[0-9]+ *\*>/)
		stars += $1
	next
}

/^Positive: [0-9]+, Negative: [0-9]+$/ {
	positive = $2 + 0
	negative = $4 + 0
	next
}

/^Observation [^ ]+ (Never|Sometimes|Always) [0-9]+ [0-9]+$/ {
	if ($2 != name)
		bad("an observation of " $2)
	if (lines != states)
		bad(lines " states, not " states)
	if (sum != positive + negative || $4 != positive || $5 != negative)
		bad("the counts do not add up")
	if (stars != positive)
		bad(stars " stars for " positive " positives")
	if ($3 != (!positive ? "Never" : !negative ? "Always" : "Sometimes"))
		bad($3 " with " positive " and " negative)
	print name, kind, states, positive, negative, $3
	name = ""
}

END {
	if (name != "")
		bad("breaks off")
	exit failed
}
