/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gen_clock - random numbers from a seed, and when requests come. */
#ifndef TWILL_SIM_GEN_CLOCK_H
#define TWILL_SIM_GEN_CLOCK_H

#include "sim/gen.h"

/* splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
struct stream {
	uint64_t state;
};

/** stream_make() - one of many that a seed has; those of different numbers are independent */
struct stream stream_make(uint64_t seed, uint32_t number);
uint64_t stream_draw(struct stream *s);
/** stream_exponential() - of mean 1 */
double stream_exponential(struct stream *s);
/** stream_between() - low .. high, each as likely */
uint32_t stream_between(struct stream *s, uint32_t low, uint32_t high);

/**
 * struct clock - requests that come by themselves
 * @arrivals: pattern
 * @per_s: rate on average
 * @gaps: random stream of the gaps; nothing else draws from it
 * @states: and of bursts
 * @t: seconds; when the last one came
 * @until: when the state changes
 * @burst: the state
 */
struct clock {
	enum gen_arrivals arrivals;
	double per_s;
	struct stream gaps, states;
	double t, until;
	bool burst;
};

/** clock_next() - move to the next request; returns when that comes, in seconds */
double clock_next(struct clock *c);

#endif
