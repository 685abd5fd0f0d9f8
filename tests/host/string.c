// SPDX-License-Identifier: BSD-2-Clause
/* kernel/lib/string.c against libc, under other names so that both are in one program. */
#include <stdlib.h>
#include <tests/host/lib/tap.h>
#define memcpy	k_memcpy
#define memmove k_memmove
#define memset	k_memset
#define memcmp	k_memcmp
#define strlen	k_strlen
#define strnlen k_strnlen
#define strcmp	k_strcmp
#define strncmp k_strncmp
#define strchr	k_strchr
#include "../../kernel/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void test_compare(void)
{
	static const char *const words[] = {"",	    "a",     "b",     "ab",   "abc", "abd",
					    "\xff", "a\xff", "test=", "test", "tes"};
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		for (size_t j = 0; j < ARRAY_SIZE(words); j++) {
			bad += sign(k_strcmp(words[i], words[j])) !=
			       sign(strcmp(words[i], words[j]));
			for (size_t n = 0; n < 5; n++)
				bad += sign(k_strncmp(words[i], words[j], n)) !=
				       sign(strncmp(words[i], words[j], n));
		}
	ok(!bad, "strcmp and strncmp agree with libc");
	ok(k_memcmp("a\0b", "a\0c", 3) < 0 && !k_memcmp("a\0b", "a\0c", 2) &&
		   k_memcmp("\xff", "\x01", 1) > 0 && !k_memcmp("a", "b", 0),
	   "memcmp is unsigned and does not stop at NUL");
}

static void test_move(void)
{
	char want[64], got[64];
	int bad = 0;

	for (int from = 0; from < 24; from++)
		for (int to = 0; to < 24; to++)
			for (int n = 0; n < 40; n++) {
				for (int i = 0; i < 64; i++)
					want[i] = got[i] = (char)(i * 7);
				memmove(want + to, want + from, n);
				bad += k_memmove(got + to, got + from, n) != got + to;
				bad += !!memcmp(want, got, 64);
			}
	ok(!bad, "memmove, every overlap");
	memset(want, 'x', 64);
	k_memset(got, 'x' | 0x100, 64);
	ok(!memcmp(want, got, 64), "memset takes the low byte");
	ok(k_memcpy(got, "hello", 6) == got && !strcmp(got, "hello"), "memcpy");
}

int main(void)
{
	const char *s = "a=b=c";
	char buf[4];

	test_compare();
	test_move();
	ok(k_strlen("") == 0 && k_strlen("abc") == 3, "strlen");
	ok(k_strnlen("abc", 2) == 2 && k_strnlen("abc", 9) == 3 && !k_strnlen("abc", 0), "strnlen");
	ok(k_strchr(s, '=') == s + 1 && k_strchr(s, 0) == s + 5 && !k_strchr(s, 'x'), "strchr");
	ok(strscpy(buf, "abc", 4) == 3 && !strcmp(buf, "abc"), "strscpy fits");
	ok(strscpy(buf, "abcd", 4) == -1 && !strcmp(buf, "abc"), "strscpy cuts");
	ok(strscpy(buf, "abcd", 0) == -1 && !strcmp(buf, "abc"), "strscpy with no room");
	return done_testing();
}
