// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two CPUs set one key, or update one call, to the same: the second returns only when its own branch
 * is the new one (D. Vyukov, P. Bonzini, "locking/static_key: Fix concurrent static_key_slow_inc()",
 * 2016). While the first one's int3 stands, the second is asked to, and must be found waiting.
 */
#include <arch/x86_64/percpu.h>
#include <kernel/job.h>
#include <kernel/wait.h>
#include <patching/static_call.h>
#include <patching/static_key.h>
#include <patching/text_poke.h>
#include <tests/selftest/selftest.h>

static u32 one(void)
{
	return 1;
}

static u32 two(void)
{
	return 2;
}

static DEFINE_STATIC_KEY_FALSE(both_key);
static DEFINE_STATIC_CALL(both_call, one);

static noinline u32 branch(void)
{
	return static_branch_unlikely(&both_key) ? 2 : 1;
}

static noinline u32 call(void)
{
	return static_call(both_call, one);
}

struct way {
	const char *early, *wrong;
	void (*set)(bool second);
	u32 (*run)(void);
};

static const struct way *way;

static struct {
	bool second; /* what both set */
	bool started, back;
	u32 seen;
} shared;

static const char *wrong;

static void set_key(bool second)
{
	static_key_set(&both_key, second);
}

static void update_call(bool second)
{
	static_call_update(&both_call, second ? two : one);
}

static void second_setter(void *unused)
{
	way->set(shared.second);
	shared.seen = way->run();
	WRITE_ONCE(shared.back, true);
}

/* The second has nothing else to wait for: it does, or it comes back. */
static void hold(enum text_poke_step step)
{
	u64 looks = wait_looks(1);

	if (step != POKE_INT3_WRITTEN || shared.started)
		return;
	shared.started = true;
	job_start(1, second_setter, NULL);
	wait_until(wait_looks(1) != looks || READ_ONCE(shared.back), "the second setter to wait",
		   1);
	if (READ_ONCE(shared.back))
		wrong = way->early;
}

static const char *both(const struct way *this_way)
{
	unsigned int round;

	if (nr_cpus < 2)
		return SELFTEST_SKIP("needs a second CPU");
	way = this_way;
	wrong = NULL;
	for (round = 1; round <= 2 && !wrong; round++) {
		shared.second = round & 1;
		shared.started = shared.back = false;
		text_poke_step_hook = hold;
		way->set(shared.second);
		text_poke_step_hook = NULL;
		job_wait(1);
		if (!wrong && (shared.seen != 1u + shared.second || way->run() != shared.seen))
			wrong = way->wrong;
	}
	return wrong;
}

static const char *two_keys(void)
{
	static const struct way keys = {"the second CPU came back while the first was patching",
					"a CPU that had set a key ran the old branch", set_key,
					branch};

	return both(&keys);
}
SELFTEST("two CPUs set one key", two_keys);

static const char *two_calls(void)
{
	static const struct way calls = {"the second CPU came back while the first was patching",
					 "a CPU that had updated a call ran the old function",
					 update_call, call};

	return both(&calls);
}
SELFTEST("two CPUs update one call", two_calls);
