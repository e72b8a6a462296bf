// SPDX-License-Identifier: GPL-2.0-or-later
/* twill with a mechanism off: it decides otherwise there, and only there. Argument: the top. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "power/board.h"
#include "sim/still.h"
#include "tap.h"

#define GPU	TWILL_ACCELERATOR_GPU
#define DLA0	TWILL_ACCELERATOR_DLA0
#define DLA1	TWILL_ACCELERATOR_DLA1
#define BIT(a)	POLICY_BIT(a)
#define CNN	(BIT(GPU) | BIT(DLA0) | BIT(DLA1))
#define MS	1000000ULL
#define JOBS	40

static struct policy_snapshot s;
static struct policy_task tasks[4];
static struct policy_verdict verdicts[2][4];
static uint16_t order[4], grouped[4];
static struct policy_decision with = { verdicts[0], order, grouped };
static struct policy_decision off = { verdicts[1], order, grouped };

static void clear(void)
{
	memset(&s, 0, sizeof(s));
	s.task = tasks;
	s.accelerators = CNN | BIT(TWILL_ACCELERATOR_CPU);
	s.starve_pct = 1000;
	s.turn_pct = 50;
}

static struct policy_task *task(uint32_t priority, uint32_t can_use, uint32_t gpu_us, uint32_t dla_us)
{
	struct policy_task *t = &tasks[s.n++];

	*t = (struct policy_task){ .id = s.n, .priority = priority, .can_use = can_use, .jobs = 1,
				   .begin_ns = s.n, .service_us = { [GPU] = gpu_us } };
	if (can_use & BIT(DLA0))
		t->service_us[DLA0] = t->service_us[DLA1] = dla_us;
	return t;
}

/* Both ways. */
static void ask(const char *name)
{
	policy_twill.decide(&s, &with);
	policy_find(name)->decide(&s, &off);
}

static bool is(const struct policy_decision *d, uint32_t i, uint32_t placement, bool frozen,
	       enum policy_reason reason)
{
	const struct policy_verdict *v = &d->verdict[i];

	if (v->placement == placement && v->frozen == frozen && v->reason == reason)
		return true;
	note("task %u: placement %u frozen %d reason %s", i, v->placement, v->frozen,
	     policy_reason_name(v->reason));
	return false;
}

/* Breaks if: times on accelerators still count, or the fewest are not looked for. */
static void test_affinity(void)
{
	clear();
	task(100, BIT(GPU), 1000, 0)->job_on = GPU;
	task(100, CNN, 2000, 900000);
	task(100, CNN, 2000, 900000);
	task(100, CNN, 2000, 900000)->jobs = 0;
	ask("twill-no-affinity");
	ok(with.verdict[1].placement == GPU && with.verdict[2].placement == GPU,
	   "a network that suits no DLA waits for the GPU");
	ok(is(&off, 1, DLA0, false, POLICY_SECOND_BEST) && is(&off, 2, DLA1, false, POLICY_SECOND_BEST) &&
	   off.verdict[3].placement == GPU, "no affinity: it goes where the fewest are");
	ok(is(&off, 0, GPU, false, POLICY_AFFINITY), "and what is placed is left there");
}

/* Breaks if: a task leaves its first place, or is given one before it has a job. */
static void test_migration(void)
{
	clear();
	task(100, CNN, 1000, 900000)->placement = DLA1;
	task(100, CNN, 1000, 900000);
	task(100, CNN, 1000, 900000)->jobs = 0;
	ask("twill-no-migration");
	ok(with.verdict[0].placement == GPU && with.verdict[2].placement != TWILL_ACCELERATOR_NONE,
	   "the GPU is free and better: a task leaves its DLA");
	ok(off.verdict[0].placement == DLA1 && off.verdict[1].placement == GPU,
	   "no migration: it stays, and another goes where it is best");
	ok(off.verdict[2].placement == TWILL_ACCELERATOR_NONE, "who had no job has no place");
	s.accelerators &= ~BIT(DLA1);
	ask("twill-no-migration");
	ok(off.verdict[0].placement == GPU, "who cannot stay moves");
}

/* Breaks if: anybody is held but by the last brake, or equals are told from lesser ones by nobody. */
static void test_freeze(void)
{
	clear();
	task(200, BIT(GPU), 10000, 0);
	task(100, BIT(GPU), 10000, 0);
	task(200, BIT(GPU), 10000, 0);
	ask("twill-no-freeze");
	ok(is(&with, 1, GPU, true, POLICY_HIGHER) && is(&with, 2, GPU, true, POLICY_TURN),
	   "a lesser task and an equal are frozen");
	ok(is(&off, 1, GPU, false, POLICY_SHARES) && is(&off, 2, GPU, false, POLICY_SHARES),
	   "no freeze: both share");
	ask("twill-no-serialise");
	ok(is(&off, 1, GPU, true, POLICY_HIGHER) && is(&off, 2, GPU, false, POLICY_SHARES),
	   "no serialising: only the equal does");
	s.rest_least = true;
	tasks[1].job_units = 5;
	ask("twill-no-serialise");
	ok(is(&off, 1, GPU, true, POLICY_BUDGET), "who rests for the budget rests");
	ask("twill-no-freeze");
	ok(is(&off, 1, GPU, false, POLICY_SHARES) && !policy_find("twill-no-freeze")->rest_first,
	   "no freeze: nobody rests");
	s.rest_all = true;
	ask("twill-no-freeze");
	ok(off.verdict[0].frozen && off.verdict[1].frozen && off.verdict[2].frozen,
	   "but where the budget would break all do");
}

static uint32_t least_us, most_us;

static void spy(const struct policy_snapshot *shot, struct policy_decision *d)
{
	uint32_t us = shot->task[0].service_us[GPU];

	least_us = us < least_us ? us : least_us;
	most_us = us > most_us ? us : most_us;
	policy_twill.decide(shot, d);
}

static int run_spied(bool guesses, const struct profile *models, const struct board_profile *board,
		     struct sim_job *jobs)
{
	const struct policy p = { .name = "spy", .rest_first = true, .guesses = guesses, .decide = spy };
	const struct sim_setup setup = { .models = models, .count = 1, .switch_ns = -1, .policy = &p,
					 .horizon_ns = BOARD_NEVER, .board = board, .starve_windows = 10 };
	struct sim_result result;

	least_us = UINT32_MAX;
	most_us = 0;
	return sim_run(&setup, jobs, JOBS, &result);
}

/* Breaks if: a flag is lost between the table, the snapshot and the clocks. */
static void test_flags(const char *top)
{
	const struct profile_request shortest = { .prompt = 32, .output = 16 };
	static struct sim_job jobs[JOBS];
	struct board_profile board;
	struct profile models[2];
	struct sim_setup setup;
	char path[4096], why[512];
	uint32_t i, mw;
	bool good;

	snprintf(path, sizeof(path), "%s/agent/boards/orin-nx-16gb.ini", top);
	good = !board_read(&board, path, why);
	snprintf(path, sizeof(path), "%s/agent/models/resnet-152.ini", top);
	good = good && !profile_load(path, &models[0], why, sizeof(why));
	snprintf(path, sizeof(path), "%s/agent/models/bert-large.ini", top);
	if (!ok(good && !profile_load(path, &models[1], why, sizeof(why)), "profiles"))
		return;
	for (i = 0; i < JOBS; i++)
		jobs[i].arrival_ns = i * 50 * MS;
	good = !run_spied(false, models, &board, jobs);
	ok(good && least_us < most_us, "times are learnt: %u..%u us", least_us, most_us);
	good = !run_spied(true, models, &board, jobs);
	ok(good && least_us == most_us, "or not: always %u us", least_us);
	ok(policy_find("twill-no-learning")->guesses && !policy_twill.guesses, "no learning: a guess");
	ok(!policy_find("twill-no-rests")->rest_first && policy_twill.rest_first, "no rests: low clocks first");

	setup = (struct sim_setup){ .models = models, .count = 2, .switch_ns = -1, .board = &board,
				    .budget_mw = 15000 };
	good = !sim_set_policy("twill-no-dvfs", &setup, &shortest, NULL, 0, &mw);
	ok(good && setup.policy->still && setup.gpu_khz && setup.gpu_khz < silicon_top(&silicon_orin_nx_16gb.gpu),
	   "no DVFS: the GPU stays at %u kHz", setup.gpu_khz);
}

/* Breaks if: one is not in the table, or is offered among the policies. */
static void test_names(void)
{
	static const char *const names[] = { "affinity", "migration", "freeze", "serialise", "dvfs",
					     "learning", "rests" };
	char name[64];
	uint32_t i, found = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "twill-no-%s", names[i]);
		found += policy_find(name) == &policy_twill_without[i];
	}
	ok(found == i && !policy_twill_without[i].name, "seven by name");
	for (i = 0; policy_name(i) && strncmp(policy_name(i), "twill-", 6); i++)
		;
	ok(!policy_name(i), "none is listed");
}

int main(int argc, char **argv)
{
	test_names();
	test_affinity();
	test_migration();
	test_freeze();
	test_flags(argc > 1 ? argv[1] : ".");
	return tap_done();
}
