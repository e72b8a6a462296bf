// SPDX-License-Identifier: GPL-2.0-only
/*
 * gate.c - who may use an accelerator now.
 *
 * A job comes to the gate of its accelerator when that is fixed. It runs at
 * once, waits for a message on the socket that began it, or has a less urgent
 * one parked for its sake; the parked one waits like the others, until its turn
 * thaws its task. Nothing here waits itself: whoever changes something settles
 * the gates before it lets go of twill_mutex.
 *
 * A job whose task is frozen, by whomever, does not count as running: the
 * accelerator must not idle while it is kept from submitting. When it is thawed
 * there may be one too many, and the least urgent is parked.
 *
 * Nothing starves: a job that has waited for ageing_ms is let in beyond the
 * capacity, and left alone for strict_max_ms; one at a time, the longest
 * waiting first. So whatever arrives, and whatever the others do, a job runs
 * within ageing_ms and strict_max_ms for each one that was waiting before it.
 */
#include <net/genetlink.h>

#include "gate.h"
#include "trace.h"

#define GRANT_SIZE	320	/* a job with all its attributes takes about half of this */

static struct twill_gate gates[TWILL_ACCELERATORS];	/* by accelerator; twill_mutex */

/**
 * twill_gate_of() - the gate of an accelerator
 * @accelerator: enum twill_accelerator
 *
 * Return: the gate; NULL for "none".
 */
struct twill_gate *twill_gate_of(u32 accelerator)
{
	if (!accelerator || accelerator >= TWILL_ACCELERATORS)
		return NULL;
	return &gates[accelerator];
}

static u64 slice_ns(void)
{
	return (u64)twill_knobs.strict_max_ms * NSEC_PER_MSEC;
}

static u64 ageing_ns(void)
{
	return (u64)twill_knobs.ageing_ms * NSEC_PER_MSEC;
}

static struct twill_job *longest_waiting(struct twill_gate *gate)
{
	struct twill_job *job;

	list_for_each_entry(job, &gate->oldest, queue)
		if (job->state == TWILL_JOB_STATE_PREEMPTED ? !twill_freeze_held(job->task) :
							      !job->task->frozen)
			return job;
	return NULL;
}

static struct sk_buff *new_grant(struct netlink_ext_ack *ack)
{
	struct sk_buff *grant = genlmsg_new(GRANT_SIZE, GFP_KERNEL_ACCOUNT);

	if (!grant)
		NL_SET_ERR_MSG(ack, "no memory to tell of the grant with");
	return grant;
}

/* The sender is about to be told that the job is queued. */
static void queued(struct twill_job *job, struct sk_buff *grant, enum twill_why why)
{
	job->grant = grant;
	job->gate->stats.waits++;
	job->task->gates.waits++;
	trace_twill_gate(job->gate, job, why);
}

/**
 * twill_gate_enter() - a job comes to the gate of its accelerator
 * @job: a job that is placed, and at no gate
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex, and tells the sender the state:
 * running or queued.
 * Return: 0; -ENOMEM, with the job at no gate.
 */
int twill_gate_enter(struct twill_job *job, struct netlink_ext_ack *ack)
{
	struct twill_gate *gate = twill_gate_of(job->accelerator);
	u64 now = twill_now();
	struct sk_buff *grant;

	lockdep_assert_held(&twill_mutex);
	if (!gate)
		return 0;
	job->gate = gate;
	if (gate->conf.mode == TWILL_GATE_MODE_OBSERVE &&
	    gate->n_running >= gate->conf.capacity) {
		gate->stats.waits++;
		job->task->gates.waits++;
	}
	if (!gate->n_waiting && !twill_gate_full(gate, now)) {
		twill_line_run(gate, job, now);
		gate->stats.runs++;
		job->task->gates.runs++;
		trace_twill_gate(gate, job, TWILL_WHY_ENTERS);
		return 0;
	}
	twill_gate_wait(gate, job, TWILL_JOB_STATE_QUEUED, now);
	twill_gate_settle(gate);
	if (job->state == TWILL_JOB_STATE_RUNNING)
		return 0;
	grant = new_grant(ack);
	if (!grant) {
		twill_gate_leave(job);
		return -ENOMEM;
	}
	queued(job, grant, TWILL_WHY_ENTERS);
	return 0;
}

/**
 * twill_gate_unit() - a job has done a unit and wants to do another
 * @job: a job that is at a gate
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex, and tells the sender the state:
 * running, or queued if another job is due first.
 * Return: 0; -ENOMEM, with the job still running.
 */
int twill_gate_unit(struct twill_job *job, struct netlink_ext_ack *ack)
{
	struct twill_gate *gate = job->gate;
	u64 now = twill_now();
	struct twill_rule rule;
	struct twill_claim mine;
	struct twill_job *next;
	struct sk_buff *grant;

	lockdep_assert_held(&twill_mutex);
	job->units_done++;
	if (!gate)
		return 0;
	if (job->state != TWILL_JOB_STATE_RUNNING || !gate->n_waiting ||
	    job->protected_ns > now || !twill_gate_full(gate, now))
		return 0;
	next = twill_gate_first(gate, 1);
	rule = twill_line_rule(gate);
	mine.priority = job->task->priority;
	mine.remaining_us = twill_line_remaining(job, now);
	mine.seq = job->claim.seq;
	if (!next || !twill_before(&rule, &next->claim, &mine))
		return 0;
	grant = new_grant(ack);
	if (!grant)
		return -ENOMEM;
	twill_line_run_end(gate, job, now);
	twill_gate_wait(gate, job, TWILL_JOB_STATE_QUEUED, now);
	twill_gate_settle(gate);
	if (job->state == TWILL_JOB_STATE_QUEUED)
		queued(job, grant, TWILL_WHY_UNIT);
	else
		nlmsg_free(grant);
	return 0;
}

/**
 * twill_gate_leave() - a job has ended, or is withdrawn
 * @job: a job; at no gate when this returns
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_leave(struct twill_job *job)
{
	struct twill_gate *gate = job->gate;
	u64 now = twill_now();
	u32 was = job->state;
	int i;

	lockdep_assert_held(&twill_mutex);
	if (!gate)
		return;
	if (was == TWILL_JOB_STATE_RUNNING) {
		twill_line_run_end(gate, job, now);
		if (job->latency_ns)
			twill_line_learn(gate, job);
	} else {
		twill_gate_wait_end(gate, job, now);
	}
	trace_twill_gate(gate, job, TWILL_WHY_LEAVES);
	nlmsg_free(job->grant);
	job->grant = NULL;
	job->state = TWILL_JOB_STATE_BEGUN;
	job->gate = NULL;
	if (was == TWILL_JOB_STATE_PREEMPTED) {
		job->task->preempted--;
		(void)twill_gate_update(job->task);
	}
	/* Its task may have been lent something by those who wait here. */
	for (i = 1; gate->n_waiting && i < TWILL_ACCELERATORS; i++)
		twill_gate_mark(i);
	twill_gate_settle(NULL);
}

/**
 * twill_gate_reorder() - priority or predictions of a task's jobs changed
 * @task: the task
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_reorder(struct twill_task *task)
{
	u64 now = twill_now();
	struct twill_job *job;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry(job, &task->jobs, node) {
		if (!job->gate)
			continue;
		if (job->state != TWILL_JOB_STATE_RUNNING)
			twill_gate_reclaim(job->gate, job, now);
		twill_gate_mark(job->accelerator);
	}
	twill_gate_settle(NULL);
}

/**
 * twill_gate_frozen() - a task was frozen or thawed, or a lease on it ended
 * @task: the task
 * @changed: it was
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_frozen(struct twill_task *task, bool changed)
{
	u64 now = twill_now();
	struct twill_job *job;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry(job, &task->jobs, node) {
		if (!job->gate)
			continue;
		if (changed && job->state == TWILL_JOB_STATE_RUNNING)
			twill_line_bank(job, now);
		twill_gate_mark(job->accelerator);
	}
	twill_gate_settle(NULL);
}

/**
 * twill_gate_holds() - whether a preempted job has a task frozen
 * @task: the task
 *
 * Context: caller holds twill_mutex.
 * Return: true if it is one of its own, or one of its group's.
 */
bool twill_gate_holds(const struct twill_task *task)
{
	struct twill_task *member;
	unsigned long id;

	lockdep_assert_held(&twill_mutex);
	if (task->preempted || !task->group)
		return task->preempted;
	xa_for_each(&twill_tasks, id, member)
		if (member->preempted && twill_same_group(member, task))
			return true;
	return false;
}

/* Let a job in beyond the capacity, and leave it alone for a while. */
static void let_in_anyway(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	job->protected_ns = now + slice_ns();
	twill_lease_watch(job->protected_ns);
	gate->stats.aged++;
	job->task->gates.aged++;
	twill_gate_let_in(gate, job, TWILL_WHY_AGED, now);
}

/**
 * twill_gate_release() - a task has been frozen for too long
 * @task: the task; its preempted jobs, and those of its group, run on
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_release(struct twill_task *task)
{
	u64 now = twill_now();
	struct twill_task *member;
	struct twill_job *job;
	unsigned long id;

	lockdep_assert_held(&twill_mutex);
	if (!twill_gate_holds(task))
		return;
	xa_for_each(&twill_tasks, id, member) {
		if (!member->preempted || !twill_same_group(member, task))
			continue;
		list_for_each_entry(job, &member->jobs, node)
			if (job->state == TWILL_JOB_STATE_PREEMPTED)
				let_in_anyway(job->gate, job, now);
	}
}

static u64 expire_one(struct twill_gate *gate, u64 now)
{
	struct twill_job *job;
	u64 until;

	(void)twill_gate_counted(gate, now, &until);
	job = longest_waiting(gate);
	if (job && !until && job->since_ns + ageing_ns() <= now) {
		let_in_anyway(gate, job, now);
		until = job->protected_ns;
		job = longest_waiting(gate);
	}
	/* Someone's protection may have ended. */
	twill_gate_settle(gate);
	if (until)
		return until;
	return job ? job->since_ns + ageing_ns() : U64_MAX;
}

/**
 * twill_gate_expire() - let in what has waited for too long
 * @now: twill_now()
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: when to look again, U64_MAX for never.
 */
u64 twill_gate_expire(u64 now)
{
	u64 next = U64_MAX;
	int i;

	lockdep_assert_held(&twill_mutex);
	for (i = 1; i < TWILL_ACCELERATORS; i++)
		if (gates[i].n_waiting || gates[i].n_running)
			next = min(next, gates[i].conf.mode == TWILL_GATE_MODE_ENFORCE ?
					 expire_one(&gates[i], now) : U64_MAX);
	return next;
}

/** twill_gate_init() - make the gates, all off */
void twill_gate_init(void)
{
	int i, priority;

	for (i = 1; i < TWILL_ACCELERATORS; i++) {
		gates[i].accelerator = i;
		gates[i].admin.capacity = 1;
		gates[i].conf = gates[i].admin;
		for (priority = 0; priority < TWILL_PRIORITIES; priority++)
			gates[i].waiting[priority] = RB_ROOT_CACHED;
		INIT_LIST_HEAD(&gates[i].oldest);
		INIT_LIST_HEAD(&gates[i].running);
	}
}
