# SPDX-License-Identifier: BSD-2-Clause
# What `make -nB` would run, turned into compile_commands.json: a command for each C file, from the
# folder `dir`. Of a file that several programs are made of the first command counts.

function quoted(text) {
	gsub(/[\\"]/, "\\\\&", text)
	return "\"" text "\""
}

BEGIN {
	printf "["
}

$1 !~ /^(echo|printf|mkdir|test|\[)$/ {
	file = ""
	for (i = 2; i <= NF; i++)
		if ($i ~ /^[a-z][a-z0-9_\/.-]*\.c$/)
			file = file == "" ? $i : "several"
	if (file == "" || file == "several" || seen[file]++)
		next
	printf "%s\n{\"directory\": %s,\n \"file\": %s,\n \"command\": %s}", comma, quoted(dir), quoted(file), quoted($0)
	comma = ","
}

END {
	print "\n]"
}
