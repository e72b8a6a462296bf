// SPDX-License-Identifier: GPL-2.0-only
/*
 * task.c - tagged processes: create, find, count references, drop.
 *
 * A task is found by its thread group's struct pid, of which it holds a
 * reference: the number may be reused, the object is not, and it stays with
 * the group through every exec. The hash is what the probes see; the array by
 * id is what requests see. A task forked by an inheriting one enters the hash
 * in the probe and the array when settled.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "twill.h"

/*
 * A probe that finds the reserve empty allocates, but not on a real-time kernel:
 * there, what more is forked before the next settling has no tag.
 */
#define RESERVE_THREADS	16
#define RESERVE_TASKS	(IS_ENABLED(CONFIG_PREEMPT_RT) ? 128 : 2 * TWILL_BATCH)

DEFINE_XARRAY(twill_tasks);	/* settled, by id; twill_mutex */
u32 twill_n_tasks;		/* in the hash or born; both locks */
u32 twill_n_frozen;		/* twill_mutex */
u32 twill_tasks_seq = 1;	/* changes with the array; twill_mutex */

static DEFINE_HASHTABLE(by_pid, 8);	/* twill_spin for change, RCU to peek */
static LIST_HEAD(born);			/* twill_spin */
static LIST_HEAD(gone);			/* twill_spin */
static u32 last_id;

/**
 * twill_task_alloc() - make a task that is nobody's yet
 * @gfp: how to allocate
 *
 * Return: the task, with one reference, or NULL.
 */
struct twill_task *twill_task_alloc(gfp_t gfp)
{
	struct twill_task *task = kzalloc(sizeof(*task), gfp);

	if (!task)
		return NULL;
	refcount_set(&task->refs, 1);
	INIT_HLIST_NODE(&task->hash);
	INIT_LIST_HEAD(&task->deferred);
	INIT_LIST_HEAD(&task->jobs);
	INIT_LIST_HEAD(&task->holds);
	INIT_LIST_HEAD(&task->followers);
	INIT_LIST_HEAD(&task->follow);
	INIT_LIST_HEAD(&task->unbind);
	INIT_LIST_HEAD(&task->threads);
	INIT_LIST_HEAD(&task->spares.threads);
	INIT_LIST_HEAD(&task->spares.tasks);
	task->can_use = BIT(TWILL_ACCELERATOR_GPU);
	return task;
}

/** twill_task_get() - take a reference on @task; any context */
void twill_task_get(struct twill_task *task)
{
	refcount_inc(&task->refs);
}

/**
 * twill_task_put() - drop a reference
 * @task: a task or NULL
 *
 * Context: not under twill_spin.
 */
void twill_task_put(struct twill_task *task)
{
	if (!task || !refcount_dec_and_test(&task->refs))
		return;
	WARN_ON_ONCE(task->frozen || task->bind || !list_empty(&task->threads));
	twill_spares_drain(&task->spares);
	put_pid(task->pid);
	kfree(task->idle_job);
	kfree_rcu(task, rcu);
}

/**
 * __twill_task_find() - the task of a thread group
 * @pid: the group's
 *
 * Context: any; caller holds twill_spin.
 * Return: the task, not referenced, or NULL.
 */
struct twill_task *__twill_task_find(const struct pid *pid)
{
	struct twill_task *task;

	lockdep_assert_held(&twill_spin);
	hash_for_each_possible(by_pid, task, hash, (unsigned long)pid)
		if (task->pid == pid)
			return task;
	return NULL;
}

/**
 * twill_task_peek() - the task of a thread group, for a look
 * @pid: the group's, compared only
 *
 * Context: any; caller is in an RCU read section, which keeps the task's memory
 * and nothing else.
 * Return: the task, not referenced, or NULL.
 */
const struct twill_task *twill_task_peek(const struct pid *pid)
{
	const struct twill_task *task;

	hash_for_each_possible_rcu(by_pid, task, hash, (unsigned long)pid)
		if (task->pid == pid)
			return task;
	return NULL;
}

static struct twill_task *look_up(const struct pid *pid)
{
	struct twill_task *task;

	raw_spin_lock(&twill_spin);
	task = __twill_task_find(pid);
	raw_spin_unlock(&twill_spin);
	return task;
}

/**
 * twill_task_of() - the settled task of a thread group
 * @pid: the group's
 *
 * Context: may sleep; caller holds twill_mutex, which keeps the task; takes
 * twill_spin.
 * Return: the task or NULL.
 */
struct twill_task *twill_task_of(const struct pid *pid)
{
	struct twill_task *task;

	lockdep_assert_held(&twill_mutex);
	task = look_up(pid);
	if (task && !task->id) {
		/* Born since the mutex was taken. */
		twill_task_settle();
		task = look_up(pid);
	}
	return task && task->id ? task : NULL;
}

/**
 * twill_task_by_id() - the task of that id
 * @id: Twill id
 *
 * Context: caller holds twill_mutex, which keeps the task.
 * Return: the task or NULL.
 */
struct twill_task *twill_task_by_id(u32 id)
{
	lockdep_assert_held(&twill_mutex);
	return xa_load(&twill_tasks, id);
}

/**
 * twill_member_next() - for twill_for_each_member()
 * @task: whose group
 * @id: of the member before, zero for the first; of the one returned
 *
 * Context: caller holds twill_mutex, which keeps the task.
 * Return: the next member or NULL.
 */
struct twill_task *twill_member_next(struct twill_task *task, unsigned long *id)
{
	struct twill_task *member;

	lockdep_assert_held(&twill_mutex);
	if (!task->group) {
		if (*id)
			return NULL;
		*id = task->id;
		return task;
	}
	while ((member = xa_find_after(&twill_tasks, id, ULONG_MAX, XA_PRESENT)))
		if (twill_same_group(member, task))
			return member;
	return NULL;
}

static int number(struct twill_task *task)
{
	int err;

	if (last_id == U32_MAX)
		return -ENOSPC;
	err = xa_insert(&twill_tasks, last_id + 1, task, GFP_KERNEL_ACCOUNT);
	if (err)
		return err;
	task->id = ++last_id;
	twill_tasks_seq++;
	return 0;
}

/* Enter the hash, paid for by the process's user; whoever administrates may always. */
static int __publish(struct twill_task *task, struct task_struct *leader, const struct cred *cred)
{
	int err;

	lockdep_assert_held(&twill_spin);
	/* The exit probe looks into the hash after the last thread is counted out. */
	if (!atomic_read(&leader->signal->live) || __twill_task_find(task->pid))
		return -ESRCH;
	err = __twill_account_charge(cred, TWILL_QUOTA_TASKS, twill_n_tasks,
				     twill_account_admin(current_cred()), &task->account);
	if (err)
		return err;
	hash_add_rcu(by_pid, &task->hash, (unsigned long)task->pid);
	twill_n_tasks++;
	return 0;
}

static int publish(struct twill_task *task, struct task_struct *leader,
		   struct netlink_ext_ack *ack)
{
	const struct cred *cred = get_task_cred(leader);
	int err;

	raw_spin_lock(&twill_spin);
	err = __publish(task, leader, cred);
	raw_spin_unlock(&twill_spin);
	put_cred(cred);
	if (err == -ESRCH)
		NL_SET_ERR_MSG(ack, "the process has just exited");
	else if (err)
		twill_account_refuse(err, TWILL_QUOTA_TASKS, twill_n_tasks, ack);
	return err;
}

/**
 * twill_task_tag() - tag a process
 * @leader: its leading thread
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex, which keeps the task.
 * Return: the task; -ENOSPC, -EDQUOT, -EUSERS, -ENOMEM; -ESRCH if the process has exited.
 */
struct twill_task *twill_task_tag(struct task_struct *leader, struct netlink_ext_ack *ack)
{
	struct twill_task *task;
	int err;

	lockdep_assert_held(&twill_mutex);
	(void)twill_spares_fill(&twill_reserve, RESERVE_THREADS, RESERVE_TASKS);
	task = twill_task_alloc(GFP_KERNEL_ACCOUNT);
	if (!task)
		return ERR_PTR(-ENOMEM);
	task->pid = get_task_pid(leader, PIDTYPE_TGID);
	task->start_ns = leader->start_boottime;
	task->priority = twill_knobs.default_priority;
	err = number(task);
	if (err)
		goto put_task;
	err = publish(task, leader, ack);
	if (err)
		goto erase;
	return task;

erase:
	xa_erase(&twill_tasks, task->id);
put_task:
	twill_task_put(task);
	return ERR_PTR(err);
}

static void unhash(struct twill_task *task)
{
	lockdep_assert_held(&twill_spin);
	if (hlist_unhashed(&task->hash))
		return;
	hash_del_rcu(&task->hash);
	twill_n_tasks--;
	__twill_account_uncharge(task->account, TWILL_QUOTA_TASKS);
}

/**
 * twill_task_drop() - take the tag off: let go, end jobs, forget
 * @task: a task; gone when this returns
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_task_drop(struct twill_task *task)
{
	lockdep_assert_held(&twill_mutex);
	raw_spin_lock(&twill_spin);
	unhash(task);
	list_del_init(&task->deferred);
	raw_spin_unlock(&twill_spin);

	twill_job_drop_all(task);
	twill_freeze_drop(task);
	twill_place_end(task);
	twill_bind_forget(task);
	twill_unfollow(task, true);
	twill_park_forget(task);
	if (task->id) {
		xa_erase(&twill_tasks, task->id);
		twill_tasks_seq++;
		twill_event_task(task, TWILL_CHANGE_GONE);
	}
	twill_task_put(task);
}

/**
 * __twill_task_inherit() - tag a forked process like its parent
 * @parent: the parent's task
 * @child: a spare task
 * @leader: the forked process, which has not run yet
 * @account: who has paid for it
 *
 * Context: fork probe; caller holds twill_spin.
 */
void __twill_task_inherit(struct twill_task *parent, struct twill_task *child,
			  struct task_struct *leader, struct twill_account *account)
{
	lockdep_assert_held(&twill_spin);
	child->pid = get_pid(task_tgid(leader));
	child->start_ns = leader->start_boottime;
	child->account = account;
	child->cls = parent->cls;
	child->priority = parent->priority;
	child->can_use = parent->can_use;
	child->group = parent->group;
	child->inherit = parent->inherit;
	child->placement = parent->placement;
	hash_add_rcu(by_pid, &child->hash, (unsigned long)child->pid);
	twill_n_tasks++;
	list_add_tail(&child->deferred, &born);
}

/**
 * __twill_task_gone() - a task's process has exited or changed credentials
 * @task: the task
 *
 * Context: exit or exec probe; caller holds twill_spin.
 */
void __twill_task_gone(struct twill_task *task)
{
	lockdep_assert_held(&twill_spin);
	unhash(task);
	task->gone = true;
	list_del(&task->deferred);
	list_add_tail(&task->deferred, &gone);
}

/* Under twill_spin: a follower that follows in nothing any more is let go. */
static bool cut_if_done(struct twill_task *task)
{
	lockdep_assert_held(&twill_spin);
	if (!task->leader || task->follows_freeze || task->follows_place)
		return false;
	list_del_init(&task->follow);
	task->leader = NULL;
	return true;
}

/**
 * twill_follower_take() - end the following of one task that follows another
 * @leader: the other
 * @freeze: in its freeze if true, else in its placement
 *
 * Context: caller holds twill_mutex; takes twill_spin.
 * Return: a follower, with a reference, or NULL when none is left.
 */
struct twill_task *twill_follower_take(struct twill_task *leader, bool freeze)
{
	struct twill_task *task;
	bool cut = false;

	lockdep_assert_held(&twill_mutex);
	raw_spin_lock(&twill_spin);
	list_for_each_entry(task, &leader->followers, follow)
		if (freeze ? task->follows_freeze : task->follows_place)
			goto found;
	task = NULL;
	goto unlock;
found:
	if (freeze)
		task->follows_freeze = false;
	else
		task->follows_place = false;
	twill_task_get(task);
	cut = cut_if_done(task);
unlock:
	raw_spin_unlock(&twill_spin);
	if (cut)
		twill_task_put(leader);
	return task;
}

/**
 * twill_unfollow() - follow another task no more
 * @task: a task
 * @freeze: true if not in its freeze either
 *
 * Context: caller holds twill_mutex; takes twill_spin.
 */
void twill_unfollow(struct twill_task *task, bool freeze)
{
	struct twill_task *leader;
	bool cut;

	lockdep_assert_held(&twill_mutex);
	raw_spin_lock(&twill_spin);
	leader = task->leader;
	if (freeze)
		task->follows_freeze = false;
	task->follows_place = false;
	cut = cut_if_done(task);
	raw_spin_unlock(&twill_spin);
	if (cut)
		twill_task_put(leader);
}

static struct twill_task *take(struct list_head *list)
{
	struct twill_task *task;

	raw_spin_lock(&twill_spin);
	task = list_first_entry_or_null(list, struct twill_task, deferred);
	if (task)
		list_del_init(&task->deferred);
	raw_spin_unlock(&twill_spin);
	return task;
}

static void settle_born(struct twill_task *task)
{
	if (number(task)) {
		twill_task_drop(task);
		return;
	}
	(void)twill_freeze_update(task);
	twill_bind_born(task);
	twill_event_task(task, TWILL_CHANGE_NEW);
}

/**
 * twill_task_settle_born() - number the tasks born since
 *
 * Drops no task that has a number: what a request has looked up stays.
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_task_settle_born(void)
{
	struct twill_task *task;

	lockdep_assert_held(&twill_mutex);
	while ((task = take(&born)))
		settle_born(task);
}

/**
 * twill_task_settle() - number the tasks born since, drop those that are gone
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_task_settle(void)
{
	struct twill_task *task;

	lockdep_assert_held(&twill_mutex);
	twill_task_settle_born();
	while ((task = take(&gone)))
		twill_task_drop(task);
	if (twill_n_tasks)
		(void)twill_spares_fill(&twill_reserve, RESERVE_THREADS, RESERVE_TASKS);
}

/**
 * twill_task_fini() - drop all tasks
 *
 * Context: may sleep; the probes and all requests are gone.
 */
void twill_task_fini(void)
{
	struct twill_task *task;
	unsigned long id;

	twill_lock();
	xa_for_each(&twill_tasks, id, task)
		twill_task_drop(task);
	twill_unlock();
	xa_destroy(&twill_tasks);
}
