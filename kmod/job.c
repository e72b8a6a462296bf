// SPDX-License-Identifier: GPL-2.0-only
/*
 * job.c - inference requests: begin, place, end.
 *
 * A job belongs to a task and to the socket that began it; it ends with
 * either. Where it stands at a gate is for gate.c. All of this is under
 * twill_mutex.
 */
#include <linux/slab.h>

#include "gate.h"

static u32 last_id;
static u32 n_jobs;

/** twill_job_any() - whether a job may be under way; any context, may lag */
bool twill_job_any(void)
{
	return READ_ONCE(n_jobs);
}

/* What a job that is over took stays with its task for the next one: one of these. */
static struct twill_job *job_alloc(struct twill_task *task)
{
	struct twill_job *job = task->idle_job;

	if (!job)
		return kzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);
	task->idle_job = NULL;
	memset(job, 0, sizeof(*job));
	return job;
}

/**
 * twill_job_free() - nobody looks at a job any more
 * @job: a job that has ended
 *
 * Context: caller holds twill_mutex.
 */
void twill_job_free(struct twill_job *job)
{
	lockdep_assert_held(&twill_mutex);
	if (job->task->idle_job)
		kfree(job);
	else
		job->task->idle_job = job;
}

/**
 * twill_job_begin() - a request is being worked on from now
 * @task: whose
 * @net: namespace of the socket that begins it
 * @portid: port of that socket
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex, and fills in the rest.
 * Return: the job; -ENOSPC, -ENOMEM.
 */
struct twill_job *twill_job_begin(struct twill_task *task, struct net *net, u32 portid,
				  struct netlink_ext_ack *ack)
{
	struct twill_job *job;

	lockdep_assert_held(&twill_mutex);
	if (task->n_jobs >= TWILL_JOBS_MAX) {
		NL_SET_ERR_MSG(ack, "too many jobs under way in this task: end one first");
		return ERR_PTR(-ENOSPC);
	}
	job = job_alloc(task);
	if (!job)
		return ERR_PTR(-ENOMEM);
	job->id = ++last_id ?: ++last_id;
	job->task = task;
	job->begin_ns = ktime_get_ns();
	job->net = net;
	job->portid = portid;
	list_add_tail(&job->node, &task->jobs);
	task->n_jobs++;
	WRITE_ONCE(n_jobs, n_jobs + 1);
	return job;
}

static u64 wanted_ns(const struct twill_job *job)
{
	return job->deadline_us ? job->begin_ns + job->deadline_us * 1000ULL : 0;
}

static u64 earlier(u64 a, u64 b)
{
	return a && b ? min(a, b) : a | b;
}

static u64 next_deadline(const struct twill_task *task)
{
	const struct twill_job *job;
	u64 first = 0;

	list_for_each_entry(job, &task->jobs, node)
		first = earlier(first, wanted_ns(job));
	return first;
}

/**
 * twill_job_wanted() - until when a job's result is wanted
 * @job: a job that has not been told yet
 * @deadline_us: after its begin; zero for whenever
 *
 * Context: caller holds twill_mutex.
 */
void twill_job_wanted(struct twill_job *job, u32 deadline_us)
{
	lockdep_assert_held(&twill_mutex);
	job->deadline_us = deadline_us;
	/* A scheduler may peek at it meanwhile. */
	WRITE_ONCE(job->task->deadline_ns, earlier(job->task->deadline_ns, wanted_ns(job)));
}

/**
 * twill_job_find() - a task's job of that id
 * @task: whose
 * @id: number
 *
 * Context: caller holds twill_mutex, which keeps the job.
 * Return: the job or NULL.
 */
struct twill_job *twill_job_find(struct twill_task *task, u32 id)
{
	struct twill_job *job;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry(job, &task->jobs, node)
		if (job->id == id)
			return job;
	return NULL;
}

/**
 * twill_job_place() - fix where a job runs, and come to the gate there
 * @job: a job; asked again, it stays where it is
 * @accelerator: enum twill_accelerator
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: 0; -ENOMEM, with nothing fixed.
 */
int twill_job_place(struct twill_job *job, u32 accelerator, struct netlink_ext_ack *ack)
{
	struct twill_task *task = job->task;
	int err;

	lockdep_assert_held(&twill_mutex);
	if (job->placed)
		return 0;
	job->accelerator = accelerator;
	err = twill_gate_enter(job, ack);
	if (err) {
		job->accelerator = TWILL_ACCELERATOR_NONE;
		return err;
	}
	job->placed = true;
	if (accelerator) {
		if (task->last_accel && task->last_accel != accelerator)
			task->migrations++;
		task->last_accel = accelerator;
	}
	return 0;
}

static void drop(struct twill_job *job)
{
	list_del(&job->node);
	/* Jobs mostly end in order; only the earliest makes the rest be looked at. */
	if (job->deadline_us && wanted_ns(job) == job->task->deadline_ns)
		WRITE_ONCE(job->task->deadline_ns, next_deadline(job->task));
	job->task->n_jobs--;
	WRITE_ONCE(n_jobs, n_jobs - 1);
	twill_gate_leave(job);
	twill_event_job(job->task, job, TWILL_CHANGE_GONE);
}

/**
 * twill_job_end() - the result is there, or the job is withdrawn while it waits
 * @job: a job; the caller gives it to twill_job_free()
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_job_end(struct twill_job *job)
{
	lockdep_assert_held(&twill_mutex);
	job->latency_ns = ktime_get_ns() - job->begin_ns;
	if (job->state != TWILL_JOB_STATE_QUEUED)
		job->task->jobs_done++;
	drop(job);
}

/**
 * twill_job_drop() - a job ends without a result
 * @job: a job; freed
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_job_drop(struct twill_job *job)
{
	lockdep_assert_held(&twill_mutex);
	drop(job);
	twill_job_free(job);
}

/**
 * twill_job_drop_all() - the task is gone
 * @task: whose jobs end without a result
 *
 * Context: caller holds twill_mutex.
 */
void twill_job_drop_all(struct twill_task *task)
{
	struct twill_job *job, *next;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry_safe(job, next, &task->jobs, node) {
		twill_job_drop(job);
	}
}

/**
 * twill_job_drop_socket() - a socket is released
 * @net: its namespace
 * @portid: its port
 *
 * Context: caller holds twill_mutex.
 */
void twill_job_drop_socket(const struct net *net, u32 portid)
{
	struct twill_task *task;
	struct twill_job *job, *next;
	unsigned long id;

	lockdep_assert_held(&twill_mutex);
	if (!n_jobs)
		return;
	xa_for_each(&twill_tasks, id, task) {
		list_for_each_entry_safe(job, next, &task->jobs, node) {
			if (job->portid != portid || !net_eq(job->net, net))
				continue;
			twill_job_drop(job);
		}
	}
}
