// SPDX-License-Identifier: GPL-2.0-or-later
/* What twill is compared with: static, fifo, and static clocks. Argument: the top. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policy/common.h"
#include "power/board.h"
#include "sim/gen.h"
#include "sim/still.h"
#include "tap.h"

#define GPU	TWILL_ACCELERATOR_GPU
#define DLA0	TWILL_ACCELERATOR_DLA0
#define DLA1	TWILL_ACCELERATOR_DLA1
#define BIT(a)	POLICY_BIT(a)
#define CNN	(BIT(GPU) | BIT(DLA0) | BIT(DLA1))
#define SECOND	1000000000ULL

static struct policy_snapshot s;
static struct policy_task tasks[POLICY_TASKS];
static struct policy_verdict verdicts[POLICY_TASKS];
static uint16_t order[POLICY_TASKS], grouped[POLICY_TASKS];
static struct policy_decision d = { verdicts, order, grouped };

static void clear(uint32_t accelerators)
{
	memset(&s, 0, sizeof(s));
	memset(tasks, 0, sizeof(tasks));
	s.task = tasks;
	s.accelerators = accelerators | BIT(TWILL_ACCELERATOR_CPU);
	s.starve_pct = 1000;
	s.turn_pct = 50;
}

static struct policy_task *task(uint32_t priority, uint32_t can_use, uint32_t jobs)
{
	struct policy_task *t = &tasks[s.n++];

	*t = (struct policy_task){ .id = s.n, .priority = priority, .can_use = can_use,
				   .jobs = jobs, .begin_ns = s.n };
	return t;
}

static bool is(uint32_t i, uint32_t placement, bool frozen, enum policy_reason reason)
{
	const struct policy_verdict *v = &d.verdict[i];

	if (v->placement == placement && v->frozen == frozen && v->reason == reason)
		return true;
	note("task %u: placement %u frozen %d reason %s", i, v->placement, v->frozen,
	     policy_reason_name(v->reason));
	return false;
}

/* Breaks if: a network moves, all are on one DLA, or priority or load counts. */
static void test_static(void)
{
	const struct policy *p = policy_find("static");

	clear(CNN);
	task(0, CNN, 0);
	task(255, CNN, 1);
	task(100, CNN, 1);
	task(0, BIT(GPU), 1);
	task(255, BIT(GPU), 1);
	p->decide(&s, &d);
	ok(is(0, DLA0, false, POLICY_NO_JOB) && is(1, DLA1, false, POLICY_AFFINITY) &&
	   is(2, DLA0, false, POLICY_AFFINITY), "static: networks to the DLAs in turn");
	ok(is(3, GPU, false, POLICY_AFFINITY) && is(4, GPU, false, POLICY_SHARES),
	   "the rest shares the GPU, whatever its priority");
	tasks[0].placement = DLA1;
	tasks[1].placement = DLA1;
	tasks[2].placement = DLA1;
	task(0, CNN, 1);
	p->decide(&s, &d);
	ok(is(0, DLA1, false, POLICY_NO_JOB) && is(2, DLA1, false, POLICY_SHARES) &&
	   is(5, DLA0, false, POLICY_AFFINITY), "a network stays where it is, a new one evens out");
	s.accelerators &= ~BIT(DLA1);
	p->decide(&s, &d);
	ok(is(2, DLA0, false, POLICY_SHARES), "one DLA takes them all");
	s.accelerators &= ~BIT(DLA0);
	p->decide(&s, &d);
	ok(is(2, GPU, false, POLICY_SHARES), "without one, the GPU does");
	s.rest_least = true;
	p->decide(&s, &d);
	ok(is(5, GPU, true, POLICY_BUDGET) && is(4, GPU, false, POLICY_SHARES),
	   "for the budget the newest rests");
}

/* Breaks if: priority counts, a DLA's queue is left alone, or what is submitted is frozen. */
static void test_fifo(void)
{
	const struct policy *p = policy_find("fifo");

	clear(CNN);
	task(0, BIT(GPU), 1);
	task(255, BIT(GPU), 1);
	task(0, CNN, 1)->placement = DLA1;
	task(255, CNN, 1)->placement = DLA1;
	p->decide(&s, &d);
	ok(is(0, GPU, false, POLICY_AFFINITY) && is(1, GPU, true, POLICY_TURN),
	   "fifo: the first on the GPU runs, the more urgent one waits");
	ok(is(2, DLA1, false, POLICY_AFFINITY) && is(3, DLA1, true, POLICY_TURN), "so on a DLA");
	tasks[0].jobs = 0;
	tasks[1].frozen = true;
	p->decide(&s, &d);
	ok(is(1, GPU, false, POLICY_AFFINITY), "and runs when that has ended");
	task(0, BIT(GPU), 1)->job_on = GPU;
	tasks[4].job_units = 1;
	tasks[1].job_on = GPU;
	tasks[1].job_units = 1;
	p->decide(&s, &d);
	ok(is(4, GPU, false, POLICY_IN_FLIGHT), "what is submitted is not held");
	tasks[4].job_units = 5;
	p->decide(&s, &d);
	ok(is(4, GPU, true, POLICY_TURN), "but between two units it is");
	tasks[4].frozen = true;
	tasks[4].since_pct = 1000;
	p->decide(&s, &d);
	ok(is(4, GPU, false, POLICY_AGED), "and not for ever");
}

/* Breaks if: a setting is read as another, or the first is not the policy named paper. */
static void test_paper_settings(void)
{
	const struct policy *p;
	uint32_t i, k, n = 0, same = 0;

	for (i = 0; policy_paper_settings[i].name; i++, n++)
		for (k = 0; k < i; k++)
			same += !strcmp(policy_paper_settings[i].name, policy_paper_settings[k].name);
	ok(n == 12 && !same && policy_find("paper") == &policy_paper_settings[0] &&
	   policy_find("paper-rest-gpu") == &policy_paper_settings[11], "paper: 12 settings by name");

	clear(CNN);
	task(100, BIT(GPU), 1)->cls = TWILL_CLASS_LLM;
	task(100, BIT(GPU), 1)->cls = TWILL_CLASS_DNN;
	policy_find("paper-slice")->decide(&s, &d);
	ok(is(1, GPU, false, POLICY_AFFINITY) && is(0, GPU, false, POLICY_SHARES), "slice: equals share");
	policy_find("paper-arrival")->decide(&s, &d);
	ok(is(0, GPU, false, POLICY_AFFINITY) && is(1, GPU, true, POLICY_TURN), "arrival: the first");

	clear(BIT(GPU) | BIT(DLA0));
	task(100, CNN, 1);
	task(100, CNN, 1);
	policy_find("paper")->decide(&s, &d);
	ok(is(0, DLA0, false, POLICY_AFFINITY) && is(1, GPU, false, POLICY_SECOND_BEST),
	   "as a rule a second network takes the GPU");
	policy_find("paper-stay")->decide(&s, &d);
	ok(is(1, DLA0, false, POLICY_SHARES), "stay: it queues at the DLA");
	policy_find("paper-gpu")->decide(&s, &d);
	ok(is(0, GPU, false, POLICY_AFFINITY) && is(1, DLA0, false, POLICY_SECOND_BEST),
	   "gpu: the first takes the GPU, the second the DLA");
	s.accelerators &= ~BIT(GPU);
	policy_find("paper-queue")->decide(&s, &d);
	ok(is(1, DLA0, true, POLICY_TURN), "queue: it is frozen there");

	clear(CNN);
	s.rest_least = true;
	task(100, BIT(GPU), 1)->job_on = GPU;
	tasks[0].job_units = 1;
	p = policy_find("paper-rest");
	p->decide(&s, &d);
	ok(p->rest_first && is(0, GPU, false, POLICY_AFFINITY), "rest: only what goes piece by piece");
}

static bool by_begin(const struct policy_task *a, const struct policy_task *b)
{
	return a->begin_ns != b->begin_ns ? a->begin_ns < b->begin_ns : a->id < b->id;
}

/* Breaks if: the heap loses or repeats one, or a child is not looked at. */
static void test_order(void)
{
	uint32_t n, i, round, bad = 0;
	uint64_t x = 1;

	for (round = 0; round < 2000; round++) {
		clear(CNN);
		n = round % 65;
		for (i = 0; i < n; i++) {
			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
			task(0, CNN, 1)->begin_ns = (x >> 33) % 50;
			tasks[i].since_pct = 0;
		}
		bad += policy_sort(&s, &d, by_begin) != n;
		for (i = 0; i < n; i++)
			tasks[d.order[i]].since_pct++;
		for (i = 0; i < n; i++)
			bad += tasks[i].since_pct != 1 ||
			       (i && !by_begin(&tasks[d.order[i - 1]], &tasks[d.order[i]]));
	}
	ok(!bad, "2000 lists of up to 64: in order, each once");
}

static struct board_profile board;
static struct sim_load load;
static char models[4096], why[512];
static const struct profile_request shortest = { .prompt = 32, .output = 16 };

static struct sim_setup make(const char *spec, uint32_t budget_mw)
{
	const struct gen_plan plan = { .gpu_khz = 510000, .cpu_khz = 1651200, .per_s = 80 };
	struct gen gen = gen_defaults();

	if (gen_parse(spec, &gen, why, sizeof(why)) ||
	    gen_make(&load, &gen, &plan, models, why, sizeof(why)))
		note("%s", why);
	return (struct sim_setup){
		.models = load.models, .priority = load.priority, .count = load.models_n,
		.switch_ns = -1, .board = &board, .budget_mw = budget_mw, .starve_windows = 10,
		.horizon_ns = 20 * SECOND,
	};
}

static int run(const char *name, struct sim_setup *setup, struct sim_result *r, uint32_t *least_mw)
{
	int err = sim_set_policy(name, setup, &shortest, load.jobs, load.jobs_n, least_mw);

	return err ? err : sim_run(setup, load.jobs, load.jobs_n, r);
}

static void check_saturated(uint32_t budget_mw, uint32_t dlas)
{
	struct sim_setup setup = make("mix,rho=4,seconds=20", budget_mw);
	uint32_t least;
	struct sim_result r;
	struct caps caps;
	bool found = caps_find_dlas(sim_silicon(&setup), setup.models, setup.count, &shortest,
				    budget_mw, &caps);
	int err;

	ok(found && caps.dlas == dlas && caps.draw_mw <= budget_mw, "%u mW: %u DLAs at %u kHz, GPU at %u kHz",
	   budget_mw, caps.dlas, caps.dla_khz, caps.gpu_khz);
	err = run("static", &setup, &r, &least);
	ok(!err && r.unfinished && !r.windows_over && r.max_window_mw <= caps.draw_mw,
	   "static, saturated: its worst second draws %u mW, predicted at most %u", r.max_window_mw,
	   caps.draw_mw);
	ok(r.max_window_mw > caps.draw_mw * 9 / 10 && setup.gpu_khz == caps.gpu_khz, "and not much less");
	sim_load_free(&load);
}

/* All of the clocks' table, to see that the search along its edge misses nothing. */
static double exhaustive_ns(struct sim_setup setup)
{
	struct sim_result r;
	double best = INFINITY, mean;
	const struct silicon *si = sim_silicon(&setup);
	uint32_t g, c;

	for (g = 0; g < si->gpu.n; g++)
		for (c = 0; c < si->cpu.n; c++) {
			setup.gpu_khz = si->gpu.khz[g];
			setup.cpu_khz = si->cpu.khz[c];
			if (sim_run(&setup, load.jobs, load.jobs_n, &r) || r.windows_over)
				continue;
			mean = sim_mean_ns(load.jobs, load.jobs_n, r.end_ns);
			best = mean < best ? mean : best;
		}
	return best;
}

/* Breaks if: the edge is left, a run over the budget counts, or the last run is kept. */
static void check_hindsight(const char *spec, uint32_t budget_mw)
{
	struct sim_setup setup = make(spec, budget_mw);
	double all = exhaustive_ns(setup), found, safe;
	struct sim_result r;
	uint32_t least = 0;
	int err;

	err = run(STILL_TIMESLICE, &setup, &r, &least);
	safe = sim_mean_ns(load.jobs, load.jobs_n, r.end_ns);
	ok(!err && !r.windows_over, "%s, %u mW: timeslice holds it", spec, budget_mw);
	err = run(STILL_HINDSIGHT, &setup, &r, &least);
	found = sim_mean_ns(load.jobs, load.jobs_n, r.end_ns);
	ok(!err && !r.windows_over && found < safe, "in hindsight it holds, too: mean %.2f ms, not %.2f",
	   found * 1e-6, safe * 1e-6);
	ok(found <= all * 1.001, "no other static clocks do better: %.3f ms", all * 1e-6);
	sim_load_free(&load);
}

static void test_refused(void)
{
	struct sim_setup setup = make("mix,rho=0.5,seconds=5", 9000);
	struct sim_result r;
	uint32_t least = 0;
	int err;

	ok(run("fifos", &setup, &r, &least) == -ENOENT,
	   "a name that is none");
	err = run("static", &setup, &r, &least);
	ok(err == -ERANGE && least > 9000, "9 W cannot be held by clocks: it takes %u mW", least);
	ok(run("timeslice", &setup, &r, &least) == -ERANGE,
	   "nor by timeslice's");
	setup.budget_mw = 5000;
	ok(run(STILL_HINDSIGHT, &setup, &r, &least) == -ERANGE,
	   "nor, at 5 W, in hindsight");
	sim_load_free(&load);
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
	test_static();
	test_fifo();
	test_paper_settings();
	test_order();
	check_saturated(15000, 1);
	check_saturated(20000, 2);
	check_hindsight("mix,rho=0.4,seconds=8,seed=3", 15000);
	check_hindsight("mix,rho=0.7,seconds=8,seed=4", 20000);
	test_refused();
	return tap_done();
}
