// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * static - a baseline: what an administrator can set up without a scheduler.
 *
 * Networks that a DLA can run go to the DLAs, shared out once and for all; the rest
 * goes to the GPU, which shares itself out by time slices. Priority counts nowhere
 * and nobody is frozen - but for a budget that no clock keeps: see watt.h. Where
 * clocks are static too, as in the simulator, that does not come up.
 */
#include <string.h>

#include "policy/common.h"

/* Who rests first, where somebody must: the newest. */
static bool before(const struct policy_task *a, const struct policy_task *b)
{
	return a->begin_ns != b->begin_ns ? a->begin_ns < b->begin_ns : a->id < b->id;
}

static void decide(const struct policy_snapshot *s, struct policy_decision *d)
{
	bool taken[POLICY_ACCELERATORS] = { false };
	uint32_t i, k, n, a;

	memset(d->verdict, 0, s->n * sizeof(d->verdict[0]));
	policy_place_fixed(s, d);
	n = policy_sort(s, d, before);
	for (k = 0; k < n; k++) {
		i = d->order[k];
		a = s->task[i].job_on != TWILL_ACCELERATOR_NONE ? s->task[i].job_on
								: d->verdict[i].placement;
		d->verdict[i].reason = taken[a] && a != TWILL_ACCELERATOR_CPU ? POLICY_SHARES
									       : POLICY_AFFINITY;
		taken[a] = true;
	}
	policy_rest(s, d, n, false);
}

const struct policy policy_static = {
	.name = "static",
	.still = true,
	.decide = decide,
};
