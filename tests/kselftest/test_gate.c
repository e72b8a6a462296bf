// SPDX-License-Identifier: GPL-2.0-or-later
/* The gates: who is let in, who waits, who is parked for whom. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "gates.h"
#include "rival.h"
#include "tap.h"

#define GPU	TWILL_ACCELERATOR_GPU
#define DLA	TWILL_ACCELERATOR_DLA0
#define RUNNING		TWILL_JOB_STATE_RUNNING
#define QUEUED		TWILL_JOB_STATE_QUEUED
#define PREEMPTED	TWILL_JOB_STATE_PREEMPTED
/*
 * Microseconds: below strict_max_ms, and so much that a job is not thought to
 * be overdue however slow the machine is.
 */
#define SHORT	10000
#define LONG	900000000

void test_gate_queue(void)
{
	struct rival *a = rival_start(100, 0), *b = rival_start(100, 0), *d = rival_start(90, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_WEIGHTED);
	EXPECT_EQ(rival_begin(a, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(a), RUNNING);
	EXPECT_EQ(rival_begin(b, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(b), QUEUED);
	EXPECT_EQ(rival_wait(b, 50), -ETIMEDOUT);
	EXPECT_EQ(gate_u32(&c, GPU, TWILL_A_GATE_RUNNING), 1);
	EXPECT_EQ(gate_u32(&c, GPU, TWILL_A_GATE_WAITING), 1);
	/* Nothing at the other gates. */
	EXPECT_EQ(rival_begin(d, DLA, LONG, 0), 0);
	EXPECT_EQ(rival_state(d), RUNNING);
	EXPECT_EQ(rival_finish(d), 0);
	/* Equals do not preempt; the end hands over, and tells the socket. */
	EXPECT(grows(rival_spins(a), SOON));
	EXPECT_EQ(rival_finish(a), 0);
	EXPECT_EQ(rival_wait(b, SOON), 0);
	EXPECT_EQ(rival_state(b), RUNNING);
	/* An exit hands over as well. */
	EXPECT_EQ(rival_begin(a, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(a), QUEUED);
	rival_end(b);
	EXPECT_EQ(rival_wait(a, SOON), 0);
	/* Withdrawn: not granted later. */
	EXPECT_EQ(rival_begin(d, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(d), QUEUED);
	EXPECT_EQ(rival_finish(d), 0);
	EXPECT_EQ(rival_finish(a), 0);
	EXPECT_EQ(rival_wait(d, 50), -ETIMEDOUT);
	EXPECT_EQ(gate_u32(&c, GPU, TWILL_A_GATE_RUNNING), 0);
	EXPECT_EQ(gate_u32(&c, GPU, TWILL_A_GATE_WAITING), 0);
	rival_end(a);
	rival_end(d);
	close_gate(&c);
}

void test_gate_preempts(void)
{
	struct rival *low = rival_start(10, 0), *high = rival_start(200, 0);
	struct rival *mid = rival_start(100, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_WEIGHTED);
	EXPECT_EQ(rival_begin(low, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(high, GPU, SHORT, 0), 0);
	EXPECT_EQ(rival_state(high), RUNNING);
	/* When the answer is there, no thread of the other is in user mode. */
	EXPECT(still(rival_spins(low), 100));
	EXPECT_EQ(job_state(&c, low), PREEMPTED);
	EXPECT_EQ(rival_begin(mid, GPU, SHORT, 0), 0);
	EXPECT_EQ(rival_state(mid), QUEUED);
	EXPECT_EQ(rival_finish(high), 0);
	EXPECT_EQ(rival_wait(mid, SOON), 0);
	EXPECT(still(rival_spins(low), 50));
	/* The process that goes hands over to the parked one. */
	rival_end(mid);
	EXPECT(grows(rival_spins(low), PROMISE));
	EXPECT_EQ(job_state(&c, low), RUNNING);
	EXPECT_EQ(get_task(&c, rival_pid(low)), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_FREEZES), 1);
	EXPECT_EQ(rival_finish(low), 0);
	rival_end(low);
	rival_end(high);
	close_gate(&c);
}

/* By weight, a long job of higher priority does not park one that is nearly done. */
void test_gate_orders(void)
{
	struct rival *low = rival_start(10, 0), *high = rival_start(20, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_WEIGHTED);
	EXPECT_EQ(rival_begin(low, GPU, 60000, 8), 0);
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(high), QUEUED);
	EXPECT(grows(rival_spins(low), SOON));
	/* The same under the other order, which is put in place under way. */
	EXPECT_EQ(enforce(&c, TWILL_GATE_ORDER_STRICT), 0);
	EXPECT_EQ(rival_wait(high, SOON), 0);
	EXPECT(still(rival_spins(low), 50));
	EXPECT_EQ(rival_finish(high), 0);
	EXPECT(grows(rival_spins(low), PROMISE));
	EXPECT_EQ(rival_finish(low), 0);
	rival_end(low);
	rival_end(high);
	close_gate(&c);
}

/* A stream of tokens gives way between two of them, and is told when to go on. */
void test_gate_units(void)
{
	struct rival *stream = rival_start(100, 0), *other = rival_start(100, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_WEIGHTED);
	EXPECT_EQ(rival_begin(stream, GPU, 200000000, 100), 0);
	EXPECT_EQ(rival_unit(stream), 0);
	EXPECT_EQ(rival_state(stream), RUNNING);
	EXPECT_EQ(rival_begin(other, GPU, 150000000, 0), 0);
	EXPECT_EQ(rival_state(other), QUEUED);
	EXPECT_EQ(rival_unit(stream), 0);
	EXPECT_EQ(rival_state(stream), QUEUED);
	EXPECT_EQ(rival_wait(other, SOON), 0);
	EXPECT_EQ(rival_finish(other), 0);
	EXPECT_EQ(rival_wait(stream, SOON), 0);
	EXPECT_EQ(rival_unit(stream), 0);
	EXPECT_EQ(rival_state(stream), RUNNING);
	EXPECT_EQ(rival_finish(stream), 0);
	rival_end(stream);
	rival_end(other);
	close_gate(&c);
}

/* Whatever arrives, the least urgent runs within its time, and is not parked at once. */
void test_gate_ageing(void)
{
	struct rival *low = rival_start(0, 0), *high = rival_start(255, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_STRICT);
	EXPECT_EQ(set_knob("ageing_ms", "200"), 0);
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(low, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(low), QUEUED);
	EXPECT_EQ(rival_wait(low, PROMISE), 0);
	EXPECT_EQ(job_state(&c, high), RUNNING);
	/* After its slice it is one too many. */
	EXPECT(until_state(&c, rival_pid(low), TWILL_TASK_STATE_FROZEN, SOON));
	/* And again, parked this time. */
	EXPECT(grows(rival_spins(low), SOON));
	rival_end(high);
	EXPECT(grows(rival_spins(low), PROMISE));
	rival_end(low);
	close_gate(&c);
}

/* Those that share what the kernel cannot see are parked together, and not for each other. */
void test_gate_group(void)
{
	struct rival *a = rival_start(10, 7), *b = rival_start(200, 7);
	struct rival *high = rival_start(220, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_STRICT);
	EXPECT_EQ(rival_begin(a, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(b, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(b), QUEUED);
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(high), RUNNING);
	EXPECT(still(rival_spins(a), 50));
	EXPECT(still(rival_spins(b), 50));
	EXPECT_EQ(rival_finish(high), 0);
	EXPECT(grows(rival_spins(a), PROMISE));
	EXPECT(grows(rival_spins(b), PROMISE));
	rival_end(a);
	rival_end(b);
	rival_end(high);
	close_gate(&c);
}

/* A holder that a more urgent job waits for elsewhere is not parked for a middling one. */
void test_gate_inherits(void)
{
	struct rival *low = rival_start(10, 0), *mid = rival_start(100, 0);
	struct rival *high = rival_start(200, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_WEIGHTED);
	EXPECT_EQ(gate_set(&c, DLA, TWILL_GATE_MODE_ENFORCE, 1, TWILL_GATE_ORDER_STRICT, 600000), 0);
	EXPECT_EQ(rival_begin(low, DLA, LONG, 0), 0);
	EXPECT_EQ(rival_begin(low, GPU, SHORT, 2), 0);
	/* Too long to park the short one for. */
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(high), QUEUED);
	EXPECT_EQ(rival_begin(mid, DLA, SHORT, 0), 0);
	EXPECT_EQ(rival_state(mid), QUEUED);
	EXPECT(grows(rival_spins(low), SOON));
	/* What it lent ends with the wait: the answer finds the rival parked. */
	rival_post_finish(low);
	EXPECT_EQ(rival_wait(high, SOON), 0);
	EXPECT_EQ(rival_wait(mid, SOON), 0);
	EXPECT(still(rival_spins(low), 50));
	rival_end(low);
	rival_end(mid);
	rival_end(high);
	close_gate(&c);
}

/* A frozen job does not keep the accelerator, and gets it back. */
void test_gate_frozen_holder(void)
{
	struct rival *a = rival_start(100, 0), *b = rival_start(100, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_WEIGHTED);
	EXPECT_EQ(rival_begin(a, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(b, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(b), QUEUED);
	EXPECT_EQ(freeze(&c, rival_pid(a), 60000), 0);
	EXPECT_EQ(rival_wait(b, SOON), 0);
	EXPECT_EQ(rival_finish(b), 0);
	EXPECT_EQ(thaw(&c, rival_pid(a)), 0);
	EXPECT(grows(rival_spins(a), PROMISE));
	EXPECT_EQ(job_state(&c, a), RUNNING);
	/* One that is preempted and frozen runs when neither holds it. */
	EXPECT_EQ(enforce(&c, TWILL_GATE_ORDER_STRICT), 0);
	rival_end(b);
	b = rival_start(200, 0);
	EXPECT_EQ(rival_begin(b, GPU, SHORT, 0), 0);
	EXPECT_EQ(rival_state(b), RUNNING);
	EXPECT_EQ(freeze(&c, rival_pid(a), 60000), 0);
	EXPECT_EQ(rival_finish(b), 0);
	EXPECT(still(rival_spins(a), 50));
	EXPECT_EQ(thaw(&c, rival_pid(a)), 0);
	EXPECT(grows(rival_spins(a), PROMISE));
	rival_end(a);
	rival_end(b);
	close_gate(&c);
}

/* Settings under a lease end with it; everybody who was held back runs. */
void test_gate_lease(void)
{
	struct rival *low = rival_start(10, 0), *high = rival_start(200, 0);
	struct rival *third = rival_start(100, 0);
	struct nlc c, other;

	open_gate(&c, TWILL_GATE_ORDER_WEIGHTED);
	REQUIRE_EQ(nlc_open(&other), 0);
	EXPECT_EQ(gate_set(&other, GPU, TWILL_GATE_MODE_OFF, 1, 0, 1000), -EBUSY);
	EXPECT(*other.ack);
	EXPECT_EQ(gate_op(&other, TWILL_CMD_GATE_DEL, GPU), -ENOENT);
	/* Nor does what the administrator writes meanwhile count before it ends. */
	EXPECT_EQ(set_knob("gate/gpu/capacity", "3"), 0);
	EXPECT_EQ(gate_u32(&other, GPU, TWILL_A_GATE_CAPACITY), 1);
	EXPECT_EQ(set_knob("gate/gpu/capacity", "1"), 0);
	EXPECT_EQ(rival_begin(low, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(high, GPU, SHORT, 0), 0);
	EXPECT_EQ(rival_begin(third, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(third), QUEUED);
	EXPECT(still(rival_spins(low), 50));
	nlc_close(&c);
	EXPECT(grows(rival_spins(low), PROMISE));
	EXPECT_EQ(rival_wait(third, SOON), 0);
	EXPECT_EQ(gate_u32(&other, GPU, TWILL_A_GATE_MODE), TWILL_GATE_MODE_OFF);
	EXPECT_EQ(gate_u32(&other, GPU, TWILL_A_GATE_RUNNING), 3);
	/* The administrator's, without a lease. */
	EXPECT_EQ(set_knob("gate/gpu/capacity", "2"), 0);
	EXPECT_EQ(set_knob("gate/gpu/capacity", "0"), -ERANGE);
	EXPECT_EQ(set_knob("gate/gpu/capacity", "65"), -ERANGE);
	EXPECT_EQ(set_knob("gate/gpu/mode", "sometimes"), -EINVAL);
	EXPECT_EQ(set_knob("gate/gpu/mode", "enforce"), 0);
	EXPECT(still(rival_spins(low), 50));
	EXPECT_EQ(gate_u32(&other, GPU, TWILL_A_GATE_RUNNING), 2);
	/* A lease that runs out gives way to them. */
	EXPECT_EQ(gate_set(&other, GPU, TWILL_GATE_MODE_OFF, 1, 0, 1000), 0);
	EXPECT(grows(rival_spins(low), PROMISE));
	EXPECT(until_state(&other, rival_pid(low), TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT_EQ(set_knob("gate/gpu/mode", "off"), 0);
	EXPECT_EQ(set_knob("gate/gpu/capacity", "1"), 0);
	EXPECT(grows(rival_spins(low), PROMISE));
	rival_end(low);
	rival_end(high);
	rival_end(third);
	nlc_close(&other);
	EXPECT_EQ(set_knob("ageing_ms", "1000"), 0);
}

/* Both of its jobs were parked for others: each must get to run all the same. */
void test_gate_two_jobs(void)
{
	struct rival *low = rival_start(10, 0), *high = rival_start(200, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_STRICT);
	EXPECT_EQ(gate_set(&c, GPU, TWILL_GATE_MODE_ENFORCE, 2, TWILL_GATE_ORDER_STRICT, 600000), 0);
	EXPECT_EQ(rival_begin(low, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(low, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(high), RUNNING);
	EXPECT(still(rival_spins(low), 50));
	EXPECT_EQ(set_knob("ageing_ms", "200"), 0);
	EXPECT(grows(rival_spins(low), PROMISE));
	/* It is parked again, and again let in. */
	EXPECT(until_state(&c, rival_pid(low), TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT(grows(rival_spins(low), PROMISE));
	rival_end(high);
	EXPECT(grows(rival_spins(low), PROMISE));
	rival_end(low);
	close_gate(&c);
}

/* One that cannot preempt does not stand in the way of one that can. */
void test_gate_past_blocked(void)
{
	struct rival *holder = rival_start(10, 7), *blocked = rival_start(250, 7);
	struct rival *high = rival_start(200, 0), *tiny = rival_start(5, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_WEIGHTED);
	EXPECT_EQ(rival_begin(holder, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(blocked, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(blocked), QUEUED);
	EXPECT_EQ(rival_begin(tiny, GPU, 1, 0), 0);
	EXPECT_EQ(rival_state(tiny), QUEUED);
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(high), RUNNING);
	rival_end(high);
	rival_end(tiny);
	rival_end(blocked);
	rival_end(holder);
	close_gate(&c);
}

/* Only counted. */
void test_gate_observe(void)
{
	struct rival *a = rival_start(100, 0), *b = rival_start(200, 0);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(gate_set(&c, GPU, TWILL_GATE_MODE_OBSERVE, 1, 0, 60000), 0);
	EXPECT_EQ(rival_begin(a, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(b, GPU, SHORT, 0), 0);
	EXPECT_EQ(rival_state(b), RUNNING);
	EXPECT(grows(rival_spins(a), SOON));
	EXPECT_EQ(rival_finish(b), 0);
	EXPECT_EQ(rival_finish(a), 0);
	EXPECT_EQ(gate_op(&c, TWILL_CMD_GATE_DEL, GPU), 0);
	EXPECT_EQ(gate_u32(&c, GPU, TWILL_A_GATE_MODE), TWILL_GATE_MODE_OFF);
	rival_end(a);
	rival_end(b);
	nlc_close(&c);
}

/* A parked task is let go after freeze_max_ms, whatever the gate says. */
void test_gate_freeze_max(void)
{
	struct rival *low = rival_start(10, 0), *high = rival_start(200, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_STRICT);
	EXPECT_EQ(set_knob("freeze_max_ms", "300"), 0);
	EXPECT_EQ(rival_begin(low, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT(still(rival_spins(low), 20));
	EXPECT_EQ(set_knob("strict_max_ms", "60000"), 0);
	EXPECT(grows(rival_spins(low), PROMISE));
	EXPECT_EQ(job_state(&c, low), RUNNING);
	EXPECT_EQ(set_knob("strict_max_ms", "50"), 0);
	EXPECT_EQ(set_knob("freeze_max_ms", "60000"), 0);
	rival_end(low);
	rival_end(high);
	close_gate(&c);
}
