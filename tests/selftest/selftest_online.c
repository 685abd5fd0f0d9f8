// SPDX-License-Identifier: BSD-2-Clause
/*
 * A CPU that comes online while text is patched and mappings change (OSv #102, 2013: shootdown IPIs to
 * CPUs that had no IDT yet). Each boot tries it: the first CPU to come is stopped twice, and the boot
 * CPU patches and flushes meanwhile, however fast either is.
 *
 * - Before it says that it is online: nobody tells it, so it has to see the change by itself. It
 *   has the old mapping in its TLB, so that a CPU which does not serialise reads the old page.
 * - When it has done all that start-up does: it must be told. The patcher that waits for its answer
 *   lets it go on; so it meets the int3 of that very batch, or the batch is over without it.
 */
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/smp.h>
#include <kernel/memory.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/wait.h>
#include <patching/kernel/sync_ipi.h>
#include <patching/kernel/vmap.h>
#include <patching/static_key.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

#define PAGE	(VMAP_REGION_PAGES - 1) /* of the window; test=tlb has others of its first region */
#define NOBODY	0			/* CPU 0 does not come online here */
#define WINDOWS 2

static DEFINE_STATIC_KEY_FALSE(coming_key);

static noinline u32 coming_branch(void)
{
	return static_branch_unlikely(&coming_key) ? 1 : 0;
}

static void queue_branch(u64 version)
{
	static_key_queue(&coming_key, version & 1);
}

static u32 branch_value(u64 version)
{
	return version & 1;
}

static struct probe probe = {
	"branch-coming-online",
	.run = coming_branch,
	.queue = queue_branch,
	.value = branch_value,
};

static void *frames[WINDOWS + 1];
static u32 held;	     /* the CPU that is stopped */
static u32 arrived, changed; /* windows that it came to, and that a change was made in */
static u32 told;	     /* the boot CPU waits for its answer */
static u32 told_unseen;	     /* it did before the CPU was online */
static u32 ran;
static u64 violations;

static u64 mapped_value(void)
{
	return *(volatile const u64 *)vmap_addr(PAGE);
}

static void look(unsigned int cpu, u64 expected)
{
	u64 value = mapped_value();

	if (value != expected)
		report_violation("stale_read", "cpu.online", cpu,
				 "page=%u generation=%lu flushed_for=%lu", PAGE, value, expected);
}

/* The boot CPU, while it waits for others. */
static void change_something(void)
{
	u32 window = READ_ONCE(arrived);

	if (window == changed)
		return;
	text_mutex_lock();
	probe.written = window;
	probe.queue(window);
	probe_commit(&probe, smp_text_poke_batch_finish());
	text_mutex_unlock();
	vmap_set_page(PAGE, virt_to_phys(frames[window]));
	vmap_flush(PAGE, 1);
	smp_store_release(&changed, window);
}

static void will_wait(unsigned int cpu)
{
	if (cpu != READ_ONCE(held))
		return;
	told_unseen += READ_ONCE(arrived) < WINDOWS;
	WRITE_ONCE(told, 1);
}

static void coming(unsigned int cpu)
{
	u32 nobody = NOBODY;

	if (!try_cmpxchg(&held, &nobody, cpu))
		return;
	look(cpu, 0);
	WRITE_ONCE(arrived, 1);
	wait_until(smp_load_acquire(&changed) == 1, "a poke before it is online", 0);
}

static void came(unsigned int cpu)
{
	probe_run(&probe);
	atomic_add(&ran, 1);
	if (cpu != READ_ONCE(held))
		return;
	look(cpu, 1);
	WRITE_ONCE(arrived, WINDOWS);
	wait_until(READ_ONCE(told) || smp_load_acquire(&changed) == WINDOWS,
		   "a poke now that it is online", 0);
	probe_run(&probe);
	if (!READ_ONCE(told))
		look(cpu, WINDOWS);
	violations = report_violations();
}

static void expect_somebody(void)
{
	unsigned int i;

	if (nr_cpus == 1)
		return;
	for (i = 0; i <= WINDOWS; i++) {
		frames[i] = alloc_page_zeroed();
		*(u64 *)frames[i] = i;
	}
	vmap_set_page(PAGE, virt_to_phys(frames[0]));
	sync_hooks.will_wait = will_wait;
	sync_hooks.coming = coming;
	sync_hooks.came = came;
	smp_wait_hook = change_something;
}
DEFINE_EARLY_TEST(expect_somebody);

static const char *online(void)
{
	if (nr_cpus == 1)
		return SELFTEST_SKIP("needs a second CPU");
	CHECK(held != NOBODY && changed == WINDOWS);
	CHECK(!told_unseen);
	CHECK(told);
	CHECK(!violations);
	CHECK(ran == nr_cpus - 1);
	return NULL;
}
SELFTEST("bug of 2013: a CPU comes online while text is patched", online);
