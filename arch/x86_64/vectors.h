/* SPDX-License-Identifier: BSD-2-Clause */
/* The vectors this kernel uses. Read by NASM too: only #define NAME NUMBER below. */
#ifndef ARCH_VECTORS_H
#define ARCH_VECTORS_H

#define X86_TRAP_DE    0
#define X86_TRAP_DB    1
#define X86_TRAP_NMI   2
#define X86_TRAP_BP    3
#define X86_TRAP_UD    6
#define X86_TRAP_DF    8
#define X86_TRAP_GP    13
#define X86_TRAP_PF    14
#define X86_TRAP_MC    18
#define SYSCALL_VECTOR 0x80
#define INJECT_VECTOR  0x81 /* to 0x83: NMI, #DB or #MC that a test forces at a named point */
#define INJECT2_VECTOR 0x84 /* to 0x86: the same, inside the first */
#define POINT_VECTOR   0x87 /* a named point of an entry or exit path (entry/protocol/points.h) */

#define SPURIOUS_VECTOR	  0xff
#define APIC_ERROR_VECTOR 0xfe
#define TIMER_VECTOR	  0xfd
#define WAKE_VECTOR	  0xfc /* a job waits, or user mode shall end */
#define SYNC_CORE_VECTOR  0xfb /* text or mappings changed: serialise now */
#define QUIRK_VECTOR	  0xfa /* the same for an emulator's sake, counted apart */
#define TLB_VECTOR	  0xf8 /* kernel mappings changed: flush them now */
#define RAISE_VECTOR	  0xf7 /* this CPU is to be isolated: its S shall be true from here on */
#define PROBE_VECTOR	  0xf9 /* tests: run what hangs on interrupts */

#endif
