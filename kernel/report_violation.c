// SPDX-License-Identifier: BSD-2-Clause
/*
 * Violations are noted where they are seen, perhaps in an NMI that interrupted this very code, and
 * printed elsewhere. So: a table, slots claimed by compare-and-exchange, nothing that waits.
 *
 * A slot goes FREE -> CLAIMED -> READY -> PRINTED -> FREE. The CPU that claimed it writes it; only the
 * printer (under its own lock) takes it further. Losing races costs at most a slot that is told
 * twice and merged by the printer; `total` misses nothing.
 */
#include <stdarg.h>
#include <kernel/lib/atomic.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/spinlock.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/report_line.h>

#define SLOTS	     256
#define MARKED_KINDS 8
#define WITNESS_MAX  320
#define FLUSH_TRIES  (1ull << 24)

enum slot_state {
	SLOT_FREE,
	SLOT_CLAIMED,
	SLOT_READY,
	SLOT_PRINTED,
};

struct slot {
	u32 state;
	unsigned int cpu;
	const char *kind, *protocol, *point;
	u64 count;
	char witness[WITNESS_MAX];
};

static struct slot slots[SLOTS];
static u64 total, total_before; /* ever, and when the last test ended */
static u64 lost;		/* found no slot */
static u32 ready, looked_at;	/* slots that became READY, ever; of those, when last looked */
static const char *protocol;
static struct spinlock printer;

static bool same(const struct slot *s, const struct slot *key)
{
	return s->cpu == key->cpu && !strcmp(s->kind, key->kind) && !strcmp(s->point, key->point) &&
	       !strcmp(s->protocol, key->protocol);
}

void report_protocol(const char *name)
{
	WRITE_ONCE(protocol, name);
}

u64 report_violations(void)
{
	return READ_ONCE(total) - READ_ONCE(total_before);
}

/* Slots are freed as a test ends. */
u64 report_violations_of(unsigned int cpu)
{
	const struct slot *s;
	u64 n = 0;

	if (!report_violations())
		return 0;
	for (s = slots; s < slots + SLOTS; s++)
		if (smp_load_acquire(&s->state) >= SLOT_READY && s->cpu == cpu)
			n += READ_ONCE(s->count); /* @violation.of */
	return n;
}

/* An own slot, now CLAIMED; or NULL if the key's violation is counted somewhere already. */
static struct slot *claim(const struct slot *key)
{
	struct slot *s;

	for (s = slots; s < slots + SLOTS; s++) {
		u32 state = smp_load_acquire(&s->state);

		if (state == SLOT_FREE && try_cmpxchg(&s->state, &state, SLOT_CLAIMED))
			return s;
		if (state >= SLOT_READY && same(s, key)) {
			atomic_add(&s->count, 1);
			return NULL;
		}
	}
	atomic_add(&lost, 1);
	return NULL;
}

/* Kinds seen since the mark, the first one first; claimed by compare-and-exchange. */
static const char *marked_kinds[MARKED_KINDS], *marked_points[MARKED_KINDS];

static void mark_kind(const char *kind, const char *point)
{
	const char *seen;
	unsigned int i;

	for (i = 0; i < MARKED_KINDS; i++) {
		seen = NULL;
		if (try_cmpxchg(&marked_kinds[i], &seen, kind)) {
			WRITE_ONCE(marked_points[i], point);
			return;
		}
		if (!strcmp(seen, kind))
			return;
	}
}

void report_violation_mark(void)
{
	memset(marked_kinds, 0, sizeof(marked_kinds));
	memset(marked_points, 0, sizeof(marked_points));
}

const char *report_violation_kind(unsigned int nth, const char **point)
{
	if (nth >= MARKED_KINDS)
		return NULL;
	*point = READ_ONCE(marked_points[nth]);
	if (!*point)
		*point = "none"; /* claimed, and about to be written */
	return READ_ONCE(marked_kinds[nth]);
}

void report_violation(const char *kind, const char *point, unsigned int cpu, const char *fmt, ...)
{
	const char *name = READ_ONCE(protocol);
	const struct slot key = {
		.cpu = cpu,
		.kind = kind,
		.point = point ? point : "none",
		.protocol = name ? name : "none",
	};
	struct slot *s;
	va_list args;

	atomic_add(&total, 1);
	mark_kind(kind, key.point);
	s = claim(&key);
	if (!s)
		return;
	s->cpu = key.cpu;
	s->kind = key.kind;
	s->point = key.point;
	s->protocol = key.protocol;
	s->count = 1;
	va_start(args, fmt);
	vscnprintf(s->witness, sizeof(s->witness), fmt, args);
	va_end(args);
	smp_store_release(&s->state, SLOT_READY);
	atomic_add(&ready, 1); /* behind the state: pairs with print_ready() @violation.ready */
}

/* The slot that told the same before, if any: two claims raced. */
static struct slot *told_by(const struct slot *s)
{
	struct slot *t;

	for (t = slots; t < slots + SLOTS; t++)
		if (t != s && smp_load_acquire(&t->state) == SLOT_PRINTED && same(t, s))
			return t;
	return NULL;
}

/* The slots fill 23 pages, and mostly there is nothing new: one look must do for that. */
static void print_ready(void)
{
	u32 now = smp_load_acquire(&ready); /* before the slots: pairs with report_violation() */
	struct slot *told, *s;

	if (now == looked_at)
		return;
	looked_at = now;
	for (s = slots; s < slots + SLOTS; s++) {
		if (smp_load_acquire(&s->state) != SLOT_READY)
			continue;
		told = told_by(s);
		if (told) {
			atomic_add(&told->count, READ_ONCE(s->count));
			smp_store_release(&s->state, SLOT_FREE);
			continue;
		}
		report_info("%s test=%s kind=%s protocol=%s point=%s cpu=%u %s",
			    report_violations_wanted() ? "expected" : "violation",
			    report_test_word(), s->kind, s->protocol, s->point, s->cpu, s->witness);
		smp_store_release(&s->state, SLOT_PRINTED);
	}
}

void report_flush(void)
{
	if (!spin_trylock(&printer))
		return;
	print_ready();
	spin_unlock(&printer);
}

/*
 * A CPU that looks at a slot while it is freed may count in the slot's next life: one in a count
 * that is only told, not judged.
 */
void report_violations_end(void)
{
	bool held = spin_lock_bounded(&printer, FLUSH_TRIES);
	struct slot *s;
	u64 n;

	print_ready();
	for (s = slots; s < slots + SLOTS; s++) {
		if (smp_load_acquire(&s->state) != SLOT_PRINTED)
			continue;
		n = READ_ONCE(s->count);
		if (n > 1 && !report_violations_wanted())
			report_info("violations test=%s kind=%s protocol=%s point=%s cpu=%u "
				    "count=%llu",
				    report_test_word(), s->kind, s->protocol, s->point, s->cpu,
				    (unsigned long long)n);
		smp_store_release(&s->state, SLOT_FREE);
	}
	n = xchg(&lost, 0);
	if (n)
		report_info("violations test=%s not-kept=%llu: the table was full",
			    report_test_word(), (unsigned long long)n);
	WRITE_ONCE(total_before, READ_ONCE(total));
	if (held)
		spin_unlock(&printer);
}
