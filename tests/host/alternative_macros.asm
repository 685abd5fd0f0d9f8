; SPDX-License-Identifier: BSD-2-Clause
; Functions for alternative_macros.c: long f(long). What each must return stands there.

bits 64
default rel

%include "patching/alternative.inc"

section .text

; The string form, longer and shorter replacements, none at all.
global nasm_strings:function
nasm_strings:
	mov	eax, 1
	ALTERNATIVE "", "mov eax, 2", X86_FEATURE_TEST0
	ALTERNATIVE_2 "add rax, 16", "inc rax", X86_FEATURE_TEST1, "", ALT_NOT(X86_FEATURE_TEST2)
	ALTERNATIVE_3 "nop", "or eax, 0x100", X86_FEATURE_TEST0, "or eax, 0x200", \
		      X86_FEATURE_TEST1, "or rax, strict qword 0x400", X86_FEATURE_TEST2
	ret

; Blocks with branches inside, out of, and to the end of a body, calls and IP-relative data.
global nasm_blocks:function
nasm_blocks:
	mov	rax, rdi
	ALT_BEGIN
	test	al, 1
	jz	.even
	add	rax, [odd]
.even:
	ALT_ELSE X86_FEATURE_TEST0
	test	al, 1
	jnz	.count
	jmp	.out
.count:	nop
	inc	eax
	cmp	eax, 100
	jb	.count
	ALT_ELSE X86_FEATURE_TEST1
	call	double
	add	rax, [odd]
	jmp	.end
	ud2
.end:
	ALT_ELSE ALT_NOT(X86_FEATURE_TEST2)
	ALT_END
	ret
.out:	mov	eax, 77
	ret

double:	add	rax, rax
	ret

; Inside other macros: twice in an expansion, a local label and a context of the macro's own.
%macro TWICE 2
%push outer
%define %$step 5
	ALT_BEGIN
	test	rax, rax
	jz	%%zero
	add	rax, %1
%%zero:
	ALT_ELSE %2
	sub	rax, %$$step
	ALT_END
	ALTERNATIVE "nop", "lea rax, [rax + rax]", %2
%pop
%endmacro

global nasm_macros:function
nasm_macros:
	mov	rax, rdi
	TWICE	3, X86_FEATURE_TEST0
	TWICE	9, X86_FEATURE_TEST1
	ret

; The direct call last, where one write per entry loses it, and first.
global nasm_call_last:function
nasm_call_last:
	sub	rsp, 8
	ALTERNATIVE_2 "call [rel pointer]", "mov eax, 50", X86_FEATURE_TEST0, \
		      ALT_CALL_INSN, ALT_DIRECT_CALL(X86_FEATURE_TEST1)
	add	rsp, 8
	ret

global nasm_call_first:function
nasm_call_first:
	sub	rsp, 8
	ALTERNATIVE_2 "call [rel pointer]", ALT_CALL_INSN, ALT_DIRECT_CALL(X86_FEATURE_TEST1), \
		      "mov eax, 50", X86_FEATURE_TEST0
	add	rsp, 8
	ret

target:	mov	eax, 60
	ret

; Another section, whose alternatives must come back to it.
section .entry.text progbits alloc exec nowrite align=16
global nasm_entry:function
nasm_entry:
	ALTERNATIVE "lea rax, [rdi + 1]", "lea rax, [rdi + 0x1000]", X86_FEATURE_TEST2
	ret

section .data
pointer: dq target
odd:	dq 1000
