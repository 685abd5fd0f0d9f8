// SPDX-License-Identifier: BSD-2-Clause
/*
 * What stands at a site of a static key or call is looked at before anything else is written there: at
 * start-up and at each change.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <tests/host/lib/tap.h>
#include "../../kernel/lib/sort.c"
#include "../../patching/static_key.c"
/* Both have these names. */
#define encode		       encode_call
#define refuse_unless_in_place refuse_call_unless_in_place
#define refuse_unless_settable refuse_call_unless_settable
#define sorted		       sorted_calls
#undef SITES_MAX
#include "../../patching/static_call.c"

struct jump_entry __jump_table_start[1];
struct static_call_site __static_call_sites_start[1];
asm(".globl __jump_table_end, __static_call_sites_end\n"
    ".set __jump_table_end, __jump_table_start + 16\n"
    ".set __static_call_sites_end, __static_call_sites_start + 8\n");

static u8 text[64] __attribute__((aligned(8)));
static struct static_key key;
static struct static_call call;
static const char *refused_why;
static unsigned long refused_at;
static unsigned int queued;
static jmp_buf refusal;

static u32 nothing(void)
{
	return 0;
}

void text_poke_refuse(const char *why, unsigned long addr)
{
	refused_why = why;
	refused_at = addr;
	longjmp(refusal, 1);
}

void smp_text_poke_batch_add(unsigned long addr, const u8 *opcode, size_t len, const u8 *emulate)
{
	queued++;
	memcpy((void *)addr, opcode, len);
}

u64 smp_text_poke_batch_finish(void)
{
	return 0;
}

void text_poke_early(unsigned long addr, const u8 *opcode, size_t len)
{
}

const char *text_poke_early_check(void)
{
	return NULL;
}

bool data_is_ro_after_init(const void *data)
{
	return false;
}

void text_mutex_lock(void)
{
}

void text_mutex_unlock(void)
{
}

static void key_at(unsigned int offset, const char *bytes)
{
	struct jump_entry *e = __jump_table_start;

	memset(text, 0x90, sizeof(text));
	memcpy(text + 16, bytes, 6);
	key = (struct static_key){};
	e->code = (long)(text + offset) - (long)&e->code;
	e->target = (long)(text + 40) - (long)&e->target;
	e->key = (long)&key - (long)&e->key;
}

static void call_at(unsigned int offset, static_call_fn fn)
{
	struct static_call_site *s = __static_call_sites_start;
	s32 rel = (long)nothing - (long)(text + 21);

	memset(text, 0x90, sizeof(text));
	text[16] = 0xe8;
	memcpy(text + 17, &rel, 4);
	call = (struct static_call){fn};
	s->addr = (long)(text + offset) - (long)&s->addr;
	s->call = (long)&call - (long)&s->call;
}

/* Was it refused, by the site's address? */
static bool refuses(void (*run)(void), const void *site)
{
	refused_why = NULL;
	queued = 0;
	if (!setjmp(refusal))
		run();
	return refused_why && refused_at == (unsigned long)site && !queued;
}

static void init_keys(void)
{
	jump_label_init();
}

static void init_calls(void)
{
	static_call_init();
}

static void set_key(void)
{
	static_key_set(&key, !key.enabled);
}

static void update_call(void)
{
	static_call_update(&call, call.fn ? NULL : nothing);
}

#define NOP5 "\x0f\x1f\x44\0\0\x90"

int main(void)
{
	key_at(16, NOP5);
	ok(!refuses(init_keys, text + 16), "a key's NOP is in its place");
	ok(!refuses(set_key, text + 16) && queued == 1 && text[16] == JMP32, "and becomes a jump");
	ok(!refuses(set_key, text + 16) && !memcmp(text + 16, NOP5, 5), "and a NOP again");
	text[16] = 0x66;
	ok(refuses(set_key, text + 16), "what somebody else has put there is not replaced");
	key_at(17, NOP5);
	ok(refuses(init_keys, text + 17), "an entry one byte off");
	key_at(16, "\x0f\x85\x10\0\0\0");
	ok(refuses(init_keys, text + 16), "a six-byte jump, as a compiler once chose it");
	key_at(16, "\xe9\x13\0\0\0\x90"); /* to the target, while the key is off */
	ok(refuses(init_keys, text + 16), "the other setting's instruction at start-up");
	key_at(16, "\xe9\x14\0\0\0\x90");
	ok(refuses(init_keys, text + 16), "a jump to elsewhere");

	call_at(16, nothing);
	ok(!refuses(init_calls, text + 16), "a call to its function is in its place");
	ok(!refuses(update_call, text + 16) && !memcmp(text + 16, NOP5, 5), "and becomes nothing");
	ok(!refuses(update_call, text + 16) && text[16] == CALL, "and a call again");
	text[17]++;
	ok(refuses(update_call, text + 16), "a call to elsewhere is not replaced");
	call_at(15, nothing);
	ok(refuses(init_calls, text + 15), "a site one byte off");
	call_at(16, NULL);
	ok(refuses(init_calls, text + 16), "a call where there should be none");
	return done_testing();
}
