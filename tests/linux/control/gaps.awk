# SPDX-License-Identifier: BSD-2-Clause
# Of a sweep's table: the accused instructions must be those of the two gaps between the planted stores and the
# CR3 writes, found by what the instructions are, and no other. `word` is the signal as objdump prints it.
# An NMI comes before the instruction it is raised at: a gap begins behind its first write.
#
#   early, late, way out:  S:=0  gap  CR3:=U        early, way in:  S:=1  gap  CR3:=K
#                                                   late,  way in:  CR3:=K  gap  S:=1

function fail(line) {
	print line
	bad++
}

$2 != "in" && $2 != "out" { next }
$1 ~ /^nmi-/ {		# NMIs wait there
	if (/ BROKEN /)
		fail("accused though it waited: " $0)
	next
}
{
	sets = index($0, " movl $0x1," word " ")
	clears = index($0, " movl $0x0," word " ")
	switches = / mov %r[a-z0-9]+,%cr3 /
	broken = / BROKEN /
	if ($1 $2 != path) {
		path = $1 $2
		open = 0
		done = 0
	}
	if (open != broken)
		fail((open ? "not accused: " : "accused: ") $0)
	else
		accused += broken
	if ($0 !~ / nmi\+nmi /)		# the last row of an instruction
		next
	first = $2 == "out" ? clears : order == "late" ? switches : sets
	second = $2 == "out" || order != "late" ? switches : sets
	if (open && second)
		open = 0
	else if (first && !done) {
		open = order != "nested"
		done = 1
		gaps++
	}
}
END {
	if (!gaps)
		fail("no row has the planted stores at " word)
	if (!bad)
		print gaps " gaps on the ways in and out, " accused + 0 " events in them accused, none elsewhere"
	exit bad > 0
}
