// SPDX-License-Identifier: GPL-2.0-or-later
/* What holds of the policy twill whatever comes. Argument: the top. */
#include <stdlib.h>
#include <string.h>

#include "../kmod/order.h"
#include "policy/common.h"
#include "power/board.h"
#include "sim/gen.h"
#include "sim/run.h"
#include "sim/watch.h"
#include "tap.h"

#define GPU		TWILL_ACCELERATOR_GPU
#define SECOND		1000000000ULL
#define STRICT_MAX_US	50000	/* strict_max_ms as the module has it at first */
#define WINDOWS		10	/* starve_windows as in twill.conf */
/* Starved after ten windows of a second, and then each in turn for half a window. */
#define AGED_S		(WINDOWS + 3)
#define PATIENCE	20	/* times as long as requests come, for all to end */

static struct policy_snapshot s, other;
static struct policy_task tasks[POLICY_TASKS], others[POLICY_TASKS];
static struct policy_verdict verdicts[2][POLICY_TASKS];
static uint16_t order[POLICY_TASKS], grouped[POLICY_TASKS];
static struct policy_decision d = { verdicts[0], order, grouped };
static struct policy_decision d2 = { verdicts[1], order, grouped };
static const struct policy *const policy = &policy_twill;

/* ---- decisions ---- */

static uint64_t state = 1;

static uint32_t rnd(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state >> 33) % below;
}

static uint64_t extreme(uint64_t max)
{
	switch (rnd(5)) {
	case 0:
		return 0;
	case 1:
		return max;
	case 2:
		return max - rnd(1000);
	case 3:
		return rnd(1000);
	default:
		return max >> rnd(32);
	}
}

/* Numbers at the ends of what they can be; as many tasks as there can be. */
static void extreme_snapshot(void)
{
	uint32_t i, a;

	memset(&s, 0, sizeof(s));
	s.task = tasks;
	s.accelerators = rnd(32) << 1;
	s.budget_mw = extreme(UINT32_MAX);
	s.rest_least = !rnd(4);
	s.rest_all = !rnd(8);
	s.starve_pct = extreme(UINT32_MAX);
	s.turn_pct = extreme(UINT32_MAX);
	s.pressed_pct = rnd(101);
	s.n = rnd(4) ? 1 + rnd(24) : POLICY_TASKS;
	for (i = 0; i < s.n; i++) {
		struct policy_task *t = &tasks[i];

		*t = (struct policy_task){
			.id = i + 1, .cls = rnd(4), .priority = rnd(256), .can_use = rnd(32) << 1,
			.group = rnd(3) ? 0 : 1 + rnd(3), .jobs = rnd(2) ? extreme(UINT32_MAX) : 1,
			.job_units = extreme(UINT32_MAX), .begin_ns = extreme(UINT64_MAX),
			.placement = rnd(POLICY_ACCELERATORS), .frozen = !rnd(3),
			.reason = rnd(POLICY_REASONS), .since_pct = extreme(UINT32_MAX),
			.ran_us = extreme(UINT64_MAX), .over_us = extreme(UINT32_MAX),
		};
		t->job_on = rnd(2) ? rnd(POLICY_ACCELERATORS) : TWILL_ACCELERATOR_NONE;
		for (a = 1; a < POLICY_ACCELERATORS; a++)
			t->service_us[a] = extreme(UINT32_MAX);
	}
}

static bool in_flight(const struct policy_task *t)
{
	return t->job_on && t->job_units == 1;
}

static bool runs_on_gpu(uint32_t i)
{
	const struct policy_task *t = &s.task[i];

	return t->jobs && !d.verdict[i].frozen &&
	       (t->job_on ? t->job_on : d.verdict[i].placement) == GPU;
}

static uint32_t left_us(const struct policy_task *t)
{
	return twill_remaining(t->service_us[GPU] ? t->service_us[GPU] : 1, t->ran_us, 0, 0);
}

/*
 * The gate's promise: where both are short and have had no more than their part, a
 * higher priority does not wait for a lower one, but for what cannot be recalled and
 * for whom its patience, its group or the budget lets run.
 */
static bool waits_for_lower(uint32_t i)
{
	const struct policy_task *t = &s.task[i];
	uint32_t k, higher = 0;

	if (d.verdict[i].reason != POLICY_TURN && d.verdict[i].reason != POLICY_HIGHER)
		return false;
	if (t->over_us || t->job_on != GPU || left_us(t) > STRICT_MAX_US)
		return false;
	for (k = 0; k < s.n; k++) {
		const struct policy_task *o = &s.task[k];

		if (!runs_on_gpu(k))
			continue;
		if (o->priority >= t->priority || in_flight(o) || o->over_us || o->job_on != GPU ||
		    left_us(o) > STRICT_MAX_US || d.verdict[k].reason == POLICY_AGED ||
		    d.verdict[k].reason == POLICY_GROUP)
			higher++;
	}
	return !higher;
}

/* Breaks if: weight comes before priority where both are short, or a sum overflows. */
static void test_extremes(void)
{
	uint32_t round, i, outside = 0, jobless = 0, inversions = 0, pinned = 0, n = 0;

	for (round = 0; round < 30000; round++) {
		extreme_snapshot();
		if (round % 2)
			for (i = 0; i < s.n; i++) {
				tasks[i].over_us = 0;
				tasks[i].service_us[GPU] = 1 + rnd(60000);
				tasks[i].ran_us = rnd(30000);
			}
		policy->decide(&s, &d);
		for (i = 0; i < s.n; i++, n++) {
			const struct policy_verdict *v = &d.verdict[i];

			outside += v->placement >= POLICY_ACCELERATORS ||
				   (v->placement != TWILL_ACCELERATOR_NONE && !s.task[i].job_on &&
				    !(POLICY_BIT(v->placement) & policy_usable(&s, &s.task[i])));
			jobless += v->frozen && !s.task[i].jobs;
			inversions += waits_for_lower(i);
			pinned += v->reason >= POLICY_REASONS;
		}
	}
	ok(!outside && !pinned, "%u tasks with extreme numbers: each placed where it can be, with a reason", n);
	ok(!jobless, "none of them frozen without a job");
	ok(!inversions, "no short job waits for a short one of a lower priority");
}

/* Breaks if: what a task had beyond its part overflows, so that the greediest goes first. */
static void test_greed(void)
{
	uint32_t round, i, more, most, asked = 0, helped = 0;

	for (round = 0; round < 20000; round++) {
		extreme_snapshot();
		policy->decide(&s, &d);
		for (i = 0; i < s.n; i++)
			if (s.task[i].job_on == GPU && s.task[i].job_units != 1 &&
			    (d.verdict[i].reason == POLICY_TURN || d.verdict[i].reason == POLICY_HIGHER))
				break;
		if (i == s.n)
			continue;
		more = extreme(UINT32_MAX);
		most = UINT32_MAX - tasks[i].over_us;
		tasks[i].over_us += more < most ? more : most;
		policy->decide(&s, &d2);
		asked++;
		helped += !d2.verdict[i].frozen && d2.verdict[i].reason != POLICY_AGED &&
			  d2.verdict[i].reason != POLICY_GROUP;
	}
	ok(asked > 1000 && !helped, "%u times one that waits had had more still: it waits on", asked);
}

/* Breaks if: the order in a table, or an id, decides between two that differ otherwise. */
static void test_renamed(void)
{
	uint32_t round, i, k, bad = 0;
	uint16_t to[POLICY_TASKS];

	for (round = 0; round < 20000; round++) {
		extreme_snapshot();
		for (i = 0; i < s.n; i++) {
			tasks[i].begin_ns = 1000 + i * 7919 % 100003;
			tasks[i].since_pct = i * 104729 % 100003;
			to[i] = i;
		}
		for (i = s.n; i-- > 1;) {
			k = rnd(i + 1);
			uint16_t x = to[i];

			to[i] = to[k];
			to[k] = x;
		}
		other = s;
		other.task = others;
		for (i = 0; i < s.n; i++) {
			others[to[i]] = s.task[i];
			others[to[i]].id = 100000 - to[i];
		}
		policy->decide(&s, &d);
		policy->decide(&other, &d2);
		for (i = 0; i < s.n; i++)
			bad += memcmp(&d.verdict[i], &d2.verdict[to[i]], sizeof(d.verdict[0])) != 0;
	}
	ok(!bad, "20000 times in another order and by other ids: the same is decided");
}

/* ---- runs ---- */

static struct board_profile board;
static struct sim_load load;
static char models[4096], why[512];

static bool make(const char *kind, uint64_t seed, double rho)
{
	const struct gen_plan plan = { .gpu_khz = 510000, .cpu_khz = 1651200, .per_s = 80 };
	struct gen gen = gen_defaults();

	gen.seconds = 20;
	if (gen_parse(kind, &gen, why, sizeof(why)))
		return false;
	gen.seed = seed;
	gen.rho = rho;
	return !gen_make(&load, &gen, &plan, models, why, sizeof(why));
}

/* Since when each process is frozen, and for how long one was at most. */
static struct {
	uint64_t since_ns[SIM_MODELS];
	uint64_t longest_ns;
} spell;

static void frozen(void *arg, uint64_t now_ns, uint32_t model, bool begins)
{
	(void)arg;
	if (!begins && now_ns - spell.since_ns[model] > spell.longest_ns)
		spell.longest_ns = now_ns - spell.since_ns[model];
	spell.since_ns[model] = now_ns;
}

/* Mean latency in milliseconds, below 0 if the run failed. */
static double run(uint32_t budget_mw, struct sim_result *r)
{
	const struct sim_watch watch = { .frozen = frozen };
	const struct sim_setup setup = {
		.models = load.models, .priority = load.priority, .count = load.models_n,
		.switch_ns = -1, .board = &board, .budget_mw = budget_mw,
		.starve_windows = WINDOWS, .policy = policy, .horizon_ns = PATIENCE * 20 * SECOND,
		.watch = &watch,
	};
	double sum = 0;
	size_t j;

	memset(&spell, 0, sizeof(spell));
	if (sim_run(&setup, load.jobs, load.jobs_n, r))
		return -1;
	for (j = 0; j < load.jobs_n; j++) {
		const struct sim_job *job = &load.jobs[j];

		sum += (double)((job->end_ns ? job->end_ns : r->end_ns) - job->arrival_ns);
	}
	return sum * 1e-6 / (double)load.jobs_n;
}

/* From the least budget that is accepted; 0, last, is none. */
static const uint32_t budgets[] = {
	11940, 12000, 12250, 12500, 13000, 13500, 14000, 15000, 16000, 17000, 18000, 20000, 22000,
	25000, 30000, 40000, 0,
};

#define BUDGETS	(sizeof(budgets) / sizeof(budgets[0]))

/* How much worse than with any lower budget, in percent: the worst of them. */
static double worsening(const double *mean)
{
	double least = mean[0], worst = 0;
	size_t b;

	for (b = 1; b < BUDGETS; b++) {
		if (mean[b] / least - 1 > worst)
			worst = mean[b] / least - 1;
		least = mean[b] < least ? mean[b] : least;
	}
	return worst * 100;
}

/*
 * Breaks if: the brake is never let go at a low budget, a window is exceeded, or clocks
 * are so high that the budget is spent before its window ends.
 */
static void test_budgets(const char *kind, double rho, uint64_t seeds, double allowed_pct)
{
	uint32_t unfinished = 0, over = 0, failed = 0;
	double sum[BUDGETS] = { 0 }, worst;
	struct sim_result r;
	uint64_t seed, longest = 0;
	size_t b;

	for (seed = 1; seed <= seeds; seed++) {
		if (!make(kind, seed, rho)) {
			ok(false, "%s", why);
			return;
		}
		for (b = 0; b < BUDGETS; b++) {
			double mean = run(budgets[b], &r);

			failed += mean < 0;
			unfinished += r.unfinished;
			over += r.windows_over;
			sum[b] += mean;
			if (spell.longest_ns > longest)
				longest = spell.longest_ns;
		}
		sim_load_free(&load);
	}
	worst = worsening(sum);
	ok(!failed && !unfinished, "%s, %.1f, %u budgets from the least: every job ends", kind, rho,
	   (unsigned int)BUDGETS);
	ok(!over, "and no window is over");
	ok(longest <= AGED_S * SECOND, "nobody is frozen for more than %u s at a stretch: %.2f s", AGED_S,
	   (double)longest * 1e-9);
	if (!ok(worst <= allowed_pct, "more budget makes the mean no worse than by %.1f %%: %.2f",
		allowed_pct, worst))
		for (b = 0; b < BUDGETS; b++)
			note("%u mW: %.3f ms", budgets[b], sum[b] / (double)seeds);
}

int main(int argc, char **argv)
{
	char path[4096];

	if (argc != 2)
		return 2;
	snprintf(models, sizeof(models), "%s/agent/models", argv[1]);
	snprintf(path, sizeof(path), "%s/agent/boards/orin-nx-16gb.ini", argv[1]);
	if (!ok(!board_read(&board, path, why), "the board's profile"))
		return tap_done();
	test_extremes();
	test_renamed();
	test_greed();
	test_budgets("mix", 0.3, 3, 2);
	test_budgets("mix", 0.5, 3, 2);
	test_budgets("mix,mix=adverse", 0.4, 3, 2);
	test_budgets("cameras", 0.5, 3, 2);
	test_budgets("pipeline", 0.4, 3, 2);
	test_budgets("mix,mix=adverse", 1.5, 2, 2);
	return tap_done();
}
