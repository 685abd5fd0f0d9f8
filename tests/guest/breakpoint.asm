; SPDX-License-Identifier: BSD-2-Clause
; A boot sector that asks an emulator one question: does the handler of a code breakpoint run?
; Says B and Y on COM1 if so. Bochs 3.0 with two CPUs or more says B alone: having raised #DB it
; raises it again before the handler's first instruction, for ever, and then takes no NMI either
; (one CPU, or Bochs 2.7, or QEMU: BY). boot/run/bochs.sh runs it once for each Bochs.

COM1	  equ 0x3f8
LCR_8N1	  equ 3
EXECUTE_0 equ 0x402			; DR7: DR0 is armed, for an instruction (SDM vol. 3, 18.2.4)
BOCHS_END equ 0x8900			; the word Shutdown, written here, ends Bochs

bits 16
org 0x7c00

	cli
	xor ax, ax
	mov ds, ax
	mov ss, ax
	mov sp, 0x7c00
	mov word [1 * 4], handler
	mov [1 * 4 + 2], ax
	mov dx, COM1 + 3
	mov al, LCR_8N1
	out dx, al
	mov al, 'B'
	call put
	mov eax, here
	mov dr0, eax
	mov eax, EXECUTE_0
	mov dr7, eax
here:	nop
	mov ecx, 100000			; until the line has left the port
.wait:	a32 loop .wait
	mov si, word_end
	mov dx, BOCHS_END
	mov cx, 8
	rep outsb
	hlt

; A 16-bit IRET cannot set RF, so the breakpoint goes (SDM vol. 3, 18.3.1.1).
handler:
	xor eax, eax
	mov dr7, eax
	mov al, 'Y'
	call put
	iret

put:	mov dx, COM1 + 5
.busy:	xchg ah, al
	in al, dx
	test al, 0x20
	xchg ah, al
	jz .busy
	mov dx, COM1
	out dx, al
	ret

word_end: db "Shutdown"
	times 510 - ($ - $$) db 0
	dw 0xaa55
