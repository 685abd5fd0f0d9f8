; SPDX-License-Identifier: BSD-2-Clause
; What this processor must have before anything else can run, and how a machine is refused: in the
; form of kernel/report.c, on every console that needs no set-up, with a verdict that ends the run.
; 32-bit protected mode without paging, as the loader left it; no IDT, so nothing here may fault.

global boot_require_cpu, boot_refuse_loader
extern screen_font_phys

COM1		equ 0x3f8
COM_LSR		equ COM1 + 5
LSR_EMPTY	equ 0x20
BOCHS_PORT	equ 0xe9		; what is written there is on Bochs' console
VGA_TEXT	equ 0xb8000
VGA_COLUMNS	equ 80
VGA_ROWS	equ 25
VGA_FIRST	equ 8			; below what a loader or firmware has left at the top
VGA_WHITE_ON_RED equ 0x4f
DEBUG_EXIT_PORT	equ 0xf4		; QEMU's isa-debug-exit
STATUS_ERROR	equ 3

; Multiboot2 (specification 2.0, 3.6.12): where a tag is what, and what is drawn on.
BOOT_MULTIBOOT2	equ 1			; enum boot_protocol
TAGS		equ 8
TAG_SIZE	equ 4
TAG_FRAMEBUFFER	equ 8
FB_ADDRESS	equ 8
FB_PITCH	equ 16
FB_WIDTH	equ 20
FB_BITS		equ 28
FB_TYPE		equ 29
FB_TAG_SIZE	equ 32
FB_RGB		equ 1
GLYPH_SHIFT	equ 4			; a letter has 16 rows of a byte
COLUMNS_MIN	equ 40

; A bit of EDX in a leaf of CPUID (SDM vol. 2, CPUID), and what is said where it is 0.
NEED_SIZE	equ 32
%macro NEEDS 3				; leaf, bit, name
%%need:	dd %1, 1 << %2
	db %3, 0
	times NEED_SIZE - ($ - %%need) db 0
%endmacro

section .boot.text alloc exec nowrite progbits align=16
bits 32

align 4
needs:
	NEEDS 1, 4, "TSC"
	NEEDS 1, 5, "MSRs"
	NEEDS 1, 6, "PAE"
	NEEDS 1, 9, "APIC"
	NEEDS 0x80000001, 29, "long mode"
	NEEDS 0x80000001, 20, "NX (no-execute pages)"
needs_end:

; Returns where the processor has all of it; keeps EBX and EDI.
boot_require_cpu:
	push ebx
	mov ebp, needs
.next:	mov eax, [ebp]
	and eax, 0x80000000
	cpuid					; the highest leaf of this range
	cmp eax, [ebp]
	jb .lacks
	mov eax, [ebp]
	cpuid
	test edx, [ebp + 4]
	jz .lacks
	add ebp, NEED_SIZE
	cmp ebp, needs_end
	jb .next
	pop ebx
	ret
.lacks:	pop ebx
	call find_pixels
	mov esi, msg_cpu
	call say
	lea esi, [ebp + 8]
	call say
	mov esi, msg_cpu_end
	call say
	jmp refused

; Jumped to: whoever started us left none of the two magic numbers. There may be no stack.
boot_refuse_loader:
	cli
	cld
	mov esp, boot_refuse_stack_top
	mov dword [fb_at], 0			; nobody has cleared it for sure
	mov esi, msg_loader
	call say
refused:
	mov esi, msg_verdict
	call say
	mov al, STATUS_ERROR
	out DEBUG_EXIT_PORT, al
.stop:	hlt					; IRQs are off
	jmp .stop

; ESI = text. Bounded: a port without a UART reads as 0xff, and one that is stuck is waited for so long.
say:
	lodsb
	test al, al
	jz .done
	mov bl, al
	mov ecx, 100000
	mov dx, COM_LSR
.wait:	in al, dx
	test al, LSR_EMPTY
	loopz .wait
	mov dx, COM1
	mov al, bl
	out dx, al
	out BOCHS_PORT, al
	call draw
	mov al, bl
	mov edx, [vga_at]
	cmp al, 13
	je say
	cmp al, 10
	jne .draw
	mov ecx, edx				; to the next row
	mov eax, edx
	xor edx, edx
	mov ebx, VGA_COLUMNS
	div ebx
	sub ecx, edx
	lea edx, [ecx + VGA_COLUMNS]
	jmp .drawn
.draw:	mov ah, VGA_WHITE_ON_RED
	mov [VGA_TEXT + VGA_COLUMNS * VGA_FIRST * 2 + edx * 2], ax
	inc edx
.drawn:	cmp edx, VGA_COLUMNS * (VGA_ROWS - VGA_FIRST)
	jb .keep
	xor edx, edx
.keep:	mov [vga_at], edx
	jmp say
.done:	ret

; EBX = what the loader says, EDI = which one: the frame buffer that letters can be drawn on, if there is one.
find_pixels:
	cmp edi, BOOT_MULTIBOOT2
	jne .none
	mov ecx, [ebx]
	add ecx, ebx				; its end
	add ebx, TAGS
.tag:	lea eax, [ebx + FB_TAG_SIZE]
	cmp eax, ecx
	ja .none
	cmp dword [ebx], TAG_FRAMEBUFFER
	je .found
	mov eax, [ebx + TAG_SIZE]
	add eax, 7
	and eax, -8
	jz .none
	add ebx, eax
	jmp .tag
.found:	cmp byte [ebx + FB_TYPE], FB_RGB
	jne .none
	cmp dword [ebx + FB_ADDRESS + 4], 0	; above 4 GiB
	jne .none
	movzx eax, byte [ebx + FB_BITS]
	add eax, 7
	shr eax, 3
	mov [fb_bytes], eax
	sub eax, 2
	cmp eax, 2				; 2 to 4
	ja .none
	mov eax, [ebx + FB_PITCH]
	mov [fb_pitch], eax
	mov eax, [ebx + FB_WIDTH]
	shr eax, 3
	mov [fb_columns], eax
	cmp eax, COLUMNS_MIN
	jb .none
	mov eax, [ebx + FB_ADDRESS]
	mov [fb_at], eax
.none:	ret

; BL = a letter for the frame buffer, white on black: ones and zeros in every format. Keeps EBX, ESI, EBP.
draw:
	mov edi, [fb_at]
	test edi, edi
	jz .done
	cmp bl, 10
	je .line
	cmp bl, ' '
	jb .done
	push ebp
	mov eax, [fb_row]
	shl eax, GLYPH_SHIFT
	mul dword [fb_pitch]
	add edi, eax
	mov eax, [fb_column]
	shl eax, 3
	mul dword [fb_bytes]
	add edi, eax
	movzx ebp, bl
	sub ebp, ' '
	shl ebp, GLYPH_SHIFT
	add ebp, screen_font_phys
	mov dh, 1 << GLYPH_SHIFT
.row:	mov ah, [ebp]
	inc ebp
	push edi
	mov dl, 8
.pixel:	shl ah, 1
	sbb al, al
	mov ecx, [fb_bytes]
	rep stosb
	dec dl
	jnz .pixel
	pop edi
	add edi, [fb_pitch]
	dec dh
	jnz .row
	pop ebp
	inc dword [fb_column]
	mov eax, [fb_column]
	cmp eax, [fb_columns]
	jb .done
.line:	mov dword [fb_column], 0
	inc dword [fb_row]
.done:	ret

msg_loader:	db 13, 10, "# ERROR start-up: not started by a multiboot2 or PVH loader: expected GRUB's "
		db "multiboot2 command, or QEMU's -kernel", 13, 10, 0
msg_cpu:	db 13, 10, "# ERROR start-up: this processor has no ", 0
msg_cpu_end:	db ": expected a 64-bit x86 processor with it (under QEMU: --cpu max)", 13, 10, 0
msg_verdict:	db "# verdict ERROR pass=0 fail=0 error=1 skip=0", 13, 10, 0

section .boot.bss nobits alloc noexec write align=16
vga_at:	resd 1
fb_at:	resd 1				; 0: there is none
fb_pitch:	resd 1
fb_bytes:	resd 1				; a pixel
fb_columns:	resd 1
fb_column:	resd 1
fb_row:	resd 1
	resb 512
boot_refuse_stack_top:
