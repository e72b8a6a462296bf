// SPDX-License-Identifier: GPL-2.0-only
/*
 * gate_settle.c - bring a gate to where its rule says: let in, park, hand over.
 *
 * Nothing here recurses. Parking and thawing change what counts at the other
 * gates of a task; those are marked, and one loop settles whatever is marked.
 */
#include <linux/bits.h>

#include "gate.h"
#include "trace.h"

#define ROUNDS		64	/* of settling for one change: far more than it takes */
#define GROUP_PASSES	32	/* over a group that forks while it is frozen */
#define LATER_NS	(10 * NSEC_PER_MSEC)
#define ALL_GATES	GENMASK(TWILL_ACCELERATORS - 1, 1)

static unsigned long dirty;	/* gates to be settled, by accelerator; twill_mutex */
static bool settling;		/* twill_mutex */

static u64 ageing_ns(void)
{
	return (u64)twill_knobs.ageing_ms * NSEC_PER_MSEC;
}

/* The most urgent that waits for a task at another gate lends it its priority. */
static u32 effective(const struct twill_job *job)
{
	int priority = job->task->priority;
	const struct twill_job *other;

	list_for_each_entry(other, &job->task->jobs, node)
		if (other->gate != job->gate && other->state == TWILL_JOB_STATE_RUNNING)
			priority = max(priority, twill_line_top(other->gate));
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

/* What is lent to a task at one gate counts at the others. */
static void loans(const struct twill_gate *gate, int top_before)
{
	if (twill_line_top(gate) != top_before)
		dirty |= ALL_GATES;
}

/**
 * twill_gate_wait() - a job comes to wait
 * @gate: the gate
 * @job: neither waiting nor running
 * @state: queued or preempted
 * @now: twill_now()
 *
 * Context: caller holds twill_mutex, and settles afterwards; so do all of these.
 */
void twill_gate_wait(struct twill_gate *gate, struct twill_job *job, u32 state, u64 now)
{
	int top = twill_line_top(gate);

	twill_line_wait(gate, job, state, now);
	loans(gate, top);
	twill_lease_watch(now + ageing_ns());
}

/**
 * twill_gate_wait_end() - a job waits no more
 * @gate: the gate
 * @job: waiting
 * @now: twill_now()
 */
void twill_gate_wait_end(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	int top = twill_line_top(gate);

	twill_line_wait_end(gate, job, now);
	loans(gate, top);
}

/**
 * twill_gate_reclaim() - a waiting job's priority or prediction changed
 * @gate: the gate
 * @job: waiting
 * @now: twill_now()
 */
void twill_gate_reclaim(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	int top = twill_line_top(gate);

	twill_line_reclaim(gate, job, now);
	loans(gate, top);
}

/**
 * twill_gate_update() - freeze or thaw a task and its group as the gates say
 * @task: one of the group
 *
 * A member that is frozen while another one forks leaves a child that is of the
 * group and runs: done when a pass finds nobody new, as in twill_freeze().
 *
 * Return: 0, or the first error, with all others done.
 */
int twill_gate_update(struct twill_task *task)
{
	unsigned int passes = 0;
	struct twill_task *member;
	int err, first = 0;
	unsigned long id;
	bool was, fresh;

	if (!task->group)
		return twill_freeze_update(task);
	do {
		fresh = false;
		twill_task_settle_born();
		xa_for_each(&twill_tasks, id, member) {
			if (!twill_same_group(member, task))
				continue;
			was = member->frozen_since;
			err = twill_freeze_update(member);
			/* A member that exits this moment is no obstacle. */
			if (err && (err != -ESRCH || member == task) && !first)
				first = err;
			fresh |= !was && member->frozen_since;
		}
	} while (fresh && !first && ++passes < GROUP_PASSES);
	return first;
}

/**
 * twill_gate_let_in() - a waiting job may run
 * @gate: the gate
 * @job: the job
 * @why: for the trace
 * @now: twill_now()
 */
void twill_gate_let_in(struct twill_gate *gate, struct twill_job *job, enum twill_why why, u64 now)
{
	u32 was = job->state;

	twill_gate_wait_end(gate, job, now);
	twill_line_run(gate, job, now);
	if (was == TWILL_JOB_STATE_PREEMPTED) {
		job->task->preempted--;
		(void)twill_gate_update(job->task);
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

static bool protects(const struct twill_task *task, u64 now)
{
	const struct twill_job *job;

	list_for_each_entry(job, &task->jobs, node)
		if (job->state == TWILL_JOB_STATE_RUNNING && job->protected_ns > now)
			return true;
	return false;
}

static bool may_park(const struct twill_task *task, u64 now)
{
	return !(twill_agent.owner && task->pid == twill_agent.owner->tgid) &&
	       !protects(task, now);
}

/*
 * Whether a task, and those frozen with it, may be parked for another's job. A
 * protected job protects them all, at every gate, or it would not get to run.
 * A SIGSTOP has to be waited for: with that backend nobody is parked.
 */
static bool parkable(const struct twill_task *task, const struct twill_task *by, u64 now)
{
	struct twill_task *member;
	unsigned long id;

	if (twill_knobs.freeze_backend == TWILL_BACKEND_SIGNAL ||
	    (by && twill_same_group(task, by)))
		return false;
	if (!task->group)
		return may_park(task, now);
	xa_for_each(&twill_tasks, id, member)
		if (twill_same_group(member, task) && !may_park(member, now))
			return false;
	return true;
}

static bool preempt(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	struct twill_task *task = job->task;

	twill_line_run_end(gate, job, now);
	twill_gate_wait(gate, job, TWILL_JOB_STATE_PREEMPTED, now);
	task->preempted++;
	if (twill_gate_update(task)) {
		task->preempted--;
		(void)twill_gate_update(task);
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

/* Whether letting it in would have it run. */
static bool eligible(const struct twill_job *job)
{
	return job->state == TWILL_JOB_STATE_PREEMPTED ? !twill_freeze_held(job->task) :
							  !job->task->frozen;
}

/* Places that it takes: a parked task comes back with all its running jobs. */
static u32 places(const struct twill_gate *gate, const struct twill_job *job)
{
	const struct twill_job *other;
	u32 n = 1;

	if (job->state != TWILL_JOB_STATE_PREEMPTED)
		return n;
	list_for_each_entry(other, &gate->running, queue)
		n += other->task->frozen && twill_same_group(other->task, job->task);
	return n;
}

static struct twill_job *first_at(struct twill_gate *gate, int priority, u32 room)
{
	struct rb_node *node = rb_first_cached(&gate->waiting[priority]);
	struct twill_job *job;

	for (; node; node = rb_next(node)) {
		job = rb_entry(node, struct twill_job, wait);
		if (eligible(job) && places(gate, job) <= room)
			return job;
	}
	return NULL;
}

/**
 * twill_gate_first() - who is due next
 * @gate: the gate
 * @room: places that there are
 *
 * Return: the first in the order that has room and would run; or NULL.
 */
struct twill_job *twill_gate_first(struct twill_gate *gate, u32 room)
{
	struct twill_rule rule = twill_line_rule(gate);
	struct twill_job *job, *best = NULL;
	int priority;

	for (priority = twill_line_top(gate); priority >= 0 && !(rule.strict && best); priority--) {
		if (!test_bit(priority, gate->priorities))
			continue;
		job = first_at(gate, priority, room);
		if (job && (!best || twill_before(&rule, &job->claim, &best->claim)))
			best = job;
	}
	return best;
}

/**
 * twill_gate_counted() - how many jobs count against the capacity
 * @gate: the gate
 * @now: twill_now()
 * @until: when the last protection ends, zero if there is none; may be NULL
 *
 * Return: running jobs that are neither frozen nor protected.
 */
u32 twill_gate_counted(const struct twill_gate *gate, u64 now, u64 *until)
{
	const struct twill_job *job;
	u64 last = 0;
	u32 n = 0;

	list_for_each_entry(job, &gate->running, queue) {
		if (job->task->frozen)
			continue;
		if (job->protected_ns > now)
			last = max(last, job->protected_ns);
		else
			n++;
	}
	if (until)
		*until = last;
	return n;
}

/* Places left; an empty gate has room for whoever is first. */
static u32 room(const struct twill_gate *gate, u64 now)
{
	u32 n;

	if (gate->conf.mode != TWILL_GATE_MODE_ENFORCE)
		return U32_MAX;
	n = twill_gate_counted(gate, now, NULL);
	if (!n)
		return U32_MAX;
	return n < gate->conf.capacity ? gate->conf.capacity - n : 0;
}

/**
 * twill_gate_full() - whether no more job may run
 * @gate: the gate
 * @now: twill_now()
 *
 * Return: true if so.
 */
bool twill_gate_full(const struct twill_gate *gate, u64 now)
{
	return !room(gate, now);
}

static bool overfull(const struct twill_gate *gate, u64 now)
{
	return gate->conf.mode == TWILL_GATE_MODE_ENFORCE &&
	       twill_gate_counted(gate, now, NULL) > gate->conf.capacity;
}

/* What somebody says of his own job is not enough to park one of equal priority for. */
static bool beats(const struct twill_rule *rule, const struct twill_job *by,
		  const struct twill_claim *holder)
{
	return twill_preempts(rule, &by->claim, holder) &&
	       !(by->claimed && by->claim.priority == holder->priority);
}

/*
 * The least urgent of the running; with @by, of those that @by is worth parking
 * for; without, only if one that is not frozen with it goes on.
 */
static struct twill_job *victim(struct twill_gate *gate, const struct twill_job *by, u64 now)
{
	struct twill_rule rule = twill_line_rule(gate);
	struct twill_claim claim, worst = {};
	struct twill_job *job, *found = NULL, *any = NULL;
	bool others = false;

	list_for_each_entry(job, &gate->running, queue) {
		if (job->task->frozen || job->protected_ns > now)
			continue;
		if (!any)
			any = job;
		others |= !twill_same_group(any->task, job->task);
		claim = claim_of(job, now);
		if (by && !beats(&rule, by, &claim))
			continue;
		if (found && twill_before(&rule, &claim, &worst))
			continue;
		if (!parkable(job->task, by ? by->task : NULL, now))
			continue;
		found = job;
		worst = claim;
	}
	return by || others ? found : NULL;
}

/* The first in the order that is worth parking somebody for: @loser. Each priority has a best. */
static struct twill_job *challenger(struct twill_gate *gate, struct twill_job **loser, u64 now)
{
	struct twill_rule rule = twill_line_rule(gate);
	struct twill_job *job, *found, *best = NULL;
	int priority;

	for (priority = twill_line_top(gate); priority >= 0 && !(rule.strict && best); priority--) {
		if (!test_bit(priority, gate->priorities))
			continue;
		job = first_at(gate, priority, 1);
		if (!job || (best && twill_before(&rule, &best->claim, &job->claim)))
			continue;
		found = victim(gate, job, now);
		if (!found)
			continue;
		best = job;
		*loser = found;
	}
	return best;
}

static void settle_one(struct twill_gate *gate)
{
	struct twill_job *next, *loser;
	u64 now = twill_now();
	int parked = 0;
	u32 places_left;

	while (overfull(gate, now) && parked++ < ROUNDS) {
		loser = victim(gate, NULL, now);
		if (!loser || !preempt(gate, loser, now))
			break;
	}
	while (gate->n_waiting) {
		places_left = room(gate, now);
		next = places_left ? twill_gate_first(gate, places_left) : NULL;
		if (!next) {
			next = places_left ? NULL : challenger(gate, &loser, now);
			if (!next || parked++ >= ROUNDS || !preempt(gate, loser, now))
				break;
		}
		twill_gate_let_in(gate, next, TWILL_WHY_TURN, now);
	}
}

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
		settle_one(twill_gate_of(i));
	}
	/* For what nobody thought of: each gate is looked at again then. */
	if (dirty)
		twill_lease_watch(twill_now() + LATER_NS);
	dirty = 0;
	settling = false;
}

/**
 * twill_gate_mark() - have a gate settled with the next one that is
 * @accelerator: whose
 */
void twill_gate_mark(u32 accelerator)
{
	__set_bit(accelerator, &dirty);
}

/**
 * twill_gate_settle() - something changed at a gate
 * @gate: the gate; NULL to settle those that are marked
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_settle(const struct twill_gate *gate)
{
	if (gate)
		twill_gate_mark(gate->accelerator);
	settle();
}

/**
 * twill_gate_settle_all() - a knob of all gates changed
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_settle_all(void)
{
	dirty |= ALL_GATES;
	settle();
	twill_lease_watch(twill_now());
}
