// SPDX-License-Identifier: BSD-2-Clause
/* Text that must not change, keys and calls that must not be set any more: who is refused what. */
#include <arch/x86_64/sections.h>
#include <entry/entry.h>
#include <entry/int3.h>
#include <entry/protocol/protocol.h>
#include <kernel/lib/string.h>
#include <kernel/test.h>
#include <patching/emulate.h>
#include <patching/static_call.h>
#include <patching/static_key.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/selftest/selftest.h>

extern u8 probe_array[];
void park_wait(u32 *arrived, const u32 *release);

static const u8 mov_eax[5] = {0xb8};

/* @part: a word of the reason; NULL: it must be allowed. */
static bool answer(unsigned long addr, const char *part)
{
	const char *why = text_poke_check(addr, mov_eax, sizeof(mov_eax), NULL);
	size_t n;

	if (!why || !part)
		return why == part;
	for (n = strlen(part); *why; why++)
		if (!memcmp(why, part, n))
			return true;
	return false;
}

static const char *refused_text(void)
{
	CHECK(answer((u64)probe_array, NULL));
	CHECK(answer((u64)__text_end - 5, NULL));
	CHECK(answer((u64)__text_end - 4, "handler's text"));
	CHECK(answer((u64)__text_start - 1, "not kernel text"));
	CHECK(answer((u64)__entry_text_start, "entry text"));
	CHECK(answer((u64)entry_SYSCALL_64, "entry text"));
	CHECK(answer((u64)__entry_text_end - 1, "entry text"));
	CHECK(answer((u64)park_wait, "park text"));
	CHECK(answer((u64)__rodata_start, "not kernel text"));
	CHECK(answer(-2ul, "not kernel text"));
	CHECK(answer(0, "not kernel text"));
	return NULL;
}
SELFTEST("text that must not change", refused_text);

/* I7: from the trap to its IRET no int3 may stand where only its own handler could take it. */
static const char *handler_text(void)
{
	CHECK(answer((u64)smp_text_poke_int3_handler, "handler's text"));
	CHECK(answer((u64)insn_emulate, "handler's text"));
	CHECK(answer((u64)insn_condition, "handler's text"));
	CHECK(answer((u64)text_poke_handler_enter, "handler's text"));
	CHECK(answer((u64)text_poke_handler_exit, "handler's text"));
	CHECK(answer((u64)handle_int3, "handler's text"));
	CHECK(answer((u64)trap_from_kernel, "handler's text"));
	return NULL;
}
SELFTEST("the int3 handler is never patched", handler_text);

static DEFINE_STATIC_KEY_FALSE(mutable_key);
static DEFINE_STATIC_KEY_FALSE_RO(key_set_early);
static DEFINE_STATIC_KEY_TRUE_RO(key_cleared_early);

static u32 one(void)
{
	return 1;
}

static u32 two(void)
{
	return 2;
}

static DEFINE_STATIC_CALL(mutable_call, one);
static DEFINE_STATIC_CALL_RO(call_set_early, one);

/* Their sites lie in text that the int3 engine refuses, as those of entry code would. */
static noinstr u32 read_keys(void)
{
	u32 bits = 0;

	if (static_branch_unlikely(&key_set_early))
		bits |= 1;
	if (static_branch_likely(&key_cleared_early))
		bits |= 2;
	return bits;
}

static noinstr u32 read_call(void)
{
	return static_call(call_set_early, one);
}

static u32 before, after;

static void set_early(void)
{
	before = read_keys() | read_call() << 4;
	static_key_set(&key_set_early, true);
	static_key_set(&key_cleared_early, false);
	static_call_update(&call_set_early, two);
	after = read_keys() | read_call() << 4;
}

DEFINE_EARLY_TEST(set_early);

static const char *ro_before_init(void)
{
	CHECK(before == 0x12);
	CHECK(after == 0x21);
	CHECK((read_keys() | read_call() << 4) == after);
	return NULL;
}
SELFTEST("read-only keys and calls, set during start-up", ro_before_init);

static const char *ro_after_init(void)
{
	CHECK(text_sealed());
	CHECK(data_is_ro_after_init(&key_set_early) && data_is_ro_after_init(&call_set_early));
	CHECK(!static_key_check(&mutable_key) && !static_call_check(&mutable_call));
	CHECK(static_key_check(&key_set_early) == text_poke_early_check());
	CHECK(static_call_check(&call_set_early) == text_poke_early_check());
	CHECK(text_poke_early_check() != NULL);
	return NULL;
}
SELFTEST("read-only keys and calls, refused after start-up", ro_after_init);

/* The one exception is as wide as its site, and over when the next protocol is chosen. */
static const char *opened(void)
{
	unsigned long site = (unsigned long)mutable_entry_site;
	bool inside, before, behind, elsewhere;

	text_open(site, JUMP_LABEL_SIZE);
	inside = !text_immutable(site, JUMP_LABEL_SIZE) && !text_immutable(site + 4, 1);
	before = text_immutable(site - 1, JUMP_LABEL_SIZE);
	behind = text_immutable(site, JUMP_LABEL_SIZE + 1) && text_immutable(site + 5, 1);
	elsewhere = text_immutable((unsigned long)entry_stubs, 1);
	protocol_select(protocol_selected());
	CHECK(inside && before && behind && elsewhere);
	CHECK(protocol_selected()->mutable_entry || text_immutable(site, JUMP_LABEL_SIZE));
	return NULL;
}
SELFTEST("the one patchable branch in entry text", opened);
