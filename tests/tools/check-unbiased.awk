# SPDX-License-Identifier: BSD-2-Clause
# What must not depend on a protocol's name (in `names`), or on what is expected of it: see
# tests/tools/check. In `table` and its header the rows, what declares them, and the function that
# prints what is expected are left out.

BEGIN {
	count = split(names, name, " ")
	header = table
	sub(/\.c$/, ".h", header)
}

FNR == 1 {
	comment = rows = 0
	split("", pointer)	# the file's variables that are protocols
}

(FILENAME == table && /^(const struct protocol protocols\[\]|const char \*protocol_kind_name)/) ||
(FILENAME == header && /^(enum protocol_kind|struct protocol) \{/) {
	rows = 1
}

rows {
	if (/^\}/)
		rows = 0
	next
}

FILENAME == table && /^#define/ || FILENAME == header && /^const char \*protocol_kind_name/ {
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

# Is what stands before the field a protocol: a variable of that type, a row, or what a function
# of that name gives?
function of_protocol(text,    who) {
	while (match(text, /[a-z_0-9]+(\[[^]]*\]|\([^()]*\))?(->|\.)kind([^a-z_0-9]|$)/)) {
		who = substr(text, RSTART)
		text = substr(text, RSTART + RLENGTH)
		sub(/[^a-z_0-9].*/, "", who)
		if (who in pointer || who ~ /^protocol/)
			return 1
	}
	return 0
}

line ~ /struct protocol[ *]+(const )?[*a-z_]/ {
	text = line
	while (match(text, /struct protocol[ *]+(const )?[*]*[a-z_0-9]+/)) {
		who = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		sub(/.*[ *]/, "", who)
		pointer[who] = 1
	}
}

{
	for (i = 1; i <= count; i++)
		if (index(line, "\"" name[i] "\"") || index(line, "'" name[i] "'"))
			bad("the name of a protocol")
	if (of_protocol(line) || line ~ /(^|[^a-z_])(caught_by|protocol_kind(_name)?|PROTOCOL_(SOUND|BROKEN|QUESTION))([^a-z_]|$)/)
		bad("what is expected of a protocol")
	if (line ~ /(str|mem)n?cmp/ && line ~ /protocol[a-z_]*(\(\)|\[[^]]*\])?(->|\.)name/ && FILENAME != table)
		bad("the name of a protocol compared")
	if (line ~ /protocol_find/ && FILENAME != table && FILENAME != header)
		bad("a protocol found by name")
}

END {
	exit failed
}
