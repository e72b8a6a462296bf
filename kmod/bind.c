// SPDX-License-Identifier: GPL-2.0-only
/*
 * bind.c - keep the threads of a task on some of the CPU clusters.
 *
 * Binding narrows the affinity of every thread to the clusters, within what
 * it was allowed before, and keeps what it was. At the end the old mask comes
 * back, unless somebody else has changed it since. Clones and forks copy a
 * narrowed mask: a thread without a record of its own is matched by the mask.
 * set_cpus_allowed_ptr() knows nothing of cpusets, so only the agent may ask,
 * with clusters already cut to them.
 *
 * Whoever else changes a mask, by sched_setaffinity() or a cpuset, wins, until
 * the agent binds again: within what is then allowed. Only what the scheduler
 * and the cpusets do when CPUs go and come is undone by itself.
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
 * twill_bind_get() - take a reference on the records of a binding
 * @bind: the records
 *
 * Context: any.
 * Return: @bind.
 */
struct twill_bind *twill_bind_get(struct twill_bind *bind)
{
	refcount_inc(&bind->refs);
	return bind;
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

/* A thread's own record. Pids are compared only: the records hold theirs. */
static struct twill_mask *own(const struct twill_bind *bind, struct task_struct *p)
{
	struct twill_mask *mask;

	list_for_each_entry(mask, &bind->masks, node)
		if (mask->pid == task_pid(p))
			return mask;
	return NULL;
}

/* A record whose narrowed mask a thread has. */
static struct twill_mask *alike(const struct twill_bind *bind, const struct task_struct *p)
{
	struct twill_mask *mask;

	list_for_each_entry(mask, &bind->masks, node)
		if (cpumask_equal(&p->cpus_mask, &mask->set))
			return mask;
	return NULL;
}

/* The record of a thread: its own, or one whose narrowed mask it has copied. */
static struct twill_mask *record(const struct twill_bind *bind, struct task_struct *p)
{
	return own(bind, p) ?: alike(bind, p);
}

/*
 * Whether a thread has copied a mask of a binding that is past. Those that were
 * there have had theirs restored: one that is the same is somebody's choice.
 */
static struct twill_mask *left_over(const struct twill_bind *past, struct task_struct *p)
{
	return past && !own(past, p) ? alike(past, p) : NULL;
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

/*
 * When the last CPU of a mask goes offline the scheduler widens it and forgets.
 * When any CPU of a cpuset does, or comes back, all in it get what is left of
 * the cpuset. Either way the mask is wider than what we gave, as far as that is
 * online; any other is somebody's choice.
 */
static bool widened(const struct task_struct *p, const struct twill_mask *mask)
{
	bool any = false;
	int cpu;

	if (cpumask_subset(&p->cpus_mask, &mask->set))
		return false;
	for_each_cpu_and(cpu, &mask->set, cpu_active_mask) {
		if (!cpumask_test_cpu(cpu, &p->cpus_mask))
			return false;
		any = true;
	}
	return any;
}

static int reapply_one(struct task_struct *p, void *data)
{
	const struct twill_mask *mask = record(data, p);

	if (mask && widened(p, mask))
		(void)set_cpus_allowed_ptr(p, &mask->set);
	return 0;
}

/* The records that hold for what a task has forked: its own, and those before. */
struct caught {
	struct twill_bind *bind;	/* or NULL */
	struct twill_bind *past;	/* or NULL */
};

/*
 * A thread without a record of its own may have copied a mask that no longer
 * holds: one that the binding before gave, or the one from before this binding.
 */
static int settle_one(struct task_struct *p, void *data)
{
	const struct caught *caught = data;
	const struct cpumask *wide = &p->cpus_mask;
	const struct twill_mask *mask;

	if (caught->bind && record(caught->bind, p))
		return 0;
	mask = left_over(caught->past, p);
	if (mask)
		wide = &mask->saved;
	if (!caught->bind)
		return mask ? restore_one(p, caught->past) : 0;
	list_for_each_entry(mask, &caught->bind->masks, node) {
		if (!cpumask_equal(wide, &mask->saved))
			continue;
		(void)set_cpus_allowed_ptr(p, &mask->set);
		break;
	}
	return 0;
}

struct plan {
	const struct twill_bind *old;
	const struct twill_bind *past;
	struct twill_bind *bind;
	struct cpumask wanted;
	unsigned int fresh;
	bool published;
};

/* What a thread was allowed before any binding, as far as its mask still is one's. */
static const struct cpumask *original(const struct plan *plan, struct task_struct *p)
{
	const struct twill_mask *was = NULL;

	/* A clone of a thread that has been narrowed meanwhile. */
	if (plan->published)
		was = alike(plan->bind, p);
	if (!was && plan->old) {
		was = record(plan->old, p);
		if (was && !cpumask_equal(&p->cpus_mask, &was->set))
			was = NULL;
	}
	was = was ?: left_over(plan->past, p);
	return was ? &was->saved : &p->cpus_mask;
}

/* Work out what a thread gets. */
static int plan_one(struct task_struct *p, void *data)
{
	struct plan *plan = data;
	struct twill_mask *mask;

	if (own(plan->bind, p))
		return 0;
	mask = kmalloc(sizeof(*mask), GFP_KERNEL_ACCOUNT);
	if (!mask)
		return -ENOMEM;
	mask->pid = get_task_pid(p, PIDTYPE_PID);
	cpumask_copy(&mask->saved, original(plan, p));
	list_add_tail(&mask->node, &plan->bind->masks);
	plan->fresh++;
	if (!cpumask_and(&mask->set, &mask->saved, &plan->wanted) ||
	    !cpumask_intersects(&mask->set, cpu_active_mask))
		return -ERANGE;
	return 0;
}

static int apply_one(struct task_struct *p, void *data)
{
	const struct twill_mask *mask = own(data, p);

	return mask ? set_cpus_allowed_ptr(p, &mask->set) : 0;
}

/*
 * What was bound before stays as the past: a fork may be under way that has
 * copied a mask of that and has not come to its probe.
 */
static void publish(struct twill_task *task, struct twill_bind *bind, u32 clusters)
{
	struct twill_bind *drop = NULL;

	raw_spin_lock(&twill_spin);
	if (task->bind) {
		drop = task->past;
		task->past = task->bind;
	}
	task->bind = bind;
	task->clusters = clusters;
	raw_spin_unlock(&twill_spin);
	twill_bind_put(drop);
}

/**
 * twill_bind_end() - give the threads of a task their old masks
 * @task: a task
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_bind_end(struct twill_task *task)
{
	lockdep_assert_held(&twill_mutex);
	if (!task->bind)
		return;
	(void)each_thread_of(task->pid, restore_one, task->bind);
	publish(task, NULL, 0);
}

/**
 * twill_bind_forget() - drop what is kept for forks under way
 * @task: a task that no probe can find any more
 *
 * Context: caller holds twill_mutex.
 */
void twill_bind_forget(struct twill_task *task)
{
	lockdep_assert_held(&twill_mutex);
	twill_bind_put(task->past);
	task->past = NULL;
}

/**
 * twill_bind() - narrow every thread of a task to clusters
 * @task: a task
 * @clusters: mask, not zero
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: 0; -ERANGE if a thread would be left without a CPU, -ESRCH, -ENOMEM,
 * with all masks as they were.
 */
int twill_bind(struct twill_task *task, u32 clusters)
{
	struct plan *plan = kzalloc(sizeof(*plan), GFP_KERNEL_ACCOUNT);
	struct twill_bind *old = task->bind;
	u32 i, was = task->clusters;
	int err = -ENOMEM;

	lockdep_assert_held(&twill_mutex);
	if (!plan)
		return -ENOMEM;
	plan->bind = kzalloc(sizeof(*plan->bind), GFP_KERNEL_ACCOUNT);
	if (!plan->bind)
		goto free_plan;
	refcount_set(&plan->bind->refs, 1);
	INIT_LIST_HEAD(&plan->bind->masks);
	plan->old = old;
	plan->past = old ? NULL : task->past;
	for (i = 0; i < twill_n_clusters; i++)
		if (clusters & BIT(i))
			cpumask_or(&plan->wanted, &plan->wanted, &twill_clusters[i]);
	err = each_thread_of(task->pid, plan_one, plan);
	if (err)
		goto put_bind;

	/* Published before it is applied: what is forked from now on shares it. */
	publish(task, plan->bind, clusters);
	plan->published = true;
	do {
		plan->fresh = 0;
		err = each_thread_of(task->pid, apply_one, plan->bind);
		if (!err)
			err = each_thread_of(task->pid, plan_one, plan);
	} while (!err && plan->fresh);
	if (err && err != -ESRCH) {
		(void)each_thread_of(task->pid, restore_one, plan->bind);
		if (old) {
			(void)each_thread_of(task->pid, reapply_one, old);
			refcount_inc(&old->refs);
		}
		publish(task, old, was);
	}
	kfree(plan);
	return err;

put_bind:
	twill_bind_put(plan->bind);
free_plan:
	kfree(plan);
	return err;
}

/**
 * twill_bind_fix() - give what was forked the mask that it should have
 * @tgid: a thread group
 * @bind: records of its binding, or NULL if it is not bound
 * @past: records of a binding that may have left it a mask, or NULL
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_bind_fix(struct pid *tgid, struct twill_bind *bind, struct twill_bind *past)
{
	struct caught caught = { bind, past };

	lockdep_assert_held(&twill_mutex);
	(void)each_thread_of(tgid, settle_one, &caught);
}

static int differs(struct task_struct *p, void *data)
{
	const struct twill_mask *mask = record(data, p);

	return !mask || !cpumask_equal(&p->cpus_mask, &mask->set);
}

/**
 * twill_bind_holds() - whether every thread has the mask that it was given
 * @task: a bound task
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: false if somebody else, a cpuset above all, has changed one.
 */
bool twill_bind_holds(struct twill_task *task)
{
	lockdep_assert_held(&twill_mutex);
	return !each_thread_of(task->pid, differs, task->bind);
}

/**
 * twill_bind_born() - narrow a process that was forked by a bound task
 * @task: its task, just settled
 *
 * It may have copied its parent's mask after a binding was published and before
 * it was applied to the parent.
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_bind_born(struct twill_task *task)
{
	lockdep_assert_held(&twill_mutex);
	if (task->bind)
		twill_bind_fix(task->pid, task->bind, task->leader ? task->leader->past : NULL);
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

/* A CPU has come or gone: narrow again what was widened for that. */
static void reapply_fn(struct work_struct *work)
{
	struct twill_task *task;
	unsigned long id;

	/* Until the CPU is active, or gone: the callback comes earlier. */
	cpus_read_lock();
	cpus_read_unlock();
	twill_lock();
	xa_for_each(&twill_tasks, id, task)
		if (task->bind)
			(void)each_thread_of(task->pid, reapply_one, task->bind);
	twill_unlock();
}

static DECLARE_DELAYED_WORK(reapply_work, reapply_fn);
static int hotplug_state;

static int cpu_cb(unsigned int cpu)
{
	/* Up to 6.8 a work of the cpusets changes masks as well: after that. */
	mod_delayed_work(system_highpri_wq, &reapply_work, HZ / 10);
	return 0;
}

/**
 * twill_bind_init() - watch CPUs come and go
 *
 * Return: 0 or the error of the hotplug core.
 */
int twill_bind_init(void)
{
	int state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "twill:online",
					      cpu_cb, cpu_cb);

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
	cancel_delayed_work_sync(&reapply_work);
}
