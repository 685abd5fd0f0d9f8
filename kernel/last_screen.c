// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/framebuffer.h>
#include <arch/x86_64/keyboard.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <boot/bootinfo.h>
#include <entry/entry.h>
#include <kernel/codes/codes.h>
#include <kernel/kept.h>
#include <kernel/last_screen.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/machine.h>
#include <kernel/report.h>
#include <kernel/screen.h>

#define BYTES_A_LOOK 8
#define REPORT_MS    6000
#define CODE_MS	     4000
/* Before the TSC was measured: the time is right for a processor of 2 GHz. */
#define KHZ_UNKNOWN  2000000ul

#define QUIET_ZONE  4	/* light modules around a code (ISO/IEC 18004, 6.3.8) */
#define LABEL_WIDTH 264 /* pixels beside a code: 33 letters */
#define MODULE_MIN  2	/* pixels; no camera tells smaller ones apart */
#define DARK	    0x000000
#define LIGHT	    0xffffff

static int status;
static bool keyboard;
static unsigned int nr_codes;

/* IRQs work, and nobody needs them any more: waits may sleep. Never after a panic, whatever it broke. */
static bool sleeps;

static void wake(struct pt_regs *regs)
{
}

void last_screen_sleeps(void)
{
	set_irq_handler(TIMER_VECTOR, wake);
	sleeps = true;
}

/* Until the next tick, if there is one. */
static void rest(void)
{
	if (sleeps)
		asm volatile("sti; hlt; cli" ::: "memory"); /* @last.sleep */
	else
		cpu_relax();
}

/* The key that ended it, KEY_NONE after @ms. */
static enum key wait_for_key(u64 ms)
{
	u64 start = rdtsc(), cycles = ms * (tsc_khz ? tsc_khz : KHZ_UNKNOWN);
	enum key key = KEY_NONE;
	unsigned int i;

	while (key == KEY_NONE && rdtsc() - start < cycles) {
		/* A key is some bytes; held down, it sends more of them than there are ticks. */
		for (i = 0; keyboard && i < BYTES_A_LOOK && key == KEY_NONE; i++)
			key = keyboard_poll();
		rest();
	}
	return key;
}

/* How large a code of @size modules may be drawn. */
static u32 module_pixels(u32 size)
{
	const struct boot_framebuffer *fb = &boot_info.framebuffer;
	u32 side = fb->width > LABEL_WIDTH ? fb->width - LABEL_WIDTH : 0;

	return min(side, fb->height) / (size + 2 * QUIET_ZONE);
}

/* Why there can be no codes, or NULL. */
static const char *impossible(void)
{
	if (!codes_built())
		return "built without libqrcodegen.a and libz.a (Debian: libqrcodegen-dev, zlib1g-dev)";
	if (!screen_columns() || boot_info.framebuffer.type == BOOT_FB_TEXT)
		return "there is no frame buffer to draw on";
	if (module_pixels(CODE_MODULES_MAX) < MODULE_MIN)
		return "the screen is too small";
	return NULL;
}

static bool halts(void)
{
	return config.end == END_HALT || (config.end == END_AUTO && machine_accel() == ACCEL_NONE);
}

static bool codes_wanted(void)
{
	return config.qr == SWITCH_ON || (config.qr == SWITCH_AUTO && halts());
}

void last_screen_settle(void)
{
	const char *why = impossible();

	if (why && codes_wanted() && (config.qr == SWITCH_ON || screen_columns()))
		report_info("no QR codes at the end: %s", why);
	config.qr = !why && codes_wanted() ? SWITCH_ON : SWITCH_OFF;
}

static void draw_labels(unsigned int i, u32 room)
{
	static const char *const lines[] = {
		"The whole report is in these",	 "codes; each is shown for 4 s.",    "",
		"Photograph all of them, then:", "  tests/tools/qr-report PHOTO...",
	};
	static const char *const keys[] = {
		"",
		"Page Up, Page Down, Home, End:",
		"the report in pages; Esc: back",
	};
	u32 scale = room / LABEL_WIDTH, y = 8 * scale, k;
	char text[32];

	scnprintf(text, sizeof(text), "latesync: %s", report_status_name(status));
	screen_label(8 * scale, y, scale, text, DARK, LIGHT);
	y += 2 * GLYPH_HEIGHT * scale;
	scnprintf(text, sizeof(text), "code %u of %u", i + 1, nr_codes);
	screen_label(8 * scale, y, 2 * scale, text, DARK, LIGHT);
	y += 3 * GLYPH_HEIGHT * scale;
	for (k = 0; k < ARRAY_SIZE(lines); k++, y += GLYPH_HEIGHT * scale)
		screen_label(8 * scale, y, scale, lines[k], DARK, LIGHT);
	for (k = 0; keyboard && k < ARRAY_SIZE(keys); k++, y += GLYPH_HEIGHT * scale)
		screen_label(8 * scale, y, scale, keys[k], DARK, LIGHT);
}

/* At the right; modules of one colour beside each other are drawn at once. */
static void draw_code(unsigned int i)
{
	const struct boot_framebuffer *fb = &boot_info.framebuffer;
	u32 size = codes_select(i), pixels = module_pixels(size), left, x, y, end;

	left = fb->width - (size + QUIET_ZONE) * pixels;
	framebuffer_fill(0, 0, fb->width, fb->height, LIGHT);
	for (y = 0; y < size; y++)
		for (x = 0; x < size; x = end + 1) {
			for (end = x; end < size && codes_dark(end, y);)
				end++;
			framebuffer_fill(left + x * pixels, (y + QUIET_ZONE) * pixels,
					 (end - x) * pixels, pixels, DARK);
		}
	draw_labels(i, left - QUIET_ZONE * pixels);
}

/* The end of the line of the screen that begins at @s. */
static const char *line_end(const char *s, const char *end)
{
	const char *most = s + min((size_t)screen_columns(), (size_t)(end - s)), *p;

	for (p = s; p < most; p++)
		if (*p == '\n')
			return p + 1;
	return p < end && *p == '\n' ? p + 1 : p;
}

static u32 count_lines(const char *text, const char *end)
{
	u32 lines = 0;

	for (; text < end; text = line_end(text, end))
		lines++;
	return lines;
}

static void draw_page(const char *text, const char *end, u32 first, u32 lines)
{
	u32 rows = screen_report_rows(), i;
	const char *next;
	char foot[200];
	size_t len;

	screen_clear();
	for (i = 0; text < end && i < first + rows - 1; text = next, i++) {
		next = line_end(text, end);
		if (i < first)
			continue;
		screen_write(text, next - text);
		if (next[-1] != '\n')
			screen_write("\n", 1);
	}
	for (; i < first + rows - 1; i++)
		screen_write("\n", 1);
	len = scnprintf(foot, sizeof(foot),
			"# lines %u to %u of %u; Page Up, Page Down, Home, End%s", first + 1,
			min(first + rows - 1, lines), lines, nr_codes ? "; Esc: the QR codes" : "");
	screen_write(foot, min(len, (size_t)screen_columns()));
	screen_redraw();
}

static u32 moved(u32 first, enum key key, u32 page, u32 last)
{
	static const struct {
		bool whole;
		s32 by;
	} moves[] = {
		[KEY_UP] = {false, -1},
		[KEY_DOWN] = {false, 1},
		[KEY_PAGE_UP] = {true, -1},
		[KEY_PAGE_DOWN] = {true, 1},
	};
	s64 to;

	if (key == KEY_HOME)
		return 0;
	if (key == KEY_END)
		return last;
	to = (s64)first + moves[key].by * (moves[key].whole ? (s64)page : 1);
	return max(0, min(to, (s64)last));
}

/* Until Escape, from the end of the report; @key: the first. */
static void show_pages(enum key key)
{
	size_t len;
	const char *text = kept_text(&len), *end = text + len;
	u32 lines = count_lines(text, end), page = screen_report_rows() - 1;
	u32 last = lines > page ? lines - page : 0, first = last;

	while (key != KEY_ESCAPE) {
		if (key != KEY_NONE) {
			first = moved(first, key, page, last);
			draw_page(text, end, first, lines);
		}
		key = wait_for_key(1000);
	}
	draw_page(text, end, last, lines);
}

/* True: a key was pressed, and what it asked for has been shown. */
static bool key_pressed(u64 ms)
{
	enum key key = wait_for_key(ms);

	if (key == KEY_NONE || key == KEY_ESCAPE)
		return key != KEY_NONE;
	show_pages(key);
	return true;
}

static void show_codes(void)
{
	unsigned int i;

	for (i = 0; i < nr_codes; i++) {
		draw_code(i);
		if (key_pressed(CODE_MS))
			return;
	}
}

void last_screen(int exit_status)
{
	static bool entered;
	size_t len;
	const char *text = kept_text(&len);

	if (entered || !screen_columns()) /* a fault in here says nothing more */
		return;
	entered = true;
	local_irq_disable();
	status = exit_status;
	keyboard = halts() && keyboard_init();
	if (codes_wanted() && !impossible())
		nr_codes = codes_prepare(text, len);
	if (!halts())
		show_codes();
	while (halts() && (nr_codes || keyboard)) {
		if (!key_pressed(REPORT_MS))
			show_codes();
		if (nr_codes)
			screen_redraw();
	}
}
