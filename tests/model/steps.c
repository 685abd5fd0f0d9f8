// SPDX-License-Identifier: BSD-2-Clause
/*
 * Writes the model's tables: what each protocol does, step by step. The victim's steps are read from
 * the machine code of the linked kernel, the sender's are noted while the kernel's own sources run
 * on the build machine. So whatever changes in the kernel changes in the model.
 *
 * usage: steps ELF HEADER NAMES [BREAK]...
 *   HEADER  for model.pml;  NAMES: "victim|text|mapping PROTOCOL STEP what", for the time line
 *   BREAK   drop=PATH.STEP or swap=PATH, in every protocol: a deliberate mistake.
 *           PATH: enter, leave, nmi-enter, nmi-leave, sender
 *           STEP: signal, cr3; for sender barrier, wait, int3, read, mark
 */
#include <stdio.h>
#include <string.h>
#include <arch/x86_64/cpu.h>
#include <entry/protocol/features.h>
#include <entry/protocol/protocol.h>
#include <tests/check_text/elf.h>
#include <tests/check_text/flow.h>
#include <tests/model/break.h>
#include <tests/model/entry_steps.h>
#include <tests/model/places.h>
#include <tests/model/sender_steps.h>

static const char *const victim_names[] = {
	[V_USER] = "user mode",		[V_STORE_S] = "S:=",
	[V_XCHG_S] = "XCHG S,",		[V_SAVE_S] = "old := S",
	[V_SAVE_CR3] = "old := CR3",	[V_CR3] = "CR3:=",
	[V_SWAPGS] = "SWAPGS",		[V_SET_GS] = "GS:=ours",
	[V_RESTORE_GS] = "GS:=old",	[V_BRANCH] = "branch",
	[V_BODY] = "kernel text",	[V_SITE] = "patchable entry text",
	[V_CREDIT] = "credit := epoch", [V_IRET] = "IRET",
	[V_SYSRET] = "SYSRET",		[V_RET] = "POPF; RET",
};

static const char *const sender_names[] = {
	[P_ACTIVE] = "batch active :=",
	[P_INT3] = "writes int3",
	[P_TAIL] = "writes the tail",
	[P_FIRST] = "writes the first byte",
	[P_PTE] = "writes the page-table entry",
	[P_CR3] = "CR3 write (leaves the alias)",
	[P_EPOCH] = "epoch := epoch + 1",
	[P_BARRIER] = "full barrier",
	[P_READ_MARK] = "reads the mark",
	[P_READ_S] = "reads S",
	[P_TELL] = "sends the IPI",
	[P_WAIT] = "waits for who was told",
	[P_SELF] = "serialises itself",
	[P_WAIT_HANDLERS] = "waits for int3 handlers",
	[P_FREE] = "frees the page table",
	[P_COMMIT] = "commits",
};

static const char *victim_name(const struct victim_step *step)
{
	static const char *const values[2][3] = {{"0", "1", "old"}, {"kernel", "user", "old"}};
	static const char *const conds[] = {"old CR3 is the user's",
					    "old CR3 is the kernel's",
					    "old S is 1",
					    "old S is 0",
					    "either way",
					    "S is not kept",
					    "S is kept"};
	bool writes = step->op == V_STORE_S || step->op == V_XCHG_S || step->op == V_CR3;
	static char text[80];

	snprintf(text, sizeof(text), "%s%s%s%s%s", victim_names[step->op],
		 writes ? values[step->op == V_CR3][step->arg & 3] : "",
		 step->op == V_CR3 && step->arg & A_NOFLUSH ? ", no flush" : "",
		 step->op == V_BRANCH ? ": " : "", step->op == V_BRANCH ? conds[step->arg] : "");
	return text;
}

/* Does text_write_end() of the kernel write CR3? Then a text write is visible before S is read. */
static bool write_end_serializes(void)
{
	u64 addr = address_of("text_write_end");
	const u8 *bytes;
	struct flow flow;

	for (;; addr += flow.length) {
		bytes = bytes_at(addr, 15);
		if (!bytes)
			return false;
		flow_decode(&flow, bytes, 15, -1);
		if (flow.kind == FLOW_WRITE_CR3)
			return true;
		if (!flow.length || flow.kind == FLOW_RET || flow.kind == FLOW_JUMP)
			return false;
	}
}

static void write_protocol(FILE *header, FILE *names, unsigned int p,
			   const struct protocol_steps *s, unsigned int nr_steps,
			   const char **where)
{
	static const char *const changes[] = {"text", "mapping"};
	unsigned int i, c;

	fprintf(header, "{\"%s\", \"%s\", %d, %d, {{%d, %d}, {%d, %d}}, {", s->name, s->kind,
		s->global_pages, s->switch_keeps, s->tells[0][0], s->tells[0][1], s->tells[1][0],
		s->tells[1][1]);
	for (i = 0; i < ISOLATOR_MAX; i++)
		fprintf(header, "%d, ", s->isolator[i]);
	fprintf(header, "}, {");
	for (i = 0; i < NR_STARTS; i++)
		fprintf(header, "%d, ", s->start[i]);
	fprintf(header, "}, {");
	for (i = 0; i < nr_steps; i++) {
		const struct victim_step *v = &s->victim[i];

		fprintf(header, "{%d, %d, %d, %d, %d}, ", v->op, v->arg, v->gs, v->next, v->other);
		fprintf(names, "victim %u %u %s%s\t%s\n", p, i, victim_name(v),
			v->gs ? " (through GS)" : "", where[i]);
	}
	fprintf(header, "}, {");
	for (c = 0; c < NR_CHANGES; c++) {
		const struct sender_step *t = s->sender[c];

		fprintf(header, "{");
		for (i = 0; i == 0 || t[i - 1].op != P_COMMIT; i++) {
			fprintf(header, "{%d, %d}, ", t[i].op, t[i].arg);
			fprintf(names, "%s %u %u %s", changes[c], p, i, sender_names[t[i].op]);
			fprintf(names, t[i].op == P_ACTIVE ? " %d\n" : "\n", t[i].arg);
		}
		fprintf(header, "}, ");
	}
	fprintf(header, "}},\n");
}

int main(int argc, char **argv)
{
	static struct protocol_steps steps;
	static const char *where[STEPS_MAX];
	FILE *header, *names;
	unsigned int p, nr_steps;
	int i;

	if (argc < 4)
		unreadable("usage", "steps ELF HEADER NAMES [BREAK]...");
	elf_open(argv[1]);
	places_read();
	header = fopen(argv[2], "w");
	names = fopen(argv[3], "w");
	if (!header || !names)
		unreadable(argv[2], "cannot be written");
	fprintf(header, "static const struct protocol_steps protocols[] = {\n");
	for (p = 0; p < nr_protocols; p++) {
		memset(&steps, 0, sizeof(steps));
		steps.name = protocols[p].name;
		steps.kind = protocol_kind_name(&protocols[p]);
		sender_steps(&steps, &protocols[p], write_end_serializes());
		nr_steps = entry_steps(&steps, cpu_caps[CPUFEATURE_WORD_PROTOCOL], where);
		for (i = 4; i < argc; i++)
			break_steps(&steps, argv[i]);
		write_protocol(header, names, p, &steps, nr_steps, where);
		printf("%u %s %s\n", p, steps.name, steps.kind);
	}
	fprintf(header, "};\n");
	return fclose(header) || fclose(names);
}
