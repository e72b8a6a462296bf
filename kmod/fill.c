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

/* One of several attributes that are appended together. */
struct u32_attr {
	u16 type;
	u32 value;
};

/* As nla_put_u32() for each; job-begin, which answers with eight, is worth one look for room. */
static int put_u32s(struct sk_buff *skb, const struct u32_attr *a, unsigned int n)
{
	struct nlattr *to;
	unsigned int i;

	if (skb_tailroom(skb) < (int)(n * nla_total_size(sizeof(u32))))
		return -EMSGSIZE;
	to = skb_put(skb, n * nla_total_size(sizeof(u32)));
	for (i = 0; i < n; i++) {
		to->nla_type = a[i].type;
		to->nla_len = nla_attr_size(sizeof(u32));
		*(u32 *)nla_data(to) = a[i].value;
		to = (void *)to + nla_total_size(sizeof(u32));
	}
	return 0;
}

struct census {
	u32 live;
	u32 parked;
	char comm[TASK_COMM_LEN];
};

static void count(const struct twill_task *task, struct census *census)
{
	struct task_struct *leader, *p;

	*census = (struct census){};
	leader = get_pid_task(task->pid, PIDTYPE_TGID);
	if (!leader)
		return;
	get_task_comm(census->comm, leader);
	rcu_read_lock();
	for_each_thread(leader, p) {
		if (twill_never_returns(p))
			continue;
		census->live++;
		census->parked += task->by_signal && task_is_stopped_or_traced(p);
	}
	rcu_read_unlock();
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
	return nla_put_u32(skb, TWILL_A_TASK_ID, task->id) ||
	       nla_put_u32(skb, TWILL_A_TASK_PID, pid_nr_ns(task->pid, view->pid_ns)) ||
	       nla_put_u64_64bit(skb, TWILL_A_TASK_START_TIME,
				 twill_view_start(view, task->start_ns), TWILL_A_TASK_PAD) ||
	       nla_put_string(skb, TWILL_A_TASK_COMM, census->comm) ||
	       nla_put_u32(skb, TWILL_A_TASK_THREADS, census->live);
}

static int fill_tag(struct sk_buff *skb, const struct twill_task *task)
{
	return nla_put_u32(skb, TWILL_A_TASK_CLASS, task->cls) ||
	       nla_put_u32(skb, TWILL_A_TASK_PRIORITY, task->priority) ||
	       nla_put_u32(skb, TWILL_A_TASK_INHERIT, task->inherit) ||
	       nla_put_u32(skb, TWILL_A_TASK_CAN_USE, task->can_use) ||
	       nla_put_u32(skb, TWILL_A_TASK_GROUP, task->group) ||
	       nla_put_u32(skb, TWILL_A_TASK_PLACEMENT, task->placement) ||
	       nla_put_u32(skb, TWILL_A_TASK_CLUSTERS, task->clusters);
}

static int fill_freeze(struct sk_buff *skb, const struct twill_task *task,
		       const struct census *census)
{
	return nla_put_u32(skb, TWILL_A_TASK_STATE, state(task, census)) ||
	       nla_put_u32(skb, TWILL_A_TASK_PARKED, census->parked) ||
	       nla_put_u32(skb, TWILL_A_TASK_OWNERS, owners(task)) ||
	       nla_put_u32(skb, TWILL_A_TASK_PREEMPTED, task->preempted) ||
	       nla_put_u32(skb, TWILL_A_TASK_FREEZES, task->freezes) ||
	       nla_put_u64_64bit(skb, TWILL_A_TASK_FROZEN_NS, frozen_ns(task),
				 TWILL_A_TASK_PAD);
}

static int fill_jobs(struct sk_buff *skb, const struct twill_task *task)
{
	return nla_put_u32(skb, TWILL_A_TASK_MIGRATIONS, task->migrations) ||
	       nla_put_u32(skb, TWILL_A_TASK_JOBS, task->n_jobs) ||
	       nla_put_u64_64bit(skb, TWILL_A_TASK_JOBS_DONE, task->jobs_done, TWILL_A_TASK_PAD);
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
		   nla_put_u64_64bit(skb, TWILL_A_STATS_RUNS, stats->runs, TWILL_A_STATS_PAD) ||
		   nla_put_u64_64bit(skb, TWILL_A_STATS_WAITS, stats->waits, TWILL_A_STATS_PAD) ||
		   nla_put_u64_64bit(skb, TWILL_A_STATS_PREEMPTIONS, stats->preemptions,
				     TWILL_A_STATS_PAD) ||
		   nla_put_u64_64bit(skb, TWILL_A_STATS_AGED, stats->aged, TWILL_A_STATS_PAD) ||
		   nla_put_u64_64bit(skb, TWILL_A_STATS_WAIT_NS, stats->wait_ns,
				     TWILL_A_STATS_PAD) ||
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
	const struct u32_attr u32s[] = {
		{ TWILL_A_JOB_ID, job->id },
		{ TWILL_A_JOB_TASK, task->id },
		{ TWILL_A_JOB_ACCELERATOR, job->accelerator },
		{ TWILL_A_JOB_DEADLINE_US, job->deadline_us },
		{ TWILL_A_JOB_UNITS, job->units },
		{ TWILL_A_JOB_STATE, job->state },
		{ TWILL_A_JOB_PREDICTED_US, job->predicted_us },
		{ TWILL_A_JOB_UNITS_DONE, job->units_done },
	};
	struct nlattr *nest = nla_nest_start(skb, TWILL_A_JOB);

	if (!nest)
		return -EMSGSIZE;
	return end(skb, nest,
		   put_u32s(skb, u32s, ARRAY_SIZE(u32s)) ||
		   nla_put_string(skb, TWILL_A_JOB_MODEL, job->model) ||
		   nla_put_u64_64bit(skb, TWILL_A_JOB_BEGIN_NS, job->begin_ns,
				     TWILL_A_JOB_PAD) ||
		   (job->latency_ns &&
		    nla_put_u64_64bit(skb, TWILL_A_JOB_LATENCY_NS, job->latency_ns,
				      TWILL_A_JOB_PAD)) ||
		   nla_put_u64_64bit(skb, TWILL_A_JOB_WAIT_NS, twill_line_waited_ns(job),
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
		   nla_put_u32(skb, TWILL_A_GATE_ACCELERATOR, gate->accelerator) ||
		   nla_put_u32(skb, TWILL_A_GATE_MODE, gate->conf.mode) ||
		   nla_put_u32(skb, TWILL_A_GATE_CAPACITY, gate->conf.capacity) ||
		   nla_put_u32(skb, TWILL_A_GATE_ORDER, gate->conf.order) ||
		   nla_put_u32(skb, TWILL_A_GATE_PORTID,
			       gate->overridden ? gate->lease.owner->portid : 0) ||
		   nla_put_u32(skb, TWILL_A_GATE_RUNNING, gate->n_running) ||
		   nla_put_u32(skb, TWILL_A_GATE_WAITING, gate->n_waiting) ||
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
		   nla_put_u32(skb, TWILL_A_CLUSTER_ID, cluster) ||
		   nla_put_string(skb, TWILL_A_CLUSTER_CPUS, cpus) ||
		   nla_put_u32(skb, TWILL_A_CLUSTER_TASKS, twill_cluster_tasks(cluster)));
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
		   nla_put_u32(skb, TWILL_A_CAP_ID, cap->id) ||
		   nla_put_u32(skb, TWILL_A_CAP_KIND, cap->kind) ||
		   (cpufreq && nla_put_u32(skb, TWILL_A_CAP_CPU, cap->cpu)) ||
		   (!cpufreq && nla_put_string(skb, TWILL_A_CAP_DEVICE, cap->device)) ||
		   nla_put_u32(skb, TWILL_A_CAP_MAX_KHZ, cap->max_khz) ||
		   nla_put_u32(skb, TWILL_A_CAP_PORTID, cap->lease.owner->portid));
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
		   (nla_put_u32(skb, TWILL_A_AGENT_PID, pid_nr_ns(owner->tgid, view->pid_ns)) ||
		    nla_put_u32(skb, TWILL_A_AGENT_PORTID, owner->portid) ||
		    nla_put_string(skb, TWILL_A_AGENT_POLICY, twill_agent.policy) ||
		    nla_put_u32(skb, TWILL_A_AGENT_POWER_MW, twill_agent.power_mw) ||
		    nla_put_u64_64bit(skb, TWILL_A_AGENT_DECISIONS, twill_agent.decisions,
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
		   nla_put_u32(skb, TWILL_A_BUDGET_MW, twill_knobs.budget_mw) ||
		   nla_put_u32(skb, TWILL_A_BUDGET_WINDOW_MS, twill_knobs.budget_window_ms) ||
		   nla_put_u32(skb, TWILL_A_BUDGET_MIN_MW, twill_knobs.budget_min_mw));
}
