// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run_agent - twilld as it is in a simulated run: the same policy on the same
 * kind of snapshot, the same watt loop on what the sensor would show. What
 * twilld.c does over netlink and sysfs takes no time here.
 */
#include <errno.h>
#include <string.h>

#include "sim/run_state.h"

#define TURN_PCT	50		/* as twilld_decide.c */
#define SENSOR_NS	6600000ULL	/* one pass over three channels, bus and shunt, 1.1 ms each */
#define SENSOR_MS	7
#define STEP_MW		40		/* 8 mA at 5 V */
#define MAX_ROUNDS	64		/* of deciding at one moment: a decision changes what it saw */

static bool on(const struct sim *s)
{
	return s->setup->policy;
}

/* Clocks and power. */

static void take_clock(struct platform_clock *to, const struct silicon_clock *from)
{
	to->n = from->n;
	memcpy(to->khz, from->khz, from->n * sizeof(from->khz[0]));
}

static void find_platform(struct platform *p, const struct silicon *si)
{
	uint32_t i;

	take_clock(&p->gpu, &si->gpu);
	p->clusters = si->clusters;
	for (i = 0; i < p->clusters; i++) {
		p->cpu[i].cpus = si->cores[i];
		take_clock(&p->cpu[i], &si->cpu);
	}
	for (i = 0; i < si->dlas; i++)
		p->dla[i].path[0] = '/';
	p->sensor_ms = SENSOR_MS;
}

static void apply(struct sim *s)
{
	const struct watt_step *step = &s->watt.step[s->watt.at];
	uint32_t i;

	if (!s->setup->budget_mw || s->setup->policy->still || s->applied == s->watt.at)
		return;
	heat_ask(s, SIM_GPU, step->gpu_khz);
	for (i = 0; i < s->silicon->clusters; i++)
		heat_ask(s, SIM_CPU0 + i, step->cpu_khz[i]);
	for (i = 0; i < s->silicon->dlas; i++)
		heat_ask(s, SIM_DLA0 + i, step->dla_khz);
	s->applied = s->watt.at;
}

static uint32_t busy_mask(const struct sim *s)
{
	uint32_t i, where, mask = 0;

	for (i = 0; i < s->procs; i++) {
		const struct process *p = &s->proc[i];

		if (p->stage == IDLE || p->unmarked)
			continue;
		where = p->stage != PRE ? p->engine + 1 :
			p->placement ? p->placement : TWILL_ACCELERATOR_GPU;
		if (where == TWILL_ACCELERATOR_GPU)
			mask |= WATT_BUSY_GPU;
		else if (where == TWILL_ACCELERATOR_DLA0)
			mask |= WATT_BUSY_DLA(0);
		else if (where == TWILL_ACCELERATOR_DLA1)
			mask |= WATT_BUSY_DLA(1);
	}
	return mask;
}

/* The sensor's last whole window before a moment: the marks where it began and ended. */
static uint64_t window_end(uint64_t ns)
{
	return ns / SENSOR_NS * SENSOR_NS;
}

static uint32_t reading_mw(const struct sim *s)
{
	uint64_t mw = (s->sensor.to_uj - s->sensor.from_uj) * 1000000 / SENSOR_NS;

	mw = mw * (1000000 + s->setup->gain_ppm) / 1000000;
	return (uint32_t)((mw + STEP_MW / 2) / STEP_MW * STEP_MW);
}

static void plan_tick(struct sim *s)
{
	s->tick_ns += SIM_WINDOW_NS / WATT_PERIODS;
	s->sensor.mark_ns = window_end(s->tick_ns) - SENSOR_NS;
	s->sensor.open = false;
}

static void mark(struct sim *s)
{
	if (!s->sensor.open) {
		s->sensor.from_uj = heat_uj(s);
		s->sensor.mark_ns += SENSOR_NS;
		s->sensor.open = true;
	} else {
		s->sensor.to_uj = heat_uj(s);
		s->sensor.mark_ns = BOARD_NEVER;
	}
}

static struct watt_reading reading(const struct sim *s, uint32_t mw)
{
	return (struct watt_reading){
		.now_ns = s->now, .mw = mw, .gpu_load_pm = s->meter.gpu_load_pm,
		.oc_events = s->thermal.oc_shown, .oc_known = true,
	};
}

int agent_init(struct sim *s)
{
	struct watt_reading idle;

	s->tick_ns = BOARD_NEVER;
	s->sensor.mark_ns = BOARD_NEVER;
	if (!on(s))
		return 0;
	if (s->setup->policy->still)
		return 0;	/* no sensor, no watt loop: the clocks are the setup's */
	find_platform(&s->platform, s->silicon);
	if (watt_init(&s->watt, s->setup->board, &s->platform))
		return -EINVAL;
	watt_rest_first(&s->watt, s->setup->policy->rest_first);
	watt_set_budget(&s->watt, s->setup->budget_mw, SIM_WINDOW_NS, SENSOR_MS);
	idle = reading(s, heat_mw(s));
	watt_start(&s->watt, &idle, 0);
	s->applied = s->watt.n;
	apply(s);
	s->tick_ns = 0;
	plan_tick(s);
	return 0;
}

uint64_t agent_next(const struct sim *s)
{
	return s->sensor.mark_ns < s->tick_ns ? s->sensor.mark_ns : s->tick_ns;
}

void agent_step(struct sim *s)
{
	enum watt_brake brake = s->watt.brake;
	struct watt_reading r;
	uint32_t i;

	if (s->now == s->sensor.mark_ns)
		mark(s);
	if (s->now != s->tick_ns)
		return;
	if (s->sensor.mark_ns != BOARD_NEVER)
		mark(s);	/* a window that ends with the period */
	r = reading(s, reading_mw(s));
	(void)watt_tick(&s->watt, &r, busy_mask(s));
	apply(s);
	s->dirty |= s->watt.brake != brake;
	for (i = 0; i < s->procs; i++)
		s->dirty |= s->proc[i].frozen || s->proc[i].reason == POLICY_AGED;
	plan_tick(s);
}

/* Who runs where. */

static uint32_t agent_khz(const struct sim *s, uint32_t accelerator)
{
	static const uint8_t clk[] = {
		[TWILL_ACCELERATOR_CPU] = SIM_CPU0, [TWILL_ACCELERATOR_GPU] = SIM_GPU,
		[TWILL_ACCELERATOR_DLA0] = SIM_DLA0, [TWILL_ACCELERATOR_DLA1] = SIM_DLA1,
	};

	return sim_clocks_shown(&s->clocks, clk[accelerator]);
}

void agent_placed(struct sim *s, struct process *p)
{
	uint32_t on = p->engine + 1;

	if (p->unmarked)
		return;
	learn_place(&s->learn, &p->learn, on, agent_khz(s, on),
		    profile_units(p->model, &s->jobs[p->job].request) > 1, s->now);
}

void agent_ended(struct sim *s, struct process *p)
{
	if (p->unmarked)
		return;
	learn_used(&p->use, learn_ran_us(&p->learn, s->now), SIM_WINDOW_NS, s->now);
	learn_end(&s->learn, &p->learn, p->model->name, agent_khz(s, p->engine + 1), s->now);
}

static uint32_t percent(uint32_t us, uint32_t pct)
{
	uint64_t wrong = (uint64_t)us * (pct ?: 100) / 100;

	return wrong < UINT32_MAX ? (uint32_t)wrong : UINT32_MAX;
}

/* As it is believed to be. */
static uint32_t believed_us(const struct sim *s, uint32_t us, uint32_t cls, uint32_t accelerator)
{
	const struct sim_belief *b = &s->setup->belief;

	if (accelerator == TWILL_ACCELERATOR_GPU)
		us = percent(us, b->gpu_pct);
	else if (accelerator != TWILL_ACCELERATOR_CPU)
		us = percent(us, b->dla_pct);
	return cls == TWILL_CLASS_LLM ? percent(us, b->llm_pct) : us;
}

static void take_task(struct sim *s, uint32_t i)
{
	const struct process *p = &s->proc[i];
	struct policy_task *t = &s->task[i];
	const struct learn_model *known = s->setup->policy->guesses ? NULL :
					  learn_find(&s->learn, p->model->name);
	uint64_t pct = (s->now - p->since_ns) / (SIM_WINDOW_NS / 100);
	uint32_t a;

	*t = (struct policy_task){
		.id = i + 1,
		.cls = p->model->cls,
		.priority = p->priority,
		.can_use = p->model->accelerators << 1,
		.placement = p->placement,
		.frozen = p->frozen,
		.reason = p->reason,
		.since_pct = pct < UINT32_MAX ? (uint32_t)pct : UINT32_MAX,
	};
	for (a = 1; a < POLICY_ACCELERATORS; a++)
		if (t->can_use & POLICY_BIT(a))
			t->service_us[a] = believed_us(s, learn_us(known, t->cls, a, agent_khz(s, a)),
						       t->cls, a);
	if (p->stage == IDLE || p->unmarked)
		return;
	t->ran_us = learn_ran_us(&p->learn, s->now);
	t->over_us = learn_over_us(&p->use, t->ran_us, SIM_WINDOW_NS, s->now);
	t->jobs = 1;
	t->job_on = p->stage == PRE ? TWILL_ACCELERATOR_NONE : p->engine + 1;
	t->job_units = profile_units(p->model, &s->jobs[p->job].request);
	t->begin_ns = s->jobs[p->job].begin_ns;
}

static void take_snapshot(struct sim *s)
{
	struct policy_snapshot *shot = &s->snapshot;
	uint32_t i;

	shot->accelerators = POLICY_BIT(TWILL_ACCELERATOR_CPU) | POLICY_BIT(TWILL_ACCELERATOR_GPU);
	for (i = 0; i < s->silicon->dlas; i++)
		shot->accelerators |= POLICY_BIT(TWILL_ACCELERATOR_DLA0 + i);
	shot->accelerators &= ~(s->setup->unused << 1);
	shot->budget_mw = s->setup->budget_mw;
	shot->rest_least = s->watt.brake == WATT_REST_LEAST;
	shot->rest_all = s->watt.brake == WATT_REST_ALL;
	shot->starve_pct = s->setup->starve_windows * 100;
	shot->turn_pct = TURN_PCT;
	shot->pressed_pct = watt_pressed_pct(&s->watt);
	shot->n = s->procs;
	shot->task = s->task;
	for (i = 0; i < s->procs; i++)
		take_task(s, i);
}

static void set_frozen(struct sim *s, struct process *p, bool frozen)
{
	if (p->frozen == frozen)
		return;
	p->frozen = frozen;
	learn_hold(&p->learn, frozen, s->now);
	p->since_ns = s->now;
	s->result->freezes += frozen;
	sim_tell(s->setup, frozen, s->now, (uint32_t)(p - s->proc), frozen);
}

static void tell(struct sim *s, uint32_t i, const struct policy_verdict *v)
{
	const struct process *p = &s->proc[i];
	bool moved = v->placement != TWILL_ACCELERATOR_NONE && v->placement != p->placement;

	if (moved || v->frozen != p->frozen || v->reason != p->reason)
		sim_tell(s->setup, decided, s->now, i, v);
}

static void decide(struct sim *s, void (*resume)(struct sim *s, struct process *p))
{
	const struct policy_verdict *v = s->verdict;
	uint32_t i;

	s->dirty = false;
	take_snapshot(s);
	s->decision = (struct policy_decision){ s->verdict, s->order, s->grouped };
	s->setup->policy->decide(&s->snapshot, &s->decision);
	s->result->decisions++;
	for (i = 0; i < s->procs; i++)
		tell(s, i, &v[i]);
	for (i = 0; i < s->procs; i++)
		if (v[i].frozen)
			set_frozen(s, &s->proc[i], true);
	for (i = 0; i < s->procs; i++)
		if (v[i].placement != TWILL_ACCELERATOR_NONE)
			s->proc[i].placement = v[i].placement;
	for (i = 0; i < s->procs; i++) {
		s->proc[i].reason = v[i].reason;
		if (v[i].frozen)
			continue;
		set_frozen(s, &s->proc[i], false);
		resume(s, &s->proc[i]);
	}
}

static void look_busy(struct sim *s)
{
	enum watt_brake brake = s->watt.brake;

	if (!s->setup->budget_mw || s->setup->policy->still)
		return;
	(void)watt_busy(&s->watt, busy_mask(s), s->now);
	s->dirty |= s->watt.brake != brake;
	apply(s);
}

void agent_settle(struct sim *s, void (*resume)(struct sim *s, struct process *p))
{
	uint32_t rounds = 0;

	if (!on(s)) {
		s->dirty = false;
		return;
	}
	while (s->dirty && rounds++ < MAX_ROUNDS) {
		look_busy(s);
		decide(s, resume);
		look_busy(s);
	}
}
