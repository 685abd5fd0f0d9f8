# SPDX-License-Identifier: BSD-2-Clause
# Who may include whom. The first file is README.md, whose table has a row for each room:
#
#	| `room/` | what it owns | `a/`, `b/`, or nothing, or all rooms |
#
# The others are all files that can include or be included. A file belongs to the room with the
# longest name that its path begins with. Prints for each room what it includes, and how often; an
# include that the table does not have, and one that only the table has, is an error.

function bad(text) {
	print text
	failed = 1
}

# The room of a path; "" if none.
function room_of(path,    room, best) {
	best = ""
	for (room in may)
		if (index(path, room) == 1 && length(room) > length(best))
			best = room
	return best
}

# The path without "." and "..".
function plain(path,    part, n, i, out, depth) {
	n = split(path, part, "/")
	depth = 0
	for (i = 1; i <= n; i++) {
		if (part[i] == ".." && depth)
			depth--
		else if (part[i] != ".")
			out[++depth] = part[i]
	}
	path = out[1]
	for (i = 2; i <= depth; i++)
		path = path "/" out[i]
	return path
}

BEGIN {
	for (i = 2; i < ARGC; i++)
		exists[ARGV[i]] = 1
}

FNR == 1 {
	files++
	here = files > 1 ? room_of(FILENAME) : ""
	if (files > 1 && here == "")
		bad(FILENAME ": in no room of the README's table")
	used[here] = 1
}

files == 1 {
	if ($0 ~ /^\| room \|/)
		table = 1
	else if ($0 !~ /^\|/)
		table = 0
	if (!table || $0 !~ /^\| `[^`]*\/`/)
		next
	split($0, column, "|")
	gsub(/[ `]/, "", column[2])
	order[++rooms] = column[2]
	may[column[2]] = column[4]
	next
}

here != "" && /^[ \t]*[#%][ \t]*include/ {
	if (!match($0, /[<"][^">]*[">]/)) {
		bad(FILENAME ":" FNR ": an include that names no file: " $0)
		next
	}
	named = substr($0, RSTART + 1, RLENGTH - 2)
	directory = FILENAME
	sub(/[^\/]*$/, "", directory)
	file = plain(directory named)
	if (substr($0, RSTART, 1) == "<" || !(file in exists))
		file = plain(named)
	if (!(file in exists)) # the system's, or a generated one
		next
	there = room_of(file)
	if (there == here)
		next
	arrows++
	count[here, there]++
	if (!index(may[here], "`" there "`") && may[here] !~ /all rooms/)
		bad(FILENAME ":" FNR ": " here " may not include " there " (README.md, The rooms): " $0)
}

END {
	if (!rooms)
		bad(ARGV[1] ": no table of rooms")
	for (i = 1; i <= rooms; i++) {
		line = ""
		for (j = 1; j <= rooms; j++) {
			n = count[order[i], order[j]]
			if (n)
				line = line (line == "" ? " " : ", ") order[j] " " n
			else if (index(may[order[i]], "`" order[j] "`"))
				bad(order[i] " includes nothing of " order[j] ": take it out of the README's table")
		}
		print order[i] ":" (line == "" ? " nothing" : line)
		if (!(order[i] in used))
			bad(order[i] ": a room without a file")
	}
	print arrows + 0 " includes from one room into another"
	exit failed
}
