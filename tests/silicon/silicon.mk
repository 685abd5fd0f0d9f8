# SPDX-License-Identifier: BSD-2-Clause
# The Linux program that runs litmus tests and the int3 engine on this machine's own processor: the
# sources of patching/ and of the report as they are, and what is in tests/silicon/.

SILICON_SRC := arch/x86_64/topology.c $(sort $(wildcard tests/silicon/*.c)) tests/litmus/litmus_form.c \
	tests/litmus/litmus_judge.c tests/litmus/litmus_plan.c kernel/lib/parse.c kernel/lib/sort.c \
	kernel/lib/printf.c kernel/report.c kernel/report_line.c kernel/report_violation.c \
	patching/emulate.c patching/insn.c patching/sync_policy.c patching/text_poke.c
SILICON_OBJ := $(SILICON_SRC:%.c=$(B)/silicon-obj/%.o)
# No red zone: IRET to self pushes its frame. The races themselves need a compiler that optimises.
SILICON_CFLAGS := -std=gnu11 -O2 -g -mno-red-zone -fcf-protection=none -fno-strict-aliasing -pthread \
	$(WARN) -Wno-missing-prototypes -I. -I$(B) -I$(B)/gen $(EXTRA_CFLAGS)
# Words of the program that may be given to make; the first two in its environment as well.
SILICON_WORDS = $(foreach w,ROUNDS CPUS,$(if $($(w)),'$(w)=$($(w))')) \
	$(foreach w,DURATION TEST ROWS PLANT DELAY,$(if $(filter command,$(origin $(w))),'$(w)=$($(w))'))

$(B)/silicon-obj/%.o: %.c tests/silicon/silicon.mk
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) $(SILICON_CFLAGS) -MD -MP -c -o $@ $<
$(B)/silicon-obj/tests/silicon/main.o: $(B)/gen/version.h

$(B)/silicon: $(SILICON_OBJ)
	@$(HOSTCC) -pthread -o $@ $^

# The program's status is lost on make, which makes 2 of every failure; SKIP is no failure.
silicon: $(B)/silicon
	@$(B)/silicon $(SILICON_WORDS) || test $$? = 77

.PHONY: silicon
