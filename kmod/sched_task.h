/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_task.h - what a BPF scheduler is told of a task: one text for the module and for BPF. */
#ifndef TWILL_SCHED_TASK_H
#define TWILL_SCHED_TASK_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/**
 * struct twill_sched - a thread's task as a scheduler sees it
 * @deadline_ns: earliest wanted end of its jobs, CLOCK_MONOTONIC; zero for none
 * @tagged: 0 or 1; if 0, so is everything else
 * @cls: enum twill_class
 * @priority: 0 .. 255
 * @clusters: mask of those it is bound to, zero for no binding
 * @jobs: under way
 * @frozen: 0 or 1: its threads park before they next reach user mode
 */
struct twill_sched {
	__u64 deadline_ns;
	__u32 tagged;
	__u32 cls;
	__u32 priority;
	__u32 clusters;
	__u32 jobs;
	__u32 frozen;
};

#endif /* TWILL_SCHED_TASK_H */
