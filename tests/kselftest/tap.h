/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap - results in the Test Anything Protocol. A test is a function; what it
 * finds wrong it says and returns. The program fails if any test has failed.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

struct tap_test {
	const char *name;
	void (*fn)(void);
};

/* Run the tests named, or all; the exit status. */
int tap_run(const struct tap_test *tests, int argc, char **argv);
void tap_fail(const char *file, int line, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void tap_skip(const char *why);
bool tap_failed(void);

/* Go on in any case, or give the test up. */
#define EXPECT(cond, ...) do { \
	if (!(cond)) \
		tap_fail(__FILE__, __LINE__, #cond, " " __VA_ARGS__); \
} while (0)
#define REQUIRE(cond, ...) do { \
	if (!(cond)) { \
		tap_fail(__FILE__, __LINE__, #cond, " " __VA_ARGS__); \
		return; \
	} \
} while (0)
#define EXPECT_EQ(a, b) do { \
	long long a_ = (a), b_ = (b); \
	if (a_ != b_) \
		tap_fail(__FILE__, __LINE__, #a " == " #b, " %lld, not %lld", a_, b_); \
} while (0)
#define REQUIRE_EQ(a, b) do { \
	long long a_ = (a), b_ = (b); \
	if (a_ != b_) { \
		tap_fail(__FILE__, __LINE__, #a " == " #b, " %lld, not %lld", a_, b_); \
		return; \
	} \
} while (0)

#endif
