// SPDX-License-Identifier: BSD-2-Clause
/* Hypervisors as CPUID shows them: none, one, one behind another, and leaves that are none. */
#include <tests/host/lib/tap.h>
#include "../../arch/x86_64/hypervisor.c"

static struct {
	u32 base, max;
	const char *name;
} shown[8];
static unsigned int nr_shown;
static u32 highest; /* leaf that was asked for */

/* Where there is no leaf, an answer like that of leaf 0Dh. */
static struct cpuid_regs answer(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r = {7, 0x240, 0x340, 0};
	unsigned int i;

	highest = leaf > highest ? leaf : highest;
	for (i = 0; i < nr_shown; i++) {
		if (leaf != shown[i].base)
			continue;
		r.eax = shown[i].max;
		memcpy(&r.ebx, shown[i].name, 4);
		memcpy(&r.ecx, shown[i].name + 4, 4);
		memcpy(&r.edx, shown[i].name + 8, 4);
	}
	return r;
}

static void show(u32 base, u32 max, const char *name)
{
	shown[nr_shown].base = base;
	shown[nr_shown].max = max;
	shown[nr_shown++].name = name;
}

/* The names that are found, with commas; the base of the one that has a rate. */
static void found(const char *want, u32 want_rate, const char *name)
{
	struct hypervisor list[HYPERVISORS_MAX];
	unsigned int nr = hypervisors_find(answer, list), i;
	char got[100] = "";
	u32 rate = hypervisor_with_rate(list, nr);

	for (i = 0; i < nr; i++) {
		strcat(got, i ? "," : "");
		strcat(got, list[i].name);
	}
	is(got, want, name);
	ok(rate == want_rate, "%s: the rate from %x, got %x", name, want_rate, rate);
	nr_shown = 0;
}

#define KVM "KVMKVMKVM\0\0\0"

int main(void)
{
	found("", 0, "leaves that are not there");
	ok(highest == 0x4000ff00, "looked for up to 40010000h");
	show(0x40000000, 0x40000001, KVM);
	found("KVMKVMKVM", 0, "KVM");
	show(0x40000000, 0, KVM);
	found("KVMKVMKVM", 0, "an old KVM, which does not tell its last leaf");
	show(0x40000000, 0x40000010, KVM);
	found("KVMKVMKVM", 0x40000000, "KVM with a rate");
	show(0x40000000, 0x40000001, "TCGTCGTCGTCG");
	found("TCGTCGTCGTCG", 0, "TCG");
	show(0x40000000, 0x4000000c, "Microsoft Hv");
	show(0x40000100, 0x40000101, KVM);
	found("Microsoft Hv,KVMKVMKVM", 0, "KVM after Hyper-V's interface");
	show(0x40000000, 0x40000082, "Microsoft Hv");
	show(0x40000100, 0x40000110, KVM);
	found("Microsoft Hv,KVMKVMKVM", 0x40000100, "Hyper-V's leaf 10h is no rate, KVM's is");
	show(0x40000000, 0x40000040, "Microsoft Hv");
	show(0x40000100, 0x40000140, "XenVMMXenVMM");
	found("Microsoft Hv,XenVMMXenVMM", 0, "Xen's is none either");
	show(0x4000ff00, 0x4000ff02, "LastLastLast");
	found("LastLastLast", 0, "at the last place");
	show(0x40000000, 0x400001ff, "TooFarTooFar");
	found("", 0, "a last leaf beyond the next place");
	show(0x40000100, 0x400000ff, "BackBackBack");
	found("", 0, "a last leaf before the first");
	show(0x40000000, 0x40000001, "\1\2\3\4\5\6\7\10\11\12\13\14");
	found("", 0, "a name without letters");
	show(0x40000000, 0x40000001, "\0\0\0\0\0\0\0\0\0\0\0\0");
	found("", 0, "a name that is empty");
	show(0x40000000, 0x40000001, "AAAA\0\0\0\0\0\0\0\0");
	show(0x40000100, 0x40000101, "BBBB\0\0\0\0\0\0\0\0");
	show(0x40000200, 0x40000201, "CCCC\0\0\0\0\0\0\0\0");
	show(0x40000300, 0x40000301, "DDDD\0\0\0\0\0\0\0\0");
	show(0x40000400, 0x40000401, "EEEE\0\0\0\0\0\0\0\0");
	found("AAAA,BBBB,CCCC,DDDD", 0, "one more than there is room for");
	return done_testing();
}
