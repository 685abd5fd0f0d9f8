# SPDX-License-Identifier: BSD-2-Clause
# What tests/linux-sweep runs: the debugger's side, and the init of the kernel under test.

$(B)/host/linux_sweep: $(patsubst %.c,$(B)/host/obj/%.o,$(wildcard tests/linux/*.c))
	@$(HOSTCC) -o $@ $(filter %.o,$^)

# Far above what any kernel, while it boots, has at the same address: breakpoints know no page tables.
$(B)/linux/init: tests/linux/init.asm
	@mkdir -p $(@D)
	@echo "  NASM    $<"
	@$(NASM) -f elf64 $(NASM_WARN) -o $@.o $<
	@$(LD) -static -nostdlib -z noexecstack -Ttext-segment=0x100000000000 -o $@ $@.o

$(B)/linux/initrd: $(B)/linux/init
	@$(NM) $< > $(@D)/init.map
	@(cd $(@D) && echo init | cpio -o -H newc -R 0:0 --quiet) > $@

linux-sweep: $(B)/host/linux_sweep $(B)/linux/initrd

.PHONY: linux-sweep
