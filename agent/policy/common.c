// SPDX-License-Identifier: GPL-2.0-or-later
/* common - see common.h */
#include <stddef.h>

#include "policy/common.h"

uint32_t policy_usable(const struct policy_snapshot *s, const struct policy_task *t)
{
	uint32_t mask = t->can_use ? t->can_use : POLICY_BIT(TWILL_ACCELERATOR_GPU);

	return mask & s->accelerators;
}

bool policy_in_flight(const struct policy_task *t)
{
	return t->job_on != TWILL_ACCELERATOR_NONE && t->job_units == 1;
}

uint32_t policy_sort(const struct policy_snapshot *s, struct policy_decision *d,
		     bool (*before)(const struct policy_task *a, const struct policy_task *b))
{
	const struct policy_task *t = s->task;
	uint16_t *order = d->order;
	uint32_t i, k, n = 0;

	for (i = 0; i < s->n; i++) {
		if (!t[i].jobs)
			continue;
		for (k = n++; k && before(&t[i], &t[order[k - 1]]); k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	return n;
}

void policy_let_aged_run(const struct policy_snapshot *s, struct policy_decision *d, uint32_t n)
{
	const struct policy_task *t, *best = NULL;
	uint32_t k, at = 0;

	for (k = 0; k < n; k++) {
		t = &s->task[d->order[k]];
		if (!d->verdict[d->order[k]].frozen)
			continue;
		if (!t->frozen && t->reason == POLICY_AGED && t->since_pct < s->turn_pct) {
			at = d->order[k];
			best = t;
			break;
		}
		if (!t->frozen || t->since_pct < s->starve_pct)
			continue;
		if (!best || t->since_pct > best->since_pct) {
			at = d->order[k];
			best = t;
		}
	}
	if (!best)
		return;
	d->verdict[at].frozen = false;
	d->verdict[at].reason = POLICY_AGED;
}

void policy_join_groups(const struct policy_snapshot *s, struct policy_decision *d)
{
	const struct policy_task *t = s->task;
	struct policy_verdict *v = d->verdict;
	uint32_t i, k;

	for (i = 0; i < s->n; i++) {
		if (!v[i].frozen || !t[i].group)
			continue;
		for (k = 0; k < s->n; k++)
			if (t[k].group == t[i].group && t[k].jobs && !v[k].frozen)
				break;
		if (k == s->n)
			continue;
		v[i].frozen = false;
		v[i].reason = POLICY_GROUP;
	}
}

void policy_rest(const struct policy_snapshot *s, struct policy_decision *d, uint32_t n,
		 bool pieces)
{
	const struct policy_task *t;
	uint32_t k, a, i;

	if (!s->rest_least && !s->rest_all)
		return;
	for (k = n; k--;) {
		i = d->order[k];
		t = &s->task[i];
		a = t->job_on != TWILL_ACCELERATOR_NONE ? t->job_on : d->verdict[i].placement;
		if (a == TWILL_ACCELERATOR_NONE || a == TWILL_ACCELERATOR_CPU)
			continue;
		if (pieces && !s->rest_all && t->job_units == 1)
			continue;
		if (d->verdict[i].frozen && !pieces)
			continue;
		d->verdict[i].frozen = true;
		d->verdict[i].reason = POLICY_BUDGET;
		if (!s->rest_all)
			return;
	}
}
