// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl simulate: runs */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "ctl/progress.h"
#include "ctl/simulate.h"
#include "policy/policy.h"

#define BOARDS		"/usr/share/twill/boards"
#define MODELS		"/usr/share/twill/models"
#define STARVE_WINDOWS	10		/* as twill.conf */

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

int simulate_load(struct ctl *ctl, const struct wanted *w, struct sim_load *load)
{
	int64_t switch_ns = w->has_switch ? (int64_t)w->switch_us * 1000 : -1;
	char installed[PATH_MAX], why[512];
	const char *models = w->models ? w->models : installed;
	struct gen_plan plan = { 0 };
	int r;

	snprintf(installed, sizeof(installed), "%s" MODELS, ctl->sysroot);
	if (!w->made) {
		r = sim_load(load, w->trace, models, w->by_layer, why, sizeof(why));
	} else {
		r = gen_plan(&plan, &w->gen, models, (uint32_t)w->budget_mw, switch_ns, why, sizeof(why));
		r = r ?: gen_make(load, &w->gen, &plan, models, why, sizeof(why));
	}
	if (!r)
		return CTL_OK;
	return ctl_refuse(ctl, why, r == -ERANGE ? "Raise the budget" : NULL, "%s %s",
			  w->made ? "load" : "trace", w->trace);
}

static int set_policy(struct ctl *ctl, const struct wanted *w, const char *policy,
		      struct sim_load *load, struct sim_setup *setup)
{
	const struct profile_request shortest = { .by_layer = w->by_layer, .prompt = 32, .output = 16 };
	uint32_t least_mw = 0;
	char reason[96];
	int r = sim_set_policy(policy, setup, &shortest, load->jobs, load->jobs_n, &least_mw);

	if (!r)
		return CTL_OK;
	if (r != -ERANGE)
		return ctl_refuse(ctl, strerror(-r), NULL, "simulation of %s under %s", w->trace, policy);
	snprintf(reason, sizeof(reason), "these models draw %u mW at the lowest clocks", least_mw);
	return ctl_refuse(ctl, reason, "Raise the budget", "budget of %u mW", (uint32_t)w->budget_mw);
}

int simulate_setup(struct ctl *ctl, const struct wanted *w, const struct sim_load *load,
		   struct board_profile *board, struct sim_setup *setup)
{
	uint32_t i;

	*setup = (struct sim_setup){
		.models = load->models,
		.priority = load->priority,
		.count = load->models_n,
		.unmarked = load->unmarked,
		.switch_ns = w->has_switch ? (int64_t)w->switch_us * 1000 : -1,
		.horizon_ns = w->made && !gen_ends(&w->gen) ? w->gen.seconds * 1000000000ULL : BOARD_NEVER,
		.board = board,
		.budget_mw = (uint32_t)w->budget_mw,
		.gain_ppm = w->gain_ppm,
		.starve_windows = STARVE_WINDOWS,
	};
	for (i = 0; i < w->policies_n; i++)
		if (policy_find(w->policies[i]))
			return read_board(ctl, w, board);
	return CTL_OK;
}

static int sum_up(const struct wanted *w, const struct sim_load *load, struct report_run *run)
{
	uint32_t i;
	int r;

	r = sim_latency(load, ~load->extra, &run->all);
	if (!r)
		r = sim_latency(load, sim_highest(load), &run->high);
	for (i = 0; !r && i < load->models_n; i++)
		r = sim_latency(load, 1u << i, &run->model[i]);
	if (!w->html)
		return r;
	for (i = 0; !r && i < load->models_n; i++)
		r = sim_quantiles(load, 1u << i, run->quantiles[i]);
	return r ?: sim_quantiles(load, ~load->extra, run->quantiles[SIM_MODELS]);
}

/* The run itself, and who looks on. */
static int watched(const struct wanted *w, struct sim_setup *setup, struct sim_load *load,
		   struct report_run *run)
{
	struct progress bar;
	bool shown = progress_start(&bar, run->policy, load->jobs_n);
	int r;

	record_init(&run->record, load, w->from_ns, w->to_ns);
	if (shown)
		setup->watch = &bar.watch;
	if (w->svg || w->html) {
		run->record.watch.next = setup->watch;
		setup->watch = &run->record.watch;
	}
	r = sim_run(setup, load->jobs, load->jobs_n, &run->result);
	if (shown)
		progress_end(&bar);
	if (!r)
		record_finish(&run->record, run->result.end_ns);
	return run->record.short_of_memory ? -ENOMEM : r;
}

int simulate_run(struct ctl *ctl, const struct wanted *w, const struct sim_setup *common,
		 struct sim_load *load, const char *policy, struct report_run *run)
{
	struct sim_setup setup = *common;
	int r;

	run->policy = policy;
	r = set_policy(ctl, w, policy, load, &setup);
	if (r)
		return r;
	r = watched(w, &setup, load, run) ?: sum_up(w, load, run);
	if (r) {
		record_free(&run->record);
		return ctl_refuse(ctl, r == -ENOMEM ? "no memory" : strerror(-r), NULL,
				  "simulation of %s under %s", w->trace, policy);
	}
	return CTL_OK;
}
