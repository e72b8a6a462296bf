// SPDX-License-Identifier: GPL-2.0-only
/*
 * park.c - hold the threads of a task at the boundary to user mode.
 *
 * Each thread of a frozen task has an entry on its list of task works, whose
 * callback sleeps until the thaw. System calls under way finish first, nothing
 * is interrupted, no signal is sent. Everything about an entry is decided under
 * twill_spin: whether it is queued, whether the thread parks, whether a parked
 * thread may leave. So an entry is never touched while it is on a list that
 * task_work_run() walks, and no wake-up is lost.
 *
 * The cgroup freezer (version 2) counts a thread as frozen once that waits in
 * the freezer's own trap, and it wakes interruptible sleepers only. So a parked
 * thread that the freezer wants is woken by the work that looks at deadlines,
 * and leaves: on its way to user mode comes the trap, which it cannot pass. Its
 * entry is queued anew from outside, because task_work_run() would find one
 * that the callback queues and run it for ever; then the thread parks when the
 * freezer lets it out. Inside the trap a thread counts as frozen already, and
 * may park there.
 *
 * New threads: "frozen" is set before the threads are walked. A clone that the
 * walk misses has not yet run its fork probe, which takes twill_spin and then
 * sees "frozen".
 */
#include <linux/hashtable.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/task_work.h>
#include <linux/wait.h>

#include "twill.h"

/*
 * Times an entry makes way for others; then it parks all the same. A work may
 * queue another: a socket that is closed closes the sockets in its queue, as
 * deep as anyone has nested them. The end is for entries that make way as well.
 */
#define MAX_PASSES	10000

#define BATCH	64	/* threads looked at in one section of twill_spin */

static DEFINE_HASHTABLE(threads, 8);	/* attached, by thread; twill_spin */
static LIST_HEAD(dead);			/* to be freed when settled; twill_spin */
static LIST_HEAD(yielded);		/* to be queued anew when settled; twill_spin */
/* Entries that are queued or whose callback has not returned. */
static atomic_t outstanding = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(outstanding_wait);

static void thread_free(struct twill_thread *thread)
{
	put_task_struct(thread->thread);
	twill_task_put(thread->task);
	kfree(thread);
}

static struct twill_thread *find(const struct task_struct *p)
{
	struct twill_thread *thread;

	lockdep_assert_held(&twill_spin);
	hash_for_each_possible(threads, thread, hash, (unsigned long)p)
		if (thread->thread == p)
			return thread;
	return NULL;
}

/* Without @kick a thread in user mode stays there until something interrupts it. */
static __always_inline void arm(struct twill_thread *thread, bool kick)
{
	lockdep_assert_held(&twill_spin);
	if (thread->queued || thread->parked)
		return;
	thread->queued = true;
	atomic_inc(&outstanding);
	if (twill_taskwork_add(thread->thread, &thread->work, kick)) {
		thread->queued = false;
		atomic_dec(&outstanding);
	}
}

static void disarm(struct twill_thread *thread)
{
	lockdep_assert_held(&twill_spin);
	if (thread->queued && twill_taskwork_cancel(thread->thread, &thread->work)) {
		thread->queued = false;
		atomic_dec(&outstanding);
	}
	/* Not cancelled: the callback is about to run and will see what holds now. */
}

static bool wanted(const struct twill_thread *thread)
{
	return thread->task->frozen && !thread->detached && !(current->flags & PF_EXITING) &&
	       !fatal_signal_pending(current);
}

static bool may_park(const struct twill_thread *thread)
{
	return wanted(thread) && !twill_trap_waits(current);
}

/* Sleep until thawed or killed. The state is set and waited on under twill_spin. */
static void sleep_parked(struct twill_thread *thread)
	__must_hold(&twill_spin)
{
	thread->parked = true;
	thread->task->n_parked++;
	while (may_park(thread)) {
		set_current_state(TWILL_TASK_PARKED);
		raw_spin_unlock(&twill_spin);
		twill_freezer_skip();
		schedule();
		twill_freezer_count();
		raw_spin_lock(&twill_spin);
	}
	__set_current_state(TASK_RUNNING);
	thread->task->n_parked--;
	thread->parked = false;
}

/*
 * Runs in the thread itself, about to return to user mode or exiting. Works
 * queued before this one, closing files above all, would wait for the thaw:
 * while there are any, go to the end of the queue.
 */
static void park_cb(struct callback_head *work)
{
	struct twill_thread *thread = container_of(work, struct twill_thread, work);
	bool others, done, yields;

	raw_spin_lock(&twill_spin);
	others = work->next || READ_ONCE(current->task_works);
	thread->queued = false;
	if (may_park(thread) && others && thread->passes++ < MAX_PASSES) {
		arm(thread, false);
		if (thread->queued) {
			atomic_dec(&outstanding);	/* arm() has counted it anew */
			raw_spin_unlock(&twill_spin);
			return;
		}
	}
	thread->passes = 0;
	if (may_park(thread))
		sleep_parked(thread);
	yields = wanted(thread);
	if (yields)
		list_move_tail(&thread->again, &yielded);
	done = thread->detached;
	raw_spin_unlock(&twill_spin);
	if (yields)
		twill_kick();
	if (done)
		thread_free(thread);
	if (atomic_dec_and_test(&outstanding))
		wake_up_all(&outstanding_wait);
}

/**
 * __twill_thread_held() - whether a thread has an entry
 * @p: the thread
 *
 * Context: any; caller holds twill_spin.
 * Return: true if so.
 */
bool __twill_thread_held(const struct task_struct *p)
{
	return find(p);
}

static void attach(struct twill_task *task, struct twill_thread *thread, struct task_struct *p)
{
	lockdep_assert_held(&twill_spin);
	twill_task_get(task);
	get_task_struct(p);
	thread->task = task;
	thread->thread = p;
	init_task_work(&thread->work, park_cb);
	INIT_LIST_HEAD(&thread->again);
	hash_add(threads, &thread->hash, (unsigned long)p);
	list_add_tail(&thread->node, &task->threads);
	task->n_threads++;
}

/**
 * __twill_thread_attach() - hold a thread of a frozen task
 * @task: its task
 * @thread: a spare entry
 * @p: the thread, without an entry
 *
 * Context: any; caller holds twill_spin.
 */
void __twill_thread_attach(struct twill_task *task, struct twill_thread *thread,
			   struct task_struct *p)
{
	attach(task, thread, p);
	arm(thread, true);
}

/*
 * Take an entry out of the hash and its task. What nobody will run any more
 * goes to the dead; the rest is freed by its callback.
 */
static void detach(struct twill_thread *thread)
{
	lockdep_assert_held(&twill_spin);
	hash_del(&thread->hash);
	list_del_init(&thread->node);
	list_del_init(&thread->again);
	thread->task->n_threads--;
	thread->detached = true;
	disarm(thread);
	if (thread->parked)
		wake_up_process(thread->thread);
	else if (!thread->queued)
		list_add(&thread->node, &dead);
}

/**
 * __twill_thread_exit() - a thread exits
 * @p: current
 *
 * Its works may still run, in exit_task_work(): if the entry cannot be
 * cancelled, the callback sees PF_EXITING.
 *
 * Context: exit probe; caller holds twill_spin.
 * Return: true if there is something to settle.
 */
bool __twill_thread_exit(struct task_struct *p)
{
	struct twill_thread *thread = find(p);

	if (thread)
		detach(thread);
	return thread;
}

/*
 * A thread that has yielded is in the freezer's trap, or on its way there: then
 * it may run the entry once more and yield again. If the freezer has let it go
 * in the meantime, it runs until this interrupts it.
 */
static void rearm_yielded(void)
{
	struct twill_thread *thread, *next;

	lockdep_assert_held(&twill_spin);
	list_for_each_entry_safe(thread, next, &yielded, again) {
		list_del_init(&thread->again);
		if (thread->task->frozen)
			arm(thread, true);
	}
}

/**
 * twill_thread_settle() - free the entries of threads that are gone, queue
 * those of threads that have yielded
 *
 * Context: may sleep; takes twill_spin.
 */
void twill_thread_settle(void)
{
	struct twill_thread *thread, *next;
	LIST_HEAD(list);

	raw_spin_lock(&twill_spin);
	list_splice_init(&dead, &list);
	rearm_yielded();
	raw_spin_unlock(&twill_spin);
	list_for_each_entry_safe(thread, next, &list, node)
		thread_free(thread);
}

struct walk {
	struct list_head *at;	/* entry of the thread before, or the head */
	struct cpumask *cpus;	/* may have one of the threads in user mode */
	unsigned int live;	/* threads that can reach user mode */
	unsigned int fresh;	/* of these, found for the first time */
	unsigned int unserved;	/* of these, left out for want of a spare */
};

/* Entries are attached in the order of the threads: nearly always it is the next. */
static struct twill_thread *entry_of(struct twill_task *task, struct task_struct *p,
				     struct walk *w)
{
	struct twill_thread *thread = list_entry(w->at->next, struct twill_thread, node);

	if (w->at->next == &task->threads || thread->thread != p)
		thread = find(p);
	if (!thread) {
		w->fresh++;
		thread = __twill_spare_thread(&task->spares);
		if (!thread)
			return NULL;
		attach(task, thread, p);
	}
	w->at = &thread->node;
	return thread;
}

/*
 * A thread in user mode goes on until its CPU is interrupted. One that is seen
 * off its CPU after its flag was set passes the boundary on its way there.
 */
static void walk_one(struct twill_task *task, struct task_struct *p, struct walk *w)
{
	struct twill_thread *thread;

	/*
	 * Looked at under the lock: a thread that sets PF_EXITING later finds
	 * its entry in the exit probe.
	 */
	if (twill_never_returns(p))
		return;
	w->live++;
	thread = entry_of(task, p, w);
	if (!thread) {
		w->unserved++;
		return;
	}
	arm(thread, false);
	if (!thread->parked && twill_may_be_running(p))
		cpumask_set_cpu(task_cpu(p), w->cpus);
}

static void walk(struct twill_task *task, struct task_struct *leader, struct walk *w)
{
	unsigned int left = BATCH;
	struct task_struct *p;

	*w = (struct walk){ .at = &task->threads, .cpus = w->cpus };
	rcu_read_lock();
	raw_spin_lock(&twill_spin);
	for_each_thread(leader, p) {
		walk_one(task, p, w);
		if (--left)
			continue;
		/* Let others in. The entry before may go meanwhile. */
		raw_spin_unlock(&twill_spin);
		left = BATCH;
		w->at = &task->threads;
		raw_spin_lock(&twill_spin);
	}
	raw_spin_unlock(&twill_spin);
	rcu_read_unlock();
}

static bool take_missed(struct twill_task *task)
{
	bool missed;

	raw_spin_lock(&twill_spin);
	missed = task->missed;
	task->missed = false;
	raw_spin_unlock(&twill_spin);
	return missed;
}

/*
 * Walk until a walk finds nothing new and each thread has a spare for the one
 * fork that it may be in: it cannot begin a second one without passing the
 * boundary, and so parks first.
 */
static int arm_all(struct twill_task *task, struct task_struct *leader, struct cpumask *cpus)
{
	struct walk w = { .cpus = cpus };
	int err;

	cpumask_clear(cpus);
	do {
		walk(task, leader, &w);
		err = twill_spares_fill(&task->spares, w.live + w.unserved,
					task->inherit ? w.live : 0);
		if (err)
			return err;
	} while (w.fresh || take_missed(task));
	return 0;
}

static void nothing(void *unused)
{
}

/*
 * Every flag is set by now, so once each CPU that may be running one of the
 * threads has taken an interrupt, none of them is in user mode.
 */
static void interrupt(const struct cpumask *cpus)
{
	get_cpu();
	smp_call_function_many(cpus, nothing, NULL, true);
	put_cpu();
}

static void set_frozen(struct twill_task *task, bool frozen)
{
	raw_spin_lock(&twill_spin);
	task->frozen = frozen;
	raw_spin_unlock(&twill_spin);
}

/**
 * twill_park() - keep every thread of a task from user mode
 * @task: a task
 *
 * When this returns 0 no thread executes another user instruction until
 * twill_unpark(). Threads blocked in the kernel stay there and park when they
 * are done.
 *
 * Context: may sleep. Caller holds twill_mutex; takes twill_spin.
 * Return: 0; -ESRCH if the process is gone; -ENOMEM, with nothing parked.
 */
int twill_park(struct twill_task *task)
{
	struct task_struct *leader;
	cpumask_var_t cpus;
	int err = -ENOMEM;

	lockdep_assert_held(&twill_mutex);
	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	leader = get_pid_task(task->pid, PIDTYPE_TGID);
	if (!leader) {
		free_cpumask_var(cpus);
		return -ESRCH;
	}
	set_frozen(task, true);
	err = arm_all(task, leader, cpus);
	if (err)
		twill_unpark(task);
	else
		interrupt(cpus);
	put_task_struct(leader);
	free_cpumask_var(cpus);
	return err;
}

/**
 * twill_unpark() - let the threads of a task go
 * @task: a task
 *
 * Context: caller holds twill_mutex; takes twill_spin.
 */
void twill_unpark(struct twill_task *task)
{
	struct twill_thread *thread;

	lockdep_assert_held(&twill_mutex);
	raw_spin_lock(&twill_spin);
	task->frozen = false;
	list_for_each_entry(thread, &task->threads, node) {
		disarm(thread);
		if (thread->parked)
			wake_up_process(thread->thread);
	}
	raw_spin_unlock(&twill_spin);
	twill_spares_trim(&task->spares, task->n_threads, task->inherit ? task->n_threads : 0);
}

/**
 * twill_park_forget() - detach all threads of a task that is not frozen
 * @task: a task that no probe can find any more
 *
 * Context: caller holds twill_mutex; takes twill_spin.
 */
void twill_park_forget(struct twill_task *task)
{
	struct twill_thread *thread, *next;

	lockdep_assert_held(&twill_mutex);
	raw_spin_lock(&twill_spin);
	list_for_each_entry_safe(thread, next, &task->threads, node)
		detach(thread);
	raw_spin_unlock(&twill_spin);
	twill_thread_settle();
}

/**
 * twill_park_fini() - wait until no thread is in, or bound for, our callback
 *
 * The last instructions of a callback come after it is counted out: a grace
 * period of RCU tasks sees every thread leave them.
 *
 * Context: may sleep. All tasks have been forgotten, the probes are gone.
 */
void twill_park_fini(void)
{
	/* A suspend has the threads keep still, callback and all: it must not wait for us. */
	twill_wait_freezable(outstanding_wait, !atomic_read(&outstanding));
	synchronize_rcu_tasks();
	twill_thread_settle();
}
