// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_field - what a request says in CSV and in JSON, see trace_form.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/profile.h"
#include "sim/trace_form.h"

#define DEADLINE_MS_MAX	86400000.0

static const char *const names[TRACE_FIELDS] = {
	[TRACE_TIME] = "time", [TRACE_MODEL] = "model", [TRACE_PRIORITY_OF] = "priority",
	[TRACE_DEADLINE] = "deadline", [TRACE_CLASS] = "class", [TRACE_PROMPT] = "prompt",
	[TRACE_OUTPUT] = "output",
};

enum trace_field trace_field(const char *name, uint64_t *unit_ns)
{
	static const struct { const char *name; uint64_t ns; } times[] = {
		{ "time", 1000000000 }, { "time_s", 1000000000 }, { "time_ms", 1000000 },
		{ "time_us", 1000 },
	};
	uint32_t f;
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (strcmp(name, times[i].name))
			continue;
		*unit_ns = times[i].ns;
		return TRACE_TIME;
	}
	for (f = TRACE_MODEL; f < TRACE_FIELDS && strcmp(name, names[f]); f++)
		;
	return f;
}

struct trace_job trace_job_empty(void)
{
	return (struct trace_job){ .arrival_ns = UINT64_MAX, .priority = TRACE_PRIORITY, .cls = -1 };
}

/* strtod takes more than a trace may have: signs, hexadecimal, names of no number. */
static int read_number(struct trace_source *s, enum trace_field field, const char *value, double max,
		       double *ret)
{
	char *end;

	if (value[strspn(value, "0123456789.eE+-")] || value[0] == '+' || value[0] == '-')
		return trace_fail(s, "%s is '%.40s': it must be a number from 0 on", names[field], value);
	*ret = strtod(value, &end);
	if (*end || end == value || !isfinite(*ret))
		return trace_fail(s, "%s is '%.40s': it must be a number from 0 on", names[field], value);
	if (*ret > max)
		return trace_fail(s, "%s is %.40s: at most %.0f", names[field], value, max);
	return 0;
}

static int read_count(struct trace_source *s, enum trace_field field, const char *value, uint32_t *ret)
{
	double n;

	if (value[strspn(value, "0123456789")])
		return trace_fail(s, "%s is '%.40s': it must be a whole number", names[field], value);
	if (read_number(s, field, value, field == TRACE_PRIORITY_OF ? 255 : 65536, &n))
		return -1;
	*ret = (uint32_t)n;
	return 0;
}

static int read_class(struct trace_source *s, const char *value, int32_t *ret)
{
	int32_t cls;

	for (cls = PROFILE_OTHER; cls <= PROFILE_LLM; cls++) {
		if (strcmp(value, profile_class_name((enum profile_class)cls)))
			continue;
		*ret = cls;
		return 0;
	}
	return trace_fail(s, "class is '%.40s': it must be other, dnn, transformer or llm", value);
}

/* It becomes part of a path and of pictures. */
static int read_model(struct trace_source *s, const char *value, char *ret)
{
	size_t len = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	if (value[len] || value[0] == '.')
		return trace_fail(s, "model is '%.40s': letters, digits, '.', '_' and '-'", value);
	if (len > TRACE_MODEL_MAX)
		return trace_fail(s, "model is longer than %d letters", TRACE_MODEL_MAX);
	memcpy(ret, value, len + 1);
	return 0;
}

int trace_set(struct trace_source *s, struct trace_job *job, enum trace_field field,
	      const char *value, uint64_t unit_ns)
{
	double n;

	if (!value[0])
		return 0;
	switch (field) {
	case TRACE_TIME:
		if (read_number(s, field, value, 86400e9 / (double)unit_ns, &n))
			return -1;
		job->arrival_ns = (uint64_t)llround(n * (double)unit_ns);
		return 0;
	case TRACE_MODEL:
		return read_model(s, value, job->model);
	case TRACE_PRIORITY_OF:
		return read_count(s, field, value, &job->priority);
	case TRACE_DEADLINE:
		if (read_number(s, field, value, DEADLINE_MS_MAX, &n))
			return -1;
		job->deadline_ns = (uint64_t)llround(n * 1e6);
		/* 0 stands for none: say so by saying nothing. */
		return job->deadline_ns ? 0 : trace_fail(s, "deadline is 0 ms: leave it empty for none");
	case TRACE_CLASS:
		return read_class(s, value, &job->cls);
	case TRACE_PROMPT:
		return read_count(s, field, value, &job->prompt);
	case TRACE_OUTPUT:
		return read_count(s, field, value, &job->output);
	default:
		return -1;
	}
}
