// SPDX-License-Identifier: BSD-2-Clause
/* kernel/lib/printf.c against libc's snprintf, then what libc does not have. */
#include <limits.h>
#include <tests/host/lib/tap.h>
#include "../../kernel/lib/printf.c"

#define SAME(...)                                                     \
	do {                                                          \
		char want_[128], got_[128];                           \
		int w_ = snprintf(want_, sizeof(want_), __VA_ARGS__); \
		int g_ = scnprintf(got_, sizeof(got_), __VA_ARGS__);  \
		ok(w_ == g_, "length of %s", #__VA_ARGS__);           \
		is(got_, want_, #__VA_ARGS__);                        \
	} while (0)

#define GIVES(want, ...)                                    \
	do {                                                \
		char got_[128];                             \
		scnprintf(got_, sizeof(got_), __VA_ARGS__); \
		is(got_, want, #__VA_ARGS__);               \
	} while (0)

/* Every flag, width and precision with every integer conversion. */
static void test_grid(void)
{
	static const char *const flags[] = {"",	  "-",	"0",  "+",  " ",  "#",	"-0",
					    "-+", "0+", "0 ", "#0", "#-", "+ ", "-#0"};
	static const char *const sizes[] = {"", "1", "5", "12", ".0", ".3", "7.3", "3.7", "25.22"};
	static const char *const lengths[] = {"", "l", "ll", "h", "hh", "z"};
	static const long values[] = {0,    1,	   -1,	  9,	   10,	    255,      256,
				      -129, 65535, 65536, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN};
	char fmt[32], want[128], got[128];
	const char *volatile unknown = "a%qb%"; /* hidden from the compiler's own check */
	int checks = 0, bad = 0;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	for (size_t f = 0; f < ARRAY_SIZE(flags); f++)
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
			for (size_t l = 0; l < ARRAY_SIZE(lengths); l++)
				for (const char *c = "diuxXo"; *c; c++)
					for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
						snprintf(fmt, sizeof(fmt), "<%%%s%s%s%c>", flags[f],
							 sizes[s], lengths[l], *c);
						snprintf(want, sizeof(want), fmt, values[v]);
						scnprintf(got, sizeof(got), fmt, values[v]);
						checks++;
						if (strcmp(want, got) && bad++ < 10)
							printf("# %s of %ld: got '%s' want '%s'\n",
							       fmt, values[v], got, want);
					}
	scnprintf(got, sizeof(got), unknown, 1);
#pragma GCC diagnostic pop
	is(got, "a%qb%", "an unknown conversion is shown");
	ok(!bad, "%d combinations agree with libc", checks);
}

static void test_cut(void)
{
	char buf[8] = "unused";

	ok(scnprintf(buf, 0, "abc") == 0 && !strcmp(buf, "unused"), "size 0 touches nothing");
	ok(scnprintf(buf, 1, "abc") == 0 && !buf[0], "size 1 is only the NUL");
	ok(scnprintf(buf, 4, "abcdef") == 3 && !strcmp(buf, "abc"), "cut text returns what it has");
	ok(scnprintf(buf, 4, "%d", 123456) == 3 && !strcmp(buf, "123"), "cut number");
	ok(scnprintf(buf, sizeof(buf), "%99999d", 1) == 7, "huge width");
}

int main(void)
{
	static const u8 bytes[] = {0x0f, 0x1f, 0x44, 0x00, 0xcc};
	char *volatile null = NULL;
	char many[80] = {0};
	char got[256];

	test_grid();
	test_cut();
	SAME("plain 100%%");
	SAME("%c%c", 'a', 'b');
	SAME("<%5c|%-5c>", 'a', 'b');
	SAME("<%s|%10s|%-10s|%.2s|%10.2s|%-10.2s>", "abc", "abc", "abc", "abc", "abc", "abc");
	SAME("<%.*s|%*s|%-*s|%*s>", 2, "abcdef", 6, "x", 6, "y", -6, "z");
	SAME("<%.*d|%.*d|%*d>", 5, 42, -1, 42, 7, 42);
	SAME("%lu %llx %zu %ld", ULONG_MAX, ULLONG_MAX, sizeof(got), LONG_MIN);
	SAME("%#018lx", 0xffffffff80000000ul);
	SAME("%p", (void *)0xffffffff80001234ul);
	SAME("<%20p|%-20p>", (void *)0x1234, (void *)0x1234);
	GIVES("0x0", "%p", NULL);
	GIVES("(null)", "%s", null);
	GIVES("0xffffffff80001234", "%pS", (void *)0xffffffff80001234ul);
	GIVES("<0x12      >", "<%-10pS>", (void *)0x12);
	GIVES("0f 1f 44 00 cc.", "%*ph.", (int)sizeof(bytes), bytes);
	GIVES("0f1f4400cc.", "%*phN.", (int)sizeof(bytes), bytes);
	GIVES("0f", "%1ph", bytes);
	GIVES("[]", "[%*ph]", 0, bytes);
	GIVES("(null)", "%*ph", 3, NULL);
	ok(scnprintf(got, sizeof(got), "%*phN", 80, many) == 2 * HEX_DUMP_MAX, "a dump is bounded");
	return done_testing();
}
