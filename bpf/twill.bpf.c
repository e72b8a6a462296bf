// SPDX-License-Identifier: GPL-2.0-only
/*
 * twill.bpf.c - who gets the CPU, while a tagged task works on a job.
 *
 * A thread whose task has a job under way feeds an accelerator: each microsecond that
 * it waits, a GPU may be idle. It goes before all others, by priority and then by the
 * job's deadline. Everybody else shares what is left by weight, as in the fair class.
 * twill.ko is asked who that is whenever a thread comes to a CPU or a queue and whenever
 * the turn of one that feeds ends, so that there is one source of truth.
 *
 * Each cluster has two queues, one of a kind. A CPU takes from those of its own
 * cluster, then from the others', so none is idle while somebody waits who may run
 * there. A thread that is to feed and finds no idle CPU interrupts one that runs
 * somebody plain, in its own cluster if it can; where it ran last it does not even queue.
 *
 * Plain threads are guaranteed a share: the time that feeders had on a CPU is a debt,
 * which plain ones pay back ninefold; while it is above DEBT_MAX one of them goes
 * first. So a feeder that computes without an end leaves them a tenth, and one that is
 * busy for less than nine tenths of the time never waits for them. Where more than
 * fifty wait, they get more than a tenth, or the kernel would lose patience.
 *
 * Example, one CPU, a thread that works for 9 of 20 ms beside hogs: the debt grows by
 * 9 ms, and 11 ms of hogs pay 99: it is always nil when the thread wakes.
 *
 * Not touched: threads of the kernel go straight to the CPU that they are for; real-time
 * threads are never seen here.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "intf.h"
#include "../kmod/sched_task.h"

char _license[] SEC("license") = "GPL";

#define MS		1000000ULL
#define PLAIN_NS	(5 * MS)	/* longest turn while others wait */
#define FEED_NS		(20 * MS)
#define DEBT_MAX	(50 * MS)
#define PAYS		9
#define ROUND		(4000 * MS)	/* in which each plain thread has a turn; less than timeout_ms */
#define TURN		(8 * MS)	/* what one takes with 250 Hz, as JetPack has: two ticks */

/*
 * dsq_vtime of who feeds: FEEDS, eight bits of priority, and the deadline in units of
 * 1024 ns. Of the plain, their time by weight, which needs a year of nice 19 to get there.
 */
#define FEEDS		(1ULL << 62)
#define NO_DEADLINE	((1ULL << 54) - 1)

extern void twill_sched_task(struct task_struct *p, struct twill_sched *to) __ksym;

extern s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __ksym;
extern s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				  bool *is_idle) __ksym;
extern s32 scx_bpf_dsq_nr_queued(u64 dsq_id) __ksym;
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

/* Of each CPU; written on it only, but for the claim. */
static u32 band_on[SCHED_CPUS];		/* of the thread that has it, or NOBODY */
static u32 claimed_on[SCHED_CPUS];	/* a feeder is about to come */
static u64 since_on[SCHED_CPUS];	/* its time on any CPU when it came */
static u64 debt_on[SCHED_CPUS];

/* Racy by choice: an error is made up for by the next thread. Starts above any credit. */
static u64 vtime_now = 1ULL << 40;

#define LOST		(2 * SCHED_CLUSTERS)
#define NOBODY		SCHED_BANDS	/* idle, or somebody of another class */

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
	u64 until = t->deadline_ns ? t->deadline_ns >> 10 : NO_DEADLINE;

	return FEEDS | (u64)(255 - (t->priority & 255)) << 54 | until;
}

static __always_inline u32 plain_waiting(s32 cpu)
{
	return 1 + (u32)scx_bpf_dsq_nr_queued(dsq(cpu, SCHED_PLAIN));
}

/* What each can have of a round when only a tenth of the CPU is theirs. */
static __always_inline u64 part(s32 cpu)
{
	return ROUND / (1 + PAYS) / plain_waiting(cpu);
}

/* How much debt a plain thread pays: less where so many wait that a tenth is not enough. */
static __always_inline u64 pays(s32 cpu)
{
	u64 turns = ROUND / TURN / plain_waiting(cpu);

	if (turns > PAYS)
		return PAYS;
	return turns > 2 ? turns - 1 : 1;
}

/*
 * Among the plain. Who slept has credit for one turn at most, who fed begins afresh, and
 * the least weight does not have to wait for longer than a round.
 */
static __always_inline u64 standing(const struct task_struct *p, s32 cpu)
{
	s64 ahead = p->scx.dsq_vtime - vtime_now;
	u64 most;

	if (p->scx.dsq_vtime & FEEDS)
		return vtime_now;
	if (ahead < -(s64)PLAIN_NS)
		return vtime_now - PLAIN_NS;
	if (ahead <= (s64)PLAIN_NS)
		return p->scx.dsq_vtime;
	most = part(cpu);
	return ahead < (s64)most ? p->scx.dsq_vtime : vtime_now + most;
}

/* Asks about a thread that is in no queue, and notes in dsq_vtime where it stands. */
static __always_inline u32 rank(struct task_struct *p, s32 cpu)
{
	struct twill_sched t = { };

	twill_sched_task(p, &t);
	if (t.jobs && !t.frozen) {
		p->scx.dsq_vtime = urgency(&t);
		return SCHED_FEED;
	}
	p->scx.dsq_vtime = standing(p, cpu);
	return SCHED_PLAIN;
}

static __always_inline u32 band_of(const struct task_struct *p)
{
	return p->scx.dsq_vtime & FEEDS ? SCHED_FEED : SCHED_PLAIN;
}

static __always_inline u64 turn(u32 band)
{
	return band == SCHED_FEED ? FEED_NS : PLAIN_NS;
}

SEC("struct_ops/twill_select_cpu")
s32 BPF_PROG(twill_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool idle = false;
	s32 cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &idle);

	if (idle) {
		u32 band = rank(p, cpu);

		count[at(cpu)][band].picked++;
		insert(p, SCX_DSQ_LOCAL, turn(band), 0);
	}
	return cpu;
}

static __always_inline bool owes(u32 cpu)
{
	return debt_on[cpu] > DEBT_MAX;
}

/*
 * Whether somebody plain has the CPU and may be interrupted there: then no queue is needed.
 * Two that wake at once must not both, or the later would be the first.
 */
static __always_inline bool claims(u32 cpu)
{
	if (stall || band_on[cpu] != SCHED_PLAIN || claimed_on[cpu] || owes(cpu))
		return false;
	claimed_on[cpu] = 1;
	return true;
}

/*
 * The first that @p may use in the same cluster as @cpu, or in the others. A plain loop that
 * keeps the best so far would take the verifier seconds for eight CPUs.
 */
static __always_inline s32 one_with(u32 band, const struct task_struct *p, u32 cpu, bool near)
{
	s32 i;

	bpf_for(i, 0, (s32)cpus)
		if (band_on[at(i)] == band && near == (cluster_of[at(i)] == cluster_of[cpu]) &&
		    !owes(at(i)) && bpf_cpumask_test_cpu(i, p->cpus_ptr))
			return i;
	return -1;
}

/*
 * A CPU where a feeder goes before whoever is there: somebody plain, in its own cluster if
 * possible; else nobody, as that CPU may just have gone idle.
 */
static __always_inline s32 victim(const struct task_struct *p, u32 cpu)
{
	s32 to = one_with(SCHED_PLAIN, p, cpu, true);

	if (to < 0)
		to = one_with(SCHED_PLAIN, p, cpu, false);
	if (to < 0)
		to = one_with(NOBODY, p, cpu, true);
	return to;
}

SEC("struct_ops/twill_enqueue")
void BPF_PROG(twill_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 cpu = scx_bpf_task_cpu(p), to = -1;
	u32 band;

	if (p->flags & PF_KTHREAD) {
		insert(p, SCX_DSQ_LOCAL, PLAIN_NS, enq_flags);
		return;
	}
	band = rank(p, cpu);
	count[at(cpu)][band].queued++;
	if (band == SCHED_FEED && enq_flags & SCX_ENQ_WAKEUP) {
		if (claims(at(cpu))) {
			insert(p, SCX_DSQ_LOCAL, FEED_NS, enq_flags | SCX_ENQ_PREEMPT);
			return;
		}
		to = victim(p, at(cpu));
	}
	/* In the queue that the interrupted CPU looks at first. */
	insert_vtime(p, stall && band == SCHED_FEED ? LOST : dsq(to < 0 ? cpu : to, band), turn(band),
		     p->scx.dsq_vtime, enq_flags);
	if (to >= 0)
		scx_bpf_kick_cpu(to, SCX_KICK_PREEMPT);
}

/* The time that whoever has a CPU had since it was last looked at. */
static __always_inline void account(u32 cpu, struct task_struct *p)
{
	u32 band = band_on[cpu] == SCHED_FEED;
	u64 ran = p->se.sum_exec_runtime - since_on[cpu], debt = debt_on[cpu];

	since_on[cpu] = p->se.sum_exec_runtime;
	count[cpu][band].ran_ns += ran;
	if (band == SCHED_FEED) {
		debt_on[cpu] = debt < 2 * DEBT_MAX ? debt + ran : debt;
		return;
	}
	if (p->flags & PF_KTHREAD)
		return;
	p->scx.dsq_vtime += ran * 100 / p->scx.weight;
	if (!debt)
		return;
	ran *= pays(cpu);
	debt_on[cpu] = debt > ran ? debt - ran : 0;
}

/* Whether nobody who feeds is more urgent: then the kernel lets @prev run on. */
static __always_inline bool comes_first(const struct task_struct *prev, u64 queue)
{
	struct task_struct *p;
	bool first = true;

	bpf_for_each(scx_dsq, p, queue, 0) {
		first = p->scx.dsq_vtime >= prev->scx.dsq_vtime;
		break;
	}
	return first;
}

SEC("struct_ops/twill_dispatch")
void BPF_PROG(twill_dispatch, s32 cpu, struct task_struct *prev)
{
	u64 own = dsq(cpu, SCHED_PLAIN);
	bool feeds = false;
	u32 i;

	/* Who runs on is neither stopped nor started: its turn ends here. */
	if (prev && prev->scx.flags & SCX_TASK_QUEUED) {
		account(at(cpu), prev);
		if (band_on[at(cpu)] == SCHED_FEED)
			band_on[at(cpu)] = rank(prev, cpu);
		feeds = band_on[at(cpu)] == SCHED_FEED;
	}
	if (owes(at(cpu)) && take(own))
		return;
	if (feeds && comes_first(prev, own + SCHED_FEED))
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

	band_on[cpu] = band_of(p);
	claimed_on[cpu] = 0;
	since_on[cpu] = p->se.sum_exec_runtime;
	if (band_on[cpu] == SCHED_PLAIN && (s64)(vtime_now - p->scx.dsq_vtime) < 0)
		vtime_now = p->scx.dsq_vtime;
}

SEC("struct_ops/twill_stopping")
void BPF_PROG(twill_stopping, struct task_struct *p, bool runnable)
{
	u32 cpu = at(scx_bpf_task_cpu(p));

	account(cpu, p);
	band_on[cpu] = NOBODY;
}

/* A policy without these is ended whenever a CPU comes or goes. */
SEC("struct_ops/twill_cpu_online")
void BPF_PROG(twill_cpu_online, s32 cpu)
{
	band_on[at(cpu)] = NOBODY;
	claimed_on[at(cpu)] = 0;
	debt_on[at(cpu)] = 0;
}

SEC("struct_ops/twill_cpu_offline")
void BPF_PROG(twill_cpu_offline, s32 cpu)
{
	band_on[at(cpu)] = NOBODY;
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
