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

#define ROUNDS		64	/* of settling for one change: far more than it takes */

static struct twill_gate gates[TWILL_ACCELERATORS];	/* by accelerator; twill_mutex */
static unsigned long dirty;		/* gates to be settled, by accelerator; twill_mutex */
static bool settling;			/* twill_mutex */

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

/* The most urgent that waits for a task at another gate lends it its priority. */
static u32 effective(const struct twill_job *job)
{
	u32 priority = job->task->priority;
	const struct twill_job *other;

	list_for_each_entry(other, &job->task->jobs, node)
		if (other->gate != job->gate && other->state == TWILL_JOB_STATE_RUNNING &&
		    other->gate->n_waiting)
			priority = max_t(u32, priority,
					 find_last_bit(other->gate->priorities, TWILL_PRIORITIES));
	return priority;
}

static struct twill_claim claim_of(const struct twill_job *job, u64 now)
{
	return (struct twill_claim){
		.priority = effective(job),
		.remaining_us = twill_line_remaining(job, now),
		.seq = job->claim.seq,
	};
}

/* ---- what happens to a job ---- */

static void wait(struct twill_gate *gate, struct twill_job *job, u32 state, u64 now)
{
	twill_line_wait(gate, job, state, now);
	twill_lease_watch(now + ageing_ns());
}

static int update_group(struct twill_task *task)
{
	struct twill_task *member;
	unsigned long id;
	int err;

	if (!task->group)
		return twill_freeze_update(task);
	xa_for_each(&twill_tasks, id, member) {
		err = twill_same_group(member, task) ? twill_freeze_update(member) : 0;
		if (err && (err != -ESRCH || member == task))
			return err;
	}
	return 0;
}

/* What is lent to a task at one gate counts at the others. */
static void lent_changed(const struct twill_gate *gate, const struct twill_task *task)
{
	const struct twill_job *job;

	list_for_each_entry(job, &task->jobs, node)
		if (job->gate && job->gate != gate)
			__set_bit(job->accelerator, &dirty);
}

static void let_in(struct twill_gate *gate, struct twill_job *job, enum twill_why why, u64 now)
{
	const struct twill_job *holder;
	u32 was = job->state;

	list_for_each_entry(holder, &gate->running, queue)
		lent_changed(gate, holder->task);
	twill_line_wait_end(gate, job, now);
	twill_line_run(gate, job, now);
	if (was == TWILL_JOB_STATE_PREEMPTED) {
		job->task->preempted--;
		(void)update_group(job->task);
	} else {
		gate->stats.runs++;
		job->task->gates.runs++;
	}
	if (was == TWILL_JOB_STATE_PREEMPTED || job->grant)
		twill_event_job(job->task, job, TWILL_CHANGE_CHANGED);
	trace_twill_gate(gate, job, why);
	if (job->grant)
		twill_event_grant(job);
}

/* Whether a task and those frozen with it may be parked for another's job. */
static bool parkable(const struct twill_task *task, const struct twill_task *by)
{
	struct twill_task *member;
	unsigned long id;

	if (by && twill_same_group(task, by))
		return false;
	xa_for_each(&twill_tasks, id, member) {
		if (!twill_same_group(member, task))
			continue;
		if (twill_agent.owner && member->pid == twill_agent.owner->tgid)
			return false;
		/* A SIGSTOP is waited for, and so cannot be for oneself. */
		if (twill_knobs.freeze_backend == TWILL_BACKEND_SIGNAL &&
		    member->pid == task_tgid(current))
			return false;
		if (!task->group)
			break;
	}
	return true;
}

static bool preempt(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	struct twill_task *task = job->task;

	twill_line_run_end(gate, job, now);
	wait(gate, job, TWILL_JOB_STATE_PREEMPTED, now);
	task->preempted++;
	if (update_group(task)) {
		task->preempted--;
		(void)update_group(task);
		twill_line_wait_undo(gate, job);
		twill_line_run(gate, job, now);
		return false;
	}
	gate->stats.preemptions++;
	task->gates.preemptions++;
	trace_twill_gate(gate, job, TWILL_WHY_PREEMPTED);
	twill_event_job(task, job, TWILL_CHANGE_CHANGED);
	return true;
}

/* ---- settling ---- */

/* Whether letting it in would have it run. */
static bool eligible(const struct twill_job *job)
{
	return job->state == TWILL_JOB_STATE_PREEMPTED ? !twill_freeze_held(job->task) :
							  !job->task->frozen;
}

static struct twill_job *first(struct twill_gate *gate)
{
	struct rb_node *node;
	struct twill_job *job;

	for (node = rb_first_cached(&gate->waiting); node; node = rb_next(node)) {
		job = rb_entry(node, struct twill_job, wait);
		if (eligible(job))
			return job;
	}
	return NULL;
}

static struct twill_job *longest_waiting(struct twill_gate *gate)
{
	struct twill_job *job;

	list_for_each_entry(job, &gate->oldest, queue)
		if (eligible(job))
			return job;
	return NULL;
}

/* Jobs that count against the capacity; @until is when the last protection ends, or zero. */
static u32 counted(const struct twill_gate *gate, u64 now, u64 *until)
{
	const struct twill_job *job;
	u32 n = 0;

	*until = 0;
	list_for_each_entry(job, &gate->running, queue) {
		if (job->task->frozen)
			continue;
		if (job->protected_ns > now)
			*until = max(*until, job->protected_ns);
		else
			n++;
	}
	return n;
}

static bool full(const struct twill_gate *gate, u64 now)
{
	u64 until;

	return gate->conf.mode == TWILL_GATE_MODE_ENFORCE &&
	       counted(gate, now, &until) >= gate->conf.capacity;
}

static bool overfull(const struct twill_gate *gate, u64 now)
{
	u64 until;

	return gate->conf.mode == TWILL_GATE_MODE_ENFORCE &&
	       counted(gate, now, &until) > gate->conf.capacity;
}

/* The least urgent of the running; with @by, of those that @by is worth parking for. */
static struct twill_job *victim(struct twill_gate *gate, const struct twill_job *by, u64 now)
{
	struct twill_rule rule = twill_line_rule(gate);
	struct twill_claim claim, worst = {};
	struct twill_job *job, *found = NULL;

	list_for_each_entry(job, &gate->running, queue) {
		if (job->task->frozen || job->protected_ns > now)
			continue;
		claim = claim_of(job, now);
		if (by && !twill_preempts(&rule, &by->claim, &claim))
			continue;
		if (found && twill_before(&rule, &claim, &worst))
			continue;
		if (!parkable(job->task, by ? by->task : NULL))
			continue;
		found = job;
		worst = claim;
	}
	return found;
}

static void settle_one(struct twill_gate *gate)
{
	u64 now = ktime_get_ns();
	struct twill_job *next, *loser;

	while (overfull(gate, now)) {
		loser = victim(gate, NULL, now);
		if (!loser || !preempt(gate, loser, now))
			break;
	}
	while ((next = first(gate))) {
		if (full(gate, now)) {
			loser = victim(gate, next, now);
			if (!loser || !preempt(gate, loser, now))
				return;
		}
		let_in(gate, next, TWILL_WHY_TURN, now);
	}
}

/*
 * Parking and thawing change what counts at the other gates of a task, so
 * settling one may call for settling another. Each round lets a job in, or
 * parks one that is less urgent; the bound is for what nobody thought of.
 */
static void settle(void)
{
	int i, rounds = 0;

	lockdep_assert_held(&twill_mutex);
	if (settling)
		return;
	settling = true;
	while (dirty && rounds++ < ROUNDS) {
		i = __ffs(dirty);
		__clear_bit(i, &dirty);
		settle_one(&gates[i]);
	}
	dirty = 0;
	settling = false;
}

static void settle_gate(const struct twill_gate *gate)
{
	__set_bit(gate->accelerator, &dirty);
	settle();
}

/* ---- for the others ---- */

static int queue(struct twill_job *job, struct netlink_ext_ack *ack)
{
	job->grant = genlmsg_new(GENLMSG_DEFAULT_SIZE / 8, GFP_KERNEL_ACCOUNT);
	if (job->grant)
		return 0;
	NL_SET_ERR_MSG(ack, "no memory to tell of the grant with");
	return -ENOMEM;
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
	u64 now = ktime_get_ns();
	int err;

	lockdep_assert_held(&twill_mutex);
	if (!gate)
		return 0;
	job->gate = gate;
	if (gate->conf.mode == TWILL_GATE_MODE_OBSERVE &&
	    gate->n_running >= gate->conf.capacity) {
		gate->stats.waits++;
		job->task->gates.waits++;
	}
	if (!gate->n_waiting && !full(gate, now)) {
		twill_line_run(gate, job, now);
		gate->stats.runs++;
		job->task->gates.runs++;
		trace_twill_gate(gate, job, TWILL_WHY_ENTERS);
		return 0;
	}
	wait(gate, job, TWILL_JOB_STATE_QUEUED, now);
	settle_gate(gate);
	if (job->state == TWILL_JOB_STATE_RUNNING)
		return 0;
	err = queue(job, ack);
	if (err) {
		twill_gate_leave(job);
		return err;
	}
	gate->stats.waits++;
	job->task->gates.waits++;
	trace_twill_gate(gate, job, TWILL_WHY_ENTERS);
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
	u64 now = ktime_get_ns();
	struct twill_rule rule;
	struct twill_claim mine;
	struct twill_job *next;
	int err;

	lockdep_assert_held(&twill_mutex);
	job->units_done++;
	if (job->state != TWILL_JOB_STATE_RUNNING || !gate->n_waiting ||
	    job->protected_ns > now || !full(gate, now))
		return 0;
	next = first(gate);
	rule = twill_line_rule(gate);
	mine = claim_of(job, now);
	if (!next || !twill_before(&rule, &next->claim, &mine))
		return 0;
	err = queue(job, ack);
	if (err)
		return err;
	twill_line_run_end(gate, job, now);
	wait(gate, job, TWILL_JOB_STATE_QUEUED, now);
	gate->stats.waits++;
	job->task->gates.waits++;
	trace_twill_gate(gate, job, TWILL_WHY_UNIT);
	settle_gate(gate);
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
	u64 now = ktime_get_ns();
	u32 was = job->state;

	lockdep_assert_held(&twill_mutex);
	if (!gate)
		return;
	if (was == TWILL_JOB_STATE_RUNNING) {
		twill_line_run_end(gate, job, now);
		if (job->latency_ns)
			twill_line_learn(gate, job);
	} else {
		twill_line_wait_end(gate, job, now);
	}
	trace_twill_gate(gate, job, TWILL_WHY_LEAVES);
	nlmsg_free(job->grant);
	job->grant = NULL;
	job->state = TWILL_JOB_STATE_BEGUN;
	job->gate = NULL;
	if (was == TWILL_JOB_STATE_PREEMPTED) {
		job->task->preempted--;
		(void)update_group(job->task);
	}
	if (!gate->n_waiting)
		return;
	lent_changed(gate, job->task);
	settle_gate(gate);
}

/**
 * twill_gate_reorder() - priority or predictions of a task's jobs changed
 * @task: the task
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_reorder(struct twill_task *task)
{
	u64 now = ktime_get_ns();
	struct twill_job *job;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry(job, &task->jobs, node) {
		if (!job->gate)
			continue;
		if (job->state != TWILL_JOB_STATE_RUNNING)
			twill_line_reclaim(job->gate, job, now);
		__set_bit(job->accelerator, &dirty);
	}
	settle();
}

/**
 * twill_gate_resort() - the settings of a gate changed
 * @gate: the gate
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_resort(struct twill_gate *gate)
{
	struct twill_job *job;

	lockdep_assert_held(&twill_mutex);
	twill_line_sort(gate);
	list_for_each_entry(job, &gate->oldest, queue)
		twill_lease_watch(job->since_ns + ageing_ns());
	settle_gate(gate);
}

/**
 * twill_gate_frozen() - a task was frozen or thawed
 * @task: the task
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_frozen(struct twill_task *task)
{
	struct twill_job *job;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry(job, &task->jobs, node)
		if (job->gate)
			__set_bit(job->accelerator, &dirty);
	settle();
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
	let_in(gate, job, TWILL_WHY_AGED, now);
}

/**
 * twill_gate_release() - a task has been frozen for too long
 * @task: the task; its preempted jobs, and those of its group, run on
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_release(struct twill_task *task)
{
	u64 now = ktime_get_ns();
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

	(void)counted(gate, now, &until);
	job = longest_waiting(gate);
	if (job && !until && job->since_ns + ageing_ns() <= now) {
		let_in_anyway(gate, job, now);
		until = job->protected_ns;
		job = longest_waiting(gate);
	}
	/* Someone's protection may have ended. */
	settle_gate(gate);
	if (until)
		return until;
	return job ? job->since_ns + ageing_ns() : U64_MAX;
}

/**
 * twill_gate_expire() - let in what has waited for too long
 * @now: ktime_get_ns()
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
	int i;

	for (i = 1; i < TWILL_ACCELERATORS; i++) {
		gates[i].accelerator = i;
		gates[i].admin.capacity = 1;
		gates[i].conf = gates[i].admin;
		gates[i].waiting = RB_ROOT_CACHED;
		INIT_LIST_HEAD(&gates[i].oldest);
		INIT_LIST_HEAD(&gates[i].running);
	}
}
