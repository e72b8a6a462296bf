// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals to a frozen task: what kills it kills it at once, all else waits for the thaw. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

#define QUIET_MS	50	/* how long a frozen counter is watched */

static void count(struct victim *v)
{
	for (;;)
		atomic_fetch_add(&v->spins[0], 1);
}

/* ---- those that end it ---- */

static void *read_for_ever(void *data)
{
	struct victim *v = data;
	char byte;

	atomic_store(&v->tids[0], gettid());
	(void)!read(v->pipe[0], &byte, 1);
	for (;;)
		pause();
	return NULL;
}

static void both_blocked(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, read_for_ever, v);
	for (;;)
		pause();
}

/* Killed with all its entries pending: nothing waits for a thaw. */
static void kill_pending(int sig)
{
	struct victim *v = victim_run(both_blocked);
	int status = 0;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	while (!atomic_load(&v->tids[0]))
		pass(1);
	REQUIRE(until_blocked(atomic_load(&v->tids[0]), SYS_read, SOON));
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_THREADS), 2);
	kill(v->pid, sig);
	EXPECT(victim_status(v, &status, PROMISE), "it does not die");
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == sig);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(knob("frozen"), 0);
	victim_end(v);
	nlc_close(&c);
}

void test_kill_pending(void)
{
	kill_pending(SIGKILL);
	kill_pending(SIGTERM);	/* no handler: it ends the process likewise */
}

/* Killed while its threads are on the way to the boundary, at every point of it. */
void test_kill_while_parking(void)
{
	for (int i = 0; i < 20 && !tap_failed(); i++) {
		struct victim *v = victim_run(count);
		struct nlc c;
		int err;

		REQUIRE_EQ(nlc_open(&c), 0);
		REQUIRE_EQ(tag(&c, v->pid), 0);
		EXPECT(grows(&v->spins[0], SOON));
		if (i & 1)
			kill(v->pid, SIGKILL);
		err = freeze(&c, v->pid, 60000);
		EXPECT(!err || ((i & 1) && err == -ESRCH), "freeze: %d %s", err, c.ack);
		if (i & 2)
			thaw(&c, v->pid);
		kill(v->pid, SIGKILL);
		EXPECT(victim_reap(v, PROMISE), "round %d: it does not die", i);
		victim_end(v);
		nlc_close(&c);
	}
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(knob("frozen"), 0);
}

/* ---- those that it handles ---- */

static struct victim *self;

static void handler(int sig)
{
	(void)sig;
	atomic_fetch_add(&self->note, 1);
}

static void *read_twice(void *data)
{
	struct victim *v = data;
	char byte;

	for (int i = 0; i < 2; i++) {
		atomic_store(&v->tids[i], gettid());
		if (read(v->pipe[0], &byte, 1) == 1)
			atomic_fetch_add(&v->reads, 1);
		else
			atomic_fetch_add(&v->eintr, 1);
	}
	for (;;)
		pause();
	return NULL;
}

static void handle(struct victim *v)
{
	struct sigaction act = { .sa_handler = handler };	/* no SA_RESTART */
	pthread_t t;

	self = v;
	sigaction(SIGTERM, &act, NULL);
	pthread_create(&t, NULL, read_twice, v);
	count(v);
}

/*
 * The handler waits for the thaw and runs once. It runs in a parked thread,
 * whose system call, if it has finished one, has its result: a signal that
 * comes later takes nothing back. Nothing that is blocked is interrupted.
 */
void test_handler_after_thaw(void)
{
	struct victim *v = victim_run(handle);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	while (!atomic_load(&v->tids[0]))
		pass(1);
	REQUIRE(until_blocked(atomic_load(&v->tids[0]), SYS_read, SOON));
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_parked(&c, v->pid, 1, SOON));
	kill(v->pid, SIGTERM);		/* to the process: the main thread takes it */
	kill(v->pid, SIGTERM);		/* pending already */
	EXPECT_EQ(write(v->pipe[1], "x", 1), 1);
	EXPECT(until_parked(&c, v->pid, 2, SOON));
	/* To the reader, which has its byte and is parked. */
	syscall(SYS_tgkill, v->pid, atomic_load(&v->tids[0]), SIGTERM);
	EXPECT(still(&v->spins[0], QUIET_MS));
	EXPECT_EQ(atomic_load(&v->note), 0);
	EXPECT_EQ(atomic_load(&v->reads), 0);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	EXPECT(until_int(&v->note, 2, SOON), "handled %d times", atomic_load(&v->note));
	while (!atomic_load(&v->tids[1]))
		pass(1);
	EXPECT(until_blocked(atomic_load(&v->tids[1]), SYS_read, SOON));
	EXPECT_EQ(atomic_load(&v->reads), 1);
	EXPECT_EQ(atomic_load(&v->eintr), 0);
	EXPECT_EQ(atomic_load(&v->note), 2);

	/* To the reader while that is blocked: its call ends, by the signal's own doing. */
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_parked(&c, v->pid, 1, SOON));
	syscall(SYS_tgkill, v->pid, atomic_load(&v->tids[1]), SIGTERM);
	EXPECT(until_parked(&c, v->pid, 2, SOON), "a signal keeps a thread from parking");
	EXPECT_EQ(atomic_load(&v->note), 2);
	EXPECT_EQ(atomic_load(&v->eintr), 0);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(until_int(&v->note, 3, SOON), "handled %d times", atomic_load(&v->note));
	EXPECT(until_int((atomic_int *)&v->eintr, 1, SOON));
	victim_end(v);
	nlc_close(&c);
}

/* ---- those that stop it and make it go on ---- */

static bool stopped(void *data)
{
	struct victim *v = data;
	int status;

	return waitpid(v->pid, &status, WUNTRACED | WNOHANG) == v->pid && WIFSTOPPED(status);
}

/* Stopped, then frozen: SIGCONT lets it go as far as the boundary. */
void test_stop_before_freeze(void)
{
	struct victim *v = victim_run(handle);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	while (!atomic_load(&v->tids[0]))
		pass(1);
	EXPECT(grows(&v->spins[0], SOON));
	kill(v->pid, SIGSTOP);
	EXPECT(until(stopped, v, SOON));
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 0);
	/* Thawed while stopped it goes on standing. */
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(still(&v->spins[0], QUIET_MS), "a stopped task runs");
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	kill(v->pid, SIGCONT);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON) ||
	       task_u32(&c, TWILL_A_TASK_PARKED));
	EXPECT(still(&v->spins[0], QUIET_MS), "a frozen task runs");
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	victim_end(v);
	nlc_close(&c);
}

/* Frozen, then stopped: it stops after the thaw, unless SIGCONT has come before. */
void test_stop_after_freeze(void)
{
	struct victim *v = victim_run(count);
	unsigned long long n;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	kill(v->pid, SIGSTOP);
	kill(v->pid, SIGCONT);
	EXPECT(still(&v->spins[0], QUIET_MS));
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE), "it was stopped, and continued before the thaw");

	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	n = atomic_load(&v->spins[0]);
	kill(v->pid, SIGSTOP);
	pass(QUIET_MS);
	EXPECT(!stopped(v), "a parked thread has stopped");
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(until(stopped, v, PROMISE), "it does not stop after the thaw");
	EXPECT_EQ(atomic_load(&v->spins[0]), n);
	kill(v->pid, SIGCONT);
	EXPECT(grows(&v->spins[0], PROMISE));
	victim_end(v);
	nlc_close(&c);
}
