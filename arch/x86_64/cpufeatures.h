/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feature numbers, word * 32 + bit. The Makefile turns each line "#define NAME (W * 32 + B)" into
 * NASM's form (gen/cpufeatures.inc), so keep that form. Words that mirror a CPUID register have
 * Linux's word numbers and the processor's own bits (SDM vol. 2, CPUID; APM vol. 3, appendix E).
 * Words 20 and 21 say nothing about the processor: their owners have a header of this form.
 */
#ifndef ARCH_X86_64_CPUFEATURES_H
#define ARCH_X86_64_CPUFEATURES_H

#define CPUFEATURE_WORDS 22

/* Word 0: CPUID 1, EDX */
#define X86_FEATURE_FPU	      (0 * 32 + 0)
#define X86_FEATURE_DE	      (0 * 32 + 2)
#define X86_FEATURE_PSE	      (0 * 32 + 3)
#define X86_FEATURE_TSC	      (0 * 32 + 4)
#define X86_FEATURE_MSR	      (0 * 32 + 5)
#define X86_FEATURE_PAE	      (0 * 32 + 6)
#define X86_FEATURE_MCE	      (0 * 32 + 7)
#define X86_FEATURE_CX8	      (0 * 32 + 8)
#define X86_FEATURE_APIC      (0 * 32 + 9)
#define X86_FEATURE_SEP	      (0 * 32 + 11)
#define X86_FEATURE_MTRR      (0 * 32 + 12)
#define X86_FEATURE_PGE	      (0 * 32 + 13)
#define X86_FEATURE_MCA	      (0 * 32 + 14)
#define X86_FEATURE_CMOV      (0 * 32 + 15)
#define X86_FEATURE_PAT	      (0 * 32 + 16)
#define X86_FEATURE_CLFLUSH   (0 * 32 + 19)
#define X86_FEATURE_FXSR      (0 * 32 + 24)
#define X86_FEATURE_XMM	      (0 * 32 + 25)
#define X86_FEATURE_XMM2      (0 * 32 + 26)
#define X86_FEATURE_SELFSNOOP (0 * 32 + 27)

/* Word 1: CPUID 0x80000001, EDX */
#define X86_FEATURE_SYSCALL (1 * 32 + 11)
#define X86_FEATURE_NX	    (1 * 32 + 20)
#define X86_FEATURE_GBPAGES (1 * 32 + 26)
#define X86_FEATURE_RDTSCP  (1 * 32 + 27)
#define X86_FEATURE_LM	    (1 * 32 + 29)

/* Word 3: of the project, about the processor */
#define X86_FEATURE_CONSTANT_TSC (3 * 32 + 8)  /* CPUID 0x80000007 EDX bit 8 */
#define X86_FEATURE_ALWAYS	 (3 * 32 + 21) /* set on every CPU */

/* Word 4: CPUID 1, ECX */
#define X86_FEATURE_XMM3	 (4 * 32 + 0)
#define X86_FEATURE_MWAIT	 (4 * 32 + 3)
#define X86_FEATURE_VMX		 (4 * 32 + 5)
#define X86_FEATURE_CX16	 (4 * 32 + 13)
#define X86_FEATURE_PCID	 (4 * 32 + 17)
#define X86_FEATURE_X2APIC	 (4 * 32 + 21)
#define X86_FEATURE_MOVBE	 (4 * 32 + 22)
#define X86_FEATURE_POPCNT	 (4 * 32 + 23)
#define X86_FEATURE_TSC_DEADLINE (4 * 32 + 24)
#define X86_FEATURE_XSAVE	 (4 * 32 + 26)
#define X86_FEATURE_OSXSAVE	 (4 * 32 + 27)
#define X86_FEATURE_AVX		 (4 * 32 + 28)
#define X86_FEATURE_RDRAND	 (4 * 32 + 30)
#define X86_FEATURE_HYPERVISOR	 (4 * 32 + 31)

/* Word 6: CPUID 0x80000001, ECX */
#define X86_FEATURE_LAHF_LM (6 * 32 + 0)
#define X86_FEATURE_SVM	    (6 * 32 + 2)

/* Word 7: of the project, what this boot does */
#define X86_FEATURE_PTI (7 * 32 + 11)

/* Word 9: CPUID 7.0, EBX */
#define X86_FEATURE_FSGSBASE   (9 * 32 + 0)
#define X86_FEATURE_TSC_ADJUST (9 * 32 + 1)
#define X86_FEATURE_SMEP       (9 * 32 + 7)
#define X86_FEATURE_ERMS       (9 * 32 + 9)
#define X86_FEATURE_INVPCID    (9 * 32 + 10)
#define X86_FEATURE_SMAP       (9 * 32 + 20)
#define X86_FEATURE_CLFLUSHOPT (9 * 32 + 23)

/* Word 10: CPUID 0xd.1, EAX */
#define X86_FEATURE_XSAVEOPT (10 * 32 + 0)
#define X86_FEATURE_XSAVEC   (10 * 32 + 1)
#define X86_FEATURE_XGETBV1  (10 * 32 + 2)
#define X86_FEATURE_XSAVES   (10 * 32 + 3)

/* Word 16: CPUID 7.0, ECX */
#define X86_FEATURE_UMIP  (16 * 32 + 2)
#define X86_FEATURE_PKU	  (16 * 32 + 3)
#define X86_FEATURE_LA57  (16 * 32 + 16)
#define X86_FEATURE_RDPID (16 * 32 + 22)

/* Word 18: CPUID 7.0, EDX */
#define X86_FEATURE_FSRM	      (18 * 32 + 4)
#define X86_FEATURE_MD_CLEAR	      (18 * 32 + 10)
#define X86_FEATURE_SERIALIZE	      (18 * 32 + 14)
#define X86_FEATURE_ARCH_CAPABILITIES (18 * 32 + 29)

#endif
