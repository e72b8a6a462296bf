/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * order.h - who goes first at a gate.
 *
 * Pure: no clock, no state, no allocation. The module, the tests and whoever
 * wants to foresee the module compile the same text.
 */
#ifndef TWILL_ORDER_H
#define TWILL_ORDER_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

/*
 * Microseconds that a preemption must at least gain: a switch between two
 * processes costs the GPU some 220, and the preempted one is switched to again.
 */
#define TWILL_SWITCH_US	1000

/**
 * struct twill_claim - what a job brings to a gate
 * @priority: 0 .. 255
 * @remaining_us: predicted time on the accelerator, still to come
 * @seq: order of arrival, the last resort
 */
struct twill_claim {
	__u32 priority;
	__u32 remaining_us;
	__u64 seq;
};

/**
 * struct twill_rule - how claims compare
 * @strict: by priority alone, else by remaining time over weight
 * @strict_max_us: up to this remaining time, by priority alone in any case
 */
struct twill_rule {
	bool strict;
	__u32 strict_max_us;
};

__u32 twill_weight(__u32 priority);
bool twill_before(const struct twill_rule *rule, const struct twill_claim *a,
		  const struct twill_claim *b);
bool twill_preempts(const struct twill_rule *rule, const struct twill_claim *waiter,
		    const struct twill_claim *holder);
__u32 twill_remaining(__u32 predicted_us, __u64 ran_us, __u32 units, __u32 units_done);

#endif /* TWILL_ORDER_H */
