// SPDX-License-Identifier: BSD-2-Clause
/* Lines in one piece, from several CPUs, and from one that found the lock in dead hands. */
#include <kernel/lib/atomic.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/spinlock.h>
#include <kernel/report.h>
#include <kernel/report_line.h>

/* Looks at the lock before going on without it: seconds, or less once all is lost. */
#define LOCK_TRIES	     (1ull << 27)
#define NOBODY		     (-1)
#define LOCK_TRIES_EMERGENCY (1ull << 20)

static struct spinlock lock;
static int owner = NOBODY;
static bool emergency;
static char line[REPORT_LINE_MAX], emergency_line[REPORT_LINE_MAX];
static u64 lines;

void report_emergency(void)
{
	WRITE_ONCE(emergency, true);
}

/* A hosted program does not interrupt itself. */
__attribute__((weak)) int report_cpu(void)
{
	return NOBODY;
}

__attribute__((weak)) u64 report_stopped_ms(void)
{
	return 0;
}

struct report_lock report_lock(void)
{
	struct report_lock l = {.flags = spin_irq_save()};
	bool lost = READ_ONCE(emergency);
	int me = report_cpu();

	/* An NMI in the middle of a line of this very CPU: it would wait for itself. */
	l.nested = me != NOBODY && READ_ONCE(owner) == me;
	if (l.nested) /* @report.nested */
		return l;
	l.held = spin_lock_bounded(&lock, lost ? LOCK_TRIES_EMERGENCY : LOCK_TRIES);
	WRITE_ONCE(owner, me);
	return l;
}

/* Also where it was not held: its holder is gone, and the next line need not wait again. */
void report_unlock(struct report_lock l)
{
	if (!l.nested) {
		WRITE_ONCE(owner, NOBODY);
		spin_unlock(&lock);
	}
	spin_irq_restore(l.flags);
}

void report_vline(struct report_lock l, const char *head, const char *fmt, va_list args)
{
	char *buf = l.held ? line : emergency_line;
	size_t start = 0, len;
	size_t i;

	/* Without the lock somebody may have stopped in the middle of a line. */
	if (!l.held)
		buf[start++] = '\n';
	len = start;
	len += (size_t)scnprintf(buf + len, REPORT_LINE_MAX - 1 - len, "%s", head);
	len += (size_t)vscnprintf(buf + len, REPORT_LINE_MAX - 1 - len, fmt, args);
	for (i = start; i < len; i++)
		if (buf[i] == '\n' || buf[i] == '\r')
			buf[i] = ' ';
	buf[len++] = '\n';
	console_write(buf, len);
	WRITE_ONCE(lines, lines + 1);
}

u64 report_lines(void)
{
	return READ_ONCE(lines);
}

void report_line(struct report_lock l, const char *head, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_vline(l, head, fmt, args);
	va_end(args);
}

#define PUT(head, fmt)                                \
	do {                                          \
		struct report_lock l = report_lock(); \
		va_list args;                         \
                                                      \
		va_start(args, fmt);                  \
		report_vline(l, head, fmt, args);     \
		va_end(args);                         \
		report_unlock(l);                     \
	} while (0)

void report_info(const char *fmt, ...)
{
	PUT("# ", fmt);
}

void report_result(const char *test, const char *fmt, ...)
{
	unsigned long long stopped_ms = report_stopped_ms();
	char head[128];
	size_t len;

	/* Whatever was measured contains that time. */
	len = (size_t)scnprintf(head, sizeof(head), "# result test=%s ",
				test ? test : report_test_word());
	if (stopped_ms)
		scnprintf(head + len, sizeof(head) - len, "stopped_ms=%llu ", stopped_ms);
	PUT(head, fmt);
}

void report_progress(const char *fmt, ...)
{
	char head[128];

	scnprintf(head, sizeof(head), "# progress test=%s ", report_test_word());
	PUT(head, fmt);
}
