; SPDX-License-Identifier: BSD-2-Clause
; What tests/linux-audit takes for a Linux kernel: one way in and out, and the tables. SITE, KEY and
; KIND (JUMP, CALL, FTRACE) say what the one site that matters is; HAS is bit 3 of the second feature
; word. Never executed.

bits 64
default rel

section .rodata progbits alloc noexec nowrite
	db "Linux version 6.1.0-fixture (nobody) #1 SMP", 10, 0

align 8
global __start_ro_after_init, __end_ro_after_init, key_ro
__start_ro_after_init:
key_ro:	dq 0, 0
global __start___jump_table, __stop___jump_table
__start___jump_table:
%ifidn KIND, JUMP
	dd SITE - $
	dd entry_SYSCALL_64 - $
	dq KEY - $ + 1
%endif
__stop___jump_table:
global __start_static_call_sites, __stop_static_call_sites
__start_static_call_sites:
%ifidn KIND, CALL
	dd SITE - $
	dd KEY - $ + 1
%endif
__stop_static_call_sites:
__end_ro_after_init:

section .init.data progbits alloc noexec write
align 8
global __start_mcount_loc, __stop_mcount_loc, key_rw
__start_mcount_loc:
%ifidn KIND, FTRACE
	dq SITE
%endif
__stop_mcount_loc:
key_rw:	dq 0, 0

%define PTI    (7 * 32 + 11)
%define ALWAYS (3 * 32 + 21)
%define FEATURE (1 * 32 + 3)
%ifndef HAS
%define HAS 0
%endif
%define JUMP_LABEL db 0x0f, 0x1f, 0x44, 0, 0

section .entry.text progbits alloc exec nowrite align=16
global __entry_text_start, __entry_text_end, entry_SYSCALL_64
global site_before, site_kernel, site_leaving, site_unreached
__entry_text_start:
	nop
entry_SYSCALL_64:
	swapgs
site_before:
	JUMP_LABEL
old1:	jmp	kernel_path
end1:	mov	rax, cr3
	and	rax, ~0x1800
	mov	cr3, rax
kernel_path:
site_kernel:
	JUMP_LABEL
	call	c_code
old2:	jmp	user_path
end2:	mov	rax, cr3
	or	rax, 0x1800
	mov	cr3, rax
user_path:
site_leaving:
	JUMP_LABEL
	swapgs
	o64 sysret
site_unreached:
	JUMP_LABEL
__entry_text_end:

section .noinstr.text progbits alloc exec nowrite align=16
global __noinstr_text_start, __noinstr_text_end, c_code, site_noinstr
__noinstr_text_start:
c_code:	nop
site_noinstr:
	JUMP_LABEL
	ret
__noinstr_text_end:

section .text
global _text, site_elsewhere, site_has, apply_alternatives
_text:
apply_alternatives:
site_elsewhere:
	JUMP_LABEL
site_has:			; static_cpu_has(FEATURE)
	jmp	strict near aux
	ret
absent:	ret

section .altinstr_aux progbits alloc exec nowrite
aux:	test	byte [rel capability + FEATURE / 8], 1 << (FEATURE % 8)
	jz	absent
	ret
align 8
capability:			; boot_cpu_data.x86_capability
	dd 0, HAS << (FEATURE % 32), 0, 1 << (ALWAYS % 32), 0, 0, 0, 1 << (PTI % 32)

section .altinstr_replacement progbits alloc exec nowrite
new:	nop
no:	jmp	strict near absent

section .altinstructions progbits alloc noexec nowrite
	dd old1 - $
	dd new - $
	dw PTI
	db end1 - old1, 0
	dd old2 - $
	dd new - $
	dw PTI
	db end2 - old2, 0
	dd site_has - $
	dd no - $
	dw ALWAYS
	db 5, 5
	dd site_has - $
	dd new - $
	dw FEATURE
	db 5, 0
