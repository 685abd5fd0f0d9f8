/* SPDX-License-Identifier: BSD-2-Clause */
/* The integer types and compiler words that every unit uses, under Linux's names. */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)	   ALIGN_DOWN(-1 + (x) + (a), a)
#define ALIGN_DOWN(x, a)   ((x) & -(typeof(x))(a))
#define BIT(n)		   (1ul << (n))
#define min(a, b)	   ((a) < (b) ? (a) : (b))
#define max(a, b)	   ((a) > (b) ? (a) : (b))
#define __stringify_1(...) #__VA_ARGS__
#define __stringify(...)   __stringify_1(__VA_ARGS__)

#define __packed       __attribute__((packed))
#define __aligned(n)   __attribute__((aligned(n)))
#define __section(s)   __attribute__((section(s), used))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __noreturn     __attribute__((noreturn))
#define noinline       __attribute__((noinline))
#undef __always_inline /* a hosted libc has its own */
#define __always_inline inline __attribute__((always_inline))
#define __maybe_unused	__attribute__((unused))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* On the way from an int3 to its handler: text that is never patched (linker.ld). */
#define noinstr		noinline __attribute__((section(".noinstr.text")))
/* Written during start-up only: read-only from the first test on. */
#define __ro_after_init __attribute__((section(".data..ro_after_init")))

/* One access, never torn, merged or repeated by the compiler; orders nothing by itself. */
#define READ_ONCE(x)	 (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))

#define barrier() asm volatile("" ::: "memory")

#endif
