// SPDX-License-Identifier: GPL-2.0-only
/*
 * taskwork.c - put an entry on a thread's list of works, and take it off.
 *
 * The kernel runs the callbacks on task->task_works when the thread is about
 * to return to user mode, and when it exits. task_work_add() is not exported,
 * so this speaks the list's protocol itself, the same on every kernel: entries
 * are pushed by cmpxchg; task_work_run() takes the whole list by cmpxchg; a
 * canceller holds pi_lock, which task_work_run() takes once after it has taken
 * the list; and a thread that is past its last run has a sentinel there, whose
 * address is learnt at load from kernel threads that have exited.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/task_work.h>

#include "twill.h"

#define LEARN_TRIES	1000	/* milliseconds for a thread to finish its exit */

static const struct callback_head *sentinel;

/**
 * twill_taskwork_add() - have a thread run a callback before it next reaches user mode
 * @task: the thread
 * @work: entry, on no list
 * @kick: interrupt the thread if it runs; without, it runs on in user mode
 *	until something else does
 *
 * Does not wake the thread if it sleeps. When this returns, the entry and the
 * thread's flag are visible to it: there is a full barrier after each.
 *
 * Context: any; takes no lock. twill_spin may be held.
 * Return: 0; -ESRCH if the thread will run no more works.
 */
int twill_taskwork_add(struct task_struct *task, struct callback_head *work, bool kick)
{
	struct callback_head *head;

	do {
		head = READ_ONCE(task->task_works);
		if (head == sentinel)
			return -ESRCH;
		work->next = head;
	} while (cmpxchg(&task->task_works, head, work) != head);
	if (kick) {
		set_notify_resume(task);
		return 0;
	}
	set_tsk_thread_flag(task, TIF_NOTIFY_RESUME);
	smp_mb__after_atomic();	/* before whether it runs is looked at */
	return 0;
}

/**
 * twill_taskwork_cancel() - take an entry off a thread's list
 * @task: the thread
 * @work: entry
 *
 * Context: any; takes pi_lock. twill_spin may be held.
 * Return: true if it was on the list; false if the thread has taken it off
 * and has run it or is about to.
 */
bool twill_taskwork_cancel(struct task_struct *task, struct callback_head *work)
{
	struct callback_head **pprev = &task->task_works;
	struct callback_head *at;
	unsigned long flags;
	bool found = false;

	raw_spin_lock_irqsave(&task->pi_lock, flags);
	while ((at = READ_ONCE(*pprev))) {
		if (at != work) {
			pprev = &at->next;
			continue;
		}
		/*
		 * Fails if an entry was pushed before it or the list was
		 * taken: then look again from here.
		 */
		if (cmpxchg(pprev, at, READ_ONCE(at->next)) == at) {
			found = true;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&task->pi_lock, flags);
	return found;
}

static int idle_thread(void *unused)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

/*
 * What is left on the list of a thread that has exited. kthread_stop() returns
 * before the thread has run its last works, and nothing tells when it has.
 */
static const struct callback_head *learn(void)
{
	const struct callback_head *left = NULL;
	struct task_struct *p;
	int i;

	p = kthread_create(idle_thread, NULL, "twill_learn");
	if (IS_ERR(p))
		return NULL;
	get_task_struct(p);
	wake_up_process(p);
	kthread_stop(p);
	for (i = 0; i < LEARN_TRIES && !left; i++) {
		left = READ_ONCE(p->task_works);
		if (!left)
			usleep_range(500, 1000);
	}
	put_task_struct(p);
	return left;
}

static void probe_cb(struct callback_head *work)
{
}

/* The protocol holds on this kernel: an entry goes on our own list and off again. */
static bool works_here(void)
{
	struct callback_head entry;

	init_task_work(&entry, probe_cb);
	if (twill_taskwork_add(current, &entry, false))
		return false;
	return twill_taskwork_cancel(current, &entry);
}

/**
 * twill_taskwork_init() - learn the sentinel and try the protocol out
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP if this kernel does not behave as expected.
 */
int twill_taskwork_init(void)
{
	const struct callback_head *first = learn(), *second = learn();

	if (!first || first != second || first->next)
		return -EOPNOTSUPP;
	sentinel = first;
	return works_here() ? 0 : -EOPNOTSUPP;
}
