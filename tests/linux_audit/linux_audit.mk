# SPDX-License-Identifier: BSD-2-Clause
# The program behind tests/linux-audit and tests/linux-alternatives.

LINUX_AUDIT_SRC := $(wildcard tests/linux_audit/*.c) tests/check_text/flow.c \
	$(addprefix tests/linux/,gdb.c machine.c symbols.c) \
	$(addprefix patching/,alternative.c insn.c nops.c)
$(B)/host/linux_audit: $(LINUX_AUDIT_SRC:%.c=$(B)/host/obj/%.o)
	@$(HOSTCC) -o $@ $(filter %.o,$^)
