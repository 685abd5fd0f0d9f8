// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/kept.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>

#define TEXT_MAX   (64 * 1024)
/* Left free for how a run ends: two lines of 3000 characters at most, outcomes, a panic. */
#define ENDING_MAX (16 * 1024)

static char text[TEXT_MAX];
static size_t text_len;
static bool left_out, at_start = true;

static bool begins(const char *s, size_t len, const char *head)
{
	size_t n = strlen(head);

	return len >= n && !memcmp(s, head, n);
}

/* The way a run ended, and what repeats it. */
static bool ends_a_run(const char *s, size_t len)
{
	/* A line after one that was cut begins with a line feed, one of registers with blanks. */
	static const char *const heads[] = {
		"not ok ", "# config ", "# replay", "# verdict ", "# panic",
		"# hang",  "# error",	"error: ",  "#   ",	  "\n",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(heads); i++)
		if (begins(s, len, heads[i]))
			return true;
	return false;
}

static bool append(const char *s, size_t len, size_t limit)
{
	char *to = text + text_len;

	if (text_len + len > limit)
		return false;
	text_len += len; /* first: an NMI in between adds its own line behind */
	memcpy(to, s, len);
	return true;
}

void kept_write(const char *s, size_t len)
{
	static const char note[] = "# no room for all lines: those after this one are its end\n";
	bool whole = at_start;

	at_start = len && s[len - 1] == '\n';
	if (whole && begins(s, len, "# progress "))
		return;						/* @kept.progress */
	if (!left_out && append(s, len, TEXT_MAX - ENDING_MAX)) /* @kept.room */
		return;
	if (!left_out)
		left_out = append(note, sizeof(note) - 1, TEXT_MAX); /* @kept.note */
	if (!whole || ends_a_run(s, len))
		append(s, len, TEXT_MAX);
}

const char *kept_text(size_t *len)
{
	*len = text_len;
	return text;
}
