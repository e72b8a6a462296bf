// SPDX-License-Identifier: GPL-2.0-or-later
/* progress - see progress.h */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/progress.h"

#define WIDTH		30
#define LOOK_EVERY	256		/* jobs: a clock costs more than a job's end */
#define FIRST_NS	300000000	/* what is over sooner needs no bar */
#define EVERY_NS	100000000

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void show(struct progress *p, uint64_t now)
{
	double s = (double)(now - p->start_ns) * 1e-9, rate = (double)p->done / s;
	int full = (int)(p->done * WIDTH / p->total);

	p->shown_ns = now;
	fprintf(stderr, "\r\033[K%-12s [%.*s%.*s] %3" PRIu64 " %%  %.0f jobs/s  ETA %.0f s", p->name, full,
		"##############################", WIDTH - full, "..............................",
		p->done * 100 / p->total, rate, (double)(p->total - p->done) / rate);
	fflush(stderr);
}

static void ended(void *arg, uint64_t model_ns, uint32_t job)
{
	struct progress *p = arg;
	uint64_t now;

	(void)model_ns;
	(void)job;
	if (++p->done % LOOK_EVERY)
		return;
	now = now_ns();
	if (now - p->start_ns >= FIRST_NS && now - p->shown_ns >= EVERY_NS)
		show(p, now);
}

bool progress_start(struct progress *p, const char *name, uint64_t total)
{
	const char *term = getenv("TERM");

	if (!total || !isatty(STDERR_FILENO) || (term && !strcmp(term, "dumb")))
		return false;
	*p = (struct progress){
		.watch = { .ended = ended, .arg = p }, .name = name, .total = total, .start_ns = now_ns(),
	};
	return true;
}

void progress_end(struct progress *p)
{
	if (p->shown_ns)
		fputs("\r\033[K", stderr);
}
