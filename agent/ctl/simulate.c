// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl simulate */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ctl/json.h"
#include "ctl/parse.h"
#include "policy/policy.h"
#include "power/board.h"
#include "sim/board_caps.h"
#include "sim/latency.h"

#define BOARD		"orin-nx-16gb"	/* whose silicon agent/sim/board.c is */
#define BOARDS		"/usr/share/twill/boards"
#define MODELS		"/usr/share/twill/models"
#define TIMESLICE	"timeslice"
#define MW_MIN		1000
#define MW_MAX		1000000
#define GAIN_MAX_PPM	30000
#define STARVE_WINDOWS	10		/* as twill.conf */

struct wanted {
	const char *trace, *policy, *models, *board;
	uint64_t budget_mw, switch_us;
	int32_t gain_ppm;
	bool has_switch, by_layer;
};

static const struct option options[] = {
	{ "policy", required_argument, NULL, 'p' },
	{ "budget", required_argument, NULL, 'b' },
	{ "board", required_argument, NULL, 'B' },
	{ "models", required_argument, NULL, 'm' },
	{ "units", required_argument, NULL, 'u' },
	{ "switch-us", required_argument, NULL, 's' },
	{ "gain-ppm", required_argument, NULL, 'g' },
	CTL_OPTIONS
};

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

static int take_option(struct ctl *ctl, struct wanted *w, int c)
{
	switch (c) {
	case 'p':
		w->policy = optarg;
		return -1;
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
		return ctl_option(ctl, c);
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
	if (argc - optind != 1)
		return ctl_usage(ctl, "name one trace");
	w->trace = argv[optind];
	if (strcmp(w->policy, TIMESLICE) && !policy_find(w->policy))
		return ctl_usage(ctl, "no policy `%s': it is timeslice or one of twilld's",
				 w->policy);
	return -1;
}

/* What a word names: a file, or NAME.ini where the boards are. */
static int read_board(struct ctl *ctl, const struct wanted *w, struct board_profile *board)
{
	char path[PATH_MAX], why[CONF_ERROR_MAX];

	if (strchr(w->board, '/'))
		snprintf(path, sizeof(path), "%s", w->board);
	else
		snprintf(path, sizeof(path), "%s" BOARDS "/%s.ini", ctl->sysroot, w->board);
	if (board_read(board, path, why))
		return ctl_refuse(ctl, why, "--board takes a name or a file", "board %s", w->board);
	return CTL_OK;
}

/* As an administrator sets a board up: the highest static clocks that hold whatever runs. */
static int static_clocks(struct ctl *ctl, const struct wanted *w, const struct sim_load *load,
			 struct sim_setup *setup)
{
	const struct profile_request shortest = { .by_layer = w->by_layer, .prompt = 32, .output = 16 };
	struct caps caps;

	if (!w->budget_mw)
		return CTL_OK;
	if (!caps_find(load->models, load->models_n, &shortest, (uint32_t)w->budget_mw, &caps)) {
		char reason[96];

		snprintf(reason, sizeof(reason), "these models draw %u mW at the lowest clocks",
			 caps.least_mw);
		return ctl_refuse(ctl, reason, "Raise the budget", "budget of %u mW",
				  (uint32_t)w->budget_mw);
	}
	setup->gpu_khz = caps.gpu_khz;
	setup->cpu_khz = caps.cpu_khz;
	return CTL_OK;
}

static void put_ms(struct json_object *to, const char *key, double ms)
{
	json_object_object_add(to, key, isnan(ms) ? NULL : json_object_new_double(ms));
}

static void put_latency(struct json_object *to, const struct sim_latency *l)
{
	json_put_number(to, "jobs", l->jobs);
	put_ms(to, "mean_ms", l->mean_ms);
	put_ms(to, "p50_ms", l->p50_ms);
	put_ms(to, "p99_ms", l->p99_ms);
	json_put_number(to, "deadlines", l->deadlines);
	json_put_number(to, "deadlines_missed", l->missed);
}

struct outcome {
	struct sim_latency all, high, model[SIM_MODELS];
	struct sim_result result;
};

static void print_json(const struct wanted *w, const struct sim_load *load, const struct outcome *o)
{
	struct json_object *top = json_object_new_object(), *models, *one;
	const struct sim_result *r = &o->result;
	uint32_t i;

	json_put_string(top, "policy", w->policy);
	json_put_number(top, "budget_mw", w->budget_mw);
	put_latency(top, &o->all);
	put_ms(top, "high_prio_p99_ms", o->high.p99_ms);
	json_object_object_add(top, "energy_j", json_object_new_double((double)r->energy_uj * 1e-6));
	json_object_object_add(top, "end_s", json_object_new_double((double)r->end_ns * 1e-9));
	json_put_number(top, "max_window_mw", r->max_window_mw);
	json_put_number(top, "windows", r->windows);
	json_put_number(top, "windows_over_budget", r->windows_over);
	json_put_number(top, "freezes", r->freezes);
	json_put_number(top, "migrations", r->migrations);
	json_put_number(top, "decisions", r->decisions);
	json_put_number(top, "lost_jobs", r->unfinished);
	models = json_object_new_object();
	for (i = 0; i < load->models_n; i++) {
		one = json_object_new_object();
		put_latency(one, &o->model[i]);
		json_object_object_add(models, load->models[i].name, one);
	}
	json_object_object_add(top, "models", models);
	json_print(top);
}

static void print_row(const char *name, const struct sim_latency *l)
{
	printf("  %-24s %9zu %11.1f %11.1f %11.1f", name, l->jobs, l->mean_ms, l->p50_ms, l->p99_ms);
	if (l->deadlines)
		printf("   %zu of %zu deadlines missed", l->missed, l->deadlines);
	putchar('\n');
}

static void print_text(const struct wanted *w, const struct sim_load *load, const struct outcome *o)
{
	const struct sim_result *r = &o->result;
	double end_s = (double)r->end_ns * 1e-9;
	uint32_t i;

	printf("policy %s, ", w->policy);
	if (w->budget_mw)
		printf("budget %u mW, ", (uint32_t)w->budget_mw);
	else
		printf("no budget, ");
	printf("a model of an Orin NX 16GB\n  %-24s %9s %11s %11s %11s\n", "", "jobs", "mean ms", "p50 ms",
	       "p99 ms");
	print_row("all", &o->all);
	print_row("highest priority", &o->high);
	for (i = 0; i < load->models_n; i++)
		print_row(load->models[i].name, &o->model[i]);
	printf("  %.1f s, %.1f J, mean %.0f mW, highest second %u mW", end_s,
	       (double)r->energy_uj * 1e-6, (double)r->energy_uj * 1e-3 / end_s, r->max_window_mw);
	if (w->budget_mw)
		printf(", %u of %u over the budget", r->windows_over, r->windows);
	printf("\n  %u freezes, %u migrations, %u jobs unfinished\n", r->freezes, r->migrations,
	       r->unfinished);
}

static int sum_up(const struct sim_load *load, struct outcome *o)
{
	uint32_t i;
	int r = sim_latency(load, SIM_ALL_MODELS, &o->all);

	if (!r)
		r = sim_latency(load, sim_highest(load), &o->high);
	for (i = 0; !r && i < load->models_n; i++)
		r = sim_latency(load, 1u << i, &o->model[i]);
	return r;
}

static int simulate(struct ctl *ctl, const struct wanted *w, struct sim_load *load)
{
	struct sim_setup setup = {
		.models = load->models,
		.priority = load->priority,
		.count = load->models_n,
		.switch_ns = w->has_switch ? (int64_t)w->switch_us * 1000 : -1,
		.horizon_ns = BOARD_NEVER,
		.budget_mw = (uint32_t)w->budget_mw,
		.gain_ppm = w->gain_ppm,
		.starve_windows = STARVE_WINDOWS,
	};
	struct board_profile board;
	struct outcome o = { 0 };
	int r;

	setup.policy = policy_find(w->policy);
	r = setup.policy ? read_board(ctl, w, &board) : static_clocks(ctl, w, load, &setup);
	if (r)
		return r;
	setup.board = &board;
	if (sim_run(&setup, load->jobs, load->jobs_n, &o.result) || sum_up(load, &o))
		return ctl_refuse(ctl, "no memory", NULL, "simulation of %s", w->trace);
	if (ctl->json)
		print_json(w, load, &o);
	else
		print_text(w, load, &o);
	return CTL_OK;
}

int ctl_simulate(struct ctl *ctl, int argc, char **argv)
{
	struct wanted w = { .policy = "twill", .board = BOARD };
	char models[PATH_MAX], why[512];
	struct sim_load load;
	int r;

	r = parse_line(ctl, argc, argv, &w);
	if (r >= 0)
		return r;
	snprintf(models, sizeof(models), "%s" MODELS, ctl->sysroot);
	if (sim_load(&load, w.trace, w.models ? w.models : models, w.by_layer, why, sizeof(why)))
		return ctl_refuse(ctl, why, NULL, "trace %s", w.trace);
	r = simulate(ctl, &w, &load);
	sim_load_free(&load);
	return r;
}
