// SPDX-License-Identifier: BSD-2-Clause
/* Single instructions, on the first CPU of cpus=: what orders, what serialises, what flushes. */
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/sync_core.h>
#include <arch/x86_64/tlb.h>
#include <kernel/config.h>
#include <kernel/job.h>
#include <tests/cost/cost.h>

enum insn {
	NOTHING,
	LOCKED_ADD,
	MFENCE,
	XCHG,
	CPUID,
	IRET,
	SERIALIZE,
	MOV_CR2,
	RDMSR_GS,
	MOV_CR3,
	MOV_CR3_KEEP,
	CR4_PGE,
	INVLPG,
	INVPCID_ONE,
	INVPCID_CONTEXT,
	INVPCID_ALL,
};

struct invpcid {
	u64 pcid, addr;
};

static u32 exchanged;

static void invpcid(u64 kind)
{
	const struct invpcid desc = {read_cr3() & 0xfff, (u64)&exchanged};

	asm volatile("invpcid %0, %1" ::"m"(desc), "r"(kind) : "memory");
}

static __always_inline u32 once(enum insn insn)
{
	u64 cr3 = read_cr3(), cr4 = read_cr4(), start = cost_clock();

	switch (insn) {
	case NOTHING:
		break;
	case LOCKED_ADD:
		smp_mb(); /* pairs with nothing: it is only timed */
		break;
	case MFENCE:
		asm volatile("mfence" ::: "memory");
		break;
	case XCHG:
		xchg(&exchanged, 1);
		break;
	case CPUID:
		cpuid(0, 0);
		break;
	case IRET:
		iret_to_self();
		break;
	case SERIALIZE:
		serialize();
		break;
	case MOV_CR2:
		sync_core_nmi_safe();
		break;
	case RDMSR_GS:
		rdmsr(MSR_GS_BASE);
		break;
	case MOV_CR3:
		write_cr3(cr3);
		break;
	case MOV_CR3_KEEP:
		write_cr3(cr3 | X86_CR3_NOFLUSH);
		break;
	case CR4_PGE:
		write_cr4(cr4 ^ X86_CR4_PGE);
		write_cr4(cr4);
		break;
	case INVLPG:
		invlpg(&exchanged);
		break;
	case INVPCID_ONE:
	case INVPCID_CONTEXT:
	case INVPCID_ALL:
		invpcid(insn - INVPCID_ONE);
		break;
	}
	return cost_since(start);
}

static struct request {
	enum insn insn;
	u32 *samples;
	unsigned int n;
} request;

static void sample(void *ignored)
{
	unsigned int i;
	u64 flags;

	for (i = 0; i < request.n; i++) {
		flags = local_irq_save();
		request.samples[i] = once(request.insn);
		local_irq_restore(flags);
	}
}

static void measure(int insn, u32 *samples, unsigned int n)
{
	unsigned int cpu = config.cpus[0];

	request = (struct request){insn, samples, n};
	if (!cpu) {
		sample(NULL);
		return;
	}
	job_start(cpu, sample, NULL);
	job_wait(cpu);
}

static const char *missing(int insn)
{
	if (insn == SERIALIZE && !cpu_has(X86_FEATURE_SERIALIZE))
		return "this CPU has no SERIALIZE";
	if (insn >= INVPCID_ONE && !cpu_has(X86_FEATURE_INVPCID))
		return "this CPU has no INVPCID";
	if (insn == MOV_CR3_KEEP && !pcid_enabled)
		return "without PCID every CR3 write flushes";
	return NULL;
}

/* Times MOV CR3: deferral takes that in place of the others. */
const struct cost_op cost_insns[] = {
	{"nothing", "mov-cr3", missing, measure, NOTHING, COST_PER_ROUND},
	{"locked-add", "mov-cr3", missing, measure, LOCKED_ADD, COST_PER_ROUND},
	{"mfence", "mov-cr3", missing, measure, MFENCE, COST_PER_ROUND},
	{"xchg", "mov-cr3", missing, measure, XCHG, COST_PER_ROUND},
	{"cpuid", "mov-cr3", missing, measure, CPUID, COST_PER_ROUND},
	{"iret", "mov-cr3", missing, measure, IRET, COST_PER_ROUND},
	{"serialize", "mov-cr3", missing, measure, SERIALIZE, COST_PER_ROUND},
	{"mov-cr2", "mov-cr3", missing, measure, MOV_CR2, COST_PER_ROUND},
	{"rdmsr-gs", "mov-cr3", missing, measure, RDMSR_GS, COST_PER_ROUND},
	{"mov-cr3", "mov-cr3", missing, measure, MOV_CR3, COST_PER_ROUND},
	{"mov-cr3-keep", "mov-cr3", missing, measure, MOV_CR3_KEEP, COST_PER_ROUND},
	{"cr4-pge-twice", "mov-cr3", missing, measure, CR4_PGE, COST_PER_ROUND},
	{"invlpg", "mov-cr3", missing, measure, INVLPG, COST_PER_ROUND},
	{"invpcid-one", "mov-cr3", missing, measure, INVPCID_ONE, COST_PER_ROUND},
	{"invpcid-context", "mov-cr3", missing, measure, INVPCID_CONTEXT, COST_PER_ROUND},
	{"invpcid-all", "mov-cr3", missing, measure, INVPCID_ALL, COST_PER_ROUND},
	{},
};
