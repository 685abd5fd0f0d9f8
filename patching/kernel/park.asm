; SPDX-License-Identifier: BSD-2-Clause
; Where CPUs wait while alternatives are applied again. Nothing here is patched, ever; the
; build check (tests/check_text) holds this section to that.

%include "asm-offsets.inc"

extern text_epoch
global park_wait, park_nmi, park_mc, park_nmi_count, park_mc_seen

section .data
align 64, db 0
park_nmi_count:	dq 0
park_mc_seen:	dd 0

section .park.text alloc exec nowrite progbits align=16
bits 64

; void park_wait(u32 *arrived, const u32 *release): interrupts off, the parking IDT loaded.
; Comes back synchronised: S=1, CR3 written, credit taken.
park_wait:
	lock inc dword [rdi]
.wait:
	pause
	cmp dword [rsi], 0
	je .wait
	mov dword [gs:CEA_kernel_cr3_loaded], 1		; @park.signal
	mov rax, cr3
	mov cr3, rax					; @park.cr3
	mov rax, [text_epoch]
	mov [gs:CEA_credit], rax			; @park.credit
	ret

; On the NMI's IST stack, from kernel mode with the kernel's page table: nothing to switch.
park_nmi:
	lock inc qword [park_nmi_count]
	iretq

; A machine check while parked: nobody may print from here, the CPU that did not park will.
park_mc:
	mov dword [park_mc_seen], 1
.stop:
	hlt
	jmp .stop
