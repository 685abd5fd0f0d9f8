; SPDX-License-Identifier: BSD-2-Clause
; The way out: to user mode, by IRET or SYSRET, and the pair that runs a user program like a
; function call: enter_user_mode() returns when the kernel calls leave_user_mode().
;
; Both returns start with RSP at a struct pt_regs on the thread stack, interrupts off, kernel
; GS. Its tail moves to the entry stack, which both halves map, before S:=0.

%include "entry/calling.inc"

global return_to_user_iret, return_to_user_sysret, return_iret
global return_to_user_sysret.user_stack, return_to_user_sysret.sysret, return_to_user_sysret.end
global enter_user_mode, leave_user_mode

section .entry.text alloc exec nowrite progbits align=4096
bits 64

return_to_user_iret:
	POP_REGS_BUT_RDI
	mov rdi, rsp			; rdi, vector, error code, RIP, CS, RFLAGS, RSP, SS
	mov rsp, [gs:CEA_self]
	add rsp, CEA_ENTRY_STACK_TOP	; @exit.iret-stack
	push qword [rdi + 56]
	push qword [rdi + 48]
	push qword [rdi + 40]
	push qword [rdi + 32]
	push qword [rdi + 24]
	push qword [rdi]
	EXIT_KERNEL rdi
	pop rdi
	swapgs				; @exit.iret-swapgs
	POINT POINT_exit_iret
return_iret:
	iretq

; Only where RCX = RIP and R11 = RFLAGS hold and RIP is canonical (traps.c decides): on Intel
; a #GP of SYSRET itself arrives at CPL 0 on the user's stack.
return_to_user_sysret:
	POP_REGS_BUT_RDI
	mov rdi, rsp
	mov rsp, [gs:CEA_self]
	add rsp, CEA_ENTRY_STACK_TOP	; @exit.sysret-stack
	push qword [rdi + 48]		; user RSP
	push qword [rdi]
	EXIT_KERNEL rdi
	pop rdi
	pop rsp
.user_stack:
	swapgs				; @exit.sysret-swapgs
	POINT POINT_exit_sysret		; CPL 0; GS, CR3 and RSP are the user's
.sysret:
	o64 sysret
.end:

; void enter_user_mode(const struct pt_regs *regs): interrupts off.
enter_user_mode:
	push rbp
	push rbx
	push r12
	push r13
	push r14
	push r15
	mov rax, [gs:CEA_cpu]
	mov [rax + CPU_user_resume_sp], rsp
	mov [gs:CEA_kernel_sp], rsp	; @isolate.thread-stack
	sub rsp, PT_SIZE
	mov rsi, rdi
	mov rdi, rsp
	mov ecx, PT_SIZE / 8
	rep movsq
	jmp return_to_user_iret

; void leave_user_mode(void): interrupts off, on the thread stack; enter_user_mode() returns.
leave_user_mode:
	mov rax, [gs:CEA_cpu]
	mov rsp, [rax + CPU_user_resume_sp]
	pop r15
	pop r14
	pop r13
	pop r12
	pop rbx
	pop rbp
	ret
