/* SPDX-License-Identifier: GPL-2.0-only */
/* sched.h - answers to BPF schedulers, where the kernel can have one. */
#ifndef TWILL_SCHED_H
#define TWILL_SCHED_H

#include "sched_task.h"
#include "twill.h"

#ifdef CONFIG_SCHED_CLASS_EXT
void twill_sched_task(struct task_struct *p, struct twill_sched *to);
void twill_sched_init(void);
#else
static inline void twill_sched_init(void) { }
#endif

#endif /* TWILL_SCHED_H */
