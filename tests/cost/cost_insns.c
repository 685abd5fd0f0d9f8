// SPDX-License-Identifier: BSD-2-Clause
/* Single instructions, on the first CPU of cpus=: what orders, what serialises, what flushes. */
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/sync_core.h>
#include <arch/x86_64/tlb.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
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
	MOV_CR3_OTHER,
	MOV_CR3_OTHER_KEEP,
	CR4_PGE,
	INVLPG,
	INVPCID_ONE,
	INVPCID_CONTEXT,
	INVPCID_ALL,
	INVPCID_NONGLOBAL,
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

static u64 other_cr3; /* of an address space with the same kernel half */

static __always_inline u64 once(enum insn insn)
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
	case MOV_CR3_OTHER:
		write_cr3(other_cr3);
		write_cr3(cr3);
		break;
	case MOV_CR3_OTHER_KEEP:
		write_cr3(other_cr3 | X86_CR3_NOFLUSH);
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
	case INVPCID_NONGLOBAL:
		invpcid(insn - INVPCID_ONE);
		break;
	}
	return cost_since(start);
}

static struct request {
	enum insn insn;
	u64 *samples;
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

static void measure(int insn, u64 *samples, unsigned int n)
{
	unsigned int cpu = config.cpus[0];

	request = (struct request){insn, samples, n};
	if (nr_isolated())
		other_cr3 = mm_cr3(user_mm(first_isolated()));
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
	if ((insn == MOV_CR3_OTHER || insn == MOV_CR3_OTHER_KEEP) && !nr_isolated())
		return "no isolated CPU, and so one address space";
	if ((insn == MOV_CR3_KEEP || insn == MOV_CR3_OTHER_KEEP) && !pcid_enabled)
		return "without PCID every CR3 write flushes";
	return NULL;
}

/* clang-format off */
#define OP(name, insn) {name, "mov-cr3", NULL, missing, measure, insn, COST_PER_ROUND}
/* clang-format on */

/* The clock is read twice with nothing between: what every other figure is without. */
const struct cost_op *cost_nothing(void)
{
	static const struct cost_op ops[] = {OP(COST_NOTHING, NOTHING), {}};

	return ops;
}

/* Times MOV CR3: deferral takes that in place of the others. */
const struct cost_op *cost_insns(void)
{
	static const struct cost_op ops[] = {
		OP("locked-add", LOCKED_ADD),
		OP("mfence", MFENCE), /* pairs with nothing: it is only timed */
		OP("xchg", XCHG),
		OP("cpuid", CPUID),
		OP("iret", IRET),
		OP("serialize", SERIALIZE),
		OP("mov-cr2", MOV_CR2),
		OP("rdmsr-gs", RDMSR_GS),
		OP("mov-cr3", MOV_CR3),
		OP("mov-cr3-keep", MOV_CR3_KEEP),
		OP("mov-cr3-other-twice", MOV_CR3_OTHER),
		OP("mov-cr3-other-keep-twice", MOV_CR3_OTHER_KEEP),
		OP("cr4-pge-twice", CR4_PGE),
		OP("invlpg", INVLPG),
		OP("invpcid-one", INVPCID_ONE),
		OP("invpcid-context", INVPCID_CONTEXT),
		OP("invpcid-all", INVPCID_ALL),
		OP("invpcid-nonglobal", INVPCID_NONGLOBAL),
		{},
	};

	return ops;
}
