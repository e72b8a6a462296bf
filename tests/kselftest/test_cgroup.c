// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cgroup freezer and ours at once. The cgroup freezer wins: "frozen 1"
 * arrives within a second whatever we hold. And while either holds a task, it
 * executes nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cg.h"
#include "kit.h"
#include "tap.h"

#define GROUP	"twill_test"
#define OTHER	"twill_other"

/* A request settles: by then every thread that made way for the freezer is bound to park again. */
static void settle(struct nlc *c, struct victim *v)
{
	EXPECT_EQ(get_task(c, v->pid), 0);
	EXPECT(task_u32(c, TWILL_A_TASK_STATE) != TWILL_TASK_STATE_RUNNING);
}

static unsigned long long spun(struct victim *v)
{
	return atomic_load(&v->spins[0]) + atomic_load(&v->spins[1]) + atomic_load(&v->naps);
}

static bool begin(struct nlc *c)
{
	if (!cg_there()) {
		tap_skip("the guest has no version 2 control groups");
		return false;
	}
	EXPECT_EQ(cg_make(GROUP), 0);
	EXPECT_EQ(cg_make(OTHER), 0);
	EXPECT_EQ(nlc_open(c), 0);
	return true;
}

static void end(struct nlc *c, struct victim *v)
{
	cg_freeze(GROUP, false);
	cg_freeze(OTHER, false);
	victim_end(v);
	cg_remove(GROUP);
	cg_remove(OTHER);
	nlc_close(c);
}

/* Ours first. Without the work that looks for the cgroup freezer, "frozen 1" never comes. */
void test_cgroup_after(void)
{
	unsigned long long from;
	struct nlc c, d, agent;
	struct victim *v;

	if (!begin(&c))
		return;
	v = victim_start();
	EXPECT_EQ(nlc_open(&d), 0);
	EXPECT_EQ(nlc_open(&agent), 0);
	EXPECT_EQ(agent_set(&agent), 0);
	EXPECT_EQ(cg_move(GROUP, v->pid), 0);
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(freeze(&d, v->pid, 60000), 0);
	EXPECT_EQ(nlc_event(&agent, SOON), 0);	/* tagged */
	EXPECT_EQ(nlc_event(&agent, SOON), 0);	/* frozen */
	from = spun(v);
	EXPECT_EQ(cg_freeze(GROUP, true), 0);
	EXPECT(cg_until_frozen(GROUP, true, PROMISE), "the cgroup freezer waits for us");
	/* The lease lives on, and the agent is told that there is something to see. */
	EXPECT_EQ(nlc_event(&agent, SOON), 0);
	EXPECT_EQ(task_u32(&agent, TWILL_A_TASK_OWNERS), 1);
	settle(&c, v);
	/* The cgroup lets go: all threads come by and park. */
	EXPECT_EQ(cg_freeze(GROUP, false), 0);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 6);
	EXPECT(cg_until_frozen(GROUP, false, PROMISE));
	EXPECT_EQ(nlc_event(&agent, SOON), 0);
	EXPECT(still(&v->spins[0], 100));
	/* And once more, then ours ends first. */
	EXPECT_EQ(cg_freeze(GROUP, true), 0);
	EXPECT(cg_until_frozen(GROUP, true, PROMISE), "the cgroup freezer waits for us");
	nlc_close(&d);
	EXPECT_EQ(knob("frozen"), 0);
	EXPECT(still(&v->spins[0], 100));
	EXPECT(cg_frozen(GROUP));
	EXPECT_EQ(spun(v), from);
	EXPECT_EQ(cg_freeze(GROUP, false), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	EXPECT(grows(&v->naps, SOON));
	nlc_close(&agent);
	end(&c, v);
}

static struct victim *self;	/* in the victim */

static void got_signal(int sig)
{
	(void)sig;
	atomic_fetch_add(&self->reads, 1);
}

static void spin_with_handler(struct victim *v)
{
	self = v;
	signal(SIGUSR1, got_signal);
	for (;;)
		atomic_fetch_add(&v->spins[0], 1);
}

struct parked_want {
	struct nlc *c;
	pid_t pid;
};

static bool one_parked(void *data)
{
	struct parked_want *w = data;

	return !get_task(w->c, w->pid) && task_u32(w->c, TWILL_A_TASK_PARKED) == 1;
}

/*
 * Before 6.1 a thread that is woken in the freezer's trap does not run its works
 * there, but when the group is thawed; then it parks.
 */
static bool trap_runs_works(void)
{
	struct utsname u;

	return !uname(&u) && strncmp(u.release, "5.", 2);
}

/*
 * The cgroup freezer first. A signal wakes the thread inside the freezer's
 * trap, where it runs our entry and parks: it still counts as frozen, and stays
 * when the freezer lets go. Without the look at that count it would yield there
 * and be woken for ever.
 */
void test_cgroup_before(void)
{
	struct victim *v;
	struct nlc c;

	if (!begin(&c))
		return;
	v = victim_run(spin_with_handler);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(cg_move(GROUP, v->pid), 0);
	EXPECT_EQ(cg_freeze(GROUP, true), 0);
	EXPECT(cg_until_frozen(GROUP, true, PROMISE));
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(cg_frozen(GROUP));
	kill(v->pid, SIGUSR1);
	if (trap_runs_works())
		EXPECT(until(one_parked, &(struct parked_want){ &c, v->pid }, SOON));
	EXPECT(cg_frozen(GROUP));
	EXPECT_EQ(cg_freeze(GROUP, false), 0);
	EXPECT(cg_until_frozen(GROUP, false, PROMISE));
	EXPECT(until(one_parked, &(struct parked_want){ &c, v->pid }, SOON));
	EXPECT(still(&v->spins[0], 300));
	EXPECT_EQ(cg_freeze(GROUP, true), 0);
	EXPECT(cg_until_frozen(GROUP, true, PROMISE));
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(still(&v->spins[0], 100));
	EXPECT(cg_frozen(GROUP));
	EXPECT_EQ(atomic_load(&v->reads), 0);
	EXPECT_EQ(cg_freeze(GROUP, false), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	EXPECT(grows(&v->reads, SOON) || atomic_load(&v->reads));
	EXPECT_EQ(atomic_load(&v->reads), 1);
	end(&c, v);
}

/* A frozen task is moved into a frozen group, and out again. */
void test_cgroup_moved(void)
{
	unsigned long long from;
	struct victim *v;
	struct nlc c;

	if (!begin(&c))
		return;
	v = victim_start();
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(cg_move(GROUP, v->pid), 0);
	EXPECT_EQ(cg_freeze(OTHER, true), 0);
	EXPECT(cg_until_frozen(OTHER, true, PROMISE));
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	from = spun(v);
	EXPECT_EQ(cg_move(OTHER, v->pid), 0);
	EXPECT(cg_until_frozen(OTHER, true, PROMISE), "moved, and the freezer waits for us");
	settle(&c, v);
	EXPECT_EQ(cg_move(GROUP, v->pid), 0);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT(still(&v->spins[0], 100));
	EXPECT_EQ(spun(v), from);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	end(&c, v);
}

/* Two owners and the cgroup: the last of the three lets the task run. Killed, it dies. */
void test_cgroup_nested(void)
{
	struct victim *v;
	struct nlc c, d;

	if (!begin(&c))
		return;
	v = victim_start();
	EXPECT_EQ(nlc_open(&d), 0);
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(cg_move(GROUP, v->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(freeze(&d, v->pid, 60000), 0);
	EXPECT_EQ(cg_freeze(GROUP, true), 0);
	EXPECT(cg_until_frozen(GROUP, true, PROMISE));
	EXPECT_EQ(thaw(&c, v->pid), 0);
	settle(&c, v);
	EXPECT_EQ(cg_freeze(GROUP, false), 0);
	EXPECT(cg_until_frozen(GROUP, false, PROMISE));
	EXPECT(still(&v->spins[0], 100));
	EXPECT_EQ(cg_freeze(GROUP, true), 0);
	EXPECT(cg_until_frozen(GROUP, true, PROMISE));
	kill(v->pid, SIGKILL);
	EXPECT(victim_reap(v, PROMISE), "held twice, a process does not die");
	EXPECT(until_knob("frozen", 0, SOON));
	nlc_close(&d);
	end(&c, v);
}

static bool quiet(void *data)
{
	struct victim *v = data;
	unsigned long long from = spun(v);

	pass(10);
	return spun(v) == from;
}

/*
 * Both freezers on and off in all orders, faster than either settles: at the
 * end of each round ours alone must hold, and after it nothing. A thread that
 * the cgroup freezer has let go too soon may have gone back to sleep in its
 * system call: it need not be parked.
 */
void test_cgroup_race(void)
{
	int rounds = slow_kernel() ? 15 : 60;
	struct victim *v;
	struct nlc c;

	if (!begin(&c))
		return;
	v = victim_start();
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(cg_move(GROUP, v->pid), 0);
	for (int i = 0; i < rounds && !tap_failed(); i++) {
		if (i & 1)
			EXPECT_EQ(cg_freeze(GROUP, true), 0);
		EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
		if (!(i & 1))
			EXPECT_EQ(cg_freeze(GROUP, true), 0);
		if (i & 2)
			EXPECT(cg_until_frozen(GROUP, true, PROMISE));
		EXPECT_EQ(cg_freeze(GROUP, false), 0);
		settle(&c, v);
		EXPECT(until(quiet, v, SOON), "a thread is held by nobody");
		EXPECT_EQ(thaw(&c, v->pid), 0);
		EXPECT(grows(&v->spins[0], PROMISE));
		EXPECT(grows(&v->naps, SOON));
	}
	end(&c, v);
}
