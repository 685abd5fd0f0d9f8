; SPDX-License-Identifier: BSD-2-Clause
; What a named point does once it is compiled in (entry/points.h). Between hardware entry and CR3
; write there is no stack, no free register and only the user's page table, so a point is a trap
; with an IST slot of its own. It changes neither S, CR3 nor credit.
;
; On the stack of point_trap, behind the pushes below:
;	+16	RIP: just behind the INT, at the NOP whose last byte is the point's number
;	 +8	0
;	 +0	vector

%include "entry/calling.inc"

global point_trap, point_nmi_like, point_nested

section .entry.text
bits 64

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
	pause
	rdtsc
	shl rdx, 32
	or rax, rdx
	sub rax, rsi
	cmp rax, rdi
	jb %%cycles
	jmp %%done
; Until the patcher has committed a poke without telling us, or waits for us: it changes
; `release` then.
%%poke:
	push qword [rbx + POINTS_release]
	inc dword [rbx + POINTS_waiting]
%%still:
	pause
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

; A real NMI may come into a forced event, and to a point of its own path: not again then.
%macro FORCE_EVENT 3			; mask, vector, busy word
	bt dword [rbx + %1], ecx
	jnc %%none
	cmp dword [rbx + %3], 0
	jne %%none
	inc dword [rbx + %3]
	inc dword [rbx + POINTS_injected + rcx * 4]
	inc dword [rbx + POINTS_hits + rcx * 4]
	lea eax, [rcx + 1]
	mov [rbx + POINTS_last], eax
	int %2
	dec dword [rbx + %3]
%%none:
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
	FORCE_EVENT POINTS_inject, INJECT_VECTOR, POINTS_busy
	pop rdi
	pop rsi
	pop rdx
	pop rcx
	pop rbx
	pop rax
	add rsp, 16
	iretq

; From a real NMI, #DB, #MC (rbx = entry area, ecx = point); and from a forced event, inside which
; a second one may be forced.
point_nmi_like:
	COUNT_AND_WAIT
	FORCE_EVENT POINTS_inject, INJECT_VECTOR, POINTS_busy
	ret

point_nested:
	COUNT_AND_WAIT
	FORCE_EVENT POINTS_inject2, INJECT2_VECTOR, POINTS_busy2
	ret
