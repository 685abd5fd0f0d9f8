; SPDX-License-Identifier: BSD-2-Clause
; Where CPUs wait while alternatives are applied again. Nothing here is patched, ever; the
; build check (tests/check_text) holds this section to that.

%include "asm-offsets.inc"

extern text_epoch
global park_wait, park_leave, park_nmi, park_mc, park_nmi_count, park_mc_seen, park_release

section .data
align 64, db 0
park_nmi_count:	dq 0
park_mc_seen:	dd 0
park_release:	dd 0

section .park.text alloc exec nowrite progbits align=16
bits 64

; void park_wait(u32 *arrived): interrupts off, the parking IDT loaded. Comes back as park_leave()
; does. A CPU that spins takes time from the one that works where both have one core, so these halt.
park_wait:
	lock inc dword [rdi]
.halt:	; from here to park_leave the first NMI behind the release ends it, wherever it comes
	hlt
	jmp .halt

; void park_leave(void): synchronised, S=1, CR3 written, credit taken.
park_leave:
	mov dword [gs:CEA_kernel_cr3_loaded], 1		; @park.signal
	mov rax, cr3
	mov cr3, rax					; @park.cr3
	mov rax, [text_epoch]
	mov [gs:CEA_credit], rax			; @park.credit
	ret

; On the NMI's IST stack, from kernel mode with the kernel's page table: nothing to switch.
park_nmi:
	cmp dword [park_release], 0
	je .count
	cmp qword [rsp], park_wait.halt
	jb .count
	cmp qword [rsp], park_leave
	jae .count
	mov qword [rsp], park_leave			; @park.release
	iretq
.count:
	lock inc qword [park_nmi_count]
	iretq

; A machine check while parked: nobody may print from here, the CPU that did not park will.
park_mc:
	mov dword [park_mc_seen], 1
.stop:
	hlt
	jmp .stop
