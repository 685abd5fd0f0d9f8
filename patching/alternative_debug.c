// SPDX-License-Identifier: BSD-2-Clause
/* Putting the debug blocks of alternatives into words. */
#include <patching/alternative_debug.h>
#include <patching/line.h>

#define LINE_SIZE 256

static void put_location(struct line *l, const struct alt_debug *debug,
			 const struct alt_patch *patch)
{
	char name[96];

	line_str(l, "old: (");
	if (debug->describe && debug->describe(debug->ctx, patch->addr, name, sizeof(name))) {
		line_str(l, name);
		line_char(l, ' ');
	}
	line_char(l, '(');
	line_number(l, patch->addr, 16, 1);
	line_str(l, ") len: ");
	line_number(l, patch->len, 10, 1);
	line_char(l, ')');
}

static void print_choice(const struct alt_debug *debug, const struct alt_patch *patch)
{
	const struct alt_instr *a = patch->winner;
	char text[LINE_SIZE];
	struct line l = line_start(text, sizeof(text));

	line_str(&l, "feat: ");
	if (a) {
		line_number(&l, a->feature / 32, 10, 1);
		line_str(&l, "*32+");
		line_number(&l, a->feature % 32, 10, 1);
	} else {
		line_str(&l, "none");
	}
	line_str(&l, ", ");
	put_location(&l, debug, patch);
	line_str(&l, ", repl: ");
	if (a) {
		line_char(&l, '(');
		line_number(&l, alt_replacement(a), 16, 1);
		line_str(&l, ", len: ");
		line_number(&l, a->replacementlen, 10, 1);
		line_char(&l, ')');
	} else {
		line_str(&l, "none");
	}
	line_str(&l, " flags: ");
	line_hex(&l, a ? a->flags : 0);
	debug->print(debug->ctx, text);
}

/* A line for each of the instructions in bytes, which stand at addr. */
static void print_code(const struct alt_debug *debug, const char *title, const u8 *bytes,
		       unsigned int len, unsigned long addr)
{
	unsigned int at, n, i;
	char text[LINE_SIZE];
	struct line l;

	for (at = 0; at < len; at += n) {
		l = line_start(text, sizeof(text));
		line_number(&l, addr + at, 16, 1);
		line_str(&l, title);
		/* The bytes come first but how many they are is known last. */
		n = insn_print(bytes + at, len - at, addr + at, NULL, NULL, l.at, 1);
		for (i = 0; i < n; i++) {
			line_char(&l, ' ');
			line_number(&l, bytes[at + i], 16, 2);
		}
		line_char(&l, '\t');
		insn_print(bytes + at, len - at, addr + at, debug->describe, debug->ctx, l.at,
			   l.end - l.at + 1);
		debug->print(debug->ctx, text);
	}
}

void alternative_debug(const struct alt_debug *debug, const struct alt_patch *patch)
{
	const struct alt_instr *a = patch->winner;

	print_choice(debug, patch);
	print_code(debug, ":   old_insn:", (const u8 *)patch->addr, patch->len, patch->addr);
	if (a)
		print_code(debug, ":   rpl_insn:", (const u8 *)alt_replacement(a),
			   a->replacementlen, alt_replacement(a));
	print_code(debug, ": final_insn:", patch->bytes, patch->len, patch->addr);
}
