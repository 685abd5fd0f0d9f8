/* SPDX-License-Identifier: BSD-2-Clause */
/* The protocol's word of features, in the form of arch/x86_64/cpufeatures.h. */
#ifndef ENTRY_PROTOCOL_FEATURES_H
#define ENTRY_PROTOCOL_FEATURES_H

#include <arch/x86_64/cpufeatures.h>

/* Word 20: bits that choose the entry code's variant. */
#define CPUFEATURE_WORD_PROTOCOL     20
#define X86_FEATURE_P_NO_SIGNAL	     (20 * 32 + 0)  /* nobody keeps S: always-ipi */
#define X86_FEATURE_P_ENTER_LATE     (20 * 32 + 1)  /* CR3 first, S:=1 after it */
#define X86_FEATURE_P_ENTER_XCHG     (20 * 32 + 2)  /* S:=1 by XCHG */
#define X86_FEATURE_P_ENTER_SILENT   (20 * 32 + 3)  /* no S:=1 on entry from user mode */
#define X86_FEATURE_P_EXIT_LATE	     (20 * 32 + 4)  /* CR3 first, S:=0 after it */
#define X86_FEATURE_P_NMI_PARANOID   (20 * 32 + 5)  /* S and CR3 only if CR3 was the user's */
#define X86_FEATURE_P_NMI_LATE	     (20 * 32 + 6)  /* the same, CR3 first */
#define X86_FEATURE_P_NMI_SILENT     (20 * 32 + 7)  /* no S:=1 on NMI-like entry */
#define X86_FEATURE_P_NMI_SKIP	     (20 * 32 + 8)  /* CR3 only if S was 0 or CR3 the user's */
#define X86_FEATURE_P_NMI_NO_SERIAL  (20 * 32 + 9)  /* CR3 only if it was the user's */
#define X86_FEATURE_P_NMI_WRONG_GS   (20 * 32 + 10) /* S found through GS */
#define X86_FEATURE_P_NMI_LEAVE_SET  (20 * 32 + 11) /* S stays 1 on the way out */
#define X86_FEATURE_P_NMI_NO_RESTORE (20 * 32 + 12) /* S:=0 on the way out, always */
#define X86_FEATURE_P_MUTABLE_ENTRY  (20 * 32 + 13) /* a patched branch before the CR3 write */
#define X86_FEATURE_P_WHILE_KEPT     (20 * 32 + 15) /* S:=1 on entry only where S is kept */
#define X86_FEATURE_POINTS	     (20 * 32 + 16) /* named points are compiled in */
#define X86_FEATURE_P_ENTER_KEEP     (20 * 32 + 24) /* the CR3 write on entry keeps translations */
#define X86_FEATURE_P_NO_SIGNAL_KEEP (20 * 32 + 25) /* the same where nobody keeps S */

#endif
