// SPDX-License-Identifier: GPL-2.0-only
/*
 * stray.c - forks and clones that have copied a mask which is not to stay.
 *
 * The fork probe cannot change a mask: it notes whom to look at, and the
 * settling work does.
 */
#include "twill.h"

/*
 * A process with a fork or clone whose mask is not to stay: forked by a bound
 * task that does not inherit, or under way while a binding began or ended.
 */
struct stray {
	struct pid *pid;
	struct twill_bind *bind;
};

#define STRAYS_MAX	64

static struct stray strays[STRAYS_MAX];	/* twill_spin */
static unsigned int n_strays;		/* twill_spin */

static void add_stray(struct twill_bind *bind, struct task_struct *p)
{
	struct stray *stray = &strays[n_strays];

	lockdep_assert_held(&twill_spin);
	/* More than these between two runs of a work keep the mask they have. */
	if (n_strays == STRAYS_MAX)
		return;
	n_strays++;
	stray->pid = get_pid(task_tgid(p));
	stray->bind = twill_bind_get(bind);
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
	add_stray(parent->bind, child);
}

/**
 * __twill_bind_caught() - did a binding begin or end while a fork was under way?
 * @task: of the parent
 * @parent: the forking thread
 * @child: the new one, whose mask was copied when the fork began
 *
 * A thread that is not yet on the list of threads is missed by who changes the
 * masks; so the fork itself looks whether the two are still the same.
 *
 * Context: fork probe; caller holds twill_spin.
 * Return: true if there is something to settle.
 */
bool __twill_bind_caught(struct twill_task *task, struct task_struct *parent,
			 struct task_struct *child)
{
	struct twill_bind *bind = task->past ?: task->bind;

	lockdep_assert_held(&twill_spin);
	if (!bind || cpumask_equal(&parent->cpus_mask, &child->cpus_mask))
		return false;
	add_stray(bind, child);
	return true;
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
 * twill_bind_settle() - give strays the mask they should have
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_bind_settle(void)
{
	struct twill_task *task;
	struct stray stray;

	lockdep_assert_held(&twill_mutex);
	while (take_stray(&stray)) {
		task = twill_task_of(stray.pid);
		twill_bind_fix(stray.pid, task ? task->bind : NULL, stray.bind);
		put_pid(stray.pid);
		twill_bind_put(stray.bind);
	}
}
