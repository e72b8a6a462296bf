// SPDX-License-Identifier: GPL-2.0-only
/* clock.c - the board's clocks, under the lock. */
#include "sim.h"

static struct sim_clocks clocks;

void sim_clock_init(void)
{
	lockdep_assert_held(&sim_lock);
	sim_clocks_init(&clocks, sim_board);
}

/* Ask for a rate, in kHz, that the caller has rounded to its table. */
void sim_clock_ask(enum sim_clk clk, u32 khz)
{
	lockdep_assert_held(&sim_lock);
	sim_clocks_ask(&clocks, clk, khz, sim_now);
}

/* The rate in effect, in kHz, but for over-current, which no frequency file shows. */
u32 sim_clock_shown(enum sim_clk clk)
{
	lockdep_assert_held(&sim_lock);
	return sim_clocks_shown(&clocks, clk);
}

/* The true rate, in kHz. */
u32 sim_clock_khz(enum sim_clk clk)
{
	return sim_clocks_khz(&clocks, clk);
}

bool sim_clock_throttled(void)
{
	lockdep_assert_held(&sim_lock);
	return clocks.throttled;
}

u32 sim_clock_asked(enum sim_clk clk)
{
	lockdep_assert_held(&sim_lock);
	return clocks.clk[clk].asked;
}

/* Over-current halves the GPU's and the CPUs' clocks at once. */
void sim_clock_throttle(bool on)
{
	lockdep_assert_held(&sim_lock);
	sim_clocks_throttle(&clocks, sim_board, on);
}

u64 sim_clock_next(void)
{
	return sim_clocks_next(&clocks);
}

/* Take the steps that are due at this moment. */
void sim_clock_step(void)
{
	lockdep_assert_held(&sim_lock);
	sim_clocks_step(&clocks, sim_board, sim_now);
}
