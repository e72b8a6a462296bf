// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * without - policy twill with one of its mechanisms off, to see what each is worth.
 *
 * They are switched off from outside: twill is asked about a snapshot that leaves it
 * no choice there, or what it says of it is not done. So it carries no switches.
 *
 * - affinity: one accelerator is as good as another: a job goes where the fewest are;
 * - migration: a task stays where its first job went;
 * - freeze: nobody waits between two units, or before the first; who would shares the
 *   GPU's time slices. One brake is left, which stops all: a budget is a promise and
 *   not a mechanism;
 * - serialise: the same where the GPU works for an equal. Below a higher priority a
 *   task is frozen still;
 * - dvfs: clocks that are safe whatever runs and do not move. twilld moves them;
 * - learning: times by class;
 * - rests: clocks go low before anybody rests for the budget.
 */
#include <string.h>

#include "policy/common.h"

static bool by_begin(const struct policy_task *a, const struct policy_task *b)
{
	return a->begin_ns != b->begin_ns ? a->begin_ns < b->begin_ns : a->id < b->id;
}

static bool placed(const struct policy_task *t)
{
	return t->job_on != TWILL_ACCELERATOR_NONE;
}

/* Tasks that may be changed. More than twilld keeps are decided on as twill does. */
static bool own(struct policy_snapshot *s, struct policy_task *tasks)
{
	if (s->n > POLICY_TASKS)
		return false;
	memcpy(tasks, s->task, s->n * sizeof(*tasks));
	s->task = tasks;
	return true;
}

static uint32_t fewest(const uint32_t *jobs, uint32_t mask)
{
	uint32_t a, best = TWILL_ACCELERATOR_NONE;

	for (a = 1; a < POLICY_ACCELERATORS; a++)
		if (mask & POLICY_BIT(a) && (!best || jobs[a] < jobs[best]))
			best = a;
	return best;
}

static void without_affinity(const struct policy_snapshot *s, struct policy_decision *d)
{
	uint32_t i, k, a, n, jobs[POLICY_ACCELERATORS] = { 0 };
	struct policy_task tasks[POLICY_TASKS], *t;
	struct policy_snapshot blind = *s;

	if (!own(&blind, tasks))
		return policy_twill.decide(s, d);
	n = policy_sort(s, d, by_begin);
	for (k = 0; k < n; k++)
		jobs[s->task[d->order[k]].job_on]++;
	for (k = 0; k < n; k++) {
		t = &tasks[d->order[k]];
		if (placed(t))
			continue;
		a = fewest(jobs, policy_usable(s, t));
		t->can_use = POLICY_BIT(a);
		jobs[a]++;
	}
	/* And the next jobs of the others. */
	for (i = 0; i < s->n; i++) {
		t = &tasks[i];
		if (!t->jobs || placed(t))
			t->can_use = POLICY_BIT(fewest(jobs, policy_usable(s, t)));
	}
	policy_twill.decide(&blind, d);
}

/* Nobody is told of a place before the first job: then it is known what else there is. */
static void without_migration(const struct policy_snapshot *s, struct policy_decision *d)
{
	struct policy_task tasks[POLICY_TASKS];
	struct policy_snapshot settled = *s;
	uint32_t i;

	if (!own(&settled, tasks))
		return policy_twill.decide(s, d);
	for (i = 0; i < s->n; i++) {
		struct policy_task *t = &tasks[i];

		if (policy_usable(s, t) & POLICY_BIT(t->placement))
			t->can_use = POLICY_BIT(t->placement);
	}
	policy_twill.decide(&settled, d);
	for (i = 0; i < s->n; i++)
		if (!s->task[i].jobs && s->task[i].placement == TWILL_ACCELERATOR_NONE)
			d->verdict[i].placement = TWILL_ACCELERATOR_NONE;
}

static void let_share(struct policy_verdict *v)
{
	v->frozen = false;
	v->reason = POLICY_SHARES;
}

static void without_freeze(const struct policy_snapshot *s, struct policy_decision *d)
{
	uint32_t i;

	policy_twill.decide(s, d);
	for (i = 0; i < s->n && !s->rest_all; i++)
		if (d->verdict[i].frozen)
			let_share(&d->verdict[i]);
}

static void without_serialise(const struct policy_snapshot *s, struct policy_decision *d)
{
	uint32_t i;

	policy_twill.decide(s, d);
	for (i = 0; i < s->n; i++)
		if (d->verdict[i].frozen && d->verdict[i].reason == POLICY_TURN)
			let_share(&d->verdict[i]);
}

static void decide(const struct policy_snapshot *s, struct policy_decision *d)
{
	policy_twill.decide(s, d);
}

const struct policy policy_twill_without[] = {
	{ .name = "twill-no-affinity", .rest_first = true, .decide = without_affinity },
	{ .name = "twill-no-migration", .rest_first = true, .decide = without_migration },
	{ .name = "twill-no-freeze", .decide = without_freeze },
	{ .name = "twill-no-serialise", .rest_first = true, .decide = without_serialise },
	{ .name = "twill-no-dvfs", .still = true, .decide = decide },
	{ .name = "twill-no-learning", .rest_first = true, .guesses = true, .decide = decide },
	{ .name = "twill-no-rests", .decide = decide },
	{ 0 }
};
