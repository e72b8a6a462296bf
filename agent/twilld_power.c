// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twilld_power - the watt loop's hands: reads the rails, holds the caps.
 *
 * GPU and CPU caps are requests that the module drops with our socket; only the
 * DLAs' caps are files, and go through the journal.
 */
#include <errno.h>
#include <string.h>

#include "twilld.h"

void power_init(struct twilld *d)
{
	struct twilld_cap *c = d->cap;
	uint32_t i;

	if (d->board.idle_mw && watt_init(&d->watt, &d->board, d->platform))
		log_warning("neither a GPU nor a CPU clock found: no budget can be held");
	watt_rest_first(&d->watt, d->policy->rest_first);
	d->applied = d->watt.n;
	c->req.kind = TWILL_CAP_KIND_DEVICE;
	strcpy(c->req.device, d->platform->gpu.device);
	for (i = 0; i < d->platform->clusters; i++) {
		c[1 + i].req.kind = TWILL_CAP_KIND_CPUFREQ;
		c[1 + i].req.cpu = d->platform->cpu[i].cpu;
	}
}

uint32_t power_khz(const struct twilld *d, uint32_t accelerator)
{
	const struct watt_step *s;

	if (!d->watt.n)
		return 0;
	s = &d->watt.step[d->applied < d->watt.n ? d->applied : d->watt.n - 1];
	switch (accelerator) {
	case TWILL_ACCELERATOR_GPU:
		return s->gpu_khz;
	case TWILL_ACCELERATOR_DLA0:
	case TWILL_ACCELERATOR_DLA1:
		return s->dla_khz;
	}
	return s->cpu_khz[0];
}

/* Parts that have, or are about to get, work of a task. */
static uint32_t busy_mask(const struct twilld *d)
{
	const struct twilld_task *m;
	uint32_t i, k, on, mask = 0;

	for (i = 0; i < d->n_jobs; i++) {
		on = d->job[i].j.accelerator;
		for (k = 0; on == TWILL_ACCELERATOR_NONE && k < d->n_tasks; k++) {
			m = &d->task[k];
			if (m->t.id == d->job[i].j.task)
				on = m->t.placement ? m->t.placement : TWILL_ACCELERATOR_GPU;
		}
		if (on == TWILL_ACCELERATOR_GPU)
			mask |= WATT_BUSY_GPU;
		else if (on == TWILL_ACCELERATOR_DLA0)
			mask |= WATT_BUSY_DLA(0);
		else if (on == TWILL_ACCELERATOR_DLA1)
			mask |= WATT_BUSY_DLA(1);
	}
	return mask;
}

/* Clocks. */

static void set_cap(struct twilld *d, struct twilld_cap *c, uint32_t khz)
{
	struct twnl_cap now;
	int err;

	if (!khz || c->req.max_khz == khz)
		return;
	c->req.max_khz = khz;
	err = twnl_cap_set(d->nl, &c->req, 0, &now);
	if (err == -ENOENT && c->req.id) {
		/* It ended with its device or its lease: ask for a new one. */
		c->req.id = 0;
		err = twnl_cap_set(d->nl, &c->req, 0, &now);
	}
	if (!err) {
		c->req.id = now.id;
		c->refused = false;
		return;
	}
	c->req.max_khz = 0;	/* so that the next step tries again */
	if (!c->refused && err != -ENOPKG)
		log_warning("cannot cap the clock of %s%.0u: %s", c->req.device[0] ? c->req.device :
			    "CPU ", c->req.device[0] ? 0 : c->req.cpu, twnl_error(d->nl));
	c->refused = true;
}

static void del_cap(struct twilld *d, struct twilld_cap *c)
{
	if (c->req.id)
		(void)twnl_cap_del(d->nl, c->req.id);
	c->req.id = 0;
	c->req.max_khz = 0;
}

static void dla_failed(struct twilld *d, uint32_t i, const char *what, int err)
{
	if (err == -ESTALE)
		log_warning("%s was changed by someone else: it is left alone",
			    d->platform->dla[i].path);
	else
		log_warning("cannot %s %s: %s", what, d->platform->dla[i].path, strerror(-err));
	d->dla_foreign[i] = true;
}

static void put_dla_back(struct twilld *d, uint32_t i)
{
	int err;

	if (!d->dla_capped[i])
		return;
	err = journal_put_back(d->journal, d->platform->dla[i].path);
	if (err)
		dla_failed(d, i, "restore", err);
	d->dla_capped[i] = false;
}

/* A cap only ever lowers what the board's owner allows. */
static void set_dla(struct twilld *d, uint32_t i, uint32_t khz, bool highest)
{
	const char *path = d->platform->dla[i].path;
	uint32_t now_khz;
	char hz[16];
	int err;

	if (!path[0] || !khz || d->dla_foreign[i])
		return;
	if (highest) {
		put_dla_back(d, i);
		return;
	}
	err = platform_dla_cap(d->platform, i, &now_khz);
	if (err) {
		dla_failed(d, i, "read", err);
		return;
	}
	if (!d->dla_capped[i] && now_khz <= khz)
		return;
	snprintf(hz, sizeof(hz), "%u000", khz);
	err = journal_write(d->journal, path, hz);
	if (err)
		dla_failed(d, i, "write", err);
	else
		d->dla_capped[i] = true;
}

static void apply(struct twilld *d)
{
	const struct watt *w = &d->watt;
	const struct watt_step *s = &w->step[w->at], *top = &w->step[w->n - 1];
	uint32_t i;

	if (!w->n || d->applied == w->at)
		return;
	set_cap(d, &d->cap[0], s->gpu_khz);
	for (i = 0; i < d->platform->clusters; i++)
		set_cap(d, &d->cap[1 + i], s->cpu_khz[i]);
	for (i = 0; i < PLATFORM_DLAS; i++)
		set_dla(d, i, s->dla_khz, s->dla_khz == top->dla_khz);
	d->applied = w->at;
	twilld_log_decision(d, "clocks", 0, 0, NULL, watt_reason_name(w->reason));
}

static void release(struct twilld *d)
{
	uint32_t i;

	for (i = 0; i < 1 + PLATFORM_CLUSTERS; i++)
		del_cap(d, &d->cap[i]);
	for (i = 0; i < PLATFORM_DLAS; i++)
		put_dla_back(d, i);
	d->applied = d->watt.n;
}

/* Readings. */

static void take_reading(struct twilld *d, struct watt_reading *r)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->now_ns = twilld_now();
	err = platform_power(d->platform, PLATFORM_VDD_IN, &r->mw);
	if (err && d->blind)
		platform_find_rails(d->platform);	/* it may be back under another number */
	if (!err && d->board.max_mw && r->mw > d->board.max_mw)
		err = -ERANGE;
	if (err)
		r->mw = 0;
	r->oc_known = !platform_oc_events(d->platform, &r->oc_events);
	(void)platform_gpu_load(d->platform, &r->gpu_load_pm);
	d->mw = r->mw;
	if (err && !d->blind)
		log_warning("board power (VDD_IN) cannot be read: %s%s", strerror(-err),
			    d->budget.mw ? "; clocks go to where nothing can exceed the budget"
					 : "");
	if (!err && d->blind)
		log_info("board power can be read again");
	d->blind = err;
}

static bool can_hold(const struct twilld *d)
{
	return d->budget.mw && d->watt.n;
}

static void tell(struct twilld *d)
{
	struct twnl_agent_opts o = { NULL, TWNL_KEEP, TWNL_KEEP, TWNL_KEEP };

	if (d->watt.n)
		o.power_mw = watt_average_mw(&d->watt);
	else
		o.power_mw = d->mw;
	o.decisions = d->decided;
	if (twnl_agent_set(d->nl, &o, 0, NULL) == -EBUSY)
		d->lost = true;
}

void power_budget(struct twilld *d)
{
	uint64_t window_ns = twilld_window_ns(d);

	if (!d->watt.n) {
		if (d->budget.mw)
			log_warning("a budget of %u mW is set, but this board has no profile or no clocks: it cannot be held",
				    d->budget.mw);
		return;
	}
	watt_set_budget(&d->watt, d->budget.mw, window_ns, d->platform->sensor_ms);
	if (!d->active)
		return;
	if (!can_hold(d))
		release(d);
	else if (!d->watt.primed)
		power_start(d);
	else
		power_busy(d);
}

void power_busy(struct twilld *d)
{
	enum watt_brake brake;

	if (!d->active || !can_hold(d) || !d->watt.primed)
		return;
	brake = d->watt.brake;
	(void)watt_busy(&d->watt, busy_mask(d), twilld_now());
	d->dirty |= d->watt.brake != brake;
	apply(d);
}

void power_start(struct twilld *d)
{
	struct watt_reading r;

	take_reading(d, &r);
	if (!d->watt.n)
		return;
	watt_start(&d->watt, &r, busy_mask(d));
	if (can_hold(d))
		apply(d);
}

void power_tick(struct twilld *d)
{
	enum watt_brake brake = d->watt.brake;
	struct watt_reading r;

	take_reading(d, &r);
	if (d->watt.n) {
		(void)watt_tick(&d->watt, &r, busy_mask(d));
		if (can_hold(d))
			apply(d);
		d->dirty |= d->watt.brake != brake;
	}
	tell(d);
}

void power_stop(struct twilld *d)
{
	release(d);
}

void power_forget(struct twilld *d)
{
	uint32_t i;

	for (i = 0; i < 1 + PLATFORM_CLUSTERS; i++) {
		d->cap[i].req.id = 0;
		d->cap[i].req.max_khz = 0;
	}
	for (i = 0; i < PLATFORM_DLAS; i++)
		put_dla_back(d, i);
	d->applied = d->watt.n;
}
