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
 */
#ifndef TWILL_SIM_TRACE_H
#define TWILL_SIM_TRACE_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_MODEL_MAX	63

struct trace_job {
	uint64_t arrival_ns;	/* model time */
	uint32_t priority;
	uint32_t prompt;
	uint32_t output;
	char model[TRACE_MODEL_MAX + 1];
};

struct trace {
	struct trace_job *jobs;
	size_t count;
};

/* 0, or -1 with a sentence in err; leaves nothing allocated then. */
int trace_load(struct trace *t, const char *path, char *err, size_t errlen);
void trace_free(struct trace *t);

#endif
