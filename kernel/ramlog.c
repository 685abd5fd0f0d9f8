// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/pgtable.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/ramlog.h>
#include <kernel/report.h>

#define MAGIC	 0x31474f4c5953544cul /* "LTSYLOG1" */
#define LINE	 64
#define RUNNING	 (-1)
#define TEXT_MAX (RAMLOG_SIZE - 256)

/* Written whole with each change; the text is only appended to. */
struct head {
	u64 magic;
	u32 sum;      /* of what follows */
	u32 runs;     /* since this memory was last without power */
	s32 status;   /* RUNNING until the end */
	u32 text_len; /* the text is cut at its end, not overwritten */
	u32 text_sum;
	char where[100];
};

struct ramlog {
	struct head head;
	char text[TEXT_MAX] __aligned(LINE);
};
static struct ramlog *ramlog;
_Static_assert(sizeof(struct ramlog) <= RAMLOG_SIZE, "no larger than its place");

static struct head previous;
static char previous_text[TEXT_MAX];
static bool text_is_whole;

/* Adler-32 without its modulus: it is to notice another's bytes and a write that was cut. */
static u32 add_to_sum(u32 sum, const void *data, size_t len)
{
	u16 a = sum, b = sum >> 16;
	const u8 *p = data;

	while (len--) {
		a += *p++ + 1;
		b += a;
	}
	return (u32)b << 16 | a;
}

static u32 sum_of(const struct head *head)
{
	const size_t from = offsetof(struct head, runs);

	return add_to_sum(1, (const u8 *)head + from, sizeof(*head) - from);
}

/* A reset loses what only caches hold (SDM vol. 3, table 9-1). */
static void to_memory(const void *start, size_t len)
{
	const char *p = (const char *)ALIGN_DOWN((u64)start, (u64)LINE);

	for (; p < (const char *)start + len; p += LINE)
		asm volatile("clflush %0" ::"m"(*p) : "memory");
}

static void write_head(void)
{
	ramlog->head.sum = sum_of(&ramlog->head);
	to_memory(&ramlog->head, sizeof(ramlog->head));
}

void ramlog_init(u64 phys)
{
	if (!phys)
		return;
	ramlog = phys_to_virt(phys);
	previous = ramlog->head;
	if (previous.magic == MAGIC && previous.sum == sum_of(&previous) &&
	    previous.text_len <= TEXT_MAX) {
		memcpy(previous_text, ramlog->text, previous.text_len);
		text_is_whole =
			add_to_sum(1, previous_text, previous.text_len) == previous.text_sum;
		previous.where[sizeof(previous.where) - 1] = '\0';
	} else {
		memset(&previous, 0, sizeof(previous));
	}
	ramlog->head = (struct head){
		.magic = MAGIC, .runs = previous.runs + 1, .status = RUNNING, .text_sum = 1};
	write_head();
}

void ramlog_tell(void)
{
	if (!previous.runs)
		report_info("previous run: unknown: memory holds nothing of one");
	else if (previous.status == RUNNING)
		report_info("previous run: crashed in %s; test=lastlog prints its end",
			    *previous.where ? previous.where : "start-up");
	else
		report_info("previous run: finished %s; this is run %u since power-on",
			    report_status_name(previous.status), previous.runs + 1);
}

void ramlog_write(const char *s, size_t len)
{
	size_t room;

	if (!ramlog)
		return;
	room = TEXT_MAX - ramlog->head.text_len;
	len = min(len, room);
	memcpy(ramlog->text + ramlog->head.text_len, s, len);
	to_memory(ramlog->text + ramlog->head.text_len, len);
	ramlog->head.text_len += len;
	ramlog->head.text_sum = add_to_sum(ramlog->head.text_sum, s, len);
	write_head();
}

/* The report's hook: a test or a step of one begins. */
void report_where_changed(void)
{
	if (!ramlog)
		return;
	report_where(ramlog->head.where, sizeof(ramlog->head.where));
	write_head();
}

void ramlog_end(int status)
{
	if (!ramlog)
		return;
	ramlog->head.status = status;
	write_head();
}

const char *ramlog_previous(size_t *len)
{
	*len = previous.text_len;
	return previous.runs ? previous_text : NULL;
}

bool ramlog_previous_is_whole(void)
{
	return text_is_whole;
}
