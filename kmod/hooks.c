// SPDX-License-Identifier: GPL-2.0-only
/*
 * hooks.c - follow forks, execs and exits.
 *
 * The tracepoints are not exported, but every kernel lets a module walk over
 * them and register by address. A probe runs in the forking or exiting thread,
 * up to 6.12 with preemption off: it takes twill_spin for a bounded time,
 * allocates nothing on a real-time kernel, and leaves the rest to be settled.
 */
#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/tracepoint.h>
#include <trace/events/sched.h>

#include "twill.h"

/* A child process of a frozen task is held before it has run once. */
static void freeze_child(struct twill_task *parent, struct twill_task *child,
			 struct task_struct *p)
{
	struct twill_thread *thread;

	lockdep_assert_held(&twill_spin);
	child->frozen = true;
	child->by_signal = parent->by_signal;
	child->follows_freeze = true;
	/*
	 * Stopped by the signal when it is settled. Were it parked as well, it
	 * would never stop, and the settler would wait for it in vain.
	 */
	if (child->by_signal)
		return;
	thread = __twill_spare_thread(&parent->spares);
	if (thread)
		__twill_thread_attach(child, thread, p);
	else
		child->missed = true;	/* held when it is settled */
}

static void follow(struct twill_task *parent, struct twill_task *child)
{
	lockdep_assert_held(&twill_spin);
	twill_task_get(parent);
	child->leader = parent;
	list_add_tail(&child->follow, &parent->followers);
}

static void inherit(struct twill_task *parent, struct twill_task *child, struct task_struct *p)
{
	lockdep_assert_held(&twill_spin);
	if (parent->frozen)
		freeze_child(parent, child, p);
	if (parent->bind || parent->placement)
		__twill_bind_share(parent, child);
	if (child->follows_freeze || child->follows_place)
		follow(parent, child);
}

static void new_thread(struct twill_task *task, struct task_struct *p)
{
	struct twill_thread *thread;

	lockdep_assert_held(&twill_spin);
	if (!task->frozen || task->by_signal)
		return;
	/*
	 * A clone is on the list of threads before its probe runs, so a walk
	 * may have been here first. The exit probe expects one entry a thread.
	 */
	if (__twill_thread_held(p))
		return;
	thread = __twill_spare_thread(&task->spares);
	if (thread)
		__twill_thread_attach(task, thread, p);
	else
		task->missed = true;
}

/* A place for a forked process to be tagged: its user pays, the administrator's rest stays. */
static bool charge(struct task_struct *child, struct twill_account **account)
{
	int err;

	rcu_read_lock();
	err = __twill_account_charge(__task_cred(child), TWILL_QUOTA_TASKS, twill_n_tasks, false,
				     account);
	rcu_read_unlock();
	return !err;
}

/* What is to be done outside the lock. */
enum todo {
	TODO_NOTHING,
	TODO_KICK,
	TODO_KICK_LATER,
	TODO_SPARE,	/* come back with a task in hand */
};

static enum todo todo(bool kick)
{
	return kick ? TODO_KICK : TODO_NOTHING;
}

static enum todo forked(struct task_struct *parent, struct task_struct *child,
			struct twill_task **spare)
{
	struct twill_task *task, *tagged;
	struct twill_account *account;

	lockdep_assert_held(&twill_spin);
	task = __twill_task_find(task_tgid(parent));
	if (!task)
		return TODO_NOTHING;
	if (same_thread_group(parent, child)) {
		new_thread(task, child);
		return todo(__twill_bind_caught(task, parent, child));
	}
	/*
	 * At the limit no spare is taken: there would be nothing to do with it
	 * but to free it, which a probe must not on a real-time kernel.
	 */
	if (!task->inherit || !charge(child, &account)) {
		if (__twill_bind_caught(task, parent, child))
			return TODO_KICK;
		if (task->bind)
			__twill_bind_stray(task, child);
		return todo(task->bind);
	}
	tagged = *spare ? *spare : __twill_spare_task(&task->spares);
	*spare = NULL;
	if (!tagged) {
		__twill_account_uncharge(account, TWILL_QUOTA_TASKS);
		return TODO_SPARE;
	}
	__twill_task_inherit(task, tagged, child, account);
	inherit(task, tagged, child);
	if (task->bind || __twill_bind_caught(task, parent, child) || task->frozen)
		return TODO_KICK;
	return TODO_KICK_LATER;
}

static void kick(enum todo todo)
{
	if (todo == TODO_KICK)
		twill_kick();
	else if (todo == TODO_KICK_LATER)
		twill_kick_later();
}

static void probe_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	struct twill_task *spare = NULL;
	enum todo todo;

	if (!READ_ONCE(twill_n_tasks))
		return;
	raw_spin_lock(&twill_spin);
	todo = forked(parent, child, &spare);
	raw_spin_unlock(&twill_spin);
	if (todo == TODO_SPARE && !IS_ENABLED(CONFIG_PREEMPT_RT)) {
		spare = twill_task_alloc(GFP_NOWAIT | __GFP_NOWARN);
		if (!spare)
			return;
		raw_spin_lock(&twill_spin);
		todo = forked(parent, child, &spare);
		raw_spin_unlock(&twill_spin);
	}
	kick(todo);
	/* Nobody needed it: at the limit by now, or the parent is tagged no more. */
	if (spare)
		twill_task_put(spare);
}

/* Tag and leases outlive an exec, unless it changes who the process is. */
static void probe_exec(void *data, struct task_struct *p, pid_t old_pid,
		       struct linux_binprm *bprm)
{
	struct twill_task *task;
	bool kick = false;

	if (!bprm->secureexec)
		return;
	raw_spin_lock(&twill_spin);
	task = __twill_task_find(task_tgid(p));
	if (task)
		__twill_task_gone(task);
	__twill_owner_exit(task_tgid(p), &kick);
	raw_spin_unlock(&twill_spin);
	if (task || kick)
		twill_kick();
}

static void exited(struct task_struct *p)
{
	struct twill_task *task = NULL;
	bool urgent = false, thread;

	raw_spin_lock(&twill_spin);
	thread = __twill_thread_exit(p);
	/*
	 * Two threads may both see that none is left; the second finds
	 * nothing. A thread that is counted out never reaches user mode.
	 */
	if (!atomic_read(&p->signal->live)) {
		task = __twill_task_find(task_tgid(p));
		if (task)
			__twill_task_gone(task);
		__twill_owner_exit(task_tgid(p), &urgent);
	}
	/* Others may wait for the accelerators that it had, or follow it. */
	urgent |= task && (READ_ONCE(task->n_jobs) || task->frozen || task->bind ||
			   !list_empty(&task->followers));
	raw_spin_unlock(&twill_spin);
	if (urgent)
		twill_kick();
	else if (task || thread)
		twill_kick_later();
}

#ifdef TWILL_EXIT_HAS_GROUP_DEAD
static void probe_exit(void *data, struct task_struct *p, bool group_dead)
#else
static void probe_exit(void *data, struct task_struct *p)
#endif
{
	exited(p);
}

static struct hook {
	const char *name;
	void *probe;
	struct tracepoint *tp;
} hooks[] = {
	{ "sched_process_fork", probe_fork },
	{ "sched_process_exec", probe_exec },
	{ "sched_process_exit", probe_exit },
};

/* Calls through a probe of another type would crash: have the compiler compare. */
static __maybe_unused void check_types(void)
{
	check_trace_callback_type_sched_process_fork(probe_fork);
	check_trace_callback_type_sched_process_exec(probe_exec);
	check_trace_callback_type_sched_process_exit(probe_exit);
}

static void match(struct tracepoint *tp, void *data)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(tp->name, hooks[i].name))
			hooks[i].tp = tp;
}

static void unregister(int n)
{
	while (n--)
		tracepoint_probe_unregister(hooks[n].tp, hooks[n].probe, NULL);
	tracepoint_synchronize_unregister();
}

/**
 * twill_hooks_init() - register the probes
 *
 * Context: may sleep.
 * Return: 0; -ENOENT if the kernel lacks a tracepoint; -ENOMEM.
 */
int twill_hooks_init(void)
{
	int i, err;

	for_each_kernel_tracepoint(match, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		err = hooks[i].tp ? tracepoint_probe_register(hooks[i].tp, hooks[i].probe, NULL) :
				    -ENOENT;
		if (err) {
			pr_err("twill: tracepoint %s: error %d\n", hooks[i].name, err);
			unregister(i);
			return err;
		}
	}
	return 0;
}

/**
 * twill_hooks_fini() - unregister the probes and wait until none runs
 *
 * Context: may sleep.
 */
void twill_hooks_fini(void)
{
	unregister(ARRAY_SIZE(hooks));
}
