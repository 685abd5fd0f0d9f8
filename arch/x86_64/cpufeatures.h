/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feature numbers, word * 32 + bit, and the one place where they are written: the Makefile turns
 * each line "#define NAME (W * 32 + B)" into NASM's form (gen/cpufeatures.inc), so keep that form.
 * Words that mirror a CPUID register have Linux's word numbers and the processor's own bits
 * (SDM vol. 2, CPUID; APM vol. 3, appendix E); the other words are the project's.
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

/* Word 20: the protocol, a set of bits that choose the entry code's variant */
#define CPUFEATURE_WORD_PROTOCOL     20
#define X86_FEATURE_P_NO_SIGNAL	     (20 * 32 + 0)  /* nobody keeps S: always-ipi */
#define X86_FEATURE_P_ENTER_LATE     (20 * 32 + 1)  /* CR3 first, S:=1 behind it */
#define X86_FEATURE_P_ENTER_XCHG     (20 * 32 + 2)  /* S:=1 by XCHG */
#define X86_FEATURE_P_ENTER_SILENT   (20 * 32 + 3)  /* no S:=1 on entry from user mode */
#define X86_FEATURE_P_EXIT_LATE	     (20 * 32 + 4)  /* CR3 first, S:=0 behind it */
#define X86_FEATURE_P_NMI_PARANOID   (20 * 32 + 5)  /* S and CR3 only if CR3 was the user's */
#define X86_FEATURE_P_NMI_LATE	     (20 * 32 + 6)  /* the same, CR3 first */
#define X86_FEATURE_P_NMI_SILENT     (20 * 32 + 7)  /* no S:=1 on NMI-like entry */
#define X86_FEATURE_P_NMI_SKIP	     (20 * 32 + 8)  /* CR3 only if S was 0 or CR3 the user's */
#define X86_FEATURE_P_NMI_NO_SERIAL  (20 * 32 + 9)  /* CR3 only if it was the user's */
#define X86_FEATURE_P_NMI_WRONG_GS   (20 * 32 + 10) /* S found through GS */
#define X86_FEATURE_P_NMI_LEAVE_SET  (20 * 32 + 11) /* S stays 1 on the way out */
#define X86_FEATURE_P_NMI_NO_RESTORE (20 * 32 + 12) /* S:=0 on the way out, always */
#define X86_FEATURE_P_MUTABLE_ENTRY  (20 * 32 + 13) /* a patched branch before the CR3 write */
#define X86_FEATURE_POINTS	     (20 * 32 + 16) /* named points are compiled in */
#define X86_FEATURE_P_ENTER_KEEP     (20 * 32 + 24) /* the CR3 write on entry keeps translations */
#define X86_FEATURE_P_NO_SIGNAL_KEEP (20 * 32 + 25) /* the same where nobody keeps S */

/* Word 21: for the tests alone; bit N is X86_FEATURE_TEST(N) */
#define CPUFEATURE_WORD_TEST 21
#define X86_FEATURE_TEST0    (21 * 32 + 0)
#define X86_FEATURE_TEST1    (21 * 32 + 1)
#define X86_FEATURE_TEST2    (21 * 32 + 2)
#define X86_FEATURE_TEST3    (21 * 32 + 3)
#define X86_FEATURE_TEST4    (21 * 32 + 4)
#define X86_FEATURE_TEST5    (21 * 32 + 5)
#define X86_FEATURE_TEST6    (21 * 32 + 6)
#define X86_FEATURE_TEST7    (21 * 32 + 7)
#define X86_FEATURE_TEST8    (21 * 32 + 8)
#define X86_FEATURE_TEST9    (21 * 32 + 9)
#define X86_FEATURE_TEST10   (21 * 32 + 10)
#define X86_FEATURE_TEST11   (21 * 32 + 11)
#define X86_FEATURE_TEST12   (21 * 32 + 12)
#define X86_FEATURE_TEST13   (21 * 32 + 13)
#define X86_FEATURE_TEST14   (21 * 32 + 14)
#define X86_FEATURE_TEST15   (21 * 32 + 15)
#define X86_FEATURE_TEST(n)  (CPUFEATURE_WORD_TEST * 32 + (n))

#endif
