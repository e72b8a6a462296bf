// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watt - the watt loop: readings in, a step on the ladder of clocks out.
 *
 * Sums are of milliwatts over control periods, so that a budget becomes
 * budget_mw * WATT_PERIODS. Samples are kept as upper bounds of true power.
 */
#include <math.h>
#include <string.h>

#include "power/watt.h"

#define SHORT		(WATT_PERIODS / 5)	/* a load shows itself in */
#define LONG		(WATT_PERIODS / 2)	/* a load is trusted to stay below after */
#define UP_EVERY	(WATT_PERIODS / 25)	/* between steps up */
#define GUARD		400	/* this part of the budget is for what is not modelled here */
#define EASE_LEAST	(WATT_PERIODS / 10)	/* how long the least of the tasks rests at least */
#define EASE_FIRST	2		/* the same, where it is the first to rest */
#define REST_FIRST	(WATT_PERIODS / 5)	/* and for how long that alone has to do */
#define REACT		2	/* periods at the chosen step before the next choice counts */
#define DRAIN		3	/* periods until units in flight have ended, once braked */

static uint32_t bound(uint32_t mw)
{
	return (uint64_t)mw * 100 / (100 - WATT_GAIN_PCT) + WATT_ROUND_MW;
}

/* Sample of some periods ago; 0 is the newest. */
static const struct watt_sample *ago(const struct watt *w, uint32_t periods)
{
	return &w->ring[(w->head - periods) % WATT_RING];
}

static void push(struct watt *w, uint32_t mw)
{
	w->head = (w->head + 1) % WATT_RING;
	w->ring[w->head] = (struct watt_sample){ .mw = mw, .step = w->at, .brake = w->brake };
}

uint32_t watt_worst_mw(const struct watt *w, uint32_t step, uint32_t busy)
{
	const struct watt_step *s = &w->step[step];
	uint32_t mw = s->base_mw;
	int i;

	if (busy & WATT_BUSY_GPU)
		mw += s->gpu_mw;
	for (i = 0; i < PLATFORM_DLAS; i++)
		if (busy & WATT_BUSY_DLA(i))
			mw += s->dla_mw;
	return (uint64_t)mw * w->excess_pct / 100;
}

/*
 * What the load of a sample would draw at another step: the share that the GPU
 * can have had in it follows the GPU's curve, the rest the CPUs' and the DLAs'.
 */
static uint32_t predict(const struct watt *w, const struct watt_sample *s, uint32_t step)
{
	const struct watt_step *from = &w->step[s->step], *to = &w->step[step];
	uint32_t load = s->mw > w->idle_mw ? s->mw - w->idle_mw : 0;
	uint32_t gpu = load < from->gpu_mw ? load : from->gpu_mw, rest = load - gpu;
	uint64_t rest_from = from->base_mw - w->idle_mw + 2 * from->dla_mw;
	uint64_t rest_to = to->base_mw - w->idle_mw + 2 * to->dla_mw;

	if (from->gpu_mw)
		gpu = (uint64_t)gpu * to->gpu_mw / from->gpu_mw;
	if (rest_from)
		rest = rest * rest_to / rest_from;
	return s->mw - load + gpu + rest;
}

/* Mean of n samples, the newest of them `end` periods ago, as it would be at a step. */
static uint32_t mean_mw(const struct watt *w, uint32_t n, uint32_t end, uint32_t step)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		sum += predict(w, ago(w, end + i), step);
	return sum / n;
}

/* The load as it is: half of what just came, half of what a window usually has. */
static uint32_t load_mw(const struct watt *w, uint32_t step)
{
	return (mean_mw(w, SHORT, 0, step) + mean_mw(w, WATT_PERIODS, 0, step)) / 2;
}

/* The load as it may be again: the highest half window of the last one. */
static uint32_t peak_mw(const struct watt *w, uint32_t step)
{
	uint32_t end, mw, peak = 0;

	for (end = 0; end <= WATT_PERIODS - LONG; end++) {
		mw = mean_mw(w, LONG, end, step);
		if (mw > peak)
			peak = mw;
	}
	mw = load_mw(w, step);
	return mw > peak ? mw : peak;
}

/*
 * A sensor that looks at part of the time only, at a load that comes and goes,
 * is off by the standard error of the mean. What changes slowly, or with the
 * clocks, it does see: so the variance is taken from one sample to the next.
 */
static uint32_t sampling_error_mw(const struct watt *w)
{
	const struct watt_sample *a, *b;
	double var = 0, d;
	uint32_t i;

	for (i = 0; i + 1 < WATT_PERIODS; i++) {
		a = ago(w, i);
		b = ago(w, i + 1);
		d = (double)a->mw - predict(w, b, a->step);
		var += d * d / 2;
	}
	return sqrt(var) / WATT_PERIODS;
}

/* Upper bounds of the periods from now on, as a rule takes them. */
struct outlook {
	uint64_t unseen;	/* all those that the sensor has not shown yet */
	uint64_t soon;		/* each until the next choice counts */
	uint64_t drain;		/* each until units in flight have ended */
	uint64_t later;		/* each after that */
	uint64_t reserve;	/* once */
};

/*
 * Whether every window that ends within the next window length stays within the
 * budget. Seen from the newest reading, the last `lag` periods are not measured
 * yet and REACT periods pass until another choice counts. `ahead` runs over the
 * ends of windows; the fewer samples are left in one, the less they can be off.
 */
static bool holds(const struct watt *w, const struct outlook *o, uint64_t margin)
{
	uint64_t limit = (uint64_t)(w->budget_mw - w->budget_mw / GUARD) * WATT_PERIODS;
	uint64_t past = 0, sum = o->unseen + o->reserve;
	uint32_t i, ahead, n = WATT_PERIODS - w->lag;

	for (i = 0; i < n; i++)
		past += ago(w, i)->mw;
	for (ahead = 1; ahead <= n; ahead++) {
		past -= ago(w, n - ahead)->mw;
		sum += ahead <= REACT ? o->soon : ahead <= REACT + DRAIN ? o->drain : o->later;
		if (past + sum + margin * (2 * n - ahead) / (2 * n) > limit)
			return false;
	}
	return true;
}

/* The parts with work that no brake holds, and all that have work. */
static uint32_t strangers(const struct watt *w)
{
	return w->strange ? WATT_BUSY_GPU : 0;
}

static uint32_t at_work(const struct watt *w)
{
	return w->busy | strangers(w);
}

/* The safe rule: the worst until the next choice counts; then the brake, at the lowest step. */
static bool safe(const struct watt *w, uint32_t step, uint64_t margin)
{
	uint32_t before = ago(w, 0)->step > step ? ago(w, 0)->step : step;
	struct outlook o = {
		.unseen = (uint64_t)w->lag * watt_worst_mw(w, before, at_work(w)),
		.soon = watt_worst_mw(w, step, at_work(w)),
		.drain = watt_worst_mw(w, 0, at_work(w)),
		.later = watt_worst_mw(w, 0, strangers(w)),
	};

	return holds(w, &o, margin);
}

/* The steady rule: the load goes on as it is, with what the safe rule will ask for kept back. */
static bool steady(const struct watt *w, uint32_t step, uint64_t load, uint64_t margin)
{
	uint64_t worst = watt_worst_mw(w, step, at_work(w));
	struct outlook o = {
		.unseen = w->lag * load,
		.soon = load,
		.drain = load,
		.later = load,
		.reserve = worst > load ? (w->lag + REACT) * (worst - load) : 0,
	};

	return holds(w, &o, margin);
}

static uint64_t sampling_margin(const struct watt *w)
{
	return (uint64_t)sampling_error_mw(w) * WATT_PERIODS;
}

static bool make_safe(struct watt *w)
{
	uint64_t margin = sampling_margin(w);
	uint32_t was = w->at;
	enum watt_brake braked = w->brake;

	while (w->at && !safe(w, w->at, margin))
		w->at--;
	if (!w->at && !safe(w, 0, margin))
		w->brake = WATT_REST_ALL;
	else if (w->brake == WATT_REST_ALL)
		w->brake = WATT_REST_NONE;
	if (w->at != was)
		w->reason = WATT_WINDOW;
	return w->at != was || w->brake != braked;
}

/* Without a sensor: the highest step at which nothing whatever exceeds the budget. */
static void go_blind(struct watt *w)
{
	uint32_t all = WATT_BUSY_GPU | WATT_BUSY_DLA(0) | WATT_BUSY_DLA(1);
	uint32_t at = w->n - 1;

	while (at && watt_worst_mw(w, at, all) > w->budget_mw)
		at--;
	if (at < w->at)
		w->at = at;
	w->brake = WATT_REST_NONE;
	w->reason = WATT_BLIND;
	w->settle = UP_EVERY;
}

static bool take_oc(struct watt *w, const struct watt_reading *r)
{
	bool more = r->oc_known && w->oc_known && r->oc_events > w->oc_events;

	if (r->oc_known)
		w->oc_events = r->oc_events;
	w->oc_known = r->oc_known;
	return more;
}

/*
 * More than the profile says is possible, at any of the steps that the reading
 * can be about, and more than once: believe the sensor.
 */
static void learn(struct watt *w, uint32_t mw)
{
	uint32_t all = WATT_BUSY_GPU | WATT_BUSY_DLA(0) | WATT_BUSY_DLA(1);
	uint32_t i, top = w->at, worst;

	for (i = 0; i <= w->lag + 1; i++)
		if (ago(w, i)->step > top)
			top = ago(w, i)->step;
	worst = watt_worst_mw(w, top, all);
	w->beyond = mw > worst ? w->beyond + 1 : 0;
	if (w->beyond >= 3)
		w->excess_pct = (uint64_t)w->excess_pct * mw / worst + 1;
}

/* Who has the GPU from now on, as far as jobs are marked. */
static void note_busy(struct watt *w, uint32_t busy, uint64_t now_ns)
{
	if (w->busy & WATT_BUSY_GPU && now_ns > w->busy_ns)
		w->marked_ns[0] += now_ns - w->busy_ns;
	w->busy = busy;
	w->busy_ns = now_ns;
}

static void look_for_strangers(struct watt *w, uint32_t gpu_load_pm)
{
	uint64_t span = WATT_MARKED * w->period_ns, marked = 0;
	int i;

	for (i = 0; i < WATT_MARKED; i++)
		marked += w->marked_ns[i];
	if (span > WATT_LOAD_NS)
		span = WATT_LOAD_NS;
	if (gpu_load_pm > marked * 1000 / span + WATT_STRANGE_PM)
		w->strange = WATT_STRANGE_FOR;
	else if (w->strange)
		w->strange--;
	memmove(w->marked_ns + 1, w->marked_ns, sizeof(w->marked_ns) - sizeof(w->marked_ns[0]));
	w->marked_ns[0] = 0;
}

void watt_rest_first(struct watt *w, bool on)
{
	w->rest_first = on;
}

void watt_set_budget(struct watt *w, uint32_t mw, uint64_t window_ns, uint32_t sensor_ms)
{
	uint64_t period = window_ns / WATT_PERIODS;

	if (!period)
		period = 1;
	if (period != w->period_ns)
		w->primed = false;
	w->period_ns = period;
	/* A reading may be as old as one pass and covers the pass before. */
	w->lag = (2ULL * sensor_ms * 1000000 + period - 1) / period;
	if (!w->lag)
		w->lag = 1;
	if (w->lag > WATT_PERIODS / 2)
		w->lag = WATT_PERIODS / 2;
	w->budget_mw = mw;
}

void watt_start(struct watt *w, const struct watt_reading *r, uint32_t busy)
{
	uint32_t i;

	note_busy(w, busy, r->now_ns);
	w->last_ns = r->now_ns;
	w->settle = UP_EVERY;
	w->blind = !r->mw || r->mw > w->max_mw;
	w->primed = !w->blind;		/* else the first reading starts anew */
	(void)take_oc(w, r);
	w->at = w->n - 1;
	for (i = 0; i < WATT_RING; i++)
		push(w, w->blind ? w->budget_mw : bound(r->mw));
	w->reason = WATT_NO_BUDGET;
	w->brake = WATT_REST_NONE;
	if (!w->budget_mw)
		return;
	w->reason = WATT_START;
	if (w->blind)
		go_blind(w);
	else
		(void)make_safe(w);
}

bool watt_busy(struct watt *w, uint32_t busy, uint64_t now_ns)
{
	note_busy(w, busy, now_ns);
	if (!w->budget_mw || !w->primed || w->blind)
		return false;
	return make_safe(w);
}

static void take_sample(struct watt *w, const struct watt_reading *r)
{
	uint32_t mw = w->blind ? watt_worst_mw(w, w->at, w->busy) : bound(r->mw);
	uint64_t periods = (r->now_ns - w->last_ns + w->period_ns / 2) / w->period_ns;

	if (!w->blind)
		learn(w, r->mw);
	if (periods > WATT_RING)
		periods = WATT_RING;
	do
		push(w, mw);
	while (periods-- > 1);
	w->last_ns = r->now_ns;
}

/*
 * Down to where the load fits, no lower than a floor. If it fits nowhere, to the
 * highest step at which it draws least: below that only others would be slowed
 * down, for nothing. Returns whether it fits.
 */
static bool descend(struct watt *w, uint32_t floor, uint64_t margin)
{
	uint32_t step = w->at, best = w->at, least = UINT32_MAX, mw;
	bool fits = false;

	for (;; step--) {
		mw = load_mw(w, step);
		fits = steady(w, step, mw, margin);
		if (fits || mw < least - least / 32) {
			least = mw;
			best = step;
		}
		if (fits || step <= floor || !step)
			break;
	}
	if (best != w->at)
		w->reason = WATT_OVER;
	w->at = best;
	return fits;
}

/* A clock that is low slows strangers down, too; a rest would only be for their sake. */
static bool rests_first(const struct watt *w)
{
	return w->rest_first && !w->strange;
}

/*
 * With the GPU at its lowest and still too much, the least of the tasks rests
 * before the CPUs are slowed down for all; it goes on when the window's mean,
 * with it and without it, has room again.
 */
static void ease(struct watt *w, bool fits, uint64_t margin)
{
	uint32_t least = rests_first(w) ? EASE_FIRST : EASE_LEAST;

	w->eased++;
	if (w->brake == WATT_REST_NONE && !fits) {
		w->brake = WATT_REST_LEAST;
		w->eased = 0;
	} else if (w->brake == WATT_REST_LEAST && w->eased >= least &&
		   steady(w, w->at, mean_mw(w, WATT_PERIODS, 0, w->at), margin)) {
		w->brake = WATT_REST_NONE;
	}
}

/* Where the least rests first, a step is left only once its rest has not been enough. */
static bool may_descend(const struct watt *w, uint64_t margin)
{
	return !rests_first(w) || (w->brake != WATT_REST_NONE && w->eased > REST_FIRST) ||
	       steady(w, w->at, load_mw(w, w->at), margin);
}

static void choose(struct watt *w, bool overcurrent)
{
	uint64_t margin = sampling_margin(w);
	uint32_t was = w->at, floor = rests_first(w) ? w->thrifty : w->floor;
	bool fits;

	if (overcurrent) {
		w->at -= w->at > 0;
		w->settle = WATT_PERIODS;
		w->reason = WATT_OVERCURRENT;
	}
	if (w->brake != WATT_REST_NONE && w->eased > REACT + DRAIN + SHORT)
		floor = rests_first(w) ? w->floor : 0;
	/* Below the floor the safe rule went, for as long as it must. */
	if (w->at < floor)
		w->at = floor;
	fits = may_descend(w, margin) ? descend(w, floor, margin) : false;
	ease(w, fits, margin);
	if (w->at == was && !w->settle && w->at + 1 < w->n && w->brake == WATT_REST_NONE &&
	    steady(w, w->at + 1, peak_mw(w, w->at + 1), margin)) {
		w->at++;
		w->reason = WATT_ROOM;
	}
	(void)make_safe(w);
	if (w->at == was)
		w->reason = WATT_HOLD;
}

bool watt_tick(struct watt *w, const struct watt_reading *r, uint32_t busy)
{
	enum watt_brake braked = w->brake;
	bool over, was_blind;
	uint32_t was = w->at;

	if (!w->primed) {
		watt_start(w, r, busy);
		return w->at != was;
	}
	note_busy(w, busy, r->now_ns);
	look_for_strangers(w, r->gpu_load_pm);
	was_blind = w->blind;
	w->blind = !r->mw || r->mw > w->max_mw;
	take_sample(w, r);
	over = take_oc(w, r);
	if (w->settle)
		w->settle--;
	w->reason = WATT_HOLD;
	if (!w->budget_mw) {
		w->at = w->n - 1;
		w->brake = WATT_REST_NONE;
		w->reason = WATT_NO_BUDGET;
	} else if (w->blind) {
		go_blind(w);
	} else {
		/* What was not seen counts as the worst; as high as that allows. */
		if (was_blind)
			w->at = w->n - 1;
		choose(w, over);
	}
	if (w->at != was && w->settle < UP_EVERY)
		w->settle = UP_EVERY;
	return w->at != was || w->brake != braked;
}

uint32_t watt_average_mw(const struct watt *w)
{
	uint64_t sum = 0;
	uint32_t i;

	if (!w->primed)
		return 0;
	for (i = 0; i < WATT_PERIODS; i++)
		sum += ago(w, i)->mw;
	sum /= WATT_PERIODS;
	return sum > WATT_ROUND_MW ? (sum - WATT_ROUND_MW) * (100 - WATT_GAIN_PCT) / 100 : 0;
}

uint32_t watt_pressed_pct(const struct watt *w)
{
	uint32_t i, n = 0;

	for (i = 0; i < WATT_PERIODS; i++)
		n += ago(w, i)->brake != WATT_REST_NONE;
	return n * 100 / WATT_PERIODS;
}

const char *watt_reason_name(enum watt_reason reason)
{
	switch (reason) {
	case WATT_NO_BUDGET:
		return "no-budget";
	case WATT_START:
		return "start";
	case WATT_HOLD:
		return "hold";
	case WATT_ROOM:
		return "room";
	case WATT_OVER:
		return "over";
	case WATT_WINDOW:
		return "window";
	case WATT_OVERCURRENT:
		return "over-current";
	case WATT_BLIND:
		return "blind";
	}
	return "unknown";
}
