/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TWILL_TESTS_KUNIT_H
#define TWILL_TESTS_KUNIT_H

#include <kunit/test.h>

#include "twill.h"

/* What twill_now() says. */
extern u64 kunit_now;

#endif /* TWILL_TESTS_KUNIT_H */
