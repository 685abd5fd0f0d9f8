; SPDX-License-Identifier: BSD-2-Clause
; NASM's side of alternatives_cases.h. Each case is a function u32 name(void) that tells which
; variant of its location is there, and the bytes of every variant as the manual has them.

bits 64
default rel

%include "patching/alternative.inc"

%include "tests/alternatives/alternatives_cases.inc"

section .text.alt_sites
alt_pointer:	dq alt_target
alt_zero:	dd 0
alt_one:	dd 1
alt_two:	dd 2

; Called through the pointer or directly: the return address tells. Keeps RCX.
alt_target:
	mov	rax, [rsp]
	ret
alt_three:
	mov	eax, 3
	ret

CASE alt_one_entry, 1
.site:	ALTERNATIVE "mov eax, 0", "mov eax, 1", T(0)
.end:	ret
VARIANT ORIGINAL, 0
	db	MOV(0)
VARIANT T(0), 1
	db	MOV(1)
END_CASE

CASE alt_two_entries, 2
.site:	ALTERNATIVE_2 "mov eax, 0", "mov eax, 1", T(1), "mov eax, 2", T(2)
.end:	ret
VARIANT ORIGINAL, 0
	db	MOV(0)
VARIANT T(1), 1
	db	MOV(1)
VARIANT T(2), 2
	db	MOV(2)
END_CASE

CASE alt_three_entries, 3
.site:	ALTERNATIVE_3 "mov eax, 0", "mov eax, 1", T(2), "mov eax, 2", T(0), "mov eax, 3", T(1)
.end:	ret
VARIANT ORIGINAL, 0
	db	MOV(0)
VARIANT T(2), 1
	db	MOV(1)
VARIANT T(0), 2
	db	MOV(2)
VARIANT T(1), 3
	db	MOV(3)
END_CASE

CASE alt_not, 1
.site:	ALTERNATIVE "mov eax, 0", "mov eax, 1", ALT_NOT(T(0))
.end:	ret
VARIANT ORIGINAL, 0
	db	MOV(0)
VARIANT ALT_NOT(T(0)), 1
	db	MOV(1)
END_CASE

; One feature both ways: the original never stays.
CASE alt_both_ways, 3
.site:	ALTERNATIVE_3 "mov eax, 0", "mov eax, 1", T(3), "mov eax, 2", ALT_NOT(T(3)), \
		      "mov eax, 3", T(4)
.end:	ret
VARIANT ORIGINAL, 0
	db	MOV(0)
VARIANT T(3), 1
	db	MOV(1)
VARIANT ALT_NOT(T(3)), 2
	db	MOV(2)
VARIANT T(4), 3
	db	MOV(3)
END_CASE

; The longest in the middle of the order, and nothing at all as the last.
CASE alt_lengths, 3
	mov	eax, 3
.site:
	ALT_BEGIN
	xor	eax, eax
	ALT_ELSE T(0)
	mov	rax, strict qword 1
	ALT_ELSE T(1)
	push	2
	pop	rax
	ALT_ELSE T(5)
	ALT_END
.end:	ret
VARIANT ORIGINAL, 0
	db	0x31, 0xc0, NOP8
VARIANT T(0), 1
	db	0x48, 0xb8, 1, 0, 0, 0, 0, 0, 0, 0
VARIANT T(1), 2
	db	0x6a, 2, 0x58, NOP7
VARIANT T(5), 3
	db	NOP8, NOP2
END_CASE

CASE alt_empty_original, 2
	mov	eax, 0
.site:	ALTERNATIVE_2 "", "mov al, 1", T(4), "or eax, 2", T(6)
.end:	ret
VARIANT ORIGINAL, 0
	db	NOP3
VARIANT T(4), 1
	db	0xb0, 1, NOP1
VARIANT T(6), 2
	db	0x83, 0xc8, 2
END_CASE

; Branches out of the replacement, with ZF set.
CASE alt_branches, 3
	xor	eax, eax
.site:	ALTERNATIVE_3 "mov eax, 0", "jmp .one", T(0), "jz .two", T(1), "call alt_three", T(7)
.end:	ret
.one:	mov	eax, 1
	ret
.two:	mov	eax, 2
	ret
VARIANT ORIGINAL, 0
	db	MOV(0), NOP1
VARIANT T(0), 1
	REL	5, .one, 0xe9
	db	NOP1
VARIANT T(1), 2
	REL	6, .two, 0x0f, 0x84
VARIANT T(7), 3
	REL	5, alt_three, 0xe8
	db	NOP1
END_CASE

CASE alt_data, 2
	xor	eax, eax
.site:	ALTERNATIVE_2 "mov eax, [alt_zero]", "mov eax, [alt_one]", T(2), "add eax, [alt_two]", T(3)
.end:	ret
VARIANT ORIGINAL, 0
	REL	6, alt_zero, 0x8b, 0x05
VARIANT T(2), 1
	REL	6, alt_one, 0x8b, 0x05
VARIANT T(3), 2
	REL	6, alt_two, 0x03, 0x05
END_CASE

; Branches that stay inside, one of them to where the padding begins.
CASE alt_loop, 2
.site:
	ALT_BEGIN
	nop
	nop
	mov	eax, 0
	nop
	ALT_ELSE T(6)
	mov	ecx, 7
	xor	eax, eax
.again:	inc	eax
	dec	ecx
	jnz	.again
	jmp	.past
	ud2
.past:
	ALT_ELSE T(7)
	mov	eax, 2
	jmp	.skip
	ud2
.skip:
	ALT_END
.end:	ret
VARIANT ORIGINAL, 0
	db	NOP2, MOV(0), NOP8, NOP2
VARIANT T(6), 7
	db	0xb9, 7, 0, 0, 0, 0x31, 0xc0, 0xff, 0xc0, 0xff, 0xc9, 0x75, -6, 0xeb, 2, 0x0f, 0x0b
VARIANT T(7), 2
	db	MOV(2), 0xeb, 2, 0x0f, 0x0b, NOP8
END_CASE

CASE alt_eight_entries, 8
.site:
	ALT_BEGIN
	mov	eax, 0
%assign i 0
%rep 8
	ALT_ELSE X86_FEATURE_TEST0 + i
	mov	eax, i + 1
%assign i i + 1
%endrep
	ALT_END
.end:	ret
VARIANT ORIGINAL, 0
	db	MOV(0)
%assign i 0
%rep 8
VARIANT X86_FEATURE_TEST0 + i, i + 1
	db	MOV(i + 1)
%assign i i + 1
%endrep
END_CASE

; The other way round, every second feature wanted absent, in code of several lengths.
CASE alt_eight_mixed, 8
.site:
	ALT_BEGIN
	mov	eax, 0
%assign i 7
%rep 8
	ALT_ELSE (i & 1) * ALT_NOT(0) | X86_FEATURE_TEST0 + i
	times i nop
	push	i + 1
	pop	rax
%assign i i - 1
%endrep
	ALT_END
.end:	ret
VARIANT ORIGINAL, 0
	db	MOV(0), 0x0f, 0x1f, 0x44, 0, 0
VARIANT ALT_NOT(T(7)), 8
	db	NOP7, 0x6a, 8, 0x58
VARIANT T(6), 7
	db	0x66, 0x0f, 0x1f, 0x44, 0, 0, 0x6a, 7, 0x58, NOP1
VARIANT ALT_NOT(T(5)), 6
	db	0x0f, 0x1f, 0x44, 0, 0, 0x6a, 6, 0x58, NOP2
VARIANT T(4), 5
	db	0x0f, 0x1f, 0x40, 0, 0x6a, 5, 0x58, NOP3
VARIANT ALT_NOT(T(3)), 4
	db	NOP3, 0x6a, 4, 0x58, 0x0f, 0x1f, 0x40, 0
VARIANT T(2), 3
	db	NOP2, 0x6a, 3, 0x58, 0x0f, 0x1f, 0x44, 0, 0
VARIANT ALT_NOT(T(1)), 2
	db	NOP1, 0x6a, 2, 0x58, 0x66, 0x0f, 0x1f, 0x44, 0, 0
VARIANT T(0), 1
	db	0x6a, 1, 0x58, NOP7
END_CASE

CASE alt_long, 1
.site:
	ALT_BEGIN
	mov	eax, 0
	ALT_ELSE T(3)
	times 3 mov rax, strict qword 1
	ALT_END
.end:	ret
VARIANT ORIGINAL, 0
	db	MOV(0), NOP8, NOP8, NOP8, NOP1
VARIANT T(3), 1
%rep 3
	db	0x48, 0xb8, 1, 0, 0, 0, 0, 0, 0, 0
%endrep
END_CASE

; Crosses a cache line.
section .text.alt_sites
	align	64, int3
	times	48 int3
CASE alt_crossing, 1
	times	13 nop
.site:	ALTERNATIVE "mov eax, 0", "mov eax, 1", ALT_NOT(T(6))
.end:	ret
VARIANT ORIGINAL, 0
	db	MOV(0)
VARIANT ALT_NOT(T(6)), 1
	db	MOV(1)
END_CASE

CALL_CASE alt_call_alone, 1
	ALTERNATIVE "call [alt_pointer]", ALT_CALL_INSN, ALT_DIRECT_CALL(T(0))
CALL_CASE_ENDS
VARIANT_DIRECT T(0)
END_CASE

CALL_CASE alt_call_last, 2
	ALTERNATIVE_2 "call [alt_pointer]", "lea rax, [rcx + 1]", T(1), ALT_CALL_INSN, \
		      ALT_DIRECT_CALL(T(4))
CALL_CASE_ENDS
VARIANT_NATIVE T(1), 1
VARIANT_DIRECT T(4)
END_CASE

CALL_CASE alt_call_first, 2
	ALTERNATIVE_2 "call [alt_pointer]", ALT_CALL_INSN, ALT_DIRECT_CALL(T(4)), \
		      "lea rax, [rcx + 1]", T(1)
CALL_CASE_ENDS
VARIANT_DIRECT T(4)
VARIANT_NATIVE T(1), 1
END_CASE

CALL_CASE alt_call_middle, 3
	ALTERNATIVE_3 "call [alt_pointer]", "lea rax, [rcx + 1]", T(2), ALT_CALL_INSN, \
		      ALT_DIRECT_CALL(T(3)), "lea rax, [rcx + 2]", ALT_NOT(T(5))
CALL_CASE_ENDS
VARIANT_NATIVE T(2), 1
VARIANT_DIRECT T(3)
VARIANT_NATIVE ALT_NOT(T(5)), 2
END_CASE

; For alternatives_look.c: no part of one and part of another makes up a third, also where only
; the first byte is another. What is in ECX comes back inverted.
CASE alt_visible, 3
	xor	ecx, ecx
	jmp	.site
	align	8, int3
.site:	ALTERNATIVE_3 "mov eax, 0x10101010", "mov eax, 0x21212121", T(0), \
		      "mov eax, 0x32323232", T(1), "mov ecx, 0x43434343", T(2)
.end:	jecxz	.out
	mov	eax, ecx
	not	eax
.out:	ret
VARIANT ORIGINAL, 0x10101010
	db	MOV_EAX, 0x10, 0x10, 0x10, 0x10
VARIANT T(0), 0x21212121
	db	MOV_EAX, 0x21, 0x21, 0x21, 0x21
VARIANT T(1), 0x32323232
	db	MOV_EAX, 0x32, 0x32, 0x32, 0x32
VARIANT T(2), 0xbcbcbcbc
	db	MOV_EAX + 1, 0x43, 0x43, 0x43, 0x43
END_CASE

section .rodata.alt_cases
alt_nasm_cases_end:
