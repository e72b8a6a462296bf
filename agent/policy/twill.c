// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twill - our own policy: weighted completion time, from what was learnt.
 *
 * - Jobs are taken in the order of the kernel's gates (kmod/order.c, weighted): by
 *   priority where both are short, by predicted time over weight where they are
 *   not; a job whose one unit is submitted comes before all, as it cannot be
 *   recalled.
 * - Each goes to the accelerator on which it would end first, behind those before
 *   it: a network runs on the GPU while that is idle and its clock is high, and on
 *   a DLA when the GPU is taken or slow. A DLA does the same work for a fraction of
 *   the energy, so the GPU must be better by a margin, and by more of one the more
 *   the budget presses or the more jobs wait that can run nowhere else.
 * - A task that has had an accelerator for more than a quarter of the last window is
 *   taken to need much more of it still: it is not first again and again because
 *   each of its jobs is short.
 * - The GPU works for one job at a time. Who has to wait is frozen before it
 *   submits, or between two units.
 * - When the budget presses, the last in order rests before any clock is lowered
 *   to where it costs more time than it saves energy: see watt.h.
 */
#include <string.h>

#include "../kmod/order.h"
#include "policy/common.h"

#define STRICT_MAX_US	50000	/* strict_max_ms as the module has it at first */
#define GREED		16	/* how much what a task had beyond its part counts */
#define GPU_MARGIN_PCT	30	/* by which the GPU must end a job sooner than a DLA */

struct state {
	const struct policy_snapshot *s;
	struct policy_decision *d;
	uint64_t ahead_us[POLICY_ACCELERATORS];	/* of those taken so far */
	const struct policy_task *on_gpu;	/* whom it works for, or NULL */
	uint32_t gpu_only;			/* jobs that have nowhere else to go */
};

static bool placed(const struct policy_task *t)
{
	return t->job_on != TWILL_ACCELERATOR_NONE;
}

/* What is still to come of a job that is placed; of another, its time where it is shortest. */
static uint32_t left_us(const struct policy_task *t)
{
	uint32_t a, best = UINT32_MAX;

	if (placed(t))
		return twill_remaining(t->service_us[t->job_on] ? t->service_us[t->job_on] : 1,
				       t->ran_us, 0, 0);
	for (a = 1; a < POLICY_ACCELERATORS; a++)
		if (t->service_us[a] && t->service_us[a] < best)
			best = t->service_us[a];
	return best;
}

/*
 * A task that begins one short job after another would always be first of those
 * that have a long one, of whatever priority. What it had beyond its part counts as
 * still to come, and many times over: among the greedy, weight and share decide.
 */
static uint32_t due_us(const struct policy_task *t)
{
	uint64_t due = left_us(t) + (uint64_t)t->over_us * GREED;

	return due < UINT32_MAX ? (uint32_t)due : UINT32_MAX;
}

static bool before(const struct policy_task *a, const struct policy_task *b)
{
	static const struct twill_rule rule = { .strict_max_us = STRICT_MAX_US };
	struct twill_claim ca, cb;

	if (policy_in_flight(a) != policy_in_flight(b))
		return policy_in_flight(a);
	ca = (struct twill_claim){ a->priority, due_us(a), a->begin_ns };
	cb = (struct twill_claim){ b->priority, due_us(b), b->begin_ns };
	if (ca.seq == cb.seq) {
		ca.seq = a->id;
		cb.seq = b->id;
	}
	return twill_before(&rule, &ca, &cb);
}

static bool needs_gpu(const struct policy_snapshot *s, const struct policy_task *t)
{
	if (!t->jobs)
		return false;
	return placed(t) ? t->job_on == TWILL_ACCELERATOR_GPU : !(policy_usable(s, t) & POLICY_DLAS);
}

/*
 * When a job would end there, behind those taken so far; on the GPU with the margin,
 * and with what each job that has nowhere else to go would lose by it.
 */
static uint64_t end_us(const struct state *st, const struct policy_task *t, uint32_t a)
{
	uint64_t us = st->ahead_us[a] + t->service_us[a];

	if (a == TWILL_ACCELERATOR_GPU)
		us += us * (GPU_MARGIN_PCT + st->s->pressed_pct) / 100 +
		      (uint64_t)t->service_us[a] * st->gpu_only;
	return us;
}

static uint32_t choose(const struct state *st, const struct policy_task *t)
{
	uint32_t mask = policy_usable(st->s, t), a, best = TWILL_ACCELERATOR_NONE;
	uint64_t us, first = UINT64_MAX;

	for (a = 1; a < POLICY_ACCELERATORS; a++) {
		us = end_us(st, t, a);
		if (!(mask & POLICY_BIT(a)) || us >= first)
			continue;
		first = us;
		best = a;
	}
	return best;
}

static bool suits_best(const struct policy_task *t, uint32_t a)
{
	uint32_t other;

	for (other = 1; other < POLICY_ACCELERATORS; other++)
		if (t->service_us[other] && t->service_us[other] < t->service_us[a])
			return false;
	return true;
}

static void assign(struct state *st, uint32_t i)
{
	const struct policy_task *t = &st->s->task[i];
	struct policy_verdict *v = &st->d->verdict[i];
	uint32_t a = placed(t) ? t->job_on : choose(st, t);

	v->placement = a;
	v->reason = suits_best(t, a) ? POLICY_AFFINITY : POLICY_SECOND_BEST;
	if (a != TWILL_ACCELERATOR_GPU && st->ahead_us[a] && POLICY_BIT(a) & POLICY_DLAS)
		v->reason = POLICY_SHARES;
	st->ahead_us[a] += placed(t) ? left_us(t) : t->service_us[a];
	if (a != TWILL_ACCELERATOR_GPU)
		return;
	if (policy_in_flight(t)) {
		v->reason = POLICY_IN_FLIGHT;
	} else if (st->on_gpu) {
		v->frozen = true;
		v->reason = st->on_gpu->priority > t->priority ? POLICY_HIGHER : POLICY_TURN;
	}
	if (!st->on_gpu)
		st->on_gpu = t;
}

static void decide(const struct policy_snapshot *s, struct policy_decision *d)
{
	struct state st = { .s = s, .d = d };
	uint32_t i, n;

	memset(d->verdict, 0, s->n * sizeof(d->verdict[0]));
	for (i = 0; i < s->n; i++)
		st.gpu_only += needs_gpu(s, &s->task[i]);
	n = policy_sort(s, d, before);
	for (i = 0; i < n; i++)
		assign(&st, d->order[i]);
	/* The next job of those that have none to place now. */
	for (i = 0; i < s->n; i++)
		if (!s->task[i].jobs || placed(&s->task[i]))
			d->verdict[i].placement = choose(&st, &s->task[i]);
	policy_let_aged_run(s, d, n);
	policy_join_groups(s, d);
	policy_rest(s, d, n, true);
}

const struct policy policy_twill = {
	.name = "twill",
	.rest_first = true,
	.decide = decide,
};
