/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * First guesses, so that the board runs; NOT the fit. tests/orin/fit replaces
 * this file by constants that name the published rows they come from.
 */
#ifndef ORIN_BOARD_TABLE_H
#define ORIN_BOARD_TABLE_H

#define BOARD_GPU_MIN_KHZ	306000
#define BOARD_GPU_MAX_KHZ	1173000
#define BOARD_CPU_MIN_KHZ	729600
#define BOARD_CPU_MAX_KHZ	1984000
#define BOARD_DLA_MAX_KHZ	614400
#define BOARD_EMC_KHZ		3199000
#define BOARD_DRAM_MBPS		102400
#define BOARD_SLICE_NS		1000000
#define BOARD_SWITCH_NS		220000
#define BOARD_CONTENTION_PPM	1460000

#define BOARD_DLA_MBPS		38500
#define BOARD_CPU_MBPS		38500

#define BOARD_CV_MW		450
#define BOARD_SOC_MW		1218
#define BOARD_OTHER_MW		2513
#define BOARD_SOC_AWAKE_MW	1288
#define BOARD_OTHER_AWAKE_MW	574
#define BOARD_SOC_GPU_MW	1800
#define BOARD_OTHER_GPU_MW	1800
#define BOARD_SOC_DLA_MW	1000
#define BOARD_OTHER_DLA_MW	1000

#ifdef BOARD_WANTS_CURVES

/* MACs in 1000 cycles; MB/s at BOARD_EMC_KHZ; by enum orin_sim_kind. */
static const u32 board_gpu_rate[] = { 7406000, 10090000, 68900, 1000 };
static const u32 board_gpu_mbps[] = { 76000, 76000, 485000, 76000 };
static const u32 board_dla_rate = 7061000;

#define BOARD_POINTS	5

struct board_point {
	u32 khz;
	u32 mw;
};

static const struct board_point board_gpu_idle_mw[BOARD_POINTS] = {
	{ 0, 0 }, { 306000, 128 }, { 612000, 350 }, { 918000, 630 }, { 1173000, 900 },
};

static const struct board_point board_gpu_busy_mw[][BOARD_POINTS] = {
	{ { 0, 0 }, { 306000, 1814 }, { 612000, 4955 }, { 918000, 8920 }, { 1173000, 12700 } },
	{ { 0, 0 }, { 306000, 1814 }, { 612000, 4955 }, { 918000, 8920 }, { 1173000, 12700 } },
	{ { 0, 0 }, { 306000, 1450 }, { 612000, 3960 }, { 918000, 7130 }, { 1173000, 10100 } },
	{ { 0, 0 }, { 306000, 1450 }, { 612000, 3960 }, { 918000, 7130 }, { 1173000, 10100 } },
};

static const struct board_point board_dla_busy_mw[BOARD_POINTS] = {
	{ 0, 0 }, { 153600, 60 }, { 614400, 520 }, { 908800, 940 }, { 1600000, 2200 },
};

static const struct board_point board_cpu_idle_mw[BOARD_POINTS] = {
	{ 0, 0 }, { 729600, 60 }, { 1113600, 140 }, { 1497600, 260 }, { 1984000, 450 },
};

static const struct board_point board_cpu_busy_mw[BOARD_POINTS] = {
	{ 0, 0 }, { 729600, 245 }, { 1113600, 365 }, { 1497600, 435 }, { 1984000, 900 },
};

#endif /* BOARD_WANTS_CURVES */
#endif
