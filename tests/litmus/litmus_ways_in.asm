; SPDX-License-Identifier: BSD-2-Clause
; The kernel's ways in as a victim of a litmus test executes them after S:=1 of its own: the very macros,
; as they stand for the protocol that is selected. In the kernel, on its own table, interrupts off: what
; they write (S of this CPU, the same table, credit after a CR3 write) is so already.
;
; Stack: the return address, and above it the caller's; nmi-like keeps four registers below.

%include "entry/calling.inc"

extern text_epoch, point_nmi_like
global litmus_enter_kernel, litmus_enter_nmi_like

section .text
bits 64

litmus_enter_kernel:
	ENTER_KERNEL rax, eax
	ret

litmus_enter_nmi_like:
	push rbx
	push r12
	push r13
	push r14
	mov rbx, [gs:CEA_self]
	ENTER_NMI_LIKE_IN_AREA
	pop r14
	pop r13
	pop r12
	pop rbx
	ret
