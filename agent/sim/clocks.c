// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clocks take time to change: 5 ms for the GPU, 1 ms for a CPU cluster, 8 ms
 * for memory, and the engine stands still for less than 0.1 ms (Kang, arXiv
 * 2606.16106, measured on Orin Nano and NX). Nothing is published for the DLA,
 * whose clock the same firmware sets as the GPU's: it takes the GPU's time.
 *
 * One change is under way at a time, as with the firmware's mailbox; the last
 * request made meanwhile begins when it has ended.
 */
#include "sim/clocks.h"

#define MS	1000000ULL
#define STALL	(MS / 20)

static const u64 latency[SIM_CLKS] = {
	[SIM_GPU] = 5 * MS,
	[SIM_CPU0] = MS,
	[SIM_CPU1] = MS,
	[SIM_CPU2] = MS,
	[SIM_DLA0] = 5 * MS,
	[SIM_DLA1] = 5 * MS,
	[SIM_EMC] = 8 * MS,
};

static u32 initial(const struct silicon *si, enum sim_clk clk)
{
	switch (clk) {
	case SIM_GPU:
		return si->gpu.khz[0];
	case SIM_CPU0:
	case SIM_CPU1:
	case SIM_CPU2:
		return silicon_top(&si->cpu);
	case SIM_DLA0:
	case SIM_DLA1:
		return silicon_top(&si->dla);
	default:
		return si->emc_khz;
	}
}

static void apply(const struct sim_clocks *c, struct board *b, enum sim_clk clk)
{
	u32 khz = c->clk[clk].stalled ? 0 : sim_clocks_khz(c, clk);

	switch (clk) {
	case SIM_GPU:
		board_set_gpu_khz(b, khz);
		break;
	case SIM_CPU0:
	case SIM_CPU1:
	case SIM_CPU2:
		board_set_cpu_khz(b, clk - SIM_CPU0, khz);
		break;
	case SIM_DLA0:
	case SIM_DLA1:
		board_set_dla_khz(b, clk - SIM_DLA0, khz);
		break;
	default:
		board_set_emc_khz(b, c->clk[clk].khz);
		break;
	}
}

void sim_clocks_init(struct sim_clocks *c, struct board *b)
{
	u32 clk;

	c->throttled = false;
	for (clk = 0; clk < SIM_CLKS; clk++) {
		struct sim_clock *s = &c->clk[clk];

		s->khz = initial(board_silicon(b), clk);
		s->next = s->khz;
		s->asked = s->khz;
		s->due = BOARD_NEVER;
		s->stalled = false;
		apply(c, b, clk);
	}
}

void sim_clocks_ask(struct sim_clocks *c, enum sim_clk clk, u32 khz, u64 now)
{
	struct sim_clock *s = &c->clk[clk];

	s->asked = khz;
	if (s->due != BOARD_NEVER || s->khz == khz)
		return;
	s->next = khz;
	s->due = now + latency[clk];
}

u32 sim_clocks_shown(const struct sim_clocks *c, enum sim_clk clk)
{
	return c->clk[clk].khz;
}

u32 sim_clocks_khz(const struct sim_clocks *c, enum sim_clk clk)
{
	u32 khz = c->clk[clk].khz;

	return c->throttled && clk <= SIM_CPU2 ? khz / 2 : khz;
}

void sim_clocks_throttle(struct sim_clocks *c, struct board *b, bool on)
{
	u32 clk;

	if (c->throttled == on)
		return;
	c->throttled = on;
	for (clk = SIM_GPU; clk <= SIM_CPU2; clk++)
		apply(c, b, clk);
}

u64 sim_clocks_next(const struct sim_clocks *c)
{
	u64 next = BOARD_NEVER;
	u32 clk;

	for (clk = 0; clk < SIM_CLKS; clk++)
		if (c->clk[clk].due < next)
			next = c->clk[clk].due;
	return next;
}

static void step(struct sim_clocks *c, struct board *b, enum sim_clk clk, u64 now)
{
	struct sim_clock *s = &c->clk[clk];

	if (!s->stalled) {
		s->stalled = true;
		s->due = now + STALL;
	} else {
		s->stalled = false;
		s->khz = s->next;
		s->due = BOARD_NEVER;
	}
	apply(c, b, clk);
	if (!s->stalled)
		sim_clocks_ask(c, clk, s->asked, now);
}

void sim_clocks_step(struct sim_clocks *c, struct board *b, u64 now)
{
	u32 clk;

	for (clk = 0; clk < SIM_CLKS; clk++)
		if (c->clk[clk].due <= now)
			step(c, b, clk, now);
}
