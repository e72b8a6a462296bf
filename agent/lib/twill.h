/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libtwill: what a program that runs inference says to Twill.
 *
 * Two calls around each inference are enough:
 *
 *	struct twill *tw;
 *
 *	twill_open(&tw);
 *	twill_tag(tw, &(struct twill_task_opts){ ... });
 *	...
 *	job = twill_job_begin(tw, "resnet-152", &opts);
 *	... pre-process ...
 *	where = twill_job_place(tw, job);	(if more than one engine is resident)
 *	... submit, wait, post-process ...
 *	twill_job_end(tw, job, NULL);
 *
 * Without the module every call fails with -ENOENT and the program runs as it
 * did. A handle belongs to one thread at a time. No call allocates after
 * twill_open(); all return 0 or a positive value, or a negative errno, with a
 * sentence for people in twill_error().
 */
#ifndef TWILL_H
#define TWILL_H

#include <stdint.h>
#include <sys/types.h>
#include <linux/twill.h>

#ifdef __cplusplus
extern "C" {
#endif

struct twill;

/**
 * struct twill_task_opts - what a task says of itself
 * @cls: TWILL_CLASS_*
 * @priority: 0 (background) .. 255 (critical); -1 keeps the present one (the
 *	module's default for a new task)
 * @inherit: true if forked processes are tagged likewise
 * @can_use: mask of 1 << TWILL_ACCELERATOR_*; 0 means the GPU only
 * @group: freeze group, 0 for none
 */
struct twill_task_opts {
	uint32_t cls;
	int32_t priority;
	uint32_t inherit;
	uint32_t can_use;
	uint32_t group;
};

/**
 * struct twill_job_opts - what a program knows of a job when it begins
 * @deadline_us: wanted end, microseconds after the begin; 0 for none
 * @units: number of units expected; 0 if unknown
 */
struct twill_job_opts {
	uint32_t deadline_us;
	uint32_t units;
};

/**
 * twill_open() - connect to the module
 * @ret: receives the handle on success, is left alone on failure
 *
 * Return: 0; -ENOENT when the module is not loaded; -ENOMEM.
 */
int twill_open(struct twill **ret);

/**
 * twill_close() - drop the handle and all leases of its socket
 * @tw: a handle or NULL
 *
 * Jobs under way are ended, freezes that it asked for are undone.
 * Return: NULL, always.
 */
struct twill *twill_close(struct twill *tw);

/** twill_error() - why the last call on @tw failed, in a sentence; never NULL */
const char *twill_error(const struct twill *tw);

/**
 * twill_tag() - tag the calling process
 * @tw: handle
 * @opts: what it is, or NULL for class other, default priority, GPU
 *
 * Return: the task's id; -EPERM for a priority above the default without
 * CAP_SYS_NICE; -ENOSPC when the module's limit of tasks is reached.
 */
int64_t twill_tag(struct twill *tw, const struct twill_task_opts *opts);

/** twill_untag() - remove the tag of the calling process; 0 or -ESRCH */
int twill_untag(struct twill *tw);

/**
 * twill_job_begin() - an inference request is being worked on from now
 * @tw: handle
 * @model: name of the model, at most TWILL_NAME_MAX bytes
 * @opts: or NULL
 *
 * Return: the job's id; -ESRCH if the process is not tagged; -ENOSPC when it
 * has too many jobs under way; -EINVAL for a name that is empty or too long.
 */
int64_t twill_job_begin(struct twill *tw, const char *model, const struct twill_job_opts *opts);

/**
 * twill_job_place() - where to run a job, asked right before its first unit
 * @tw: handle
 * @job: from twill_job_begin()
 *
 * The placement of one job does not change after this.
 * Return: TWILL_ACCELERATOR_*, TWILL_ACCELERATOR_NONE if nobody has said and
 * the program should choose as it did; -ESRCH for an unknown job.
 */
int twill_job_place(struct twill *tw, int64_t job);

/**
 * twill_job_end() - the result is there
 * @tw: handle
 * @job: from twill_job_begin()
 * @ret_latency_ns: receives the time since begin; may be NULL
 *
 * Return: 0; -ESRCH for an unknown job.
 */
int twill_job_end(struct twill *tw, int64_t job, uint64_t *ret_latency_ns);

/** twill_accelerator_name() - "gpu" for TWILL_ACCELERATOR_GPU; NULL if unknown */
const char *twill_accelerator_name(uint32_t accelerator);
/** twill_accelerator_parse() - the reverse; -EINVAL if unknown */
int twill_accelerator_parse(const char *name);
/** twill_class_name() - "llm" for TWILL_CLASS_LLM; NULL if unknown */
const char *twill_class_name(uint32_t cls);
/** twill_class_parse() - the reverse; -EINVAL if unknown */
int twill_class_parse(const char *name);

#ifdef __cplusplus
}
#endif
#endif
