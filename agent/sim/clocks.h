/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clocks - how a board's clocks follow what is asked of them.
 *
 * Pure, like the board: the caller says what time it is, in nanoseconds of model
 * time, and takes the steps that are due before it lets the board go on.
 */
#ifndef TWILL_SIM_CLOCKS_H
#define TWILL_SIM_CLOCKS_H

#include "sim/board.h"

enum sim_clk { SIM_GPU, SIM_CPU0, SIM_CPU1, SIM_CPU2, SIM_DLA0, SIM_DLA1, SIM_EMC, SIM_CLKS };

/**
 * struct sim_clock - one clock
 * @khz: in effect
 * @next: under way
 * @asked: last request
 * @due: next step of the change under way, or BOARD_NEVER
 * @stalled: its engine stands still for the change
 */
struct sim_clock {
	u32 khz;
	u32 next;
	u32 asked;
	u64 due;
	bool stalled;
};

struct sim_clocks {
	struct sim_clock clk[SIM_CLKS];
	bool throttled;
};

/** sim_clocks_init() - as a board has them after its boot; sets @b's */
void sim_clocks_init(struct sim_clocks *c, struct board *b);
/** sim_clocks_ask() - want a rate, in kHz, that the caller has rounded to its table */
void sim_clocks_ask(struct sim_clocks *c, enum sim_clk clk, u32 khz, u64 now);
/** sim_clocks_shown() - the rate in effect, but for over-current, which no file shows */
u32 sim_clocks_shown(const struct sim_clocks *c, enum sim_clk clk);
/** sim_clocks_khz() - the true rate */
u32 sim_clocks_khz(const struct sim_clocks *c, enum sim_clk clk);
/** sim_clocks_throttle() - over-current halves the GPU's and the CPUs' clocks at once */
void sim_clocks_throttle(struct sim_clocks *c, struct board *b, bool on);
/** sim_clocks_next() - when a step is due, or BOARD_NEVER */
u64 sim_clocks_next(const struct sim_clocks *c);
/** sim_clocks_step() - take the steps that are due at this moment */
void sim_clocks_step(struct sim_clocks *c, struct board *b, u64 now);

#endif
