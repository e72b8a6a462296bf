/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace - requests and when they arrive.
 *
 * A text file, made by tests/orin/workload:
 *
 *	twill-trace 1
 *	# anything
 *	ARRIVAL_US MODEL PRIORITY PROMPT OUTPUT
 *
 * ARRIVAL_US is model time since the start of load and never goes back.
 * PROMPT and OUTPUT are counts of tokens, both zero for what is no language
 * model. Every request of one model has one priority.
 *
 * trace_read() takes CSV and JSON too, told apart by what is in the file;
 * Documentation/simulate.rst has their columns.
 */
#ifndef TWILL_SIM_TRACE_H
#define TWILL_SIM_TRACE_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_MODEL_MAX	63
#define TRACE_PRIORITY	100	/* of a request that does not say */

/**
 * struct trace_job - a request
 * @arrival_ns: model time
 * @deadline_ns: after its arrival; 0: none
 * @line: of the file
 * @priority: 0 .. 255
 * @prompt: tokens
 * @output: likewise
 * @cls: enum profile_class that it says it is; -1: it does not
 * @model: name of a profile
 */
struct trace_job {
	uint64_t arrival_ns;
	uint64_t deadline_ns;
	uint32_t line;
	uint32_t priority;
	uint32_t prompt;
	uint32_t output;
	int32_t cls;
	char model[TRACE_MODEL_MAX + 1];
};

struct trace {
	struct trace_job *jobs;
	size_t count;
};

/* 0, or -1 with "FILE:LINE: reason" in err; leaves nothing allocated then. */
int trace_load(struct trace *t, const char *path, char *err, size_t errlen);
/* The same for a file of any form. */
int trace_read(struct trace *t, const char *path, char *err, size_t errlen);
void trace_free(struct trace *t);

#endif
