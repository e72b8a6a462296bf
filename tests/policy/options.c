// SPDX-License-Identifier: GPL-2.0-or-later
/* options - see options.h */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define SECOND	1000000000ULL

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("policy_bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static uint64_t number(const char *text, const char *end, uint64_t max)
{
	char *stop;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &stop, 10);
	if (text[0] < '0' || text[0] > '9' || (end[0] && *stop ? strncmp(stop, end, 1) : *stop) || errno || n > max)
		die("'%s' is not a number up to %" PRIu64, text, max);
	return n;
}

static void take_policies(struct options *o, char *text)
{
	char *save, *word;

	for (word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		if (o->policies == POLICIES)
			die("more than %d policies", POLICIES);
		o->names[o->policies++] = word;
	}
}

/* AROUND:HEAT:FROM:UNTIL, degrees and seconds. */
static void take_heat(struct thermal_setup *t, const char *text)
{
	uint64_t n[4];
	int i;

	for (i = 0; i < 4; i++) {
		n[i] = number(text, i < 3 ? ":" : "", 100000);
		if (i < 3 && !(text = strchr(text, ':')))
			die("--heat AROUND:HEAT:FROM:UNTIL");
		text++;
	}
	t->around_mc = (int32_t)n[0] * 1000;
	t->heat_mc = (int32_t)n[1] * 1000;
	t->heat_from_ns = n[2] * SECOND;
	t->heat_until_ns = n[3] * SECOND;
}

static void scale(struct board_curve *c, uint64_t pct)
{
	uint32_t i;

	for (i = 0; i < c->n; i++)
		c->mw[i] = (uint32_t)(c->mw[i] * pct / 100);
}

/* Another exponent of the clock; the same power at the highest. */
static void bend(struct board_curve *c, uint64_t pct)
{
	double top = c->n ? c->mw[c->n - 1] : 0;
	uint32_t i;

	for (i = 0; i < c->n; i++)
		c->mw[i] = (uint32_t)lround(top * pow(c->mw[i] / top, (double)pct / 100));
}

static void scale_power(struct silicon_point *p, uint32_t pct)
{
	uint32_t i;

	for (i = 0; i < SILICON_POINTS; i++)
		p[i].mw = (uint32_t)((uint64_t)p[i].mw * pct / 100);
}

/* Another board, which the agent takes for the one that it knows. */
static void change(struct options *o, const char *key, uint32_t pct)
{
	struct silicon *si = &o->silicon;

	if (!strcmp(key, "contention")) {
		si->contention_ppm = si->contention_ppm / 100 * pct;
	} else if (!strcmp(key, "dla_speed")) {
		si->dla_rate = si->dla_rate / 100 * pct;
		si->dla_mbps = si->dla_mbps / 100 * pct;
	} else if (!strcmp(key, "dla_mw")) {
		scale_power(si->dla_busy_mw, pct);
		si->soc_dla_mw = si->soc_dla_mw * pct / 100;
		si->other_dla_mw = si->other_dla_mw * pct / 100;
	} else {
		die("--silicon: no '%s'", key);
	}
}

static void believe(struct options *o, const char *key, uint32_t pct)
{
	int i, exponent = !strcmp(key, "exponent");

	for (i = 0; exponent && i < BOARD_PARTS; i++)
		bend(&o->board.part[i], pct);
	if (!strcmp(key, "idle_mw"))
		o->board.idle_mw = o->board.idle_mw * pct / 100;
	else if (!strcmp(key, "gpu_mw"))
		scale(&o->board.part[BOARD_GPU], pct);
	else if (!strcmp(key, "cpu_mw"))
		scale(&o->board.part[BOARD_CPU], pct);
	else if (!strcmp(key, "dla_mw"))
		scale(&o->board.part[BOARD_DLA], pct);
	else if (!strcmp(key, "gpu_us"))
		o->belief.gpu_pct = pct;
	else if (!strcmp(key, "dla_us"))
		o->belief.dla_pct = pct;
	else if (!strcmp(key, "llm_us"))
		o->belief.llm_pct = pct;
	else if (!exponent)
		die("--wrong: no '%s'", key);
}

/* KEY=PERCENT of what is right,... */
static void take_percents(struct options *o, char *text,
			  void (*take_one)(struct options *o, const char *key, uint32_t pct))
{
	char *save, *word, *value;

	for (word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		value = strchr(word, '=');
		if (!value)
			die("KEY=PERCENT,..., not '%s'", word);
		*value++ = '\0';
		take_one(o, word, (uint32_t)number(value, "", 1000));
	}
}

static void take(struct options *o, int c)
{
	char why[256];

	switch (c) {
	case 'l':
		if (gen_parse(optarg, &o->gen, why, sizeof(why)))
			die("--load: %s", why);
		break;
	case 's':
		o->first = number(optarg, ":", UINT32_MAX);
		o->last = strchr(optarg, ':') ? number(strchr(optarg, ':') + 1, "", UINT32_MAX) : o->first;
		break;
	case 'p':
		take_policies(o, optarg);
		break;
	case 'b':
		o->budget_mw = (uint32_t)number(optarg, "", 1000000);
		break;
	case 'd':
		o->dlas = (uint32_t)number(optarg, "", 2);
		break;
	case 'w':
		o->switch_ns = (int64_t)number(optarg, "", 100000) * 1000;
		break;
	case 'm':
		o->models = optarg;
		break;
	case 'B':
		o->board_path = optarg;
		break;
	case 'a':
		o->alone = true;
		break;
	case 'c':
		o->plan.per_s = atof(optarg);
		break;
	case 'P':
		o->plan_only = true;
		break;
	case 'W':
		o->wrong = optarg;
		break;
	case 'S':
		take_percents(o, optarg, change);
		break;
	case 'h':
		take_heat(&o->thermal, optarg);
		o->hot = true;
		break;
	case 'L':
		o->thermal.leak_ppm = (uint32_t)number(optarg, "", 1000000);
		o->hot = true;
		break;
	case 'o':
		o->thermal.oc_limit_mw = (uint32_t)number(optarg, "", 1000000);
		o->hot = true;
		break;
	default:
		exit(2);
	}
}

void options_read(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "load", required_argument, NULL, 'l' }, { "seeds", required_argument, NULL, 's' },
		{ "policies", required_argument, NULL, 'p' }, { "budget", required_argument, NULL, 'b' },
		{ "dlas", required_argument, NULL, 'd' }, { "switch-us", required_argument, NULL, 'w' },
		{ "models", required_argument, NULL, 'm' }, { "board", required_argument, NULL, 'B' },
		{ "alone", no_argument, NULL, 'a' }, { "per-s", required_argument, NULL, 'c' },
		{ "plan-only", no_argument, NULL, 'P' }, { "wrong", required_argument, NULL, 'W' },
		{ "silicon", required_argument, NULL, 'S' },
		{ "heat", required_argument, NULL, 'h' }, { "leak-ppm", required_argument, NULL, 'L' },
		{ "oc", required_argument, NULL, 'o' }, { 0 }
	};
	char why[512];
	int c;

	*o = (struct options){
		.gen = gen_defaults(), .first = 1, .last = 1, .switch_ns = -1, .dlas = 2,
		.plan.silicon = &o->silicon, .silicon = silicon_orin_nx_16gb, .models = "agent/models",
		.board_path = "agent/boards/orin-nx-16gb.ini",
		.belief = { 100, 100, 100 }, .thermal = { .around_mc = 37900 },
	};
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		take(o, c);
	if ((!o->policies && !o->plan_only) || optind != argc)
		die("--policies, and nothing but options");
	if (board_read(&o->board, o->board_path, why))
		die("%s", why);
	if (o->wrong)
		take_percents(o, o->wrong, believe);
	if (gen_plan(&o->plan, &o->gen, o->models, o->budget_mw, o->switch_ns, why, sizeof(why)))
		die("%s", why);
}
