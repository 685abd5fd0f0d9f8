// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/tsc_drift.h>

#define TRIES 8

/* The other clock and the TSC at one moment: @tsc, give or take @blur cycles. */
struct moment {
	u64 count, tsc, blur;
};

static struct counter reference; /* hz is 0: there is none */
static struct moment last;
static u64 counts, cycles, blur; /* from the first look to the last; blur without the last one's */
static u64 left_out;

/* The shortest of some tries: an SMI, or the host, may have this CPU in the middle of one. */
static struct moment look(void)
{
	struct moment best = {.blur = ~0ul}, now;
	unsigned int i;
	u64 before;

	for (i = 0; i < TRIES && best.blur > tsc_khz / 1000; i++) {
		before = rdtsc();
		now.count = reference.read();
		now.tsc = rdtsc();
		now.blur = now.tsc - before;
		if (now.blur < best.blur)
			best = now;
	}
	return best;
}

void tsc_drift_start(const struct counter *c)
{
	reference = *c;
	last = look();
	blur = last.blur;
}

void tsc_drift_look(void)
{
	struct moment now;
	u64 most;

	if (!reference.hz)
		return;
	/* Half a round: a CPU that was away for longer does not know how often that clock wrapped. */
	most = mul_div(reference.mask / 2, tsc_khz * 1000, reference.hz);
	now = look();
	if (now.tsc - last.tsc > most) { /* @drift.left-out */
		left_out++;
		blur += last.blur + now.blur;
	} else {
		counts += (now.count - last.count) & reference.mask; /* @drift.wrap */
		cycles += now.tsc - last.tsc;
	}
	last = now;
}

bool tsc_drift(struct tsc_drift *drift)
{
	u64 flags = local_irq_save(), expected, off;

	tsc_drift_look();
	expected = reference.hz ? mul_div(counts, tsc_khz * 1000, reference.hz) : 0;
	off = cycles > expected ? cycles - expected : expected - cycles;
	if (expected) {
		drift->ppm = mul_div(off, 1000000, expected);
		drift->ppm = cycles > expected ? drift->ppm : -drift->ppm;
		drift->within_ppm = mul_div(blur + last.blur, 1000000, expected) + 1;
		drift->ms = expected / tsc_khz;
		drift->left_out = left_out;
	}
	local_irq_restore(flags);
	return expected;
}
