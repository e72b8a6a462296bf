// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libtwill: the calls of twill.h on top of the netlink layer.
 */
#include <errno.h>
#include <stdlib.h>

#include "nl_priv.h"
#include "twill.h"

/**
 * struct twill - a handle
 * @let_in: a job that the gate has let in, so that a wait for it is none; 0 if
 *	no such is known
 */
struct twill {
	struct twnl *nl;
	uint32_t let_in;
};

/* The sender itself */
static const struct twnl_ref self;

/* What the layer below tells apart as -ENOPKG is plain absence here */
static int result(int r)
{
	return r == -ENOPKG ? -ENOENT : r;
}

int twill_open(struct twill **ret)
{
	struct twill *tw = calloc(1, sizeof(*tw));
	int r;

	if (!tw)
		return -ENOMEM;
	r = twnl_open(&tw->nl, NULL, NULL);
	if (r == 0 && !twnl_present(tw->nl))
		r = -ENOENT;
	if (r < 0) {
		twill_close(tw);
		return r;
	}
	*ret = tw;
	return 0;
}

struct twill *twill_close(struct twill *tw)
{
	if (!tw)
		return NULL;
	twnl_close(tw->nl);
	free(tw);
	return NULL;
}

const char *twill_error(const struct twill *tw)
{
	return twnl_error(tw->nl);
}

int64_t twill_tag(struct twill *tw, const struct twill_task_opts *opts)
{
	static const struct twill_task_opts plain = { .priority = -1 };
	struct twnl_task_opts what = TWNL_TASK_OPTS_KEEP;
	struct twnl_task task;
	int r;

	if (!opts)
		opts = &plain;
	what.cls = opts->cls;
	if (opts->priority != -1)
		what.priority = opts->priority;
	what.inherit = !!opts->inherit;
	what.can_use = opts->can_use ? opts->can_use : 1u << TWILL_ACCELERATOR_GPU;
	what.group = opts->group;
	r = twnl_task_set(tw->nl, &self, &what, &task);
	return r < 0 ? result(r) : (int64_t)task.id;
}

int twill_untag(struct twill *tw)
{
	return result(twnl_task_del(tw->nl, &self));
}

/* What the gate last said of a job, so that a wait for one that is let in asks nobody */
static void note(struct twill *tw, const struct twnl_job *job)
{
	if (job->state != TWILL_JOB_STATE_QUEUED)
		tw->let_in = job->id;
	else if (tw->let_in == job->id)
		tw->let_in = 0;
}

int64_t twill_job_begin(struct twill *tw, const char *model, const struct twill_job_opts *opts)
{
	static const struct twill_job_opts plain;
	struct twnl_job_opts what;
	struct twnl_job job;
	int r;

	if (!opts)
		opts = &plain;
	what = (struct twnl_job_opts){
		.model = model ? model : "",
		.deadline_us = opts->deadline_us,
		.units = opts->units,
		.accelerator = opts->accelerator,
		.predicted_us = opts->predicted_us,
	};
	r = twnl_job_begin(tw->nl, &what, &job);
	if (r < 0)
		return result(r);
	/* At no gate yet: it comes to one when it is placed */
	if (job.state != TWILL_JOB_STATE_BEGUN)
		note(tw, &job);
	return (int64_t)job.id;
}

/* As it was with two fields, for programs that were built then */
struct opts_0 {
	uint32_t deadline_us;
	uint32_t units;
};

int64_t job_begin_0(struct twill *tw, const char *model, const struct opts_0 *opts)
	__asm__("twill_job_begin");

int64_t job_begin_0(struct twill *tw, const char *model, const struct opts_0 *opts)
{
	struct twill_job_opts now = { 0 };

	if (opts) {
		now.deadline_us = opts->deadline_us;
		now.units = opts->units;
	}
	return twill_job_begin(tw, model, &now);
}

/* An id that the module cannot have given; 0 for one that it may have */
static int check_job(int64_t job)
{
	return job <= 0 || job > UINT32_MAX ? -ESRCH : 0;
}

int twill_job_place(struct twill *tw, int64_t job)
{
	struct twnl_job now;
	int r = check_job(job);

	if (r == 0)
		r = twnl_job_place(tw->nl, (uint32_t)job, &now);
	if (r < 0)
		return result(r);
	note(tw, &now);
	return (int)now.accelerator;
}

int twill_job_state(struct twill *tw, int64_t job)
{
	struct twnl_job now;
	int r = check_job(job);

	if (r == 0)
		r = twnl_job_wait(tw->nl, (uint32_t)job, 0, &now);
	if (r == -ETIMEDOUT)
		return TWILL_JOB_STATE_QUEUED;
	if (r < 0)
		return result(r);
	note(tw, &now);
	return (int)now.state;
}

/* Whoever gives up must not be granted later: nobody would take it */
static int withdraw(struct twill *tw, uint32_t id, int why)
{
	int r = twnl_job_end(tw->nl, id, NULL);

	if (r < 0 && r != -ESRCH)
		return result(r);
	return twnl_fail(tw->nl, why, why == -EINTR ? "a signal came: the job is withdrawn" :
			 "the gate did not let the job in in time: it is withdrawn");
}

int twill_job_wait(struct twill *tw, int64_t job, int timeout_ms)
{
	struct twnl_job now;
	int r = check_job(job);

	if (r < 0 || tw->let_in == (uint32_t)job)
		return r;
	r = twnl_job_wait(tw->nl, (uint32_t)job, timeout_ms, &now);
	if (r == -ETIMEDOUT || r == -EINTR)
		return withdraw(tw, (uint32_t)job, r);
	if (r < 0)
		return result(r);
	note(tw, &now);
	return 0;
}

int twill_job_unit(struct twill *tw, int64_t job)
{
	struct twnl_job now;
	int r = check_job(job);

	if (r == 0)
		r = twnl_job_unit(tw->nl, (uint32_t)job, &now);
	if (r < 0)
		return result(r);
	note(tw, &now);
	return now.state == TWILL_JOB_STATE_QUEUED;
}

int twill_fd(const struct twill *tw)
{
	return twnl_fd(tw->nl);
}

int twill_job_end(struct twill *tw, int64_t job, uint64_t *ret_latency_ns)
{
	struct twnl_job now;
	int r = check_job(job);

	if (r == 0)
		r = twnl_job_end(tw->nl, (uint32_t)job, &now);
	if (tw->let_in == (uint32_t)job)
		tw->let_in = 0;
	if (r == 0 && ret_latency_ns)
		*ret_latency_ns = now.latency_ns;
	return result(r);
}
