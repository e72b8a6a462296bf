/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - every difference between kernels, and nothing else.
 *
 * Included before each source by Kbuild. The module is written against the
 * newest kernel; what an older one lacks is filled in here, found by feature
 * and never by version number, because stable and vendor series backport.
 * Each entry says what differs, since when, and when it can go.
 */
#ifndef TWILL_COMPAT_H
#define TWILL_COMPAT_H

#include <linux/cpumask.h>
#include <linux/freezer.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/time_namespace.h>
#include <linux/topology.h>
#include <net/netlink.h>

/* set_notify_resume(): tracehook.h until 5.17. Delete when the floor is 5.18. */
#ifdef TWILL_HAVE_RESUME_USER_MODE
#include <linux/resume_user_mode.h>
#else
#include <linux/tracehook.h>
#endif

/*
 * A parked thread sleeps killable, does not count as load and lets the system
 * suspend. TASK_FREEZABLE is of 6.1; before, a sleeper told the freezer not to
 * count it. Delete the second arm when the floor is 6.1.
 */
#ifdef TASK_FREEZABLE
#define TWILL_TASK_PARKED	(TASK_KILLABLE | TASK_FREEZABLE | TASK_NOLOAD)
static inline void twill_freezer_skip(void) { }
static inline void twill_freezer_count(void) { }
#define twill_wait_freezable(wq, condition)				\
	wait_event_state(wq, condition, (TASK_UNINTERRUPTIBLE | TASK_FREEZABLE))
#else
#define TWILL_TASK_PARKED	(TASK_KILLABLE | TASK_NOLOAD)
static inline void twill_freezer_skip(void) { freezer_do_not_count(); }
static inline void twill_freezer_count(void) { freezer_count(); }
#define twill_wait_freezable(wq, condition)				\
	do {								\
		freezer_do_not_count();					\
		wait_event(wq, condition);				\
		freezer_count();					\
	} while (0)
#endif

/* Threads that live in a process and never reach user mode: 5.12 and 6.4. */
#ifndef PF_IO_WORKER
#define PF_IO_WORKER	0
#endif
#ifndef PF_USER_WORKER
#define PF_USER_WORKER	0
#endif

/* nla_strscpy(): nla_strlcpy() until 5.10. Delete when the floor is 5.11. */
static inline void twill_nla_strscpy(char *to, const struct nlattr *nla, size_t size)
{
#ifdef TWILL_HAVE_NLA_STRSCPY
	nla_strscpy(to, nla, size);
#else
	nla_strlcpy(to, nla, size);
#endif
}

/*
 * What current's time namespace adds to boot time. timens_add_boottime_ns() is
 * not in 5.10; this spelling holds on all. Use the other when the floor is 6.1.
 */
static inline s64 twill_boottime_offset_ns(void)
{
	struct timespec64 offset = { };

	timens_add_boottime(&offset);
	return timespec64_to_ns(&offset);
}

/*
 * Number of the cluster of a CPU. arm64 knows clusters by their own number
 * from 5.16; before, a leaf cluster counted as a package. On x86 the macro
 * does not link from a module. Negative: the topology does not say.
 */
static inline int twill_cpu_cluster(int cpu)
{
#if defined(topology_cluster_id) && defined(CONFIG_ARM64)
	return topology_cluster_id(cpu);
#else
	return -1;
#endif
}

/*
 * Whether a thread may be executing on its CPU. On arm64 the switch to a
 * thread has a full barrier between the store to on_cpu and its return to user
 * mode, so that reading 0 proves that it will see what was written to it
 * before. No other architecture promises that: there, every thread may be.
 */
static inline bool twill_may_be_running(const struct task_struct *p)
{
#if defined(CONFIG_SMP) && defined(CONFIG_ARM64)
	/* Pairs with the barrier in __switch_to(); task_cpu() is read after it. */
	return smp_load_acquire(&p->on_cpu);
#else
	return true;
#endif
}

#endif /* TWILL_COMPAT_H */
