/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace_form - what the forms of a trace have in common. */
#ifndef TWILL_SIM_TRACE_FORM_H
#define TWILL_SIM_TRACE_FORM_H

#include <stdbool.h>

#include "sim/trace.h"

#define TRACE_LINE_MAX	512

/**
 * struct trace_source - a file that is read from its begin to its end
 * @path: for messages
 * @text: all of it, and a NUL behind
 * @size: without that
 * @at: how far it has been read
 * @line: number of the last line that was read
 * @last_ns: arrival of the last request
 * @trace: where requests go
 * @err: receives "FILE:LINE: reason"
 * @errlen: room in @err
 */
struct trace_source {
	const char *path;
	char *text;
	size_t size, at;
	uint32_t line;
	uint64_t last_ns;
	struct trace *trace;
	char *err;
	size_t errlen;
};

/* Say what is wrong with the present line; -1. */
__attribute__((format(printf, 2, 3)))
int trace_fail(struct trace_source *s, const char *fmt, ...);
/*
 * Copy the next line into @line, without its end. 1; 0 at the end of the file; -1
 * for a line that is too long, has a NUL, or does not end.
 */
int trace_line(struct trace_source *s, char line[TRACE_LINE_MAX]);
/* Take a request whose names and numbers have been checked one by one; 0 or -1. */
int trace_add(struct trace_source *s, struct trace_job *job);
/* Read a file and give it to @form. */
int trace_from(struct trace *t, const char *path, int (*form)(struct trace_source *s), char *err,
	       size_t errlen);

/* What a request may say, in CSV as the head of a column and in JSON as a member. */
enum trace_field {
	TRACE_TIME,
	TRACE_MODEL,
	TRACE_PRIORITY_OF,
	TRACE_DEADLINE,
	TRACE_CLASS,
	TRACE_PROMPT,
	TRACE_OUTPUT,
	TRACE_FIELDS
};

/*
 * The field of a name; a time's unit goes to @unit_ns: "time" is in seconds, as
 * "time_s"; or "time_ms" or "time_us". TRACE_FIELDS for no field's.
 */
enum trace_field trace_field(const char *name, uint64_t *unit_ns);
/* A request that says nothing yet. */
struct trace_job trace_job_empty(void);
/* Take what a field says, as text; "" says nothing. 0 or -1, said. */
int trace_set(struct trace_source *s, struct trace_job *job, enum trace_field field,
	      const char *value, uint64_t unit_ns);

/* One for each form; 0 or -1, said. */
int trace_text(struct trace_source *s);
int trace_csv(struct trace_source *s);
int trace_json(struct trace_source *s);

#endif
