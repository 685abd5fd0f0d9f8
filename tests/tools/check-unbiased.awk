# SPDX-License-Identifier: BSD-2-Clause
# What must not depend on a protocol's name (in `names`), or on what is expected of it: see
# tests/tools/check. In `table` the rows of the table themselves are left out.

BEGIN {
	count = split(names, name, " ")
}

FNR == 1 {
	comment = rows = 0
}

FILENAME == table && /^const struct protocol protocols\[\]/ {
	rows = 1
}

rows {
	if (/^};/)
		rows = 0
	next
}

# Comments may speak of protocols.
{
	line = $0
	if (comment && !sub(/^.*\*\//, "", line))
		next
	comment = 0
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
	if (sub(/\/\*.*/, "", line))
		comment = 1
	sub(/\/\/.*/, "", line)
	if (FILENAME ~ /\.(asm|inc)$/)
		sub(/;.*/, "", line)
}

function bad(why) {
	print FILENAME ":" FNR ": " why ": " $0
	failed = 1
}

{
	for (i = 1; i <= count; i++)
		if (index(line, "\"" name[i] "\"") || index(line, "'" name[i] "'"))
			bad("the name of a protocol")
	if (line ~ /(->|\.)(sound|caught_by)([^a-z_]|$)/)
		bad("what is expected of a protocol")
	if (line ~ /(str|mem)n?cmp/ && line ~ /protocol[a-z_]*(\(\)|\[[^]]*\])?(->|\.)name/ && FILENAME != table)
		bad("the name of a protocol compared")
	if (line ~ /protocol_find/ && FILENAME !~ /^entry\/protocol\/protocol\.[ch]$/)
		bad("a protocol found by name")
}

END {
	exit failed
}
