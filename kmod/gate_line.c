// SPDX-License-Identifier: GPL-2.0-only
/*
 * gate_line.c - the jobs at a gate: those that wait, by order and by arrival,
 * and those that run; what is known of their time, and what is counted.
 */
#include <linux/log2.h>
#include <linux/math64.h>

#include "gate.h"

#define GUESS_US	10000	/* of a job's time before anything is known */

static u64 last_seq;		/* twill_mutex */

/**
 * twill_line_rule() - how claims compare at a gate
 * @gate: the gate
 *
 * Context: caller holds twill_mutex; so it does for all of these.
 * Return: the rule.
 */
struct twill_rule twill_line_rule(const struct twill_gate *gate)
{
	return (struct twill_rule){
		.strict = gate->conf.order == TWILL_GATE_ORDER_STRICT,
		.strict_max_us = min_t(u64, (u64)twill_knobs.strict_max_ms * USEC_PER_MSEC,
				       U32_MAX),
	};
}

/**
 * twill_line_top() - the highest priority that waits at a gate
 * @gate: the gate
 *
 * Return: 0 .. 255; -1 if nobody waits.
 */
int twill_line_top(const struct twill_gate *gate)
{
	unsigned long top = find_last_bit(gate->priorities, TWILL_PRIORITIES);

	return top < TWILL_PRIORITIES ? top : -1;
}

/* Time that its task was frozen is not counted: see twill_line_bank(). */
static u64 ran_ns(const struct twill_job *job, u64 now)
{
	if (job->state != TWILL_JOB_STATE_RUNNING || job->task->frozen)
		return job->ran_ns;
	return job->ran_ns + now - job->since_ns;
}

/**
 * twill_line_bank() - the task of a running job was frozen or thawed this moment
 * @job: the job
 * @now: twill_now()
 */
void twill_line_bank(struct twill_job *job, u64 now)
{
	if (job->task->frozen)
		job->ran_ns += now - job->since_ns;
	job->since_ns = now;
}

/**
 * twill_line_waited_ns() - how long a job has waited, the present wait included
 * @job: the job
 *
 * Return: nanoseconds.
 */
u64 twill_line_waited_ns(const struct twill_job *job)
{
	bool waits = job->state == TWILL_JOB_STATE_QUEUED ||
		     job->state == TWILL_JOB_STATE_PREEMPTED;

	return job->waited_ns + (waits ? twill_now() - job->since_ns : 0);
}

/**
 * twill_line_remaining() - predicted time of a job that is still to come
 * @job: at a gate
 * @now: twill_now()
 *
 * Return: microseconds, at least 1.
 */
u32 twill_line_remaining(const struct twill_job *job, u64 now)
{
	u32 predicted = job->predicted_us ?: job->task->mean_us[job->accelerator] ?:
			job->gate->mean_us ?: GUESS_US;

	return twill_remaining(predicted, div_u64(ran_ns(job, now), NSEC_PER_USEC), job->units,
			       job->units_done);
}

/* Among equals in priority, both orders are the same: the shortest first. */
static bool shorter(const struct twill_claim *a, const struct twill_claim *b)
{
	return a->remaining_us != b->remaining_us ? a->remaining_us < b->remaining_us :
						    a->seq < b->seq;
}

static void claim(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	struct rb_root_cached *root;
	struct rb_node **at, *parent = NULL;
	bool leftmost = true;

	job->claim.priority = job->task->priority;
	job->claim.remaining_us = twill_line_remaining(job, now);
	root = &gate->waiting[job->claim.priority];
	at = &root->rb_root.rb_node;
	while (*at) {
		parent = *at;
		if (shorter(&job->claim, &rb_entry(parent, struct twill_job, wait)->claim)) {
			at = &parent->rb_left;
		} else {
			at = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&job->wait, parent, at);
	rb_insert_color_cached(&job->wait, root, leftmost);
	__set_bit(job->claim.priority, gate->priorities);
}

static void unclaim(struct twill_gate *gate, struct twill_job *job)
{
	struct rb_root_cached *root = &gate->waiting[job->claim.priority];

	rb_erase_cached(&job->wait, root);
	if (RB_EMPTY_ROOT(&root->rb_root))
		__clear_bit(job->claim.priority, gate->priorities);
}

/**
 * twill_line_wait() - a job comes to wait
 * @gate: the gate
 * @job: in neither place
 * @state: queued or preempted
 * @now: twill_now()
 */
void twill_line_wait(struct twill_gate *gate, struct twill_job *job, u32 state, u64 now)
{
	job->state = state;
	job->since_ns = now;
	job->claim.seq = ++last_seq;
	claim(gate, job, now);
	list_add_tail(&job->queue, &gate->oldest);
	gate->n_waiting++;
}

/**
 * twill_line_wait_undo() - a job that has come to wait this moment does not
 * @gate: the gate
 * @job: the job; in neither place when this returns
 */
void twill_line_wait_undo(struct twill_gate *gate, struct twill_job *job)
{
	unclaim(gate, job);
	list_del(&job->queue);
	gate->n_waiting--;
}

/**
 * twill_line_reclaim() - what a waiting job brings has changed
 * @gate: the gate
 * @job: the job; keeps its turn among equals, and its age
 * @now: twill_now()
 */
void twill_line_reclaim(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	unclaim(gate, job);
	claim(gate, job, now);
}

static void note_wait(struct twill_stats *stats, u64 ns)
{
	u64 us = div_u64(ns, NSEC_PER_USEC);
	int bucket = us < 64 ? 0 : min(ilog2(us) - 5, TWILL_HISTOGRAM_BUCKETS - 1);

	stats->wait_ns += ns;
	stats->histogram[bucket]++;
}

/**
 * twill_line_wait_end() - a job waits no more
 * @gate: the gate
 * @job: waiting; in neither place when this returns
 * @now: twill_now()
 */
void twill_line_wait_end(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	twill_line_wait_undo(gate, job);
	job->waited_ns += now - job->since_ns;
	/* Who came and was let in has not waited. */
	if (job->state == TWILL_JOB_STATE_QUEUED && !job->grant)
		return;
	note_wait(&gate->stats, now - job->since_ns);
	note_wait(&job->task->gates, now - job->since_ns);
}

/**
 * twill_line_run() - a job comes to run
 * @gate: the gate
 * @job: in neither place
 * @now: twill_now()
 */
void twill_line_run(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	job->state = TWILL_JOB_STATE_RUNNING;
	job->since_ns = now;
	list_add_tail(&job->queue, &gate->running);
	gate->n_running++;
}

/**
 * twill_line_run_end() - a job runs no more
 * @gate: the gate
 * @job: running; in neither place when this returns
 * @now: twill_now()
 */
void twill_line_run_end(struct twill_gate *gate, struct twill_job *job, u64 now)
{
	job->ran_ns = ran_ns(job, now);
	list_del(&job->queue);
	gate->n_running--;
}

static void learn(u32 *mean_us, u64 us)
{
	u32 new = min_t(u64, us, U32_MAX);

	*mean_us = *mean_us ? *mean_us - *mean_us / 4 + new / 4 : max(new, 1U);
}

/**
 * twill_line_learn() - remember how long a job took
 * @gate: the gate
 * @job: has run to its end there
 */
void twill_line_learn(struct twill_gate *gate, const struct twill_job *job)
{
	u64 us = div_u64(job->ran_ns, NSEC_PER_USEC);

	learn(&gate->mean_us, us);
	learn(&job->task->mean_us[job->accelerator], us);
}
