// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks take time to change: 5 ms for the GPU, 1 ms for a CPU cluster, 8 ms
 * for memory, and the engine stands still for less than 0.1 ms (Kang, arXiv
 * 2606.16106, measured on Orin Nano and NX). Nothing is published for the DLA,
 * whose clock the same firmware sets as the GPU's: it takes the GPU's time.
 *
 * One change is under way at a time, as with the firmware's mailbox; the last
 * request made meanwhile begins when it has ended.
 */
#include "sim.h"

#define STALL	(SIM_MS / 20)

struct sim_clock {
	u64 latency;
	u32 initial;
	u32 khz;	/* in effect */
	u32 next;	/* under way */
	u32 asked;	/* last request */
	u64 due;	/* next step of the change under way, or BOARD_NEVER */
	bool stalled;
};

static struct sim_clock sim_clock[SIM_CLKS] = {
	[SIM_GPU] = { .latency = 5 * SIM_MS, .initial = 306000 },
	[SIM_CPU0] = { .latency = SIM_MS, .initial = 1984000 },
	[SIM_CPU1] = { .latency = SIM_MS, .initial = 1984000 },
	[SIM_DLA0] = { .latency = 5 * SIM_MS, .initial = 614400 },
	[SIM_DLA1] = { .latency = 5 * SIM_MS, .initial = 614400 },
	[SIM_EMC] = { .latency = 8 * SIM_MS, .initial = 3199000 },
};

static bool sim_throttled;

static void apply(enum sim_clk clk)
{
	struct sim_clock *c = &sim_clock[clk];
	u32 khz = c->stalled ? 0 : c->khz;

	switch (clk) {
	case SIM_GPU:
		board_set_gpu_khz(sim_board, sim_throttled ? khz / 2 : khz);
		break;
	case SIM_CPU0:
	case SIM_CPU1:
		board_set_cpu_khz(sim_board, clk - SIM_CPU0, sim_throttled ? khz / 2 : khz);
		break;
	case SIM_DLA0:
	case SIM_DLA1:
		board_set_dla_khz(sim_board, clk - SIM_DLA0, khz);
		break;
	default:
		board_set_emc_khz(sim_board, c->khz);
		break;
	}
}

void sim_clock_init(void)
{
	enum sim_clk clk;

	lockdep_assert_held(&sim_lock);
	for (clk = 0; clk < SIM_CLKS; clk++) {
		struct sim_clock *c = &sim_clock[clk];

		c->khz = c->initial;
		c->next = c->initial;
		c->asked = c->initial;
		c->due = BOARD_NEVER;
		c->stalled = false;
		apply(clk);
	}
}

/* Ask for a rate, in kHz, that the caller has rounded to its table. */
void sim_clock_ask(enum sim_clk clk, u32 khz)
{
	struct sim_clock *c = &sim_clock[clk];

	lockdep_assert_held(&sim_lock);
	c->asked = khz;
	if (c->due != BOARD_NEVER || c->khz == khz)
		return;
	c->next = khz;
	c->due = sim_now + c->latency;
}

/* The rate in effect, in kHz, but for over-current, which no frequency file shows. */
u32 sim_clock_shown(enum sim_clk clk)
{
	lockdep_assert_held(&sim_lock);
	return sim_clock[clk].khz;
}

/* The true rate, in kHz. */
u32 sim_clock_khz(enum sim_clk clk)
{
	u32 khz = sim_clock_shown(clk);

	return sim_throttled && clk <= SIM_CPU1 ? khz / 2 : khz;
}

bool sim_clock_throttled(void)
{
	lockdep_assert_held(&sim_lock);
	return sim_throttled;
}

u32 sim_clock_asked(enum sim_clk clk)
{
	lockdep_assert_held(&sim_lock);
	return sim_clock[clk].asked;
}

/* Over-current halves the GPU's and the CPUs' clocks at once. */
void sim_clock_throttle(bool on)
{
	lockdep_assert_held(&sim_lock);
	if (sim_throttled == on)
		return;
	sim_throttled = on;
	apply(SIM_GPU);
	apply(SIM_CPU0);
	apply(SIM_CPU1);
}

u64 sim_clock_next(void)
{
	u64 next = BOARD_NEVER;
	enum sim_clk clk;

	for (clk = 0; clk < SIM_CLKS; clk++)
		next = min(next, sim_clock[clk].due);
	return next;
}

static void step(enum sim_clk clk)
{
	struct sim_clock *c = &sim_clock[clk];

	if (!c->stalled) {
		c->stalled = true;
		c->due = sim_now + STALL;
	} else {
		c->stalled = false;
		c->khz = c->next;
		c->due = BOARD_NEVER;
	}
	apply(clk);
	if (!c->stalled)
		sim_clock_ask(clk, c->asked);
}

/* Take the steps that are due at this moment. */
void sim_clock_step(void)
{
	enum sim_clk clk;

	lockdep_assert_held(&sim_lock);
	for (clk = 0; clk < SIM_CLKS; clk++)
		if (sim_clock[clk].due <= sim_now)
			step(clk);
}
