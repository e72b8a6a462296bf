/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap - Test Anything Protocol for unit tests: ok() each fact, return tap_done(). */
#ifndef TWILL_TESTS_TAP_H
#define TWILL_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3)))
static inline bool ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	tap_failed += !good;
	return good;
}

__attribute__((format(printf, 1, 2)))
static inline void note(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* Prints the plan; the value is main()'s. No test at all is a failure. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return !tap_count || tap_failed;
}

#endif
