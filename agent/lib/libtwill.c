// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libtwill: the calls of twill.h on top of the netlink layer.
 */
#include <errno.h>
#include <stdlib.h>

#include "nl.h"
#include "twill.h"

struct twill {
	struct twnl *nl;
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

int64_t twill_job_begin(struct twill *tw, const char *model, const struct twill_job_opts *opts)
{
	static const struct twill_job_opts plain;
	struct twnl_job job;
	int r;

	if (!opts)
		opts = &plain;
	r = twnl_job_begin(tw->nl, model ? model : "", opts->deadline_us, opts->units, &job);
	return r < 0 ? result(r) : (int64_t)job.id;
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
	return r < 0 ? result(r) : (int)now.accelerator;
}

int twill_job_end(struct twill *tw, int64_t job, uint64_t *ret_latency_ns)
{
	struct twnl_job now;
	int r = check_job(job);

	if (r == 0)
		r = twnl_job_end(tw->nl, (uint32_t)job, &now);
	if (r == 0 && ret_latency_ns)
		*ret_latency_ns = now.latency_ns;
	return result(r);
}
