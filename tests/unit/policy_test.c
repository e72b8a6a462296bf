// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policies: cases by name, then properties over random snapshots, then ageing
 * over simulated time.
 */
#include <string.h>

#include "policy/policy.h"
#include "tap.h"

#define GPU	TWILL_ACCELERATOR_GPU
#define DLA0	TWILL_ACCELERATOR_DLA0
#define DLA1	TWILL_ACCELERATOR_DLA1
#define CPU	TWILL_ACCELERATOR_CPU
#define NONE	TWILL_ACCELERATOR_NONE
#define BIT(a)	POLICY_BIT(a)
#define ALL	(BIT(CPU) | BIT(GPU) | BIT(DLA0) | BIT(DLA1))
#define CNN	(BIT(GPU) | BIT(DLA0) | BIT(DLA1))

static struct policy_snapshot s;
static struct policy_task tasks[POLICY_TASKS];
static struct policy_verdict verdicts[POLICY_TASKS];
static uint16_t order[POLICY_TASKS], grouped[POLICY_TASKS];
static struct policy_decision d = { verdicts, order, grouped };
static const struct policy *policy = &policy_paper;
static uint64_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

static void clear(uint32_t accelerators)
{
	memset(&s, 0, sizeof(s));
	memset(tasks, 0, sizeof(tasks));
	s.task = tasks;
	memset(verdicts, 0xff, sizeof(verdicts));
	s.accelerators = accelerators;
	s.starve_pct = 1000;
	s.turn_pct = 50;
}

static struct policy_task *task(uint32_t cls, uint32_t priority, uint32_t can_use, uint32_t jobs)
{
	struct policy_task *t = &tasks[s.n];

	t->id = ++s.n;
	t->cls = cls;
	t->priority = priority;
	t->can_use = can_use;
	t->jobs = jobs;
	t->begin_ns = s.n;
	return t;
}

static struct policy_task *on(struct policy_task *t, uint32_t accelerator, uint32_t units)
{
	t->job_on = accelerator;
	t->job_units = units;
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

static void decide(void)
{
	policy->decide(&s, &d);
}

static void test_affinity(void)
{
	clear(ALL);
	task(TWILL_CLASS_DNN, 100, CNN, 1);
	task(TWILL_CLASS_DNN, 100, CNN, 1);
	task(TWILL_CLASS_TRANSFORMER, 100, BIT(GPU), 1);
	decide();
	ok(is(0, DLA0, false, POLICY_AFFINITY) && is(1, DLA1, false, POLICY_AFFINITY) &&
	   is(2, GPU, false, POLICY_AFFINITY), "networks to the DLAs, one each; the rest to the GPU");

	task(TWILL_CLASS_DNN, 100, CNN, 1);
	decide();
	ok(is(2, GPU, true, POLICY_TURN) && is(3, GPU, false, POLICY_SECOND_BEST),
	   "a third network takes the GPU before the longer class");
	on(&tasks[2], GPU, 1);
	decide();
	ok(is(2, GPU, false, POLICY_AFFINITY) && is(3, DLA0, false, POLICY_SHARES),
	   "but queues at a DLA when a unit of an equal is on the GPU");

	clear(BIT(CPU) | BIT(GPU));
	task(TWILL_CLASS_DNN, 100, CNN, 1);
	decide();
	ok(is(0, GPU, false, POLICY_AFFINITY), "a board without DLAs");
	clear(BIT(CPU));
	task(TWILL_CLASS_OTHER, 100, BIT(CPU), 1);
	task(TWILL_CLASS_OTHER, 100, BIT(CPU), 1);
	task(TWILL_CLASS_LLM, 100, BIT(GPU), 1);
	decide();
	ok(is(0, CPU, false, POLICY_AFFINITY) && is(1, CPU, false, POLICY_AFFINITY),
	   "the CPU takes as many as come");
	ok(is(2, NONE, false, POLICY_AFFINITY), "what fits nowhere is left alone");
}

static void test_priority(void)
{
	clear(ALL);
	on(task(TWILL_CLASS_LLM, 20, BIT(GPU), 1), GPU, 200);
	task(TWILL_CLASS_TRANSFORMER, 200, BIT(GPU), 1);
	decide();
	ok(is(0, GPU, true, POLICY_HIGHER) && is(1, GPU, false, POLICY_AFFINITY),
	   "a higher priority freezes the lower");
	tasks[1].jobs = 0;
	tasks[0].frozen = true;
	decide();
	ok(is(0, GPU, false, POLICY_AFFINITY) && !d.verdict[1].frozen &&
	   d.verdict[1].reason == POLICY_NO_JOB, "which resumes when the job has ended");

	clear(ALL);
	on(task(TWILL_CLASS_DNN, 20, BIT(GPU), 1), GPU, 1);
	task(TWILL_CLASS_TRANSFORMER, 200, BIT(GPU), 1);
	decide();
	ok(is(0, GPU, false, POLICY_IN_FLIGHT), "a unit in flight is not withheld");

	clear(ALL);
	task(TWILL_CLASS_DNN, 20, CNN, 1);
	task(TWILL_CLASS_DNN, 200, BIT(DLA0), 1);
	task(TWILL_CLASS_DNN, 200, BIT(DLA1), 1);
	task(TWILL_CLASS_LLM, 10, BIT(GPU), 1);
	decide();
	ok(is(0, GPU, false, POLICY_SECOND_BEST), "the lower one moves where it can");
	ok(is(3, GPU, true, POLICY_HIGHER), "and displaces one that is lower still");
}

static void test_turns(void)
{
	clear(ALL);
	on(task(TWILL_CLASS_LLM, 100, BIT(GPU), 1), GPU, 100);
	task(TWILL_CLASS_TRANSFORMER, 100, BIT(GPU), 1);
	task(TWILL_CLASS_DNN, 100, BIT(GPU), 1);
	decide();
	ok(is(0, GPU, true, POLICY_TURN) && is(1, GPU, true, POLICY_TURN) &&
	   is(2, GPU, false, POLICY_AFFINITY), "equals: one at a time, shortest class first");
	on(&tasks[1], GPU, 1);
	decide();
	ok(is(0, GPU, true, POLICY_TURN) && is(1, GPU, false, POLICY_AFFINITY) &&
	   is(2, GPU, true, POLICY_TURN), "unless the one unit of an equal is on it");
	on(&tasks[1], GPU, 12);
	decide();
	ok(is(2, GPU, false, POLICY_AFFINITY), "which, in many units, gives way");

	clear(ALL);
	task(TWILL_CLASS_LLM, 100, BIT(GPU), 1)->begin_ns = 9;
	task(TWILL_CLASS_LLM, 100, BIT(GPU), 1)->begin_ns = 5;
	decide();
	ok(is(0, GPU, true, POLICY_TURN) && is(1, GPU, false, POLICY_AFFINITY),
	   "of two alike the one that began first");
}

static void test_migration(void)
{
	clear(ALL);
	on(task(TWILL_CLASS_DNN, 100, CNN, 1), GPU, 1);
	decide();
	ok(is(0, DLA0, false, POLICY_SECOND_BEST), "from the second best back at the next job");
	on(task(TWILL_CLASS_DNN, 100, CNN, 1), DLA0, 1);
	decide();
	ok(is(0, DLA1, false, POLICY_SECOND_BEST) && is(1, DLA0, false, POLICY_AFFINITY),
	   "to the DLA that is free");
	on(task(TWILL_CLASS_DNN, 100, CNN, 1), DLA1, 1);
	decide();
	ok(is(0, GPU, false, POLICY_SECOND_BEST), "or not, when none is");

	clear(ALL);
	task(TWILL_CLASS_DNN, 100, CNN, 0)->placement = DLA1;
	task(TWILL_CLASS_DNN, 100, CNN, 0)->placement = CPU;
	task(TWILL_CLASS_DNN, 100, CNN, 0);
	decide();
	ok(is(0, DLA1, false, POLICY_NO_JOB) && is(1, DLA0, false, POLICY_NO_JOB) &&
	   is(2, DLA0, false, POLICY_NO_JOB),
	   "without a job: stays where it is, if it can be there");
}

static void test_group(void)
{
	clear(ALL);
	task(TWILL_CLASS_TRANSFORMER, 200, BIT(GPU), 1)->group = 7;
	task(TWILL_CLASS_LLM, 10, BIT(GPU), 1)->group = 7;
	task(TWILL_CLASS_LLM, 10, BIT(GPU), 1);
	decide();
	ok(is(1, GPU, false, POLICY_GROUP) && is(2, GPU, true, POLICY_HIGHER),
	   "a group with one that runs is not frozen");
}

static void test_brake(void)
{
	clear(ALL);
	s.rest_all = true;
	on(task(TWILL_CLASS_DNN, 200, CNN, 1), DLA0, 1);
	task(TWILL_CLASS_LLM, 10, BIT(GPU), 1);
	task(TWILL_CLASS_OTHER, 10, BIT(CPU), 1);
	task(TWILL_CLASS_LLM, 10, BIT(GPU), 0);
	decide();
	ok(is(0, DLA0, true, POLICY_BUDGET) && is(1, GPU, true, POLICY_BUDGET) &&
	   is(2, CPU, false, POLICY_AFFINITY) && is(3, GPU, false, POLICY_NO_JOB),
	   "braked, GPU and DLAs rest; the CPU and the jobless do not");
	s.rest_all = false;
	s.rest_least = true;
	decide();
	ok(is(0, DLA0, false, POLICY_AFFINITY) && is(1, GPU, true, POLICY_BUDGET),
	   "or the least of them");
}

static void random_snapshot(void)
{
	static const uint32_t masks[] = { 0, BIT(GPU), CNN, BIT(DLA0), BIT(DLA0) | BIT(DLA1),
					  BIT(CPU), ALL, BIT(DLA1) | BIT(GPU) };
	uint32_t i, n = 1 + rnd(24), mask, a;

	clear(rnd(4) ? ALL : BIT(CPU) | BIT(GPU) | rnd(32) << 1);
	for (i = 0; i < n; i++) {
		mask = masks[rnd(8)];
		task(rnd(4), rnd(3) * 100, mask, rnd(3));
		a = rnd(5);
		if (rnd(2) && (BIT(a) & s.accelerators & mask))
			on(&tasks[i], a, rnd(3));
		tasks[i].placement = rnd(5);
		tasks[i].begin_ns = 1000 + (i * 7919) % 1009;
		tasks[i].frozen = tasks[i].jobs && rnd(3) == 0;
		tasks[i].since_pct = rnd(10) ? rnd(900) : 1000 + rnd(100);
		tasks[i].reason = rnd(POLICY_REASONS);
		for (a = 1; a < POLICY_ACCELERATORS; a++)
			tasks[i].service_us[a] = 1 + rnd(1 << (4 + rnd(20)));
		tasks[i].ran_us = rnd(1 << rnd(22));
	}
	s.pressed_pct = rnd(2) * rnd(101);
}

/* Frozen only if, on the same accelerator, one runs that is not lower. */
static bool justified(uint32_t i)
{
	uint32_t k, where = tasks[i].job_on ? tasks[i].job_on : d.verdict[i].placement;

	for (k = 0; k < s.n; k++) {
		uint32_t there = tasks[k].job_on ? tasks[k].job_on : d.verdict[k].placement;

		if (k != i && tasks[k].jobs && !d.verdict[k].frozen && there == where &&
		    tasks[k].priority >= tasks[i].priority)
			return true;
	}
	return false;
}

static bool waits(enum policy_reason reason)
{
	return reason == POLICY_HIGHER || reason == POLICY_TURN || reason == POLICY_BUDGET;
}

/* Whoever is frozen waits for somebody: the accelerator is not left idle. */
static bool somebody_runs(uint32_t i)
{
	uint32_t k, where = tasks[i].job_on ? tasks[i].job_on : d.verdict[i].placement;

	for (k = 0; k < s.n; k++) {
		uint32_t there = tasks[k].job_on ? tasks[k].job_on : d.verdict[k].placement;

		if (k != i && tasks[k].jobs && !d.verdict[k].frozen && there == where)
			return true;
	}
	return false;
}

static void test_properties(void)
{
	uint32_t round, i, inversions = 0, outside = 0, idle = 0, jobless = 0, text = 0, n = 0;
	uint32_t aged_many = 0;

	for (round = 0; round < 20000; round++) {
		uint32_t aged = 0;

		random_snapshot();
		decide();
		for (i = 0; i < s.n; i++) {
			const struct policy_verdict *v = &d.verdict[i];
			uint32_t mask = tasks[i].can_use ? tasks[i].can_use : BIT(GPU);

			n++;
			inversions += v->frozen && !(policy == &policy_paper ? justified(i) :
									     somebody_runs(i));
			outside += v->placement != NONE && !(BIT(v->placement) & mask);
			outside += v->placement == NONE && (mask & s.accelerators) && !tasks[i].job_on;
			jobless += !tasks[i].jobs && (v->frozen || v->reason != POLICY_NO_JOB);
			idle += v->frozen != waits(v->reason);
			aged += v->reason == POLICY_AGED;
			text += !policy_reason_text(v->reason) || !policy_reason_name(v->reason);
		}
		aged_many += aged > 1;
	}
	ok(!inversions, "%s, %u random tasks: none frozen but for one that runs there", policy->name, n);
	ok(!outside, "none placed outside what it can use and the board has");
	ok(!jobless, "none frozen without a job");
	ok(!idle && !text, "each with a reason that fits");
	ok(!aged_many, "no more than one aged task at a time");
}

static void test_permutation(void)
{
	static struct policy_task first[POLICY_TASKS];
	static struct policy_verdict before[POLICY_TASKS];
	uint16_t place[POLICY_TASKS];
	uint32_t round, i, k, bad = 0;

	for (round = 0; round < 5000; round++) {
		random_snapshot();
		/* Of two that waited equally long either may be the aged one. */
		for (i = 0; i < s.n; i++)
			tasks[i].since_pct = tasks[i].since_pct / 25 * 25 + i;
		memcpy(first, tasks, sizeof(tasks));
		decide();
		memcpy(before, verdicts, sizeof(verdicts));
		for (i = 0; i < s.n; i++)
			place[i] = i;
		for (i = s.n - 1; i; i--) {
			uint16_t t = place[k = rnd(i + 1)];

			place[k] = place[i];
			place[i] = t;
		}
		for (i = 0; i < s.n; i++) {
			tasks[place[i]] = first[i];
			tasks[place[i]].id = 5000 - place[i] * 3;
		}
		decide();
		for (i = 0; i < s.n; i++)
			bad += memcmp(&d.verdict[place[i]].placement, &before[i].placement,
				      sizeof(uint32_t)) ||
			       d.verdict[place[i]].frozen != before[i].frozen ||
			       d.verdict[place[i]].reason != before[i].reason;
	}
	ok(!bad, "%s, 5000 snapshots: order and ids change nothing", policy->name);
}

/* One high job for ever and some low ones: how long does each wait? In steps of 2 %. */
static void test_starvation(void)
{
	uint32_t waiting, step, i, longest, ran;

	for (waiting = 1; waiting <= 3; waiting++) {
		clear(ALL);
		on(task(TWILL_CLASS_DNN, 200, BIT(GPU), 1), GPU, 0)->service_us[GPU] = 5000;
		for (i = 0; i < waiting; i++)
			on(task(TWILL_CLASS_LLM, i, BIT(GPU), 1), GPU, 100)->service_us[GPU] = 2000000;
		longest = 0;
		ran = 0;
		for (step = 0; step < 10000; step++) {
			decide();
			for (i = 0; i < s.n; i++) {
				struct policy_task *t = &tasks[i];

				if (t->frozen && t->since_pct > longest)
					longest = t->since_pct;
				if (t->frozen != d.verdict[i].frozen)
					t->since_pct = 0;
				t->frozen = d.verdict[i].frozen;
				t->reason = d.verdict[i].reason;
				t->since_pct += 2;
				ran += i && !t->frozen;
			}
			if (d.verdict[0].frozen)
				break;
		}
		ok(step == 10000, "%s, %u waiting: the high one is never frozen", policy->name, waiting);
		ok(longest <= 1000 + (waiting - 1) * 50 + 4 && longest >= 1000,
		   "%u waiting: frozen for %u %% of a window at most", waiting, longest);
		ok(ran * 100 / step >= 4 && ran * 100 / step < 5 * waiting,
		   "%u waiting: they run %u %% of the time", waiting, ran * 100 / step);
	}
}

/* Twill's own. */

static struct policy_task *takes(struct policy_task *t, uint32_t gpu_us, uint32_t dla_us)
{
	t->service_us[GPU] = gpu_us;
	if (t->can_use & BIT(DLA0))
		t->service_us[DLA0] = dla_us;
	if (t->can_use & BIT(DLA1))
		t->service_us[DLA1] = dla_us;
	return t;
}

/* Breaks if: what is ahead, the margin or the pressure of the budget is left out. */
static void test_earliest_end(void)
{
	clear(ALL);
	takes(task(TWILL_CLASS_DNN, 200, CNN, 1), 2500, 6000);
	decide();
	ok(is(0, GPU, false, POLICY_AFFINITY), "a network takes the idle GPU when that is much faster");
	takes(&tasks[0], 5000, 6000);
	decide();
	ok(is(0, DLA0, false, POLICY_SECOND_BEST), "and a DLA when it is little slower");
	takes(&tasks[0], 2500, 4500);
	s.pressed_pct = 100;
	decide();
	ok(is(0, DLA0, false, POLICY_SECOND_BEST), "or when the budget presses");
	s.pressed_pct = 0;
	on(takes(task(TWILL_CLASS_TRANSFORMER, 100, BIT(GPU), 1), 9000, 0), GPU, 1);
	decide();
	ok(is(0, DLA0, false, POLICY_SECOND_BEST) && is(1, GPU, false, POLICY_IN_FLIGHT),
	   "or when a unit is on the GPU");
	tasks[1].ran_us = 8900;
	decide();
	ok(is(0, DLA0, false, POLICY_SECOND_BEST) && is(1, GPU, false, POLICY_IN_FLIGHT),
	   "whose end nobody knows exactly");
	on(takes(task(TWILL_CLASS_DNN, 200, CNN, 1), 2500, 4500), DLA0, 1);
	on(takes(task(TWILL_CLASS_DNN, 200, CNN, 1), 2500, 4500), DLA1, 1);
	tasks[1].ran_us = 0;
	tasks[2].ran_us = 4000;
	decide();
	ok(is(0, DLA0, false, POLICY_SHARES), "of two DLAs the one that is free first");
}

/* Breaks if: the order is by priority alone, or by time alone. */
static void test_weighted(void)
{
	clear(ALL);
	takes(on(task(TWILL_CLASS_LLM, 20, BIT(GPU), 1), GPU, 200), 2000000, 0);
	takes(task(TWILL_CLASS_TRANSFORMER, 200, BIT(GPU), 1), 5000, 0);
	decide();
	ok(is(0, GPU, true, POLICY_HIGHER) && is(1, GPU, false, POLICY_AFFINITY),
	   "the urgent one goes first, the other waits between two units");
	tasks[0].priority = 200;
	tasks[1].priority = 199;
	decide();
	ok(is(0, GPU, true, POLICY_TURN), "so does the short one, of nearly equal weight");
	tasks[0].priority = 255;
	tasks[1].priority = 0;
	takes(&tasks[0], 100000, 0);
	decide();
	ok(is(0, GPU, false, POLICY_AFFINITY) && is(1, GPU, true, POLICY_HIGHER),
	   "but not before what is far more urgent");
}

static void test_least_rests(void)
{
	clear(ALL);
	s.rest_least = true;
	takes(on(task(TWILL_CLASS_LLM, 20, BIT(GPU), 1), GPU, 200), 2000000, 0);
	decide();
	ok(is(0, GPU, true, POLICY_BUDGET), "for the budget what goes piece by piece rests");
	takes(task(TWILL_CLASS_TRANSFORMER, 200, BIT(GPU), 1), 5000, 0)->job_units = 1;
	decide();
	ok(is(0, GPU, true, POLICY_BUDGET) && is(1, GPU, false, POLICY_AFFINITY),
	   "and nobody else, if that waits already");
}

/* Breaks if: one short job after another is taken as if nobody minded. */
static void test_greedy(void)
{
	clear(ALL);
	takes(on(task(TWILL_CLASS_LLM, 20, BIT(GPU), 1), GPU, 200), 2000000, 0);
	takes(task(TWILL_CLASS_TRANSFORMER, 0, BIT(GPU), 1), 30000, 0)->job_units = 1;
	decide();
	ok(is(0, GPU, true, POLICY_TURN) && is(1, GPU, false, POLICY_AFFINITY), "a short job goes first");
	tasks[1].over_us = 400000;
	decide();
	ok(is(0, GPU, false, POLICY_AFFINITY) && is(1, GPU, true, POLICY_HIGHER),
	   "unless its task has had most of the GPU lately");
	tasks[0].over_us = 700000;
	decide();
	ok(is(0, GPU, true, POLICY_TURN), "or both have");
	s.rest_least = true;
	tasks[0].over_us = 0;
	decide();
	ok(is(0, GPU, false, POLICY_AFFINITY) && is(1, GPU, true, POLICY_BUDGET),
	   "and rests for the budget, before it submits");
	on(&tasks[1], GPU, 1);
	decide();
	ok(is(0, GPU, true, POLICY_BUDGET) && is(1, GPU, false, POLICY_IN_FLIGHT), "not after");
}

/* Breaks if: who has nowhere else to go does not count. */
static void test_elsewhere(void)
{
	clear(ALL);
	takes(task(TWILL_CLASS_DNN, 200, CNN, 1), 2500, 4500);
	decide();
	ok(is(0, GPU, false, POLICY_AFFINITY), "a network takes the idle GPU");
	takes(on(task(TWILL_CLASS_LLM, 20, BIT(GPU), 1), GPU, 200), 2000000, 0);
	decide();
	ok(is(0, DLA0, false, POLICY_SECOND_BEST) && is(1, GPU, false, POLICY_AFFINITY),
	   "and leaves it, for little, to one that has nowhere else to go");
	takes(&tasks[0], 2500, 9000);
	decide();
	ok(is(0, GPU, false, POLICY_AFFINITY) && is(1, GPU, true, POLICY_HIGHER), "not for much");
}

static void test_twill(void)
{
	policy = &policy_twill;
	test_earliest_end();
	test_weighted();
	test_least_rests();
	test_greedy();
	test_elsewhere();
	test_group();
	test_properties();
	test_permutation();
	test_starvation();
}

int main(void)
{
	ok(policy_find("paper") == &policy_paper && !policy_find("papers") &&
	   policy_find("twill") == &policy_twill && !strcmp(policy_name(0), "paper") &&
	   !policy_name(99), "found by name");
	test_affinity();
	test_priority();
	test_turns();
	test_migration();
	test_group();
	test_brake();
	test_properties();
	test_permutation();
	test_starvation();
	test_twill();
	return tap_done();
}
