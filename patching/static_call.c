// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/lib/sort.h>
#include <patching/static_call.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>

#define SITES_MAX 1024
#define INSN_SIZE 5
#define CALL	  0xe8

extern struct static_call_site __static_call_sites_start[], __static_call_sites_end[];

static u32 sorted[SITES_MAX];

static unsigned long site_addr(const struct static_call_site *site)
{
	return (unsigned long)&site->addr + site->addr;
}

static struct static_call *site_call(const struct static_call_site *site)
{
	return (struct static_call *)((unsigned long)&site->call + site->call);
}

static bool site_before(u32 a, u32 b)
{
	const struct static_call_site *sa = &__static_call_sites_start[a];
	const struct static_call_site *sb = &__static_call_sites_start[b];

	if (site_call(sa) != site_call(sb))
		return site_call(sa) < site_call(sb);
	return site_addr(sa) < site_addr(sb);
}

static void encode(unsigned long addr, static_call_fn fn, u8 insn[INSN_SIZE])
{
	static const u8 nop5[INSN_SIZE] = {0x0f, 0x1f, 0x44, 0, 0};
	s32 rel = (unsigned long)fn - (addr + INSN_SIZE);
	unsigned int i;

	for (i = 0; i < INSN_SIZE; i++)
		insn[i] = !fn ? nop5[i] : i ? rel >> 8 * (i - 1) : CALL;
}

/* As of static keys: a call to @fn, or nothing, must stand there before it is replaced. */
static void refuse_unless_in_place(unsigned long addr, static_call_fn fn)
{
	u8 insn[INSN_SIZE];

	encode(addr, fn, insn);
	if (__builtin_memcmp((const void *)addr, insn, INSN_SIZE)) /* @call.in-place */
		text_poke_refuse("what stands there is not the static call's present target", addr);
}

u32 static_call_init(void)
{
	u32 nr = __static_call_sites_end - __static_call_sites_start, i;
	struct static_call *call;

	if (nr > SITES_MAX)
		text_poke_refuse("more static call sites than the index holds", 0);
	for (i = 0; i < nr; i++)
		sorted[i] = i;
	sort_u32(sorted, nr, site_before);
	for (i = 0; i < nr; i++) {
		call = site_call(&__static_call_sites_start[sorted[i]]);
		refuse_unless_in_place(site_addr(&__static_call_sites_start[sorted[i]]), call->fn);
		if (!call->count++)
			call->first = i;
	}
	return nr;
}

const char *static_call_check(const struct static_call *call)
{
	return data_is_ro_after_init(call) ? text_poke_early_check() : NULL; /* @call.ro */
}

static void refuse_unless_settable(const struct static_call *call)
{
	const char *why = static_call_check(call);

	if (why)
		text_poke_refuse(
			why, call->count
				     ? site_addr(&__static_call_sites_start[sorted[call->first]])
				     : (unsigned long)call);
}

void static_call_queue(struct static_call *call, static_call_fn fn)
{
	bool early = data_is_ro_after_init(call);
	const struct static_call_site *site;
	u8 insn[INSN_SIZE];
	u32 i;

	refuse_unless_settable(call);
	for (i = call->first; i < call->first + call->count; i++) {
		site = &__static_call_sites_start[sorted[i]];
		refuse_unless_in_place(site_addr(site), call->fn);
		encode(site_addr(site), fn, insn);
		if (early)
			text_poke_early(site_addr(site), insn, INSN_SIZE);
		else
			smp_text_poke_batch_add(site_addr(site), insn, INSN_SIZE, NULL);
	}
	WRITE_ONCE(call->fn, fn);
}

void static_call_update(struct static_call *call, static_call_fn fn)
{
	refuse_unless_settable(call);
	text_mutex_lock(); /* @call.locked */
	if (call->fn != fn) {
		static_call_queue(call, fn);
		smp_text_poke_batch_finish();
	}
	text_mutex_unlock();
}
