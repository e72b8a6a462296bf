// SPDX-License-Identifier: GPL-2.0-only
/* What the files under test take from the rest of the module. */
#include <linux/module.h>

#include "kunit.h"

DEFINE_MUTEX(twill_mutex);		/* as in the module */
DEFINE_RAW_SPINLOCK(twill_spin);
struct twill_knobs twill_knobs = { .strict_max_ms = 50, .ageing_ms = 1000 };
u64 kunit_now;

u64 twill_now(void)
{
	return kunit_now;
}

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suites of twill.ko");
