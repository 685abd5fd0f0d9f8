// SPDX-License-Identifier: BSD-2-Clause
#include <stdarg.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/ptrace.h>
#include <arch/x86_64/smp.h>
#include <kernel/lib/printf.h>
#include <kernel/live.h>
#include <kernel/machine.h>
#include <kernel/nmi.h>
#include <kernel/panic.h>
#include <kernel/report.h>
#include <kernel/symbols.h>
#include <kernel/wait.h>

#define BACKTRACE_MAX 24
#define MESSAGE_MAX   400

static u32 ending;

bool run_is_ending(void)
{
	return READ_ONCE(ending);
}

void run_ends(void)
{
	WRITE_ONCE(ending, 1);
}

/* Kernel stacks live in these two places; a frame pointer elsewhere ends the walk. */
static bool on_a_stack(u64 addr)
{
	u64 kstacks = KSTACK_BASE + (u64)NR_CPUS * KSTACK_STRIDE;
	u64 areas = CEA_FIRST + (u64)NR_CPUS * CEA_SIZE;

	if (addr & 7)
		return false;
	return (addr >= KSTACK_BASE && addr < kstacks) || (addr >= CEA_FIRST && addr < areas) ||
	       (addr >= KERNEL_VMA && addr < KERNEL_VMA + 0x1000000);
}

void backtrace(u64 ip, u64 bp)
{
	unsigned int depth;
	const u64 *frame;
	u64 size;

	for (depth = 0; depth < BACKTRACE_MAX; depth++) {
		report_info("  %pS", (void *)ip);
		if (!on_a_stack(bp) || !lookup_address(init_mm.pgd, bp, &size) ||
		    !lookup_address(init_mm.pgd, bp + 8, &size))
			break;
		frame = (const u64 *)bp;
		bp = frame[0];
		ip = frame[1];
		if (!ip)
			break;
	}
}

void show_regs(const struct pt_regs *regs)
{
	/* Lines of 80 columns: a screen of VGA text holds it all. */
	report_info("cpu %u: rip %pS cs %lx rflags %lx rsp %lx vector %lu error %lx",
		    smp_processor_id(), (void *)regs->ip, regs->cs, regs->flags, regs->sp,
		    regs->vector, regs->error_code);
	report_info("  rax %016lx rbx %016lx rcx %016lx", regs->ax, regs->bx, regs->cx);
	report_info("  rdx %016lx rsi %016lx rdi %016lx", regs->dx, regs->si, regs->di);
	report_info("  rbp %016lx r8  %016lx r9  %016lx", regs->bp, regs->r8, regs->r9);
	report_info("  r10 %016lx r11 %016lx r12 %016lx", regs->r10, regs->r11, regs->r12);
	report_info("  r13 %016lx r14 %016lx r15 %016lx", regs->r13, regs->r14, regs->r15);
	report_info("  cr0 %lx cr2 %lx cr3 %lx cr4 %lx S %u credit %lu", read_cr0(), read_cr2(),
		    read_cr3(), read_cr4(), cea_read(kernel_cr3_loaded), cea_read(credit));
	if (!user_mode(regs))
		backtrace(regs->ip, regs->bp);
}

static char message[MESSAGE_MAX]; /* of the CPU that ends the run */

/* The first CPU to get here speaks; the others stop where they are. */
static void claim_the_end(const char *word, const char *fmt, va_list args)
{
	char where[200];

	local_irq_disable();
	if (xchg(&ending, 1))
		machine_stop_cpu();
	vscnprintf(message, sizeof(message), fmt, args);
	report_where(where, sizeof(where));
	live_lost(word);
	report_info("%s: %s", word, message);
	report_info("%s: cpu %u, %s", word, smp_processor_id(), where);
}

static __noreturn void crash(void)
{
	nmi_stop_others();
	report_crash("%s", message);
	machine_end(report_finish());
}

void die(const struct pt_regs *regs, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	claim_the_end("panic", fmt, args);
	va_end(args);
	show_regs(regs);
	crash();
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	claim_the_end("panic", fmt, args);
	va_end(args);
	backtrace((u64)__builtin_return_address(0), *(u64 *)__builtin_frame_address(0));
	crash();
}

void hang(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	claim_the_end("hang", fmt, args);
	va_end(args);
	nmi_backtrace_all();
	report_hang("%s", message);
	machine_end(report_finish());
}

void harness_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	claim_the_end("error", fmt, args);
	va_end(args);
	nmi_backtrace_all();
	report_error("%s", message);
	machine_end(report_finish());
}

void wait_expired(const char *what, int for_cpu)
{
	if (run_is_ending())
		machine_stop_cpu();
	if (for_cpu < 0)
		harness_error("cpu %u waited in vain for %s", smp_processor_id(), what);
	harness_error("cpu %u waited in vain for cpu %d: %s", smp_processor_id(), for_cpu, what);
}
