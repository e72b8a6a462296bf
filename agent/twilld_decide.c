// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twilld_decide - ask the policy, and make it so.
 *
 * Freezes go first: until one has returned, the task that has to give way goes
 * on submitting. A refusal by the module is said and the next decision tries
 * again; a task that is gone is not an error, its event is on the way.
 */
#include <errno.h>
#include <string.h>

#include "twill.h"
#include "twilld.h"

#define TURN_PCT	50	/* of a budget window: how long an aged task runs */

/* As many percent of a budget window as have passed. */
static uint32_t window_pct(const struct twilld *d, uint64_t ns)
{
	uint64_t pct = ns / ((uint64_t)d->budget.window_ms * 10000 + !d->budget.window_ms);

	return pct < UINT32_MAX ? pct : UINT32_MAX;
}

static uint32_t accelerators(const struct twilld *d)
{
	uint32_t mask = POLICY_BIT(TWILL_ACCELERATOR_CPU);

	if (d->platform->gpu.path[0])
		mask |= POLICY_BIT(TWILL_ACCELERATOR_GPU);
	if (d->platform->dla[0].path[0])
		mask |= POLICY_BIT(TWILL_ACCELERATOR_DLA0);
	if (d->platform->dla[1].path[0])
		mask |= POLICY_BIT(TWILL_ACCELERATOR_DLA1);
	return mask;
}

static void take_task(struct twilld *d, uint32_t i, uint64_t now)
{
	struct policy_task *t = &d->shot[i];
	const struct twilld_task *m = &d->task[i];
	const struct learn_model *known = d->policy->guesses ? NULL : learn_find(&d->learn, m->model);
	const struct twilld_job *j;
	uint32_t a;

	memset(t, 0, sizeof(*t));
	t->id = m->t.id;
	t->cls = m->t.cls;
	t->priority = m->t.priority;
	t->can_use = m->t.can_use;
	t->group = m->t.group;
	t->placement = m->t.placement;
	t->frozen = m->frozen;
	t->reason = m->reason;
	t->since_pct = window_pct(d, now - m->since_ns);
	for (a = 1; a < POLICY_ACCELERATORS; a++)
		if (t->can_use & POLICY_BIT(a))
			t->service_us[a] = learn_us(known, t->cls, a, power_khz(d, a));
	j = mirror_oldest_job(d, t->id, &t->jobs);
	if (!j)
		return;
	t->job_on = j->j.accelerator;
	/* Of several jobs nobody knows which has submitted what. */
	t->job_units = t->jobs == 1 ? j->j.units : 0;
	t->begin_ns = j->j.begin_ns;
	t->ran_us = learn_ran_us(&j->learn, now);
	t->over_us = learn_over_us(&m->use, t->ran_us, twilld_window_ns(d), now);
}

static void take_snapshot(struct twilld *d)
{
	uint64_t now = twilld_now();
	uint32_t i;

	d->snapshot.accelerators = accelerators(d);
	d->snapshot.budget_mw = d->budget.mw;
	d->snapshot.rest_least = d->watt.brake == WATT_REST_LEAST;
	d->snapshot.rest_all = d->watt.brake == WATT_REST_ALL;
	d->snapshot.starve_pct = d->conf.starve_windows * 100;
	d->snapshot.turn_pct = TURN_PCT;
	d->snapshot.pressed_pct = watt_pressed_pct(&d->watt);
	d->snapshot.n = d->n_tasks;
	d->snapshot.task = d->shot;
	for (i = 0; i < d->n_tasks; i++)
		take_task(d, i, now);
}

static void complain(struct twilld *d, const char *what, struct twilld_task *m, int err)
{
	if (err == -ESRCH || err == -ENOENT || err == -ENOPKG || m->complained)
		return;
	m->complained = true;
	log_warning("cannot %s task %u (%s): %s", what, m->t.id, m->t.comm, twnl_error(d->nl));
}

static uint32_t job_of(const struct twilld *d, uint32_t task)
{
	const struct twilld_job *j;
	uint32_t n;

	j = mirror_oldest_job(d, task, &n);
	return j ? j->j.id : 0;
}

static void set_frozen(struct twilld *d, struct twilld_task *m, const struct policy_verdict *v)
{
	struct twnl_ref ref = { .id = m->t.id };
	struct twnl_task now;
	int err;

	if (m->frozen == v->frozen)
		return;
	if (v->frozen)
		err = twnl_task_freeze(d->nl, &ref, 0, &now);
	else
		err = twnl_task_thaw(d->nl, &ref, &now);
	if (err) {
		complain(d, v->frozen ? "freeze" : "thaw", m, err);
		if (v->frozen || err != -ENOENT)
			return;
	} else {
		m->t = now;
	}
	m->frozen = v->frozen;
	mirror_hold_jobs(d, m->t.id, v->frozen);
	m->since_ns = twilld_now();
	twilld_log_decision(d, v->frozen ? "freeze" : "thaw", m->t.id, job_of(d, m->t.id),
			    twill_accelerator_name(v->placement), policy_reason_name(v->reason));
}

static void set_placement(struct twilld *d, struct twilld_task *m, const struct policy_verdict *v)
{
	struct twnl_ref ref = { .id = m->t.id };
	struct twnl_task now;
	int err;

	if (v->placement == m->t.placement || v->placement == TWILL_ACCELERATOR_NONE)
		return;
	err = twnl_task_place(d->nl, &ref, v->placement, TWNL_KEEP, 0, &now);
	if (err) {
		complain(d, "place", m, err);
		return;
	}
	m->t = now;
	twilld_log_decision(d, "place", m->t.id, job_of(d, m->t.id),
			    twill_accelerator_name(v->placement), policy_reason_name(v->reason));
}

void twilld_decide(struct twilld *d)
{
	const struct policy_verdict *v = d->verdict;
	uint32_t i;

	d->dirty = false;
	take_snapshot(d);
	d->decision = (struct policy_decision){ d->verdict, d->order, d->grouped };
	d->policy->decide(&d->snapshot, &d->decision);
	for (i = 0; i < d->n_tasks; i++)
		if (v[i].frozen)
			set_frozen(d, &d->task[i], &v[i]);
	for (i = 0; i < d->n_tasks; i++)
		set_placement(d, &d->task[i], &v[i]);
	for (i = 0; i < d->n_tasks; i++) {
		if (!v[i].frozen)
			set_frozen(d, &d->task[i], &v[i]);
		d->task[i].reason = v[i].reason;
	}
}

void twilld_thaw_all(struct twilld *d)
{
	static const struct policy_verdict thaw = { .reason = POLICY_NO_JOB };
	uint32_t i;

	for (i = 0; i < d->n_tasks; i++)
		set_frozen(d, &d->task[i], &thaw);
}
