// SPDX-License-Identifier: GPL-2.0-or-later
/* The agent and what it decides: placements, clusters; jobs, budget, events. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cpus.h"
#include "kit.h"
#include "tap.h"

static void rest(struct victim *v)
{
	(void)v;
	for (;;)
		pause();
}

static int agent_get(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_AGENT_GET);
	return nlc_do(c);
}

static int set_can_use(struct nlc *c, pid_t pid, uint32_t mask)
{
	nlc_begin(c, TWILL_CMD_TASK_SET);
	nlc_nest(c, TWILL_A_TASK);
	name_pid(c, pid);
	nlc_u32(c, TWILL_A_TASK_CAN_USE, mask);
	return nlc_do(c);
}

#define GPU_AND_DLAS (1 << TWILL_ACCELERATOR_GPU | 1 << TWILL_ACCELERATOR_DLA0 | \
		      1 << TWILL_ACCELERATOR_DLA1)

void test_job(void)
{
	struct nlc c, agent;
	uint32_t id, second;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(nlc_open(&agent), 0);
	REQUIRE_EQ(agent_set(&agent), 0);
	REQUIRE_EQ(set_can_use(&c, 0, GPU_AND_DLAS), 0);
	EXPECT_EQ(job_begin(&c, "resnet-152"), 0);
	id = nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ID);
	EXPECT_EQ(nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ACCELERATOR), TWILL_ACCELERATOR_NONE);
	EXPECT_EQ(place(&agent, getpid(), TWILL_ACCELERATOR_GPU, -1), 0);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_PLACE, id), 0);
	EXPECT_EQ(nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ACCELERATOR), TWILL_ACCELERATOR_GPU);
	/* What comes after is for the next job. */
	EXPECT_EQ(place(&agent, getpid(), TWILL_ACCELERATOR_DLA1, -1), 0);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_PLACE, id), 0);
	EXPECT_EQ(nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ACCELERATOR), TWILL_ACCELERATOR_GPU);
	EXPECT_EQ(job_begin(&c, "resnet-152"), 0);
	second = nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ID);
	EXPECT(second != id);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_PLACE, second), 0);
	EXPECT_EQ(nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ACCELERATOR), TWILL_ACCELERATOR_DLA1);
	EXPECT_EQ(get_task(&c, 0), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_MIGRATIONS), 1);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_JOBS), 2);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_GET, id), 0);
	EXPECT(!strcmp(nlc_text(&c, TWILL_A_JOB, TWILL_A_JOB_MODEL), "resnet-152"));
	EXPECT(!nlc_has(&c, TWILL_A_JOB, TWILL_A_JOB_LATENCY_NS));
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_END, id), 0);
	EXPECT(nlc_get64(&c, TWILL_A_JOB, TWILL_A_JOB_LATENCY_NS) < 60000000000ULL);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_END, id), -ESRCH);
	EXPECT(*c.ack);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_END, second), 0);
	EXPECT_EQ(get_task(&c, 0), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_JOBS), 0);
	EXPECT_EQ(nlc_get64(&c, TWILL_A_TASK, TWILL_A_TASK_JOBS_DONE), 2);
	/* The agent goes, and with it what it said. */
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PLACEMENT), TWILL_ACCELERATOR_DLA1);
	nlc_close(&agent);
	EXPECT_EQ(get_task(&c, 0), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PLACEMENT), TWILL_ACCELERATOR_NONE);
	EXPECT_EQ(untag(&c, 0), 0);
	nlc_close(&c);
}

static void count(struct nlc *c, void *data)
{
	int *n = data;

	if (nlc_has(c, TWILL_A_JOB, TWILL_A_JOB_ID))
		++*n;
}

void test_job_limits(void)
{
	char name[TWILL_NAME_MAX + 2];
	struct nlc c, d;
	int n = 0, begun = 0;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(nlc_open(&d), 0);
	REQUIRE_EQ(tag(&c, 0), 0);
	memset(name, 'a', sizeof(name));
	name[TWILL_NAME_MAX + 1] = 0;
	EXPECT(job_begin(&d, name) < 0);
	EXPECT_EQ(job_begin(&d, ""), -EINVAL);
	while (begun < 1000 && !job_begin(&d, "m"))
		begun++;
	EXPECT_EQ(begun, 64);
	EXPECT_EQ(job_begin(&d, "m"), -ENOSPC);
	EXPECT(*d.ack);
	EXPECT_EQ(nlc_dump(&c, TWILL_CMD_JOB_GET, count, &n), 0);
	EXPECT_EQ(n, 64);
	nlc_close(&d);	/* ends the jobs that were begun through it */
	EXPECT_EQ(get_task(&c, 0), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_JOBS), 0);
	EXPECT_EQ(untag(&c, 0), 0);
	nlc_close(&c);
}

void test_agent(void)
{
	struct victim *v = victim_run(rest);
	struct nlc a, b;

	REQUIRE_EQ(nlc_open(&a), 0);
	REQUIRE_EQ(nlc_open(&b), 0);
	EXPECT_EQ(agent_get(&b), -ENOENT);
	EXPECT(*b.ack);
	EXPECT_EQ(knob("agent"), 0);
	EXPECT_EQ(agent_set(&a), 0);
	EXPECT_EQ(agent_get(&b), 0);
	EXPECT_EQ(nlc_get(&b, TWILL_A_AGENT, TWILL_A_AGENT_PID), getpid());
	EXPECT_EQ(nlc_get(&b, TWILL_A_AGENT, TWILL_A_AGENT_PORTID), a.portid);
	EXPECT(!strcmp(nlc_text(&b, TWILL_A_AGENT, TWILL_A_AGENT_POLICY), "test"));
	EXPECT_EQ(knob("agent"), getpid());
	EXPECT_EQ(agent_set(&a), 0);
	EXPECT_EQ(agent_set(&b), -EBUSY);
	EXPECT(*b.ack);
	EXPECT_EQ(tag(&b, v->pid), 0);
	EXPECT_EQ(place(&b, v->pid, TWILL_ACCELERATOR_GPU, -1), -EPERM);
	EXPECT_EQ(place(&a, v->pid, TWILL_ACCELERATOR_DLA0, -1), -EINVAL);	/* not in can-use */
	EXPECT(*a.ack);
	EXPECT_EQ(place(&a, v->pid, -1, -1), -EINVAL);
	EXPECT_EQ(place(&a, v->pid, TWILL_ACCELERATOR_GPU, -1), 0);
	EXPECT_EQ(task_u32(&a, TWILL_A_TASK_PLACEMENT), TWILL_ACCELERATOR_GPU);
	/* A task that cannot use its placement any more loses it. */
	EXPECT_EQ(set_can_use(&b, v->pid, 1 << TWILL_ACCELERATOR_DLA0), 0);
	EXPECT_EQ(task_u32(&b, TWILL_A_TASK_PLACEMENT), TWILL_ACCELERATOR_NONE);
	nlc_close(&a);
	EXPECT_EQ(knob("agent"), 0);
	EXPECT_EQ(agent_set(&b), 0);
	victim_end(v);
	nlc_close(&b);
}

static int budget_set(struct nlc *c, uint32_t mw)
{
	nlc_begin(c, TWILL_CMD_BUDGET_SET);
	nlc_nest(c, TWILL_A_BUDGET);
	nlc_u32(c, TWILL_A_BUDGET_MW, mw);
	return nlc_do(c);
}

static int tell_min(struct nlc *c, uint32_t mw)
{
	nlc_begin(c, TWILL_CMD_AGENT_SET);
	nlc_nest(c, TWILL_A_BUDGET);
	nlc_u32(c, TWILL_A_BUDGET_MIN_MW, mw);
	return nlc_do(c);
}

void test_budget(void)
{
	struct nlc a, c;

	REQUIRE_EQ(nlc_open(&a), 0);
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(budget_set(&c, 15000), 0);
	EXPECT_EQ(nlc_get(&c, TWILL_A_BUDGET, TWILL_A_BUDGET_MW), 15000);
	EXPECT_EQ(nlc_get(&c, TWILL_A_BUDGET, TWILL_A_BUDGET_WINDOW_MS), 1000);
	EXPECT_EQ(knob("budget_mw"), 15000);
	EXPECT_EQ(tell_min(&a, 8000), 0);
	EXPECT_EQ(budget_set(&c, 7999), -ERANGE);
	EXPECT(*c.ack);
	EXPECT_EQ(set_knob("budget_mw", "7999"), -ERANGE);
	EXPECT_EQ(knob("budget_mw"), 15000);
	EXPECT_EQ(set_knob("budget_mw", "8000 watts"), -EINVAL);
	EXPECT_EQ(set_knob("budget_mw", "9000"), 0);
	nlc_begin(&c, TWILL_CMD_BUDGET_GET);
	EXPECT_EQ(nlc_do(&c), 0);
	EXPECT_EQ(nlc_get(&c, TWILL_A_BUDGET, TWILL_A_BUDGET_MW), 9000);
	EXPECT_EQ(nlc_get(&c, TWILL_A_BUDGET, TWILL_A_BUDGET_MIN_MW), 8000);
	EXPECT_EQ(set_knob("budget_window_ms", "9"), -ERANGE);
	EXPECT_EQ(set_knob("budget_window_ms", "500"), 0);
	EXPECT_EQ(set_knob("budget_window_ms", "1000"), 0);
	EXPECT_EQ(set_knob("default_priority", "256"), -ERANGE);
	EXPECT_EQ(set_knob("freeze_ttl_ms", "0"), -ERANGE);
	EXPECT_EQ(set_knob("version", "2"), -EACCES);
	EXPECT_EQ(budget_set(&c, 0), 0);
	nlc_close(&a);
	/* What the agent said of the board goes with it. */
	EXPECT_EQ(budget_set(&c, 1000), 0);
	EXPECT_EQ(budget_set(&c, 0), 0);
	nlc_begin(&c, TWILL_CMD_BUDGET_SET);
	EXPECT_EQ(nlc_do(&c), -EINVAL);
	EXPECT(*c.ack);
	nlc_close(&c);
}

/* The next event: its sequence number, or 0. */
static uint32_t event(struct nlc *c, uint32_t object, uint32_t change)
{
	int err = nlc_event(c, SOON);

	EXPECT_EQ(err, 0);
	if (err)
		return 0;
	EXPECT_EQ(nlc_get(c, TWILL_A_EVENT, TWILL_A_EVENT_OBJECT), object);
	EXPECT_EQ(nlc_get(c, TWILL_A_EVENT, TWILL_A_EVENT_CHANGE), change);
	return nlc_get(c, TWILL_A_EVENT, TWILL_A_EVENT_SEQ);
}

/* The agent is told all, in order and without a gap; others that there was something. */
void test_events(void)
{
	struct victim *v = victim_run(rest);
	struct nlc agent, c, all;
	uint32_t id, seq, heads;

	REQUIRE_EQ(nlc_open(&agent), 0);
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(nlc_open(&all), 0);
	REQUIRE_EQ(agent_set(&agent), 0);
	REQUIRE_EQ(nlc_join(&all), 0);
	EXPECT_EQ(tag(&c, v->pid), 0);
	id = task_u32(&c, TWILL_A_TASK_ID);
	seq = event(&agent, TWILL_OBJECT_TASK, TWILL_CHANGE_NEW);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_ID), id);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_PID), v->pid);
	heads = event(&all, TWILL_OBJECT_TASK, TWILL_CHANGE_NEW);
	EXPECT_EQ(heads, seq);
	EXPECT(!nlc_has(&all, TWILL_A_TASK, 0), "anybody is told who");
	EXPECT_EQ(freeze(&c, v->pid, 0), 0);
	EXPECT_EQ(event(&agent, TWILL_OBJECT_TASK, TWILL_CHANGE_CHANGED), ++seq);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT_EQ(event(&agent, TWILL_OBJECT_TASK, TWILL_CHANGE_CHANGED), ++seq);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_STATE), TWILL_TASK_STATE_RUNNING);
	EXPECT_EQ(tag(&c, 0), 0);
	EXPECT_EQ(event(&agent, TWILL_OBJECT_TASK, TWILL_CHANGE_NEW), ++seq);
	EXPECT_EQ(job_begin(&c, "bert"), 0);
	EXPECT_EQ(event(&agent, TWILL_OBJECT_JOB, TWILL_CHANGE_NEW), ++seq);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_END, nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ID)), 0);
	EXPECT_EQ(event(&agent, TWILL_OBJECT_JOB, TWILL_CHANGE_GONE), ++seq);
	EXPECT(nlc_has(&agent, TWILL_A_JOB, TWILL_A_JOB_LATENCY_NS));
	EXPECT_EQ(budget_set(&c, 12000), 0);
	EXPECT_EQ(event(&agent, TWILL_OBJECT_BUDGET, TWILL_CHANGE_CHANGED), ++seq);
	EXPECT_EQ(nlc_get(&agent, TWILL_A_BUDGET, TWILL_A_BUDGET_MW), 12000);
	victim_end(v);
	EXPECT_EQ(event(&agent, TWILL_OBJECT_TASK, TWILL_CHANGE_GONE), ++seq);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_ID), id);
	EXPECT_EQ(untag(&c, 0), 0);
	EXPECT_EQ(budget_set(&c, 0), 0);
	nlc_close(&agent);
	nlc_close(&all);
	nlc_close(&c);
}

/* ---- clusters ---- */

/* Lets a request work with one cluster only, as on a machine without any. */
static bool need_two(struct nlc *c, struct clusters *cl)
{
	cpus_clusters(c, cl);
	if (cl->n < 2)
		tap_skip("this machine has one cluster");
	return cl->n >= 2;
}

void test_clusters(void)
{
	struct victim *v = victim_start();
	cpu_set_t all, one;
	struct clusters cl;
	struct nlc agent;

	REQUIRE_EQ(nlc_open(&agent), 0);
	REQUIRE_EQ(agent_set(&agent), 0);
	REQUIRE_EQ(tag(&agent, v->pid), 0);
	EXPECT_EQ(place(&agent, v->pid, -1, 1 << 30), -EINVAL);
	EXPECT(*agent.ack);
	if (!need_two(&agent, &cl))
		goto out;
	sched_getaffinity(v->pid, sizeof(all), &all);
	EXPECT_EQ(place(&agent, v->pid, -1, 1), 0);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_CLUSTERS), 1);
	EXPECT(cpus_all_threads(v->pid, &cl.cpus[0]));
	EXPECT_EQ(place(&agent, v->pid, -1, 2), 0);
	EXPECT(cpus_all_threads(v->pid, &cl.cpus[1]));
	EXPECT_EQ(place(&agent, v->pid, -1, 0), 0);
	EXPECT(cpus_all_threads(v->pid, &all));
	/* The agent's death gives the masks back, except one changed since. */
	EXPECT_EQ(place(&agent, v->pid, -1, 2), 0);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	EXPECT_EQ(sched_setaffinity(v->pid, sizeof(one), &one), 0);
	nlc_close(&agent);
	sched_getaffinity(v->pid, sizeof(one), &one);
	EXPECT_EQ(CPU_COUNT(&one), 1);
	sched_setaffinity(v->pid, sizeof(all), &all);
	EXPECT(cpus_all_threads(v->pid, &all));
	/* No CPU is left of what the task is allowed: refused, nothing changed. */
	REQUIRE_EQ(nlc_open(&agent), 0);
	REQUIRE_EQ(agent_set(&agent), 0);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	EXPECT_EQ(sched_setaffinity(v->pid, sizeof(one), &one), 0);
	EXPECT_EQ(place(&agent, v->pid, -1, 2), -ERANGE);
	EXPECT(*agent.ack);
	EXPECT_EQ(get_task(&agent, v->pid), 0);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_CLUSTERS), 0);
out:
	victim_end(v);
	nlc_close(&agent);
}

/* Fork one child when told to; it rests. */
static void fork_one(struct victim *v)
{
	pid_t pid;

	while (!atomic_load(&v->ready))
		usleep(1000);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		rest(v);
	}
	atomic_store(&v->note, pid);
	rest(v);
}

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

/* A child of a bound task: untagged it gets the old mask at once, tagged at the end. */
void test_bind_stray(void)
{
	struct victim *v = victim_run(fork_one), *w = victim_run(fork_one);
	struct clusters cl;
	struct nlc agent;
	cpu_set_t all;

	REQUIRE_EQ(nlc_open(&agent), 0);
	REQUIRE_EQ(agent_set(&agent), 0);
	if (!need_two(&agent, &cl))
		goto out;
	sched_getaffinity(v->pid, sizeof(all), &all);
	REQUIRE_EQ(tag(&agent, v->pid), 0);
	REQUIRE_EQ(tag_inherit(&agent, w->pid), 0);
	EXPECT_EQ(place(&agent, v->pid, -1, 2), 0);
	EXPECT_EQ(place(&agent, w->pid, TWILL_ACCELERATOR_GPU, 2), 0);
	atomic_store(&v->ready, 1);
	atomic_store(&w->ready, 1);
	REQUIRE(until(noted, v, SOON));
	REQUIRE(until(noted, w, SOON));
	EXPECT(cpus_until_all(atomic_load(&v->note), &all, SOON));
	EXPECT_EQ(get_task(&agent, atomic_load(&w->note)), 0);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_CLUSTERS), 2);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_PLACEMENT), TWILL_ACCELERATOR_GPU);
	EXPECT(cpus_all_threads(atomic_load(&w->note), &cl.cpus[1]));
	nlc_close(&agent);
	EXPECT(cpus_all_threads(atomic_load(&w->note), &all));
	EXPECT(cpus_all_threads(w->pid, &all));
	EXPECT(cpus_all_threads(v->pid, &all));
	REQUIRE_EQ(nlc_open(&agent), 0);
	EXPECT_EQ(get_task(&agent, atomic_load(&w->note)), 0);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_PLACEMENT), TWILL_ACCELERATOR_NONE);
out:
	victim_end(v);
	victim_end(w);
	nlc_close(&agent);
}

/*
 * Deeper than a kernel stack, had each process but a small frame on it. A debug
 * kernel takes a tenth of a second for a fork: there the chain is for lockdep.
 */
static unsigned int chain_length(void)
{
	return slow_kernel() ? 12 : 600;
}

static void fork_chain(struct victim *v)
{
	while (!atomic_load(&v->ready))
		usleep(1000);
	while (atomic_fetch_add(&v->forks, 1) < chain_length() && !fork())
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	rest(v);
}

/* A placed task forks one that forks one, and so on: all let go of with the first. */
void test_bind_chain(void)
{
	struct victim *v = victim_run(fork_chain);
	struct nlc agent, c;

	REQUIRE_EQ(set_knob("freeze_ttl_ms", "60000"), 0);
	REQUIRE_EQ(nlc_open(&agent), 0);
	REQUIRE_EQ(agent_set(&agent), 0);
	REQUIRE_EQ(tag_inherit(&agent, v->pid), 0);
	EXPECT_EQ(place(&agent, v->pid, TWILL_ACCELERATOR_GPU, -1), 0);
	atomic_store(&v->ready, 1);
	EXPECT(until_knob("tasks", chain_length() + 1, 3 * SOON), "%ld tasks", knob("tasks"));
	/* Not through the agent's socket: that is full of events. */
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(get_task(&c, v->pid), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PLACEMENT), TWILL_ACCELERATOR_GPU);
	nlc_close(&agent);
	EXPECT_EQ(get_task(&c, v->pid), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PLACEMENT), TWILL_ACCELERATOR_NONE);
	victim_end(v);
	EXPECT(until_knob("tasks", 0, 3 * SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(set_knob("freeze_ttl_ms", "5000"), 0);
	nlc_close(&c);
}

/* All CPUs of a binding go: the scheduler widens the mask. They come back: so does the binding. */
void test_bind_hotplug(void)
{
	struct victim *v = victim_start();
	struct clusters cl;
	struct nlc agent;

	REQUIRE_EQ(nlc_open(&agent), 0);
	REQUIRE_EQ(agent_set(&agent), 0);
	REQUIRE_EQ(tag(&agent, v->pid), 0);
	if (!need_two(&agent, &cl))
		goto out;
	EXPECT_EQ(place(&agent, v->pid, -1, 2), 0);
	EXPECT_EQ(cpus_online(&cl.cpus[1], false), 0);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT_EQ(tag(&agent, 0), 0);
	EXPECT_EQ(place(&agent, getpid(), -1, 2), -ERANGE);	/* all of it is offline */
	EXPECT_EQ(untag(&agent, 0), 0);
	EXPECT_EQ(cpus_online(&cl.cpus[1], true), 0);
	EXPECT(cpus_until_all(v->pid, &cl.cpus[1], SOON));
	if (tap_failed())
		cpus_show(v->pid);
out:
	victim_end(v);
	nlc_close(&agent);
}
