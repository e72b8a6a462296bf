// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fifo - a baseline: first come, first served, and nothing else.
 *
 * Placement is that of static. The GPU and the DLAs work for one job at a time, in
 * the order in which the jobs began; whoever is behind is frozen before it submits,
 * or between two units. Priority counts nowhere. The clocks follow the budget as they
 * do for paper and twill, and so do the bounds that every policy keeps: nobody is
 * frozen beyond starve_pct while others end, freeze groups stay together, and the
 * newest rests where low clocks alone would not keep the budget.
 */
#include <string.h>

#include "policy/common.h"

static bool before(const struct policy_task *a, const struct policy_task *b)
{
	if (policy_in_flight(a) != policy_in_flight(b))
		return policy_in_flight(a);
	return a->begin_ns != b->begin_ns ? a->begin_ns < b->begin_ns : a->id < b->id;
}

static void assign(const struct policy_task *t, struct policy_verdict *v, bool *taken)
{
	uint32_t a = t->job_on != TWILL_ACCELERATOR_NONE ? t->job_on : v->placement;

	v->reason = POLICY_AFFINITY;
	if (a == TWILL_ACCELERATOR_NONE || a == TWILL_ACCELERATOR_CPU)
		return;
	if (taken[a] && policy_in_flight(t)) {
		v->reason = POLICY_IN_FLIGHT;
	} else if (taken[a]) {
		v->frozen = true;
		v->reason = POLICY_TURN;
	}
	taken[a] = true;
}

static void decide(const struct policy_snapshot *s, struct policy_decision *d)
{
	bool taken[POLICY_ACCELERATORS] = { false };
	uint32_t k, n;

	memset(d->verdict, 0, s->n * sizeof(d->verdict[0]));
	policy_place_fixed(s, d);
	n = policy_sort(s, d, before);
	for (k = 0; k < n; k++)
		assign(&s->task[d->order[k]], &d->verdict[d->order[k]], taken);
	policy_let_aged_run(s, d, n);
	policy_join_groups(s, d);
	policy_rest(s, d, n, false);
}

const struct policy policy_fifo = {
	.name = "fifo",
	.decide = decide,
};
