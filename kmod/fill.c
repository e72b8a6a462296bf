// SPDX-License-Identifier: GPL-2.0-only
/*
 * fill.c - objects as netlink attributes: one function each, for the replies,
 * the dumps and the events.
 */
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/time_namespace.h>
#include <net/netlink.h>

#include "gate.h"

/**
 * twill_view_current() - ids and times as the current process sees them
 * @view: filled in
 */
void twill_view_current(struct twill_view *view)
{
	view->pid_ns = task_active_pid_ns(current);
	view->boot_offset_ns = twill_boottime_offset_ns();
}

/**
 * twill_view_start() - a start as in field 22 of /proc/PID/stat
 * @view: whose view
 * @start_ns: start_boottime
 *
 * Return: clock ticks since boot.
 */
u64 twill_view_start(const struct twill_view *view, u64 start_ns)
{
	return div_u64(start_ns + view->boot_offset_ns, NSEC_PER_SEC / USER_HZ);
}

/*
 * As nla_put_u32() and nla_put_u64_64bit(), but inline: a task is thirty of
 * these, and is in the answer to each request about it and in each event.
 */
static inline int put_u32(struct sk_buff *skb, int type, u32 value)
{
	struct nlattr *nla;

	if (skb_tailroom(skb) < nla_total_size(sizeof(value)))
		return -EMSGSIZE;
	nla = __skb_put(skb, nla_total_size(sizeof(value)));
	nla->nla_type = type;
	nla->nla_len = nla_attr_size(sizeof(value));
	*(u32 *)nla_data(nla) = value;
	return 0;
}

static inline int put_u64(struct sk_buff *skb, int type, u64 value, int pad)
{
	struct nlattr *nla;

	if (skb_tailroom(skb) < nla_total_size_64bit(sizeof(value)) || nla_align_64bit(skb, pad))
		return -EMSGSIZE;
	nla = __skb_put(skb, nla_total_size(sizeof(value)));
	nla->nla_type = type;
	nla->nla_len = nla_attr_size(sizeof(value));
	memcpy(nla_data(nla), &value, sizeof(value));
	return 0;
}

struct census {
	u32 live;
	u32 parked;
	char comm[TASK_COMM_LEN];
};

static void count_threads(const struct twill_task *task, struct task_struct *leader,
			  struct census *census)
{
	struct task_struct *p;

	rcu_read_lock();
	for_each_thread(leader, p) {
		if (twill_never_returns(p))
			continue;
		census->live++;
		census->parked += task->by_signal && task_is_stopped_or_traced(p);
	}
	rcu_read_unlock();
}

static void count(const struct twill_task *task, struct census *census)
{
	struct task_struct *leader;

	*census = (struct census){};
	leader = get_pid_task(task->pid, PIDTYPE_TGID);
	if (!leader)
		return;
	get_task_comm(census->comm, leader);
	/* Each thread of a parked task that can reach user mode has an entry. */
	if (task->frozen && !task->by_signal)
		census->live = READ_ONCE(task->n_threads);
	else
		count_threads(task, leader, census);
	put_task_struct(leader);
	if (!task->by_signal)
		census->parked = READ_ONCE(task->n_parked);
}

static u32 state(const struct twill_task *task, const struct census *census)
{
	if (!task->frozen)
		return TWILL_TASK_STATE_RUNNING;
	return census->parked >= census->live ? TWILL_TASK_STATE_FROZEN :
						TWILL_TASK_STATE_FREEZING;
}

static u64 frozen_ns(const struct twill_task *task)
{
	return task->frozen_ns + (task->frozen_since ? twill_now() - task->frozen_since : 0);
}

static u32 owners(const struct twill_task *task)
{
	return task->owners + (task->follows_freeze ? task->leader->owners : 0);
}

static int fill_identity(struct sk_buff *skb, const struct twill_task *task,
			 const struct twill_view *view, const struct census *census)
{
	return put_u32(skb, TWILL_A_TASK_ID, task->id) ||
	       put_u32(skb, TWILL_A_TASK_PID, pid_nr_ns(task->pid, view->pid_ns)) ||
	       put_u64(skb, TWILL_A_TASK_START_TIME,
		       twill_view_start(view, task->start_ns), TWILL_A_TASK_PAD) ||
	       nla_put_string(skb, TWILL_A_TASK_COMM, census->comm) ||
	       put_u32(skb, TWILL_A_TASK_THREADS, census->live);
}

static int fill_tag(struct sk_buff *skb, const struct twill_task *task)
{
	return put_u32(skb, TWILL_A_TASK_CLASS, task->cls) ||
	       put_u32(skb, TWILL_A_TASK_PRIORITY, task->priority) ||
	       put_u32(skb, TWILL_A_TASK_INHERIT, task->inherit) ||
	       put_u32(skb, TWILL_A_TASK_CAN_USE, task->can_use) ||
	       put_u32(skb, TWILL_A_TASK_GROUP, task->group) ||
	       put_u32(skb, TWILL_A_TASK_PLACEMENT, task->placement) ||
	       put_u32(skb, TWILL_A_TASK_CLUSTERS, task->clusters);
}

static int fill_freeze(struct sk_buff *skb, const struct twill_task *task,
		       const struct census *census)
{
	return put_u32(skb, TWILL_A_TASK_STATE, state(task, census)) ||
	       put_u32(skb, TWILL_A_TASK_PARKED, census->parked) ||
	       put_u32(skb, TWILL_A_TASK_OWNERS, owners(task)) ||
	       put_u32(skb, TWILL_A_TASK_PREEMPTED, task->preempted) ||
	       put_u32(skb, TWILL_A_TASK_FREEZES, task->freezes) ||
	       put_u64(skb, TWILL_A_TASK_FROZEN_NS, frozen_ns(task), TWILL_A_TASK_PAD);
}

static int fill_jobs(struct sk_buff *skb, const struct twill_task *task)
{
	return put_u32(skb, TWILL_A_TASK_MIGRATIONS, task->migrations) ||
	       put_u32(skb, TWILL_A_TASK_JOBS, task->n_jobs) ||
	       put_u64(skb, TWILL_A_TASK_JOBS_DONE, task->jobs_done, TWILL_A_TASK_PAD);
}

static int end(struct sk_buff *skb, struct nlattr *nest, bool failed)
{
	if (failed) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_stats(struct sk_buff *skb, int type, const struct twill_stats *stats)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest)
		return -EMSGSIZE;
	return end(skb, nest,
		   put_u64(skb, TWILL_A_STATS_RUNS, stats->runs, TWILL_A_STATS_PAD) ||
		   put_u64(skb, TWILL_A_STATS_WAITS, stats->waits, TWILL_A_STATS_PAD) ||
		   put_u64(skb, TWILL_A_STATS_PREEMPTIONS, stats->preemptions, TWILL_A_STATS_PAD) ||
		   put_u64(skb, TWILL_A_STATS_AGED, stats->aged, TWILL_A_STATS_PAD) ||
		   put_u64(skb, TWILL_A_STATS_WAIT_NS, stats->wait_ns, TWILL_A_STATS_PAD) ||
		   nla_put(skb, TWILL_A_STATS_HISTOGRAM, sizeof(stats->histogram),
			   stats->histogram));
}

/**
 * twill_fill_task() - append a task
 * @skb: message
 * @task: the task
 * @view: in whose terms
 *
 * Context: caller holds twill_mutex.
 * Return: 0; -EMSGSIZE, with the message as it was. So do all of these.
 */
int twill_fill_task(struct sk_buff *skb, const struct twill_task *task,
		    const struct twill_view *view)
{
	struct nlattr *nest = nla_nest_start(skb, TWILL_A_TASK);
	struct census census;

	if (!nest)
		return -EMSGSIZE;
	count(task, &census);
	return end(skb, nest, fill_identity(skb, task, view, &census) || fill_tag(skb, task) ||
			      fill_freeze(skb, task, &census) || fill_jobs(skb, task) ||
			      fill_stats(skb, TWILL_A_TASK_GATES, &task->gates));
}

/**
 * twill_fill_job() - append a job
 * @skb: message
 * @task: its task
 * @job: the job
 *
 * Return: 0; -EMSGSIZE.
 */
int twill_fill_job(struct sk_buff *skb, const struct twill_task *task,
		   const struct twill_job *job)
{
	struct nlattr *nest = nla_nest_start(skb, TWILL_A_JOB);

	if (!nest)
		return -EMSGSIZE;
	return end(skb, nest,
		   put_u32(skb, TWILL_A_JOB_ID, job->id) ||
		   put_u32(skb, TWILL_A_JOB_TASK, task->id) ||
		   nla_put_string(skb, TWILL_A_JOB_MODEL, job->model) ||
		   put_u32(skb, TWILL_A_JOB_ACCELERATOR, job->accelerator) ||
		   put_u32(skb, TWILL_A_JOB_DEADLINE_US, job->deadline_us) ||
		   put_u32(skb, TWILL_A_JOB_UNITS, job->units) ||
		   put_u64(skb, TWILL_A_JOB_BEGIN_NS, job->begin_ns, TWILL_A_JOB_PAD) ||
		   (job->latency_ns &&
		    put_u64(skb, TWILL_A_JOB_LATENCY_NS, job->latency_ns, TWILL_A_JOB_PAD)) ||
		   put_u32(skb, TWILL_A_JOB_STATE, job->state) ||
		   put_u32(skb, TWILL_A_JOB_PREDICTED_US, job->predicted_us) ||
		   put_u32(skb, TWILL_A_JOB_UNITS_DONE, job->units_done) ||
		   put_u64(skb, TWILL_A_JOB_WAIT_NS, twill_line_waited_ns(job),
			   TWILL_A_JOB_PAD));
}

/**
 * twill_fill_gate() - append a gate
 * @skb: message
 * @gate: the gate
 *
 * Return: 0; -EMSGSIZE.
 */
int twill_fill_gate(struct sk_buff *skb, const struct twill_gate *gate)
{
	struct nlattr *nest = nla_nest_start(skb, TWILL_A_GATE);

	if (!nest)
		return -EMSGSIZE;
	return end(skb, nest,
		   put_u32(skb, TWILL_A_GATE_ACCELERATOR, gate->accelerator) ||
		   put_u32(skb, TWILL_A_GATE_MODE, gate->conf.mode) ||
		   put_u32(skb, TWILL_A_GATE_CAPACITY, gate->conf.capacity) ||
		   put_u32(skb, TWILL_A_GATE_ORDER, gate->conf.order) ||
		   put_u32(skb, TWILL_A_GATE_PORTID,
			   gate->overridden ? gate->lease.owner->portid : 0) ||
		   put_u32(skb, TWILL_A_GATE_RUNNING, gate->n_running) ||
		   put_u32(skb, TWILL_A_GATE_WAITING, gate->n_waiting) ||
		   fill_stats(skb, TWILL_A_GATE_STATS, &gate->stats));
}

/**
 * twill_fill_cluster() - append a cluster
 * @skb: message
 * @cluster: its number
 *
 * Return: 0; -EMSGSIZE.
 */
int twill_fill_cluster(struct sk_buff *skb, u32 cluster)
{
	struct nlattr *nest = nla_nest_start(skb, TWILL_A_CLUSTER);
	char cpus[128];

	if (!nest)
		return -EMSGSIZE;
	scnprintf(cpus, sizeof(cpus), "%*pbl", cpumask_pr_args(&twill_clusters[cluster]));
	return end(skb, nest,
		   put_u32(skb, TWILL_A_CLUSTER_ID, cluster) ||
		   nla_put_string(skb, TWILL_A_CLUSTER_CPUS, cpus) ||
		   put_u32(skb, TWILL_A_CLUSTER_TASKS, twill_cluster_tasks(cluster)));
}

/**
 * twill_fill_cap() - append a cap
 * @skb: message
 * @cap: the cap
 *
 * Return: 0; -EMSGSIZE.
 */
int twill_fill_cap(struct sk_buff *skb, const struct twill_cap *cap)
{
	struct nlattr *nest = nla_nest_start(skb, TWILL_A_CAP);
	bool cpufreq = cap->kind == TWILL_CAP_KIND_CPUFREQ;

	if (!nest)
		return -EMSGSIZE;
	return end(skb, nest,
		   put_u32(skb, TWILL_A_CAP_ID, cap->id) ||
		   put_u32(skb, TWILL_A_CAP_KIND, cap->kind) ||
		   (cpufreq && put_u32(skb, TWILL_A_CAP_CPU, cap->cpu)) ||
		   (!cpufreq && nla_put_string(skb, TWILL_A_CAP_DEVICE, cap->device)) ||
		   put_u32(skb, TWILL_A_CAP_MAX_KHZ, cap->max_khz) ||
		   put_u32(skb, TWILL_A_CAP_PORTID, cap->lease.owner->portid));
}

/**
 * twill_fill_agent() - append the agent, empty when there is none
 * @skb: message
 * @view: in whose terms
 *
 * Return: 0; -EMSGSIZE.
 */
int twill_fill_agent(struct sk_buff *skb, const struct twill_view *view)
{
	struct nlattr *nest = nla_nest_start(skb, TWILL_A_AGENT);
	const struct twill_owner *owner = twill_agent.owner;

	if (!nest)
		return -EMSGSIZE;
	return end(skb, nest,
		   owner &&
		   (put_u32(skb, TWILL_A_AGENT_PID, pid_nr_ns(owner->tgid, view->pid_ns)) ||
		    put_u32(skb, TWILL_A_AGENT_PORTID, owner->portid) ||
		    nla_put_string(skb, TWILL_A_AGENT_POLICY, twill_agent.policy) ||
		    put_u32(skb, TWILL_A_AGENT_POWER_MW, twill_agent.power_mw) ||
		    put_u64(skb, TWILL_A_AGENT_DECISIONS, twill_agent.decisions,
			    TWILL_A_AGENT_PAD)));
}

/**
 * twill_fill_budget() - append the budget
 * @skb: message
 *
 * Return: 0; -EMSGSIZE.
 */
int twill_fill_budget(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, TWILL_A_BUDGET);

	if (!nest)
		return -EMSGSIZE;
	return end(skb, nest,
		   put_u32(skb, TWILL_A_BUDGET_MW, twill_knobs.budget_mw) ||
		   put_u32(skb, TWILL_A_BUDGET_WINDOW_MS, twill_knobs.budget_window_ms) ||
		   put_u32(skb, TWILL_A_BUDGET_MIN_MW, twill_knobs.budget_min_mw));
}
