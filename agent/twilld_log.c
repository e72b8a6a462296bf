// SPDX-License-Identifier: GPL-2.0-or-later
/* twilld_log - lines for people on stderr, lines for programs in the decision log. */
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "twill.h"
#include "twilld.h"

/* The service manager understands the level prefix; a terminal need not see it. */
static void line(int level, const char *fmt, va_list ap)
{
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>", level);
	else
		fputs("twilld: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(3, fmt, ap);
	va_end(ap);
}

void log_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(4, fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(6, fmt, ap);
	va_end(ap);
}

uint64_t twilld_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * TWILLD_NS + ts.tv_nsec;
}

void twilld_log_decision(struct twilld *d, const char *what, uint32_t task, uint32_t job,
			 const char *accelerator, const char *reason)
{
	const struct watt_step *s = &d->watt.step[d->watt.at];
	FILE *f = d->decisions;

	d->decided++;
	if (!f)
		return;
	fprintf(f, "{\"ns\":%llu,\"what\":\"%s\"", (unsigned long long)twilld_now(), what);
	if (task)
		fprintf(f, ",\"task\":%u", task);
	if (job)
		fprintf(f, ",\"job\":%u", job);
	if (accelerator)
		fprintf(f, ",\"accelerator\":\"%s\"", accelerator);
	if (reason)
		fprintf(f, ",\"reason\":\"%s\"", reason);
	if (d->watt.n)
		fprintf(f, ",\"gpu_khz\":%u,\"cpu_khz\":%u,\"dla_khz\":%u",
			s->gpu_khz, s->cpu_khz[0], s->dla_khz);
	fprintf(f, ",\"mw\":%u}\n", d->mw);
}
