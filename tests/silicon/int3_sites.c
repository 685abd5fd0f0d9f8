// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <arch/x86_64/asm.h>
#include <patching/emulate.h>
#include <patching/text_poke.h>
#include <tests/silicon/int3_sites.h>
#include <tests/silicon/user_text.h>

#define LINE	  64
#define PAGE	  4096
#define SLOT	  256 /* from site to site, but for those across two pages */
#define CROSSINGS (SITE_LEN - 1)
#define INSIDES	  LINE
#define ROOM	  (8 * PAGE) /* HLTs, as far as a torn jump goes */
#define TEXT_SIZE (32 * PAGE)
#define JUMP_OVER 11 /* rel32 of the JMP; 0f 0b, a NOP torn with it, is UD2 */
#define HLT	  0xf4
#define VECTOR_UD 6
#define VECTOR_GP 13

static struct site sites[SITE_KINDS * (INSIDES + CROSSINGS)];
static unsigned int count;

/* Written by the victim's handlers, read by the victim after the call. */
static volatile enum site_seen signalled;
static volatile unsigned long executing;

/*
 * Calls the code at %rdi with %rax 0. A handler may return to recover_site instead, whatever the
 * code did to the stack.
 */
asm(".pushsection .text\n"
    ".globl call_site, recover_site\n"
    "call_site:\n"
    "	push %rbx\n"
    "	push %rbp\n"
    "	mov %rsp, call_site_sp(%rip)\n"
    "	xor %eax, %eax\n"
    "	call *%rdi\n"
    "recover_site:\n"
    "	mov call_site_sp(%rip), %rsp\n"
    "	pop %rbp\n"
    "	pop %rbx\n"
    "	ret\n"
    ".popsection\n"
    ".local call_site_sp\n"
    ".comm call_site_sp, 8, 8\n");
u32 call_site(unsigned long addr);
extern const char recover_site[];

unsigned int nr_sites(void)
{
	return count;
}

struct site *site_at(unsigned int i)
{
	return &sites[i];
}

void site_bytes(const struct site *site, u32 version, u8 bytes[SITE_LEN])
{
	static const u8 nop[SITE_LEN] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
	static const u8 jmp[SITE_LEN] = {0xe9, JUMP_OVER, 0x00, 0x00, 0x00};

	if (site->kind == SITE_JUMP) {
		memcpy(bytes, version & 1 ? jmp : nop, SITE_LEN);
		return;
	}
	bytes[0] = 0xb8;
	memset(bytes + 1, version, 4);
}

/* After a NOP: mov $0, %eax; ret. Where the JMP goes: mov $1, %eax; ret. */
static void add_site(enum site_kind kind, enum site_where where, unsigned long offset)
{
	static const u8 behind[] = {0xb8, 0, 0, 0, 0, 0xc3}, target[] = {0xb8, 1, 0, 0, 0, 0xc3};
	struct site *site = &sites[count++];
	u8 *text;

	*site = (struct site){kind, where, (unsigned long)user_text + offset, 0, 0};
	text = user_text_alias(site->addr);
	site_bytes(site, 0, text);
	if (kind == SITE_MOV) {
		text[SITE_LEN] = 0xc3;
		return;
	}
	memcpy(text + SITE_LEN, behind, sizeof(behind));
	memcpy(text + SITE_LEN + JUMP_OVER, target, sizeof(target));
}

static void set_gpr(void *ctx, unsigned int reg, unsigned long value)
{
	static const int regs[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
				   REG_RSP, REG_RBP, REG_RSI, REG_RDI};

	((greg_t *)ctx)[regs[reg]] = value;
}

/* Back to behind the call, the execution being lost. */
static void recover(greg_t *gregs, enum site_seen seen)
{
	signalled = seen;
	gregs[REG_RIP] = (greg_t)recover_site;
}

static void on_trap(int sig, siginfo_t *info, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct emu_regs regs = {gregs[REG_RIP], gregs[REG_RSP], gregs[REG_EFL], set_gpr, gregs};

	if ((unsigned long)gregs[REG_RIP] == executing + 1 &&
	    smp_text_poke_int3_handler(regs.ip, &regs)) {
		gregs[REG_RIP] = regs.ip;
		gregs[REG_RSP] = regs.sp;
		signalled = SEEN_INT3;
		return;
	}
	recover(gregs, SEEN_ORPHAN);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;

	if (!executing) { /* our own bug: die of it */
		signal(sig, SIG_DFL);
		return;
	}
	if (gregs[REG_TRAPNO] == VECTOR_UD)
		recover(gregs, SEEN_UD);
	else
		recover(gregs, gregs[REG_TRAPNO] == VECTOR_GP ? SEEN_GP : SEEN_OTHER);
}

static bool handle(int sig, void (*handler)(int, siginfo_t *, void *))
{
	/* On the stack of the thread: nothing that a site does moves the stack pointer far. */
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	return !sigaction(sig, &action, NULL);
}

const char *sites_prepare(void)
{
	const char *failed = user_text_map(TEXT_SIZE);
	unsigned long at = 0, page = TEXT_SIZE - ROOM;

	if (failed)
		return failed;
	memset(user_text_alias((unsigned long)user_text), HLT, TEXT_SIZE);
	for (enum site_kind kind = 0; kind < SITE_KINDS; kind++) {
		unsigned int i;

		for (i = 0; i < INSIDES; i++, at += SLOT)
			add_site(kind, i + SITE_LEN > LINE ? SITE_LINE : SITE_INSIDE, at + i);
		for (i = 1; i <= CROSSINGS; i++) {
			page -= PAGE;
			add_site(kind, SITE_PAGE, page - i);
		}
	}
	if (!handle(SIGTRAP, on_trap) || !handle(SIGILL, on_fault) || !handle(SIGSEGV, on_fault) ||
	    !handle(SIGBUS, on_fault))
		return "signals cannot be handled";
	return NULL;
}

/* The version that a result stands for, at @first or up to @span later; false: none of them. */
static bool stands_for(const struct site *site, u32 value, u32 first, u32 span, u32 *version)
{
	u8 bytes[SITE_LEN];
	u32 v;

	for (v = first; v - first <= span; v++) {
		site_bytes(site, v, bytes);
		if (value == (site->kind == SITE_MOV ? bytes[1] * 0x01010101u : (v & 1))) {
			*version = v;
			return true;
		}
	}
	return false;
}

enum site_seen site_execute(const struct site *site)
{
	u32 before = smp_load_acquire(&site->committed), span, value, version;
	enum site_seen seen;
	bool whole;

	signalled = SEEN_OLD;
	executing = site->addr;
	WRITE_ONCE(user_text_executions, user_text_executions + 1);
	barrier();
	value = call_site(site->addr);
	barrier();
	WRITE_ONCE(user_text_executions, user_text_executions + 1);
	executing = 0;
	seen = signalled;
	if (seen != SEEN_OLD && seen != SEEN_INT3)
		return seen;
	/* We may have slept meanwhile; a byte counts to 255 and no further. */
	span = min(READ_ONCE(site->newest) - before, 250u);
	if (stands_for(site, value, before, span, &version)) {
		if (seen == SEEN_INT3)
			return SEEN_INT3;
		return version == before ? SEEN_OLD : SEEN_NEW;
	}
	if (seen == SEEN_INT3)
		return SEEN_OTHER;
	whole = site->kind == SITE_JUMP ? value < 2 : value == (value & 0xff) * 0x01010101u;
	return whole ? SEEN_STALE : SEEN_TORN;
}
