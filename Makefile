# SPDX-License-Identifier: BSD-2-Clause
# latesync: `make` builds build/latesync.elf; everything built lies below build/.

MAKEFLAGS += --no-builtin-rules
# As many jobs as there are CPUs, unless -j says otherwise.
ifeq ($(filter -j% --jobs%,$(MAKEFLAGS)),)
MAKEFLAGS += --jobs=$(shell nproc 2>/dev/null || echo 1)
endif
.DELETE_ON_ERROR:
.SUFFIXES:

B := build
VERSION := 0.1.0

# The first of these that compiles for x86-64, unless the user picks one.
ifeq ($(origin CROSS_COMPILE), undefined)
CROSS_COMPILE := $(firstword $(foreach p,x86_64-elf- x86_64-linux-gnu-,\
	$(if $(shell command -v $(p)gcc 2>/dev/null),$(p))))
endif
ifeq ($(origin CC), default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin LD), default)
LD := $(CROSS_COMPILE)ld
endif
NM := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
OBJDUMP := $(CROSS_COMPILE)objdump
NASM ?= nasm
HOSTCC ?= cc

# A warning stops the build where WERROR=1 says so, as continuous integration does: a user's newer
# compiler may know one more. A switch that leaves out what a table gained stops it always.
WERROR ?=
HOST_WARN := -Wall -Wextra $(if $(WERROR),-Werror) -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Werror=switch -Werror=switch-enum
WARN := $(HOST_WARN) -Wstrict-prototypes -Wmissing-prototypes
FREE := -std=gnu11 -O2 -g -ffreestanding -nostdlib -fno-pic -fno-pie -fno-stack-protector \
	-fno-strict-aliasing -fno-asynchronous-unwind-tables -fno-common -fcf-protection=none \
	-fno-omit-frame-pointer -mgeneral-regs-only -mno-red-zone $(WARN)
KCFLAGS := $(FREE) -mcmodel=kernel -I. -I$(B)/gen $(EXTRA_CFLAGS)
# User programs: below 2 GiB, so the small model; no kernel header but the shared ABI.
UCFLAGS := $(FREE) -mcmodel=small -I. -I$(B)/gen
# The kernel is linked to fixed addresses, so relocations across sections are meant (a warning of
# NASM 2.16.02 and later; earlier ones do not know its name).
NASM_WARN := -Wall -w-unknown-warning -w-reloc $(if $(WERROR),-Werror)
NASMFLAGS := -f elf64 -g -F dwarf $(NASM_WARN) -I. -I$(B)/gen/

# The folders whose sources are the kernel; tests/user is what it runs in user mode.
KDIRS := boot kernel kernel/lib arch/x86_64 patching patching/kernel entry entry/protocol \
	$(addprefix tests/,scenarios probes selftest alternatives litmus tlb cost)
# QR codes of the report, where the two libraries for them are here. What is linked in keeps its licence:
# MIT (libqrcodegen) and zlib's.
CODES_DIRS := $(dir $(shell $(CC) -print-file-name=libqrcodegen.a 2>/dev/null)) \
	/usr/lib/x86_64-linux-gnu/ /usr/x86_64-linux-gnu/lib/
CODES_LIBS := $(foreach lib,libqrcodegen.a libz.a,$(firstword $(wildcard $(addsuffix $(lib),$(CODES_DIRS)))))
ifneq ($(words $(CODES_LIBS)),2)
CODES_LIBS :=
endif
KDIRS += kernel/codes/$(if $(CODES_LIBS),built,none)
KSRC := $(sort $(wildcard $(addsuffix /*.c,$(KDIRS))))
USRC := $(sort $(wildcard tests/user/*.c))
ASRC := $(sort $(wildcard $(addsuffix /*.asm,$(KDIRS) tests/user)))
ASRC := $(filter-out boot/trampoline.asm,$(ASRC))
OBJ := $(KSRC:%.c=$(B)/%.o) $(USRC:%.c=$(B)/%.o) $(ASRC:%.asm=$(B)/%.asm.o)

all: $(B)/latesync.elf

# What the objects were compiled with: a change of compiler or flags rebuilds them all.
FLAGSTAMP := $(CC) $(KCFLAGS) $(NASM) $(NASMFLAGS) $(LD) $(CODES_LIBS)
$(B)/gen/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGSTAMP)' | cmp -s - $@ || { \
		bash boot/run/deps.sh --check-build '$(CC)' '$(NASM)' && echo '$(FLAGSTAMP)' > $@; }

COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)$(shell \
	test -z "$$(git status --porcelain 2>/dev/null)" || echo +)
$(B)/gen/version.h: FORCE
	@mkdir -p $(@D)
	@printf '#define LATESYNC_VERSION "%s"\n#define LATESYNC_COMMIT "%s"\n' \
		'$(VERSION)' '$(COMMIT)' > $@.$$PPID
	@cmp -s $@.$$PPID $@ && rm $@.$$PPID || mv $@.$$PPID $@

# Structure offsets for NASM, from C: never written twice by hand.
$(B)/gen/asm-offsets.inc: entry/offsets/asm-offsets.c $(B)/gen/flags
	@mkdir -p $(@D)
	@echo "  GEN     $@"
	@$(CC) $(KCFLAGS) -MD -MP -MT $@ -MF $@.d -S -o $@.s $<
	@sed -n 's/.*"@@ \([A-Z0-9_a-z]*\) \$$*\(-*[0-9]*\)".*/%define \1 \2/p' $@.s > $@

# Feature numbers and flags for NASM, from the C headers that define them.
$(B)/gen/cpufeatures.inc: arch/x86_64/cpufeatures.h entry/protocol/features.h \
		tests/alternatives/features.h patching/alternative.h
	@mkdir -p $(@D)
	@echo "  GEN     $@"
	@sed -n 's/^#define[[:blank:]]*\(X86_FEATURE_[A-Z0-9_]*\|ALT_FLAG_[A-Z_]*\)[[:blank:]]*\([0-9 ()*+]*[0-9)]\).*/%define \1 \2/p' $^ > $@
$(B)/host/alternative_macros: $(B)/gen/cpufeatures.inc

# The screen's letters, from the font that a distribution's GRUB brings along.
FONT ?= $(firstword $(wildcard $(foreach d,grub grub2,$(foreach f,ascii unicode,/usr/share/$d/$f.pf2)) \
	/boot/grub/fonts/unicode.pf2 /boot/grub2/fonts/unicode.pf2))
$(B)/host/pf2: kernel/font/pf2.c
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) -std=gnu11 -O1 $(HOST_WARN) -o $@ $<
$(B)/gen/font.inc: $(B)/host/pf2 $(FONT)
	@test -n '$(FONT)' || { echo 'No font: install GRUB (its ascii.pf2 or unicode.pf2), or name one in FONT=' >&2; exit 1; }
	@mkdir -p $(@D)
	@echo "  GEN     $@"
	@$(B)/host/pf2 $(FONT) > $@
$(B)/kernel/screen.o $(B)/host/screen: $(B)/gen/font.inc
$(B)/host/screen_text: tests/tools/screen_text.c $(B)/gen/font.inc
	@echo "  HOSTCC  $<"
	@$(HOSTCC) -std=gnu11 -O1 $(HOST_WARN) -I$(B)/gen -o $@ $<

$(B)/%.o: %.c $(B)/gen/flags
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(KCFLAGS) -MD -MP -c -o $@ $<

$(B)/tests/user/%.o: tests/user/%.c $(B)/gen/flags
	@mkdir -p $(@D)
	@echo "  CC user $<"
	@$(CC) $(UCFLAGS) -MD -MP -c -o $@ $<

# -MD beside -o leaves the included files out (NASM 2.16), so dependencies are a run of their own.
$(B)/%.asm.o: %.asm $(B)/gen/flags $(B)/gen/asm-offsets.inc $(B)/gen/cpufeatures.inc
	@mkdir -p $(@D)
	@echo "  NASM    $<"
	@$(NASM) $(NASMFLAGS) -M -MP -MT $@ -MF $(@:.o=.d) $<
	@$(NASM) $(NASMFLAGS) -o $@ $<

# The AP trampoline runs at whatever page below 1 MiB is free: a flat binary.
$(B)/boot/trampoline.bin: boot/trampoline.asm $(B)/gen/asm-offsets.inc
	@mkdir -p $(@D)
	@echo "  NASM    $<"
	@$(NASM) -f bin -I. -I$(B)/gen/ -M -MP -MT $@ -MF $(B)/boot/trampoline.d $<
	@$(NASM) -f bin $(NASM_WARN) -I. -I$(B)/gen/ -o $@ $<
$(B)/boot/trampoline_blob.asm.o: $(B)/boot/trampoline.bin

$(B)/kernel/main.o: $(B)/gen/version.h

# Linked twice: the symbol table needs the addresses, and lies behind them all.
LDFLAGS := -nostdlib -static -no-pie -z max-page-size=4096 -z noexecstack --build-id=none \
	--orphan-handling=error --fatal-warnings -T linker.ld
$(B)/symbols-none.o: kernel/symbols/symbols.awk $(B)/gen/flags
	@mkdir -p $(@D)
	@awk -f $< /dev/null > $(@:.o=.asm)
	@$(NASM) -f elf64 -o $@ $(@:.o=.asm)

$(B)/latesync-pass1.elf: $(OBJ) $(B)/symbols-none.o linker.ld
	@echo "  LD      $@"
	@$(LD) $(LDFLAGS) -o $@ $(OBJ) $(B)/symbols-none.o $(CODES_LIBS)

$(B)/symbols.o: $(B)/latesync-pass1.elf kernel/symbols/symbols.awk
	@$(NM) -n $< | awk -f kernel/symbols/symbols.awk > $(@:.o=.asm)
	@$(NASM) -f elf64 -o $@ $(@:.o=.asm)

# latesync-debug.elf is for the debugger; what boots is the same without debug information.
$(B)/latesync-debug.elf: $(OBJ) $(B)/symbols.o linker.ld
	@echo "  LD      $@"
	@$(LD) $(LDFLAGS) -o $@ $(OBJ) $(B)/symbols.o $(CODES_LIBS)

# No kernel without its text checked. CHECK_TEXT=true, here or in the environment, builds one that
# breaks the rules; CHECK_TEXT_ALLOW names keys that may be mutable in entry text, on purpose.
CHECK_TEXT ?= $(B)/host/check_text
CHECK_TEXT_ALLOW = mutable_entry_key # protocol=mutable-entry @check.allow
CHECK_TEXT_SRC := $(wildcard tests/check_text/*.c) patching/insn.c
$(B)/host/check_text: $(CHECK_TEXT_SRC:%.c=$(B)/host/obj/%.o)
	@$(HOSTCC) -o $@ $(filter %.o,$^)

# A unit of a program for the build machine.
$(B)/host/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) -std=gnu11 -O1 -g $(HOST_WARN) -I. -MD -MP -c -o $@ $<

$(B)/latesync.elf: $(B)/latesync-debug.elf $(B)/host/check_text
	@$(CHECK_TEXT) $< $(CHECK_TEXT_ALLOW)
	@$(OBJCOPY) --strip-all $< $@
	@echo "  ELF     $@"

# What an emulator is asked before the kernel runs in it: a boot sector on a floppy disk.
$(B)/guest/breakpoint.img: tests/guest/breakpoint.asm
	@mkdir -p $(@D)
	@echo "  NASM    $<"
	@$(NASM) -f bin $(NASM_WARN) -o $@ $<
	@dd if=/dev/null of=$@ bs=512 seek=2880 status=none

guest: $(B)/guest/breakpoint.img

run: all
	@./run-qemu.sh

test:
	@./tests/run

deps:
	@bash boot/run/deps.sh

check: all
	@OBJDUMP='$(OBJDUMP)' ./tests/tools/check

bench:
	@./tests/tools/bench

# For clangd, which looks for it in build/ as well: how each C file is compiled.
compile_commands.json:
	@mkdir -p $(B)
	@MAKEFLAGS= $(MAKE) -nB --no-print-directory $(MAKEOVERRIDES) all $(B)/silicon \
		$(B)/host/linux_audit $(B)/host/linux_sweep $(B)/host/model_steps $(B)/host/screen_text $(HOST_TESTS) \
		$(patsubst %.c,$(B)/%.o,$(wildcard kernel/codes/*/*.c)) | \
		awk -v dir='$(CURDIR)' -f tests/tools/compile_commands.awk > $(B)/$@
	@echo "  GEN     $(B)/$@"

# The list of tests for a reader; make check says when it is old.
docs/tests.md: FORCE
	@mkdir -p $(B)
	@awk -f tests/tools/tests-md.awk $(sort $(wildcard tests/*/*.c tests/*/*_shapes.h tests/bats/*.bats)) > $(B)/tests.md
	@cp $(B)/tests.md $@

clean:
	@rm -rf $(B)

FORCE:
.PHONY: compile_commands.json all guest run test deps check bench silicon model clean FORCE

-include $(wildcard boot/images.mk tests/host/host.mk tests/silicon/silicon.mk tests/model/model.mk \
	tests/linux_audit/linux_audit.mk tests/linux/linux.mk)
-include $(shell test -d $(B) && find $(B) -name '*.d')
