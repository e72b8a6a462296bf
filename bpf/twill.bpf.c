// SPDX-License-Identifier: GPL-2.0-only
/*
 * twill.bpf.c - who gets the CPU, while a tagged task works on a job.
 *
 * A thread whose task has a job under way feeds an accelerator: each microsecond that
 * it waits, a GPU may be idle. It goes before all others, by priority and then by the
 * job's deadline. Everybody else shares what is left by weight, as in the fair class.
 * twill.ko is asked at each wake-up who that is, so that there is one source of truth.
 *
 * Each cluster has two queues, one of a kind. A CPU takes from those of its own
 * cluster, then from the others', so none is idle while somebody waits who may run
 * there. A thread that is to feed and finds no idle CPU interrupts one that runs
 * somebody plain.
 *
 * Plain threads are guaranteed a share: the time that feeders had on a CPU is a debt,
 * which plain ones pay back ninefold; while it is above DEBT_MAX one of them goes
 * first. So a feeder that computes without an end leaves them a tenth, and one that is
 * busy for less than nine tenths of the time never waits for them. Example, one CPU, a
 * thread that works for 9 of 20 ms beside hogs: the debt grows by 9 ms, and
 * 11 ms of hogs pay 99: it is always nil when the thread wakes.
 *
 * Not touched: threads of the kernel go straight to the CPU that they are for; real-time
 * threads are never seen here.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "intf.h"

char _license[] SEC("license") = "GPL";

#define MS		1000000ULL
#define PLAIN_NS	(5 * MS)	/* longest turn while others wait */
#define FEED_NS		(20 * MS)
#define DEBT_MAX	(50 * MS)
#define PAYS		9
#define AHEAD_MAX	(1000 * MS)	/* one turn of the least weight is half of it */
#define LATEST		(1ULL << 54)	/* of deadlines, ns: 208 days of uptime */

/* As kmod/sched.h. */
struct twill_sched {
	u64 deadline_ns;
	u32 tagged;
	u32 cls;
	u32 priority;
	u32 clusters;
	u32 jobs;
	u32 frozen;
};

extern void twill_sched_task(struct task_struct *p, struct twill_sched *to) __ksym;

extern s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __ksym;
extern s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				  bool *is_idle) __ksym;
extern s32 scx_bpf_task_cpu(const struct task_struct *p) __ksym;
extern void scx_bpf_kick_cpu(s32 cpu, u64 flags) __ksym;
extern int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags) __ksym;
extern struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it) __ksym;
extern void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it) __ksym;
extern bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *cpumask) __ksym;

/*
 * scx_bpf_dispatch() and scx_bpf_consume() were renamed in 6.13 and the old names went
 * in 6.18. Delete the old ones when the floor is 6.13.
 */
extern void scx_bpf_dispatch(struct task_struct *p, u64 dsq, u64 slice, u64 flags) __ksym __weak;
extern void scx_bpf_dispatch_vtime(struct task_struct *p, u64 dsq, u64 slice, u64 vtime,
				   u64 flags) __ksym __weak;
extern bool scx_bpf_consume(u64 dsq) __ksym __weak;
extern void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq, u64 slice, u64 flags) __ksym __weak;
extern void scx_bpf_dsq_insert_vtime(struct task_struct *p, u64 dsq, u64 slice, u64 vtime,
				     u64 flags) __ksym __weak;
extern bool scx_bpf_dsq_move_to_local(u64 dsq) __ksym __weak;

static __always_inline void insert(struct task_struct *p, u64 dsq, u64 slice, u64 flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert))
		scx_bpf_dsq_insert(p, dsq, slice, flags);
	else
		scx_bpf_dispatch(p, dsq, slice, flags);
}

static __always_inline void insert_vtime(struct task_struct *p, u64 dsq, u64 slice, u64 vtime,
					 u64 flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert_vtime))
		scx_bpf_dsq_insert_vtime(p, dsq, slice, vtime, flags);
	else
		scx_bpf_dispatch_vtime(p, dsq, slice, vtime, flags);
}

static __always_inline bool take(u64 dsq)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local))
		return scx_bpf_dsq_move_to_local(dsq);
	return scx_bpf_consume(dsq);
}

/* By the loader. */
const volatile unsigned int cpus;
const volatile unsigned int clusters;
const volatile unsigned int cluster_of[SCHED_CPUS];
const volatile bool stall;	/* for a test: feeders are forgotten in a queue that nobody looks at */

/* For the loader. */
struct sched_count count[SCHED_CPUS][SCHED_BANDS];
int exit_kind;
char exit_reason[SCHED_REASON];
char exit_message[SCHED_REASON];
char exit_dump[SCHED_DUMP];

/* Of each CPU; written on it only. */
static u32 band_on[SCHED_CPUS];		/* of the thread that has it */
static u64 urgency_on[SCHED_CPUS];	/* likewise, if it feeds */
static u64 since_on[SCHED_CPUS];	/* its time on any CPU when it came */
static u64 debt_on[SCHED_CPUS];

static u64 vtime_now;	/* racy by choice: an error is made up for by the next thread */

#define LOST		(2 * SCHED_CLUSTERS)

static __always_inline u32 at(s32 cpu)
{
	return (u32)cpu % SCHED_CPUS;
}

static __always_inline u64 dsq(s32 cpu, u32 band)
{
	return 2 * cluster_of[at(cpu)] + band;
}

/* By priority, then by deadline; who has none comes last among equals. */
static __always_inline u64 urgency(const struct twill_sched *t)
{
	u64 until = t->deadline_ns && t->deadline_ns < LATEST ? t->deadline_ns : LATEST;

	return (u64)(255 - (t->priority & 255)) << 55 | until;
}

static __always_inline bool feeds(const struct twill_sched *t)
{
	return t->jobs && !t->frozen;
}

/*
 * Where a thread stands among the plain. Who slept has credit for one turn at most; the
 * urgency that a feeder was queued by lies far ahead, and is forgotten.
 */
static __always_inline u64 standing(const struct task_struct *p)
{
	s64 ahead = p->scx.dsq_vtime - vtime_now;

	if (ahead < -(s64)PLAIN_NS)
		return vtime_now - PLAIN_NS;
	return ahead < (s64)AHEAD_MAX ? p->scx.dsq_vtime : vtime_now;
}

SEC("struct_ops/twill_select_cpu")
s32 BPF_PROG(twill_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool idle = false;
	s32 cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &idle);

	if (idle) {
		count[at(cpu)][SCHED_PLAIN].picked++;
		insert(p, SCX_DSQ_LOCAL, PLAIN_NS, 0);
	}
	return cpu;
}

/* The CPU that it last ran on if that has somebody plain, else another of them. */
static __always_inline void interrupt(const struct task_struct *p, u32 cpu)
{
	u32 i;

	if (band_on[at(cpu)] == SCHED_PLAIN) {
		scx_bpf_kick_cpu(cpu, SCX_KICK_PREEMPT);
		return;
	}
	for (i = 0; i < SCHED_CPUS && i < cpus; i++) {
		if (band_on[i] != SCHED_PLAIN || !bpf_cpumask_test_cpu(i, p->cpus_ptr))
			continue;
		scx_bpf_kick_cpu(i, SCX_KICK_PREEMPT);
		return;
	}
}

SEC("struct_ops/twill_enqueue")
void BPF_PROG(twill_enqueue, struct task_struct *p, u64 enq_flags)
{
	u32 cpu = scx_bpf_task_cpu(p);
	struct twill_sched t = { };

	if (p->flags & PF_KTHREAD) {
		insert(p, SCX_DSQ_LOCAL, PLAIN_NS, enq_flags);
		return;
	}
	twill_sched_task(p, &t);
	if (feeds(&t)) {
		count[at(cpu)][SCHED_FEED].queued++;
		insert_vtime(p, stall ? LOST : dsq(cpu, SCHED_FEED), FEED_NS, urgency(&t), enq_flags);
		if (enq_flags & SCX_ENQ_WAKEUP)
			interrupt(p, cpu);
		return;
	}
	count[at(cpu)][SCHED_PLAIN].queued++;
	insert_vtime(p, dsq(cpu, SCHED_PLAIN), PLAIN_NS, standing(p), enq_flags);
}

/* The time that whoever has a CPU had since it was last looked at. */
static __always_inline void account(u32 cpu, struct task_struct *p)
{
	u32 band = band_on[cpu] == SCHED_FEED;
	u64 ran = p->se.sum_exec_runtime - since_on[cpu], debt = debt_on[cpu];

	since_on[cpu] = p->se.sum_exec_runtime;
	count[cpu][band].ran_ns += ran;
	p->scx.dsq_vtime += ran * 100 / p->scx.weight;
	if (band == SCHED_FEED)
		debt_on[cpu] = debt < 2 * DEBT_MAX ? debt + ran : debt;
	else if (!(p->flags & PF_KTHREAD))
		debt_on[cpu] = debt > PAYS * ran ? debt - PAYS * ran : 0;
}

static __always_inline bool waits_before(u64 queue, u64 urgency)
{
	struct task_struct *p;
	bool before = false;

	bpf_for_each(scx_dsq, p, queue, 0) {
		before = (s64)(p->scx.dsq_vtime - urgency) < 0;
		break;
	}
	return before;
}

/* Whether who has the CPU is to keep it: nobody else is asked, the kernel lets it run on. */
static __always_inline bool keeps(s32 cpu, const struct task_struct *prev, u64 queue)
{
	return band_on[at(cpu)] == SCHED_FEED && prev && prev->scx.flags & SCX_TASK_QUEUED &&
	       !waits_before(queue, urgency_on[at(cpu)]);
}

SEC("struct_ops/twill_dispatch")
void BPF_PROG(twill_dispatch, s32 cpu, struct task_struct *prev)
{
	u64 own = dsq(cpu, SCHED_PLAIN);
	u32 i;

	/* Who keeps the CPU is never stopped. */
	if (prev && prev->scx.flags & SCX_TASK_QUEUED)
		account(at(cpu), prev);
	if (debt_on[at(cpu)] > DEBT_MAX && take(own))
		return;
	if (keeps(cpu, prev, own + SCHED_FEED))
		return;
	if (take(own + SCHED_FEED) || take(own))
		return;
	for (i = 0; i < SCHED_CLUSTERS && i < clusters; i++)
		if (take(2 * i + SCHED_FEED) || take(2 * i))
			return;
}

SEC("struct_ops/twill_running")
void BPF_PROG(twill_running, struct task_struct *p)
{
	u32 cpu = at(scx_bpf_task_cpu(p));
	struct twill_sched t = { };

	twill_sched_task(p, &t);
	band_on[cpu] = feeds(&t) ? SCHED_FEED : SCHED_PLAIN;
	urgency_on[cpu] = urgency(&t);
	since_on[cpu] = p->se.sum_exec_runtime;
	p->scx.dsq_vtime = standing(p);
	if (band_on[cpu] == SCHED_PLAIN && (s64)(vtime_now - p->scx.dsq_vtime) < 0)
		vtime_now = p->scx.dsq_vtime;
}

SEC("struct_ops/twill_stopping")
void BPF_PROG(twill_stopping, struct task_struct *p, bool runnable)
{
	u32 cpu = at(scx_bpf_task_cpu(p));

	account(cpu, p);
	band_on[cpu] = SCHED_PLAIN;
}

/* A policy without these is ended whenever a CPU comes or goes. */
SEC("struct_ops/twill_cpu_online")
void BPF_PROG(twill_cpu_online, s32 cpu)
{
	band_on[at(cpu)] = SCHED_PLAIN;
	debt_on[at(cpu)] = 0;
}

SEC("struct_ops/twill_cpu_offline")
void BPF_PROG(twill_cpu_offline, s32 cpu)
{
	/* Nobody is to interrupt it. */
	band_on[at(cpu)] = SCHED_FEED;
}

SEC("struct_ops/twill_enable")
void BPF_PROG(twill_enable, struct task_struct *p)
{
	p->scx.dsq_vtime = vtime_now;
}

SEC("struct_ops.s/twill_init")
s32 BPF_PROG(twill_init)
{
	u32 i;
	s32 err;

	for (i = 0; i <= LOST; i++) {
		err = scx_bpf_create_dsq(i, -1);
		if (err)
			return err;
	}
	return 0;
}

SEC("struct_ops/twill_exit")
void BPF_PROG(twill_exit, struct scx_exit_info *info)
{
	bpf_probe_read_kernel_str(exit_reason, sizeof(exit_reason), info->reason);
	bpf_probe_read_kernel_str(exit_message, sizeof(exit_message), info->msg);
	bpf_probe_read_kernel_str(exit_dump, sizeof(exit_dump), info->dump);
	/* Last: the loader looks at this first. */
	__sync_fetch_and_add(&exit_kind, info->kind);
}

SEC(".struct_ops.link")
struct sched_ext_ops twill_ops = {
	.select_cpu	= (void *)twill_select_cpu,
	.enqueue	= (void *)twill_enqueue,
	.dispatch	= (void *)twill_dispatch,
	.running	= (void *)twill_running,
	.stopping	= (void *)twill_stopping,
	.cpu_online	= (void *)twill_cpu_online,
	.cpu_offline	= (void *)twill_cpu_offline,
	.enable		= (void *)twill_enable,
	.init		= (void *)twill_init,
	.exit		= (void *)twill_exit,
	.timeout_ms	= 5000,
	.name		= "twill",
};
