// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <arch/x86_64/asm.h>
#include <kernel/report.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>
#include <tests/silicon/pair.h>
#include <tests/silicon/serializers.h>
#include <tests/silicon/user_text.h>

#define HANDLER_BOUND_NS 5000000000ull

u8 *user_text;
bool user_text_no_sync;
u32 user_text_executions;
const char *user_text_broken;

static u8 *writable;
static size_t text_size;
static u64 credits[2];
static u32 in_handler;

static long membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

void sync_all_now(void)
{
	if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE))
		user_text_broken = "membarrier() failed";
}

const char *user_text_map(size_t size)
{
	int fd;

	if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE))
		return "this kernel has no membarrier(SYNC_CORE)";
	fd = memfd_create("text", 0);
	if (fd < 0 || ftruncate(fd, size))
		return "no memory that can be mapped twice";
	user_text = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_POPULATE, fd, 0);
	writable = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	close(fd);
	text_size = size;
	return user_text == MAP_FAILED || writable == MAP_FAILED ? "no memory may be executed"
								 : NULL;
}

u8 *user_text_alias(unsigned long addr)
{
	return writable + (addr - (unsigned long)user_text);
}

void text_write_begin(void)
{
}

void text_write(unsigned long addr, const u8 *bytes, size_t len)
{
	memcpy(user_text_alias(addr), bytes, len);
	if (memcmp((void *)addr, bytes, len))
		text_poke_broken("text reads back differently", 0, addr, len);
}

void text_write_end(void)
{
}

const char *text_immutable(unsigned long addr, size_t len)
{
	return addr >= (unsigned long)user_text &&
			       addr + len <= (unsigned long)user_text + text_size
		       ? NULL
		       : "this is not the text that is mapped twice";
}

bool text_sealed(void)
{
	return false;
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
	if (!user_text_no_sync)
		sync_all_now();
	credits[cpu] = text_epoch;
}

static void wait_while(unsigned int cpu, bool (*busy)(unsigned int cpu, u32 seen), u32 seen)
{
	unsigned int looks;
	u64 deadline = 0;

	for (looks = 1; busy(cpu, seen); looks++) {
		cpu_relax();
		if (looks % 1024)
			continue;
		if (!deadline)
			deadline = now_ns() + HANDLER_BOUND_NS;
		else if (now_ns() > deadline) {
			text_poke_broken("an execution does not end", cpu, seen, 0);
			return;
		}
	}
}

static bool still_executing(unsigned int cpu, u32 seen)
{
	return READ_ONCE(user_text_executions) == seen;
}

/*
 * A CPU does not acknowledge an IPI from within the int3 handler. membarrier() knows nothing of a
 * signal that is still on its way, so what was being executed must have come to its end as well.
 */
void sync_wait(unsigned int cpu, bool quirk)
{
	u32 seen = READ_ONCE(user_text_executions);

	if (!user_text_no_sync && (seen & 1))
		wait_while(cpu, still_executing, seen);
}

void sync_self(void)
{
	iret_to_self();
	credits[0] = text_epoch;
}

u64 sync_credit(unsigned int cpu)
{
	return credits[cpu];
}

void text_poke_handler_enter(void)
{
	atomic_add(&in_handler, 1);
}

void text_poke_handler_exit(void)
{
	atomic_add(&in_handler, -1);
}

bool text_poke_handler_active(unsigned int cpu)
{
	return cpu == 1 && READ_ONCE(in_handler);
}

static bool handler_active(unsigned int cpu, u32 unused)
{
	return text_poke_handler_active(cpu);
}

void text_poke_wait_handler(unsigned int cpu)
{
	wait_while(cpu, handler_active, 0);
}

void text_mutex_lock(void)
{
}

void text_mutex_unlock(void)
{
}

void text_poke_broken(const char *what, unsigned int cpu, u64 seen, u64 expected)
{
	user_text_broken = what;
}

__noreturn void text_poke_refuse(const char *why, unsigned long addr)
{
	report_error("the engine refuses: %s", why);
	exit(report_verdict());
}
