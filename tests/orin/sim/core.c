// SPDX-License-Identifier: GPL-2.0-only
/*
 * The board in step with the guest's clock.
 *
 * The board is always brought forward in exact steps: to each event of its own,
 * each settling clock, each end of a sensor's window and each tick of the truth
 * log, in order. The one timer is set to the next event that changes something;
 * windows and ticks are caught up with when somebody looks. So a late timer
 * delays a wake-up but alters no time and no energy, and an idle board costs
 * nothing: a stretch in which all rates are constant is passed in one stride.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "sim.h"

unsigned int sim_scale = 10;
module_param_named(scale, sim_scale, uint, 0444);
MODULE_PARM_DESC(scale, "guest nanoseconds for one of model time (1..1000)");

static int switch_us = -1;
module_param(switch_us, int, 0444);
MODULE_PARM_DESC(switch_us, "GPU context switch in model us; -1: the published 220");

DEFINE_SPINLOCK(sim_lock);
struct board *sim_board;
struct sim_ctx *sim_ctx[BOARD_CLIENTS];
pid_t sim_pid[BOARD_CLIENTS];	/* outlives its context: a unit runs on unseen */
u64 sim_now;
u64 sim_changed;

static struct hrtimer sim_timer;
static u64 sim_armed = BOARD_NEVER;

static u64 model_time(void)
{
	return div_u64(ktime_get_ns(), sim_scale);
}

/* Never the present again: each pass of catch_up() gets on. */
static u64 next_event(void)
{
	return max(min3(board_next(sim_board), sim_clock_next(), sim_oc_next()), sim_now + 1);
}

static void advance(u64 to)
{
	board_advance(sim_board, to);
	sim_now = to;
}

/*
 * Nothing has changed for a whole tick and a whole window, so that both would
 * show the same again and again until @limit: pass over them at one go.
 */
static void stride(u64 limit)
{
	u64 ticks = div64_u64(limit - (sim_truth_next() - SIM_TICK), SIM_TICK);
	u64 tick = sim_truth_next() - SIM_TICK + ticks * SIM_TICK;
	u64 window = sim_chip_last_before(limit);

	if (window <= tick) {
		advance(window);
		sim_chip_skip(window);
	}
	advance(tick);
	sim_truth_sample(ticks);
	if (window > tick) {
		advance(window);
		sim_chip_skip(window);
	}
}

/* Up to @limit, before which no event is due, stopping at windows and ticks. */
static void observe(u64 limit)
{
	u64 tick, window;

	while ((tick = sim_truth_next()) <= limit || sim_chip_next() <= limit) {
		if (tick + SIM_TICK <= limit && sim_truth_quiet() && sim_chip_quiet()) {
			stride(limit);
			continue;
		}
		window = sim_chip_next();
		advance(min(tick, window));
		if (window <= tick)
			sim_chip_latch();
		if (tick <= window)
			sim_truth_sample(1);
	}
	advance(limit);
}

/* Bring everything to the present. */
static void catch_up(void)
{
	u64 now = model_time();

	lockdep_assert_held(&sim_lock);
	for (;;) {
		u64 event = next_event();

		observe(max(sim_now, min(event, now)));
		if (event > now)
			break;
		sim_changed = sim_now;
		sim_clock_step();
		sim_oc_check();
	}
}

static void arm(void)
{
	u64 next = next_event();

	if (next == sim_armed)
		return;
	sim_armed = next;
	/* A timer that is already running its callback waits for sim_lock and arms again. */
	if (next == BOARD_NEVER)
		hrtimer_try_to_cancel(&sim_timer);
	else
		hrtimer_start(&sim_timer, ns_to_ktime(next * sim_scale), HRTIMER_MODE_ABS);
}

/**
 * sim_begin - take the lock and bring the board to the present
 * Context: any. Takes sim_lock with interrupts off.
 * Return: flags for sim_end()
 */
unsigned long sim_begin(void)
	__acquires(&sim_lock)
{
	unsigned long flags;

	spin_lock_irqsave(&sim_lock, flags);
	catch_up();
	return flags;
}

/**
 * sim_end - hand out completions, set the timer, drop the lock
 * @flags: from sim_begin()
 */
void sim_end(unsigned long flags)
	__releases(&sim_lock)
{
	struct board_done done;

	if (sim_changed == sim_now)
		sim_oc_check();
	while (board_pop(sim_board, &done))
		sim_engine_done(&done);
	arm();
	spin_unlock_irqrestore(&sim_lock, flags);
}

/* The caller alters the board's course at this moment. */
void sim_touch(void)
{
	lockdep_assert_held(&sim_lock);
	sim_changed = sim_now;
}

/* Whose unit is on an engine, in the initial pid namespace; 0: nobody's. */
pid_t sim_engine_pid(enum orin_sim_engine engine)
{
	s32 client = board_current(sim_board, engine);

	return client < 0 ? 0 : sim_pid[client];
}

static enum hrtimer_restart expired(struct hrtimer *timer)
{
	unsigned long flags;

	spin_lock_irqsave(&sim_lock, flags);
	/* What was armed has gone off: arm again even for the same moment. */
	sim_armed = BOARD_NEVER;
	catch_up();
	sim_end(flags);
	return HRTIMER_NORESTART;
}

int sim_core_init(void)
{
	if (sim_scale < 1 || sim_scale > 1000) {
		pr_err("orin_sim: scale=%u is not within 1..1000\n", sim_scale);
		return -EINVAL;
	}
	sim_board = kzalloc(board_size(), GFP_KERNEL);
	if (!sim_board)
		return -ENOMEM;
	board_init(sim_board, &silicon_orin_nx_16gb, switch_us < 0 ? -1 : switch_us * 1000LL);
	hrtimer_init(&sim_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	sim_timer.function = expired;

	spin_lock_irq(&sim_lock);
	advance(model_time());
	sim_changed = sim_now;
	sim_clock_init();
	sim_chip_init();
	sim_thermal_init();
	spin_unlock_irq(&sim_lock);
	return 0;
}

/* Drivers, files and debugfs are gone: nobody arms the timer again. */
void sim_core_stop(void)
{
	hrtimer_cancel(&sim_timer);
}

void sim_core_exit(void)
{
	kfree(sim_board);
}
