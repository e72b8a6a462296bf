// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - load and unload, the two locks, and the settling of what probes saw.
 *
 * The probes only note that a task was born or is gone. Whoever takes
 * twill_mutex settles these notes first, so that nobody sees a state that
 * lags behind; a work does it when nobody asks.
 */
#include <linux/module.h>
#include <linux/workqueue.h>

#include "gate.h"
#include "sched.h"

DEFINE_MUTEX(twill_mutex);		/* every request, every decision */
DEFINE_RAW_SPINLOCK(twill_spin);	/* what probes and parked threads touch too */

struct twill_knobs twill_knobs = {
	.budget_window_ms = 1000,
	.freeze_backend = TWILL_BACKEND_TASK_WORK,
	.freeze_ttl_ms = 5000,
	.freeze_max_ms = 60000,
	.default_priority = 100,
	.strict_max_ms = 50,
	.ageing_ms = 1000,
};

static int unsettled;	/* something was noted; cleared under twill_mutex */
static atomic_t waiting = ATOMIC_INIT(0);	/* notes since, of those that may wait */

static void settle_work_fn(struct work_struct *work)
{
	twill_lock();
	twill_unlock();
}

static DECLARE_WORK(settle_work, settle_work_fn);
static DECLARE_DELAYED_WORK(settle_later, settle_work_fn);

/**
 * twill_kick() - have the state settled soon
 *
 * Context: any, but not under twill_spin.
 */
void twill_kick(void)
{
	/* After the note that it is about: whoever clears this sees that. */
	smp_store_release(&unsettled, 1);
	queue_work(system_highpri_wq, &settle_work);
}

/**
 * twill_kick_later() - have the state settled within a tick
 *
 * For what comes in numbers, and what nobody waits for: a program that forks and
 * exits all the time would have each one settled by a work of its own. Whoever
 * asks for anything settles first, so nobody sees the delay but the reader of
 * events.
 *
 * Context: any, but not under twill_spin.
 */
void twill_kick_later(void)
{
	/* As above. */
	smp_store_release(&unsettled, 1);
	if (atomic_inc_return(&waiting) < TWILL_BATCH)
		queue_delayed_work(system_highpri_wq, &settle_later, 1);
	else
		queue_work(system_highpri_wq, &settle_work);
}

/**
 * twill_lock() - take twill_mutex and settle what the probes have noted
 *
 * Context: may sleep.
 */
void twill_lock(void)
{
	mutex_lock(&twill_mutex);
	if (!READ_ONCE(unsettled) || !xchg(&unsettled, 0))
		return;
	atomic_set(&waiting, 0);
	twill_task_settle();
	twill_bind_settle();
	twill_thread_settle();
	twill_lease_settle();
	twill_cap_settle();
}

/**
 * twill_unlock() - release twill_mutex
 *
 * Context: may sleep.
 */
void twill_unlock(void)
{
	mutex_unlock(&twill_mutex);
}

static int __init twill_init(void)
{
	int err;

	err = twill_taskwork_init();
	if (err) {
		pr_warn("twill: this kernel's task works are not as expected: freezing by SIGSTOP\n");
		twill_knobs.freeze_backend = TWILL_BACKEND_SIGNAL;
	}
	twill_event_init();
	twill_gate_init();
	err = twill_cluster_init();
	if (err)
		return err;
	err = twill_cap_init();
	if (err)
		goto fini_cluster;
	err = twill_bind_init();
	if (err)
		goto fini_cap;
	err = twill_lease_init();
	if (err)
		goto fini_bind;
	err = twill_hooks_init();
	if (err)
		goto fini_lease;
	err = twill_sysfs_init();
	if (err)
		goto fini_hooks;
	err = twill_netlink_init();
	if (err)
		goto fini_sysfs;
	twill_sched_init();
	pr_info("twill: version %s\n", TWILL_VERSION);
	return 0;

fini_sysfs:
	twill_sysfs_fini();
fini_hooks:
	twill_hooks_fini();
fini_lease:
	twill_lease_fini();
fini_bind:
	twill_bind_fini();
fini_cap:
	twill_cap_fini();
fini_cluster:
	twill_cluster_fini();
	return err;
}

/*
 * First everything that lets anyone in, then the probes, then what they left;
 * what was frozen, bound or capped is let go before the code goes.
 */
static void __exit twill_exit(void)
{
	twill_netlink_fini();
	twill_sysfs_fini();
	twill_bind_fini();
	twill_lease_quiet();
	twill_hooks_fini();
	twill_task_fini();
	twill_lease_fini();
	twill_cap_fini();
	twill_park_fini();
	/* A thread that yields has it run, so after the last callback. */
	cancel_work_sync(&settle_work);
	cancel_delayed_work_sync(&settle_later);
	twill_spares_drain(&twill_reserve);
	twill_cluster_fini();
}

module_init(twill_init);
module_exit(twill_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Freeze and place the tasks of several models on one board");
MODULE_VERSION(TWILL_VERSION);
