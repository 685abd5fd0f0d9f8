# SPDX-License-Identifier: BSD-2-Clause
# The program that writes the model's tables; tests/model/run does the rest.

MODEL_SRC := $(wildcard tests/model/*.c) tests/check_text/elf.c tests/check_text/flow.c patching/insn.c
$(B)/host/model_steps: $(MODEL_SRC:%.c=$(B)/host/obj/%.o)
	@$(HOSTCC) -o $@ $(filter %.o,$^)

model: $(B)/latesync-debug.elf $(B)/host/model_steps
	@tests/model/run
