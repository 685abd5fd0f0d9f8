// SPDX-License-Identifier: BSD-2-Clause
/*
 * Small and plain: `rep` for the bulk, loops for the rest. Compilers like to recognise such loops
 * and replace them by a call to the very function that holds them; opaque() in each loop forbids
 * that whatever the compiler and its flags.
 */
#include <kernel/lib/string.h>

/* The compiler must assume that @p changed, so the loop is no idiom it knows. */
#define opaque(p) asm volatile("" : "+r"(p))

void *memcpy(void *dst, const void *src, size_t n)
{
	u64 words = n / 8;
	void *to = dst;

	asm volatile("rep movsq" : "+D"(to), "+S"(src), "+c"(words) : : "memory");
	n %= 8;
	asm volatile("rep movsb" : "+D"(to), "+S"(src), "+c"(n) : : "memory");
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	u64 words = n / 8, pattern = (u8)c * 0x0101010101010101ul;
	void *to = dst;

	/* By words: an emulator takes a step each. */
	asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
	n %= 8;
	asm volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(pattern) : "memory");
	return dst;
}

/* Downwards without STD: an NMI must never find the direction flag set. */
void *memmove(void *dst, const void *src, size_t n)
{
	const unsigned char *from = src;
	unsigned char *to = dst;

	if ((uintptr_t)to - (uintptr_t)from >= n)
		return memcpy(dst, src, n);
	while (n) {
		n--;
		opaque(to);
		to[n] = from[n];
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++) {
		opaque(x);
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end) {
		end++;
		opaque(end);
	}
	return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n]) {
		n++;
		opaque(n);
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
		opaque(a);
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		opaque(a);
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		opaque(s);
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

long strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (!size)
		return -1;
	if (len < size) {
		memcpy(dst, src, len + 1);
		return (long)len;
	}
	memcpy(dst, src, size - 1);
	dst[size - 1] = '\0';
	return -1;
}
