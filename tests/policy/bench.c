// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench - generated loads under policies: a JSON object a line on standard output.
 *
 *	policy_bench --load SPEC --seeds FIRST:LAST --policies A,B,... --budget MW ...
 *
 * For each seed the same jobs go to each policy; the sensor's error is drawn by the
 * seed, within 3 % each way. tests/policy/bench-policy says what is measured. The
 * first line is the plan; --plan-only ends there, --per-s takes its figure.
 *
 * --wrong has the agent believe in something else than the board: gpu_mw=70 in 70 % of
 * what a busy GPU draws, gpu_us=150 in half as long again for a job there; idle_mw,
 * cpu_mw, dla_mw, exponent (of power over the clock), dla_us, llm_us (of language
 * models) alike. --silicon makes the board another one: contention, dla_speed, dla_mw,
 * in percent. --heat AROUND:HEAT:FROM:UNTIL, --leak-ppm and --oc: sim/thermal.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kmod/order.h"
#include "options.h"
#include "policy/policy.h"
#include "sim/still.h"
#include "sim/gen_clock.h"
#include "sim/latency.h"

#define SECOND		1000000000ULL
#define GAIN_PPM	30000
#define STARVE_WINDOWS	10	/* as twill.conf */
#define DLA_MASK	(1u << ORIN_SIM_DLA0 | 1u << ORIN_SIM_DLA1)

/* Latencies of the highest priority, all seeds together. */
struct pool {
	double *ms;
	size_t n, room;
};

static struct pool shared[POLICIES], lonely[POLICIES];

static void pool_add(struct pool *p, double ms)
{
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 1024;
		p->ms = realloc(p->ms, p->room * sizeof(*p->ms));
		if (!p->ms)
			die("no memory");
	}
	p->ms[p->n++] = ms;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double pool_p99(struct pool *p)
{
	qsort(p->ms, p->n, sizeof(*p->ms), by_size);
	return p->n ? p->ms[(size_t)ceil(0.99 * (double)p->n) - 1] : NAN;
}

/* ---- a job alone on the board ---- */

static uint64_t command_ns(const struct options *o, enum orin_sim_engine engine,
			   const struct board_cmd *cmd)
{
	const struct silicon *si = o->plan.silicon;
	uint32_t g;

	if (engine != ORIN_SIM_GPU)
		return board_alone_ns(si, engine, cmd, silicon_top(&si->dla));
	for (g = si->gpu.n; g-- > 1;)
		if (!o->budget_mw ||
		    board_alone_mw(si, engine, cmd->kind, si->gpu.khz[g]) <= o->budget_mw)
			break;
	return board_alone_ns(si, engine, cmd, si->gpu.khz[g]);
}

/* Best placement, and of each command the highest clock that fits in the budget. */
static double isolated_ms(const struct options *o, const struct profile *p,
			  const struct profile_request *r)
{
	const struct silicon *si = o->plan.silicon;
	uint64_t best = UINT64_MAX, sum;
	struct board_cmd cmd;
	uint32_t e, i;

	for (e = ORIN_SIM_GPU; e < ORIN_SIM_DLA0 + si->dlas; e++) {
		if (!(p->accelerators & 1u << e))
			continue;
		for (i = 0, sum = 0; !profile_unit(p, r, i, &cmd); i++)
			sum += command_ns(o, e, &cmd);
		best = sum < best ? sum : best;
	}
	return (double)(best + caps_stages_ns(si, p, silicon_top(&si->cpu))) * 1e-6;
}

/* Of those that are not of the highest priority. */
static double longest_unit_ms(const struct options *o, const struct sim_load *load, uint32_t others)
{
	struct profile_request r = { .by_layer = o->gen.by_layer, .prompt = 256, .output = 2 };
	uint64_t longest = 0, ns;
	struct board_cmd cmd;
	uint32_t i, u;

	for (i = 0; i < load->models_n; i++)
		for (u = 0; others & 1u << i && !profile_unit(&load->models[i], &r, u, &cmd); u++) {
			ns = command_ns(o, ORIN_SIM_GPU, &cmd);
			longest = ns > longest ? ns : longest;
		}
	return (double)longest * 1e-6;
}

/* ---- runs ---- */

static int32_t gain_of(const struct options *o, uint64_t seed)
{
	struct stream s = stream_make(seed, 1000);

	return o->budget_mw ? (int32_t)stream_between(&s, 0, 2 * GAIN_PPM) - GAIN_PPM : 0;
}

static struct sim_setup setup_of(const struct options *o, const struct sim_load *load,
				 uint64_t seed)
{
	return (struct sim_setup){
		.models = load->models, .priority = load->priority, .count = load->models_n,
		.unmarked = load->unmarked, .switch_ns = o->switch_ns, .silicon = o->plan.silicon, .board = &o->board,
		/* What never ends by itself is looked at when requests stop coming. */
		.horizon_ns = gen_ends(&o->gen) ? 10 * SECOND * o->gen.seconds : SECOND * o->gen.seconds,
		.budget_mw = o->budget_mw, .gain_ppm = gain_of(o, seed),
		.starve_windows = STARVE_WINDOWS,
		.belief = o->belief, .thermal = o->hot ? &o->thermal : NULL,
	};
}

static void run(const struct options *o, const char *policy, struct sim_setup *s,
		struct sim_job *jobs, size_t n, struct sim_result *result)
{
	const struct profile_request shortest = {
		.by_layer = o->gen.by_layer, .prompt = 32, .output = 16,
	};
	uint32_t least_mw;
	int r = 0;

	if (!strcmp(policy, STILL_TIMESLICE)) {
		s->gpu_khz = o->plan.gpu_khz;
		s->cpu_khz = o->plan.cpu_khz;
	} else {
		r = sim_set_policy(policy, s, &shortest, jobs, n, &least_mw);
	}
	if (r == -ENOENT)
		die("no policy '%s'", policy);
	if (!r)
		r = sim_run(s, jobs, n, result);
	if (r)
		die("a run failed: %s", strerror(-r));
}

static bool arrived(const struct sim_job *job, const struct sim_setup *s)
{
	return job->end_ns || (!job->follows && job->arrival_ns < s->horizon_ns) || job->begin_ns;
}

/* What did not end counts as if it ended at the horizon. */
static double latency_ms(const struct sim_job *job, const struct sim_setup *s)
{
	return (double)((job->end_ns ? job->end_ns : s->horizon_ns) - job->arrival_ns) * 1e-6;
}

struct sums {
	double latency, slowdown, weight, model_ms[SIM_MODELS];
	uint32_t jobs, ended, model_jobs[SIM_MODELS], late, with_deadline;
};

static void sum_up(const struct sim_setup *s, const struct sim_load *load,
		   const double *isolated, struct pool *high, struct sums *to)
{
	uint32_t top = sim_highest(load);
	size_t j;

	*to = (struct sums){ 0 };
	for (j = 0; j < load->jobs_n; j++) {
		const struct sim_job *job = &load->jobs[j];
		double ms, weight;

		if (load->extra & 1u << job->model || !arrived(job, s))
			continue;
		ms = latency_ms(job, s);
		weight = twill_weight(load->priority[job->model]);
		to->latency += ms;
		to->slowdown += weight * log(ms / isolated[j]);
		to->weight += weight;
		to->model_ms[job->model] += ms;
		to->model_jobs[job->model]++;
		to->ended += job->end_ns != 0;
		to->jobs++;
		if (top & 1u << job->model)
			pool_add(high, ms);
	}
}

static void print_run(uint64_t seed, const char *policy, const struct sim_load *load,
		      const struct sums *t, const struct sim_result *r)
{
	uint32_t i;

	printf("{\"seed\": %" PRIu64 ", \"policy\": \"%s\", \"jobs\": %u, \"ended\": %u, "
	       "\"mean_ms\": %.6f, \"slowdown\": %.6f, \"energy_j\": %.3f, \"end_s\": %.3f, "
	       "\"windows\": %u, \"over\": %u, \"max_mw\": %u, \"freezes\": %u, \"migrations\": %u, "
	       "\"decisions\": %" PRIu64 ", \"models\": {",
	       seed, policy, t->jobs, t->ended, t->latency / t->jobs, exp(t->slowdown / t->weight),
	       (double)r->energy_uj * 1e-6, (double)r->end_ns * 1e-9, r->windows, r->windows_over,
	       r->max_window_mw, r->freezes, r->migrations, r->decisions);
	for (i = 0; i < load->models_n; i++)
		printf("%s\"%s\": [%u, %.4f]", i ? ", " : "", load->models[i].name, t->model_jobs[i],
		       t->model_jobs[i] ? t->model_ms[i] / t->model_jobs[i] : 0);
	printf("}, \"hottest_c\": %.2f, \"cooled_s\": %.2f, \"cooling\": %u, \"oc_events\": %" PRIu64
	       ", \"gpu_khz\": [%u, %u, %u]}\n", r->hottest_mc * 1e-3, (double)r->cooled_ns * 1e-9,
	       r->cooling, r->oc_events, r->gpu_khz[0], r->gpu_khz[1], r->gpu_khz[2]);
}

/* The same arrivals of the highest priority, and nobody else. */
static void run_alone(const struct options *o, const char *policy, const struct sim_load *load,
		      uint64_t seed, struct pool *pool)
{
	struct sim_job *jobs = calloc(load->jobs_n, sizeof(*jobs));
	struct sim_setup s = setup_of(o, load, seed);
	uint32_t top = sim_highest(load);
	struct sim_result result;
	size_t j, n = 0;

	if (!jobs)
		die("no memory");
	for (j = 0; j < load->jobs_n; j++)
		if (top & 1u << load->jobs[j].model && !load->jobs[j].follows)
			jobs[n++] = load->jobs[j];
	run(o, policy, &s, jobs, n, &result);
	for (j = 0; j < n; j++)
		if (arrived(&jobs[j], &s))
			pool_add(pool, latency_ms(&jobs[j], &s));
	free(jobs);
}

static void run_seed(const struct options *o, uint64_t seed)
{
	struct gen gen = o->gen;
	uint32_t i;
	struct sim_result result;
	struct sim_load load;
	struct sums sums;
	double *isolated;
	char why[512];
	size_t j;
	int k;

	gen.seed = seed;
	if (gen_make(&load, &gen, &o->plan, o->models, why, sizeof(why)))
		die("%s", why);
	for (i = 0; i < load.models_n; i++)
		load.models[i].accelerators &= ~(DLA_MASK & ~0u << (ORIN_SIM_DLA0 + o->dlas));
	isolated = malloc(load.jobs_n * sizeof(*isolated));
	if (!isolated)
		die("no memory");
	for (j = 0; j < load.jobs_n; j++)
		isolated[j] = load.extra & 1u << load.jobs[j].model ? 1 :
			isolated_ms(o, &load.models[load.jobs[j].model], &load.jobs[j].request);
	for (k = 0; k < o->policies; k++) {
		struct sim_setup s = setup_of(o, &load, seed);

		run(o, o->names[k], &s, load.jobs, load.jobs_n, &result);
		sum_up(&s, &load, isolated, &shared[k], &sums);
		print_run(seed, o->names[k], &load, &sums, &result);
		if (o->alone)
			run_alone(o, o->names[k], &load, seed, &lonely[k]);
	}
	if (seed == o->last && o->alone)
		for (k = 0; k < o->policies; k++)
			printf("{\"policy\": \"%s\", \"high_p99_ms\": %.6f, \"alone_p99_ms\": %.6f, "
			       "\"longest_unit_ms\": %.6f}\n", o->names[k], pool_p99(&shared[k]),
			       pool_p99(&lonely[k]),
			       longest_unit_ms(o, &load, ~sim_highest(&load) & ~load.extra));
	free(isolated);
	sim_load_free(&load);
}

int main(int argc, char **argv)
{
	struct options o;
	uint64_t seed;

	options_read(&o, argc, argv);
	printf("{\"gpu_khz\": %u, \"cpu_khz\": %u, \"per_s\": %.4f}\n", o.plan.gpu_khz, o.plan.cpu_khz,
	       o.plan.per_s);
	for (seed = o.first; seed <= o.last && !o.plan_only; seed++)
		run_seed(&o, seed);
	return 0;
}
