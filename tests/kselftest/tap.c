// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tap.h"

#define LONG	2	/* seconds: a test that takes as long is said to */

static bool failed;
static const char *skipped;

void tap_fail(const char *file, int line, const char *what, const char *fmt, ...)
{
	const char *base = strrchr(file, '/');
	va_list args;

	failed = true;
	printf("# %s:%d: does not hold: %s:", base ? base + 1 : file, line, what);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

void tap_skip(const char *why) { skipped = why; }
bool tap_failed(void) { return failed; }

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(name, argv[i]))
			return true;
	return !argc;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int tap_run(const struct tap_test *tests, int argc, char **argv)
{
	double begin;
	int n = 0, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
	for (const struct tap_test *t = tests; t->name; t++) {
		if (!wanted(t->name, argc, argv))
			continue;
		failed = false;
		skipped = NULL;
		begin = now();
		t->fn();
		printf("%s %d %s%s%s\n", failed ? "not ok" : "ok", ++n, t->name,
		       skipped && !failed ? " # SKIP " : "", skipped && !failed ? skipped : "");
		if (now() - begin >= LONG)
			printf("# %s took %.1f s\n", t->name, now() - begin);
		bad += failed;
	}
	printf("1..%d\n", n);
	/* Names that match nothing are a mistake, not a success. */
	return bad || !n;
}
