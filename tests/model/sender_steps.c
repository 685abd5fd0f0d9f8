// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's own engine, sync policy and protocol table are compiled here with stores and barriers
 * that write themselves down. CPU 0 sends, CPU 1 is isolated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/cpu_entry_area.h>
#include <arch/x86_64/percpu.h>
#include <tests/model/sender_steps.h>

static void note(enum sender_op op, u8 arg);
static void note_store(const char *what, u64 value);
static void note_load(const char *what);

#undef WRITE_ONCE
#define WRITE_ONCE(x, v)                           \
	do {                                       \
		note_store(#x, (u64)(v));          \
		*(volatile typeof(x) *)&(x) = (v); \
	} while (0)
#undef smp_store_release
#define smp_store_release(p, v)           \
	do {                              \
		note_store(#p, (u64)(v)); \
		*(p) = (v);               \
	} while (0)
#define smp_mb() note(P_BARRIER, 0)
#undef READ_ONCE
#define READ_ONCE(x)                         \
	({                                   \
		note_load(#x);               \
		*(volatile typeof(x) *)&(x); \
	})

#include "../../patching/emulate.c"
#include "../../patching/sync_policy.c"
#include "../../patching/text_poke.c"
static struct cpu_entry_area victim_area;
#define cpu_entry_area(cpu) (&victim_area)
#include "../../entry/protocol/protocol.c"
#undef cpu_entry_area

#define VICTIM 1

static u8 text_image[64] __attribute__((aligned(64)));
static struct sender_step *trace;
static unsigned int nr_trace;
static bool cr3_at_write_end;
static const struct protocol *traced;
static bool in_cond;

static void note(enum sender_op op, u8 arg)
{
	if (!trace)
		return;
	if (nr_trace == STEPS_MAX) {
		fprintf(stderr, "steps: the sender does more than the model holds\n");
		exit(2);
	}
	trace[nr_trace++] = (struct sender_step){op, arg};
}

static void note_store(const char *what, u64 value)
{
	if (!strcmp(what, "text_epoch"))
		note(P_EPOCH, 0);
	else if (strstr(what, "batch.active"))
		note(P_ACTIVE, value);
}

/* Where isolation never changes, only what is read of S matters. */
static void note_load(const char *what)
{
	if (in_cond && traced->isolation && strstr(what, "isolation_marks"))
		note(P_READ_MARK, 0);
	else if (in_cond && strstr(what, "kernel_cr3_loaded"))
		note(P_READ_S, 0);
}

/* What protocol.c is linked with. Nothing here is called while steps are noted. */
u32 cpu_caps[CPUFEATURE_WORDS];
u8 isolation_marks[NR_CPUS] = {[VICTIM] = 1};
/* With PCID, as more is left for later there. */
bool pti_enabled = true, pcid_enabled = true, signal_is_kept;

char mutable_entry_site[8];

void text_open(unsigned long addr, size_t len)
{
}

unsigned int alternatives_reapply(void)
{
	return 0;
}

void tlb_set_variant(const struct tlb_variant *variant)
{
}

void report_protocol(const char *name)
{
}

/* What the engine needs. */
void text_write_begin(void)
{
}

/* A site has two parts: its first byte, and the rest. */
void text_write(unsigned long addr, const u8 *bytes, size_t len)
{
	if (addr != (unsigned long)text_image)
		note(P_TAIL, 0);
	else
		note(*bytes == INT3_OPCODE ? P_INT3 : P_FIRST, 0);
}

void text_write_end(void)
{
	if (cr3_at_write_end)
		note(P_CR3, 0);
}

const char *text_immutable(unsigned long addr, size_t len)
{
	return NULL;
}

bool text_sealed(void)
{
	return true;
}

unsigned int sync_nr_cpus(void)
{
	return 2;
}

bool sync_cpu_online(unsigned int cpu)
{
	return true;
}

unsigned int sync_this_cpu(void)
{
	return 0;
}

void sync_send(unsigned int cpu, bool quirk)
{
	/* The condition was asked before, if there is one, and the model repeats what it says. */
	if (!traced->cond)
		note(P_TELL, 0);
}

void sync_wait(unsigned int cpu, bool quirk)
{
	note(P_WAIT, 0);
}

void sync_self(void)
{
	note(P_SELF, 0);
}

/* Exactly what the last change gave, of all CPUs. */
u64 sync_credit(unsigned int cpu)
{
	return text_epoch;
}

void text_poke_handler_enter(void)
{
}

void text_poke_handler_exit(void)
{
}

void text_poke_wait_handler(unsigned int cpu)
{
	if (cpu == VICTIM)
		note(P_WAIT_HANDLERS, 0);
}

void text_poke_broken(const char *what, unsigned int cpu, u64 seen, u64 expected)
{
}

void text_poke_refuse(const char *why, unsigned long addr)
{
	fprintf(stderr, "steps: the engine refuses: %s\n", why);
	exit(2);
}

/* Isolated, and S=0: so the condition reads what it reads. One that does not is asked all the same. */
static bool noted_cond(unsigned int cpu)
{
	unsigned int before = nr_trace;

	in_cond = true;
	traced->cond(cpu);
	in_cond = false;
	if (trace && nr_trace == before)
		note(P_READ_S, 0);
	return true;
}

/* Without the moments in between: in the model each step comes when it likes. */
static void isolator_steps(struct protocol_steps *steps, const u8 *order)
{
	static const u8 ops[] = {
		[ISOLATION_MARK] = I_MARK, [ISOLATION_UNMARK] = I_UNMARK, [ISOLATION_KEEP] = I_KEEP,
		[ISOLATION_STOP] = I_STOP, [ISOLATION_RAISE] = I_RAISE,
	};
	unsigned int nr = 0;

	for (; order && *order != ISOLATION_END; order++) {
		if (*order == ISOLATION_GO || *order == ISOLATION_LET)
			continue;
		if (nr + 2 >= ISOLATOR_MAX) {
			fprintf(stderr,
				"steps: the order of isolation is longer than the model's\n");
			exit(2);
		}
		steps->isolator[nr++] = ops[*order];
		if (*order == ISOLATION_RAISE)
			steps->isolator[nr++] = I_RAISED;
	}
}

void sender_steps(struct protocol_steps *steps, const struct protocol *protocol,
		  bool write_end_serializes)
{
	static const u8 insn[] = {0xb8, 1, 2, 3, 4};
	unsigned int behind;
	u32 signal, mark;

	traced = protocol;
	cr3_at_write_end = write_end_serializes;
	for (mark = 0; mark < 2; mark++)
		for (signal = 0; signal < 2; signal++) {
			isolation_marks[VICTIM] = mark;
			victim_area.kernel_cr3_loaded = signal;
			steps->tells[mark][signal] = !protocol->cond || protocol->cond(VICTIM);
		}
	victim_area.kernel_cr3_loaded = 0;
	isolator_steps(steps, protocol->isolation);
	protocol_prepare(protocol);
	protocol_follow(protocol);
	sync_set_cond(protocol->cond ? noted_cond : NULL);

	nr_trace = 0;
	trace = steps->sender[CHANGE_TEXT];
	smp_text_poke_single((unsigned long)text_image, insn, sizeof(insn), NULL);
	note(P_COMMIT, 0);

	nr_trace = 0;
	trace = steps->sender[CHANGE_MAPPING];
	if (!protocol->tlb.free_early && !sync_epoch_passed(text_epoch, &behind)) {
		tlb_sync(); /* of something else */
		note(P_FREE, 1);
	}
	note(P_PTE, 0);
	tlb_sync();
	if (protocol->tlb.free_early || sync_epoch_passed(text_epoch, &behind))
		note(P_FREE, !protocol->tlb.free_early);
	note(P_COMMIT, 0);
	trace = NULL;
	steps->global_pages = protocol->tlb.global_pages;
	steps->switch_keeps = protocol->tlb.switch_keeps;
}
