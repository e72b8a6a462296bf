// SPDX-License-Identifier: GPL-2.0-or-later
/* Freeze and thaw: what stands still, what goes on, what nobody notices. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cg.h"
#include "kit.h"
#include "tap.h"

#define QUIET_MS	100	/* how long a frozen counter is watched */
#define CGROUP	"twill_test"

static void expect_held(struct victim *v)
{
	unsigned long long before[4], after[4];

	before[0] = atomic_load(&v->spins[0]);
	before[1] = atomic_load(&v->spins[1]);
	before[2] = atomic_load(&v->naps);
	before[3] = atomic_load(&v->reads);
	pass(QUIET_MS);
	after[0] = atomic_load(&v->spins[0]);
	after[1] = atomic_load(&v->spins[1]);
	after[2] = atomic_load(&v->naps);
	after[3] = atomic_load(&v->reads);
	for (int i = 0; i < 4; i++)
		EXPECT(before[i] == after[i], "counter %d: from %llu to %llu", i, before[i],
		       after[i]);
}

static bool was_read(void *data)
{
	return atomic_load(&((struct victim *)data)->reads);
}

static bool was_woken(void *data)
{
	return atomic_load(&((struct victim *)data)->woken);
}

/*
 * Busy threads stop, blocked ones stay in their system calls; what they wait
 * for may come meanwhile, and they see it after the thaw. Nobody sees EINTR.
 */
void test_freeze_holds_all(void)
{
	struct victim *v = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(task_u32(&c, TWILL_A_TASK_STATE) != TWILL_TASK_STATE_RUNNING);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_THREADS), 6);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_OWNERS), 1);
	EXPECT_EQ(knob("frozen"), 1);
	expect_held(v);

	/* The reader gets its byte, the waiter its wake-up: then they park. */
	REQUIRE_EQ(write(v->pipe[1], "x", 1), 1);
	atomic_store(&v->word, 1);
	syscall(SYS_futex, &v->word, FUTEX_WAKE, 1, NULL, NULL, 0);
	expect_held(v);
	EXPECT(!atomic_load(&v->woken), "a frozen thread ran");
	EXPECT_EQ(get_task(&c, v->pid), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_STATE), TWILL_TASK_STATE_FREEZING);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 5);	/* one sleeps for ever */

	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_STATE), TWILL_TASK_STATE_RUNNING);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_FREEZES), 1);
	EXPECT(nlc_get64(&c, TWILL_A_TASK, TWILL_A_TASK_FROZEN_NS) >= 2 * QUIET_MS * 1000000ULL);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT(grows(&v->spins[1], SOON));
	EXPECT(grows(&v->naps, SOON));
	EXPECT(until(was_read, v, SOON));
	EXPECT(until(was_woken, v, SOON));
	EXPECT_EQ(atomic_load(&v->eintr), 0);
	EXPECT(!atomic_load(&v->slept), "an endless sleep ended");
	EXPECT_EQ(knob("frozen"), 0);
	victim_end(v);
	nlc_close(&c);
}

void test_freeze_repeated(void)
{
	int rounds = slow_kernel() ? 75 : 300;
	struct victim *v = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	for (int i = 0; i < rounds && !tap_failed(); i++) {
		unsigned long long n;

		EXPECT_EQ(freeze(&c, v->pid, 0), 0);
		/* Quiesced when the call returns, not some time later. */
		n = atomic_load(&v->spins[0]) + atomic_load(&v->spins[1]);
		for (volatile int spin = 0; spin < 20000; spin++)
			;
		EXPECT_EQ(atomic_load(&v->spins[0]) + atomic_load(&v->spins[1]), n);
		EXPECT_EQ(thaw(&c, v->pid), 0);
		if (i % 10 == 0)
			EXPECT(grows(&v->spins[i & 1], SOON));
	}
	EXPECT_EQ(atomic_load(&v->eintr), 0);
	victim_end(v);
	nlc_close(&c);
}

/* Forks as fast as it can; each child counts once and exits. */
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

static void *one(void *data)
{
	struct victim *v = data;

	atomic_fetch_add(&v->kids, 1);
	return NULL;
}

static void *clone_loop(void *data)
{
	struct victim *v = data;
	pthread_t t;

	for (;;) {
		if (pthread_create(&t, NULL, one, v))
			continue;
		atomic_fetch_add(&v->forks, 1);
		pthread_join(t, NULL);
	}
	return NULL;
}

static void clone_storm(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, clone_loop, v);
	pthread_create(&t, NULL, clone_loop, v);
	clone_loop(v);
}

#define CLONERS	40	/* more than the reserve has entries for */

static void many_clone(struct victim *v)
{
	pthread_t t;

	for (int i = 1; i < CLONERS; i++)
		pthread_create(&t, NULL, clone_loop, v);
	clone_loop(v);
}

/* The child runs in its parent's memory while that waits. */
static void vfork_storm(struct victim *v)
{
	for (;;) {
		pid_t pid = vfork();

		if (!pid) {
			atomic_fetch_add(&v->kids, 1);
			_exit(0);
		}
		atomic_fetch_add(&v->forks, 1);
		waitpid(pid, NULL, 0);
	}
}

/*
 * A child that was forked before the freeze is a task of its own and may run
 * on, so all are in one group. One forked meanwhile is held before it has run.
 */
static void freeze_storm(void (*fn)(struct victim *v))
{
	int rounds = slow_kernel() ? 16 : 40;
	struct victim *v = victim_run(fn);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag_inherit(&c, v->pid), 0);
	REQUIRE_EQ(tag_group(&c, v->pid, 77), 0);
	for (int i = 0; i < rounds && !tap_failed(); i++) {
		unsigned long long kids, forks;
		int err;

		EXPECT(grows(&v->forks, SOON), "round %d: nothing is forked", i);
		EXPECT(grows(&v->kids, SOON), "round %d: no child runs", i);
		err = freeze(&c, v->pid, 0);
		EXPECT(!err, "round %d: freeze: %d %s", i, err, c.ack);
		kids = atomic_load(&v->kids);
		forks = atomic_load(&v->forks);
		pass(i % 8 ? 2 : 30);
		EXPECT(atomic_load(&v->kids) == kids, "round %d: a child ran", i);
		EXPECT(atomic_load(&v->forks) == forks, "round %d: the parent ran", i);
		EXPECT_EQ(thaw(&c, v->pid), 0);
	}
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(&c);
}

void test_freeze_forking(void) { freeze_storm(fork_storm); }
void test_freeze_cloning(void) { freeze_storm(clone_storm); }
void test_freeze_many_cloning(void) { freeze_storm(many_clone); }
void test_freeze_vfork(void) { freeze_storm(vfork_storm); }

void test_freeze_group(void)
{
	struct victim *v = victim_start(), *w = victim_start(), *x = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag_group(&c, v->pid, 5), 0);
	REQUIRE_EQ(tag_group(&c, w->pid, 5), 0);
	REQUIRE_EQ(tag_group(&c, x->pid, 6), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	expect_held(v);
	expect_held(w);
	EXPECT(grows(&x->spins[0], SOON), "another group was frozen too");
	EXPECT_EQ(tag_group(&c, v->pid, 0), -EBUSY);
	EXPECT(*c.ack);
	EXPECT_EQ(tag_group(&c, x->pid, 5), -EBUSY);
	EXPECT_EQ(thaw(&c, w->pid), 0);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT(grows(&w->spins[0], SOON));
	victim_end(v);
	victim_end(w);
	victim_end(x);
	nlc_close(&c);
}

/* One of a group cannot be frozen: it is as it was, and whoever was before it runs again. */
void test_freeze_undone(void)
{
	struct victim *v = victim_start(), *w = victim_start(), *x = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag_group(&c, v->pid, 5), 0);
	REQUIRE_EQ(tag_group(&c, w->pid, 5), 0);
	REQUIRE_EQ(tag_group(&c, x->pid, 5), 0);
	if (cg_there()) {
		EXPECT_EQ(cg_make(CGROUP), 0);
		EXPECT_EQ(cg_move(CGROUP, x->pid), 0);
		EXPECT_EQ(cg_freeze(CGROUP, true), 0);
		EXPECT(cg_until_frozen(CGROUP, true, PROMISE));
		/* A process in the cgroup freezer's trap takes no SIGSTOP. */
		EXPECT_EQ(set_knob("freeze_backend", "signal"), 0);
		EXPECT_EQ(freeze(&c, v->pid, 60000), -ETIMEDOUT);
		EXPECT(*c.ack);
		EXPECT_EQ(set_knob("freeze_backend", "task_work"), 0);
		EXPECT_EQ(knob("frozen"), 0);
		EXPECT(grows(&v->spins[0], PROMISE));
		EXPECT(grows(&w->spins[0], PROMISE));
		EXPECT_EQ(get_task(&c, x->pid), 0);
		EXPECT_EQ(task_u32(&c, TWILL_A_TASK_STATE), TWILL_TASK_STATE_RUNNING);
		EXPECT_EQ(thaw(&c, v->pid), -ENOENT);
		EXPECT_EQ(cg_freeze(CGROUP, false), 0);
		EXPECT(grows(&x->spins[0], PROMISE), "the SIGSTOP was not taken back");
	} else {
		tap_skip("the guest has no version 2 control groups");
	}
	victim_end(v);
	victim_end(w);
	victim_end(x);
	cg_remove(CGROUP);
	nlc_close(&c);
}

void test_freeze_signal_backend(void)
{
	struct victim *v = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(set_knob("freeze_backend", "signal"), 0);
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	/* It may change for what is frozen later; this one stays as it is. */
	EXPECT_EQ(set_knob("freeze_backend", "task_work"), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 6);
	expect_held(v);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT_EQ(set_knob("freeze_backend", "carrier_pigeon"), -EINVAL);
	victim_end(v);
	nlc_close(&c);
}

/* Parked, on the way there and blocked: untagged, it runs as if it had never been. */
void test_untag_frozen(void)
{
	for (int i = 0; i < 4 && !tap_failed(); i++) {
		struct victim *v = victim_start();
		struct nlc c;

		REQUIRE_EQ(nlc_open(&c), 0);
		REQUIRE_EQ(tag(&c, v->pid), 0);
		EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
		if (i & 1)
			EXPECT(until_parked(&c, v->pid, 3, SOON));
		EXPECT_EQ(untag(&c, v->pid), 0);
		EXPECT_EQ(knob("frozen"), 0);
		EXPECT_EQ(knob("tasks"), 0);
		EXPECT(grows(&v->spins[0], PROMISE));
		EXPECT(grows(&v->naps, PROMISE));
		/* What it had of entries is no obstacle to others. */
		EXPECT_EQ(tag(&c, v->pid), 0);
		EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
		EXPECT_EQ(task_u32(&c, TWILL_A_TASK_THREADS), 6);
		EXPECT(still(&v->spins[0], QUIET_MS));
		EXPECT_EQ(thaw(&c, v->pid), 0);
		EXPECT(grows(&v->spins[0], PROMISE));
		EXPECT_EQ(atomic_load(&v->eintr), 0);
		victim_end(v);
		nlc_close(&c);
	}
}

/* Open and close files, so that there is always a work to close one. */
static void close_loop(struct victim *v)
{
	for (;;) {
		int fds[2];

		if (pipe(fds))
			continue;
		atomic_fetch_add(&v->forks, 1);
		close(fds[0]);
		close(fds[1]);
	}
}

static void hold_pipe(struct victim *v)
{
	close(v->pipe[0]);
	atomic_store(&v->ready, 1);
	while (!atomic_load(&v->note))
		;
	close(v->pipe[1]);
	close_loop(v);
}

/* A file closed in the last system call is closed for good, not at the thaw. */
void test_freeze_closes_files(void)
{
	int rounds = slow_kernel() ? 10 : 30;

	for (int i = 0; i < rounds && !tap_failed(); i++) {
		struct victim *v = victim_run(hold_pipe);
		struct nlc c;
		char byte;

		REQUIRE_EQ(nlc_open(&c), 0);
		close(v->pipe[1]);
		v->pipe[1] = dup(v->pipe[0]);
		fcntl(v->pipe[0], F_SETFL, O_NONBLOCK);
		REQUIRE_EQ(tag(&c, v->pid), 0);
		atomic_store(&v->note, 1);
		EXPECT(grows(&v->forks, SOON));
		EXPECT_EQ(freeze(&c, v->pid, 0), 0);
		/* By now it has closed its end: end of file, not "try again". */
		EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
		EXPECT_EQ(read(v->pipe[0], &byte, 1), 0);
		EXPECT_EQ(thaw(&c, v->pid), 0);
		victim_end(v);
		nlc_close(&c);
	}
}

void test_kill_frozen(void)
{
	struct victim *v = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(freeze(&c, v->pid, 60000), 0);
	kill(v->pid, SIGKILL);
	EXPECT(victim_reap(v, PROMISE), "a frozen process does not die");
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(knob("frozen"), 0);
	victim_end(v);
	nlc_close(&c);
}

/* The system's own freezer, in its test mode, gets past parked threads. */
void test_suspend_frozen(void)
{
	struct victim *v;
	struct nlc c;

	if (access("/sys/power/pm_test", W_OK)) {
		tap_skip("the kernel cannot test suspend");
		return;
	}
	v = victim_start();
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(system("echo 1 >/sys/module/suspend/parameters/pm_test_delay; "
			 "echo freezer >/sys/power/pm_test && echo freeze >/sys/power/state"), 0);
	expect_held(v);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT(grows(&v->naps, SOON));
	victim_end(v);
	nlc_close(&c);
}
