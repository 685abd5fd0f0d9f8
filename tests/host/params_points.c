// SPDX-License-Identifier: BSD-2-Clause
/* inject= and delay=: good ones and how they are shown, bad ones and what is said. */
#include <stdlib.h>
#include <tests/host/lib/params_words.h>
#include "../../kernel/lib/printf.c"
#include "../../kernel/lib/parse.c"
#include "../../kernel/lib/cpulist.c"
#include "../../kernel/params.c"
#include "../../kernel/params_names.c"
#include "../../entry/protocol/point_names.c"
#include "../../entry/protocol/point_params.c"
#include "../../kernel/params_table.c"

static u64 delay_at(enum point point)
{
	return point_wishes.delayed & BIT(point) ? point_wishes.delay[point] : 0;
}

static bool shows(const char *word)
{
	char line[2048];

	params_print_config(line, sizeof(line));
	return strstr(line, word);
}

int main(void)
{
	GOOD("", shows(" inject=none delay=none "));
	GOOD("inject=exit.iret", point_wishes.inject[POINT_EVENT_NMI] == BIT(POINT_exit_iret));
	GOOD("inject=nmi.entry:mc inject=nmi.entry:db",
	     shows(" inject=nmi.entry:db+nmi.entry:mc "));
	GOOD("inject=poke.before-refs-drop:db",
	     point_wishes.inject[POINT_EVENT_DB] == BIT(POINT_poke_before_refs_drop));
	GOOD("delay=exit.iret:1000000000", delay_at(POINT_exit_iret) == 1000000000);
	GOOD("delay=int3.before-ref:poke delay=ipi.before-ack:1",
	     delay_at(POINT_int3_before_ref) == POINT_DELAY_POKE &&
		     delay_at(POINT_ipi_before_ack) == 1);
	GOOD("delay=exit.iret:7 delay=nmi.exit:poke", shows(" delay=exit.iret:7+nmi.exit:poke "));
	/* Nothing is left. */
	GOOD("", !point_wishes.inject[POINT_EVENT_NMI] && !point_wishes.delayed);
	bad("inject=exit.iert", "inject=exit.iert", "nearest to \"exit.iert\" is \"exit.iret\"");
	bad("inject=", "inject=", "a value");
	bad("inject=:nmi", "inject=:nmi", "nearest");
	bad("inject=exit.iret:", "inject=exit.iret:", "nmi, db or mc");
	bad("inject=exit.iret:irq", "inject=exit.iret:irq", "nmi, db or mc");
	bad("inject=exit.iret:nmi:db", "inject=exit.iret:nmi:db", "nmi, db or mc");
	bad("inject=exit.iret inject=exit.iret:nmi", "inject=exit.iret:nmi", "only once");
	bad("inject=nmi.entry", "inject=nmi.entry", "NMIs are masked");
	bad("inject=nmi.exit:nmi", "inject=nmi.exit:nmi", "NMIs are masked");
	bad("delay=exit.iret", "delay=exit.iret", "1 to 1000000000 cycles");
	bad("delay=exit.iret:0", "delay=exit.iret:0", "1 to 1000000000 cycles");
	bad("delay=exit.iret:1000000001", "delay=exit.iret:1000000001", "1 to 1000000000 cycles");
	bad("delay=exit.iret:-1", "delay=exit.iret:-1", "1 to 1000000000 cycles");
	bad("delay=exit.iret:99999999999999999999", "delay=exit.iret:99999999999999999999",
	    "1 to 1000000000 cycles");
	bad("delay=exit.iret:pokes", "delay=exit.iret:pokes", "exit.iret:poke");
	bad("delay=exit.rite:1", "delay=exit.rite:1", "nearest");
	bad("delay=exit.iret:1 delay=exit.iret:poke", "delay=exit.iret:poke", "one delay");
	bad("delay=sender.after-read:poke", "delay=sender.after-read:poke", "the patcher itself");
	bad("delay=ipi.before-ack:poke", "delay=ipi.before-ack:poke", "waits there for this CPU");
	return done_testing();
}
