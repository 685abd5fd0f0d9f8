// SPDX-License-Identifier: BSD-2-Clause
/*
 * What counts are worth: recorded logs of two processors must be judged as they say, and otherwise
 * once one number is another. A log's verdicts are known by the rule (docs/litmus.md) alone.
 */
#include <stdlib.h>
#include <kernel/lib/types.h>
#include <tests/host/lib/tap.h>
#include "../litmus/litmus_judge.c"

#define ROWS_MAX 400

struct recorded {
	char name[100], verdict[20];
	struct litmus_tally tally;
	unsigned long expected;
	bool met;
};

static struct recorded rows[ROWS_MAX];
static unsigned int nr_rows;

static unsigned long number(const char *line, const char *key)
{
	char pattern[40];
	const char *at;

	snprintf(pattern, sizeof(pattern), " %s=", key);
	at = strstr(line, pattern);
	return at ? strtoul(at + strlen(pattern), NULL, 10) : 0;
}

static void word(const char *line, const char *key, char *value, const char *form)
{
	char pattern[40];
	const char *at;

	snprintf(pattern, sizeof(pattern), " %s=", key);
	at = strstr(line, pattern);
	if (at)
		sscanf(at + strlen(pattern), form, value);
}

static void read_log(const char *name)
{
	char path[200], line[1000], met[8];
	FILE *file;

	snprintf(path, sizeof(path), "%.*slitmus_logs/%s.log",
		 (int)(strrchr(__FILE__, '/') + 1 - __FILE__), __FILE__, name);
	file = fopen(path, "r");
	nr_rows = 0;
	while (file && nr_rows < ROWS_MAX && fgets(line, sizeof(line), file)) {
		struct recorded *row = &rows[nr_rows];

		if (strncmp(line, "# result test=litmus ", 21))
			continue;
		*row = (struct recorded){.tally = {.rounds = number(line, "rounds"),
						   .positive = number(line, "positive"),
						   .turns = number(line, "turns"),
						   .fired = number(line, "fired")},
					 .expected = number(line, "expected")};
		word(line, "name", row->name, "%99s");
		word(line, "verdict", row->verdict, "%19s");
		word(line, "met", met, "%7s");
		row->met = !strcmp(met, "yes");
		nr_rows++;
	}
	if (file)
		fclose(file);
}

static const struct litmus_tally *find(const char *shape, const char *middle, const char *victim)
{
	static const struct litmus_tally none;
	char name[300];
	unsigned int i;

	snprintf(name, sizeof(name), "%s%s%s", shape, middle, victim);
	for (i = 0; i < nr_rows; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i].tally;
	return &none;
}

static struct litmus_evidence evidence(const struct recorded *row)
{
	struct litmus_evidence e = {.row = row->tally,
				    .met = row->met,
				    .ns = 1000000000,
				    .no_sender = !strncmp(row->name, "MP", 2)};
	const char *plus = strchr(row->name, '+'), *victim = strrchr(row->name, '+') + 1;
	char shape[100];

	snprintf(shape, sizeof(shape), "%.*s", (int)(plus - row->name), row->name);
	e.controls[LITMUS_NOTHING] = *find(shape, "+mb+po", "");
	e.controls[LITMUS_DELAYED] =
		*find(shape, plus[1] == 'm' ? "+mb+delay-" : "+po+delay-", victim);
	e.controls[LITMUS_SENDER] = *find(shape, "+po+", victim);
	return e;
}

static const char *say(struct litmus_judgement j)
{
	return j.here == LITMUS_SOUND_HERE    ? "sound"
	       : j.here == LITMUS_BROKEN_HERE ? "broken"
					      : "untestable";
}

/* Whatever weakens the case for "sound" takes the word away, one at a time. */
static bool falls(struct litmus_evidence sound, const char **why)
{
	struct litmus_evidence e;
	enum litmus_control which;

	for (which = 0; which < LITMUS_NR_CONTROLS; which++) {
		if (which == LITMUS_SENDER && sound.no_sender)
			continue;
		*why = "a control that never fired";
		e = sound;
		e.controls[which].positive = e.controls[which].fired = 0;
		if (litmus_judge(&e).here != LITMUS_NOT_TESTABLE_HERE)
			return false;
		*why = "a control that did not run";
		e.controls[which] = (struct litmus_tally){};
		if (litmus_judge(&e).here != LITMUS_NOT_TESTABLE_HERE)
			return false;
		*why = "a control that fired in one turn, however often";
		e = sound;
		e.controls[which].fired = 1;
		if (litmus_judge(&e).here != LITMUS_NOT_TESTABLE_HERE)
			return false;
	}
	*why = "too few rounds";
	e = sound;
	e.row.rounds = 1;
	if (litmus_judge(&e).here != LITMUS_NOT_TESTABLE_HERE)
		return false;
	*why = "a race that never met";
	e = sound;
	e.met = false;
	if (litmus_judge(&e).here != LITMUS_NOT_TESTABLE_HERE)
		return false;
	*why = "a machine that keeps old text";
	e = sound;
	e.lingered = 1;
	if (litmus_judge(&e).here != LITMUS_NOT_TESTABLE_HERE)
		return false;
	*why = "one positive in one turn";
	e = sound;
	e.row.positive = e.row.fired = 1;
	if (litmus_judge(&e).lack != LITMUS_LACKS_REPETITION)
		return false;
	*why = "two positives in two turns";
	e.row.positive = e.row.fired = 2;
	return litmus_judge(&e).here == LITMUS_BROKEN_HERE;
}

static void judge_log(const char *name, unsigned int sound_min)
{
	unsigned int i, judged = 0, sound = 0;
	struct litmus_judgement j;
	struct litmus_evidence e;
	const char *why = "";
	bool good = true;

	read_log(name);
	for (i = 0; i < nr_rows; i++) {
		if (!strcmp(rows[i].verdict, "control"))
			continue;
		e = evidence(&rows[i]);
		j = litmus_judge(&e);
		judged++;
		if (strcmp(say(j), rows[i].verdict) || j.expected != rows[i].expected) {
			ok(0, "%s: %s is %s, %lu expected", name, rows[i].name, say(j),
			   (unsigned long)j.expected);
			good = false;
		}
		if (j.here != LITMUS_SOUND_HERE)
			continue;
		sound++;
		if (!falls(e, &why)) {
			ok(0, "%s: %s with %s", name, rows[i].name, why);
			good = false;
		}
	}
	ok(good && judged >= 3, "%s: %u rows judged as the log says", name, judged);
	ok(sound >= sound_min, "%s: each of %u sound ones is none once a number is another", name,
	   sound);
}

static void bounds(void)
{
	struct litmus_evidence e = {.row = {.rounds = 1000000, .turns = 10}};

	ok(litmus_judge(&e).bound_ppb == 2996, "none of a million: below 2.996 ppm at 95 %%");
	e.row.positive = 1; /* exactly 4.744, 6.296 */
	ok(litmus_judge(&e).bound_ppb >= 4744, "one of a million");
	e.row.positive = 2;
	ok(litmus_judge(&e).bound_ppb >= 6296, "two of a million");
	e.row.positive = 100; /* 118.1 */
	ok(litmus_judge(&e).bound_ppb >= 118100 && litmus_judge(&e).bound_ppb < 122000,
	   "a hundred of a million");
	e.row.rounds = 0;
	ok(litmus_judge(&e).bound_ppb == 0, "none of none");
	ok(log_of(1) == 0 && log_of(2) == 693 && log_of(1000) / 10 == 690 &&
		   log_of(1ul << 32) == 22176,
	   "logarithms");
}

/* Controls of 40 positives each: what a row needs, to the last one. */
static void limits(void)
{
	struct litmus_tally control = {.rounds = 1000, .positive = 20, .turns = 24, .fired = 24};
	struct litmus_evidence e = {.row = {.rounds = 1000, .turns = 24},
				    .controls = {control, control, control},
				    .met = true,
				    .ns = 4000000000};

	ok(litmus_judge(&e).here == LITMUS_SOUND_HERE && litmus_judge(&e).expected == 20,
	   "20 expected is enough");
	e.row.rounds = 999;
	ok(litmus_judge(&e).lack == LITMUS_LACKS_RATE, "19 is not");
	ok(litmus_judge(&e).more_s == 1, "and it says how long the rest would take");
	e.row.rounds = 1000;
	e.controls[LITMUS_SENDER].positive = 19;
	ok(litmus_judge(&e).lack == LITMUS_LACKS_RATE && litmus_judge(&e).weakest == LITMUS_SENDER,
	   "the weakest control decides");
	e.no_sender = true;
	ok(litmus_judge(&e).here == LITMUS_SOUND_HERE, "where it applies");
	e.controls[LITMUS_DELAYED].positive = e.controls[LITMUS_DELAYED].fired = 0;
	ok(litmus_judge(&e).lack == LITMUS_LACKS_DIFFERENCE,
	   "a delay that never fires: order and delay are not told apart");
	e.controls[LITMUS_DELAYED] = control;
	e.controls[LITMUS_DELAYED].positive = 1000;
	e.controls[LITMUS_DELAYED].fired = 12;
	ok(litmus_judge(&e).lack == LITMUS_LACKS_RATE && litmus_judge(&e).expected == 16,
	   "a control that is silent in each other turn predicts turns: 24 ln 2");
	e.row.turns = 30;
	ok(litmus_judge(&e).here == LITMUS_SOUND_HERE, "and more of them will do");
}

int main(void)
{
	judge_log("epyc", 5);
	judge_log("xeon", 0);
	judge_log("xeon-207", 5);
	bounds();
	limits();
	return done_testing();
}
