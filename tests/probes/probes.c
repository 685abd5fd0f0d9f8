// SPDX-License-Identifier: BSD-2-Clause
/* The sites and what they yield. How an execution is judged: probe_run.c. */
#include <patching/static_call.h>
#include <patching/static_key.h>
#include <patching/text_poke.h>
#include <tests/probes/probes.h>

#define MOV_EAX_IMM32 0xb8
#define TARGETS	      8

/* Jump labels, one that starts off and one that starts on, and one for each special context. */
static DEFINE_STATIC_KEY_FALSE(key_off);
static DEFINE_STATIC_KEY_TRUE(key_on);
static DEFINE_STATIC_KEY_FALSE(key_irq);
static DEFINE_STATIC_KEY_FALSE(key_nmi);

static u32 value_key_off(u64 version)
{
	return version & 1;
}

static u32 value_key_on(u64 version)
{
	return !(version & 1);
}

#define KEY_PROBE(key, branch, odd)                             \
	static noinline u32 run_##key(void)                     \
	{                                                       \
		return branch(&key) ? 1 : 0;                    \
	}                                                       \
	static void queue_##key(u64 version)                    \
	{                                                       \
		static_key_queue(&key, (version & 1) == (odd)); \
	}
KEY_PROBE(key_off, static_branch_unlikely, 1)
KEY_PROBE(key_on, static_branch_likely, 0)
KEY_PROBE(key_irq, static_branch_unlikely, 1)
KEY_PROBE(key_nmi, static_branch_unlikely, 1)

/* A static call to one of eight targets, each of which returns its number. */
#define TARGET(n)                            \
	static noinline u32 target_##n(void) \
	{                                    \
		barrier();                   \
		return 0x100 + n;            \
	}
TARGET(0)
TARGET(1)
TARGET(2)
TARGET(3)
TARGET(4)
TARGET(5)
TARGET(6)
TARGET(7)

static const static_call_fn targets[TARGETS] = {target_0, target_1, target_2, target_3,
						target_4, target_5, target_6, target_7};
static DEFINE_STATIC_CALL(call_targets, target_0);
static DEFINE_STATIC_CALL(call_nothing, target_0);

static noinline u32 run_call_targets(void)
{
	return static_call(call_targets, target_0);
}

static void queue_call_targets(u64 version)
{
	static_call_queue(&call_targets, targets[version % TARGETS]);
}

static u32 value_call_targets(u64 version)
{
	return 0x100 + version % TARGETS;
}

static noinline u32 run_call_nothing(void)
{
	return static_call(call_nothing, target_0);
}

static void queue_call_nothing(u64 version)
{
	static_call_queue(&call_nothing, version & 1 ? NULL : target_0);
}

static u32 value_call_nothing(u64 version)
{
	return version & 1 ? 0 : 0x100;
}

/* All four bytes of the immediate are alike, so every mixture of two versions shows. */
static u32 value_mov(u64 version)
{
	return (version & 0xff) * 0x01010101;
}

static void queue_mov(u32 (*site)(void), u64 version)
{
	u8 insn[5] = {MOV_EAX_IMM32, version, version, version, version};

	smp_text_poke_batch_add((unsigned long)site, insn, sizeof(insn), NULL);
}

#define MOV_PROBE(site)                       \
	u32 site(void);                       \
	static void queue_##site(u64 version) \
	{                                     \
		queue_mov(site, version);     \
	}
MOV_PROBE(probe_mov_plain)
MOV_PROBE(probe_mov_cross8)
MOV_PROBE(probe_mov_cross64)
MOV_PROBE(probe_mov_cross4096)
MOV_PROBE(probe_mov_syscall)

u32 probe_mov_behind_cr3(void);
u32 probe_mov_behind_cr3_site(void);
static void queue_behind_cr3(u64 version)
{
	queue_mov(probe_mov_behind_cr3_site, version);
}

/* In address order, as far as one can know it here: then a selection is one batch. */
struct probe probes[] = {
	{"mov", CTX_ANY, probe_mov_plain, queue_probe_mov_plain, value_mov},
	{"mov-cross-8", CTX_ANY, probe_mov_cross8, queue_probe_mov_cross8, value_mov},
	{"mov-in-syscall", CTX_SYSCALL, probe_mov_syscall, queue_probe_mov_syscall, value_mov},
	{"mov-behind-cr3", CTX_ANY, probe_mov_behind_cr3, queue_behind_cr3, value_mov},
	{"mov-cross-line", CTX_ANY, probe_mov_cross64, queue_probe_mov_cross64, value_mov},
	{"mov-cross-page", CTX_ANY, probe_mov_cross4096, queue_probe_mov_cross4096, value_mov},
	{"jump-label-off", CTX_ANY, run_key_off, queue_key_off, value_key_off},
	{"jump-label-on", CTX_ANY, run_key_on, queue_key_on, value_key_on},
	{"jump-label-in-irq", CTX_IRQ, run_key_irq, queue_key_irq, value_key_off},
	{"jump-label-in-nmi", CTX_NMI, run_key_nmi, queue_key_nmi, value_key_off},
	{"call-targets", CTX_ANY, run_call_targets, queue_call_targets, value_call_targets},
	{"call-nothing", CTX_ANY, run_call_nothing, queue_call_nothing, value_call_nothing},
};
const unsigned int nr_probes = ARRAY_SIZE(probes);
