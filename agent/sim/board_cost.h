/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board_cost - what a unit costs in time and what a state of the board draws,
 * on given silicon. Closed forms without state; board.c is
 * the only user apart from tests.
 */
#ifndef TWILL_SIM_BOARD_COST_H
#define TWILL_SIM_BOARD_COST_H

#include "sim/board.h"

#define BOARD_PPM	1000000
#define BOARD_LONGEST	0x400000000000000ULL	/* ns, 9 years: no part of a unit is longer */

/* Who is busy, and at which clocks. */
struct board_load {
	u32 gpu_khz;
	u32 gpu_kind;
	bool gpu_busy;
	u32 dla_khz[SILICON_DLAS];	/* 0: idle */
	u32 cpu_khz[SILICON_CLUSTERS];
	u32 cores[SILICON_CLUSTERS];	/* busy ones */
	u32 emc_khz;
};

u64 board_divide(u64 a, u64 b);
/* a * b / c rounded up, exact in between, no more than BOARD_LONGEST. */
u64 board_mul_div(u64 a, u64 b, u64 c);

/* The two parts of a unit's time, nanoseconds; both clocks must run. */
u64 board_core_ns(const struct silicon *si, enum orin_sim_engine engine,
		  const struct board_cmd *cmd, u32 khz);
u64 board_mem_ns(const struct silicon *si, enum orin_sim_engine engine,
		 const struct board_cmd *cmd, u32 emc_khz);
/* Share of the DRAM's peak bandwidth, in ppm, of a unit that takes @ns. */
u32 board_traffic(const struct silicon *si, const struct board_cmd *cmd, u64 ns);
/* What others, who take @ppm of the DRAM's peak together, add to a memory part. */
u64 board_contended_ns(const struct silicon *si, u64 mem_ns, u64 ppm);

void board_draw(const struct silicon *si, const struct board_load *load, struct board_power *p);

#endif
