// SPDX-License-Identifier: BSD-2-Clause
#include <entry/protocol/point_params.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/params_names.h>

#define DELAY_MAX 1000000000ul

struct point_wishes point_wishes;

/* Splits POINT[:WHAT]; the index of the point, or -1. Without WHAT that is left as it is. */
static int point_of(const char *value, struct span *what, struct param_error *e)
{
	struct span name;

	next_item(&value, ':', &name);
	if (value)
		*what = (struct span){value, strlen(value)};
	return param_choice(point_names, name, e);
}

bool param_parse_inject(const char *value, struct param_error *e)
{
	struct span what = {"nmi", 3};
	int point, event;
	const char *why;

	point = point_of(value, &what, e);
	if (point < 0)
		return false;
	event = param_choice(point_event_names, what, e);
	if (event < 0)
		return false;
	why = point_inject_refused(point, event);
	if (why)
		return param_expected(e, "an event that can come at %s, not %s: %s",
				      point_name(point), point_event_names[event], why);
	if (point_wishes.inject[event] & BIT(point))
		return param_expected(e, "%s at %s only once", point_event_names[event],
				      point_name(point));
	point_wishes.inject[event] |= BIT(point);
	return true;
}

bool param_parse_delay(const char *value, struct param_error *e)
{
	struct span what = {"", 0};
	const char *why;
	u64 cycles = 0;
	int point;

	point = point_of(value, &what, e);
	if (point < 0)
		return false;
	if (point_wishes.delayed & BIT(point))
		return param_expected(e, "one delay at %s; leave one of the two out",
				      point_name(point));
	if (span_is(what, "poke")) {
		why = point_wait_refused(point);
		if (why)
			return param_expected(e, "a number of cycles at %s, not poke: %s",
					      point_name(point), why);
		cycles = POINT_DELAY_POKE;
	} else if (parse_decimal(what, &cycles) != PARSE_OK || !cycles || cycles > DELAY_MAX) {
		return param_expected(e, "%s:poke, or %s: and 1 to %lu cycles", point_name(point),
				      point_name(point), DELAY_MAX);
	}
	point_wishes.delayed |= BIT(point);
	point_wishes.delay[point] = cycles;
	return true;
}

size_t param_show_inject(char *buf, size_t size)
{
	unsigned int point, event;
	size_t len = 0;

	for (point = 0; point < NR_POINTS; point++)
		for (event = 0; event < POINT_EVENTS; event++)
			if (point_wishes.inject[event] & BIT(point))
				len += (size_t)scnprintf(buf + len, size - len, "%s%s:%s",
							 len ? "+" : "", point_name(point),
							 point_event_names[event]);
	return len ? len : (size_t)scnprintf(buf, size, "none");
}

size_t param_show_delay(char *buf, size_t size)
{
	size_t len = 0;
	unsigned int point;

	for (point = 0; point < NR_POINTS; point++) {
		if (!(point_wishes.delayed & BIT(point)))
			continue;
		len += (size_t)scnprintf(buf + len, size - len, "%s%s:", len ? "+" : "",
					 point_name(point));
		if (point_wishes.delay[point] == POINT_DELAY_POKE)
			len += (size_t)scnprintf(buf + len, size - len, "poke");
		else
			len += (size_t)scnprintf(buf + len, size - len, "%llu",
						 (unsigned long long)point_wishes.delay[point]);
	}
	return len ? len : (size_t)scnprintf(buf, size, "none");
}
