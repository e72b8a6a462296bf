// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of jobs at a gate, as the module has it: a total order, and what it promises. */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

#include "order.h"
#include "tap.h"

#define CLAIMS	96

static uint64_t state = 88172645463325252ULL;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* Many ties, and the ends of the ranges. */
static struct twill_claim draw_claim(uint64_t seq)
{
	static const uint32_t times[] = { 1, 999, 20000, 49999, 50000, 50001, 70000, 5000000,
					  UINT32_MAX - 1, UINT32_MAX };

	return (struct twill_claim){
		.priority = draw(2) ? draw(256) : draw(2) * 255,
		.remaining_us = draw(2) ? times[draw(10)] : 1 + draw(200000),
		.seq = seq,
	};
}

static const struct twill_rule rules[] = {
	{ .strict = false, .strict_max_us = 50000 },
	{ .strict = false, .strict_max_us = 1 },
	{ .strict = false, .strict_max_us = UINT32_MAX },
	{ .strict = true, .strict_max_us = 50000 },
};

/* Breaks if: short jobs are compared by a rule of their own, pair by pair. */
static void total(const struct twill_rule *rule)
{
	struct twill_claim c[CLAIMS];
	unsigned int reflexive = 0, both = 0, cycles = 0;

	for (int i = 0; i < CLAIMS; i++)
		c[i] = draw_claim(i);
	for (int i = 0; i < CLAIMS; i++) {
		reflexive += twill_before(rule, &c[i], &c[i]);
		for (int j = 0; j < CLAIMS; j++) {
			if (i != j)
				both += twill_before(rule, &c[i], &c[j]) ==
					twill_before(rule, &c[j], &c[i]);
			for (int k = 0; k < CLAIMS; k++)
				cycles += twill_before(rule, &c[i], &c[j]) &&
					  twill_before(rule, &c[j], &c[k]) &&
					  !twill_before(rule, &c[i], &c[k]);
		}
	}
	ok(!reflexive && !both && !cycles, "%s, up to %u us by priority: a strict total order",
	   rule->strict ? "strict" : "weighted", rule->strict_max_us);
}

/* Breaks if: a preemption is allowed to one that is behind in the order, or of lower priority. */
static void preemption(const struct twill_rule *rule)
{
	unsigned int behind = 0, lower = 0, mutual = 0, some = 0;

	for (int i = 0; i < 200000; i++) {
		struct twill_claim a = draw_claim(0), b = draw_claim(1);

		if (!twill_preempts(rule, &a, &b))
			continue;
		some++;
		behind += !twill_before(rule, &a, &b);
		lower += a.priority < b.priority;
		mutual += twill_preempts(rule, &b, &a);
	}
	ok(some && !behind && !lower && !mutual,
	   "%s, up to %u us by priority: %u preemptions, each for one that is first, none mutual",
	   rule->strict ? "strict" : "weighted", rule->strict_max_us, some);
}

static void promises(void)
{
	const struct twill_rule *weighted = &rules[0], *strict = &rules[3];
	struct twill_claim low = { .priority = 10, .remaining_us = 5000, .seq = 1 };
	struct twill_claim high = { .priority = 200, .remaining_us = 50000, .seq = 2 };
	bool rising = true;

	ok(twill_before(weighted, &high, &low) && twill_preempts(weighted, &high, &low),
	   "weighted: among short jobs priority alone decides");
	high.remaining_us = 10000000;
	ok(twill_before(weighted, &low, &high) && !twill_preempts(weighted, &high, &low),
	   "weighted: a long job waits for a short one of lower priority");
	ok(twill_before(strict, &high, &low) && twill_preempts(strict, &high, &low),
	   "strict: it does not");
	low.remaining_us = UINT32_MAX;
	ok(twill_preempts(weighted, &high, &low), "weighted: and not for an endless one");
	low = (struct twill_claim){ .priority = 100, .remaining_us = 200000, .seq = 1 };
	high = (struct twill_claim){ .priority = 100, .remaining_us = 99000, .seq = 2 };
	ok(twill_preempts(weighted, &high, &low), "equals: for half of the time and the switch");
	high.remaining_us = 99001;
	ok(!twill_preempts(weighted, &high, &low), "equals: for no less");
	for (uint32_t p = 1; p < 256; p++)
		rising &= twill_weight(p) > twill_weight(p - 1);
	ok(rising && twill_weight(0) == 32 && twill_weight(255) == 8064,
	   "weights rise with each priority, from 32 to 8064");
}

static void remaining(void)
{
	ok(twill_remaining(1000, 400, 0, 0) == 600, "what is left of a prediction");
	ok(twill_remaining(1000, 990, 0, 0) == 125, "at least an eighth of it");
	ok(twill_remaining(1000, 5000, 0, 0) == 4000, "as much again as it is overdue by");
	ok(twill_remaining(1000, 990, 4, 1) == 750, "units tell more than the clock");
	ok(twill_remaining(1, 3600000000ULL, 2, 0) == 3599999999U,
	   "but not for whoever is long overdue");
	ok(twill_remaining(1000, 500, 4, 4) == 500 && twill_remaining(1000, 500, 4, 9) == 500,
	   "more units than were expected: by the clock");
	ok(twill_remaining(1, UINT64_MAX, 0, 0) == UINT32_MAX &&
	   twill_remaining(UINT32_MAX, 0, UINT32_MAX, 1) == UINT32_MAX - 1 &&
	   twill_remaining(1, 1, 0, 0) == 1, "the ends of the range");
}

int main(void)
{
	for (unsigned int i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		total(&rules[i]);
		preemption(&rules[i]);
	}
	promises();
	remaining();
	return tap_done();
}
