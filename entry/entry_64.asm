; SPDX-License-Identifier: BSD-2-Clause
; Ways into the kernel that are not NMI-like: SYSCALL, and interrupts and exceptions without
; an IST stack.
;
; What a stub leaves on the stack (offsets from RSP), and PUSH_REGS completes to pt_regs:
;
;	+48	SS		pushed by the CPU
;	+40	RSP
;	+32	RFLAGS
;	+24	CS
;	+16	RIP
;	 +8	error code	by the CPU, or 0
;	 +0	vector
;
; From user mode that is the entry stack (TSS RSP0), from the kernel the interrupted stack.

%include "entry/calling.inc"

extern text_epoch, trap_from_user, trap_from_kernel, syscall_from_user
extern nmi, nmi_like, point_trap, entry_text_fault
extern return_to_user_iret, return_to_user_sysret
extern mutable_entry, mutable_entry_fault
extern return_iret, __entry_text_start, __entry_text_end
global entry_SYSCALL_64, entry_SYSCALL_64.own_stack, entry_stubs, idtentry.enter

VECTOR_SYSCALL64	equ 0x100	; no hardware vector: tells SYSCALL from int 0x80

%macro HAS_ERROR_CODE 1
	%assign has_error (%1 == 8) || (%1 >= 10 && %1 <= 14) || (%1 == 17) || (%1 == 21) || \
		(%1 == 29) || (%1 == 30)
%endmacro

section .entry.text alloc exec nowrite progbits align=4096
bits 64

; One stub a vector, 16 bytes each.
align 16
entry_stubs:
%assign vector 0
%rep 256
	HAS_ERROR_CODE vector
%if !has_error
	push 0
%endif
	push strict dword vector
%if vector == 2
	jmp strict near nmi
%elif vector == 1 || vector == 8 || vector == 18
	jmp strict near nmi_like
%elif vector >= INJECT_VECTOR && vector < POINT_VECTOR
	jmp strict near nmi_like
%elif vector == POINT_VECTOR
	jmp strict near point_trap
%else
	jmp strict near idtentry
%endif
	align 16, int3
%assign vector vector + 1
%endrep

idtentry:
	cld				; @enter.cld
	ALTERNATIVE "", "clac", X86_FEATURE_SMAP
	test byte [rsp + 24], 3
	jz .from_kernel

	swapgs				; @enter.swapgs
	push rax
	ALTERNATIVE "", "jmp strict near mutable_entry", X86_FEATURE_P_MUTABLE_ENTRY
.enter:
	ENTER_KERNEL rax, eax
	mov rax, rsp
	mov rsp, [gs:CEA_kernel_sp]	; @enter.thread-stack
	push qword [rax + 56]		; SS
	push qword [rax + 48]
	push qword [rax + 40]
	push qword [rax + 32]
	push qword [rax + 24]
	push qword [rax + 16]
	push qword [rax + 8]		; vector
	mov rax, [rax]
.regs_from_user:
	PUSH_REGS
	inc qword [gs:CEA_entries]
	xor ebp, ebp
	mov rdi, rsp
	call trap_from_user
	jmp return_to_user_iret

.from_kernel:
	cmp qword [rsp + 16], return_iret
	je .fault_on_iret		; @iret-fault.known
	cmp qword [rsp + 16], __entry_text_start
	jb .in_kernel
	cmp qword [rsp + 16], __entry_text_end
	jb .in_entry_text		; @entry-text.fatal

.in_kernel:
	; Moves the frame 7 words down. The gap under the interrupted RSP is where CALL
	; emulation pushes, and where a return without IRET puts RIP and RFLAGS.
%rep 7					; @trap.gap
	push qword [rsp + 48]
%endrep
	PUSH_REGS
	mov rdi, rsp
	push qword [rdi + PT_ip]	; a frame for the frame-pointer walk: back to what
	push rbp			; was interrupted
	mov rbp, rsp
	call trap_from_kernel
	add rsp, 16
	test al, al
	jz return_without_iret		; @trap.without-iret
	POP_REGS_BUT_RDI
	pop rdi
	add rsp, 16
	iretq

.in_entry_text:
	ALTERNATIVE "", "jmp strict near mutable_entry_fault", X86_FEATURE_P_MUTABLE_ENTRY
	jmp entry_text_fault

; IRET to user mode faulted: at CPL 0, but with user CR3, S=0 and the user's GS. An entry from
; user mode in all but name. The frame that IRET could not take becomes the interrupted one.
.fault_on_iret:
	swapgs				; @iret-fault.swapgs
	push rax
	ENTER_KERNEL rax, eax
	push rdi
	lea rdi, [rsp + 8]		; saved rax, then the stub's frame
	mov rax, [rdi + 48]		; RSP at the fault: the frame IRET read
	mov rsp, [gs:CEA_kernel_sp]
	push qword [rax + 32]
	push qword [rax + 24]
	push qword [rax + 16]
	push qword [rax + 8]
	push qword [rax]
	push qword [rdi + 16]		; error code
	push qword [rdi + 8]		; vector
	mov rax, [rdi]
	mov rdi, [rdi - 8]		; @iret-fault.rdi
	jmp .regs_from_user

; Back into a real NMI handler: IRET would unmask NMIs on the live NMI stack, so RFLAGS and RIP
; go under the interrupted stack pointer (the gap above) and leave by POPF and RET.
return_without_iret:
	mov rax, [rsp + PT_sp]
	mov rcx, [rsp + PT_ip]
	mov rdx, [rsp + PT_flags]
	mov [rax - 8], rcx
	mov [rax - 16], rdx
	sub qword [rsp + PT_sp], 16	; @trap.under-sp
	POP_REGS_BUT_RDI
	pop rdi
	mov rsp, [rsp + 5 * 8]		; vector, error, RIP, CS, RFLAGS, RSP
	popfq
	ret

entry_SYSCALL_64:
	POINT POINT_syscall_first_insn
	swapgs				; @syscall.swapgs
	mov [gs:CEA_scratch], rsp	; @syscall.scratch
	ENTER_KERNEL rsp, esp
	mov rsp, [gs:CEA_kernel_sp]
.own_stack:
	push CEA_USER_DS
	push qword [gs:CEA_scratch]
	push r11			; RFLAGS
	push CEA_USER_CS
	push rcx			; RIP
	push 0
	push VECTOR_SYSCALL64
	PUSH_REGS
	inc qword [gs:CEA_entries]
	xor ebp, ebp
	mov rdi, rsp
	call syscall_from_user
	test al, al
	jz return_to_user_iret		; @sysret.by-iret
	jmp return_to_user_sysret
