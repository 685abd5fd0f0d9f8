// SPDX-License-Identifier: BSD-2-Clause
/*
 * The int3 engine and the sync policy as one sequence of steps, each written down: what an
 * emulator is too coherent to punish, and what takes a wrong use to see. Four CPUs: 0 patches, 1
 * is told of everything, 2 may be skipped, 3 is offline.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../../patching/emulate.c"
#include "../../patching/sync_policy.c"
#include "../../patching/text_poke.c"

#define CPUS 4
#define TEXT 4096

static u8 text[TEXT] __attribute__((aligned(16)));
static char trace[4096];
static int in_handler, writable, sends_open;
static bool skip_2, keep_credit, run_handler, handled_all;
static u64 credits[CPUS];
static jmp_buf refused;
static const char *why, *broken;
static unsigned int broken_cpu, told_of_handler;

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
	size_t len = strlen(trace);
	va_list args;

	va_start(args, fmt);
	vsnprintf(trace + len, sizeof(trace) - len, fmt, args);
	va_end(args);
}

/* Meets the int3 of every queued site, as another CPU would. */
static void meet_int3s(void)
{
	unsigned int i;

	for (i = 0; i < batch.nr; i++) {
		struct emu_regs regs = {batch.locs[i].addr + 1, (unsigned long)(text + TEXT - 8), 0,
					NULL, NULL};

		handled_all &= smp_text_poke_int3_handler(regs.ip, &regs) &&
			       regs.ip != batch.locs[i].addr + 1;
	}
}

void text_write_begin(void)
{
	note("%d[", batch.active);
	writable++;
}

void text_write(unsigned long addr, const u8 *bytes, size_t len)
{
	note(" %lu:", addr - (unsigned long)text);
	for (size_t i = 0; i < len; i++) {
		note("%02x", bytes[i]);
		((u8 *)addr)[i] = bytes[i];
	}
	if (!writable)
		note(" NOT WRITABLE");
}

void text_write_end(void)
{
	note(" ] ");
	writable--;
}

const char *text_immutable(unsigned long addr, size_t len)
{
	return addr >= (unsigned long)text && addr + len <= (unsigned long)text + TEXT
		       ? NULL
		       : "this text is immutable";
}

bool text_sealed(void)
{
	return false;
}

unsigned int sync_nr_cpus(void)
{
	return CPUS;
}

bool sync_cpu_online(unsigned int cpu)
{
	return cpu != 3;
}

unsigned int sync_this_cpu(void)
{
	return 0;
}

void sync_send(unsigned int cpu, bool quirk)
{
	note("%ssend%u@%lu ", quirk ? "q" : "", cpu, (unsigned long)text_epoch);
	sends_open++;
	if (run_handler)
		meet_int3s();
}

void sync_wait(unsigned int cpu, bool quirk)
{
	note("%swait%u ", quirk ? "q" : "", cpu);
	if (!keep_credit)
		credits[cpu] = text_epoch;
}

void sync_self(void)
{
	note("self ");
	credits[0] = text_epoch;
}

u64 sync_credit(unsigned int cpu)
{
	return credits[cpu];
}

void text_poke_handler_enter(void)
{
	in_handler++;
	told_of_handler++;
}

void text_poke_handler_exit(void)
{
	in_handler--;
}

bool text_poke_handler_active(unsigned int cpu)
{
	return in_handler;
}

void text_poke_wait_handler(unsigned int cpu)
{
	note("leave%u(%d,%u) ", cpu, batch.active, batch.nr);
}

void text_mutex_lock(void)
{
}

void text_mutex_unlock(void)
{
}

void text_poke_broken(const char *what, unsigned int cpu, u64 seen, u64 expected)
{
	broken = what;
	broken_cpu = cpu;
}

void text_poke_refuse(const char *reason, unsigned long addr)
{
	why = reason;
	longjmp(refused, 1);
}

static bool may_skip(unsigned int cpu)
{
	return !(skip_2 && cpu == 2);
}

static void reset(void)
{
	trace[0] = 0;
	text_epoch = 0;
	memset(credits, 0, sizeof(credits));
	memset(text, 0x90, sizeof(text));
	batch.nr = 0;
	broken = NULL;
}

static void add(unsigned int offset, u8 opcode, u8 fill, size_t len)
{
	u8 insn[TEXT_POKE_MAX] = {opcode, fill, fill, fill, fill};

	smp_text_poke_batch_add((unsigned long)text + offset, insn, len, NULL);
}

static void steps(void)
{
	const char *const int3 = "1[ 16:cc 32:cc ] ", *const tail = "1[ 17:22222222 ] ",
			  *const first = "1[ 16:b8 32:c3 ] ", *const told = "send1@%d wait1 self ";
	char want[512], part[64];

	reset();
	skip_2 = true;
	sync_set_cond(may_skip);
	add(16, 0xb8, 0x22, 5);
	add(32, 0xc3, 0, 1);
	is(trace, "", "queueing writes nothing");
	ok(smp_text_poke_batch_finish() == 3, "the epoch of the last sync comes back");
	want[0] = 0;
	for (int i = 0; i < 3; i++) {
		strcat(want, i == 0 ? int3 : i == 1 ? tail : first);
		sprintf(part, told, i + 1);
		strcat(want, part);
	}
	strcat(want, "leave0(0,2) leave1(0,2) leave2(0,2) ");
	is(trace, want,
	   "int3, tail, first byte: a sync after each, the queue kept until all have left");
	ok(!broken && !batch.nr && !batch.active, "nothing is left over");
	ok(sync_counts(1).sent == 3 && sync_counts(1).skipped == 0, "CPU 1 was told three times");
	ok(sync_counts(2).sent == 0 && sync_counts(2).skipped == 3,
	   "CPU 2 was skipped three times");
	ok(sync_told(0) == 1 && sync_told(1) == -1, "who was told is known");

	reset();
	skip_2 = false;
	text_poke_quirk_retranslate = true;
	add(16, 0xc3, 0, 1);
	smp_text_poke_batch_finish();
	text_poke_quirk_retranslate = false;
	is(trace,
	   "1[ 16:cc ] send1@1 send2@1 wait1 wait2 self 1[ ] 1[ 16:c3 ] send1@2 send2@2 wait1 wait2 "
	   "self 1[ 16:c3 ] qsend1@2 qsend2@2 qwait1 qwait2 leave0(0,1) leave1(0,1) leave2(0,1) ",
	   "without tails two syncs; the quirk writes the first byte again; all are told, then waited for");

	reset();
	sync_set_cond(NULL);
	add(16, 0xc3, 0, 1);
	smp_text_poke_batch_finish();
	ok(strstr(trace, "send2@2") != NULL, "without a condition everyone is told");
}

static void handler(void)
{
	struct emu_regs regs = {(unsigned long)text + 17, 0, 0, NULL, NULL};

	reset();
	run_handler = handled_all = true;
	told_of_handler = 0;
	for (int i = 0; i < TEXT_POKE_BATCH; i++)
		add(16 + 8 * i, 0xe9, 0x11, 5);
	smp_text_poke_batch_finish();
	run_handler = false;
	ok(handled_all && told_of_handler > TEXT_POKE_BATCH,
	   "each site's int3 is owned during a batch");
	ok(!in_handler, "the handler leaves as often as it enters");
	ok(!smp_text_poke_int3_handler(regs.ip, &regs), "nobody owns an int3 after a batch");
	ok(!in_handler, "nor does it stay in the handler then");
	batch.nr = 1;
	ok(!smp_text_poke_int3_handler(regs.ip, &regs), "nor an int3 while a batch is only queued");
	batch.nr = 0;
}

static void assertion(void)
{
	reset();
	keep_credit = true;
	add(16, 0xb8, 0x33, 5);
	smp_text_poke_batch_finish();
	keep_credit = false;
	ok(broken && broken_cpu == 2 && !strcmp(broken, "acknowledged without credit"),
	   "an acknowledgement without credit is seen");
}

static void queue(void)
{
	u64 before;

	reset();
	before = text_poke_counts().batches;
	for (int i = 0; i < TEXT_POKE_BATCH; i++)
		add(8 * i, 0xb8, 1, 5);
	ok(text_poke_counts().batches == before, "a batch takes as many as it says");
	add(8 * TEXT_POKE_BATCH, 0xb8, 1, 5);
	ok(text_poke_counts().batches == before + 1 && batch.nr == 1, "one more makes it run");
	add(8, 0xb8, 2, 5);
	ok(text_poke_counts().batches == before + 2 && batch.nr == 1, "so does a lower address");
	add(8, 0xb8, 3, 5);
	ok(text_poke_counts().batches == before + 3 && batch.nr == 1, "so does the same address");
	add(10, 0xb8, 3, 5);
	ok(text_poke_counts().batches == before + 4 && batch.nr == 1, "so does an overlap");
	add(15, 0xb8, 3, 5);
	ok(text_poke_counts().batches == before + 4 && batch.nr == 2, "but not the next address");
	smp_text_poke_batch_finish();
	ok(text_poke_counts().sites == text_poke_counts().sites && text[16] == 3, "all is written");
}

static void refuses(const char *reason, unsigned int offset, u8 opcode, u8 fill, size_t len)
{
	reset();
	why = "";
	if (!setjmp(refused))
		add(offset, opcode, fill, len);
	is(why, reason, reason);
}

static void early(void)
{
	const u8 ret[] = {0xc3};

	reset();
	ok(text_poke_early_check() != NULL,
	   "with other CPUs online nothing is written without int3");
	text_poke_early((unsigned long)text + 16, ret, 1);
	is(trace, "0[ 16:c3 ] ", "an early write is whole, and one");
	why = text_poke_check((unsigned long)text + 16, ret, 1, NULL);
	ok(!why, "what is fine is not refused");
}

static void misuse(void)
{
	refuses("a site must have 1 to 6 bytes", 16, 0xb8, 0, 0);
	refuses("a site must have 1 to 6 bytes", 16, 0xb8, 0, 7);
	refuses("this text is immutable", TEXT - 4, 0xb8, 0, 5);
	refuses("no int3 can stand for this instruction", 16, 0x05, 0, 5); /* add eax, imm32 */
	refuses("no int3 can stand for this instruction", 16, 0xcc, 0xcc, 1);
	refuses("the instruction does not fill its site", 16, 0x90, 0xcc, 2);
	refuses("the instruction does not fill its site", 16, 0xc3, 0x90, 2);
	refuses("", 16, 0xc3, 0xcc, 5);
}

int main(void)
{
	steps();
	handler();
	assertion();
	queue();
	early();
	misuse();
	return done_testing();
}
