// SPDX-License-Identifier: GPL-2.0-or-later
/* The gates: who is never parked, who is parked with whom, whose word counts. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gates.h"
#include "rival.h"
#include "tap.h"

#define GPU	TWILL_ACCELERATOR_GPU
#define RUNNING		TWILL_JOB_STATE_RUNNING
#define QUEUED		TWILL_JOB_STATE_QUEUED
#define PREEMPTED	TWILL_JOB_STATE_PREEMPTED
#define SHORT	10000		/* microseconds: below strict_max_ms */
#define LONG	900000000	/* never overdue, however slow the machine is */
#define USER	1001

static int set_u32(struct nlc *c, pid_t pid, uint16_t attr, uint32_t value)
{
	nlc_begin(c, TWILL_CMD_TASK_SET);
	nlc_nest(c, TWILL_A_TASK);
	name_pid(c, pid);
	nlc_u32(c, attr, value);
	return nlc_do(c);
}

/* What a job says of itself parks no equal; the same said by one who may rank others does. */
void test_gate_claimed(void)
{
	struct rival *holder = rival_start(100, 0), *claims = rival_start_as(USER, 100);
	struct rival *may = rival_start(100, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_WEIGHTED);
	EXPECT_EQ(rival_begin(holder, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(claims, GPU, SHORT, 0), 0);
	EXPECT_EQ(rival_state(claims), QUEUED);
	EXPECT(grows(rival_spins(holder), SOON));
	EXPECT_EQ(rival_finish(claims), 0);
	EXPECT_EQ(rival_begin(may, GPU, SHORT, 0), 0);
	EXPECT_EQ(rival_state(may), RUNNING);
	EXPECT_EQ(job_state(&c, holder), PREEMPTED);
	rival_end(may);
	rival_end(claims);
	rival_end(holder);
	close_gate(&c);
}

/* A waiting job whose task is given another priority has its turn by that one. */
void test_gate_reorders(void)
{
	struct rival *holder = rival_start(100, 0), *a = rival_start(50, 0);
	struct rival *b = rival_start(40, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_STRICT);
	EXPECT_EQ(rival_begin(holder, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(a, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(b, GPU, LONG, 0), 0);
	EXPECT_EQ(set_u32(&c, rival_pid(b), TWILL_A_TASK_PRIORITY, 60), 0);
	EXPECT_EQ(job_state(&c, b), QUEUED);
	EXPECT_EQ(rival_finish(holder), 0);
	EXPECT_EQ(rival_wait(b, SOON), 0);
	EXPECT_EQ(job_state(&c, a), QUEUED);
	/* Above who runs, it has that one parked at once. */
	EXPECT_EQ(set_u32(&c, rival_pid(a), TWILL_A_TASK_PRIORITY, 70), 0);
	EXPECT_EQ(rival_wait(a, SOON), 0);
	EXPECT(still(rival_spins(b), 50));
	rival_end(holder);
	rival_end(a);
	rival_end(b);
	close_gate(&c);
}

/* The agent is not parked for anybody, nor are those that would be parked with it. */
void test_gate_agent(void)
{
	struct rival *mate = rival_start(10, 7), *high = rival_start(200, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_STRICT);
	EXPECT_EQ(agent_set(&c), 0);
	EXPECT_EQ(tag_group(&c, 0, 7), 0);
	EXPECT_EQ(rival_begin(mate, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(high), QUEUED);
	EXPECT(grows(rival_spins(mate), SOON));
	EXPECT_EQ(untag(&c, 0), 0);
	rival_end(mate);
	rival_end(high);
	close_gate(&c);
}

/* A SIGSTOP would have to be waited for, with every request behind it. */
void test_gate_signal_backend(void)
{
	struct rival *low = rival_start(10, 0), *high = rival_start(200, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_STRICT);
	EXPECT_EQ(set_knob("freeze_backend", "signal"), 0);
	EXPECT_EQ(rival_begin(low, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_state(high), QUEUED);
	EXPECT(grows(rival_spins(low), SOON));
	EXPECT_EQ(set_knob("freeze_backend", "task_work"), 0);
	rival_end(low);
	rival_end(high);
	close_gate(&c);
}

/* One that waits and is frozen would not run: it is let in when it is thawed, others before. */
void test_gate_frozen_waiter(void)
{
	struct rival *holder = rival_start(100, 0), *first = rival_start(90, 0);
	struct rival *second = rival_start(80, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_STRICT);
	EXPECT_EQ(rival_begin(holder, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(first, GPU, LONG, 0), 0);
	EXPECT_EQ(rival_begin(second, GPU, LONG, 0), 0);
	EXPECT_EQ(freeze(&c, rival_pid(first), 60000), 0);
	EXPECT_EQ(rival_finish(holder), 0);
	EXPECT_EQ(rival_wait(second, SOON), 0);
	EXPECT_EQ(job_state(&c, first), QUEUED);
	EXPECT_EQ(thaw(&c, rival_pid(first)), 0);
	EXPECT_EQ(rival_wait(first, SOON), 0);
	EXPECT_EQ(job_state(&c, second), PREEMPTED);
	rival_end(holder);
	rival_end(first);
	rival_end(second);
	close_gate(&c);
}

static void fork_storm(struct victim *v)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			atomic_fetch_add(&v->kids, 1);
			_exit(0);
		}
		atomic_fetch_add(&v->forks, 1);
		waitpid(pid, NULL, 0);
	}
}

/* Parked with a group that forks: what was forked in mid-freeze is held as well. */
void test_gate_group_forking(void)
{
	struct victim *v = victim_run(fork_storm);
	struct rival *low = rival_start(10, 77), *high = rival_start(200, 0);
	struct nlc c;

	open_gate(&c, TWILL_GATE_ORDER_STRICT);
	REQUIRE_EQ(tag_inherit(&c, v->pid), 0);
	REQUIRE_EQ(tag_group(&c, v->pid, 77), 0);
	EXPECT_EQ(rival_begin(low, GPU, LONG, 0), 0);
	for (int i = 0; i < 40 && !tap_failed(); i++) {
		unsigned long long kids, forks;

		EXPECT(grows(&v->forks, SOON), "round %d: nothing is forked", i);
		EXPECT(grows(&v->kids, SOON), "round %d: no child runs", i);
		EXPECT_EQ(rival_begin(high, GPU, LONG, 0), 0);
		EXPECT_EQ(rival_state(high), RUNNING);
		kids = atomic_load(&v->kids);
		forks = atomic_load(&v->forks);
		pass(i % 8 ? 2 : 30);
		EXPECT(atomic_load(&v->kids) == kids, "round %d: a child ran", i);
		EXPECT(atomic_load(&v->forks) == forks, "round %d: the parent ran", i);
		EXPECT_EQ(rival_finish(high), 0);
	}
	victim_end(v);
	rival_end(low);
	rival_end(high);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	close_gate(&c);
}
