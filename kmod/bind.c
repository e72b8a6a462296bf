// SPDX-License-Identifier: GPL-2.0-only
/*
 * bind.c - which accelerator and which CPU clusters a task should use.
 *
 * Binding narrows the affinity of every thread to the clusters, within what
 * it was allowed before, and keeps what it was. At the end the old mask comes
 * back, unless somebody else has changed it since. Clones and forks copy a
 * narrowed mask: a thread without a record of its own is matched by the mask.
 * set_cpus_allowed_ptr() knows nothing of cpusets, so only the agent may ask,
 * with clusters already cut to them.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "twill.h"

/* What one thread was allowed, and what it was given instead. */
struct twill_mask {
	struct list_head node;
	struct pid *pid;
	struct cpumask saved;
	struct cpumask set;
};

/*
 * The records of a binding; shared with what is forked meanwhile. The list is
 * guarded by twill_mutex; probes only count references.
 */
struct twill_bind {
	refcount_t refs;
	struct list_head masks;
};

/* A process forked by a bound task that does not inherit: to be unbound. */
struct stray {
	struct pid *pid;
	struct twill_bind *bind;
};

#define STRAYS_MAX	64

static struct stray strays[STRAYS_MAX];	/* twill_spin */
static unsigned int n_strays;		/* twill_spin */

static void bind_free(struct twill_bind *bind)
{
	struct twill_mask *mask, *next;

	list_for_each_entry_safe(mask, next, &bind->masks, node) {
		put_pid(mask->pid);
		kfree(mask);
	}
	kfree(bind);
}

/**
 * twill_bind_put() - drop a reference on the records of a binding
 * @bind: or NULL
 *
 * Context: not under twill_spin.
 */
void twill_bind_put(struct twill_bind *bind)
{
	if (bind && refcount_dec_and_test(&bind->refs))
		bind_free(bind);
}

static struct twill_mask *by_pid(const struct twill_bind *bind, const struct pid *pid)
{
	struct twill_mask *mask;

	list_for_each_entry(mask, &bind->masks, node)
		if (mask->pid == pid)
			return mask;
	return NULL;
}

/* The record of a thread: its own, or one whose narrowed mask it has copied. */
static struct twill_mask *record(const struct twill_bind *bind, struct task_struct *p)
{
	struct pid *pid = get_task_pid(p, PIDTYPE_PID);
	struct twill_mask *mask = by_pid(bind, pid);

	put_pid(pid);
	if (mask)
		return mask;
	list_for_each_entry(mask, &bind->masks, node)
		if (cpumask_equal(&p->cpus_mask, &mask->set))
			return mask;
	return NULL;
}

/*
 * Call @fn for each live thread, in a context that may sleep. Threads cloned
 * meanwhile may be missed; whoever cares walks again.
 */
static int each_thread(struct task_struct *leader,
		       int (*fn)(struct task_struct *p, void *data), void *data)
{
	unsigned int n = 0, i, room = READ_ONCE(leader->signal->nr_threads) + 16;
	struct task_struct **list, *p;
	int err = 0;

	list = kmalloc_array(room, sizeof(*list), GFP_KERNEL_ACCOUNT);
	if (!list)
		return -ENOMEM;
	rcu_read_lock();
	for_each_thread(leader, p) {
		if (n == room)
			break;
		get_task_struct(p);
		list[n++] = p;
	}
	rcu_read_unlock();
	for (i = 0; i < n; i++) {
		if (!err && !(READ_ONCE(list[i]->flags) & PF_EXITING))
			err = fn(list[i], data);
		put_task_struct(list[i]);
	}
	kfree(list);
	return err;
}

static int each_thread_of(struct pid *pid, int (*fn)(struct task_struct *p, void *data),
			  void *data)
{
	struct task_struct *leader = get_pid_task(pid, PIDTYPE_TGID);
	int err;

	if (!leader)
		return -ESRCH;
	err = each_thread(leader, fn, data);
	put_task_struct(leader);
	return err;
}

static int restore_one(struct task_struct *p, void *data)
{
	const struct twill_mask *mask = record(data, p);

	if (!mask || !cpumask_equal(&p->cpus_mask, &mask->set))
		return 0;
	/* All of its CPUs may have gone offline meanwhile. */
	if (set_cpus_allowed_ptr(p, &mask->saved))
		set_cpus_allowed_ptr(p, cpu_possible_mask);
	return 0;
}

static int reapply_one(struct task_struct *p, void *data)
{
	const struct twill_mask *mask = record(data, p);

	/*
	 * When the last CPU of a mask goes offline the scheduler widens it and
	 * forgets. Only a wider mask is that; any other is somebody's choice.
	 */
	if (mask && !cpumask_equal(&p->cpus_mask, &mask->set) &&
	    cpumask_subset(&mask->set, &p->cpus_mask))
		(void)set_cpus_allowed_ptr(p, &mask->set);
	return 0;
}

struct plan {
	const struct twill_bind *old;
	struct twill_bind *bind;
	struct cpumask wanted;
	unsigned int fresh;
};

/* Work out what a thread gets; its original mask is the old record's, if that still holds. */
static int plan_one(struct task_struct *p, void *data)
{
	struct plan *plan = data;
	struct pid *pid = get_task_pid(p, PIDTYPE_PID);
	const struct twill_mask *was;
	struct twill_mask *mask;

	if (by_pid(plan->bind, pid)) {
		put_pid(pid);
		return 0;
	}
	mask = kmalloc(sizeof(*mask), GFP_KERNEL_ACCOUNT);
	if (!mask) {
		put_pid(pid);
		return -ENOMEM;
	}
	mask->pid = pid;
	was = plan->old ? record(plan->old, p) : NULL;
	if (was && cpumask_equal(&p->cpus_mask, &was->set))
		cpumask_copy(&mask->saved, &was->saved);
	else
		cpumask_copy(&mask->saved, &p->cpus_mask);
	list_add_tail(&mask->node, &plan->bind->masks);
	plan->fresh++;
	if (!cpumask_and(&mask->set, &mask->saved, &plan->wanted) ||
	    !cpumask_intersects(&mask->set, cpu_active_mask))
		return -ERANGE;
	return 0;
}

static int apply_one(struct task_struct *p, void *data)
{
	const struct twill_bind *bind = data;
	struct pid *pid = get_task_pid(p, PIDTYPE_PID);
	const struct twill_mask *mask = by_pid(bind, pid);

	put_pid(pid);
	return mask ? set_cpus_allowed_ptr(p, &mask->set) : 0;
}

static void publish(struct twill_task *task, struct twill_bind *bind, u32 clusters)
{
	struct twill_bind *old;

	raw_spin_lock(&twill_spin);
	old = task->bind;
	task->bind = bind;
	task->clusters = clusters;
	raw_spin_unlock(&twill_spin);
	twill_bind_put(old);
}

static void set_placement(struct twill_task *task, u32 placement)
{
	raw_spin_lock(&twill_spin);
	task->placement = placement;
	raw_spin_unlock(&twill_spin);
}

static void unbind_one(struct twill_task *task)
{
	if (task->bind)
		(void)each_thread_of(task->pid, restore_one, task->bind);
	publish(task, NULL, 0);
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

	unbind_one(task);
	take_followers(task, &queue);
	while ((follower = list_first_entry_or_null(&queue, struct twill_task, unbind))) {
		list_del_init(&follower->unbind);
		set_placement(follower, TWILL_ACCELERATOR_NONE);
		unbind_one(follower);
		take_followers(follower, &queue);
		twill_event_task(follower, TWILL_CHANGE_CHANGED);
		twill_task_put(follower);
	}
}

/* Narrow every thread; on failure all masks are as they were. */
static int bind(struct twill_task *task, u32 clusters)
{
	struct plan *plan = kzalloc(sizeof(*plan), GFP_KERNEL_ACCOUNT);
	struct twill_bind *old = task->bind;
	u32 i, was = task->clusters;
	int err = -ENOMEM;

	if (!plan)
		return -ENOMEM;
	plan->bind = kzalloc(sizeof(*plan->bind), GFP_KERNEL_ACCOUNT);
	if (!plan->bind)
		goto free_plan;
	refcount_set(&plan->bind->refs, 1);
	INIT_LIST_HEAD(&plan->bind->masks);
	plan->old = old;
	for (i = 0; i < twill_n_clusters; i++)
		if (clusters & BIT(i))
			cpumask_or(&plan->wanted, &plan->wanted, &twill_clusters[i]);
	err = each_thread_of(task->pid, plan_one, plan);
	if (err)
		goto put_bind;

	/* Published before it is applied: what is forked from now on shares it. */
	if (old)
		refcount_inc(&old->refs);
	publish(task, plan->bind, clusters);
	do {
		plan->fresh = 0;
		err = each_thread_of(task->pid, apply_one, plan->bind);
		if (!err)
			err = each_thread_of(task->pid, plan_one, plan);
	} while (!err && plan->fresh);
	if (err && err != -ESRCH) {
		(void)each_thread_of(task->pid, restore_one, plan->bind);
		if (old)
			(void)each_thread_of(task->pid, reapply_one, old);
		if (old)
			refcount_inc(&old->refs);
		publish(task, old, was);
	}
	twill_bind_put(old);
	kfree(plan);
	return err;

put_bind:
	twill_bind_put(plan->bind);
free_plan:
	kfree(plan);
	return err;
}

static int set_clusters(struct twill_task *task, u32 clusters, struct netlink_ext_ack *ack)
{
	int err;

	if (clusters == task->clusters)
		return 0;
	if (!clusters) {
		unbind(task);
		return 0;
	}
	if (twill_n_clusters < 32 && clusters >> twill_n_clusters) {
		NL_SET_ERR_MSG(ack, "no such cluster: cluster-get lists them");
		return -EINVAL;
	}
	err = bind(task, clusters);
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
 * @deadline: end of the lease, ktime_get_ns()
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

/**
 * __twill_bind_share() - a forked task is placed as its parent, with the same mask
 * @parent: a placed task
 * @child: the new one
 *
 * Context: fork probe; caller holds twill_spin.
 */
void __twill_bind_share(struct twill_task *parent, struct twill_task *child)
{
	lockdep_assert_held(&twill_spin);
	if (parent->bind)
		refcount_inc(&parent->bind->refs);
	child->bind = parent->bind;
	child->clusters = parent->clusters;
	child->follows_place = true;
}

/**
 * __twill_bind_stray() - a process without a tag has a narrowed mask
 * @parent: a bound task
 * @child: the forked process
 *
 * Context: fork probe; caller holds twill_spin.
 */
void __twill_bind_stray(struct twill_task *parent, struct task_struct *child)
{
	struct stray *stray = &strays[n_strays];

	lockdep_assert_held(&twill_spin);
	/* More than these between two runs of a work keep the mask they have. */
	if (n_strays == STRAYS_MAX)
		return;
	n_strays++;
	refcount_inc(&parent->bind->refs);
	stray->pid = get_pid(task_tgid(child));
	stray->bind = parent->bind;
}

static bool take_stray(struct stray *stray)
{
	bool any;

	raw_spin_lock(&twill_spin);
	any = n_strays;
	if (any)
		*stray = strays[--n_strays];
	raw_spin_unlock(&twill_spin);
	return any;
}

/**
 * twill_bind_settle() - give strays their parents' old masks
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_bind_settle(void)
{
	struct stray stray;

	lockdep_assert_held(&twill_mutex);
	while (take_stray(&stray)) {
		(void)each_thread_of(stray.pid, restore_one, stray.bind);
		put_pid(stray.pid);
		twill_bind_put(stray.bind);
	}
}

/* A CPU has come online: narrow again what was widened when it went. */
static void reapply_fn(struct work_struct *work)
{
	struct twill_task *task;
	unsigned long id;

	/* Until the CPU is active: the callback comes earlier. */
	cpus_read_lock();
	cpus_read_unlock();
	twill_lock();
	xa_for_each(&twill_tasks, id, task)
		if (task->bind)
			(void)each_thread_of(task->pid, reapply_one, task->bind);
	twill_unlock();
}

static DECLARE_WORK(reapply_work, reapply_fn);
static int hotplug_state;

static int cpu_online_cb(unsigned int cpu)
{
	schedule_work(&reapply_work);
	return 0;
}

/**
 * twill_bind_init() - watch CPUs come online
 *
 * Return: 0 or the error of the hotplug core.
 */
int twill_bind_init(void)
{
	int state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "twill:online",
					      cpu_online_cb, NULL);

	if (state < 0)
		return state;
	hotplug_state = state;
	return 0;
}

/**
 * twill_bind_fini() - watch CPUs no more
 *
 * Context: may sleep.
 */
void twill_bind_fini(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
	cancel_work_sync(&reapply_work);
}
