// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/lib/sort.h>
#include <patching/static_key.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>

#define SITES_MAX 1024
#define JMP32	  0xe9

extern struct jump_entry __jump_table_start[], __jump_table_end[];

static u32 sorted[SITES_MAX];

static unsigned long entry_code(const struct jump_entry *entry)
{
	return (unsigned long)&entry->code + entry->code;
}

static struct static_key *entry_key(const struct jump_entry *entry)
{
	return (struct static_key *)(((unsigned long)&entry->key + entry->key) & ~1ul);
}

static bool jumps_while_off(const struct jump_entry *entry)
{
	return ((unsigned long)&entry->key + entry->key) & 1;
}

static bool entry_before(u32 a, u32 b)
{
	const struct jump_entry *ea = &__jump_table_start[a], *eb = &__jump_table_start[b];

	if (entry_key(ea) != entry_key(eb))
		return entry_key(ea) < entry_key(eb);
	return entry_code(ea) < entry_code(eb);
}

static void encode(const struct jump_entry *entry, bool on, u8 insn[JUMP_LABEL_SIZE])
{
	static const u8 nop5[JUMP_LABEL_SIZE] = {0x0f, 0x1f, 0x44, 0, 0};
	unsigned long target = (unsigned long)&entry->target + entry->target;
	s32 rel = target - (entry_code(entry) + JUMP_LABEL_SIZE);
	unsigned int i;

	if (on == jumps_while_off(entry)) {
		for (i = 0; i < JUMP_LABEL_SIZE; i++)
			insn[i] = nop5[i];
		return;
	}
	insn[0] = JMP32;
	for (i = 0; i < 4; i++)
		insn[1 + i] = rel >> 8 * i;
}

static bool holds(const struct jump_entry *entry, bool on)
{
	u8 insn[JUMP_LABEL_SIZE];

	encode(entry, on, insn);
	return !__builtin_memcmp((const void *)entry_code(entry), insn, JUMP_LABEL_SIZE);
}

/*
 * Before the first write: what stands there must be what one of the two settings puts there. An entry
 * that points a byte off, or a compiler that chose another encoding, would have other bytes replaced.
 */
static void refuse_unless_in_place(const struct jump_entry *entry, bool a, bool b)
{
	if (!holds(entry, a) && !holds(entry, b)) /* @key.in-place */
		text_poke_refuse("what stands there is no branch of its static key",
				 entry_code(entry));
}

u32 jump_label_init(void)
{
	u32 nr = __jump_table_end - __jump_table_start, i;
	struct static_key *key;

	if (nr > SITES_MAX)
		text_poke_refuse("more jump labels than the index holds", 0);
	for (i = 0; i < nr; i++)
		sorted[i] = i;
	sort_u32(sorted, nr, entry_before);
	for (i = 0; i < nr; i++) {
		key = entry_key(&__jump_table_start[sorted[i]]);
		refuse_unless_in_place(&__jump_table_start[sorted[i]], key->enabled, key->enabled);
		if (!key->count++)
			key->first = i;
	}
	return nr;
}

const char *static_key_check(const struct static_key *key)
{
	return data_is_ro_after_init(key) ? text_poke_early_check() : NULL; /* @key.ro */
}

/* The first site says which key it is; one without sites only its address. */
static void refuse_unless_settable(const struct static_key *key)
{
	const char *why = static_key_check(key);

	if (why)
		text_poke_refuse(why, key->count
					      ? entry_code(&__jump_table_start[sorted[key->first]])
					      : (unsigned long)key);
}

void static_key_queue(struct static_key *key, bool on)
{
	bool early = data_is_ro_after_init(key);
	const struct jump_entry *entry;
	u8 insn[JUMP_LABEL_SIZE];
	u32 i;

	refuse_unless_settable(key);
	for (i = key->first; i < key->first + key->count; i++) {
		entry = &__jump_table_start[sorted[i]];
		refuse_unless_in_place(entry, false, true);
		encode(entry, on, insn);
		if (early)
			text_poke_early(entry_code(entry), insn, JUMP_LABEL_SIZE);
		else
			smp_text_poke_batch_add(entry_code(entry), insn, JUMP_LABEL_SIZE, NULL);
	}
	WRITE_ONCE(key->enabled, on);
}

void static_key_set(struct static_key *key, bool on)
{
	refuse_unless_settable(key);
	text_mutex_lock(); /* @key.locked */
	if (key->enabled != on) {
		static_key_queue(key, on);
		smp_text_poke_batch_finish();
	}
	text_mutex_unlock();
}
