// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bare IPIs: the round trip between the CPUs of cpus=, and from CPU 0 to 1, 2, 4 ... all others, which
 * spin in the kernel or sleep: until the last of them is in its handler (one way, by clocks
 * that do agree), and until CPU 0 has seen that.
 */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <kernel/clocks.h>
#include <kernel/config.h>
#include <kernel/job.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/wait.h>
#include <tests/cost/cost.h>

#define SIZES	   9   /* 1, 2, 4 ... 128, 254 */
#define OPS_A_SIZE 4   /* running and halted, one way and there and back */
#define ASLEEP_US  100 /* from the last a CPU did until it sleeps */

static struct request {
	u64 *samples;
	unsigned int n;
} request;
static u32 stop;

/* When each CPU was in its handler; 0: not yet. */
static u64 arrived[NR_CPUS];
/* What the round trips that were measured last took one way. */
static u64 one_way[COST_PER_ROUND_OF_TWO];

/* Without PAUSE, for which an emulator leaves the guest. */
static void spin(void *ignored)
{
	while (!READ_ONCE(stop))
		;
}

static void spin_on(unsigned int first, unsigned int last)
{
	unsigned int cpu;

	WRITE_ONCE(stop, 0);
	for (cpu = first; cpu <= last; cpu++)
		job_start(cpu, spin, NULL);
	for (cpu = first; cpu <= last; cpu++)
		wait_until(!READ_ONCE(cpus[cpu].idle), "it to spin", cpu);
}

static void spin_no_more(unsigned int first, unsigned int last)
{
	unsigned int cpu;

	WRITE_ONCE(stop, 1);
	for (cpu = first; cpu <= last; cpu++)
		job_wait(cpu);
}

static void ping(void *ignored)
{
	const struct cpu *other = &cpus[config.cpus[1]];
	unsigned int i;
	u64 start, count;

	for (i = 0; i < request.n; i++) {
		count = READ_ONCE(other->irq_count[WAKE_VECTOR]);
		start = cost_clock();
		apic_send_vector(other->apic_id, WAKE_VECTOR);
		wait_until(READ_ONCE(other->irq_count[WAKE_VECTOR]) != count, "an IPI to arrive",
			   other->nr);
		request.samples[i] = cost_since(start);
	}
}

/* CPU 0 waits with IRQs on, which is as good as spinning. */
static void measure_pair(int arg, u64 *samples, unsigned int n)
{
	unsigned int from = config.cpus[0], to = config.cpus[1];

	request = (struct request){samples, n};
	if (to)
		spin_on(to, to);
	if (from) {
		job_start(from, ping, NULL);
		job_wait(from);
	} else {
		ping(NULL);
	}
	if (to)
		spin_no_more(to, to);
}

static void arrive(struct pt_regs *regs)
{
	WRITE_ONCE(arrived[smp_processor_id()], cost_clock());
}

/* CPUs 1 to @others get one IPI each; what the last of them took one way. */
static u64 tell(unsigned int others, u64 *there_and_back)
{
	unsigned int cpu;
	u64 start, last = 0;

	for (cpu = 1; cpu <= others; cpu++)
		WRITE_ONCE(arrived[cpu], 0);
	start = cost_clock();
	for (cpu = 1; cpu <= others; cpu++)
		apic_send_vector(cpus[cpu].apic_id, PROBE_VECTOR);
	for (cpu = 1; cpu <= others; cpu++)
		wait_until(READ_ONCE(arrived[cpu]), "an IPI to arrive", cpu);
	*there_and_back = cost_since(start);
	for (cpu = 1; cpu <= others; cpu++)
		last = arrived[cpu] > last ? arrived[cpu] : last;
	return last > start ? last - start : 0;
}

static void measure_all(bool running, unsigned int others, u64 *samples, unsigned int n)
{
	unsigned int i;

	set_irq_handler(PROBE_VECTOR, arrive);
	if (running)
		spin_on(1, others);
	for (i = 0; i < n; i++) {
		if (!running)
			udelay(ASLEEP_US);
		one_way[i] = tell(others, &samples[i]);
	}
	if (running)
		spin_no_more(1, others);
	set_irq_handler(PROBE_VECTOR, NULL);
}

static void measure_running(int others, u64 *samples, unsigned int n)
{
	measure_all(true, others, samples, n);
}

static void measure_halted(int others, u64 *samples, unsigned int n)
{
	measure_all(false, others, samples, n);
}

/* Of the round trips of the op before. */
static void take_one_way(int others, u64 *samples, unsigned int n)
{
	memcpy(samples, one_way, n * sizeof(*samples));
}

static const char *missing(int others)
{
	return nr_cpus < 2 ? "one CPU has nobody to tell" : NULL;
}

static u64 warp; /* cycles, measured now */

/* One way is from one CPU's clock to another's. */
static const char *one_way_missing(int others)
{
	static char why[96];

	if (!warp)
		return missing(others);
	scnprintf(why, sizeof(why), "the TSC of a CPU is %lu cycles or more off CPU 0's", warp);
	return why;
}

static struct cost_op ops[1 + SIZES * OPS_A_SIZE + 1];
static char names[SIZES * OPS_A_SIZE][24];

static void add(unsigned int i, const char *name, const char *base, unsigned int others,
		void (*measure)(int arg, u64 *samples, unsigned int n))
{
	scnprintf(names[i], sizeof(names[i]), name, others);
	ops[1 + i] = (struct cost_op){
		.name = names[i],
		.base = base,
		.missing = measure == take_one_way ? one_way_missing : missing, /* @cost.one-way */
		.measure = measure,
		.arg = others,
		.per_round = COST_PER_ROUND_OF_TWO,
	};
}

const struct cost_op *cost_ipis(void)
{
	unsigned int others = nr_cpus > 1 ? nr_cpus - 1 : 1, size, i = 0;

	warp = clocks_warp();
	memset(ops, 0, sizeof(ops));
	ops[0] = (struct cost_op){
		"ipi", "mov-cr3", NULL, missing, measure_pair, 0, COST_PER_ROUND_OF_TWO,
	};
	for (size = 1;; size = size * 2 < others ? size * 2 : others) {
		add(i++, "ipi-running-%u", "ipi-running-1", size, measure_running);
		add(i++, "ipi-running-%u-one-way", "ipi-running-1", size, take_one_way);
		add(i++, "ipi-halted-%u", "ipi-running-1", size, measure_halted);
		add(i++, "ipi-halted-%u-one-way", "ipi-running-1", size, take_one_way);
		if (size == others)
			break;
	}
	return ops;
}
