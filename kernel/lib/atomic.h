/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux's names for memory that CPUs share, as x86 has them; the kernel's and the hosted programs'. All
 * of it NMI-safe.
 */
#ifndef KERNEL_ATOMIC_H
#define KERNEL_ATOMIC_H

#include <kernel/lib/types.h>

/*
 * x86 keeps loads in order with loads and stores with stores (SDM vol. 3, 8.2.2), so these two
 * only hold the compiler; the names say which partner they pair with.
 */
#define smp_rmb() barrier()
#define smp_wmb() barrier()

#define smp_store_release(p, v)      \
	do {                         \
		barrier();           \
		WRITE_ONCE(*(p), v); \
	} while (0)

#define smp_load_acquire(p)                          \
	({                                           \
		typeof(*(p)) ___v = READ_ONCE(*(p)); \
		barrier();                           \
		___v;                                \
	})

/* Locked, and so full barriers. atomic_fetch_add() returns what was there before. */
#define xchg(p, v)	       __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_add(p, v) __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define atomic_add(p, v)       ((void)__atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST))
#define atomic_or(p, v)	       ((void)__atomic_or_fetch((p), (v), __ATOMIC_SEQ_CST))

/* Writes @new if *@old stands there; else false, and what stands there is in *@old. */
#define try_cmpxchg(p, old, new) \
	__atomic_compare_exchange_n((p), (old), (new), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#endif
