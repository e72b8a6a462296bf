/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fair - urgent threads before the others of the fair class: less nice, a short slice, and
 * a clock hint.
 *
 * Only threads with the nice value 0 are raised: any other is somebody's choice. What they
 * fork meanwhile is not raised, the kernel sees to that (SCHED_FLAG_RESET_ON_FORK), and that
 * flag with our nice value is how a raised thread is known again. Each process that is
 * raised has a file in FAIR_DIR, so that whoever comes after us can lower it.
 *
 * May block on /proc; not for several threads at once.
 */
#ifndef TWILL_SCHED_FAIR_H
#define TWILL_SCHED_FAIR_H

#include <stdbool.h>
#include <stdint.h>

#define FAIR_DIR	"/run/twill/raised"
#define FAIR_NICE	(-9)	/* seven times the weight of nice 0: sched_prio_to_weight[] */
#define FAIR_SLICE_NS	100000	/* the least: who asks for less than others preempts them (from 6.12) */
#define FAIR_UTIL	512	/* of 1024: the clock that half of the largest CPU's work needs */

/**
 * fair_raise() - raise every thread of a process that is not raised yet
 * @sysroot: prefix of FAIR_DIR; "" on a board
 * @pid: process
 * @start_time: field 22 of its /proc/PID/stat
 * @clamp: hint at the clock as well; cleared if the kernel has no CONFIG_UCLAMP_TASK
 *
 * Return: 0; -ESRCH if it is gone; -EPERM without CAP_SYS_NICE; or why the file could not
 * be made. On failure nothing is raised that lowering would not find.
 */
int fair_raise(const char *sysroot, uint32_t pid, uint64_t start_time, bool *clamp);

/** fair_lower() - as before fair_raise(); 0, also if it was not raised or is gone */
int fair_lower(const char *sysroot, uint32_t pid);

/** fair_restore() - lower all; the number that failed, or negative errno */
int fair_restore(const char *sysroot);

#endif
