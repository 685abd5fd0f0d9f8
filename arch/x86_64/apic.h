/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC, by MMIO (xAPIC) or MSR (x2APIC). SDM vol. 3, chapter 11. */
#ifndef ARCH_APIC_H
#define ARCH_APIC_H

#include <kernel/lib/types.h>

extern bool x2apic_enabled;

/* Maps the registers and chooses the mode, once, on the boot CPU. @want_x2apic: if it has it. */
void apic_init(u64 phys, bool want_x2apic);

/*
 * Enables this CPU's APIC: LINT pins as the MADT says (@nmi_lints: bit n = LINTn is NMI), error
 * and spurious vectors. Every CPU, interrupts off.
 */
void apic_setup_cpu(u32 nmi_lints);

u32 apic_id(void);
void apic_eoi(void);

/* Sends @vector, or an NMI, INIT or SIPI, to one APIC ID. Bounded. IRQs off or on; NMI-safe. */
void apic_send_vector(u32 apic_id, u8 vector);
void apic_send_nmi(u32 apic_id);
void apic_send_init(u32 apic_id);
void apic_send_sipi(u32 apic_id, u8 page);

/* Timer: one-shot countdown from @count (0 stops), or periodic. Current count for calibration. */
void apic_timer_start(u32 count, bool periodic, u8 vector);
void apic_timer_stop(void);
u32 apic_timer_count(void);

/*
 * Lets this CPU's performance counters raise an NMI when one overflows. Each NMI undoes it (SDM vol.
 * 3, 11.5.1), and so does false. IRQs off or NMI.
 */
void apic_counter_nmi(bool on);

/* True: @vector has come to this CPU and waits for its interrupts to be on. */
bool apic_vector_waits(u8 vector);

/* Reads and clears the error status register. */
u32 apic_error_status(void);

#endif
