// SPDX-License-Identifier: BSD-2-Clause
/* Packets are $TEXT#SUM, each answered by + (GDB manual, "Overview" of the protocol). */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <tests/linux/broken.h>
#include <tests/linux/gdb.h>

/* The stub's own limit (MAX_PACKET_LENGTH of QEMU), halved, as memory is sent in hexadecimal. */
#define MEMORY_AT_ONCE 2000
#define ANSWER_MS      60000
#define ALONE_MS       1500
#define MOST_BREAKS    64

/* Of Qqemu.sstep: bit 0 steps, bit 1 masks interrupts, NMIs too, bit 2 stops the timers. */
static const char *const step_flags[] = {[STEP_ALONE] = "7", [STEP_INTERRUPTIBLE] = "1"};

static const char *const reg_names[NR_REGS] = {
	[REG_RAX] = "rax", [REG_RDI] = "rdi",	      [REG_RSP] = "rsp", [REG_RIP] = "rip",
	[REG_CS] = "cs",   [REG_GS_BASE] = "gs_base", [REG_CR3] = "cr3",
};
static int reg_numbers[NR_REGS];
static u64 breaks[MOST_BREAKS];
static unsigned int nr_breaks;
static unsigned int thread; /* the stub numbers CPUs from 1 */
static const char *steps_as;
static char packet[65536];
static char pending[65536];
static size_t pending_at, pending_len;
static int stub;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The next byte from the stub; -1: none until @end. */
static int next_byte(long end)
{
	struct pollfd p = {.fd = stub, .events = POLLIN};
	long left;
	ssize_t n;

	while (pending_at == pending_len) {
		left = end - now_ms();
		if (left <= 0)
			return -1;
		if (poll(&p, 1, left) <= 0)
			continue;
		n = read(stub, pending, sizeof(pending));
		if (n <= 0)
			broken(BROKEN_ENDED, "the emulator ended");
		pending_at = 0;
		pending_len = n;
	}
	return (u8)pending[pending_at++];
}

static void put(const char *text, size_t len)
{
	if (write(stub, text, len) != (ssize_t)len)
		broken(BROKEN_ENDED, "the emulator ended");
}

static void send_packet(const char *text)
{
	static char frame[8192];
	unsigned char sum = 0;
	const char *p;
	int len;

	for (p = text; *p; p++)
		sum += *p;
	len = snprintf(frame, sizeof(frame), "$%s#%02x", text, sum);
	put(frame, len);
}

/* The next packet, in packet; false: none within @ms. */
static bool receive(unsigned int ms)
{
	long end = now_ms() + ms;
	size_t len = 0;
	int c;

	do
		c = next_byte(end);
	while (c >= 0 && c != '$');
	while (c >= 0 && (c = next_byte(end)) != '#' && c >= 0)
		if (len < sizeof(packet) - 1)
			packet[len++] = c;
	packet[len] = 0;
	if (c < 0 || next_byte(end) < 0 || next_byte(end) < 0)
		return false;
	put("+", 1);
	return true;
}

static const char *ask(const char *text)
{
	send_packet(text);
	if (!receive(ANSWER_MS))
		broken(BROKEN_HARNESS, "the emulator does not answer '%s'", text);
	return packet;
}

static void ask_ok(const char *text)
{
	if (strcmp(ask(text), "OK"))
		broken(BROKEN_HARNESS, "the emulator answers '%s' to '%s'", packet, text);
}

/* The stub's description of the registers, in parts: m and more comes, l and that was the last. */
static const char *read_description(void)
{
	static char text[65536];
	size_t len = 0;
	char line[64];

	do {
		snprintf(line, sizeof(line), "qXfer:features:read:i386-64bit.xml:%zx,400", len);
		ask(line);
		len += snprintf(text + len, sizeof(text) - len, "%s", packet + 1);
	} while (packet[0] == 'm' && packet[1] && len < sizeof(text));
	return text;
}

/* Registers are numbered as they stand there; some stand in comments. */
static const char *next_register(const char *p)
{
	const char *reg = strstr(p, "<reg name=\""), *comment = strstr(p, "<!--");

	while (reg && comment && comment < reg) {
		p = strstr(comment, "-->");
		reg = p ? strstr(p, "<reg name=\"") : NULL;
		comment = p ? strstr(p, "<!--") : NULL;
	}
	return reg ? reg + strlen("<reg name=\"") : NULL;
}

static void number_registers(void)
{
	const char *p = read_description();
	size_t len;
	int i, n;

	for (i = 0; i < NR_REGS; i++)
		reg_numbers[i] = -1;
	for (n = 0; (p = next_register(p)); n++) {
		len = strcspn(p, "\"");
		for (i = 0; i < NR_REGS; i++)
			if (strlen(reg_names[i]) == len && !memcmp(p, reg_names[i], len))
				reg_numbers[i] = n;
	}
	for (i = 0; i < NR_REGS; i++)
		if (reg_numbers[i] < 0)
			broken(BROKEN_HARNESS, "this QEMU's gdb stub does not show %s",
			       reg_names[i]);
}

static void look_at_cpu(void)
{
	char text[16];

	snprintf(text, sizeof(text), "Hg%x", thread);
	ask_ok(text);
}

void gdb_attach(int fd, unsigned int cpu)
{
	stub = fd;
	thread = cpu + 1;
	ask("qSupported:xmlRegisters=i386");
	ask("qXfer:features:read:target.xml:0,400");
	number_registers();
	look_at_cpu();
}

static u64 little_endian(const char *hex)
{
	u64 value = 0;
	unsigned int byte, i;

	for (i = 0; i < 8 && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
		value |= (u64)byte << (8 * i);
	return value;
}

u64 gdb_reg(enum gdb_reg reg)
{
	char text[16];

	snprintf(text, sizeof(text), "p%x", reg_numbers[reg]);
	return little_endian(ask(text));
}

void gdb_set_reg(enum gdb_reg reg, u64 value)
{
	char text[48];

	snprintf(text, sizeof(text), "P%x=%016llx", reg_numbers[reg],
		 (unsigned long long)__builtin_bswap64(value));
	ask_ok(text);
}

static u8 hex_byte(const char *p)
{
	return ((p[0] & 15) + (p[0] > '9' ? 9 : 0)) << 4 | ((p[1] & 15) + (p[1] > '9' ? 9 : 0));
}

static bool read_some(u64 addr, u8 *to, size_t len)
{
	char text[48];
	size_t i;

	snprintf(text, sizeof(text), "m%llx,%zx", (unsigned long long)addr, len);
	if (strlen(ask(text)) != 2 * len)
		return false;
	for (i = 0; i < len; i++)
		to[i] = hex_byte(packet + 2 * i);
	return true;
}

bool gdb_read(u64 addr, void *to, size_t len)
{
	size_t done, part;

	for (done = 0; done < len; done += part) {
		part = len - done < MEMORY_AT_ONCE ? len - done : MEMORY_AT_ONCE;
		if (!read_some(addr + done, (u8 *)to + done, part))
			return false;
	}
	return true;
}

bool gdb_read_physical(u64 addr, void *to, size_t len)
{
	bool all;

	ask_ok("Qqemu.PhyMemMode:1");
	all = gdb_read(addr, to, len);
	ask_ok("Qqemu.PhyMemMode:0");
	return all;
}

/* What the monitor says comes in packets O HEX before the last, OK. */
const char *gdb_monitor(const char *line)
{
	static char answer[16384];
	char text[1100] = "qRcmd,";
	size_t len = strlen(text), i, got = 0;
	unsigned int byte;

	if (2 * strlen(line) >= sizeof(text) - len)
		broken(BROKEN_HARNESS, "too long for the monitor: '%s'", line);
	for (i = 0; line[i]; i++)
		len += snprintf(text + len, sizeof(text) - len, "%02x", (u8)line[i]);
	ask(text);
	while (packet[0] == 'O' && packet[1] != 'K') {
		for (i = 1; got < sizeof(answer) - 1 && sscanf(packet + i, "%2x", &byte) == 1;
		     i += 2)
			answer[got++] = byte;
		if (!receive(ANSWER_MS))
			broken(BROKEN_HARNESS, "the monitor does not answer '%s'", line);
	}
	answer[got] = 0;
	return answer;
}

static int find_break(u64 addr)
{
	unsigned int i;

	for (i = 0; i < nr_breaks; i++)
		if (breaks[i] == addr)
			return i;
	return -1;
}

void gdb_break(u64 addr)
{
	char text[48];

	if (find_break(addr) >= 0)
		return;
	if (nr_breaks == MOST_BREAKS)
		broken(BROKEN_HARNESS, "more than %d breakpoints", MOST_BREAKS);
	snprintf(text, sizeof(text), "Z0,%llx,1", (unsigned long long)addr);
	ask_ok(text);
	breaks[nr_breaks++] = addr;
}

void gdb_unbreak(u64 addr)
{
	int i = find_break(addr);
	char text[48];

	if (i < 0)
		return;
	snprintf(text, sizeof(text), "z0,%llx,1", (unsigned long long)addr);
	ask_ok(text);
	breaks[i] = breaks[--nr_breaks];
}

void gdb_unbreak_all(void)
{
	while (nr_breaks)
		gdb_unbreak(breaks[nr_breaks - 1]);
}

/* The CPU that a stop is about, from 1 on; 0 where it was not a breakpoint or a step. */
static unsigned int stopped_thread(void)
{
	const char *p = strstr(packet, "thread:");

	if (packet[0] == 'W' || packet[0] == 'X')
		broken(BROKEN_ENDED, "the emulator ended");
	if (strncmp(packet, "T05", 3) || !p)
		return 0;
	return strtoul(p + strlen("thread:"), NULL, 16);
}

static void step_thread(unsigned int which, const char *flags)
{
	char text[32];

	if (steps_as != flags) {
		snprintf(text, sizeof(text), "Qqemu.sstep=%s", flags);
		ask_ok(text);
		steps_as = flags;
	}
	snprintf(text, sizeof(text), "vCont;s:%x", which);
	ask(text);
	/* The stub looks at the CPU that stopped. */
	if (stopped_thread() != thread)
		look_at_cpu();
}

void gdb_step(enum gdb_step how)
{
	step_thread(thread, step_flags[how]);
}

/* A busy machine's bounds are longer: tests/run measures how busy it is. */
static unsigned int scaled(unsigned int ms)
{
	const char *scale = getenv("LATESYNC_SCALE");
	unsigned long times = scale ? strtoul(scale, NULL, 10) : 1;

	return ms * (times >= 1 && times <= 100 ? times : 1);
}

/* Waits for a stop; where none comes within @ms, makes one. */
static bool await_stop(unsigned int ms)
{
	if (receive(ms))
		return true;
	put("\003", 1);
	if (!receive(ANSWER_MS))
		broken(BROKEN_HARNESS, "the emulator does not stop");
	return strncmp(packet, "T05", 3) == 0; /* a breakpoint came first */
}

/* Whether one of our breakpoints stopped this CPU; another CPU that hit one steps over it. */
static bool stopped_here(void)
{
	unsigned int which = stopped_thread();
	bool here = which == thread;

	look_at_cpu();
	if (which && !here)
		step_thread(which, step_flags[STEP_ALONE]);
	return here;
}

bool gdb_continue_all(unsigned int ms)
{
	long end = now_ms() + scaled(ms);
	long left;

	while ((left = end - now_ms()) > 0) {
		send_packet("vCont;c");
		if (await_stop(left) && stopped_here())
			return true;
	}
	look_at_cpu();
	return false;
}

bool gdb_continue_any(unsigned int ms)
{
	unsigned int which;

	send_packet("vCont;c");
	if (!await_stop(ms))
		return false;
	which = stopped_thread();
	thread = which ? which : thread;
	look_at_cpu();
	return which;
}

bool gdb_continue(unsigned int ms)
{
	unsigned int alone = ms < ALONE_MS ? ms : ALONE_MS;
	char text[32];

	snprintf(text, sizeof(text), "vCont;c:%x", thread);
	send_packet(text);
	if (await_stop(scaled(alone)) && stopped_here())
		return true;
	look_at_cpu();
	return ms > alone && gdb_continue_all(ms - alone);
}
