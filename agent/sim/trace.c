// SPDX-License-Identifier: GPL-2.0-or-later
/* trace - see trace.h */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/trace.h"

#define MAGIC		"twill-trace 1"
#define LINE_MAX_LEN	256
#define COUNT_MAX	(1u << 20)
#define ARRIVAL_US_MAX	(24ULL * 3600 * 1000000)
#define TOKENS_MAX	(1u << 16)

static int fail(char *err, size_t errlen, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(char *err, size_t errlen, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, errlen, fmt, ap);
	va_end(ap);
	return -1;
}

/* NULL when the line is a request, else what is wrong with it. */
static const char *parse(const char *line, uint64_t last_ns, struct trace_job *job)
{
	uint64_t us;
	int end = -1;

	/* sscanf wraps negative numbers around; a trace has no sign anywhere. */
	if (strpbrk(line, "+") || line[0] == '-' || strstr(line, " -"))
		return "a number has a sign";
	if (sscanf(line, "%" SCNu64 " %63s %" SCNu32 " %" SCNu32 " %" SCNu32 " %n", &us,
		   job->model, &job->priority, &job->prompt, &job->output, &end) != 5 ||
	    end < 0 || line[end])
		return "it is not 'ARRIVAL_US MODEL PRIORITY PROMPT OUTPUT'";
	if (us > ARRIVAL_US_MAX)
		return "the arrival is more than a day away";
	if (job->priority > 255)
		return "the priority is above 255";
	if (job->prompt > TOKENS_MAX || job->output > TOKENS_MAX)
		return "more than 65536 tokens";
	job->arrival_ns = us * 1000;
	if (job->arrival_ns < last_ns)
		return "it arrives before the one above it";
	return NULL;
}

static int add(struct trace *t, const struct trace_job *job)
{
	struct trace_job *jobs;

	/* Doubles at every power of two. */
	if (!(t->count & (t->count - 1))) {
		jobs = realloc(t->jobs, (t->count ? 2 * t->count : 1) * sizeof(*jobs));
		if (!jobs)
			return -1;
		t->jobs = jobs;
	}
	t->jobs[t->count++] = *job;
	return 0;
}

static int load(struct trace *t, FILE *f, const char *path, char *err, size_t errlen)
{
	char line[LINE_MAX_LEN];
	struct trace_job job;
	uint64_t last_ns = 0;
	const char *why;
	unsigned int n = 0;

	while (fgets(line, sizeof(line), f)) {
		size_t len = strcspn(line, "\n");

		n++;
		if (line[len] != '\n')
			return fail(err, errlen, "%s:%u: the line has no end", path, n);
		line[len] = '\0';
		if (n == 1 && strcmp(line, MAGIC))
			return fail(err, errlen, "%s is no trace: it does not begin with '%s'",
				    path, MAGIC);
		if (n == 1 || line[0] == '#')
			continue;
		why = parse(line, last_ns, &job);
		if (why)
			return fail(err, errlen, "%s:%u: %s", path, n, why);
		if (t->count == COUNT_MAX || add(t, &job))
			return fail(err, errlen, "%s:%u: too many requests", path, n);
		last_ns = job.arrival_ns;
	}
	if (ferror(f))
		return fail(err, errlen, "%s: %s", path, strerror(errno));
	if (!n)
		return fail(err, errlen, "%s is empty", path);
	return 0;
}

int trace_load(struct trace *t, const char *path, char *err, size_t errlen)
{
	FILE *f = fopen(path, "re");
	int ret;

	t->jobs = NULL;
	t->count = 0;
	if (!f)
		return fail(err, errlen, "%s: %s", path, strerror(errno));
	ret = load(t, f, path, err, errlen);
	fclose(f);
	if (ret)
		trace_free(t);
	return ret;
}

void trace_free(struct trace *t)
{
	free(t->jobs);
	t->jobs = NULL;
	t->count = 0;
}
