// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bugs that only a second CPU at the wrong moment would show, with that moment made certain. A
 * handler runs with every variable of this program read-only: what handlers of several CPUs
 * write in common they write one after the other.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../../patching/emulate.c"
#include "../../patching/sync_policy.c"
#include "../../patching/text_poke.c"

#define PAGE	 4096ul
#define MOV_SIZE 5

extern char __data_start[], _end[];

/* What the hooks write lies outside of the program's variables. */
struct outside {
	int in_handler;
	bool end_at_enter;
	u64 value;
	u8 text[PAGE];
};
static struct outside *outside;

void text_write_begin(void)
{
}

void text_write(unsigned long addr, const u8 *bytes, size_t len)
{
	memcpy((void *)addr, bytes, len);
}

void text_write_end(void)
{
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
	return 1;
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
}

void sync_wait(unsigned int cpu, bool quirk)
{
}

void sync_self(void)
{
}

u64 sync_credit(unsigned int cpu)
{
	return ~0ul;
}

/* The patcher may end its batch, and queue the next, until the handler has counted itself. */
void text_poke_handler_enter(void)
{
	if (outside->end_at_enter)
		batch.active = 0;
	outside->in_handler++;
}

void text_poke_handler_exit(void)
{
	outside->in_handler--;
}

bool text_poke_handler_active(unsigned int cpu)
{
	return outside->in_handler;
}

void text_poke_wait_handler(unsigned int cpu)
{
}

void text_mutex_lock(void)
{
}

void text_mutex_unlock(void)
{
}

void text_poke_broken(const char *what, unsigned int cpu, u64 seen, u64 expected)
{
}

void text_poke_refuse(const char *why, unsigned long addr)
{
	abort();
}

static void take_gpr(void *ctx, unsigned int reg, unsigned long value)
{
	outside->value = value;
}

static bool take_int3(void)
{
	struct emu_regs regs = {(unsigned long)outside->text + 1, 0, 0, take_gpr, NULL};

	return smp_text_poke_int3_handler(regs.ip, &regs);
}

static bool read_only(bool on)
{
	unsigned long start = (unsigned long)__data_start & ~(PAGE - 1);

	return !mprotect((void *)start, ((unsigned long)_end + PAGE - 1 - start) & ~(PAGE - 1),
			 on ? PROT_READ : PROT_READ | PROT_WRITE);
}

/* In a child of its own, so that a write to a variable ends only that. */
static bool survives_read_only(bool (*fn)(void))
{
	const struct rlimit no_core = {0, 0};
	pid_t child = fork();
	bool good;
	int status;

	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		setrlimit(RLIMIT_CORE, &no_core);
		good = read_only(true) && fn();
		_exit(read_only(false) && good ? 0 : 1);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool write_variable(void)
{
	WRITE_ONCE(batch.active, 1);
	return true;
}

int main(void)
{
	const u8 mov[MOV_SIZE] = {0xb8, 0x44, 0x33, 0x22, 0x11};

	outside = mmap(NULL, sizeof(*outside), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	smp_text_poke_batch_add((unsigned long)outside->text, mov, MOV_SIZE, NULL);
	batch.active = 1;
	ok(take_int3() && outside->value == 0x11223344, "an int3 of the batch is emulated");
	ok(!survives_read_only(write_variable), "a write to a variable is noticed");
	ok(survives_read_only(take_int3), "an int3 handler writes no variable");

	outside->end_at_enter = true;
	ok(!take_int3(), "a batch that ended before the handler counted itself is left alone");
	ok(!outside->in_handler, "and let go of");
	return done_testing();
}
