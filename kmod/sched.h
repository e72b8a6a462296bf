/* SPDX-License-Identifier: GPL-2.0-only */
/* sched.h - what a BPF scheduler is told of a task. bpf/intf.h has the same. */
#ifndef TWILL_SCHED_H
#define TWILL_SCHED_H

#include "twill.h"

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
	u64 deadline_ns;
	u32 tagged;
	u32 cls;
	u32 priority;
	u32 clusters;
	u32 jobs;
	u32 frozen;
};

void twill_sched_look(struct task_struct *p, struct twill_sched *to);
void twill_sched_init(void);
#ifdef TWILL_HAVE_SCHED_EXT
void twill_sched_task(struct task_struct *p, struct twill_sched *to);
#endif

#endif /* TWILL_SCHED_H */
