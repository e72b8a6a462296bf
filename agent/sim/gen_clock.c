// SPDX-License-Identifier: GPL-2.0-or-later
/* gen_clock - see gen_clock.h */
#include <math.h>

#include "sim/gen_clock.h"

#define BURST_S		1.0	/* mean lengths of the two states, and what they do to the rate */
#define LULL_S		4.0
#define BURST_RATE	3.0
#define LULL_RATE	0.5
#define SWING		0.6
#define SWING_S		60.0

uint64_t stream_draw(struct stream *s)
{
	uint64_t z = s->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

struct stream stream_make(uint64_t seed, uint32_t number)
{
	struct stream s = { seed * 0x2545f4914f6cdd1dULL + number };

	s.state = stream_draw(&s);
	return s;
}

double stream_exponential(struct stream *s)
{
	/* Of what is above 0 and at most 1. */
	return -log((double)((stream_draw(s) >> 11) + 1) * 0x1p-53);
}

uint32_t stream_between(struct stream *s, uint32_t low, uint32_t high)
{
	return low + (uint32_t)(stream_draw(s) % (high - low + 1));
}

static double rate_now(const struct clock *c)
{
	if (c->arrivals == GEN_DIURNAL)
		return c->per_s * (1 + SWING * sin(2 * M_PI * c->t / SWING_S));
	if (c->arrivals == GEN_BURSTY)
		return c->per_s * (c->burst ? BURST_RATE : LULL_RATE);
	return c->per_s;
}

/* How long the rate may be taken as constant. */
static double constant_until(struct clock *c)
{
	if (c->arrivals == GEN_DIURNAL)
		return c->t + SWING_S / 200;
	if (c->arrivals != GEN_BURSTY)
		return INFINITY;
	if (c->t >= c->until) {
		c->burst = !c->burst;
		c->until = c->t + stream_exponential(&c->states) * (c->burst ? BURST_S : LULL_S);
	}
	return c->until;
}

double clock_next(struct clock *c)
{
	double work = stream_exponential(&c->gaps);

	for (;;) {
		double end = constant_until(c), rate = rate_now(c);

		if (c->t + work / rate <= end)
			return c->t += work / rate;
		work -= (end - c->t) * rate;
		c->t = end;
	}
}
