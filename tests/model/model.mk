# SPDX-License-Identifier: BSD-2-Clause
# The program that writes the model's tables; tests/model/run does the rest.

$(B)/host/model_steps: tests/model/steps.c tests/model/model.mk
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) -std=gnu11 -O1 -g $(HOST_WARN) -I. -MD -MP -MT $@ -MF $@.d -o $@ $<

model: $(B)/latesync-debug.elf $(B)/host/model_steps
	@tests/model/run
