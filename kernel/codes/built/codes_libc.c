// SPDX-License-Identifier: BSD-2-Clause
/* What libqrcodegen.a and libz.a want of a C library, beyond kernel/lib. */
#include <kernel/lib/string.h>
#include <kernel/machine.h>

void *malloc(size_t size);
void free(void *p);
void *__memset_chk(void *dst, int c, size_t n, size_t room);
__noreturn void __stack_chk_fail(void);
__noreturn void __assert_fail(const char *text, const char *file, unsigned int line,
			      const char *function);

/* codes.c gives zlib its memory. */
void *malloc(size_t size)
{
	return NULL;
}

void free(void *p)
{
}

void *__memset_chk(void *dst, int c, size_t n, size_t room)
{
	if (n > room)
		machine_stop_cpu();
	return memset(dst, c, n);
}

/* The verdict has been told: no panic is to come after it. */
void __stack_chk_fail(void)
{
	machine_stop_cpu();
}

void __assert_fail(const char *text, const char *file, unsigned int line, const char *function)
{
	machine_stop_cpu();
}
