// SPDX-License-Identifier: GPL-2.0-only
/*
 * place.c - which accelerator and which CPU clusters a task should use.
 *
 * The agent says so, under a lease. What a placed task forks is placed likewise
 * and follows it: let go of with it, unless placed anew.
 */
#include <linux/slab.h>

#include "twill.h"

static void set_placement(struct twill_task *task, u32 placement)
{
	raw_spin_lock(&twill_spin);
	task->placement = placement;
	raw_spin_unlock(&twill_spin);
}

/* Queue what follows a task that is bound no more; each follows once, so it is queued once. */
static void take_followers(struct twill_task *task, struct list_head *queue)
{
	struct twill_task *follower;

	while ((follower = twill_follower_take(task, false)))
		list_add_tail(&follower->unbind, queue);
}

/*
 * Unbind a task and all that follows it. A process that forks one that forks
 * one makes a chain as long as there may be tasks: no recursion here.
 */
static void unbind(struct twill_task *task)
{
	struct twill_task *follower;
	LIST_HEAD(queue);

	twill_bind_end(task);
	take_followers(task, &queue);
	while ((follower = list_first_entry_or_null(&queue, struct twill_task, unbind))) {
		list_del_init(&follower->unbind);
		set_placement(follower, TWILL_ACCELERATOR_NONE);
		twill_bind_end(follower);
		take_followers(follower, &queue);
		twill_event_task(follower, TWILL_CHANGE_CHANGED);
		twill_task_put(follower);
	}
}

static int set_clusters(struct twill_task *task, u32 clusters, struct netlink_ext_ack *ack)
{
	int err;

	if (clusters == task->clusters && (!clusters || twill_bind_holds(task)))
		return 0;
	if (!clusters) {
		unbind(task);
		return 0;
	}
	if (twill_n_clusters < 32 && clusters >> twill_n_clusters) {
		NL_SET_ERR_MSG(ack, "no such cluster: cluster-get lists them");
		return -EINVAL;
	}
	err = twill_bind(task, clusters);
	if (err == -ERANGE)
		NL_SET_ERR_MSG(ack, "the clusters leave a thread none of the CPUs it is allowed");
	else if (err == -ESRCH)
		NL_SET_ERR_MSG(ack, "the process has just exited");
	return err;
}

static int lease(struct twill_owner *owner, struct twill_task *task, u64 deadline,
		 struct netlink_ext_ack *ack)
{
	int err;

	if (task->place && task->place->owner != owner) {
		NL_SET_ERR_MSG(ack, "another socket holds the task's placement");
		return -EBUSY;
	}
	if (task->place) {
		twill_lease_renew(task->place, deadline);
		return 0;
	}
	task->place = kzalloc(sizeof(*task->place), GFP_KERNEL_ACCOUNT);
	if (!task->place)
		return -ENOMEM;
	err = twill_lease_start(task->place, owner, TWILL_LEASE_PLACE, deadline, ack);
	if (err) {
		kfree(task->place);
		task->place = NULL;
		return err;
	}
	task->place->task = task;
	return 0;
}

static void unlease(struct twill_task *task)
{
	if (!task->place)
		return;
	twill_lease_stop(task->place);
	kfree(task->place);
	task->place = NULL;
}

/**
 * twill_place() - say which accelerator and clusters a task should use
 * @owner: the agent
 * @task: a task
 * @placement: enum twill_accelerator, or NULL to keep it
 * @clusters: mask, zero to unbind, or NULL to keep them
 * @deadline: end of the lease, twill_now()
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: 0; -EINVAL, -ERANGE, -EBUSY, -ENOSPC, -ENOMEM, -ESRCH, with nothing
 * changed but the lease's deadline.
 */
int twill_place(struct twill_owner *owner, struct twill_task *task, const u32 *placement,
		const u32 *clusters, u64 deadline, struct netlink_ext_ack *ack)
{
	int err;

	lockdep_assert_held(&twill_mutex);
	if (placement && *placement && !(task->can_use & BIT(*placement))) {
		NL_SET_ERR_MSG(ack, "the task cannot use that accelerator: see its can-use");
		return -EINVAL;
	}
	err = lease(owner, task, deadline, ack);
	if (err)
		return err;
	if (clusters)
		err = set_clusters(task, *clusters, ack);
	if (!err && placement)
		set_placement(task, *placement);
	if (!err)
		twill_unfollow(task, false);
	if (!task->placement && !task->clusters) {
		unlease(task);
		unbind(task);
	}
	if (!err)
		twill_event_task(task, TWILL_CHANGE_CHANGED);
	return err;
}

/**
 * twill_place_end() - take back what the agent said of a task
 * @task: a task; its lease, if any, is freed
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_place_end(struct twill_task *task)
{
	lockdep_assert_held(&twill_mutex);
	if (!task->place && !task->bind && !task->placement)
		return;
	unlease(task);
	set_placement(task, TWILL_ACCELERATOR_NONE);
	unbind(task);
	if (!task->gone)
		twill_event_task(task, TWILL_CHANGE_CHANGED);
}
