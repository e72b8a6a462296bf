// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl simulate */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/parse.h"
#include "ctl/simulate.h"
#include "policy/policy.h"
#include "report/jobs.h"

#define BOARD		"orin-nx-16gb"	/* whose silicon agent/sim/board.c is */
#define ALL		"all"
#define MW_MIN		1000
#define MW_MAX		1000000
#define GAIN_MAX_PPM	30000
#define SPAN_NS		5000000000ULL	/* of a timeline, if nothing is said */
#define SPAN_MIN_S	0.001
#define SPAN_MAX_S	86400.0

static const struct option options[] = {
	{ "policy", required_argument, NULL, 'p' },
	{ "budget", required_argument, NULL, 'b' },
	{ "board", required_argument, NULL, 'B' },
	{ "models", required_argument, NULL, 'm' },
	{ "generate", required_argument, NULL, 'G' },
	{ "units", required_argument, NULL, 'u' },
	{ "switch-us", required_argument, NULL, 's' },
	{ "gain-ppm", required_argument, NULL, 'g' },
	{ "out", required_argument, NULL, 'o' },
	{ "svg", required_argument, NULL, 'v' },
	{ "html", required_argument, NULL, 'H' },
	{ "span", required_argument, NULL, 'S' },
	CTL_OPTIONS
};

static int add_policy(struct ctl *ctl, struct wanted *w, const char *name)
{
	uint32_t i;

	for (i = 0; i < w->policies_n; i++)
		if (!strcmp(w->policies[i], name))
			return ctl_usage(ctl, "policy `%s' is named twice", name);
	if (strcmp(name, STILL_TIMESLICE) && strcmp(name, STILL_HINDSIGHT) && !policy_find(name))
		return ctl_usage(ctl, "no policy `%s': it is " STILL_TIMESLICE ", " STILL_HINDSIGHT
				 ", one of twilld's, or all", name);
	if (w->policies_n == SIM_POLICIES)
		return ctl_usage(ctl, "more than %d policies", SIM_POLICIES);
	w->policies[w->policies_n++] = name;
	return -1;
}

static int parse_policy(struct ctl *ctl, struct wanted *w, const char *name)
{
	uint32_t i;
	int r;

	if (strcmp(name, ALL))
		return add_policy(ctl, w, name);
	r = add_policy(ctl, w, STILL_TIMESLICE);
	for (i = 0; r < 0 && policy_name(i); i++)
		r = add_policy(ctl, w, policy_name(i));
	return r;
}

static int parse_gain(struct ctl *ctl, struct wanted *w, const char *text)
{
	bool negative = text[0] == '-';
	uint64_t ppm;
	int r;

	r = ctl_number(ctl, "--gain-ppm", text + negative, 0, GAIN_MAX_PPM, &ppm);
	if (r < 0)
		w->gain_ppm = negative ? -(int32_t)ppm : (int32_t)ppm;
	return r;
}

static int parse_span(struct ctl *ctl, struct wanted *w, const char *text)
{
	char *end = NULL;
	double from = 0, to = 0;

	/* strtod takes more than seconds: signs, exponents, hexadecimal. */
	if (!text[strspn(text, "0123456789.:")]) {
		from = strtod(text, &end);
		if (end != text && *end == ':' && end[1])
			to = strtod(end + 1, &end);
	}
	if (!end || *end || to - from < SPAN_MIN_S || to > SPAN_MAX_S)
		return ctl_usage(ctl, "--span must be FROM:TO in seconds, as 2:7.5, not `%s'", text);
	w->from_ns = (uint64_t)llround(from * 1e9);
	w->to_ns = (uint64_t)llround(to * 1e9);
	return -1;
}

static int parse_load(struct ctl *ctl, struct wanted *w, const char *text)
{
	char why[256];

	w->gen = gen_defaults();
	if (gen_parse(text, &w->gen, why, sizeof(why)))
		return ctl_usage(ctl, "--generate: %s", why);
	w->trace = text;
	w->made = true;
	w->by_layer |= w->gen.by_layer;
	return -1;
}

static int take_file(struct ctl *ctl, struct wanted *w, int c)
{
	switch (c) {
	case 'o':
		if (jobs_form(optarg) < 0)
			return ctl_usage(ctl, "--out must end in .csv or .json, not `%s'", optarg);
		w->out = optarg;
		return -1;
	case 'v':
		w->svg = optarg;
		return -1;
	case 'H':
		w->html = optarg;
		return -1;
	case 'S':
		return parse_span(ctl, w, optarg);
	default:
		return ctl_option(ctl, c);
	}
}

static int take_option(struct ctl *ctl, struct wanted *w, int c)
{
	switch (c) {
	case 'p':
		return parse_policy(ctl, w, optarg);
	case 'b':
		if (parse_power(optarg, MW_MIN, MW_MAX, &w->budget_mw) < 0)
			return ctl_usage(ctl, "--budget must be %d to %d mW (as 15W), not `%s'",
					 MW_MIN, MW_MAX, optarg);
		return -1;
	case 'B':
		w->board = optarg;
		return -1;
	case 'm':
		w->models = optarg;
		return -1;
	case 'G':
		return parse_load(ctl, w, optarg);
	case 'u':
		w->by_layer = !strcmp(optarg, "layer");
		if (!w->by_layer && strcmp(optarg, "engine"))
			return ctl_usage(ctl, "--units must be engine or layer, not `%s'", optarg);
		return -1;
	case 's':
		w->has_switch = true;
		return ctl_number(ctl, "--switch-us", optarg, 0, 100000, &w->switch_us);
	case 'g':
		return parse_gain(ctl, w, optarg);
	default:
		return take_file(ctl, w, c);
	}
}

static int parse_line(struct ctl *ctl, int argc, char **argv, struct wanted *w)
{
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		r = take_option(ctl, w, c);
		if (r >= 0)
			return r;
	}
	if (argc - optind != !w->made)
		return ctl_usage(ctl, "name one trace, or what to --generate");
	if (!w->made)
		w->trace = argv[optind];
	w->gen.by_layer = w->by_layer;
	if (!w->policies_n)
		w->policies[w->policies_n++] = "twill";
	if (w->policies_n > 1 && (w->out || w->svg))
		return ctl_usage(ctl, "--out and --svg are of one policy; --html compares several");
	if (w->to_ns && !w->svg && !w->html)
		return ctl_usage(ctl, "--span is of a timeline: give --svg or --html too");
	if (!w->to_ns)
		w->to_ns = SPAN_NS;
	return -1;
}

static int simulate(struct ctl *ctl, const struct wanted *w, struct sim_load *load)
{
	struct report_run *runs = calloc(w->policies_n, sizeof(*runs));
	struct board_profile board;
	struct sim_setup setup;
	struct page page = {
		.trace = w->trace, .board = w->board, .setup = &setup, .by_layer = w->by_layer,
		.load = load, .runs = runs,
	};
	int r;

	if (!runs)
		return ctl_refuse(ctl, "no memory", NULL, "simulation of %s", w->trace);
	r = simulate_setup(ctl, w, load, &board, &setup);
	while (!r && page.runs_n < w->policies_n) {
		struct report_run *run = &runs[page.runs_n];

		r = simulate_run(ctl, w, &setup, load, w->policies[page.runs_n], run);
		if (r)
			break;
		page.runs_n++;
		r = simulate_write_run(ctl, w, load, run);
	}
	if (!r)
		r = simulate_write_page(ctl, w, &page);
	if (!r)
		simulate_print(ctl, &page);
	while (page.runs_n)
		record_free(&runs[--page.runs_n].record);
	free(runs);
	return r;
}

int ctl_simulate(struct ctl *ctl, int argc, char **argv)
{
	struct wanted w = { .board = BOARD };
	struct sim_load load;
	int r;

	r = parse_line(ctl, argc, argv, &w);
	if (r >= 0)
		return r;
	r = simulate_load(ctl, &w, &load);
	if (r)
		return r;
	r = simulate(ctl, &w, &load);
	sim_load_free(&load);
	return r;
}
