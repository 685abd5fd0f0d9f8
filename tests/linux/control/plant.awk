# SPDX-License-Identifier: BSD-2-Clause
# Plants the calls of signal.inc and signal_c.inc into the sources of Linux, at lines found by what they say.
# Prints the file; ends with status 1 where it did not find as many as `expected` says.

function plant(line) {
	print line
	planted++
}

name ~ /calling\.h$/ && /^#ifdef CONFIG_(MITIGATION_)?PAGE_TABLE_ISOLATION/ { plant("#include \"control_signal.h\"") }
name ~ /calling\.h$/ && /^\.macro/ { macro = $2 }
name ~ /calling\.h$/ && /^\.endm/ { macro = "" }
name ~ /entry_64\.S$/ && /^[[:blank:]]*(PARANOID_)?RESTORE_CR3[[:blank:]]/ { plant("\tCONTROL_EVENT_OUT") }
name ~ /pti\.c$/ && /^static void __init pti_clone_user_shared/ && !clones {
	plant("#include \"control_signal_c.h\"")
	clones = 1
}
{ print }
macro == "SWITCH_TO_KERNEL_CR3" && /jmp \.Lend.*X86_FEATURE_PTI/ { plant("\tCONTROL_BEFORE_KERNEL_CR3") }
macro == "SWITCH_TO_KERNEL_CR3" && /mov.*, %cr3/ { plant("\tCONTROL_AFTER_KERNEL_CR3") }
macro == "SWITCH_TO_USER_CR3_NOSTACK" && /jmp \.Lend.*X86_FEATURE_PTI/ { plant("\tCONTROL_BEFORE_USER_CR3") }
name ~ /entry_64\.S$/ && /^\.Lparanoid_gsbase_done:/ { plant("\tCONTROL_EVENT_IN") }
name ~ /pti\.c$/ && clones == 1 && /for_each_possible_cpu\(cpu\) \{/ {
	plant("\t\tcontrol_map_signal(cpu);")
	clones = 2
}
END {
	if (planted == expected)
		exit
	print name ": " planted + 0 " places found, not " expected ": this Linux has other entry code" >"/dev/stderr"
	exit 1
}
