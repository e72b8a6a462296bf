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

/* Of a heap whose top is the last in order, let one that may be out of place sink. */
static void sink(const struct policy_task *t, uint16_t *order, uint32_t at, uint32_t n,
		 bool (*before)(const struct policy_task *a, const struct policy_task *b))
{
	uint16_t moved = order[at];
	uint32_t child;

	for (; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && before(&t[order[child]], &t[order[child + 1]]))
			child++;
		if (!before(&t[moved], &t[order[child]]))
			break;
		order[at] = order[child];
	}
	order[at] = moved;
}

/* A heap sort: n log n whatever comes, in place, and a strict total order needs no more. */
static void sort(const struct policy_task *t, uint16_t *order, uint32_t n,
		 bool (*before)(const struct policy_task *a, const struct policy_task *b))
{
	uint16_t last;
	uint32_t i;

	for (i = n / 2; i--;)
		sink(t, order, i, n, before);
	for (i = n; i-- > 1;) {
		last = order[0];
		order[0] = order[i];
		order[i] = last;
		sink(t, order, 0, i, before);
	}
}

void policy_order(const struct policy_snapshot *s, struct policy_decision *d, uint32_t n,
		  bool (*before)(const struct policy_task *a, const struct policy_task *b))
{
	sort(s->task, d->order, n, before);
}

uint32_t policy_sort(const struct policy_snapshot *s, struct policy_decision *d,
		     bool (*before)(const struct policy_task *a, const struct policy_task *b))
{
	uint32_t i, n = 0;

	for (i = 0; i < s->n; i++)
		if (s->task[i].jobs)
			d->order[n++] = i;
	policy_order(s, d, n, before);
	return n;
}

static bool by_id(const struct policy_task *a, const struct policy_task *b)
{
	return a->id < b->id;
}

static uint32_t place_off_dlas(uint32_t mask)
{
	if (mask & POLICY_BIT(TWILL_ACCELERATOR_GPU))
		return TWILL_ACCELERATOR_GPU;
	return mask & POLICY_BIT(TWILL_ACCELERATOR_CPU) ? TWILL_ACCELERATOR_CPU
							: TWILL_ACCELERATOR_NONE;
}

void policy_place_fixed(const struct policy_snapshot *s, struct policy_decision *d)
{
	const uint32_t d0 = TWILL_ACCELERATOR_DLA0, d1 = TWILL_ACCELERATOR_DLA1;
	uint32_t i, k, mask, n = 0, tasks[POLICY_ACCELERATORS] = { 0 };
	struct policy_verdict *v = d->verdict;

	for (i = 0; i < s->n; i++) {
		const struct policy_task *t = &s->task[i];

		mask = policy_usable(s, t);
		if (!(mask & POLICY_DLAS))
			v[i].placement = place_off_dlas(mask);
		else if ((mask & POLICY_DLAS) != POLICY_DLAS)
			v[i].placement = mask & POLICY_BIT(d0) ? d0 : d1;
		else if (t->placement == d0 || t->placement == d1)
			v[i].placement = t->placement;
		else
			d->order[n++] = i;
		if (!n || d->order[n - 1] != i)
			tasks[v[i].placement]++;
	}
	policy_order(s, d, n, by_id);
	for (k = 0; k < n; k++) {
		i = d->order[k];
		v[i].placement = tasks[d0] <= tasks[d1] ? d0 : d1;
		tasks[v[i].placement]++;
	}
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

static bool by_group(const struct policy_task *a, const struct policy_task *b)
{
	return a->group != b->group ? a->group < b->group : a->id < b->id;
}

/* All that are frozen of one group, from @from to @to in d->grouped. */
static void thaw_group(struct policy_decision *d, uint32_t from, uint32_t to)
{
	struct policy_verdict *v;

	for (; from < to; from++) {
		v = &d->verdict[d->grouped[from]];
		if (!v->frozen)
			continue;
		v->frozen = false;
		v->reason = POLICY_GROUP;
	}
}

/* Sorted, so that nobody has to look for the others of each group among all. */
void policy_join_groups(const struct policy_snapshot *s, struct policy_decision *d)
{
	const struct policy_task *t = s->task;
	uint32_t i, k, n = 0;
	bool runs;

	for (i = 0; i < s->n; i++)
		if (t[i].group && t[i].jobs)
			d->grouped[n++] = i;
	sort(t, d->grouped, n, by_group);
	for (i = 0; i < n; i = k) {
		runs = false;
		for (k = i; k < n && t[d->grouped[k]].group == t[d->grouped[i]].group; k++)
			runs |= !d->verdict[d->grouped[k]].frozen;
		if (runs)
			thaw_group(d, i, k);
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
		if (pieces && !s->rest_all && (policy_in_flight(t) || (t->job_units == 1 && !t->over_us)))
			continue;
		if (d->verdict[i].frozen && !pieces)
			continue;
		d->verdict[i].frozen = true;
		d->verdict[i].reason = POLICY_BUDGET;
		if (!s->rest_all)
			return;
	}
}
