// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate's order as the kernel's compiler and 64-bit division make it. The
 * properties are in tests/unit/order_test.c; here are the ends of the ranges.
 */
#include "kunit.h"

#include "../../kmod/order.c"

static const struct twill_rule weighted = { .strict_max_us = 50000 };
static const struct twill_rule strict = { .strict = true, .strict_max_us = 50000 };

/* Breaks if: a product of time and weight is cut to 32 bits. */
static void order_extremes(struct kunit *test)
{
	struct twill_claim low = { .priority = 0, .remaining_us = U32_MAX, .seq = 1 };
	struct twill_claim high = { .priority = 255, .remaining_us = U32_MAX, .seq = 2 };

	KUNIT_EXPECT_TRUE(test, twill_before(&weighted, &high, &low));
	KUNIT_EXPECT_FALSE(test, twill_before(&weighted, &low, &high));
	KUNIT_EXPECT_TRUE(test, twill_preempts(&weighted, &high, &low));
	low.remaining_us = 1;
	KUNIT_EXPECT_TRUE(test, twill_before(&weighted, &low, &high));
	KUNIT_EXPECT_FALSE(test, twill_preempts(&weighted, &high, &low));
	KUNIT_EXPECT_TRUE(test, twill_before(&strict, &high, &low));
	KUNIT_EXPECT_TRUE(test, twill_preempts(&strict, &high, &low));
}

/* Breaks if: weights fall anywhere, or two priorities weigh alike. */
static void order_weights(struct kunit *test)
{
	u32 p;

	KUNIT_EXPECT_EQ(test, twill_weight(0), 32);
	KUNIT_EXPECT_EQ(test, twill_weight(255), 8064);
	for (p = 1; p < 256; p++)
		KUNIT_EXPECT_GT(test, twill_weight(p), twill_weight(p - 1));
}

/* Breaks if: what is left comes out as nothing, or wraps. */
static void order_remaining(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, twill_remaining(1, 0, 0, 0), 1);
	KUNIT_EXPECT_EQ(test, twill_remaining(1000, 990, 0, 0), 125);
	KUNIT_EXPECT_EQ(test, twill_remaining(U32_MAX, 0, 0, 0), U32_MAX);
	KUNIT_EXPECT_EQ(test, twill_remaining(U32_MAX, U64_MAX, 0, 0), U32_MAX);
	KUNIT_EXPECT_EQ(test, twill_remaining(U32_MAX, 0, U32_MAX, U32_MAX - 1), 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(order_extremes),
	KUNIT_CASE(order_weights),
	KUNIT_CASE(order_remaining),
	{}
};

static struct kunit_suite suite = { .name = "twill_order", .test_cases = cases };

kunit_test_suite(suite);
