// SPDX-License-Identifier: BSD-2-Clause
/* Never linked: its assembly output holds the numbers that NASM files share with C. */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu_entry_area.h>
#include <arch/x86_64/desc.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/ptrace.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/trampoline.h>
#include <arch/x86_64/vectors.h>
#include <boot/bootinfo.h>
#include <entry/protocol/points.h>
#include <entry/user_abi.h>

#define DEFINE(name, value) asm volatile("\n.ascii \"@@ " #name " %0\"" ::"i"((long)(value)))
#define CEA(field)	    DEFINE(CEA_##field, offsetof(struct cpu_entry_area, field))
#define POINTS(field)          \
	DEFINE(POINTS_##field, \
	       sizeof(struct cpu_entry_area) + offsetof(struct point_control, field))
#define POINT_NUMBER(id, name) DEFINE(POINT_##id, POINT_##id);
#define PT(field)	       DEFINE(PT_##field, offsetof(struct pt_regs, field))

void asm_offsets(void);
void asm_offsets(void)
{
	CEA(kernel_cr3_loaded);
	CEA(in_int3_handler);
	CEA(credit);
	CEA(scratch);
	CEA(user_cr3_bits);
	CEA(kernel_sp);
	CEA(cpu);
	CEA(self);
	CEA(cpu_nr);
	CEA(in_nmi);
	CEA(entries);
	CEA(keeps_signal);
	DEFINE(CEA_AREA_SIZE, CEA_SIZE);
	DEFINE(CEA_ENTRY_STACK_TOP, (CEA_ENTRY_STACK + 1) * PAGE_SIZE);
	DEFINE(CEA_USER_CS, USER_CS);
	DEFINE(CEA_USER_DS, USER_DS);
	DEFINE(CEA_MSR_GS_BASE, MSR_GS_BASE);
	DEFINE(PTI_USER_CR3_MASK, PTI_USER_CR3_MASK);
	DEFINE(CR3_NOFLUSH_BIT, 63);

	PT(vector);
	PT(ip);
	PT(flags);
	PT(sp);
	DEFINE(PT_SIZE, sizeof(struct pt_regs));

	DEFINE(CPU_user_resume_sp, offsetof(struct cpu, user_resume_sp));

	DEFINE(USER_PAGE_loops, offsetof(struct user_page, loops));
	DEFINE(USER_PAGE_odd_sp, offsetof(struct user_page, odd_sp));
	DEFINE(USER_PAGE_done, offsetof(struct user_page, done));
	DEFINE(USER_PAGE_bad_registers, offsetof(struct user_page, bad_registers));
	DEFINE(USER_ACT_SYSCALL, USER_ACT_SYSCALL);
	DEFINE(USER_ACT_INT80, USER_ACT_INT80);
	DEFINE(USER_ACT_UD, USER_ACT_UD);
	DEFINE(USER_ACT_PF, USER_ACT_PF);
	DEFINE(USER_ACT_BP, USER_ACT_BP);
	DEFINE(USER_ACT_DB, USER_ACT_DB);
	DEFINE(USER_BAD_ADDRESS, USER_BAD_ADDRESS);

	POINTS_IN_ASSEMBLY(POINT_NUMBER)
	DEFINE(POINT_CLASS_ENTRY, POINT_CLASS_ENTRY);
	DEFINE(POINT_CLASS_EXIT, POINT_CLASS_EXIT);
	DEFINE(POINT_CLASS_NMI_ENTRY, POINT_CLASS_NMI_ENTRY);
	DEFINE(POINT_CLASS_NMI_EXIT, POINT_CLASS_NMI_EXIT);
	DEFINE(INJECT_VECTOR, INJECT_VECTOR);
	DEFINE(INJECT2_VECTOR, INJECT2_VECTOR);
	DEFINE(POINT_VECTOR, POINT_VECTOR);
	DEFINE(POINT_EVENTS, POINT_EVENTS);
	DEFINE(POINT_EVENT_NMI, POINT_EVENT_NMI);
	DEFINE(POINT_EVENT_DB, POINT_EVENT_DB);
	DEFINE(POINT_EVENT_MC, POINT_EVENT_MC);
	POINTS(inject);
	POINTS(inject2);
	POINTS(delayed);
	POINTS(release);
	POINTS(patience);
	POINTS(delay);
	POINTS(waiting);
	POINTS(told);
	POINTS(busy);
	POINTS(busy2);
	POINTS(last);
	POINTS(reached);
	POINTS(injected);
	POINTS(hits);

	POINTS(entry_version);
	POINTS(entry_epoch);
	POINTS(entry_seen_version);
	POINTS(entry_seen_epoch);
	POINTS(entry_credit);
	POINTS(entry_result);

	DEFINE(BOOT_MULTIBOOT2, BOOT_MULTIBOOT2);
	DEFINE(BOOT_PVH, BOOT_PVH);
	DEFINE(DIRECT_MAP_PGD, DIRECT_MAP_PGD);

	DEFINE(APIC_ID_MAX, APIC_ID_MAX);
	DEFINE(KSTACK_ADDR, KSTACK_BASE);
	DEFINE(KSTACK_STRIDE, KSTACK_STRIDE);
	DEFINE(TRAMPOLINE_cr3, offsetof(struct trampoline_args, cr3));
	DEFINE(TRAMPOLINE_entry, offsetof(struct trampoline_args, entry));
	DEFINE(TRAMPOLINE_SIZE, sizeof(struct trampoline_args));
}
