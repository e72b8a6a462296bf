// SPDX-License-Identifier: GPL-2.0-only
/*
 * spare.c - objects kept ready for the fork probe.
 *
 * A probe may run with preemption off and, on a real-time kernel, allocate
 * nothing at all. A frozen task has its own spares, enough for each of its
 * threads to be in one fork; all other forks draw on the reserve, which is
 * filled up again whenever the state is settled.
 */
#include <linux/slab.h>

#include "twill.h"

struct twill_spares twill_reserve = {
	.threads = LIST_HEAD_INIT(twill_reserve.threads),
	.tasks = LIST_HEAD_INIT(twill_reserve.tasks),
};

static int add_thread(struct twill_spares *spares)
{
	struct twill_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL_ACCOUNT);

	if (!thread)
		return -ENOMEM;
	raw_spin_lock(&twill_spin);
	list_add(&thread->node, &spares->threads);
	spares->n_threads++;
	raw_spin_unlock(&twill_spin);
	return 0;
}

static int add_task(struct twill_spares *spares)
{
	struct twill_task *task = twill_task_alloc(GFP_KERNEL_ACCOUNT);

	if (!task)
		return -ENOMEM;
	raw_spin_lock(&twill_spin);
	list_add(&task->deferred, &spares->tasks);
	spares->n_tasks++;
	raw_spin_unlock(&twill_spin);
	return 0;
}

/**
 * twill_spares_fill() - have at least so many spares
 * @spares: which
 * @threads: wanted
 * @tasks: wanted
 *
 * Context: may sleep. Caller holds twill_mutex; takes twill_spin.
 * Return: 0; -ENOMEM, with what could be had in place.
 */
int twill_spares_fill(struct twill_spares *spares, unsigned int threads, unsigned int tasks)
{
	int err = 0;

	lockdep_assert_held(&twill_mutex);
	while (!err && READ_ONCE(spares->n_threads) < threads)
		err = add_thread(spares);
	while (!err && READ_ONCE(spares->n_tasks) < tasks)
		err = add_task(spares);
	return err;
}

/**
 * twill_spares_trim() - free all spares if there are far more than are needed
 * @spares: which
 * @threads: needed
 * @tasks: needed
 *
 * What a freeze needs is kept for the next one, unless most of the threads that
 * it was for are gone.
 *
 * Context: may sleep. Caller holds twill_mutex; takes twill_spin.
 */
void twill_spares_trim(struct twill_spares *spares, unsigned int threads, unsigned int tasks)
{
	lockdep_assert_held(&twill_mutex);
	if (READ_ONCE(spares->n_threads) > 2 * threads || READ_ONCE(spares->n_tasks) > 2 * tasks)
		twill_spares_drain(spares);
}

/**
 * twill_spares_drain() - free all spares
 * @spares: which
 *
 * Context: takes twill_spin.
 */
void twill_spares_drain(struct twill_spares *spares)
{
	struct twill_thread *thread, *t;
	struct twill_task *task, *k;
	LIST_HEAD(threads);
	LIST_HEAD(tasks);

	raw_spin_lock(&twill_spin);
	list_splice_init(&spares->threads, &threads);
	list_splice_init(&spares->tasks, &tasks);
	spares->n_threads = 0;
	spares->n_tasks = 0;
	raw_spin_unlock(&twill_spin);

	list_for_each_entry_safe(thread, t, &threads, node)
		kfree(thread);
	list_for_each_entry_safe(task, k, &tasks, deferred) {
		list_del_init(&task->deferred);
		twill_task_put(task);
	}
}

/**
 * __twill_spare_thread() - take a spare thread entry
 * @spares: from where first; the reserve is next
 *
 * Context: any; caller holds twill_spin.
 * Return: the entry, or NULL.
 */
struct twill_thread *__twill_spare_thread(struct twill_spares *spares)
{
	struct twill_thread *thread;

	lockdep_assert_held(&twill_spin);
	if (!spares->n_threads)
		spares = &twill_reserve;
	thread = list_first_entry_or_null(&spares->threads, struct twill_thread, node);
	if (!thread)
		return NULL;
	spares->n_threads--;
	list_del_init(&thread->node);
	return thread;
}

/**
 * __twill_spare_task() - take a spare task
 * @spares: from where first; the reserve is next
 *
 * Context: any; caller holds twill_spin.
 * Return: the task, with one reference, or NULL.
 */
struct twill_task *__twill_spare_task(struct twill_spares *spares)
{
	struct twill_task *task;

	lockdep_assert_held(&twill_spin);
	if (!spares->n_tasks)
		spares = &twill_reserve;
	task = list_first_entry_or_null(&spares->tasks, struct twill_task, deferred);
	if (!task)
		return NULL;
	spares->n_tasks--;
	list_del_init(&task->deferred);
	return task;
}
