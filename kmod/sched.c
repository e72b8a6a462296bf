// SPDX-License-Identifier: GPL-2.0-only
/*
 * sched.c - what a BPF scheduler may know of a thread's task, by kfunc.
 *
 * A scheduler asks with a run queue locked, and a wake-up under twill_spin takes
 * that lock: so this takes neither lock. It finds the task under RCU alone and
 * reads each field once. A change that is under way may be seen in part; the
 * scheduler asks again when the thread next comes to a queue, or its turn ends.
 */
#include <linux/btf.h>
#include <linux/btf_ids.h>

#include "sched.h"

__bpf_kfunc_start_defs();

/**
 * twill_sched_task() - what is known of a thread's task
 * @p: any thread; trusted or under RCU
 * @to: filled in, with zeroes if it has no tag
 *
 * Context: any, with a run queue locked too; takes no lock.
 */
__bpf_kfunc void twill_sched_task(struct task_struct *p, struct twill_sched *to)
{
	const struct twill_task *task;

	*to = (struct twill_sched){ };
	if (!READ_ONCE(twill_n_tasks))
		return;
	rcu_read_lock();
	task = twill_task_peek(task_tgid(p));
	if (task) {
		to->tagged = 1;
		to->cls = READ_ONCE(task->cls);
		to->priority = READ_ONCE(task->priority);
		to->clusters = READ_ONCE(task->clusters);
		to->jobs = READ_ONCE(task->n_jobs);
		to->frozen = READ_ONCE(task->frozen);
		to->deadline_ns = READ_ONCE(task->deadline_ns);
	}
	rcu_read_unlock();
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(kfuncs)
BTF_ID_FLAGS(func, twill_sched_task, KF_RCU)
BTF_KFUNCS_END(kfuncs)

static const struct btf_kfunc_id_set set = {
	.owner = THIS_MODULE,
	.set = &kfuncs,
};

/**
 * twill_sched_init() - let schedulers ask, and programs that test the answer
 *
 * Nothing else of the module needs it: without BTF it is left out. There is no
 * way back; a program that is loaded keeps the module.
 *
 * Context: may sleep.
 */
void twill_sched_init(void)
{
	int err;

	err = register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &set);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL, &set);
	if (err)
		pr_notice("twill: no BPF scheduler can ask about tasks: error %d\n", err);
}
