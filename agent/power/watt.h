/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watt - the watt loop: readings in, a step on the ladder of clocks out.
 *
 * Pure: no clock, no I/O, no allocation. Time comes as an argument and knows no
 * unit but the budget window, of which a control period is a fiftieth.
 *
 * The ladder orders the clocks of all parts from the lowest step to the highest.
 * Each step has a worst power, from the board profile: no work draws more. Two
 * rules choose the step:
 *
 * - *safe*: whatever work comes next, no window may exceed the budget. Until the
 *   next decision counts (sensor's lag, one period, the clocks' settling) every
 *   part may draw its worst; after that the lowest step can be taken and the
 *   brake pulled: the caller freezes what feeds the GPU and the DLAs, whose units
 *   in flight end soon. All windows that end within the next window length must
 *   hold with what was measured before. A program that marks no jobs cannot be
 *   braked: once the GPU's own load has given one away, its worst counts throughout.
 * - *steady*: should the load of the last fifth of a window go on, the safe rule
 *   is to have no cause to step in. Down at once and as far as needed; up a step
 *   at a time, and only when the highest load within the last window leaves room.
 *
 * The first keeps the budget, the second makes good use of it: a load may begin
 * at a high clock after a pause, for the window has room for that.
 */
#ifndef TWILL_POWER_WATT_H
#define TWILL_POWER_WATT_H

#include <stdbool.h>
#include <stdint.h>

#include "platform.h"
#include "power/board.h"

#define WATT_PERIODS	50	/* control periods in a budget window */
#define WATT_STEPS	(PLATFORM_FREQS + 2 * BOARD_POINTS + 2)
#define WATT_RING	64
#define WATT_GAIN_PCT	3	/* the sensor's gain error, either way */
#define WATT_ROUND_MW	40	/* its rounding */

/* Parts that have a job under way. */
#define WATT_BUSY_GPU	1u
#define WATT_BUSY_DLA(n) (2u << (n))

/*
 * Work that nobody marked shows itself as a GPU that is busy for longer than it has
 * marked jobs: by this much of the last periods, in permille. It is thought to be
 * there for two windows after.
 */
#define WATT_STRANGE_PM	150
#define WATT_STRANGE_FOR (2 * WATT_PERIODS)
#define WATT_LOAD_NS	50000000ULL	/* what nvgpu's load is a mean over */
#define WATT_MARKED	4	/* periods in which that may have been: it lags */

/**
 * struct watt_step - one setting of all clocks, kHz
 * @gpu_khz: GPU cap
 * @cpu_khz: cap of each cluster
 * @dla_khz: cap of the DLAs
 * @base_mw: idle board and all CPU cores busy at this step
 * @gpu_mw: what the busy GPU adds at most
 * @dla_mw: what each busy DLA adds at most
 */
struct watt_step {
	uint32_t gpu_khz;
	uint32_t cpu_khz[PLATFORM_CLUSTERS];
	uint32_t dla_khz;
	uint32_t base_mw;
	uint32_t gpu_mw;
	uint32_t dla_mw;
};

/* Why the step is what it is. */
enum watt_reason {
	WATT_NO_BUDGET,		/* none is set: the highest step */
	WATT_START,		/* after a pause: as high as is safe */
	WATT_HOLD,		/* nothing to change */
	WATT_ROOM,		/* measured power left room for a step up */
	WATT_OVER,		/* the load would exceed the budget at the old step */
	WATT_WINDOW,		/* a window could have been exceeded by work to come */
	WATT_OVERCURRENT,	/* the board throttled for over-current */
	WATT_BLIND,		/* the sensor cannot be read */
};

/* Who has to rest, as far as it works on the GPU or a DLA. */
enum watt_brake {
	WATT_REST_NONE,
	WATT_REST_LEAST,	/* the task of lowest rank */
	WATT_REST_ALL,
};

struct watt_sample {
	uint32_t mw;		/* upper bound of the true power */
	uint32_t step;
	uint32_t brake;
};

/* Private but for n, step, at, brake and reason. */
struct watt {
	uint32_t n;
	struct watt_step step[WATT_STEPS];	/* [0] is the lowest */
	uint32_t at;				/* present step */
	uint32_t floor;				/* highest step with the GPU at its lowest */
	uint32_t thrifty;			/* lowest step below which the GPU saves no energy */
	bool rest_first;			/* see watt_rest_first() */
	enum watt_brake brake;
	enum watt_reason reason;

	uint32_t idle_mw, max_mw;
	uint32_t budget_mw;
	uint64_t period_ns;
	uint32_t lag;				/* of the sensor, in periods */
	uint32_t busy;				/* with marked jobs */
	uint64_t busy_ns;			/* when that was noted last */
	uint64_t marked_ns[WATT_MARKED];	/* how long the GPU had such; [0] is this period */
	uint32_t strange;			/* periods for which it is thought to have others */
	uint64_t last_ns;
	uint32_t settle;			/* periods until the next step up */
	uint32_t eased;				/* periods since the least began to rest */
	uint32_t excess_pct;			/* measured over worst power, at least 100 */
	uint32_t beyond;			/* readings in a row above the worst power */
	uint64_t oc_events;
	bool oc_known, blind, primed;
	uint32_t head;				/* of the ring, newest sample */
	struct watt_sample ring[WATT_RING];
};

/**
 * struct watt_reading - what the sensors say at a control period
 * @now_ns: monotonic time
 * @mw: board power; 0 when the sensor cannot be read
 * @oc_events: sum of the over-current counters; ignored unless @oc_known
 * @oc_known: whether they could be read
 * @gpu_load_pm: busy part of the GPU's last 50 ms, permille; 0 when it cannot be read
 */
struct watt_reading {
	uint64_t now_ns;
	uint32_t mw;
	uint32_t gpu_load_pm;
	uint64_t oc_events;
	bool oc_known;
};

/**
 * watt_init() - build the ladder
 *
 * Return: 0; -ENODEV when the platform has neither a GPU clock nor a cluster.
 */
int watt_init(struct watt *w, const struct board_profile *b, const struct platform *p);

/** watt_min_mw() - the least budget that can be kept: the idle board and the GPU at its lowest */
uint32_t watt_min_mw(const struct watt *w);

/**
 * watt_rest_first() - have the least of the tasks rest before clocks go low
 *
 * A busy GPU draws a good part of its power whatever its clock: below some clock a
 * piece of work takes longer and costs as much. With this, what the budget does not
 * allow is left undone by the task of lowest rank, for moments, at a clock at which
 * all others are quick. Only for a policy that lets one rest which does not finish
 * what it has submitted in one piece.
 */
void watt_rest_first(struct watt *w, bool on);

/** watt_set_budget() - @mw 0 for none; forgets what was measured when the window changed */
void watt_set_budget(struct watt *w, uint32_t mw, uint64_t window_ns, uint32_t sensor_ms);

/**
 * watt_start() - begin after a pause: one reading stands for the window before
 *
 * Leaves a step that is safe for any work.
 */
void watt_start(struct watt *w, const struct watt_reading *r, uint32_t busy);

/** watt_tick() - a control period has passed; true when step or brake changed */
bool watt_tick(struct watt *w, const struct watt_reading *r, uint32_t busy);

/** watt_busy() - jobs began or ended: only ever steps down; true when step or brake changed */
bool watt_busy(struct watt *w, uint32_t busy, uint64_t now_ns);

/** watt_worst_mw() - the most that any work draws at a step with these parts busy */
uint32_t watt_worst_mw(const struct watt *w, uint32_t step, uint32_t busy);

/** watt_average_mw() - power over the last window as measured, without margins; 0: unknown */
uint32_t watt_average_mw(const struct watt *w);

/** watt_pressed_pct() - for how much of the last window somebody had to rest */
uint32_t watt_pressed_pct(const struct watt *w);

/** watt_reason_name() - "room" for WATT_ROOM, and so on */
const char *watt_reason_name(enum watt_reason reason);

#endif
