; SPDX-License-Identifier: BSD-2-Clause
; NMI, #MC, #DB, #DF and injected events: each on an IST stack of this CPU's entry area, each
; able to arrive between any two instructions of the kernel, the entry path included.
;
;	+48	SS		pushed by the CPU, on the IST stack
;	+40	RSP		anything: even the user's, on the first SYSCALL instruction
;	+32	RFLAGS
;	+24	CS
;	+16	RIP
;	 +8	error code	by the CPU (#DF), or 0
;	 +0	vector		by the stub (entry_64.asm)

%include "entry/calling.inc"

extern text_epoch, trap_nmi_like, panic_entry_text
extern point_nmi_like
global nmi, nmi_like, nmi_like.word_over, entry_text_fault

VECTOR_NMI	equ 2

section .entry.text alloc exec nowrite progbits align=4096
bits 64

; A real NMI says so first, in a word that nobody else writes: what a stack pointer says may be
; the user's doing. Set already: something has unmasked NMIs in the middle of one (firmware's SMM
; may: SDM vol. 3, NMI Handling While in SMM), whose frame is gone.
nmi:
	push rax
	mov rax, rsp
	and rax, -CEA_AREA_SIZE
	bts dword [rax + CEA_in_nmi], 0	; @nmi.word
	pop rax
	jc entry_text_fault
nmi_like:
	cld				; @nmi.cld
	ALTERNATIVE "", "clac", X86_FEATURE_SMAP
	PUSH_REGS
	ENTER_NMI_LIKE
.entered:
	mov rdi, rsp
	mov esi, r12d
	mov rdx, r13
	mov rcx, r14
	push qword [rdi + PT_ip]	; a frame for the frame-pointer walk
	push rbp
	mov rbp, rsp
	call trap_nmi_like
.leaves:
	add rsp, 16
	test al, al
	jz .without_iret		; @nmi.without-iret

	EXIT_NMI_LIKE
	cmp dword [rsp + PT_vector], VECTOR_NMI
	setne al
	and [rbx + CEA_in_nmi], al	; @nmi.word-over
.word_over:
	POP_REGS_BUT_RDI
	pop rdi
	add rsp, 16
	iretq

; Inside a real NMI: see return_without_iret in entry_64.asm. The interrupted stack is an IST
; stack, mapped in both halves, so the writes may come before the restored CR3.
.without_iret:
	mov rax, [rsp + PT_sp]
	mov rcx, [rsp + PT_ip]
	mov rdx, [rsp + PT_flags]
	mov [rax - 8], rcx
	mov [rax - 16], rdx
	sub qword [rsp + PT_sp], 16
	EXIT_NMI_LIKE
	POP_REGS_BUT_RDI
	pop rdi
	mov rsp, [rsp + 5 * 8]
	popfq
	ret
.end:
	POINT_RANGE POINT_CLASS_NMI_ENTRY, nmi_like, .entered
	POINT_RANGE POINT_CLASS_NMI_EXIT, .leaves, .end

; A fault in entry text that is not the return instruction's: nothing can be resumed, but CR3, S
; and GS may be anything, and so may the stack. GDTR still tells which entry area is ours.
entry_text_fault:
	PUSH_REGS
	mov rax, cr3
	mov r13, rax			; reported
	and rax, ~PTI_CR3_MASK
	mov cr3, rax
	sub rsp, 16
	sgdt [rsp]
	mov rbx, [rsp + 2]
	add rsp, 16
	and rbx, -CEA_AREA_SIZE
	mov r12d, [rbx + CEA_kernel_cr3_loaded]
	mov dword [rbx + CEA_kernel_cr3_loaded], 1
	mov ecx, CEA_MSR_GS_BASE
	mov rax, rbx
	mov rdx, rbx
	shr rdx, 32
	wrmsr
	xor ebp, ebp
	mov rdi, rsp
	mov esi, r12d
	mov rdx, r13
	call panic_entry_text
	ud2
