/* SPDX-License-Identifier: BSD-2-Clause */
/* The sender, and its store buffer. Part of model.pml. */

/* The sender's store buffer: what was stored, and its value. */
#define STORE(what, v)                                         \
	value = v;                                             \
	c_code { now.queue[now.queued++] = what << 1 | now.value; }

inline become_visible()
{
	at = queue[0] >> 1;
	value = queue[0] & 1;
	queued--;
	for (arg : 0 .. BUFFER - 2) {
		queue[arg] = queue[arg + 1]
	}
	queue[BUFFER - 1] = 0;
	if
	:: c_expr { now.at == P_ACTIVE } -> running = value
	:: c_expr { now.at == P_INT3 } ->
		first = INT3;
		fetched = fetched | first
	:: c_expr { now.at == P_TAIL } ->
		tail = VERSION(value);
		fetched_tail = fetched_tail | tail
	:: c_expr { now.at == P_FIRST } ->
		first = VERSION(value);
		fetched = fetched | first
	:: c_expr { now.at == P_PTE } ->
		pte = VERSION(value);
		walked = walked | pte
	:: c_expr { now.at == P_EPOCH } -> epoch = 1
	fi;
	SHOW(SENDER, X_VISIBLE + at)
}

#define READY (!(DOES(P_CR3) || DOES(P_BARRIER) || DOES(P_SELF) || DOES(P_COMMIT)) || queued == 0) && \
	(!DOES(P_WAIT) || !ipi) && (!DOES(P_FREE) || credit || c_expr { SENT.arg == 0 }) && (!DOES(P_WAIT_HANDLERS) || handlers == 0)

inline send_step()
{
	at = ppc;
	c_code { now.arg = SENT.arg; }
	if
	:: DOES(P_ACTIVE) -> STORE(P_ACTIVE, arg)
	:: DOES(P_INT3) -> STORE(P_INT3, 0)
	:: DOES(P_TAIL) -> STORE(P_TAIL, 1 - committed)
	:: DOES(P_FIRST) ->
		written = 1;
		STORE(P_FIRST, 1 - committed)
	:: DOES(P_PTE) ->
		written = 1;
		STORE(P_PTE, 1 - committed)
	:: DOES(P_READ_MARK) -> read_mark = mark
	:: DOES(P_READ_S) ->
		c_code { now.ipi = now.ipi || PROTOCOL.tells[now.read_mark][now.S]; }
	:: DOES(P_TELL) -> ipi = 1
	:: !TEXT && DOES(P_EPOCH) -> STORE(P_EPOCH, 1)
	:: DOES(P_COMMIT) ->
		committed = 1 - committed;
		written = 0;
		epoch = 0;
		credit = 0
	:: else /* it had to wait, or has nothing to do with the model's memory */
	fi;
	if
	:: DOES(P_FREE) && (walked & (written -> VERSION(committed) : OLD)) -> wrong(TABLE_FREED)
	:: DOES(P_COMMIT) && (owned[0] || owned[1] || owned[2]) -> wrong(QUEUE_REUSED)
	:: else
	fi;
	c_code { now.ppc = SENT.op == P_COMMIT ? 0 : now.ppc + 1; };
	SHOW(SENDER, at)
}

proctype sender()
{
	do
	:: atomic { READY -> send_step() }
	:: atomic { DOES(P_FREE) -> ppc++ } /* the entry was that of a page: there is no table */
	:: atomic { queued > 0 -> become_visible() }
	od
}
