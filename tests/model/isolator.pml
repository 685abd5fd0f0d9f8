/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who lets the victim enter and leave isolation. Its stores need no buffer: it reads nothing between
 * them, so one that is seen late is one that was made late. Part of model.pml.
 */
#define ISOLATING(name) c_expr { PROTOCOL.isolator[now.ipc] == name }

inline isolate_step()
{
	c_code { now.at = PROTOCOL.isolator[now.ipc]; }
	if
	:: c_expr { now.at == I_MARK } -> mark = 1
	:: c_expr { now.at == I_UNMARK } -> mark = 0
	:: c_expr { now.at == I_KEEP } -> keeps = 1
	:: c_expr { now.at == I_STOP } -> keeps = 0
	:: c_expr { now.at == I_RAISE } -> raise = 1
	:: else
	fi;
	c_code { now.ipc = PROTOCOL.isolator[now.ipc + 1] == I_END ? 0 : now.ipc + 1; };
	SHOW(ISOLATOR, at)
}

proctype isolator()
{
	do
	:: atomic { !ISOLATING(I_END) && (!ISOLATING(I_RAISED) || !raise) -> isolate_step() }
	od
}
