// SPDX-License-Identifier: GPL-2.0-or-later
/* Kin of a frozen task that is no part of it: children, vfork, shared memory. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

#define QUIET_MS	50	/* how long a frozen counter is watched */

static void count(atomic_ullong *counter)
{
	for (;;)
		atomic_fetch_add(counter, 1);
}

static pid_t known(atomic_int *tid)
{
	for (int i = 0; i < SOON && !atomic_load(tid); i++)
		pass(1);
	return atomic_load(tid);
}

/* ---- a child that was there before the freeze, and its own children ---- */

static void parent_and_child(struct victim *v)
{
	pid_t pid;

	if (fork())
		count(&v->spins[0]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	atomic_store(&v->tids[0], getpid());
	for (;;) {
		pid = fork();
		if (!pid) {
			atomic_fetch_add(&v->kids, 1);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		atomic_fetch_add(&v->forks, 1);
	}
}

void test_fork_beside_frozen(void)
{
	struct victim *v = victim_run(parent_and_child);
	struct nlc c;
	pid_t child;

	REQUIRE_EQ(nlc_open(&c), 0);
	child = known(&v->tids[0]);
	REQUIRE(child);
	REQUIRE_EQ(tag_inherit(&c, v->pid), 0);
	REQUIRE_EQ(tag_inherit(&c, child), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(still(&v->spins[0], QUIET_MS));
	EXPECT(grows(&v->forks, SOON), "the child of a frozen task cannot fork");
	EXPECT(grows(&v->kids, SOON), "nor its children run");

	/* The other way round: parent runs, child and what it forks are held. */
	EXPECT_EQ(freeze(&c, child, 60000), 0);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT(still(&v->forks, QUIET_MS), "a frozen task forks");
	EXPECT_EQ(thaw(&c, child), 0);
	EXPECT(grows(&v->kids, SOON));
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(&c);
}

/* ---- vfork: the parent waits in the kernel until the child has gone ---- */

static void vfork_once(struct victim *v)
{
	if (!vfork()) {
		atomic_store(&v->tids[0], getpid());
		while (!atomic_load(&v->stop))
			atomic_fetch_add(&v->kids, 1);
		_exit(0);
	}
	count(&v->forks);
}

static struct victim *vfork_start(struct nlc *c)
{
	struct victim *v = victim_run(vfork_once);

	if (nlc_open(c) || !known(&v->tids[0]))
		exit(99);
	EXPECT_EQ(tag(c, v->pid), 0);
	EXPECT_EQ(tag(c, atomic_load(&v->tids[0])), 0);
	return v;
}

static void vfork_done(struct nlc *c, struct victim *v)
{
	EXPECT(grows(&v->forks, SOON), "the parent does not go on");
	atomic_store(&v->stop, true);
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(c);
}

void test_vfork_child_frozen(void)
{
	struct nlc c;
	struct victim *v = vfork_start(&c);
	pid_t child = atomic_load(&v->tids[0]);

	EXPECT_EQ(freeze(&c, child, 60000), 0);
	EXPECT(until_state(&c, child, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT(still(&v->kids, QUIET_MS));
	atomic_store(&v->stop, true);
	EXPECT(still(&v->forks, QUIET_MS), "the parent runs before its child is done");
	EXPECT_EQ(thaw(&c, child), 0);
	vfork_done(&c, v);
}

void test_vfork_child_killed(void)
{
	struct nlc c;
	struct victim *v = vfork_start(&c);
	pid_t child = atomic_load(&v->tids[0]);

	EXPECT_EQ(freeze(&c, child, 60000), 0);
	EXPECT(until_state(&c, child, TWILL_TASK_STATE_FROZEN, SOON));
	kill(child, SIGKILL);
	vfork_done(&c, v);
}

void test_vfork_parent_frozen(void)
{
	struct nlc c;
	struct victim *v = vfork_start(&c);

	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 0);
	EXPECT(grows(&v->kids, SOON), "the child of a frozen parent stands still");
	atomic_store(&v->stop, true);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT_EQ(atomic_load(&v->forks), 0);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	vfork_done(&c, v);
}

/* Both are frozen; whoever is let go first, the parent comes second. */
static void vfork_thaw(bool parent_first)
{
	struct nlc c;
	struct victim *v = vfork_start(&c);
	pid_t child = atomic_load(&v->tids[0]);

	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(freeze(&c, child, 60000), 0);
	EXPECT(still(&v->kids, QUIET_MS));
	atomic_store(&v->stop, true);
	EXPECT_EQ(thaw(&c, parent_first ? v->pid : child), 0);
	if (!parent_first)
		EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT(still(&v->forks, QUIET_MS), "the parent runs");
	EXPECT_EQ(atomic_load(&v->forks), 0);
	EXPECT_EQ(thaw(&c, parent_first ? child : v->pid), 0);
	vfork_done(&c, v);
}

void test_vfork_thaw_parent_first(void) { vfork_thaw(true); }
void test_vfork_thaw_child_first(void) { vfork_thaw(false); }

/* ---- a process that shares memory only is another task ---- */

static struct victim *shared;

static int sibling(void *data)
{
	(void)data;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	atomic_store(&shared->tids[0], getpid());
	count(&shared->spins[1]);
	return 0;
}

static void share_memory(struct victim *v)
{
	static _Alignas(16) char stack[65536];

	shared = v;
	if (clone(sibling, stack + sizeof(stack), CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD,
		  NULL) < 0)
		_exit(97);
	count(&v->spins[0]);
}

void test_clone_vm_apart(void)
{
	struct victim *v = victim_run(share_memory);
	struct nlc c;
	pid_t other;

	REQUIRE_EQ(nlc_open(&c), 0);
	other = known(&v->tids[0]);
	REQUIRE(other);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(tag(&c, other), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_THREADS), 1);
	EXPECT(still(&v->spins[0], QUIET_MS));
	EXPECT(grows(&v->spins[1], SOON), "a task that shares memory was frozen too");
	EXPECT_EQ(freeze(&c, other, 60000), 0);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(still(&v->spins[1], QUIET_MS));
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT_EQ(thaw(&c, other), 0);
	EXPECT(grows(&v->spins[1], SOON));
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(&c);
}
