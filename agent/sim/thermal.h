/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thermal - how hot a board gets, what that costs, and how it saves itself.
 *
 * Pure, in integers, model time in nanoseconds. One heat sink of first order, with
 * the constants of the virtual board (tests/orin/sim/thermal.c). What it draws grows
 * with its heat. Above the trip its kernel takes one more step from the GPU's and the
 * CPUs' clocks at every poll, and gives one back at every poll below. Power above the
 * over-current limit, if only for a moment, halves these clocks for about a
 * millisecond.
 */
#ifndef TWILL_SIM_THERMAL_H
#define TWILL_SIM_THERMAL_H

#include <stdbool.h>
#include <stdint.h>

#define THERMAL_TRIP_MC		99000
#define THERMAL_STEP_NS		10000000ULL

/* What the kernel slows down, each by itself: the GPU, and the CPUs. */
enum thermal_device { THERMAL_GPU, THERMAL_CPU, THERMAL_DEVICES };

/**
 * struct thermal_setup - where a board is
 * @around_mc: where the sink settles when nothing is drawn, milli-Celsius
 * @heat_mc: the same between @heat_from_ns and @heat_until_ns: a fan that fails, the sun
 * @heat_from_ns: model time
 * @heat_until_ns: likewise; no heat comes if it is not later
 * @leak_ppm: what each 10 C above 45.8 C add to the board's power, millionths
 * @oc_limit_mw: over-current limit; 0 for none
 */
struct thermal_setup {
	int32_t around_mc;
	int32_t heat_mc;
	uint64_t heat_from_ns;
	uint64_t heat_until_ns;
	uint32_t leak_ppm;
	uint32_t oc_limit_mw;
};

/**
 * struct thermal - a board as it is
 * @sink_uc: of the sink, micro-Celsius
 * @cooling: steps that the kernel has taken from the clocks of each
 * @most: how many there are to take
 * @oc_events: so far
 * @oc_shown: what the counters show of them
 * @oc_until_ns: end of a throttle; 0: none
 * @true_uj: drawn until the last step, leakage included
 * @board_uj: the same without
 * @at_ns: when that was
 * @poll_ns: next poll of the trip
 * @batch_ns: when counters are shown next
 */
struct thermal {
	const struct thermal_setup *setup;
	int64_t sink_uc;
	uint32_t cooling[THERMAL_DEVICES];
	uint32_t most[THERMAL_DEVICES];
	uint64_t oc_events;
	uint64_t oc_shown;
	uint64_t oc_until_ns;
	uint64_t true_uj;
	uint64_t board_uj;
	uint64_t at_ns;
	uint64_t poll_ns;
	uint64_t batch_ns;
};

/** thermal_init() - settled, with the board drawing @mw since long; @gpu and @cpu: steps of their clocks */
void thermal_init(struct thermal *t, const struct thermal_setup *setup, uint32_t mw, uint32_t gpu,
		  uint32_t cpu);
/** thermal_true_mw() - what is drawn when the board without its leakage draws @mw */
uint32_t thermal_true_mw(const struct thermal *t, uint32_t mw);
/** thermal_true_uj() - and in all, when it has drawn @board_uj since the start */
uint64_t thermal_true_uj(const struct thermal *t, uint64_t board_uj);
/** thermal_step() - every THERMAL_STEP_NS; true when @cooling changed */
bool thermal_step(struct thermal *t, uint64_t now_ns, uint64_t board_uj);
/** thermal_current() - what the board draws may have changed; returns whether clocks are halved */
bool thermal_current(struct thermal *t, uint64_t now_ns, uint32_t mw);

#endif
