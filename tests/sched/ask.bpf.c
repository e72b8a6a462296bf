// SPDX-License-Identifier: GPL-2.0-only
/*
 * ask.bpf.c - what twill.ko says of a process; with WRONG, programs that the verifier
 * must refuse: 1 gives too little room for the answer, 2 asks about a number.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "../../kmod/sched_task.h"

char _license[] SEC("license") = "GPL";

extern void twill_sched_task(struct task_struct *p, struct twill_sched *to) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

int pid;
struct twill_sched answer;

SEC("syscall")
int ask(void *ctx)
{
	struct task_struct *p = bpf_task_from_pid(pid);
	struct twill_sched t = { };

	if (!p)
		return 1;
#if WRONG == 1
	u64 little = 0;

	twill_sched_task(p, (struct twill_sched *)&little);
#elif WRONG == 2
	twill_sched_task((struct task_struct *)(unsigned long)pid, &t);
#else
	twill_sched_task(p, &t);
#endif
	bpf_task_release(p);
	answer = t;
	return 0;
}
