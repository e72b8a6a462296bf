// SPDX-License-Identifier: GPL-2.0-or-later
/* trace - see trace.h */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/trace_form.h"

#define MAGIC		"twill-trace 1"
#define COUNT_MAX	(1u << 20)
#define SIZE_MAX_MB	512
#define DAY_NS		(24ULL * 3600 * 1000000000)
#define TOKENS_MAX	(1u << 16)

int trace_fail(struct trace_source *s, const char *fmt, ...)
{
	va_list ap;
	char *c;
	int n;

	n = snprintf(s->err, s->errlen, "%s:%u: ", s->path, s->line);
	if (n < 0 || (size_t)n >= s->errlen)
		return -1;
	va_start(ap, fmt);
	vsnprintf(s->err + n, s->errlen - (size_t)n, fmt, ap);
	va_end(ap);
	/* It may quote the file, and goes to a terminal. */
	for (c = s->err + n; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	return -1;
}

int trace_line(struct trace_source *s, char line[TRACE_LINE_MAX])
{
	const char *from = s->text + s->at, *end;
	size_t left = s->size - s->at, len;

	if (!left)
		return 0;
	s->line++;
	end = memchr(from, '\n', left);
	if (!end)
		return trace_fail(s, "the line has no end: the file was cut off");
	len = (size_t)(end - from);
	if (len >= TRACE_LINE_MAX)
		return trace_fail(s, "the line has %zu bytes, more than %d: this is no trace", len,
				  TRACE_LINE_MAX - 1);
	if (memchr(from, '\0', len))
		return trace_fail(s, "a byte is zero: this is no text");
	memcpy(line, from, len);
	line[len] = '\0';
	s->at += len + 1;
	return 1;
}

int trace_add(struct trace_source *s, struct trace_job *job)
{
	struct trace *t = s->trace;
	struct trace_job *jobs;

	if (job->arrival_ns > DAY_NS)
		return trace_fail(s, "the arrival is more than a day away: cut the trace into days");
	if (job->arrival_ns < s->last_ns)
		return trace_fail(s, "it arrives before the one above it: sort by time");
	if (job->priority > 255)
		return trace_fail(s, "the priority is above 255: 0 (background) to 255 (critical)");
	if (job->prompt > TOKENS_MAX || job->output > TOKENS_MAX)
		return trace_fail(s, "more than %u tokens", TOKENS_MAX);
	if (t->count == COUNT_MAX)
		return trace_fail(s, "more than %u requests: cut the trace", COUNT_MAX);
	/* Doubles at every power of two. */
	if (!(t->count & (t->count - 1))) {
		jobs = realloc(t->jobs, (t->count ? 2 * t->count : 1) * sizeof(*jobs));
		if (!jobs)
			return trace_fail(s, "no memory for so many requests");
		t->jobs = jobs;
	}
	job->line = s->line;
	s->last_ns = job->arrival_ns;
	t->jobs[t->count++] = *job;
	return 0;
}

/* ---- the text form ---- */

static int parse(struct trace_source *s, const char *line)
{
	struct trace_job job = { .cls = -1 };
	uint64_t us;
	int end = -1;

	/* sscanf wraps negative numbers around; a trace has no sign anywhere. */
	if (strpbrk(line, "+") || line[0] == '-' || strstr(line, " -"))
		return trace_fail(s, "a number has a sign");
	if (sscanf(line, "%" SCNu64 " %63s %" SCNu32 " %" SCNu32 " %" SCNu32 " %n", &us,
		   job.model, &job.priority, &job.prompt, &job.output, &end) != 5 ||
	    end < 0 || line[end])
		return trace_fail(s, "it is not 'ARRIVAL_US MODEL PRIORITY PROMPT OUTPUT'");
	job.arrival_ns = us > DAY_NS / 1000 ? UINT64_MAX : us * 1000;
	return trace_add(s, &job);
}

int trace_text(struct trace_source *s)
{
	char line[TRACE_LINE_MAX];
	int r;

	while ((r = trace_line(s, line)) > 0) {
		if (s->line == 1 && strcmp(line, MAGIC))
			return trace_fail(s, "no trace: it does not begin with '%s'", MAGIC);
		if (s->line == 1 || line[0] == '#')
			continue;
		if (parse(s, line))
			return -1;
	}
	return r;
}

/* ---- files ---- */

/* A pipe has no size that could be asked for: read on until there is no more. */
static int slurp(struct trace_source *s, FILE *f)
{
	size_t room = 1 << 16;
	char *text;

	do {
		if (s->size + 1 >= room || !s->text) {
			room = s->text ? 2 * room : room;
			text = room <= (size_t)SIZE_MAX_MB << 20 ? realloc(s->text, room) : NULL;
			if (!text)
				return trace_fail(s, "more than %d MB, or no memory for it",
						  SIZE_MAX_MB / 2);
			s->text = text;
		}
		s->size += fread(s->text + s->size, 1, room - 1 - s->size, f);
	} while (!feof(f) && !ferror(f));
	s->text[s->size] = '\0';
	if (ferror(f))
		return trace_fail(s, "%s", strerror(errno));
	if (!s->size)
		return trace_fail(s, "the file is empty");
	return 0;
}

int trace_from(struct trace *t, const char *path, int (*form)(struct trace_source *s), char *err,
	       size_t errlen)
{
	struct trace_source s = { .path = path, .trace = t, .err = err, .errlen = errlen };
	FILE *f = fopen(path, "re");
	int ret;

	*t = (struct trace){ NULL };
	if (!f) {
		snprintf(err, errlen, "%s: %s", path, strerror(errno));
		return -1;
	}
	ret = slurp(&s, f);
	fclose(f);
	if (!ret)
		ret = form(&s);
	free(s.text);
	if (ret)
		trace_free(t);
	return ret;
}

int trace_load(struct trace *t, const char *path, char *err, size_t errlen)
{
	return trace_from(t, path, trace_text, err, errlen);
}

void trace_free(struct trace *t)
{
	free(t->jobs);
	t->jobs = NULL;
	t->count = 0;
}
