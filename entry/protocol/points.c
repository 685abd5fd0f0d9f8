// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/protocol/features.h>
#include <entry/protocol/point_params.h>
#include <entry/protocol/points.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <patching/kernel/alternatives.h>
#include <patching/kernel/sync_ipi.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>

#define POKE_PATIENCE_NS 50000000ul
#define OWN_SHARE	 128 /* the patcher waits so much less, as 1/n: nobody comes for it */
#define NMI_LIKE_POINTS	 (BIT(POINT_nmi_exit + 1) - BIT(POINT_nmi_entry))
#define POINT_FRAME	 40 /* what the CPU pushes; RIP comes last */

bool points_enabled;

static bool armed;

struct point_control *point_control(unsigned int cpu)
{
	return (struct point_control *)(cpu_entry_area(cpu) + 1);
}

/* A CPU that is not isolated has no part in the entry paths' points. */
static u32 points_of(unsigned int cpu)
{
	return cpu_isolated[cpu] ? ~0u : ~0u << POINT_int3_before_ref;
}

void points_clear(unsigned int cpu, bool counts)
{
	struct point_control *control = point_control(cpu);
	u32 mine = armed ? points_of(cpu) : 0;
	unsigned int i;

	for (i = 0; i < POINT_EVENTS; i++) {
		WRITE_ONCE(control->inject[i], point_wishes.inject[i] & mine);
		WRITE_ONCE(control->inject2[i], point_wishes.inject[i] & mine & NMI_LIKE_POINTS);
	}
	for (i = 0; i < NR_POINTS; i++)
		WRITE_ONCE(control->delay[i], point_wishes.delay[i]);
	WRITE_ONCE(control->delayed, point_wishes.delayed & mine);
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

static void poke_point(enum text_poke_step step)
{
	point_here(POINT_poke_int3_written + step);
}

static void sync_point(enum sync_step step)
{
	point_here(POINT_sender_before_barrier + step);
}

static void ack_point(unsigned int cpu)
{
	point_here(POINT_ipi_before_ack);
	point_untell(cpu);
}

void points_compile_in(bool on)
{
	if (points_enabled == on)
		return;
	cpu_cap_set(X86_FEATURE_POINTS, on);
	alternatives_reapply();
	points_enabled = on;
	text_poke_step_hook = on ? poke_point : NULL;
	sync_step_hook = on ? sync_point : NULL;
	sync_hooks = on ? (struct sync_hooks){.will_wait = point_tell,
					      .waited = point_untell,
					      .acknowledge = ack_point}
			: (struct sync_hooks){};
}

void points_arm(bool on)
{
	unsigned int cpu;

	armed = on && (param_given(inject) || param_given(delay));
	points_compile_in(armed);
	for_each_online_cpu(cpu)
		points_clear(cpu, armed);
}

bool points_armed(void)
{
	return armed;
}

static bool forced_at(unsigned int point)
{
	return (point_wishes.inject[POINT_EVENT_NMI] | point_wishes.inject[POINT_EVENT_DB] |
		point_wishes.inject[POINT_EVENT_MC]) >>
		       point &
	       1;
}

static void sum(unsigned int point, u64 *reached, u64 *injected)
{
	unsigned int cpu;

	*reached = *injected = 0;
	for_each_online_cpu(cpu) {
		*reached += READ_ONCE(point_control(cpu)->reached[point]);
		*injected += READ_ONCE(point_control(cpu)->injected[point]);
	}
}

void points_report(void)
{
	u64 reached, injected;
	unsigned int point;

	for (point = 0; armed && point < NR_POINTS; point++) {
		if (!forced_at(point) && !(point_wishes.delayed >> point & 1))
			continue;
		sum(point, &reached, &injected);
		if (forced_at(point))
			report_info("point %s: reached=%lu injected=%lu", point_name(point),
				    reached, injected);
		else
			report_info("point %s: reached=%lu", point_name(point), reached);
	}
}

const char *points_untouched(void)
{
	u64 reached, injected;
	unsigned int point;

	for (point = 0; armed && point < NR_POINTS; point++) {
		sum(point, &reached, &injected);
		if (forced_at(point) ? !injected : point_wishes.delayed >> point & 1 && !reached)
			return point_name(point);
	}
	return NULL;
}

const char *point_last(void)
{
	u32 last = READ_ONCE(point_control(smp_processor_id())->last) & 0xff;

	return last ? point_names[last - 1] : "none";
}

const char *point_last_event(void)
{
	u32 last = READ_ONCE(point_control(smp_processor_id())->last) >> 8;

	return last ? point_event_names[last - 1] : "none";
}

/* A forced event interrupts the point's own trap, whose frame is at the top of its stack. */
u64 point_site(const struct pt_regs *regs)
{
	u64 top = cea_ist_top(smp_processor_id(), IST_POINT);

	if (regs->sp > top || regs->sp <= top - CEA_IST_PAGES * PAGE_SIZE)
		return regs->ip;
	return *(u64 *)(top - POINT_FRAME);
}

/* Emitted by the macros in entry/calling.inc, one for each path. */
extern const struct point_range {
	u64 begin, end, class;
} __point_ranges_start[], __point_ranges_end[];
extern char return_iret[], return_sysret[] asm("return_to_user_sysret.sysret");

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
	if (ip == (u64)return_sysret)
		return POINT_exit_sysret;
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

/* Until a poke is done without us, or waits for us; the patcher cannot wait for itself. */
static void wait_for_poke(struct point_control *control, u64 start)
{
	u64 patience = control->patience / (smp_processor_id() ? 1 : OWN_SHARE);
	u32 release = READ_ONCE(control->release);

	if (control->waiting & 1) /* two waits would look like none */
		return;
	WRITE_ONCE(control->waiting, control->waiting + 1);
	while (READ_ONCE(control->release) == release && !READ_ONCE(control->told) &&
	       rdtsc() - start < patience)
		cpu_relax();
	WRITE_ONCE(control->waiting, control->waiting + 1);
}

/* The handler of a forced event may come here again, and a real NMI may at any time. */
static void force(struct point_control *control, enum point point, enum point_event event)
{
	struct pt_regs here = {.sp = (u64)__builtin_frame_address(0)};

	if (control->busy || (event == POINT_EVENT_NMI && in_nmi(&here)))
		return;
	WRITE_ONCE(control->busy, BIT(event));
	control->injected[point]++;
	control->hits[point]++;
	control->last = (point + 1) | (event + 1) << 8;
	if (event == POINT_EVENT_NMI)
		asm volatile("int %0" ::"i"(INJECT_VECTOR) : "memory");
	else if (event == POINT_EVENT_DB)
		asm volatile("int %0" ::"i"(INJECT_VECTOR + POINT_EVENT_DB) : "memory");
	else
		asm volatile("int %0" ::"i"(INJECT_VECTOR + POINT_EVENT_MC) : "memory");
	WRITE_ONCE(control->busy, 0);
}

void point_slow(enum point point)
{
	struct point_control *control = point_control(smp_processor_id());
	u64 start = rdtsc(), delay = READ_ONCE(control->delay[point]);
	unsigned int event;

	control->reached[point]++;
	if (control->delayed >> point & 1) {
		control->last = point + 1;
		if (delay == POINT_DELAY_POKE)
			wait_for_poke(control, start);
		else
			while (rdtsc() - start < delay)
				cpu_relax();
	}
	for (event = 0; event < POINT_EVENTS; event++)
		if (control->inject[event] >> point & 1)
			force(control, point, event);
}
