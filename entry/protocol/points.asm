; SPDX-License-Identifier: BSD-2-Clause
; What a named point does once it is compiled in (entry/protocol/points.h). Between hardware entry and CR3
; write there is no stack, no free register and only the user's page table, so a point is a trap
; with an IST slot of its own. It changes neither S, CR3 nor credit.
;
; On the stack of point_trap, after the pushes below:
;	+16	RIP: just after the INT, at the NOP whose last byte is the point's number
;	 +8	0
;	 +0	vector

%include "entry/calling.inc"

global point_trap, point_nmi_like

VECTOR_DB	equ 1
VECTOR_NMI	equ 2
REST_LOOPS	equ 1000

section .entry.text
bits 64

; A while without PAUSE or RDTSC, which emulators guard with a lock that the patcher needs as well.
%macro REST 0
	mov edx, REST_LOOPS
%%rest:
	dec edx
	jnz %%rest
%endmacro

; rbx = entry area, ecx = point. Clobbers rax, rdx, rsi, rdi.
%macro COUNT_AND_WAIT 0
	inc dword [rbx + POINTS_reached + rcx * 4]
	bt dword [rbx + POINTS_delayed], ecx
	jnc %%done
	lea eax, [rcx + 1]
	mov [rbx + POINTS_last], eax
	rdtsc
	shl rdx, 32
	lea rsi, [rax + rdx]
	mov rdi, [rbx + POINTS_delay + rcx * 8]
	cmp rdi, -1
	je %%poke
%%cycles:
	REST
	rdtsc
	shl rdx, 32
	or rax, rdx
	sub rax, rsi
	cmp rax, rdi
	jb %%cycles
	jmp %%done
; Until the patcher has committed a poke without telling us, or waits for us: it changes
; `release` then. An NMI that comes into such a wait does not wait as well.
%%poke:
	test byte [rbx + POINTS_waiting], 1
	jnz %%done
	push qword [rbx + POINTS_release]
	inc dword [rbx + POINTS_waiting]
%%still:
	REST
	mov eax, [rbx + POINTS_release]
	cmp eax, [rsp]
	jne %%released
	cmp dword [rbx + POINTS_told], 0
	jne %%released
	rdtsc
	shl rdx, 32
	or rax, rdx
	sub rax, rsi
	cmp rax, [rbx + POINTS_patience]
	jb %%still
%%released:
	inc dword [rbx + POINTS_waiting]
	add rsp, 8
%%done:
%endmacro

; A real NMI may come into a forced event, and to a point of its own path: not again then. Nor does
; an event come while one of its kind is under way. edx: those kinds.
%macro FORCE_EVENT 4			; mask, vector, busy word, kind
	bt dword [rbx + %1], ecx
	jnc %%none
	bt edx, %4
	jc %%none
	cmp dword [rbx + %3], 0
	jne %%none
	lea eax, [rdx + (1 << %4)]
	mov [rbx + %3], eax
	inc dword [rbx + POINTS_injected + rcx * 4]
	inc dword [rbx + POINTS_hits + rcx * 4]
	lea eax, [rcx + 1 + ((%4 + 1) << 8)]
	mov [rbx + POINTS_last], eax
	int %2
	mov dword [rbx + %3], 0
%%none:
%endmacro

%macro FORCE_EVENTS 3			; masks, first vector, busy word
%assign event 0
%rep POINT_EVENTS
	FORCE_EVENT %1 + 4 * event, %2 + event, %3, event
%assign event event + 1
%endrep
%endmacro

point_trap:
	push rax
	push rbx
	push rcx
	push rdx
	push rsi
	push rdi
	cld
	mov rbx, rsp
	and rbx, -CEA_AREA_SIZE
	mov rax, [rsp + 6 * 8 + 16]
	movzx ecx, byte [rax + 3]
	COUNT_AND_WAIT
	xor edx, edx
	FORCE_EVENTS POINTS_inject, INJECT_VECTOR, POINTS_busy
	pop rdi
	pop rsi
	pop rdx
	pop rcx
	pop rbx
	pop rax
	add rsp, 16
	iretq

; From an NMI-like path: rbx = entry area, ecx = point, struct pt_regs on top of the stack. Inside
; a forced event a second one may be forced, inside that none.
point_nmi_like:
	COUNT_AND_WAIT
	mov eax, [rsp + 8 + PT_vector]
	cmp eax, INJECT2_VECTOR
	jae .none
	cmp eax, INJECT_VECTOR
	jae .forced
	mov edx, 1 << POINT_EVENT_NMI
	cmp eax, VECTOR_NMI
	je .force
	mov edx, 1 << POINT_EVENT_DB
	cmp eax, VECTOR_DB
	je .force
	xor edx, edx
.force:
	FORCE_EVENTS POINTS_inject, INJECT_VECTOR, POINTS_busy
.none:
	ret
.forced:
	mov edx, [rbx + POINTS_busy]
	FORCE_EVENTS POINTS_inject2, INJECT2_VECTOR, POINTS_busy2
	ret
