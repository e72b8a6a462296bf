// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twilld_mirror - tasks, jobs and budget as the kernel told them last.
 *
 * Events alter the mirror and mark it dirty where a decision depends on them;
 * deciding happens after all that have arrived are in. An event may be older
 * than what we asked for ourselves meanwhile, so one that contradicts a freeze
 * of ours is not believed but asked about.
 */
#include <errno.h>
#include <string.h>

#include "twilld.h"

struct twilld_task *mirror_task(struct twilld *d, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < d->n_tasks; i++)
		if (d->task[i].t.id == id)
			return &d->task[i];
	return NULL;
}

static void say_overflow(struct twilld *d, const char *what, int max)
{
	if (!d->overflow)
		log_warning("more than %d %s: those above are left alone", max, what);
	d->overflow = true;
}

static struct twilld_task *add_task(struct twilld *d, const struct twnl_task *t)
{
	struct twilld_task *m;

	if (d->n_tasks == POLICY_TASKS) {
		say_overflow(d, "tasks", POLICY_TASKS);
		return NULL;
	}
	m = &d->task[d->n_tasks++];
	memset(m, 0, sizeof(*m));
	m->t = *t;
	m->since_ns = twilld_now();
	d->dirty = true;
	return m;
}

static void note_use(struct twilld *d, const struct twilld_job *j)
{
	struct twilld_task *m = mirror_task(d, j->j.task);
	uint64_t now = twilld_now();

	if (m)
		learn_used(&m->use, learn_ran_us(&j->learn, now), twilld_window_ns(d), now);
}

static void del_job(struct twilld *d, uint32_t i)
{
	note_use(d, &d->job[i]);
	learn_drop(&d->learn, &d->job[i].learn);
	d->job[i] = d->job[--d->n_jobs];
}

static void del_jobs(struct twilld *d, uint32_t task)
{
	uint32_t i = 0;

	while (i < d->n_jobs) {
		if (d->job[i].j.task == task)
			del_job(d, i);
		else
			i++;
	}
}

void mirror_hold_jobs(struct twilld *d, uint32_t task, bool frozen)
{
	uint32_t i;

	for (i = 0; i < d->n_jobs; i++)
		if (d->job[i].j.task == task)
			learn_hold(&d->job[i].learn, frozen, twilld_now());
}

static void del_task(struct twilld *d, struct twilld_task *m)
{
	sched_forget(d, m);
	del_jobs(d, m->t.id);
	*m = d->task[--d->n_tasks];
	d->dirty = true;
}

/*
 * The module ended our freeze (freeze_max_ms, the cgroup freezer, an expired
 * lease). The task has its turn now, or it would be frozen again at once.
 */
static void note_thawed(struct twilld *d, struct twilld_task *m)
{
	m->frozen = false;
	mirror_hold_jobs(d, m->t.id, false);
	m->reason = POLICY_AGED;
	m->since_ns = twilld_now();
	d->dirty = true;
	twilld_log_decision(d, "thawed", m->t.id, 0, NULL, "by-module");
}

static void update_task(struct twilld *d, struct twilld_task *m, const struct twnl_task *t)
{
	struct twnl_ref ref = { .id = t->id };
	struct twnl_task now = *t;

	if (m->frozen && t->state == TWILL_TASK_STATE_RUNNING) {
		if (twnl_task_get(d->nl, &ref, &now))
			return;		/* its end is on the way */
		if (now.state == TWILL_TASK_STATE_RUNNING)
			note_thawed(d, m);
	}
	if (m->t.cls != now.cls || m->t.priority != now.priority || m->t.can_use != now.can_use ||
	    m->t.group != now.group || m->t.placement != now.placement)
		d->dirty = true;
	m->t = now;
}

static void task_event(struct twilld *d, uint32_t change, const struct twnl_task *t)
{
	struct twilld_task *m = mirror_task(d, t->id);

	if (change == TWILL_CHANGE_GONE) {
		if (m)
			del_task(d, m);
	} else if (m) {
		update_task(d, m, t);
	} else {
		(void)add_task(d, t);
	}
}

static void set_job(struct twilld *d, const struct twnl_job *j)
{
	struct twilld_task *m = mirror_task(d, j->task);
	struct twilld_job *to;
	uint32_t i;

	for (i = 0; i < d->n_jobs && d->job[i].j.id != j->id; i++)
		;
	if (i == TWILLD_JOBS) {
		say_overflow(d, "jobs", TWILLD_JOBS);
		return;
	}
	to = &d->job[i];
	if (i == d->n_jobs) {
		d->n_jobs++;
		memset(to, 0, sizeof(*to));
	}
	to->j = *j;
	to->seen = true;
	if (m) {
		memcpy(m->model, j->model, sizeof(m->model));
		sched_job(d, m, j);
	}
	learn_place(&d->learn, &to->learn, j->accelerator, power_khz(d, j->accelerator),
		    j->units > 1, twilld_now());
	d->dirty = true;
}

static void end_job(struct twilld *d, uint32_t i, const struct twnl_job *j)
{
	/* One that waited at a gate says little about itself; one without a result, nothing. */
	if (j->latency_ns && !j->wait_ns) {
		note_use(d, &d->job[i]);
		learn_end(&d->learn, &d->job[i].learn, j->model, power_khz(d, j->accelerator),
			  twilld_now());
	}
	del_job(d, i);
	d->dirty = true;
}

static void job_event(struct twilld *d, uint32_t change, const struct twnl_job *j)
{
	uint32_t i;

	if (change != TWILL_CHANGE_GONE) {
		set_job(d, j);
		return;
	}
	for (i = 0; i < d->n_jobs; i++) {
		if (d->job[i].j.id == j->id) {
			end_job(d, i, j);
			return;
		}
	}
}

void mirror_event(void *arg, const struct twnl_event *e)
{
	struct twilld *d = arg;

	switch (e->kind) {
	case TWNL_EVENT_LOST:
		d->lost = true;
		return;
	case TWNL_EVENT_MODULE_UP:
	case TWNL_EVENT_MODULE_DOWN:
		d->connected = false;
		d->lost = true;
		return;
	case TWNL_EVENT_CHANGE:
		break;
	}
	if (!e->full || !d->connected)
		return;
	switch (e->object) {
	case TWILL_OBJECT_TASK:
		task_event(d, e->change, &e->task);
		break;
	case TWILL_OBJECT_JOB:
		job_event(d, e->change, &e->job);
		break;
	case TWILL_OBJECT_BUDGET:
		if (e->budget.mw == d->budget.mw && e->budget.window_ms == d->budget.window_ms)
			break;
		d->budget = e->budget;
		power_budget(d);
		d->dirty = true;
		break;
	}
}

void mirror_clear(struct twilld *d)
{
	d->n_tasks = 0;
	while (d->n_jobs)
		del_job(d, 0);
	memset(&d->budget, 0, sizeof(d->budget));
}

static int read_tasks(struct twilld *d)
{
	struct twilld_task *m;
	int i, n;

	n = twnl_task_list(d->nl, d->tasks, POLICY_TASKS);
	if (n < 0)
		return n;
	if (n > POLICY_TASKS) {
		say_overflow(d, "tasks", POLICY_TASKS);
		n = POLICY_TASKS;
	}
	for (i = 0; i < (int)d->n_tasks; i++)
		d->task[i].seen = false;
	for (i = 0; i < n; i++) {
		m = mirror_task(d, d->tasks[i].id);
		if (m)
			update_task(d, m, &d->tasks[i]);
		else
			m = add_task(d, &d->tasks[i]);
		if (m)
			m->seen = true;
	}
	for (i = 0; i < (int)d->n_tasks;) {
		if (d->task[i].seen)
			i++;
		else
			del_task(d, &d->task[i]);
	}
	return 0;
}

static int read_jobs(struct twilld *d)
{
	uint32_t i;
	int n, k;

	n = twnl_job_list(d->nl, d->jobs, TWILLD_JOBS);
	if (n < 0)
		return n;
	if (n > TWILLD_JOBS) {
		say_overflow(d, "jobs", TWILLD_JOBS);
		n = TWILLD_JOBS;
	}
	for (i = 0; i < d->n_jobs; i++)
		d->job[i].seen = false;
	for (k = 0; k < n; k++)
		set_job(d, &d->jobs[k]);
	for (i = 0; i < d->n_jobs;) {
		if (d->job[i].seen)
			i++;
		else
			del_job(d, i);
	}
	return 0;
}

int mirror_read(struct twilld *d)
{
	int err;

	err = twnl_budget_get(d->nl, &d->budget);
	if (!err)
		err = read_tasks(d);
	if (!err)
		err = read_jobs(d);
	if (err)
		return err;
	d->lost = false;
	d->dirty = true;
	power_budget(d);
	return 0;
}

const struct twilld_job *mirror_oldest_job(const struct twilld *d, uint32_t task, uint32_t *ret_n)
{
	const struct twilld_job *best = NULL;
	uint32_t i, n = 0;

	for (i = 0; i < d->n_jobs; i++) {
		if (d->job[i].j.task != task)
			continue;
		n++;
		if (!best || d->job[i].j.begin_ns < best->j.begin_ns)
			best = &d->job[i];
	}
	*ret_n = n;
	return best;
}
