; SPDX-License-Identifier: BSD-2-Clause
; Probe sites whose place matters: `mov eax, imm32` (b8, 4 bytes of immediate) with the
; instruction crossing 8 bytes, a cache line, or a page, and plain ones. u32 site(void).

global probe_mov_plain, probe_mov_cross8, probe_mov_cross64, probe_mov_cross4096
global probe_mov_syscall, probe_mov_behind_cr3, probe_mov_behind_cr3_site
global probe_control, probe_array, probe_array_end
global probe_call_even, probe_call_even_site, probe_call_odd, probe_call_odd_site

section .text.probe_sites alloc exec nowrite progbits align=4096
bits 64

; %1: name, %2: offset in the page at which the instruction begins
%macro SITE 2
	times (%2) - ($ - $$) int3
%1:
	mov eax, 0
.after:
	ret
%endmacro

	SITE probe_mov_plain, 0x100		; bytes 0x100 to 0x104: inside one quadword
	SITE probe_mov_cross8, 0x206		; two bytes before a quadword's end
	SITE probe_mov_syscall, 0x300

; The first instruction behind a MOV to CR3, where a fetch that the write did not discard would show. Not
; on the entry path, where nothing may be patched.
probe_mov_behind_cr3:
	mov rax, cr3
	mov cr3, rax
probe_mov_behind_cr3_site:
	mov eax, 0
	ret

	SITE probe_control, 0x380		; written without any sync (stale_control.c)
	SITE probe_mov_cross64, 0x43e		; two bytes before a cache line's end
	SITE probe_mov_cross4096, 0xffd		; three bytes before the page's end

; CALL sites with RSP on 16 bytes, where the CPU leaves no gap above the trap frame, and beside.
probe_call_even:
	mov eax, 0x1000
	push rax
probe_call_even_site:
	call probe_call_target
	pop rcx
	ret
probe_call_odd:
	mov eax, 0x2000
probe_call_odd_site:
	call probe_call_target
	ret
probe_call_target:
	mov ecx, eax
	shr ecx, 4
	or eax, ecx
	shr ecx, 4
	or eax, ecx
	shr ecx, 4
	or eax, ecx
	ret

; More sites than one batch holds, for tests of the queue. Alone on a page: an emulator takes long over a
; store to one from which it has translated something.
section .text.probe_array alloc exec nowrite progbits align=4096
probe_array:
%rep 160
	mov eax, 0
	ret
	align 8, int3
%endrep
probe_array_end:
	times 4096 - ($ - $$) int3
