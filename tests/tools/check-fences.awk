# SPDX-License-Identifier: BSD-2-Clause
# Every fence names its partner: a comment with "pairs with" stands on its line or in the comment
# directly above it. Where a fence is defined ("#define smp_mb", "%macro", an inline function that
# holds nothing else), its uses are what counts.

FNR == 1 { comment = 0; asm_file = FILENAME ~ /\.(asm|inc)$/ }

{
	text = $0
	names = tolower(text) ~ /pairs with/
	code = text
	if (asm_file)
		sub(/;.*/, "", code)
	else {
		gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", code)
		sub(/\/\/.*/, "", code)
		if (code ~ /^[ \t]*\/?\*/)
			code = ""
		sub(/\/\*.*/, "", code)
	}
	bare = code ~ /^[ \t]*$/
	if (asm_file)
		fence = code ~ /^[ \t]*([a-z_0-9.]+:)?[ \t]*([mls]fence|lock[ \t]+(or|add)[a-z]*[ \t].*rsp)/
	else
		fence = code ~ /(^|[^a-z_])(smp_mb|smp_rmb|smp_wmb|smp_mb__[a-z_]+)\(\)/ ||
			(code ~ /"[^"]*([mls]fence|lock;? *(or|add)l? \$0)/ && code !~ /memory/) ||
			code ~ /__atomic_thread_fence\(/
	if (!asm_file && code ~ /^[ \t]*(\{|X\()/) # a row of a table that only names the instruction
		fence = 0
	if (code ~ /#define|^static (__always_)?inline|%macro/)
		fence = 0
	if (fence && !names && !comment) {
		print FILENAME ":" FNR ": a fence without \"pairs with\": " text
		bad = 1
	}
	# A comment block keeps its promise until the first line of code below it.
	if (names)
		comment = 1
	else if (!bare)
		comment = 0
}

END { exit bad }
