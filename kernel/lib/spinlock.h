/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock of one word: test, then test-and-set. Not fair, which does not matter where the holder
 * works long and rarely. Never take one in NMI-like context except by spin_trylock() or with a
 * bound: the NMI may have interrupted the holder.
 */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H

#include <kernel/lib/atomic.h>
#include <kernel/lib/types.h>

struct spinlock {
	u32 held;
};

/* Tell the CPU, and an emulator, that this is a wait. */
static inline void spin_pause(void)
{
	asm volatile("pause" : : : "memory");
}

/* Take the lock if it is free. Any context. */
static inline bool spin_trylock(struct spinlock *l)
{
	return !READ_ONCE(l->held) && !xchg(&l->held, 1);
}

/* Take the lock, but give up after @tries looks at it; false then. Any context. */
static inline bool spin_lock_bounded(struct spinlock *l, u64 tries)
{
	while (!spin_trylock(l)) {
		if (!tries--)
			return false;
		spin_pause();
	}
	return true;
}

/*
 * Take the lock, however long it takes: only where the holder cannot be stopped. The IRQ state is
 * the caller's business.
 */
static inline void spin_lock(struct spinlock *l)
{
	while (!spin_trylock(l))
		spin_pause();
}

/* Release the lock. */
static inline void spin_unlock(struct spinlock *l)
{
	smp_store_release(&l->held, 0);
}

/*
 * IRQs off on this CPU; returns the flags for spin_irq_restore(). For locks that IRQ handlers take
 * too. A hosted program has no IRQs and may not use these instructions.
 */
static inline unsigned long spin_irq_save(void)
{
	unsigned long flags = 0;

#if !__STDC_HOSTED__
	asm volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
#endif
	return flags;
}

/* Undo spin_irq_save(): IRQs on again if they were on (bit 9, IF). */
static inline void spin_irq_restore(unsigned long flags)
{
#if !__STDC_HOSTED__
	if (flags & BIT(9))
		asm volatile("sti" : : : "memory");
#endif
}

#endif
