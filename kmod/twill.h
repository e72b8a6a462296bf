/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * twill.h - the objects of the module and who may touch them.
 *
 * Two locks. twill_mutex is held for every request and every decision;
 * twill_spin, a raw spinlock inside it, guards what the tracepoint probes and
 * the parked threads touch as well. Documentation/locking.rst has the table,
 * Documentation/lifetimes.rst says who frees what.
 */
#ifndef TWILL_KMOD_H
#define TWILL_KMOD_H

#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/pm_qos.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/jobctl.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <uapi/linux/twill.h>

#define TWILL_VERSION		"0.1.0"

#define TWILL_TASKS_MAX		1024	/* tagged processes */
#define TWILL_JOBS_MAX		64	/* jobs under way in one task */
#define TWILL_OWNERS_MAX	128	/* sockets that hold leases */
#define TWILL_LEASES_MAX	4096	/* freezes, placements and caps, all together */
#define TWILL_CAPS_MAX		64
#define TWILL_BATCH		32	/* births and deaths that may wait for a tick */
#define TWILL_CLUSTERS_MAX	32	/* bits of a cluster mask */
#define TWILL_ACCELERATORS	(TWILL_ACCELERATOR_DLA1 + 1)	/* with "none" */

struct cred;
struct device;
struct cpufreq_policy;
struct genl_info;
struct sk_buff;
struct twill_account;
struct twill_bind;
struct twill_cap;
struct twill_gate;
struct twill_job;
struct twill_task;

/** enum twill_quota - the tables whose places are counted by user */
enum twill_quota {
	TWILL_QUOTA_TASKS,
	TWILL_QUOTA_OWNERS,
	TWILL_QUOTA_LEASES,
	TWILL_N_QUOTAS,
};

/* ---- leases ---- */

/**
 * struct twill_owner - a socket that holds leases, and the process behind it
 * @node: in the list of owners; guarded by twill_mutex and twill_spin for
 *	change, either to read
 * @net: the socket's namespace, compared and sent through while the socket lives
 * @portid: the socket's port
 * @tgid: the thread group that first asked for a lease through it
 * @account: who pays for it
 * @leases: what it holds, by twill_lease.by_owner; twill_mutex
 * @dead: its thread group has exited; twill_spin
 */
struct twill_owner {
	struct list_head node;
	struct net *net;
	u32 portid;
	struct pid *tgid;
	struct twill_account *account;
	struct list_head leases;
	bool dead;
};

/** enum twill_lease_kind - what a lease holds */
enum twill_lease_kind {
	TWILL_LEASE_FREEZE,
	TWILL_LEASE_PLACE,
	TWILL_LEASE_CAP,
	TWILL_LEASE_GATE,
};

/**
 * struct twill_lease - one thing held by one owner for a while; twill_mutex
 * @by_owner: in twill_owner.leases
 * @by_task: in twill_task.holds, for a freeze
 * @owner: who holds it
 * @task: what is frozen or placed
 * @cap: what is capped
 * @gate: whose settings are overridden
 * @deadline: end of its time to live, twill_now()
 * @kind: which of the pointers counts
 * @account: who pays for it
 * @fresh: made by the request under way, undone if that fails
 */
struct twill_lease {
	struct list_head by_owner;
	struct list_head by_task;
	struct twill_owner *owner;
	union {
		struct twill_task *task;
		struct twill_cap *cap;
		struct twill_gate *gate;
	};
	u64 deadline;
	enum twill_lease_kind kind;
	struct twill_account *account;
	bool fresh;
};

/**
 * struct twill_stats - what became of jobs at gates; twill_mutex
 * @runs: let in
 * @waits: had to wait for it
 * @preemptions: parked for a more urgent one
 * @aged: let in beyond the capacity
 * @wait_ns: queued or preempted
 * @histogram: waits by length, see TWILL_A_STATS_HISTOGRAM
 */
struct twill_stats {
	u64 runs;
	u64 waits;
	u64 preemptions;
	u64 aged;
	u64 wait_ns;
	u32 histogram[TWILL_HISTOGRAM_BUCKETS];
};

/* ---- tasks and their threads ---- */

/**
 * struct twill_thread - a thread of a task that is or has been frozen
 * @work: the entry on the thread's list of task works
 * @hash: by thread, while attached; twill_spin
 * @node: in twill_task.threads, in a list of spares, or on the way to be freed
 * @again: in the list of those that have yielded to the cgroup freezer; twill_spin
 * @task: a reference, while attached and until the callback has left
 * @thread: a reference, likewise
 * @queued: @work is on the thread's list or about to run; never touched again
 *	before it has; twill_spin
 * @parked: the thread sleeps in the callback; twill_spin
 * @detached: not in the hash any more; whoever clears the last of @queued and
 *	@parked frees; twill_spin
 * @passes: how often the callback made way for older works; the thread's own
 */
struct twill_thread {
	struct callback_head work;
	struct hlist_node hash;
	struct list_head node;
	struct list_head again;
	struct twill_task *task;
	struct task_struct *thread;
	bool queued;
	bool parked;
	bool detached;
	u16 passes;
};

/**
 * struct twill_spares - objects for where nothing can be allocated; twill_spin
 * @threads: twill_thread by node
 * @tasks: twill_task by deferred
 * @n_threads: how many
 * @n_tasks: how many
 */
struct twill_spares {
	struct list_head threads;
	struct list_head tasks;
	unsigned int n_threads;
	unsigned int n_tasks;
};

/**
 * struct twill_task - a tagged process
 * @refs: one of the registry, one of each attached thread, one of each follower
 * @pid: the thread group's; outlives execs, cannot be reused while held
 * @start_ns: start_boottime of the group
 * @hash: by @pid; twill_spin for change, RCU to peek
 * @rcu: frees it once nobody peeks
 * @deferred: waiting to be settled, born or gone; twill_spin
 * @gone: the process exited or changed credentials; twill_spin
 * @account: who pays for it; twill_spin
 * @id: Twill id, zero until settled; twill_mutex, as all up to @bind
 * @cls: enum twill_class; changed under both locks, because a fork copies it,
 *	as are the next five
 * @priority: 0 .. 255
 * @can_use: mask of enum twill_accelerator
 * @group: freeze group, zero for none
 * @inherit: a forked process is tagged likewise
 * @placement: enum twill_accelerator
 * @jobs: under way, by twill_job.node
 * @n_jobs: how many
 * @deadline_ns: earliest wanted end of them, CLOCK_MONOTONIC, or zero
 * @idle_job: what a job that is over took, for the next one; or NULL
 * @jobs_done: ended with a result
 * @migrations: how often a job was placed elsewhere than the one before
 * @last_accel: accelerator of the job placed last
 * @preempted: number of its jobs that are; while any is, it is frozen
 * @mean_us: of its jobs' time on each accelerator, zero before the first
 * @gates: what became of its jobs at the gates
 * @holds: freezes, by twill_lease.by_task
 * @owners: number of @holds
 * @place: the lease on its placement and clusters, or NULL
 * @clusters: clusters it is bound to; both locks, as @bind
 * @bind: masks it had before, or NULL
 * @past: those of the binding before, for forks under way; both locks
 * @leader: while set, frozen or placed along with that task (it was forked
 *	from it meanwhile): a reference; both locks, as all of the family
 * @followers: those that follow it, by @follow
 * @follow: in @leader's @followers
 * @follows_freeze: it is frozen while @leader is
 * @follows_place: its placement and binding end when @leader's do
 * @unbind: in a queue of bind.c, with a reference; twill_mutex
 * @freezes: how often; twill_mutex
 * @frozen_ns: how long before @frozen_since; twill_mutex
 * @frozen_since: twill_now() of the present freeze, zero when not frozen
 *	or, right after a fork, not yet accounted for; twill_mutex
 * @by_signal: the present freeze is a SIGSTOP; twill_mutex
 * @yields: the cgroup freezer holds it as well, as seen last; twill_mutex
 * @frozen: no thread may reach user mode; both locks
 * @missed: a fork found no spare, walk again; twill_spin
 * @n_parked: threads that sleep in the callback; twill_spin
 * @threads: attached threads; twill_spin
 * @n_threads: how many; while it is parked, all that can reach user mode
 * @spares: for forks that race with a freeze, kept from one to the next; twill_spin
 */
struct twill_task {
	refcount_t refs;
	struct pid *pid;
	u64 start_ns;

	struct hlist_node hash;
	struct rcu_head rcu;
	struct list_head deferred;
	bool gone;
	struct twill_account *account;

	u32 id;
	u32 cls;
	u32 priority;
	u32 can_use;
	u32 group;
	u32 inherit;
	u32 placement;
	struct list_head jobs;
	u32 n_jobs;
	u64 deadline_ns;
	struct twill_job *idle_job;
	u64 jobs_done;
	u32 migrations;
	u32 last_accel;
	u32 preempted;
	u32 mean_us[TWILL_ACCELERATORS];
	struct twill_stats gates;
	struct list_head holds;
	u32 owners;
	struct twill_lease *place;
	u32 clusters;
	struct twill_bind *bind;
	struct twill_bind *past;

	struct twill_task *leader;
	struct list_head followers;
	struct list_head follow;
	bool follows_freeze;
	bool follows_place;
	struct list_head unbind;

	u32 freezes;
	u64 frozen_ns;
	u64 frozen_since;
	bool by_signal;
	bool yields;

	bool frozen;
	bool missed;
	u32 n_parked;
	struct list_head threads;
	u32 n_threads;
	struct twill_spares spares;
};

/**
 * struct twill_cap - a QoS request of a lease
 * @node: in the list of caps, by ascending id; twill_mutex and the cap lock
 * @id: number, counted from the load
 * @kind: which of the two requests counts
 * @cpu: names the policy
 * @max_khz: upper limit in kHz
 * @lease: who holds it
 * @policy: compared only; cap lock
 * @dev: a reference; cap lock
 * @freq: request on the policy; cap lock
 * @dev_freq: request on the device; cap lock
 * @gone: what it acted on was removed; cap lock
 * @device: name of the device
 */
struct twill_cap {
	struct list_head node;
	u32 id;
	u32 kind;
	u32 cpu;
	u32 max_khz;
	struct twill_lease lease;
	const struct cpufreq_policy *policy;
	struct device *dev;
	union {
		struct freq_qos_request freq;
		struct dev_pm_qos_request dev_freq;
	};
	bool gone;
	char device[TWILL_NAME_MAX + 1];
};

/**
 * struct twill_view - in whose terms ids and times are shown
 * @pid_ns: numbers of processes
 * @boot_offset_ns: start of boot time
 */
struct twill_view {
	struct pid_namespace *pid_ns;
	s64 boot_offset_ns;
};

/**
 * struct twill_agent - who decides; twill_mutex
 * @owner: the socket, or NULL when there is no agent
 * @view: in its terms
 * @power_mw: board power it measured last
 * @decisions: taken since it started
 * @policy: name
 */
struct twill_agent {
	struct twill_owner *owner;
	struct twill_view view;
	u32 power_mw;
	u64 decisions;
	char policy[TWILL_NAME_MAX + 1];
};

/** enum twill_backend - how a task is kept from user mode */
enum twill_backend {
	TWILL_BACKEND_TASK_WORK,
	TWILL_BACKEND_SIGNAL,
};

/**
 * struct twill_knobs - the administrator's values; twill_mutex
 * @budget_mw: board power, zero for no budget
 * @budget_window_ms: over which it is averaged
 * @budget_min_mw: least that the agent can keep, zero when unknown
 * @freeze_backend: for freezes from now on
 * @freeze_ttl_ms: time to live of a lease that states none
 * @freeze_max_ms: longest continuous freeze
 * @default_priority: of a new task
 * @strict_max_ms: jobs with at most this left go by priority alone
 * @ageing_ms: longest wait at a gate before a job is let in all the same
 */
struct twill_knobs {
	u32 budget_mw;
	u32 budget_window_ms;
	u32 budget_min_mw;
	enum twill_backend freeze_backend;
	u32 freeze_ttl_ms;
	u32 freeze_max_ms;
	u32 default_priority;
	u32 strict_max_ms;
	u32 ageing_ms;
};

/*
 * Some threads of a process never reach user mode, or will not again. No entry
 * is for them; io_uring's workers go on while their process is frozen.
 */
static inline bool twill_never_returns(const struct task_struct *p)
{
	return READ_ONCE(p->flags) & (PF_EXITING | PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER);
}

/* The cgroup freezer waits for a thread to come into its trap. */
static inline bool twill_trap_waits(struct task_struct *p)
{
	return READ_ONCE(p->jobctl) & JOBCTL_TRAP_FREEZE && !cgroup_task_frozen(p);
}

/* Whether two tasks are frozen together; each is with itself. */
static inline bool twill_same_group(const struct twill_task *a, const struct twill_task *b)
{
	return a == b || (a->group && a->group == b->group);
}

/*
 * For each task that is frozen together with @task, itself among them, in the
 * order of ids. Caller holds twill_mutex; @id is the iterator's own. Most tasks
 * are in no group, and no table is searched for those.
 */
#define twill_for_each_member(member, id, task)					\
	for ((id) = 0; ((member) = twill_member_next(task, &(id))); )

/* main.c */
extern struct mutex twill_mutex;
extern raw_spinlock_t twill_spin;
extern struct twill_knobs twill_knobs;
void twill_lock(void);
void twill_unlock(void);
void twill_kick(void);
void twill_kick_later(void);

/* account.c */
bool twill_account_admin(const struct cred *cred);
int __twill_account_charge(const struct cred *cred, enum twill_quota quota, u32 in_use,
			   bool exempt, struct twill_account **account);
void __twill_account_uncharge(struct twill_account *account, enum twill_quota quota);
int twill_account_refuse(int err, enum twill_quota quota, u32 in_use,
			 struct netlink_ext_ack *ack);

/* task.c */
extern struct xarray twill_tasks;
extern u32 twill_n_tasks;
extern u32 twill_n_frozen;
extern u32 twill_tasks_seq;
struct twill_task *twill_task_alloc(gfp_t gfp);
void twill_task_get(struct twill_task *task);
void twill_task_put(struct twill_task *task);
struct twill_task *__twill_task_find(const struct pid *pid);
const struct twill_task *twill_task_peek(const struct pid *pid);
struct twill_task *twill_task_of(const struct pid *pid);
struct twill_task *twill_task_by_id(u32 id);
struct twill_task *twill_task_tag(struct task_struct *leader, struct netlink_ext_ack *ack);
void twill_task_drop(struct twill_task *task);
void __twill_task_inherit(struct twill_task *parent, struct twill_task *child,
			  struct task_struct *leader, struct twill_account *account);
void __twill_task_gone(struct twill_task *task);
struct twill_task *twill_follower_take(struct twill_task *leader, bool freeze);
void twill_unfollow(struct twill_task *task, bool freeze);
struct twill_task *twill_member_next(struct twill_task *task, unsigned long *id);
void twill_task_settle_born(void);
void twill_task_settle(void);
void twill_task_fini(void);

/* spare.c */
extern struct twill_spares twill_reserve;
int twill_spares_fill(struct twill_spares *spares, unsigned int threads, unsigned int tasks);
void twill_spares_trim(struct twill_spares *spares, unsigned int threads, unsigned int tasks);
void twill_spares_drain(struct twill_spares *spares);
struct twill_thread *__twill_spare_thread(struct twill_spares *spares);
struct twill_task *__twill_spare_task(struct twill_spares *spares);

/* taskwork.c */
int twill_taskwork_init(void);
int twill_taskwork_add(struct task_struct *task, struct callback_head *work, bool kick);
bool twill_taskwork_cancel(struct task_struct *task, struct callback_head *work);

/* park.c */
int twill_park(struct twill_task *task);
void twill_unpark(struct twill_task *task);
void twill_park_forget(struct twill_task *task);
bool __twill_thread_held(const struct task_struct *p);
void __twill_thread_attach(struct twill_task *task, struct twill_thread *thread,
			   struct task_struct *p);
bool __twill_thread_exit(struct task_struct *p);
void twill_thread_settle(void);
void twill_park_fini(void);

/* freeze.c */
int twill_freeze(struct twill_owner *owner, struct twill_task *task, u64 deadline,
		 struct netlink_ext_ack *ack);
int twill_thaw(struct twill_owner *owner, struct twill_task *task, struct netlink_ext_ack *ack);
void twill_hold_end(struct twill_lease *hold);
int twill_freeze_update(struct twill_task *task);
bool twill_freeze_held(const struct twill_task *task);
void twill_freeze_drop(struct twill_task *task);
u64 twill_freeze_expire(u64 now);

/* lease.c */
struct twill_owner *twill_owner_find(const struct net *net, u32 portid);
struct twill_owner *twill_owner_get(struct net *net, u32 portid, struct netlink_ext_ack *ack);
void __twill_owner_exit(const struct pid *tgid, bool *kick);
int twill_lease_start(struct twill_lease *lease, struct twill_owner *owner,
		      enum twill_lease_kind kind, u64 deadline, struct netlink_ext_ack *ack);
void twill_lease_stop(struct twill_lease *lease);
u64 twill_now(void);
u64 twill_lease_deadline(u32 ttl_ms);
void twill_lease_renew(struct twill_lease *lease, u64 deadline);
u32 twill_owner_renew(struct twill_owner *owner, u64 deadline);
void twill_lease_watch(u64 deadline);
void twill_lease_settle(void);
int twill_lease_init(void);
void twill_lease_quiet(void);
void twill_lease_fini(void);

/* place.c */
int twill_place(struct twill_owner *owner, struct twill_task *task, const u32 *placement,
		const u32 *clusters, u64 deadline, struct netlink_ext_ack *ack);
void twill_place_end(struct twill_task *task);

/* bind.c */
int twill_bind(struct twill_task *task, u32 clusters);
bool twill_bind_holds(struct twill_task *task);
void twill_bind_end(struct twill_task *task);
void twill_bind_born(struct twill_task *task);
void twill_bind_forget(struct twill_task *task);
void __twill_bind_share(struct twill_task *parent, struct twill_task *child);
void twill_bind_fix(struct pid *tgid, struct twill_bind *bind, struct twill_bind *past);
struct twill_bind *twill_bind_get(struct twill_bind *bind);
void twill_bind_put(struct twill_bind *bind);
int twill_bind_init(void);
void twill_bind_fini(void);

/* stray.c */
void __twill_bind_stray(struct twill_task *parent, struct task_struct *child);
bool __twill_bind_caught(struct twill_task *task, struct task_struct *parent,
			 struct task_struct *child);
void twill_bind_settle(void);

/* cluster.c */
extern u32 twill_n_clusters;
extern struct cpumask *twill_clusters;
int twill_cluster_init(void);
void twill_cluster_fini(void);
u32 twill_cluster_tasks(u32 cluster);

/* cap.c */
extern struct list_head twill_caps;
struct twill_cap *twill_cap_by_id(u32 id);
struct twill_cap *twill_cap_create(struct twill_owner *owner, u32 kind, u32 cpu,
				   const char *device, u32 max_khz, u64 deadline,
				   struct netlink_ext_ack *ack);
int twill_cap_change(struct twill_cap *cap, u32 max_khz, struct netlink_ext_ack *ack);
void twill_cap_end(struct twill_cap *cap);
void twill_cap_settle(void);
int twill_cap_init(void);
void twill_cap_fini(void);

/* job.c */
void twill_job_drop_all(struct twill_task *task);
void twill_job_drop_socket(const struct net *net, u32 portid);
bool twill_job_any(void);

/* agent.c */
extern struct twill_agent twill_agent;
int twill_agent_take(struct twill_owner *owner, struct netlink_ext_ack *ack);
void twill_agent_leave(struct twill_owner *owner);
int twill_budget_set(const u32 *mw, const u32 *window_ms, struct netlink_ext_ack *ack);

/* fill.c */
void twill_view_current(struct twill_view *view);
u64 twill_view_start(const struct twill_view *view, u64 start_ns);
int twill_fill_task(struct sk_buff *skb, const struct twill_task *task,
		    const struct twill_view *view);
int twill_fill_job(struct sk_buff *skb, const struct twill_task *task,
		   const struct twill_job *job);
int twill_fill_cluster(struct sk_buff *skb, u32 cluster);
int twill_fill_gate(struct sk_buff *skb, const struct twill_gate *gate);
int twill_fill_cap(struct sk_buff *skb, const struct twill_cap *cap);
int twill_fill_agent(struct sk_buff *skb, const struct twill_view *view);
int twill_fill_budget(struct sk_buff *skb);

/* event.c */
void twill_event_init(void);
void twill_event_task(const struct twill_task *task, enum twill_change change);
void twill_event_job(const struct twill_task *task, const struct twill_job *job,
		     enum twill_change change);
void twill_event_gate(const struct twill_gate *gate);
void twill_event_grant(struct twill_job *job);
void twill_event_cap(const struct twill_cap *cap, enum twill_change change);
void twill_event_agent(enum twill_change change);
void twill_event_budget(void);

/* hooks.c */
int twill_hooks_init(void);
void twill_hooks_fini(void);

/* netlink.c */
extern struct genl_family twill_family;
int twill_netlink_init(void);
void twill_netlink_fini(void);

/* sysfs.c */
int twill_sysfs_init(void);
void twill_sysfs_fini(void);

#endif /* TWILL_KMOD_H */
