// SPDX-License-Identifier: GPL-2.0-or-later
/* The simulator: what a policy does to it, what it counts, what it refuses. Argument: the top. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "policy/policy.h"
#include "power/board.h"
#include "sim/latency.h"
#include "sim/watch.h"
#include "tap.h"

#define MS		1000000ULL
#define REQUESTS	200

static const char *top;
static struct board_profile board;
static struct sim_load load;
static struct sim_result result;

/* A network, and two transformers that keep the GPU busy for most of the time. */
static void make_load(void)
{
	static const char *const names[] = { "bert-base", "resnet-152", "bert-large" };
	static const uint32_t priority[] = { 200, 150, 20 };
	char path[4096], why[512];
	uint32_t i;

	memset(&load, 0, sizeof(load));
	load.models_n = 3;
	for (i = 0; i < load.models_n; i++) {
		snprintf(path, sizeof(path), "%s/agent/models/%s.ini", top, names[i]);
		if (profile_load(path, &load.models[i], why, sizeof(why)))
			note("%s", why);
		load.priority[i] = priority[i];
	}
	load.jobs = calloc(REQUESTS, sizeof(*load.jobs));
	for (load.jobs_n = 0; load.jobs_n < REQUESTS; load.jobs_n++) {
		struct sim_job *job = &load.jobs[load.jobs_n];

		job->model = load.jobs_n * 7 % 3;
		job->arrival_ns = load.jobs_n * 8 * MS;
		/* What is submitted piece by piece can be kept from going on. */
		job->request.by_layer = job->model == 2;
	}
}

static struct sim_setup setup_of(const struct policy *policy, uint32_t budget_mw)
{
	return (struct sim_setup){
		.models = load.models, .priority = load.priority, .count = load.models_n,
		.switch_ns = -1, .horizon_ns = BOARD_NEVER, .policy = policy, .board = &board,
		.budget_mw = budget_mw, .starve_windows = 10,
	};
}

static double high_p99(void)
{
	struct sim_latency l;

	return sim_latency(&load, sim_highest(&load), &l) ? NAN : l.p99_ms;
}

static int run(const struct sim_setup *s)
{
	return sim_run(s, load.jobs, load.jobs_n, &result);
}

/* Breaks if: anything random or uninitialised gets in. */
static void test_repeats(void)
{
	struct sim_setup s = setup_of(&policy_paper, 15000);
	struct sim_result first;
	uint64_t sum = 0, again = 0;
	size_t i;

	ok(!run(&s), "a run under a policy");
	first = result;
	for (i = 0; i < load.jobs_n; i++)
		sum += load.jobs[i].end_ns;
	ok(!run(&s), "and another");
	for (i = 0; i < load.jobs_n; i++)
		again += load.jobs[i].end_ns;
	ok(sum == again && !memcmp(&first, &result, sizeof(first)), "give the same");
}

/* Breaks if: freezes do not hold a process, or the policy is asked too late. */
static void test_priority(void)
{
	struct sim_setup s = setup_of(NULL, 0);
	double shared;

	run(&s);
	shared = high_p99();
	ok(!result.unfinished && !result.freezes && !result.decisions, "nobody schedules");
	s = setup_of(&policy_paper, 0);
	run(&s);
	ok(!result.unfinished && result.freezes, "the policy freezes, and every job ends");
	ok(high_p99() < 0.7 * shared, "the highest priority waits less: p99 %.1f, shared %.1f ms",
	   high_p99(), shared);
}

/* Breaks if: the watt loop sees something else than the board draws, or its clocks do not arrive. */
static void test_budget(void)
{
	struct sim_setup s = setup_of(&policy_paper, 0);
	uint32_t free_mw;

	run(&s);
	free_mw = result.max_window_mw;
	s = setup_of(&policy_paper, 11000);
	run(&s);
	ok(free_mw > 12000, "without a budget a second draws %u mW", free_mw);
	ok(!result.unfinished && !result.windows_over && result.windows,
	   "with one none of %u does, every job ends: highest %u mW", result.windows, result.max_window_mw);
	s.gain_ppm = -30000;
	run(&s);
	ok(!result.windows_over, "nor with a sensor that shows 3 %% too little: %u mW",
	   result.max_window_mw);
}

static bool held;

static void hold_first(const struct policy_snapshot *s, struct policy_decision *d)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		d->verdict[i] = (struct policy_verdict){
			.placement = TWILL_ACCELERATOR_DLA1,
			.frozen = held && s->task[i].id == 1 && s->task[i].jobs,
			.reason = POLICY_SHARES,
		};
}

/* Breaks if: a frozen process takes its next step, or one that is let go does not. */
static void test_frozen(void)
{
	const struct policy first = { .name = "hold-first", .decide = hold_first };
	struct sim_setup s = setup_of(&first, 0);
	size_t i, ended[3] = { 0 }, elsewhere = 0;

	held = true;
	s.horizon_ns = 20000 * MS;
	run(&s);
	for (i = 0; i < load.jobs_n; i++) {
		ended[load.jobs[i].model] += load.jobs[i].end_ns != 0;
		elsewhere += load.jobs[i].model == 1 && load.jobs[i].engine != ORIN_SIM_DLA1;
	}
	ok(!ended[0] && result.unfinished, "a task that is kept frozen ends no job");
	ok(ended[1] && ended[2] && ended[1] + ended[2] + result.unfinished == load.jobs_n,
	   "all others do");
	ok(!elsewhere, "a network runs where it is placed");
	for (i = 0; i < load.jobs_n; i++)
		if (load.jobs[i].model == 2 && load.jobs[i].engine != ORIN_SIM_GPU)
			elsewhere++;
	ok(!elsewhere, "what has no engine for the DLA stays on the GPU");
	held = false;
	run(&s);
	ok(!result.unfinished, "not frozen, it ends them");
}

struct seen {
	size_t placed, ended, units, decided, samples, freezes, thaws;
	size_t wrong;		/* not where or when it can have been */
	uint64_t now_ns, uj;
	uint32_t most_mw;
};

static void see_time(struct seen *seen, uint64_t now_ns)
{
	seen->wrong += now_ns < seen->now_ns;
	seen->now_ns = now_ns;
}

static void see_placed(void *arg, uint64_t now_ns, uint32_t job)
{
	struct seen *seen = arg;

	see_time(seen, now_ns);
	seen->placed++;
	seen->wrong += now_ns < load.jobs[job].begin_ns || load.jobs[job].end_ns;
}

static void see_unit(void *arg, uint32_t job, uint32_t engine, uint64_t start_ns, uint64_t end_ns)
{
	struct seen *seen = arg;

	if (engine == ORIN_SIM_CPU)
		return;
	seen->units++;
	seen->wrong += start_ns >= end_ns || start_ns < load.jobs[job].first_ns ||
		       engine != load.jobs[job].engine;
}

static void see_ended(void *arg, uint64_t now_ns, uint32_t job)
{
	struct seen *seen = arg;

	see_time(seen, now_ns);
	seen->ended++;
	seen->wrong += load.jobs[job].end_ns != now_ns;
}

static void see_frozen(void *arg, uint64_t now_ns, uint32_t model, bool frozen)
{
	struct seen *seen = arg;

	see_time(seen, now_ns);
	seen->freezes += frozen;
	seen->thaws += !frozen;
	seen->wrong += model >= load.models_n;
}

static void see_sample(void *arg, uint64_t now_ns, uint64_t energy_uj, uint32_t window_mw)
{
	struct seen *seen = arg;

	see_time(seen, now_ns);
	seen->samples++;
	seen->wrong += energy_uj < seen->uj || now_ns % SIM_SAMPLE_NS;
	seen->uj = energy_uj;
	if (window_mw > seen->most_mw)
		seen->most_mw = window_mw;
}

static void see_decided(void *arg, uint64_t now_ns, uint32_t model, const struct policy_verdict *v)
{
	struct seen *seen = arg;

	see_time(seen, now_ns);
	seen->decided++;
	seen->wrong += model >= load.models_n || v->reason >= POLICY_REASONS;
}

/* Breaks if: watching moves a run, or an event is told twice, not at all, or of another job. */
static void test_watch(void)
{
	struct sim_setup s = setup_of(&policy_paper, 11000);
	struct seen seen = { 0 };
	struct sim_watch none = { NULL }, all = {
		see_placed, see_unit, see_ended, see_frozen, see_sample, see_decided, &seen, &none,
	};
	struct sim_result alone;
	size_t i, units = 0;

	run(&s);
	alone = result;
	s.watch = &none;
	run(&s);
	ok(!memcmp(&alone, &result, sizeof(alone)), "nobody who looks on");
	s.watch = &all;
	run(&s);
	ok(!memcmp(&alone, &result, sizeof(alone)), "somebody who does changes nothing");
	for (i = 0; i < load.jobs_n; i++)
		units += profile_units(&load.models[load.jobs[i].model], &load.jobs[i].request);
	ok(seen.placed == load.jobs_n && seen.ended == load.jobs_n && seen.units == units,
	   "every job and unit is told, once: %zu units of %zu", seen.units, units);
	ok(seen.freezes == alone.freezes && seen.thaws == seen.freezes && seen.decided,
	   "so is every freeze and thaw");
	ok(seen.samples == alone.windows + SIM_WINDOW_NS / SIM_SAMPLE_NS &&
	   seen.most_mw == alone.max_window_mw, "and every window");
	ok(!seen.wrong, "all in its time and place");
}

static void test_refused(void)
{
	struct sim_setup s = setup_of(&policy_paper, 15000);
	struct sim_load bad;
	char why[512] = "", path[4096];

	s.board = NULL;
	ok(run(&s) == -EINVAL, "a policy without a board's profile");
	s = setup_of(NULL, 0);
	s.count = 2;
	ok(run(&s) == -EINVAL, "a request of a model that is not there");
	snprintf(path, sizeof(path), "%s/agent/models", top);
	ok(sim_load(&bad, "/nowhere", path, false, why, sizeof(why)) && strstr(why, "/nowhere"),
	   "no trace: %s", why);
	snprintf(path, sizeof(path), "%s/COPYING", top);
	ok(sim_load(&bad, path, "models", false, why, sizeof(why)) && strstr(why, path),
	   "another kind of file: %s", why);
}

/* Breaks if: a rank is off by one, or jobs without an end are counted. */
static void test_latency(void)
{
	struct sim_load l = { .models_n = 2, .priority = { 1, 9 }, .jobs_n = 5 };
	struct sim_job jobs[] = {
		{ .end_ns = 4 * MS }, { .end_ns = 1 * MS }, { .end_ns = 3 * MS, .model = 1 },
		{ .arrival_ns = MS, .end_ns = 3 * MS }, { .model = 1 },
	};
	struct sim_latency got;

	l.jobs = jobs;
	ok(!sim_latency(&l, SIM_ALL_MODELS, &got) && got.jobs == 4 && got.mean_ms == 2.5 &&
	   got.p50_ms == 2 && got.p99_ms == 4, "mean and ranks of those that ended");
	ok(sim_highest(&l) == 2 && !sim_latency(&l, 2, &got) && got.jobs == 1 && got.p99_ms == 3,
	   "of one model");
	jobs[2].end_ns = 0;
	ok(!sim_latency(&l, 2, &got) && !got.jobs && isnan(got.mean_ms), "of none");
}

/* Breaks if: a follower comes early or out of turn, or its place in a queue is lost. */
static void test_follows(void)
{
	struct sim_setup s = setup_of(NULL, 0);
	struct sim_job jobs[] = {
		{ .model = 0 },						/* a client ... */
		{ .model = 1, .follows = 1, .gap_ns = 5 * MS },		/* its second stage ... */
		{ .model = 0, .follows = 2 },				/* and its next round */
		{ .model = 0, .arrival_ns = MS },
		{ .model = 0, .arrival_ns = 3000 * MS },
		{ .model = 2, .follows = 4, .gap_ns = MS },
		{ .model = 2, .follows = 4 },
	};
	const size_t n = sizeof(jobs) / sizeof(jobs[0]);
	size_t i, wrong = 0;

	ok(!sim_run(&s, jobs, n, &result) && !result.unfinished, "jobs that follow jobs end");
	for (i = 0; i < n; i++)
		wrong += jobs[i].follows && jobs[i].arrival_ns !=
			 jobs[jobs[i].follows - 1].end_ns + jobs[i].gap_ns;
	ok(!wrong, "each arrives when it should");
	ok(jobs[3].end_ns < jobs[2].begin_ns && jobs[2].end_ns < jobs[4].begin_ns,
	   "a process takes them in the order of their arrival");
	ok(jobs[6].end_ns <= jobs[5].begin_ns, "that of two that follow one job, too");
	jobs[2].follows = 3;
	ok(sim_run(&s, jobs, n, &result) == -EINVAL, "no job follows itself");
}

int main(int argc, char **argv)
{
	char path[4096], why[CONF_ERROR_MAX];

	top = argc > 1 ? argv[1] : ".";
	snprintf(path, sizeof(path), "%s/agent/boards/orin-nx-16gb.ini", top);
	ok(!board_read(&board, path, why), "the board's profile");
	make_load();
	test_repeats();
	test_priority();
	test_budget();
	test_frozen();
	test_watch();
	test_refused();
	test_latency();
	test_follows();
	sim_load_free(&load);
	return tap_done();
}
