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
 *	twill_job_wait(tw, job, -1);		(the accelerator's gate says when)
 *	... submit, wait, post-process ...
 *	twill_job_end(tw, job, NULL);
 *
 * With the gates off, as they are unless somebody has set them, twill_job_wait()
 * returns at once. A program that never calls it passes no gate, and is not
 * held up by one: others wait for it.
 *
 * Without the module every call fails with -ENOENT and the program runs as it
 * did. A handle belongs to one thread at a time. No call allocates after
 * twill_open(); all return 0 or a positive value, or a negative errno, with a
 * sentence for people in twill_error().
 *
 * Programs go on working with every later libtwill.so.0: functions are added,
 * and structs grow at their end, where zero means that nothing is said. The name
 * of a function whose struct has grown stands for a new symbol in this header;
 * the old symbol stays and reads the struct as it was.
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
 * @accelerator: TWILL_ACCELERATOR_* if the job runs there whatever Twill would
 *	say, and twill_job_place() is not called; it is at the gate from the begin
 *	on. 0 if it is asked later.
 * @predicted_us: time on the accelerator from begin to end as the program
 *	expects it; 0 for the mean of the task's jobs there
 */
struct twill_job_opts {
	uint32_t deadline_us;
	uint32_t units;
	uint32_t accelerator;
	uint32_t predicted_us;
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
 * has too many jobs under way; -EINVAL for a name that is empty or too long, or
 * an accelerator that the task has not said it can use.
 */
int64_t twill_job_begin(struct twill *tw, const char *model, const struct twill_job_opts *opts)
	__asm__("twill_job_begin_1");

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
 * twill_job_state() - where a job stands
 * @tw: handle
 * @job: from twill_job_begin()
 *
 * Return: TWILL_JOB_STATE_*: queued if it has to wait, see twill_job_wait();
 * begun if no accelerator is fixed; -ESRCH for an unknown job.
 */
int twill_job_state(struct twill *tw, int64_t job);

/**
 * twill_job_wait() - wait until a job may use its accelerator
 * @tw: the handle that began it
 * @job: from twill_job_begin()
 * @timeout_ms: how long; negative for as long as it takes, 0 not at all
 *
 * To be called after twill_job_place(), or after twill_job_begin() with an
 * accelerator, and when twill_job_unit() has said 1. A job that is not queued
 * costs no system call. An accelerator that nobody has fixed has no gate.
 * To wait among other things, poll twill_fd().
 *
 * Return: 0 if the job may run. -ETIMEDOUT, or -EINTR when a signal came: then
 * the job has been withdrawn, which is to say ended, and twill_job_end() is not
 * to be called. -ESRCH for an unknown job.
 */
int twill_job_wait(struct twill *tw, int64_t job, int timeout_ms);

/**
 * twill_job_unit() - one unit of a job is done, and another is to follow
 * @tw: the handle that began it
 * @job: from twill_job_begin()
 *
 * For work in many pieces, such as the tokens of a language model.
 * Return: 0 to go on; 1 if another job is due first, and twill_job_wait() tells
 * when to go on; -EINVAL if its accelerator is not fixed; -ESRCH for an unknown
 * job.
 */
int twill_job_unit(struct twill *tw, int64_t job);

/**
 * twill_fd() - a descriptor to poll for POLLIN while jobs are queued
 * @tw: handle
 *
 * Readable means that something came: ask twill_job_state() of each queued job,
 * which also makes it unreadable again. It is the handle's: not to be read or
 * closed.
 */
int twill_fd(const struct twill *tw);

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
