// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The requests about jobs, and the wait for a grant.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <linux/netlink.h>

#include "nl_priv.h"

/* Times in a row that a question is asked again: an answer may be one that never fits */
#define ASKED_MAX	16

static int ask_job(struct twnl *nl, uint8_t cmd, uint32_t id, struct twnl_job *ret_job)
{
	struct nlattr *nest;
	int r;

	r = twnl_begin(nl, cmd, 0);
	if (r < 0)
		return r;
	nest = twnl_nest(nl, TWILL_A_JOB);
	twnl_put_u32(nl, TWILL_A_JOB_ID, id);
	twnl_nest_end(nl, nest);
	return twnl_ask(nl, &twnl_layout_job, ret_job);
}

int twnl_job_get(struct twnl *nl, uint32_t id, struct twnl_job *ret_job)
{
	return ask_job(nl, TWILL_CMD_JOB_GET, id, ret_job);
}

int twnl_job_place(struct twnl *nl, uint32_t id, struct twnl_job *ret_job)
{
	return ask_job(nl, TWILL_CMD_JOB_PLACE, id, ret_job);
}

int twnl_job_end(struct twnl *nl, uint32_t id, struct twnl_job *ret_job)
{
	return ask_job(nl, TWILL_CMD_JOB_END, id, ret_job);
}

int twnl_job_unit(struct twnl *nl, uint32_t id, struct twnl_job *ret_job)
{
	return ask_job(nl, TWILL_CMD_JOB_UNIT, id, ret_job);
}

int twnl_job_set(struct twnl *nl, uint32_t id, uint32_t predicted_us, struct twnl_job *ret_job)
{
	struct nlattr *nest;
	int r;

	r = twnl_begin(nl, TWILL_CMD_JOB_SET, 0);
	if (r < 0)
		return r;
	nest = twnl_nest(nl, TWILL_A_JOB);
	twnl_put_u32(nl, TWILL_A_JOB_ID, id);
	twnl_put_u32(nl, TWILL_A_JOB_PREDICTED_US, predicted_us);
	twnl_nest_end(nl, nest);
	return twnl_ask(nl, &twnl_layout_job, ret_job);
}

static void put_known(struct twnl *nl, int type, uint32_t value)
{
	if (value)
		twnl_put_u32(nl, type, value);
}

int twnl_job_begin(struct twnl *nl, const struct twnl_job_opts *opts, struct twnl_job *ret_job)
{
	const size_t len = strnlen(opts->model, TWILL_NAME_MAX + 1);
	struct nlattr *nest;
	int r;

	r = twnl_begin(nl, TWILL_CMD_JOB_BEGIN, 0);
	if (r < 0)
		return r;
	if (len == 0 || len > TWILL_NAME_MAX)
		return twnl_fail(nl, -EINVAL, "the model's name must have 1 to %d bytes",
				 TWILL_NAME_MAX);
	nest = twnl_nest(nl, TWILL_A_JOB);
	twnl_put_string(nl, TWILL_A_JOB_MODEL, opts->model);
	put_known(nl, TWILL_A_JOB_DEADLINE_US, opts->deadline_us);
	put_known(nl, TWILL_A_JOB_UNITS, opts->units);
	put_known(nl, TWILL_A_JOB_PREDICTED_US, opts->predicted_us);
	put_known(nl, TWILL_A_JOB_ACCELERATOR, opts->accelerator);
	twnl_nest_end(nl, nest);
	return twnl_ask(nl, &twnl_layout_job, ret_job);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * The message of the grant is the wake-up, and the job's state the truth: what
 * an overrun has swallowed is found here. A grant that comes in the midst of the
 * question is no wake-up any more, so it is asked again.
 */
static int read_job(struct twnl *nl, uint32_t id, struct twnl_job *job)
{
	int r;

	nl->awaited = id;
	for (int i = 0; i < ASKED_MAX; i++) {
		nl->granted = false;
		r = twnl_job_get(nl, id, job);
		if (r != -ENOBUFS && (r < 0 || job->state != TWILL_JOB_STATE_QUEUED || !nl->granted))
			break;
	}
	nl->awaited = 0;
	return r;
}

int twnl_job_wait(struct twnl *nl, uint32_t id, int timeout_ms, struct twnl_job *ret_job)
{
	struct pollfd pfd = { .fd = twnl_fd(nl), .events = POLLIN };
	const int64_t end = now_ms() + timeout_ms;
	struct twnl_job job;
	int64_t left = -1;
	int r;

	for (;;) {
		/* Before the state is read: what comes later makes it readable again */
		twnl_clear_signal(nl);
		r = read_job(nl, id, &job);
		if (r < 0)
			return r;
		if (job.state != TWILL_JOB_STATE_QUEUED)
			break;
		if (timeout_ms >= 0) {
			left = end - now_ms();
			if (left <= 0)
				return twnl_fail(nl, -ETIMEDOUT, "the job is still queued after %d ms",
						 timeout_ms);
		}
		r = poll(&pfd, 1, (int)left);
		if (r < 0)
			return twnl_fail(nl, -errno, "waiting for the gate: %m");
	}
	if (ret_job)
		*ret_job = job;
	return 0;
}
