# SPDX-License-Identifier: BSD-2-Clause
# `nm -n` of the first link in, NASM source of the symbol table out: two parallel arrays,
# sorted by address, and the names behind them. Only text: that is what a backtrace holds.
BEGIN { n = 0 }
$2 ~ /^[tT]$/ && $1 ~ /^ffffffff8/ && $3 !~ /^(\.L|\.\.@|\$|__text_|__noinstr_text_|__park_text_|__entry_text_)/ {
	if ($1 == last)
		next
	last = $1
	addr[n] = $1
	name[n++] = $3
}
END {
	print "section .symbols alloc noexec nowrite progbits align=8"
	print "global symbols_count, symbols_addr, symbols_name"
	print "symbols_count: dq " n
	print "symbols_addr:"
	for (i = 0; i < n; i++)
		print "dq 0x" addr[i]
	print "symbols_name:"
	for (i = 0; i < n; i++)
		print "dd s" i " - symbols_name"
	for (i = 0; i < n; i++)
		print "s" i ": db '" name[i] "', 0"
}
