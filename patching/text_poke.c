// SPDX-License-Identifier: BSD-2-Clause
/*
 * Linux's arch/x86/kernel/alternative.c is the model (smp_text_poke_batch_finish()); the invariants
 * that its order keeps stand above run_batch().
 */
#include <arch/x86_64/asm.h>
#include <patching/emulate.h>
#include <patching/insn.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>

#define INT3_OPCODE 0xcc
#define BARE_PAUSE  1000000

struct text_poke_loc {
	unsigned long addr;
	struct insn insn; /* what an int3 at addr stands for */
	u8 len;
	u8 text[TEXT_POKE_MAX];
};

static struct {
	struct text_poke_loc locs[TEXT_POKE_BATCH];
	unsigned int nr;
	u32 active;
} batch;

bool text_poke_quirk_retranslate;
static struct text_poke_variant variant;
void (*text_poke_step_hook)(enum text_poke_step step);
void (*text_poke_gap_hook)(void);

static u64 batches, sites;

struct text_poke_counts text_poke_counts(void)
{
	return (struct text_poke_counts){READ_ONCE(batches), READ_ONCE(sites)};
}

void text_poke_set_variant(const struct text_poke_variant *new_variant)
{
	variant = *new_variant;
}

/* Sites that the mutant without int3 overwrites as they are. */
static bool goes_bare(const struct text_poke_loc *loc)
{
	return variant.no_int3 && loc->insn.kind == INSN_MOV_IMM32;
}

static void step(enum text_poke_step which)
{
	if (text_poke_step_hook)
		text_poke_step_hook(which);
}

/* A told CPU has acknowledged, so its credit must have reached the change it was told of. */
static void check_credits(u64 epoch)
{
	unsigned int i;
	int cpu;

	for (i = 0; (cpu = sync_told(i)) >= 0; i++)
		if (sync_credit(cpu) < epoch) /* @poke.credits */
			text_poke_broken("acknowledged without credit", cpu, sync_credit(cpu),
					 epoch);
}

static void write_first_bytes(bool int3)
{
	static const u8 int3_opcode = INT3_OPCODE;
	unsigned int i;

	text_write_begin();
	for (i = 0; i < batch.nr; i++)
		if (!int3 || !goes_bare(&batch.locs[i]))
			text_write(batch.locs[i].addr, int3 ? &int3_opcode : batch.locs[i].text,
				   1); /* @poke.first-byte */
	text_write_end();
}

static bool write_tails(void)
{
	bool any = false;
	unsigned int i;

	text_write_begin();
	for (i = 0; i < batch.nr; i++) {
		const struct text_poke_loc *loc = &batch.locs[i];

		if (loc->len == 1)
			continue;
		text_write(loc->addr + 1, loc->text + 1, loc->len - 1); /* @poke.tail */
		any = true;
	}
	text_write_end();
	return any;
}

/*
 * Handlers that may hold the queue: each counted itself up, with a full barrier, before it read
 * active; we clear active, with a full barrier, before we read its count. One of us sees the other.
 */
static void drop_refs(void)
{
	unsigned int cpu, nr = sync_nr_cpus();

	WRITE_ONCE(batch.active, 0); /* @poke.inactive */
	smp_mb();		     /* pairs with text_poke_handler_enter() @poke.refs-barrier */
	for (cpu = 0; cpu < nr; cpu++)
		if (sync_cpu_online(cpu))
			text_poke_wait_handler(cpu); /* @poke.wait-handlers */
}

/* Half of it, then the rest, so far apart that others execute it between on a crowded host, too. */
static void write_bare(void)
{
	unsigned int i, pause;

	for (i = 0; i < batch.nr; i++) {
		if (!goes_bare(&batch.locs[i]))
			continue;
		text_write_begin();
		text_write(batch.locs[i].addr + 1, batch.locs[i].text + 1, 2);
		text_write_end();
		for (pause = 0; pause < BARE_PAUSE; pause++)
			barrier();
	}
}

/*
 * What holds on every CPU, at every moment of a batch:
 *
 *  I1  The batch is active before its first int3 is written, and until its last int3 is gone.
 *  I2  The queue is complete before that, and unchanged until all handlers have left it.
 *  I3  The queue is sorted by address, without overlap: handlers search it by bisection.
 *  I4  While others may execute a site only its first byte changes; its tail changes only under an
 *      int3 that every CPU has serialised after.
 *  I5  After the last sync no CPU takes an int3 of this batch any more.
 *  I6  What the handler emulates is right for the old and for the new instruction.
 *  I7  Nothing that runs here or in the handler can be patched (the build: tests/check_text).
 *  I8  Nothing jumps into the middle of a site: compilers do not.
 *  I9  "Synced" (I4, I5) includes a CPU that will serialise before it reaches text that may change.
 *  I10 A site comes after its function's ENDBR, never over it (no site here has one).
 */
static u64 run_batch(void)
{
	u64 epoch;

	/* I2 before I1 before the first int3: x86 keeps stores in order. */
	smp_store_release(&batch.active, 1); /* @poke.active */

	write_first_bytes(true); /* @poke.int3 */
	step(POKE_INT3_WRITTEN);
	epoch = text_sync(); /* @poke.sync1 */
	check_credits(epoch);

	if (variant.no_int3)
		write_bare();
	if (write_tails()) { /* @poke.tails */
		step(POKE_TAIL_WRITTEN);
		if (!variant.no_middle_sync) {
			epoch = text_sync(); /* @poke.sync2 */
			check_credits(epoch);
		}
	}

	if (variant.drop_refs_early) {
		drop_refs();
		if (text_poke_gap_hook)
			text_poke_gap_hook();
	}
	write_first_bytes(false); /* @poke.final */
	if (variant.no_final_sync) {
		epoch = text_sync_nobody();
	} else {
		epoch = text_sync(); /* @poke.sync3 */
		check_credits(epoch);
	}

	/*
	 * Multi-threaded TCG may have linked a translation of the int3 while it was overwritten;
	 * the same byte once more throws that translation away. One CPU is one thread.
	 */
	if (text_poke_quirk_retranslate && sync_nr_cpus() > 1) {
		write_first_bytes(false); /* @poke.quirk */
		text_sync_quirk();
	}

	step(POKE_BEFORE_REFS_DROP);
	drop_refs(); /* @poke.drop-refs */

	WRITE_ONCE(batches, batches + 1);
	WRITE_ONCE(sites, sites + batch.nr);
	batch.nr = 0; /* @poke.queue-kept */
	return epoch;
}

u64 smp_text_poke_batch_finish(void)
{
	return batch.nr ? run_batch() : text_epoch;
}

const char *text_poke_early_check(void)
{
	unsigned int cpu, nr = sync_nr_cpus();

	if (text_sealed())
		return "its key or call is read-only since start-up ended: set it before, or drop _RO";
	for (cpu = 0; cpu < nr; cpu++)
		if (cpu != sync_this_cpu() && sync_cpu_online(cpu))
			return "its key or call is read-only after init, and other CPUs run: set it earlier";
	return NULL;
}

void text_poke_early(unsigned long addr, const u8 *opcode, size_t len)
{
	text_write_begin();
	text_write(addr, opcode, len);
	text_write_end();
}

static bool can_emulate(const struct insn *insn)
{
	return insn->kind != INSN_OTHER && insn->kind != INSN_INT3;
}

/* What the queue cannot take as it stands: full, or the address not above the last one. */
static void flush_if_needed(unsigned long addr)
{
	if (!batch.nr)
		return;
	if (batch.nr == TEXT_POKE_BATCH || /* @poke.capacity */
	    addr < batch.locs[batch.nr - 1].addr + batch.locs[batch.nr - 1].len) /* @poke.sorted */
		run_batch();
}

static const char *check(unsigned long addr, const u8 *emulate, size_t len, struct insn *insn)
{
	const char *why;
	size_t i;

	if (!len || len > TEXT_POKE_MAX) /* @poke.refuse-length */
		return "a site must have 1 to 6 bytes";
	why = text_immutable(addr, len);
	if (why) /* @poke.refuse-immutable */
		return why;
	if (!insn_decode(insn, emulate, len) || !can_emulate(insn)) /* @poke.refuse-unknown */
		return "no int3 can stand for this instruction";
	/* Nothing after RET or JMP is reached, if int3 fills it; all others must fit exactly. */
	for (i = insn->length; i < len; i++)
		if ((insn->kind != INSN_RET && insn->kind != INSN_JMP) ||
		    emulate[i] != INT3_OPCODE) /* @poke.refuse-misfit */
			return "the instruction does not fill its site";
	return NULL;
}

const char *text_poke_check(unsigned long addr, const u8 *opcode, size_t len, const u8 *emulate)
{
	struct insn insn;

	return check(addr, emulate ? emulate : opcode, len, &insn);
}

void smp_text_poke_batch_add(unsigned long addr, const u8 *opcode, size_t len, const u8 *emulate)
{
	struct text_poke_loc *loc;
	struct insn insn;
	const char *why;
	size_t i;

	why = check(addr, emulate ? emulate : opcode, len, &insn);
	if (why)
		text_poke_refuse(why, addr);

	flush_if_needed(addr);
	loc = &batch.locs[batch.nr++];
	loc->addr = addr;
	loc->insn = insn;
	loc->len = len;
	for (i = 0; i < len; i++)
		loc->text[i] = opcode[i];
}

u64 smp_text_poke_single(unsigned long addr, const u8 *opcode, size_t len, const u8 *emulate)
{
	smp_text_poke_batch_add(addr, opcode, len, emulate);
	return smp_text_poke_batch_finish();
}

static noinstr const struct text_poke_loc *find_loc(unsigned long addr)
{
	unsigned int low = 0, high = batch.nr, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (batch.locs[mid].addr == addr)
			return &batch.locs[mid];
		if (batch.locs[mid].addr < addr)
			low = mid + 1; /* @poke.search */
		else
			high = mid;
	}
	return NULL;
}

noinstr bool smp_text_poke_int3_handler(unsigned long ip, struct emu_regs *regs)
{
	const struct text_poke_loc *loc = NULL;
	bool handled = false;

	text_poke_handler_enter();
	if (READ_ONCE(batch.active)) /* @poke.owned */
		loc = find_loc(ip - 1);
	if (loc)
		handled = insn_emulate(&loc->insn, loc->addr, regs);
	text_poke_handler_exit(); /* @poke.handler-exit */
	return handled;
}
