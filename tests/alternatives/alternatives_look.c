// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/sync_core.h>
#include <entry/int3.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <tests/alternatives/alternatives_look.h>

#define LEN_MASK (BIT(8 * LOOK_LEN) - 1)
#define INT3	 0xcc
#define MOV_EAX	 0xb8
#define MOV_ECX	 0xb9
#define INVERTED BIT(31) /* in no immediate */

static const char *const way_names[] = {"old", "new", "bytes", "int3", "parked"};
static const char *const reader_names[] = {"nmi", "irq", "others"};

struct sights look_sights[LOOK_WAYS][LOOK_READERS];

static struct alt_work *site;
static enum look_way way;
static u64 variants[ALT_VARIANTS]; /* their bytes as numbers */

void look_at(struct alt_work *work)
{
	unsigned int i;

	site = work;
	memset(look_sights, 0, sizeof(look_sights));
	memset(variants, 0, sizeof(variants));
	for (i = 0; i <= work->c->entries; i++)
		memcpy(&variants[i], alt_expected_bytes(work, i), LOOK_LEN);
}

void look_way(enum look_way which)
{
	WRITE_ONCE(way, which);
}

static u64 look(void)
{
	return READ_ONCE(*(const u64 *)site->addr) & LEN_MASK;
}

/* Which variant these bytes are, or -1. */
static int variant_of(u64 bytes)
{
	int i;

	for (i = 0; i <= (int)site->c->entries; i++)
		if (bytes == variants[i])
			return i;
	return -1;
}

static bool is_old_or_new(u64 bytes)
{
	return bytes == variants[0] || bytes == variants[site->c->entries];
}

static void witness(struct sights *s, u64 bytes, bool intermediate)
{
	if (s->witness && s->witness_intermediate >= intermediate)
		return;
	s->witness = bytes;
	s->witness_intermediate = intermediate;
	s->witness_executed = false;
}

static void judge_read(struct sights *s, u64 bytes)
{
	s->reads++;
	if (is_old_or_new(bytes))
		return;
	if ((bytes & 0xff) == INT3) {
		s->int3++;
	} else if (variant_of(bytes) >= 0) {
		s->intermediate++;
		witness(s, bytes, true);
	} else {
		s->torn++;
		witness(s, bytes, false);
	}
}

/* The immediate, or its inverse, is what it yields: the value says which bytes were executed. */
static u64 bytes_of(u32 value)
{
	return value & INVERTED ? (u64)(u32)~value << 8 | MOV_ECX : (u64)value << 8 | MOV_EAX;
}

static void judge_execution(struct sights *s, u64 bytes, u32 value)
{
	u64 executed = bytes_of(value);

	s->executed++;
	if ((bytes & 0xff) != INT3 && executed != bytes)
		s->mismatched++;
	if (is_old_or_new(executed))
		return;
	if (variant_of(executed) >= 0)
		s->executed_intermediate++;
	else
		s->executed_torn++;
	s->witness_executed |= executed == s->witness;
}

/*
 * For other CPUs: the way may change under this one. It is read first, so what was seen belongs to
 * this way or to one that came later; if it is still the same afterwards, to this one.
 */
void look_only(enum look_reader reader)
{
	enum look_way before = READ_ONCE(way);
	u64 bytes;

	barrier(); /* x86 keeps loads in order */
	bytes = look();
	barrier();
	if (READ_ONCE(way) == before)
		judge_read(&look_sights[before][reader], bytes);
}

void look_and_execute(enum look_reader reader)
{
	struct sights *s = &look_sights[way][reader];
	u64 bytes;

	sync_core_nmi_safe(); /* it was written through another address (SDM vol. 3, 8.1.3) */
	bytes = look();
	judge_read(s, bytes);
	judge_execution(s, bytes, site->c->run());
	int3_settle();
}

static void print_witness(const struct sights *s)
{
	int variant = variant_of(s->witness);
	char which[48] = "half-written: no variant at all";

	if (variant > 0)
		scnprintf(which, sizeof(which), "entry %d of %u", variant, site->c->entries);
	report_info("   witness: %*ph at %pS, %s%s", LOOK_LEN, &s->witness, (void *)site->addr,
		    which, s->witness_executed ? "; it was executed" : "");
}

void look_report(void)
{
	const struct sights *s;
	int w, r;

	for (w = 0; w < LOOK_WAYS; w++)
		for (r = 0; r < LOOK_READERS; r++) {
			s = &look_sights[w][r];
			if (!s->reads)
				continue;
			report_info("seen way=%s by=%s reads=%lu intermediate=%lu torn=%lu "
				    "int3=%lu executed=%lu executed_intermediate=%lu "
				    "executed_torn=%lu",
				    way_names[w], reader_names[r], s->reads, s->intermediate,
				    s->torn, s->int3, s->executed, s->executed_intermediate,
				    s->executed_torn);
			if (s->witness)
				print_witness(s);
		}
}
