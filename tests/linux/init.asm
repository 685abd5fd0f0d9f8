; SPDX-License-Identifier: BSD-2-Clause
; The only program that runs under the swept kernel: its init. It reads the kernel's symbols, goes to
; CPU 1, and then enters the kernel in the way that tests/linux/paths.c asks for in RAX, again and
; again. Everything is told and asked through the emulator's debugger: it prints nothing.
;
; Labels that the debugger stops at: ready, at_*, and failed, where RAX is an errno and RDI the step.
bits 64
default rel

%define SYS_READ 0
%define SYS_OPEN 2
%define SYS_WRITE 1
%define SYS_MADVISE 28
%define SYS_RT_SIGACTION 13
%define SYS_RT_SIGRETURN 15
%define SYS_GETPID 39
%define SYS_MKDIR 83
%define SYS_MOUNT 165
%define SYS_SCHED_SETAFFINITY 203
%define SYS_TIMERFD_CREATE 283
%define SYS_TIMERFD_SETTIME 286
%define I386_GETPID 20

%define O_WRONLY 1
%define CLOCK_MONOTONIC 1
%define MADV_DONTNEED 4
%define SIGILL 4
%define SIGSEGV 11
%define SA_SIGINFO 4
%define SA_RESTORER 0x4000000
%define UCONTEXT_RIP 0xa8
%define SYMBOLS_SIZE (32 << 20)

global _start, ready, failed, symbols, symbols_size
global at_syscall, at_sigreturn, at_int80, at_fault, at_undefined, at_irq, at_nmi
section .text

; A system call that must not fail; %1 is the step's number.
%macro must 1
	syscall
	mov edi, %1
	test rax, rax
	js failed
%endmacro

_start:
	lea rdi, [name_proc]
	mov esi, 0o755
	mov eax, SYS_MKDIR
	syscall			; it may be there
	lea rdi, [word_proc]
	lea rsi, [name_proc]
	lea rdx, [word_proc]
	xor r10d, r10d
	xor r8d, r8d
	mov eax, SYS_MOUNT
	syscall			; a kernel without it has its symbols told by a file

	call read_symbols
	lea rdi, [name_printk]
	call write_zero
	lea rdi, [name_migration]
	call write_zero
	lea rdx, [one_cpu]
	mov esi, 8
	xor edi, edi
	mov eax, SYS_SCHED_SETAFFINITY
	must 1

	mov edi, SIGILL
	call catch
	mov edi, SIGSEGV
	call catch
	mov edi, CLOCK_MONOTONIC
	xor esi, esi
	mov eax, SYS_TIMERFD_CREATE
	must 2
	mov [timer], eax

ready:
	nop			; the debugger sets RAX here
	cmp rax, (ways_end - ways) / 8
	jae ready
	lea rcx, [ways]
	call [rcx + rax * 8]
	jmp ready

failed:
	jmp failed

; A kernel without this file leaves symbols_size 0.
read_symbols:
	lea rdi, [name_symbols]
	xor esi, esi
	mov eax, SYS_OPEN
	syscall
	test rax, rax
	js .end
	mov r12, rax
	lea r13, [symbols]
.more:
	mov rdi, r12
	mov rsi, r13
	lea rdx, [symbols + SYMBOLS_SIZE]
	sub rdx, r13
	xor eax, eax		; SYS_READ
	syscall
	test rax, rax
	jle .over
	add r13, rax
	jmp .more
.over:
	lea rax, [symbols]
	sub r13, rax
	mov [symbols_size], r13
.end:
	ret

; Into the file RDI, where there is one.
write_zero:
	mov esi, O_WRONLY
	mov eax, SYS_OPEN
	syscall
	test rax, rax
	js .end
	mov rdi, rax
	lea rsi, [zero]
	mov edx, 1
	mov eax, SYS_WRITE
	syscall
.end:
	ret

; The signal EDI goes to skip_two.
catch:
	lea rsi, [action]
	xor edx, edx
	mov r10d, 8
	mov eax, SYS_RT_SIGACTION
	must 3
	ret

; UD2 and INT 0x80, where it faults, are two bytes long.
skip_two:
	add qword [rdx + UCONTEXT_RIP], 2
	ret			; to the restorer

restore:
	mov eax, SYS_RT_SIGRETURN
at_sigreturn:
	syscall

way_syscall:
	mov eax, SYS_GETPID
at_syscall:
	syscall
	ret

way_int80:
	mov eax, I386_GETPID
at_int80:
	int 0x80
	ret

way_fault:
	lea rdi, [page]
	mov esi, 4096
	mov edx, MADV_DONTNEED
	mov eax, SYS_MADVISE
	syscall
	lea rdi, [page]
at_fault:
	mov al, [rdi]
	ret

way_undefined:
at_undefined:
	ud2
	ret

; A timer without a signal: its interrupt comes while this spins, and goes back to it.
way_irq:
	mov edi, [timer]
	xor esi, esi
	lea rdx, [soon]
	xor r10d, r10d
	mov eax, SYS_TIMERFD_SETTIME
	syscall
	mov ecx, 200000
at_irq:
	pause
	dec ecx
	jnz at_irq
	ret

way_nmi:
at_nmi:
	pause
	ret

section .data
align 8
ways:	dq way_syscall, way_int80, way_fault, way_undefined, way_irq, way_nmi
ways_end:
action:	dq skip_two, SA_SIGINFO | SA_RESTORER, restore, 0
one_cpu: dq 1 << 1
soon:	dq 0, 0, 0, 3000000	; once, after three milliseconds
symbols_size: dq 0
timer:	dd 0
name_proc: db '/proc', 0
word_proc: db 'proc', 0
name_symbols: db '/proc/kallsyms', 0
; Each NMI that nobody claims is worth three lines at the highest level to the kernel.
name_printk: db '/proc/sys/kernel/printk', 0
; Timers of an isolated CPU go to another, where there is one.
name_migration: db '/proc/sys/kernel/timer_migration', 0
zero:	db '0'

section .bss
alignb 4096
page:	resb 4096
symbols: resb SYMBOLS_SIZE
