// SPDX-License-Identifier: GPL-2.0-only
/*
 * order.c - who goes first at a gate, and when that is worth a preemption.
 *
 * By weight: the order of shortest remaining time over weight is the one with
 * the least weighted sum of completion times on one machine. Short jobs count
 * as equally long, so that among them priority alone decides; that keeps the
 * order a total one, where a special case for pairs of short jobs would not.
 */
#ifdef __KERNEL__
#include <linux/math64.h>
#include <linux/minmax.h>
#else
#define div_u64(a, b)		((a) / (b))
#define max_t(type, a, b)	((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#endif

#include "order.h"

/**
 * twill_weight() - what a unit of time of a job of this priority is worth
 * @priority: 0 .. 255
 *
 * Doubles with every 32 levels, in straight lines between: strictly rising.
 *
 * Return: 32 .. 8064.
 */
__u32 twill_weight(__u32 priority)
{
	return (32 + priority % 32) << (priority / 32);
}

/* Under 2^45, so that nothing overflows. */
static __u64 cross(__u32 remaining_us, __u32 priority)
{
	return (__u64)remaining_us * twill_weight(priority);
}

static __u32 worth_us(const struct twill_rule *rule, const struct twill_claim *claim)
{
	return max_t(__u32, claim->remaining_us, rule->strict_max_us);
}

/**
 * twill_before() - whether one job is due before another
 * @rule: how claims compare
 * @a: one
 * @b: the other, with another @seq
 *
 * A strict total order: irreflexive, transitive, and one of two is first.
 *
 * Return: true if @a is.
 */
bool twill_before(const struct twill_rule *rule, const struct twill_claim *a,
		  const struct twill_claim *b)
{
	__u64 left, right;

	if (rule->strict) {
		if (a->priority != b->priority)
			return a->priority > b->priority;
	} else {
		left = cross(worth_us(rule, a), b->priority);
		right = cross(worth_us(rule, b), a->priority);
		if (left != right)
			return left < right;
	}
	if (a->remaining_us != b->remaining_us)
		return a->remaining_us < b->remaining_us;
	return a->seq < b->seq;
}

/**
 * twill_preempts() - whether a waiting job is worth parking a running one for
 * @rule: how claims compare
 * @waiter: the first in the order
 * @holder: a running job
 *
 * Never for a job of lower priority. Whoever preempts is before the preempted
 * in the order, else the two would change places for ever.
 *
 * Return: true if so.
 */
bool twill_preempts(const struct twill_rule *rule, const struct twill_claim *waiter,
		    const struct twill_claim *holder)
{
	__u64 cost;

	if (waiter->priority < holder->priority)
		return false;
	if (rule->strict)
		return waiter->priority > holder->priority;
	if (waiter->remaining_us <= rule->strict_max_us &&
	    holder->remaining_us <= rule->strict_max_us)
		return waiter->priority > holder->priority;
	cost = min_t(__u64, (__u64)waiter->remaining_us + TWILL_SWITCH_US, (__u32)-1);
	/* Among equals the gain must be worth it: twice. */
	if (waiter->priority == holder->priority)
		return 2 * cost <= holder->remaining_us && twill_before(rule, waiter, holder);
	return cross(cost, holder->priority) < cross(holder->remaining_us, waiter->priority);
}

/**
 * twill_remaining() - predicted time that is still to come
 * @predicted_us: of the whole job; not zero
 * @ran_us: time that it has had
 * @units: of the whole job, zero if unknown
 * @units_done: of these
 *
 * Units tell more than the clock does, but a job that outlives its prediction
 * is given at least as much again as it has outlived it by: the longer it runs,
 * the longer it is thought to go on, whatever it said.
 *
 * Return: at least 1.
 */
__u32 twill_remaining(__u32 predicted_us, __u64 ran_us, __u32 units, __u32 units_done)
{
	__u64 left;

	if (units > 1 && units_done < units)
		left = div_u64((__u64)predicted_us * (units - units_done), units);
	else if (ran_us < predicted_us)
		left = max_t(__u64, predicted_us - ran_us, predicted_us / 8);
	else
		left = predicted_us / 8;
	if (ran_us > predicted_us)
		left = max_t(__u64, left, ran_us - predicted_us);
	return min_t(__u64, max_t(__u64, left, 1), (__u32)-1);
}
