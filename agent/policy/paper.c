// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * paper - the policy of "Twill" (Taufique et al., ICCAD 2025), as far as published.
 *
 * Published: a job goes to the accelerator it has an affinity for - a DLA if its
 * network can run there, else the GPU; if that works for a lower priority, the
 * lower one is frozen or migrated; when an accelerator frees, frozen jobs resume
 * and jobs on their second best migrate. The paper gives no code and few
 * details; what is filled in here is marked `inferred`:
 *
 * - jobs are served in one order: priority, then class (dnn, transformer, llm:
 *   shortest first), then who began first. Among equals a job whose one unit is
 *   on the accelerator goes first: it cannot be recalled;
 * - the GPU works for one job at a time. Time-slicing n equals ends them all
 *   late; one after another ends the mean one at half of that;
 * - a DLA runs its queue one after another by itself, so equals may queue there;
 * - a job whose one unit is submitted is not frozen: there is nothing to
 *   withhold any more, and it would only learn of its end late;
 * - a task frozen for starve_pct is let run for turn_pct, one such task at a
 *   time, beside whatever runs: the k-th of those that wait is frozen no longer
 *   than starve_pct + (k - 1) * turn_pct. Nobody is frozen for its sake;
 * - where low clocks alone do not keep the budget, the last in order on the GPU
 *   and the DLAs rests until the window has room again, or all of them do.
 *   (Windows pass: the bound above does not count such rests.)
 *
 * What could as well be meant otherwise is a setting: see struct paper_setting. The
 * first of the table is the policy by the name of paper; a comparison may take the
 * best of all.
 */
#include <string.h>

#include "policy/common.h"
#include "policy/paper.h"

#define NOBODY		0xffff

struct state {
	const struct paper_setting *set;
	const struct policy_snapshot *s;
	struct policy_decision *d;
	uint16_t holder[POLICY_ACCELERATORS];		/* whom it works for */
	uint32_t load[POLICY_ACCELERATORS];		/* jobs fixed or assigned to it */
};

static uint32_t length_rank(uint32_t cls)
{
	switch (cls) {
	case TWILL_CLASS_DNN:
		return 0;
	case TWILL_CLASS_TRANSFORMER:
		return 1;
	case TWILL_CLASS_LLM:
		return 2;
	}
	return 3;
}

static bool by_arrival(const struct policy_task *a, const struct policy_task *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (policy_in_flight(a) != policy_in_flight(b))
		return policy_in_flight(a);
	return a->begin_ns != b->begin_ns ? a->begin_ns < b->begin_ns : a->id < b->id;
}

static bool by_length(const struct policy_task *a, const struct policy_task *b)
{
	uint32_t la = length_rank(a->cls), lb = length_rank(b->cls);

	if (a->priority != b->priority || policy_in_flight(a) != policy_in_flight(b) || la == lb)
		return by_arrival(a, b);
	return la < lb;
}

/* Of two DLAs the one with less to do; the one it is placed on already, if equal. */
static uint32_t pick_dla(const struct state *st, const struct policy_task *t, uint32_t mask)
{
	const uint32_t d0 = TWILL_ACCELERATOR_DLA0, d1 = TWILL_ACCELERATOR_DLA1;

	mask &= POLICY_DLAS;
	if (mask != POLICY_DLAS)
		return mask & POLICY_BIT(d0) ? d0 : mask ? d1 : TWILL_ACCELERATOR_NONE;
	if (st->load[d0] != st->load[d1])
		return st->load[d0] < st->load[d1] ? d0 : d1;
	return t->placement == d1 ? d1 : d0;
}

/* Those of a mask that work for nobody of the same or a higher rank. */
static uint32_t free_of(const struct state *st, uint32_t mask)
{
	uint32_t a;

	for (a = 0; a < POLICY_ACCELERATORS; a++)
		if (st->holder[a] != NOBODY)
			mask &= ~POLICY_BIT(a);
	return mask;
}

/* A DLA, else the GPU, else what there is; the best that is free, else the best. */
static uint32_t choose(const struct state *st, const struct policy_task *t)
{
	uint32_t mask = policy_usable(st->s, t), idle = free_of(st, mask);

	if (st->set->gpu_best && idle & POLICY_BIT(TWILL_ACCELERATOR_GPU))
		return TWILL_ACCELERATOR_GPU;
	if (idle & POLICY_DLAS)
		return pick_dla(st, t, idle);
	if (idle & POLICY_BIT(TWILL_ACCELERATOR_GPU) && !(st->set->stays && mask & POLICY_DLAS))
		return TWILL_ACCELERATOR_GPU;
	if (mask & POLICY_DLAS)
		return pick_dla(st, t, mask);
	if (mask & POLICY_BIT(TWILL_ACCELERATOR_GPU))
		return TWILL_ACCELERATOR_GPU;
	return mask & POLICY_BIT(TWILL_ACCELERATOR_CPU) ? TWILL_ACCELERATOR_CPU
							: TWILL_ACCELERATOR_NONE;
}

static bool is_best(const struct state *st, const struct policy_task *t, uint32_t a)
{
	uint32_t mask = policy_usable(st->s, t);

	if (mask & POLICY_DLAS && !st->set->gpu_best)
		return POLICY_BIT(a) & POLICY_DLAS;
	if (mask & POLICY_BIT(TWILL_ACCELERATOR_GPU))
		return a == TWILL_ACCELERATOR_GPU;
	return true;
}

static bool one_at_a_time(uint32_t a)
{
	return a != TWILL_ACCELERATOR_CPU && a != TWILL_ACCELERATOR_NONE;
}

/* The next in order: it takes a free accelerator, shares one, or waits. */
static void assign(struct state *st, uint32_t i)
{
	const struct policy_task *t = &st->s->task[i], *holder;
	struct policy_verdict *v = &st->d->verdict[i];
	bool fixed = t->job_on != TWILL_ACCELERATOR_NONE;
	uint32_t a = fixed ? t->job_on : choose(st, t);

	v->placement = a;
	if (!fixed)
		st->load[a]++;
	v->reason = is_best(st, t, a) ? POLICY_AFFINITY : POLICY_SECOND_BEST;
	if (!one_at_a_time(a))
		return;
	if (st->holder[a] == NOBODY) {
		st->holder[a] = i;
		return;
	}
	holder = &st->s->task[st->holder[a]];
	if (policy_in_flight(t)) {
		v->reason = POLICY_IN_FLIGHT;
	} else if (holder->priority > t->priority) {
		v->frozen = true;
		v->reason = POLICY_HIGHER;
	} else if (a == TWILL_ACCELERATOR_GPU ? !st->set->slices : st->set->queues) {
		v->frozen = true;
		v->reason = POLICY_TURN;
	} else {
		v->reason = POLICY_SHARES;
	}
}

/* The next job of a task whose present one runs on its second best, or that has none. */
static void place_next(const struct state *st, uint32_t i)
{
	const struct policy_task *t = &st->s->task[i];
	struct policy_verdict *v = &st->d->verdict[i];
	uint32_t mask = policy_usable(st->s, t), a;

	if (!t->jobs) {
		bool fits = POLICY_BIT(t->placement) & mask;

		v->placement = fits ? t->placement : choose(st, t);
	} else if (t->job_on != TWILL_ACCELERATOR_NONE) {
		a = choose(st, t);
		if (!(POLICY_BIT(t->job_on) & mask) ||
		    (!is_best(st, t, t->job_on) && is_best(st, t, a) &&
		     st->holder[a] == NOBODY))
			v->placement = a;
	}
}

static void decide(const struct paper_setting *set, const struct policy_snapshot *s,
		   struct policy_decision *d)
{
	struct state st = { .set = set, .s = s, .d = d };
	uint32_t i, n;

	for (i = 0; i < POLICY_ACCELERATORS; i++)
		st.holder[i] = NOBODY;
	memset(d->verdict, 0, s->n * sizeof(d->verdict[0]));
	n = policy_sort(s, d, set->arrival ? by_arrival : by_length);
	for (i = 0; i < n; i++)
		st.load[s->task[d->order[i]].job_on]++;
	for (i = 0; i < n; i++)
		assign(&st, d->order[i]);
	for (i = 0; i < s->n; i++)
		place_next(&st, i);
	policy_let_aged_run(s, d, n);
	policy_join_groups(s, d);
	policy_rest(s, d, n, set->rests);
}

/* Columns: a word for C, the name; slices, queues, arrival, stays, gpu_best, rests. */
#define SETTINGS(x)						\
	x(plain, "paper",		0, 0, 0, 0, 0, 0)	\
	x(slice, "paper-slice",		1, 0, 0, 0, 0, 0)	\
	x(queue, "paper-queue",		0, 1, 0, 0, 0, 0)	\
	x(arrival, "paper-arrival",	0, 0, 1, 0, 0, 0)	\
	x(stay, "paper-stay",		0, 0, 0, 1, 0, 0)	\
	x(gpu, "paper-gpu",		0, 0, 0, 0, 1, 0)	\
	x(rest, "paper-rest",		0, 0, 0, 0, 0, 1)	\
	x(rest_slice, "paper-rest-slice", 1, 0, 0, 0, 0, 1)	\
	x(rest_queue, "paper-rest-queue", 0, 1, 0, 0, 0, 1)	\
	x(rest_arrival, "paper-rest-arrival", 0, 0, 1, 0, 0, 1)	\
	x(rest_stay, "paper-rest-stay",	0, 0, 0, 1, 0, 1)	\
	x(rest_gpu, "paper-rest-gpu",	0, 0, 0, 0, 1, 1)

/* A policy's function has no argument for its setting: one function each. */
#define DECIDE(word, label, ...)					\
static void decide_##word(const struct policy_snapshot *s, struct policy_decision *d) \
{									\
	static const struct paper_setting set = { __VA_ARGS__ };	\
									\
	decide(&set, s, d);						\
}

#define POLICY(word, label, slices, queues, arrival, stays, gpu_best, rests) \
	{ .name = label, .rest_first = rests, .decide = decide_##word },

SETTINGS(DECIDE)

const struct policy policy_paper_settings[] = { SETTINGS(POLICY) { 0 } };
