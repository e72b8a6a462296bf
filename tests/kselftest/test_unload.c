// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unloading with tasks frozen, pending, exiting and forking: everything runs
 * again, and the module loads anew. TWILL_ROUNDS=1000 is the full form.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "ko.h"
#include "tap.h"

static int rounds(void)
{
	const char *n = getenv("TWILL_ROUNDS");

	return n ? atoi(n) : slow_kernel() ? 6 : 50;
}

/* ---- frozen, pending and exiting ---- */

/*
 * Busy, but at ease once v->stop is set: the grace periods that an unload waits
 * for are long in a machine that emulates every instruction of a busy thread.
 */
static void *busy(void *data)
{
	struct victim *v = data;

	for (;;) {
		atomic_fetch_add(&v->spins[0], 1);
		if (atomic_load(&v->stop))
			usleep(1000);
	}
	return NULL;
}

static void *nap(void *data)
{
	struct victim *v = data;

	for (;;) {
		if (usleep(2000))
			atomic_fetch_add(&v->eintr, 1);
		atomic_fetch_add(&v->naps, 1);
	}
	return NULL;
}

static void *block(void *data)
{
	struct victim *v = data;
	char byte;

	(void)!read(v->pipe[0], &byte, 1);
	atomic_fetch_add(&v->eintr, 1);
	return NULL;
}

static void busy_and_blocked(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, busy, v);
	pthread_create(&t, NULL, nap, v);
	pthread_create(&t, NULL, block, v);
	busy(v);
}

static void rest(struct victim *v)
{
	(void)v;
	for (;;)
		pause();
}

/* One that exits, frozen or on the way there, while the module goes. */
static struct victim *doomed(struct nlc *c)
{
	struct victim *v = victim_run(rest);

	EXPECT_EQ(tag(c, v->pid), 0);
	EXPECT_EQ(freeze(c, v->pid, 0), 0);
	kill(v->pid, SIGKILL);
	return v;
}

void test_unload_frozen(void)
{
	struct victim *v = victim_run(busy_and_blocked);
	struct nlc c, agent;
	int n = rounds();

	for (int i = 0; i < n && !tap_failed(); i++) {
		struct victim *w;

		atomic_store(&v->stop, false);
		EXPECT(grows(&v->spins[0], SOON));
		REQUIRE_EQ(nlc_open(&c), 0);
		REQUIRE_EQ(nlc_open(&agent), 0);
		EXPECT_EQ(agent_set(&agent), 0);
		EXPECT_EQ(tag_inherit(&c, v->pid), 0);
		EXPECT_EQ(place(&agent, v->pid, TWILL_ACCELERATOR_GPU, 1), 0);
		EXPECT_EQ(freeze(&c, v->pid, 0), 0);
		/* Parked in our callback, or on the way there: both must be seen. */
		if (i & 1)
			EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FREEZING, SOON));
		w = doomed(&c);
		atomic_store(&v->stop, true);
		EXPECT_EQ(ko_unload(), 0);
		EXPECT(victim_reap(w, PROMISE), "round %d: the killed one stays", i);
		victim_end(w);
		EXPECT(grows(&v->spins[0], PROMISE), "round %d: still frozen", i);
		EXPECT(grows(&v->naps, PROMISE), "round %d: still frozen", i);
		/* A socket that outlives the module is no trouble. */
		EXPECT_EQ(get_task(&c, v->pid), -ENOENT);
		nlc_close(&c);
		EXPECT_EQ(ko_load(), 0);
		nlc_close(&agent);
	}
	EXPECT_EQ(atomic_load(&v->eintr), 0);
	victim_end(v);
}

/* ---- forking ---- */

static void fork_storm(struct victim *v)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		atomic_fetch_add(&v->forks, 1);
		waitpid(pid, NULL, 0);
		if (atomic_load(&v->stop))
			usleep(1000);
	}
}

void test_unload_forking(void)
{
	struct victim *v = victim_run(fork_storm);
	struct nlc c;
	int n = rounds();

	for (int i = 0; i < n && !tap_failed(); i++) {
		atomic_store(&v->stop, false);
		EXPECT(grows(&v->forks, SOON));
		REQUIRE_EQ(nlc_open(&c), 0);
		EXPECT_EQ(tag_inherit(&c, v->pid), 0);
		EXPECT(grows(&v->forks, SOON));
		if (i & 1)
			EXPECT_EQ(freeze(&c, v->pid, 0), 0);
		atomic_store(&v->stop, true);
		EXPECT_EQ(ko_unload(), 0);
		nlc_close(&c);
		EXPECT(grows(&v->forks, PROMISE), "round %d: still frozen", i);
		EXPECT_EQ(ko_load(), 0);
	}
	victim_end(v);
}
