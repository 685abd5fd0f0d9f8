// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/points.h>
#include <kernel/string.h>

#define POKE_PATIENCE_NS 50000000ul
#define OWN_SHARE	 128 /* the patcher waits so much less, as 1/n: nobody comes for it */

static const char *const names[NR_POINTS] = {
	"entry.before-signal",
	"entry.signal-to-cr3",
	"entry.after-cr3",
	"exit.before-signal",
	"exit.signal-to-cr3",
	"exit.after-cr3",
	"exit.iret",
	"nmi.entry",
	"nmi.signal-to-cr3",
	"nmi.exit-signal-to-cr3",
	"nmi.exit",
	"syscall.first-insn",
	"int3.before-ref",
	"ipi.before-ack",
	"sender.before-barrier",
	"sender.barrier-to-read",
	"sender.after-read",
	"poke.int3-written",
	"poke.tail-written",
	"poke.before-refs-drop",
};

bool points_enabled;

const char *point_name(enum point point)
{
	return names[point];
}

int point_find(const char *name, size_t len)
{
	int i;

	for (i = 0; i < NR_POINTS; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], name, len))
			return i;
	return -1;
}

struct point_control *point_control(unsigned int cpu)
{
	return (struct point_control *)(cpu_entry_area(cpu) + 1);
}

void points_clear(unsigned int cpu, bool counts)
{
	struct point_control *control = point_control(cpu);

	WRITE_ONCE(control->inject, 0);
	WRITE_ONCE(control->inject2, 0);
	WRITE_ONCE(control->delayed, 0);
	WRITE_ONCE(control->patience, ns_to_tsc(POKE_PATIENCE_NS));
	WRITE_ONCE(control->release, control->release + 1);
	if (!counts)
		return;
	memset(control->reached, 0, sizeof(control->reached));
	memset(control->injected, 0, sizeof(control->injected));
	memset(control->hits, 0, sizeof(control->hits));
	WRITE_ONCE(control->last, 0);
}

void point_tell(unsigned int cpu)
{
	struct point_control *control = point_control(cpu);

	if (READ_ONCE(control->waiting) & 1)
		WRITE_ONCE(control->told_waits, control->told_waits + 1);
	WRITE_ONCE(control->told, 1);
}

void point_untell(unsigned int cpu)
{
	WRITE_ONCE(point_control(cpu)->told, 0);
}

const char *point_last(void)
{
	u32 last = READ_ONCE(point_control(smp_processor_id())->last);

	return last ? names[last - 1] : "none";
}

/* Emitted by the macros in entry/calling.inc, one for each path. */
extern const struct point_range {
	u64 begin, end, class;
} __point_ranges_start[], __point_ranges_end[];
extern char return_iret[];

/* S and CR3 tell how far the path was: they disagree only between the two writes. */
enum progress {
	USER,
	BETWEEN,
	KERNEL
};
static const int classes[][3] = {
	[POINT_CLASS_ENTRY] = {POINT_entry_before_signal, POINT_entry_signal_to_cr3,
			       POINT_entry_after_cr3},
	[POINT_CLASS_EXIT] = {POINT_exit_after_cr3, POINT_exit_signal_to_cr3,
			      POINT_exit_before_signal},
	/* An event that came from user mode itself, or nothing is told apart. */
	[POINT_CLASS_NMI_ENTRY] = {POINT_nmi_entry, POINT_nmi_signal_to_cr3, -1},
	[POINT_CLASS_NMI_EXIT] = {POINT_nmi_exit, POINT_nmi_exit_signal_to_cr3, -1},
};

static int classify(u64 ip, u32 signal, bool user_cr3)
{
	const struct point_range *range;

	if (ip == (u64)return_iret)
		return POINT_exit_iret;
	if (ip == (u64)entry_SYSCALL_64)
		return POINT_syscall_first_insn;
	for (range = __point_ranges_start; range < __point_ranges_end; range++)
		if (ip >= range->begin && ip < range->end)
			break;
	if (range == __point_ranges_end)
		return -1;
	return classes[range->class][signal == !user_cr3 ? signal ? KERNEL : USER : BETWEEN];
}

void point_note_hit(u64 ip, u32 signal, u64 cr3)
{
	int point = classify(ip, signal, cr3 & PTI_USER_PGTABLE_MASK);

	if (point >= 0)
		point_control(smp_processor_id())->hits[point]++;
}

void point_slow(enum point point)
{
	struct point_control *control = point_control(smp_processor_id());
	u64 start = rdtsc(), delay = control->delay[point];

	control->reached[point]++;
	if (control->delayed >> point & 1) {
		if (delay == POINT_DELAY_POKE)
			delay = control->patience / (smp_processor_id() ? 1 : OWN_SHARE);
		while (rdtsc() - start < delay)
			cpu_relax();
	}
	if (control->inject >> point & 1) {
		control->injected[point]++;
		control->hits[point]++;
		control->last = point + 1;
		asm volatile("int %0" ::"i"(INJECT_VECTOR) : "memory");
	}
}
