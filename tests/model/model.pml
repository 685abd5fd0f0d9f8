/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One sender that changes text (or a mapping) over and over, one isolated CPU that goes in and out
 * of the kernel, with NMI-like events at any of its steps and inside one another. What the two do is
 * in tables made from the kernel (steps.c); this file says what a step means on an x86 CPU:
 *
 * - Stores go through a store buffer, in order, and become visible at any later time (SDM vol. 3,
 *   8.2). A locked instruction, a full barrier and every serialising instruction drain it.
 * - What a CPU has fetched of text, or walked of a mapping, it may use until it serialises: any
 *   value that stood there since its last serialising instruction (SDM vol. 3, 8.1.3 and 9.3). MOV
 *   to CR3 and IRET serialise, SYSRET does not. With PCID, only MOV of the kernel's CR3 without bit
 *   63 drops what was walked of the kernel's mappings (SDM vol. 3, 4.10.4.1).
 * - A site has two parts, its first byte and the rest, fetched one by one: so it may be torn.
 *
 * Wherever text that can change runs, each version that the CPU may execute must be the committed
 * one, or the next if its last byte has been written.
 */
c_decl {
\#include "steps.h"
\#include "tables.h"
	extern int model_protocol, model_change;
}
c_code {
	int model_protocol, model_change;
}

#define DEPTH  3 /* the thread, an NMI-like event, and one inside it */
#define ROOM   4 /* of the victim's store buffer */
#define BUFFER 6 /* of the sender's */

#define PROTOCOL protocols[model_protocol]
#define STEP	 PROTOCOL.victim[now.pc[now.depth]]
#define SENT	 PROTOCOL.sender[model_change][now.ppc]
#define IS(name) c_expr { STEP.op == name }
#define DOES(name) c_expr { SENT.op == name }
#define ISOLATES c_expr { PROTOCOL.isolator[0] != I_END }
#define TEXT	 c_expr { model_change == CHANGE_TEXT }

/* What a place holds, and what a CPU may have of it, are sets: of versions 0 and 1, and int3. */
#define VERSION(v) (1 << (v))
#define INT3	   4
#define OLD	   VERSION(1 - committed)

/* What may go wrong; timeline.awk has the words. */
#define STALE	     0
#define TORN	     1
#define ORPHAN	     2
#define QUEUE_REUSED 3
#define USER_CR3     4
#define TABLE_FREED  5

/* Memory. The victim begins in user mode, as if it had been in the kernel before. */
bit S, running;
byte first = 1, tail = 1, pte = 1;
bit epoch; /* the number of the change under way can be seen; for mappings only */

/* The sender. written: the next version may be seen, and is not committed yet. */
byte ppc, queue[BUFFER], queued;
bit committed, written;

/* Between the two: the IPI that is under way, and int3 handlers that may hold the batch. */
bit ipi;
byte handlers;

/* mark: the sender may leave the victim out; keeps: it sets S on its way in, where the entry code asks. */
bit mark = 1, read_mark = 1, keeps = 1, raise;
byte ipc;

/* The victim. fetched, fetched_tail, walked: what it may use. cr3, gs: 1 is the user's. */
byte pc[DEPTH], trap[DEPTH], depth;
bit old_S[DEPTH], old_cr3[DEPTH], old_gs[DEPTH], owned[DEPTH];
bit cr3 = 1, gs = 1;
bit pending[ROOM];
byte nr_pending, fetched = 1, fetched_tail = 1, walked = 1;
byte walked_other = 1; /* the same under the PCID of another address space, which is not loaded */
bit credit;	       /* it has noted that number */

/* Nothing but within one step. */
byte arg, at, value;

/* For the time line. Numbers beyond the tables: see timeline.awk. */
#define SHOW(who, what)                                                               \
	printf("T %d %d %d %d %d %d %d\n", who, what, depth, S, nr_pending, cr3, ipi); \
	arg = 0;                                                                      \
	at = 0;                                                                       \
	value = 0
#define SENDER	  0
#define VICTIM	  1
#define ISOLATOR  2
#define X_VISIBLE 200
#define X_NMI	  201
#define X_IPI	  202
#define X_INT3	  203
#define X_HANDLER 204
#define X_SWITCH  208
#define X_RAISE	  209

inline wrong(kind)
{
	printf("E %d\n", kind);
	assert(false)
}

#include "victim.pml"
#include "sender.pml"
#include "isolator.pml"

init
{
	atomic {
		c_code {
			model_protocol = atoi(getenv("MODEL_PROTOCOL"));
			model_change = atoi(getenv("MODEL_CHANGE"));
		}
		run victim();
		run sender();
		run isolator()
	}
}
