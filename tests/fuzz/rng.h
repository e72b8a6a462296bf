/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rng - numbers that one seed determines: splitmix64. */
#ifndef RNG_H
#define RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline uint32_t rng_below(struct rng *r, uint32_t n) { return rng_next(r) % n; }
static inline bool rng_one_in(struct rng *r, uint32_t n) { return !rng_below(r, n); }

#endif
