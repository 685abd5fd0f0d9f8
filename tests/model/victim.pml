/* SPDX-License-Identifier: BSD-2-Clause */
/* The isolated CPU: what each of its steps means. Part of model.pml. */

/* The victim's store buffer. */
inline drain()
{
	if
	:: nr_pending > 0 ->
		S = pending[nr_pending - 1];
		pending[0] = 0;
		pending[1] = 0;
		pending[2] = 0;
		pending[3] = 0;
		nr_pending = 0
	:: else
	fi
}

inline serialize()
{
	drain();
	fetched = first;
	fetched_tail = tail
}

/* The oldest one has to leave a full buffer. */
inline leave_buffer()
{
	S = pending[0];
	pending[0] = pending[1];
	pending[1] = pending[2];
	pending[2] = pending[3];
	pending[3] = 0;
	nr_pending--
}

inline store_S(v)
{
	if
	:: nr_pending == ROOM -> leave_buffer()
	:: else
	fi;
	pending[nr_pending] = v;
	nr_pending++
}

#define GO(way)	     c_code { now.pc[now.depth] = STEP.way; }
#define START(path) c_code { now.pc[now.depth] = PROTOCOL.start[path]; }

/* After the last instruction of an NMI-like event. */
inline leave_event()
{
	pc[depth] = 0;
	old_S[depth] = 0;
	old_cr3[depth] = 0;
	old_gs[depth] = 0;
	depth--
}

/* All that executing text, or using the mapping, may come to here. */
inline look()
{
	if
	:: cr3 && IS(V_BODY) -> wrong(USER_CR3)
	:: !TEXT && IS(V_BODY) && (walked & OLD) && !written -> wrong(STALE)
	:: TEXT && ((fetched & 1 && fetched_tail & 2) || (fetched & 2 && fetched_tail & 1)) ->
		wrong(TORN)
	:: TEXT && (fetched & OLD) && !written -> wrong(STALE)
	:: else
	fi
}

/* To another address space, which has a PCID of its own: a CR3 write that flushes what it loads. */
inline switch_mm()
{
	serialize();
	value = walked;
	walked = pte | (c_expr { PROTOCOL.switch_keeps } -> walked_other :
			(c_expr { PROTOCOL.global_pages } -> walked : 0));
	if
	:: c_expr { PROTOCOL.switch_keeps } -> walked_other = value
	:: else
	fi;
	value = 0;
	at = X_SWITCH
}

inline execute_step()
{
	at = pc[depth];
	c_code { now.arg = STEP.arg; }
	if
	:: IS(V_USER) ->
		if
		:: START(START_IDT)
		:: START(START_SYSCALL)
		fi
	:: IS(V_STORE_S) ->
		if
		:: c_expr { STEP.gs && now.gs } /* somebody else's */
		:: else ->
			value = (arg == 2 -> old_S[depth] : arg);
			store_S(value)
		fi;
		GO(next)
	:: IS(V_XCHG_S) ->
		drain();
		if
		:: c_expr { STEP.gs && now.gs }
		:: else -> S = arg
		fi;
		GO(next)
	:: IS(V_SAVE_S) ->
		if
		:: c_expr { STEP.gs && now.gs } -> old_S[depth] = 0
		:: c_expr { STEP.gs && now.gs } -> old_S[depth] = 1
		:: else -> old_S[depth] = (nr_pending > 0 -> pending[nr_pending - 1] : S)
		fi;
		GO(next)
	:: IS(V_SAVE_CR3) ->
		old_cr3[depth] = cr3;
		GO(next)
	:: IS(V_CR3) ->
		serialize();
		cr3 = ((arg & 3) == 2 -> old_cr3[depth] : arg & 1);
		if
		:: arg & 4 || cr3 || c_expr { PROTOCOL.global_pages } /* keeps the kernel's */
		:: else -> walked = pte
		fi;
		GO(next)
	:: IS(V_CREDIT) ->
		credit = credit | epoch;
		GO(next)
	:: IS(V_SWAPGS) ->
		gs = 1 - gs;
		GO(next)
	:: IS(V_SET_GS) ->
		old_gs[depth] = gs;
		gs = 0;
		GO(next)
	:: IS(V_RESTORE_GS) ->
		gs = old_gs[depth];
		GO(next)
	:: IS(V_BRANCH) ->
		if
		:: arg == 4 -> GO(next)
		:: arg == 4 || (arg == 0 && old_cr3[depth]) || (arg == 1 && !old_cr3[depth]) ||
		   (arg == 2 && old_S[depth]) || (arg == 3 && !old_S[depth]) ||
		   (arg == 5 && !keeps) || (arg == 6 && keeps) -> GO(other)
		:: else -> GO(next)
		fi
	:: IS(V_BODY) ->
		look();
		if
		:: GO(next)
		:: TEXT && fetched & INT3 ->
			trap[depth] = 1;
			at = X_INT3
		:: ipi && depth == 0 -> /* interrupts are on */
			serialize();
			walked = pte;
			credit = credit | epoch;
			ipi = 0;
			at = X_IPI
		:: !TEXT && depth == 0 -> switch_mm()
		:: raise && depth == 0 ->
			drain();
			S = 1;
			raise = 0;
			at = X_RAISE
		fi
	:: IS(V_SITE) -> /* an int3 there is one more NMI-like event */
		look();
		if
		:: GO(next)
		:: GO(other)
		fi
	:: IS(V_IRET) && depth == 0 ->
		if
		:: serialize();
			pc[0] = 0
		:: START(START_FAULT)
		fi
	:: IS(V_IRET) && depth > 0 ->
		serialize();
		leave_event()
	:: IS(V_SYSRET) -> pc[0] = 0
	:: IS(V_RET) -> leave_event()
	fi;
	SHOW(VICTIM, at)
}

/* The int3 handler: counts up, looks whether the batch is active, uses it, counts down. */
inline handler_step()
{
	if
	:: trap[depth] == 1 ->
		drain(); /* a locked instruction */
		handlers++;
		trap[depth] = 2
	:: trap[depth] == 2 ->
		owned[depth] = running;
		trap[depth] = 3
	:: trap[depth] == 3 && !owned[depth] -> wrong(ORPHAN)
	:: trap[depth] == 3 && owned[depth] ->
		drain();
		handlers--;
		owned[depth] = 0;
		trap[depth] = 0;
		if
		:: depth == 0 -> serialize() /* IRET; not inside an NMI */
		:: else
		fi
	fi;
	SHOW(VICTIM, X_HANDLER + trap[depth])
}

proctype victim()
{
	do
	:: atomic { trap[depth] == 0 -> execute_step() }
	:: atomic { trap[depth] > 0 -> handler_step() }
	:: atomic { depth < DEPTH - 1 - ISOLATES ->
		depth++;
		START(START_NMI);
		SHOW(VICTIM, X_NMI)
	}
	:: atomic { nr_pending > 0 ->
		leave_buffer();
		SHOW(VICTIM, X_VISIBLE)
	}
	od
}
