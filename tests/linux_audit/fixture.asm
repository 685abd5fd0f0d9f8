; SPDX-License-Identifier: BSD-2-Clause
; What tests/linux-audit takes for a Linux kernel: one way in and out, and the tables. SITE, KEY and
; KIND (JUMP, CALL, FTRACE) say what the one site that matters is. Never executed.

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

%define PTI (7 * 32 + 11)
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
global _text, site_elsewhere
_text:
site_elsewhere:
	JUMP_LABEL

section .altinstr_replacement progbits alloc exec nowrite
new:	nop

section .altinstructions progbits alloc noexec nowrite
	dd old1 - $
	dd new - $
	dw PTI
	db end1 - old1, 0
	dd old2 - $
	dd new - $
	dw PTI
	db end2 - old2, 0
