// SPDX-License-Identifier: GPL-2.0-only
/*
 * freeze.c - who holds a task frozen, and for how long.
 *
 * A task is frozen while at least one lease holds it, or while the task that
 * it was forked from in mid-freeze is. Tasks of one group are held and let go
 * together. Whatever is renewed, freeze_max_ms ends a continuous freeze.
 *
 * The cgroup freezer wins. It tells nobody when it starts, so while a task is
 * frozen it is looked at whether the freezer waits for its threads: several
 * times within the second in which "frozen 1" is promised.
 */
#include <linux/delay.h>
#include <linux/slab.h>

#include "gate.h"
#include "trace.h"

#define STOP_TRIES	1000	/* milliseconds for SIGSTOP to take effect */
#define LOOK_NS		(200 * NSEC_PER_MSEC)	/* between looks for the cgroup freezer */
#define GROUP_PASSES	32	/* over a group that forks while it is frozen */

static bool stopped(struct task_struct *leader)
{
	struct task_struct *p;
	bool all = true;

	rcu_read_lock();
	for_each_thread(leader, p)
		if (!(READ_ONCE(p->flags) & PF_EXITING) && !task_is_stopped_or_traced(p) &&
		    task_state_to_char(p) != 'D')
			all = false;
	rcu_read_unlock();
	return all;
}

/* The fallback where task works cannot be had: visible to the parent, and interrupts sleeps. */
static int stop(struct twill_task *task)
{
	struct task_struct *leader = get_pid_task(task->pid, PIDTYPE_TGID);
	int i, err;

	if (!leader)
		return -ESRCH;
	raw_spin_lock(&twill_spin);
	task->frozen = true;
	raw_spin_unlock(&twill_spin);
	err = kill_pid(task->pid, SIGSTOP, 1);
	for (i = 0; !err && !stopped(leader); i++) {
		if (i == STOP_TRIES)
			err = -ETIMEDOUT;
		usleep_range(500, 1000);
	}
	put_task_struct(leader);
	if (err)
		kill_pid(task->pid, SIGCONT, 1);
	return err;
}

static int hold(struct twill_task *task)
{
	u64 begin = trace_twill_freeze_enabled() ? ktime_get_ns() : 0;
	int err;

	if (!task->frozen)
		task->by_signal = twill_knobs.freeze_backend == TWILL_BACKEND_SIGNAL;
	err = task->by_signal ? stop(task) : twill_park(task);
	if (begin)
		trace_twill_freeze(task, ktime_get_ns() - begin, err);
	if (err)
		return err;
	task->frozen_since = twill_now();
	task->freezes++;
	twill_n_frozen++;
	twill_lease_watch(task->frozen_since + LOOK_NS);
	return 0;
}

static void release(struct twill_task *task)
{
	struct twill_task *follower;

	twill_unpark(task);
	if (task->by_signal)
		kill_pid(task->pid, SIGCONT, 1);
	if (task->frozen_since) {
		trace_twill_thaw(task, twill_now() - task->frozen_since);
		task->frozen_ns += twill_now() - task->frozen_since;
		task->frozen_since = 0;
		task->yields = false;
		twill_n_frozen--;
	}
	while ((follower = twill_follower_take(task, true))) {
		(void)twill_freeze_update(follower);
		twill_task_put(follower);
	}
}

/**
 * twill_freeze_held() - whether a lease, or the task it was forked from, has a task frozen
 * @task: a task
 *
 * Context: caller holds twill_mutex.
 * Return: true if so, whatever a gate says.
 */
bool twill_freeze_held(const struct twill_task *task)
{
	lockdep_assert_held(&twill_mutex);
	return task->owners || (task->follows_freeze && task->leader->frozen);
}

/**
 * twill_freeze_update() - freeze or thaw a task as its holders, leader and gates say
 * @task: a task
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: 0; an error of twill_park() or of the signal, with the task running.
 */
int twill_freeze_update(struct twill_task *task)
{
	bool want, changed;
	int err = 0;

	lockdep_assert_held(&twill_mutex);
	want = twill_freeze_held(task) || twill_gate_holds(task);
	changed = want != (task->frozen_since != 0);
	if (want && !task->frozen_since)
		err = hold(task);
	if ((!want || err) && task->frozen)
		release(task);
	if (changed && !err && task->id)
		twill_event_task(task, TWILL_CHANGE_CHANGED);
	/* A preempted job may be let in when the last lease lets go, though nothing thaws yet. */
	if (!err && (changed || task->preempted))
		twill_gate_frozen(task, changed);
	return err;
}

static struct twill_lease *find_hold(const struct twill_task *task, const struct twill_owner *owner)
{
	struct twill_lease *held;

	list_for_each_entry(held, &task->holds, by_task)
		if (held->owner == owner)
			return held;
	return NULL;
}

static void unhold(struct twill_lease *held)
{
	held->task->owners--;
	list_del(&held->by_task);
	twill_lease_stop(held);
	kfree(held);
}

/**
 * twill_hold_end() - end one lease on a frozen task
 * @held: the lease; freed
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_hold_end(struct twill_lease *held)
{
	struct twill_task *task = held->task;

	unhold(held);
	(void)twill_freeze_update(task);
}

static int refuse(const struct twill_owner *owner, const struct twill_task *task,
		  struct netlink_ext_ack *ack)
{
	if (task->pid == task_tgid(current) || task->pid == owner->tgid) {
		NL_SET_ERR_MSG(ack, "a process cannot freeze itself: ask from another process");
		return -EDEADLK;
	}
	if (twill_agent.owner && task->pid == twill_agent.owner->tgid) {
		NL_SET_ERR_MSG(ack, "the agent is never frozen: it is who would thaw the others");
		return -EPERM;
	}
	if (pid_nr(task->pid) == 1) {
		NL_SET_ERR_MSG(ack, "the init process is never frozen");
		return -EPERM;
	}
	return 0;
}

static int add_hold(struct twill_owner *owner, struct twill_task *task, u64 deadline,
		    struct netlink_ext_ack *ack)
{
	struct twill_lease *held = find_hold(task, owner);
	int err;

	if (held) {
		twill_lease_renew(held, deadline);
		return 0;
	}
	held = kzalloc(sizeof(*held), GFP_KERNEL_ACCOUNT);
	if (!held)
		return -ENOMEM;
	err = twill_lease_start(held, owner, TWILL_LEASE_FREEZE, deadline, ack);
	if (err) {
		kfree(held);
		return err;
	}
	held->fresh = true;
	held->task = task;
	list_add_tail(&held->by_task, &task->holds);
	task->owners++;
	err = twill_freeze_update(task);
	if (err == -ETIMEDOUT)
		NL_SET_ERR_MSG(ack, "SIGSTOP did not stop the process in time");
	else if (err == -ESRCH)
		NL_SET_ERR_MSG(ack, "the process has just exited");
	return err;
}

static void settle_fresh(struct twill_owner *owner, struct twill_task *task, bool undo)
{
	struct twill_lease *held;
	struct twill_task *member;
	unsigned long id;

	twill_for_each_member(member, id, task) {
		held = find_hold(member, owner);
		if (!held || !held->fresh)
			continue;
		held->fresh = false;
		if (undo)
			twill_hold_end(held);
	}
}

/* One pass over a group; @fresh says whether it found a member not held before. */
static int hold_group(struct twill_owner *owner, struct twill_task *task, u64 deadline,
		      struct netlink_ext_ack *ack, bool *fresh)
{
	struct twill_task *member;
	unsigned long id;
	int err;

	*fresh = false;
	twill_for_each_member(member, id, task) {
		*fresh |= !find_hold(member, owner);
		err = add_hold(owner, member, deadline, ack);
		/* Of a group, a member that exits this moment is no obstacle. */
		if (err && (err != -ESRCH || member == task))
			return err;
	}
	return 0;
}

/**
 * twill_freeze() - hold a task and its group frozen under an owner's lease
 * @owner: who
 * @task: one of the group
 * @deadline: end of the lease, twill_now()
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex and has checked permission.
 * Return: 0, with every member quiesced; -EDEADLK, -EPERM, -ENOSPC, -ENOMEM,
 * -ESRCH, -ETIMEDOUT, -EBUSY, with nothing changed.
 */
int twill_freeze(struct twill_owner *owner, struct twill_task *task, u64 deadline,
		 struct netlink_ext_ack *ack)
{
	struct twill_task *member;
	unsigned int passes = 0;
	unsigned long id;
	bool fresh;
	int err = 0;

	lockdep_assert_held(&twill_mutex);
	twill_for_each_member(member, id, task) {
		err = refuse(owner, member, ack);
		if (err)
			return err;
	}
	/*
	 * A member not yet held may have forked while another one was being
	 * frozen: the child is of the group, has no number yet, and runs. Done
	 * when a pass finds nobody new: then whatever was born after the pass
	 * before is the child of a frozen task, and held since its birth.
	 */
	do {
		twill_task_settle_born();
		err = hold_group(owner, task, deadline, ack, &fresh);
		if (!err && fresh && ++passes == GROUP_PASSES) {
			NL_SET_ERR_MSG(ack, "the group forks faster than it can be frozen");
			err = -EBUSY;
		}
	} while (!err && fresh && task->group);
	settle_fresh(owner, task, err);
	return err;
}

/**
 * twill_thaw() - drop an owner's freeze of a task and its group
 * @owner: who, or NULL if the sender owns nothing
 * @task: one of the group
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: 0; -ENOENT if the owner does not hold it.
 */
int twill_thaw(struct twill_owner *owner, struct twill_task *task, struct netlink_ext_ack *ack)
{
	struct twill_task *member;
	struct twill_lease *held;
	unsigned long id;
	int n = 0;

	lockdep_assert_held(&twill_mutex);
	twill_for_each_member(member, id, task) {
		held = find_hold(member, owner);
		if (!held)
			continue;
		twill_hold_end(held);
		n++;
	}
	if (n)
		return 0;
	NL_SET_ERR_MSG(ack, "this socket does not hold the task frozen");
	return -ENOENT;
}

/**
 * twill_freeze_drop() - end everything that keeps a task frozen
 * @task: a task
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_freeze_drop(struct twill_task *task)
{
	struct twill_lease *held, *next;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry_safe(held, next, &task->holds, by_task)
		unhold(held);
	raw_spin_lock(&twill_spin);
	task->follows_freeze = false;
	raw_spin_unlock(&twill_spin);
	if (task->frozen) {
		release(task);
		twill_gate_frozen(task, true);
	}
}

/* Let the cgroup freezer have the threads that it wants; whether it holds any, or is about to. */
static bool yield_to_trap(struct twill_task *task)
{
	struct twill_thread *thread;
	bool held = false;

	raw_spin_lock(&twill_spin);
	list_for_each_entry(thread, &task->threads, node) {
		held |= READ_ONCE(thread->thread->jobctl) & JOBCTL_TRAP_FREEZE;
		if (thread->parked && twill_trap_waits(thread->thread))
			wake_up_process(thread->thread);
	}
	raw_spin_unlock(&twill_spin);
	return held;
}

/* Whether the cgroup freezer holds it is not in the task's attributes, but tell of the change. */
static void look(struct twill_task *task)
{
	bool yields = !task->by_signal && yield_to_trap(task);

	if (yields == task->yields)
		return;
	task->yields = yields;
	twill_event_task(task, TWILL_CHANGE_CHANGED);
}

/**
 * twill_freeze_expire() - thaw what has been frozen for too long, and let the
 * cgroup freezer have what it wants
 * @now: twill_now()
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: when to look again, U64_MAX while nothing is frozen.
 */
u64 twill_freeze_expire(u64 now)
{
	u64 max = (u64)twill_knobs.freeze_max_ms * NSEC_PER_MSEC;
	struct twill_task *task;
	u64 next = U64_MAX;
	unsigned long id;

	lockdep_assert_held(&twill_mutex);
	xa_for_each(&twill_tasks, id, task) {
		if (!task->frozen_since)
			continue;
		if (max && task->frozen_since + max <= now) {
			twill_gate_release(task);
			twill_freeze_drop(task);
			twill_event_task(task, TWILL_CHANGE_CHANGED);
			continue;
		}
		look(task);
		next = min(next, now + LOOK_NS);
		if (max)
			next = min(next, task->frozen_since + max);
	}
	return next;
}
