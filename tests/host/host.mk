# SPDX-License-Identifier: BSD-2-Clause
# Unit tests that run on the build machine. Each tests/host/NAME.c is a program: it includes the
# project's sources that it tests ("../../kernel/lib/parse.c"), so there is no list to keep here, and
# takes what it needs of tests/host/lib from an archive.

HOST_TESTS := $(patsubst tests/host/%.c,$(B)/host/%,$(sort $(wildcard tests/host/*.c)))
HOST_CFLAGS := -std=gnu11 -O1 -g -fno-strict-aliasing -pthread $(HOST_WARN) -I. -I$(B)/gen \
	$(EXTRA_CFLAGS)
# The sanitizers where the compiler brings them; asked once, and only when something is built.
HOST_SANITIZE = $(eval HOST_SANITIZE := $(shell echo 'int main(void) { return 0; }' | \
	$(HOSTCC) -fsanitize=address,undefined -fno-sanitize-recover=undefined -x c - -o /dev/null \
	2>/dev/null && echo -fsanitize=address,undefined -fno-sanitize-recover=undefined))$(HOST_SANITIZE)

HOST_LIB := $(patsubst %.c,$(B)/%.o,$(wildcard tests/host/lib/*.c))
$(B)/tests/host/lib/%.o: tests/host/lib/%.c tests/host/host.mk
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) $(HOST_CFLAGS) $(HOST_SANITIZE) -MD -MP -c -o $@ $<

$(B)/host/lib.a: $(HOST_LIB)
	@mkdir -p $(@D)
	@rm -f $@
	@$(AR) rcs $@ $^

$(B)/host/%: tests/host/%.c $(B)/host/lib.a tests/host/host.mk
	@mkdir -p $(@D)
	@echo "  HOSTCC  $<"
	@$(HOSTCC) $(HOST_CFLAGS) $(HOST_SANITIZE) -MD -MP -MT $@ -MF $@.d -o $@ $< $(B)/host/lib.a

# Runs them all, whatever fails, and fails if one did.
host-test: $(HOST_TESTS)
	@status=0; for t in $(HOST_TESTS); do echo "# $$t"; $$t || status=1; done; exit $$status

.PHONY: host-test
