/* SPDX-License-Identifier: GPL-2.0-only */
/* gate.h - jobs, and the gates of the accelerators that they run on. */
#ifndef TWILL_GATE_H
#define TWILL_GATE_H

#include <linux/bitmap.h>
#include <linux/rbtree.h>

#include "order.h"
#include "twill.h"

#define TWILL_PRIORITIES	(TWILL_PRIORITY_MAX + 1)

struct kobject;

/** enum twill_why - why a job comes to stand elsewhere at a gate */
enum twill_why {
	TWILL_WHY_ENTERS,
	TWILL_WHY_TURN,
	TWILL_WHY_AGED,
	TWILL_WHY_PREEMPTED,
	TWILL_WHY_UNIT,
	TWILL_WHY_LEAVES,
};

/**
 * struct twill_job - one inference request; twill_mutex
 * @node: in twill_task.jobs
 * @task: whose
 * @id: number, counted from the load
 * @accelerator: where it runs, once @placed
 * @placed: @accelerator is final
 * @deadline_us: wanted end after the begin, or zero
 * @units: expected, or zero
 * @units_done: of these
 * @predicted_us: on the accelerator from begin to end, or zero
 * @claimed: @predicted_us is the word of somebody without CAP_SYS_NICE
 * @begin_ns: ktime_get_ns()
 * @latency_ns: begin to end, once ended
 * @state: enum twill_job_state
 * @gate: of @accelerator, unless @state is begun
 * @wait: in twill_gate.waiting, while queued or preempted
 * @queue: in twill_gate.oldest then, in twill_gate.running while running
 * @claim: as it stands in the order, while it waits
 * @since_ns: when it came to wait or to run, or was last frozen or thawed
 * @ran_ns: before @since_ns
 * @waited_ns: before @since_ns
 * @protected_ns: not preempted and not counted until then
 * @grant: message to tell of the grant with, while queued
 * @net: of the socket that began it
 * @portid: of the socket that began it
 * @model: name
 */
struct twill_job {
	struct list_head node;
	struct twill_task *task;
	u32 id;
	u32 accelerator;
	bool placed;
	u32 deadline_us;
	u32 units;
	u32 units_done;
	u32 predicted_us;
	bool claimed;
	u64 begin_ns;
	u64 latency_ns;

	u32 state;
	struct twill_gate *gate;
	struct rb_node wait;
	struct list_head queue;
	struct twill_claim claim;
	u64 since_ns;
	u64 ran_ns;
	u64 waited_ns;
	u64 protected_ns;
	struct sk_buff *grant;

	struct net *net;
	u32 portid;
	char model[TWILL_NAME_MAX + 1];
};

/**
 * struct twill_gate_conf - settings of a gate
 * @mode: enum twill_gate_mode
 * @capacity: how many jobs may run
 * @order: enum twill_gate_order
 */
struct twill_gate_conf {
	u32 mode;
	u32 capacity;
	u32 order;
};

/**
 * struct twill_gate - who may use one accelerator; twill_mutex
 * @accelerator: which
 * @conf: what counts now
 * @admin: what counts without a lease
 * @lease: who overrides it, if @overridden
 * @overridden: @conf is by @lease
 * @waiting: jobs queued or preempted, for each priority, the shortest first;
 *	so it need not be sorted anew when the rule changes
 * @oldest: the same, by arrival
 * @running: jobs let in
 * @n_waiting: how many
 * @n_running: how many
 * @priorities: those with any job in @waiting
 * @mean_us: of all jobs' time on it, zero before the first
 * @stats: what became of its jobs
 */
struct twill_gate {
	u32 accelerator;
	struct twill_gate_conf conf;
	struct twill_gate_conf admin;
	struct twill_lease lease;
	bool overridden;
	struct rb_root_cached waiting[TWILL_PRIORITIES];
	struct list_head oldest;
	struct list_head running;
	u32 n_waiting;
	u32 n_running;
	DECLARE_BITMAP(priorities, TWILL_PRIORITIES);
	u32 mean_us;
	struct twill_stats stats;
};

/* job.c */
struct twill_job *twill_job_begin(struct twill_task *task, struct net *net, u32 portid,
				  struct netlink_ext_ack *ack);
void twill_job_wanted(struct twill_job *job, u32 deadline_us);
struct twill_job *twill_job_find(struct twill_task *task, u32 id);
int twill_job_place(struct twill_job *job, u32 accelerator, struct netlink_ext_ack *ack);
void twill_job_end(struct twill_job *job);
void twill_job_drop(struct twill_job *job);
void twill_job_free(struct twill_job *job);

/* gate_line.c, for gate.c */
struct twill_rule twill_line_rule(const struct twill_gate *gate);
int twill_line_top(const struct twill_gate *gate);
u32 twill_line_remaining(const struct twill_job *job, u64 now);
void twill_line_wait(struct twill_gate *gate, struct twill_job *job, u32 state, u64 now);
void twill_line_wait_end(struct twill_gate *gate, struct twill_job *job, u64 now);
void twill_line_wait_undo(struct twill_gate *gate, struct twill_job *job);
void twill_line_run(struct twill_gate *gate, struct twill_job *job, u64 now);
void twill_line_run_end(struct twill_gate *gate, struct twill_job *job, u64 now);
void twill_line_reclaim(struct twill_gate *gate, struct twill_job *job, u64 now);
u64 twill_line_waited_ns(const struct twill_job *job);
void twill_line_bank(struct twill_job *job, u64 now);
void twill_line_learn(struct twill_gate *gate, const struct twill_job *job);

/* gate_settle.c; the first ones for gate.c */
void twill_gate_wait(struct twill_gate *gate, struct twill_job *job, u32 state, u64 now);
void twill_gate_wait_end(struct twill_gate *gate, struct twill_job *job, u64 now);
void twill_gate_reclaim(struct twill_gate *gate, struct twill_job *job, u64 now);
void twill_gate_let_in(struct twill_gate *gate, struct twill_job *job, enum twill_why why, u64 now);
struct twill_job *twill_gate_first(struct twill_gate *gate, u32 room);
u32 twill_gate_counted(const struct twill_gate *gate, u64 now, u64 *until);
bool twill_gate_full(const struct twill_gate *gate, u64 now);
int twill_gate_update(struct twill_task *task);
void twill_gate_mark(u32 accelerator);
void twill_gate_settle(const struct twill_gate *gate);
void twill_gate_settle_all(void);

/* gate.c */
struct twill_gate *twill_gate_of(u32 accelerator);
int twill_gate_enter(struct twill_job *job, struct netlink_ext_ack *ack);
int twill_gate_unit(struct twill_job *job, struct netlink_ext_ack *ack);
void twill_gate_leave(struct twill_job *job);
void twill_gate_reorder(struct twill_task *task);
void twill_gate_frozen(struct twill_task *task, bool changed);
void twill_gate_release(struct twill_task *task);
bool twill_gate_holds(const struct twill_task *task);
u64 twill_gate_expire(u64 now);
void twill_gate_init(void);

/* gate_conf.c */
int twill_gate_override(struct twill_owner *owner, struct twill_gate *gate,
			const struct twill_gate_conf *conf, u64 deadline,
			struct netlink_ext_ack *ack);
void twill_gate_override_end(struct twill_gate *gate);
int twill_gate_sysfs_init(struct kobject *parent);
void twill_gate_sysfs_fini(void);

#endif /* TWILL_GATE_H */
