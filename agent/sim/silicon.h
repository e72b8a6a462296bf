/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silicon - all that one kind of board computes and draws power by, in integers.
 *
 * board.c reads a board through it and has no constants of its own. The Orin NX
 * 16GB is fitted to published rows and compiled in (board_table.h, for a kernel
 * has no files to read); no other is described yet.
 */
#ifndef TWILL_SIM_SILICON_H
#define TWILL_SIM_SILICON_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#endif

#include "sim/engine.h"

#define SILICON_CLUSTERS	3
#define SILICON_CORES		4	/* in a cluster, at most */
#define SILICON_DLAS		2
#define SILICON_STEPS		32	/* of a clock */
#define SILICON_POINTS		16	/* of a curve */

struct silicon_point {
	u32 khz;
	u32 mw;
};

/* What a clock can be set to, ascending. */
struct silicon_clock {
	u32 n;
	u32 khz[SILICON_STEPS];
};

/**
 * struct silicon - a kind of board
 * @clusters: of CPU cores, 1 ..
 * @cores: in each, 1 ..
 * @dlas: 0 ..
 * @gpu: its clock
 * @cpu: that of each cluster
 * @dla: that of each DLA; empty where there is none
 * @emc_khz: memory clock, at which all rates of memory are given
 * @dram_mbps: the DRAM's peak, MB/s
 * @gpu_rate: MACs in 1000 cycles, by enum orin_sim_kind
 * @gpu_mbps: rate of a unit's memory part, MB/s
 * @dla_rate: as the GPU's, of one DLA
 * @dla_mbps: likewise
 * @cpu_mbps: of one core
 * @contention_ppm: growth of a memory part per share of the peak that others take
 * @slice_ns: time slice of the GPU
 * @switch_ns: cost of a change of its client
 * @cv_mw: the rail of CPU, GPU and DLA with all their clocks stopped
 * @soc_mw: that of the SoC while nobody works
 * @other_mw: what is on neither: DRAM, conversion
 * @soc_awake_mw: and more while anybody does, at @emc_khz
 * @other_awake_mw: likewise
 * @soc_gpu_mw: and more while the GPU does
 * @other_gpu_mw: likewise
 * @soc_dla_mw: and more for each DLA that does
 * @other_dla_mw: likewise
 * @gpu_idle_mw: the GPU's clock, without work
 * @gpu_busy_mw: beyond that, by enum orin_sim_kind
 * @dla_busy_mw: one DLA
 * @cpu_idle_mw: a cluster's clock, without work
 * @cpu_busy_mw: each busy core of it
 *
 * A curve begins at { 0, 0 }, and ends where its clock does not rise.
 */
struct silicon {
	u32 clusters;
	u32 cores[SILICON_CLUSTERS];
	u32 dlas;
	struct silicon_clock gpu, cpu, dla;
	u32 emc_khz;

	u32 dram_mbps;
	u32 gpu_rate[ORIN_SIM_KINDS];
	u32 gpu_mbps[ORIN_SIM_KINDS];
	u32 dla_rate, dla_mbps;
	u32 cpu_mbps;
	u32 contention_ppm;
	u32 slice_ns, switch_ns;

	u32 cv_mw, soc_mw, other_mw;
	u32 soc_awake_mw, other_awake_mw;
	u32 soc_gpu_mw, other_gpu_mw;
	u32 soc_dla_mw, other_dla_mw;
	struct silicon_point gpu_idle_mw[SILICON_POINTS];
	struct silicon_point gpu_busy_mw[ORIN_SIM_KINDS][SILICON_POINTS];
	struct silicon_point dla_busy_mw[SILICON_POINTS];
	struct silicon_point cpu_idle_mw[SILICON_POINTS];
	struct silicon_point cpu_busy_mw[SILICON_POINTS];
};

/* The board of the virtual machine, and wherever none is named. */
extern const struct silicon silicon_orin_nx_16gb;

/* A clock's highest setting; 0 for one that is not there. */
static inline u32 silicon_top(const struct silicon_clock *clock)
{
	return clock->n ? clock->khz[clock->n - 1] : 0;
}

#endif
