// SPDX-License-Identifier: GPL-2.0-or-later
/* Unloading with tasks frozen: everything runs again, and the module loads anew. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

#define ROUNDS	50

static int load(void)
{
	const char *path = getenv("TWILL_KO");
	int fd = open(path ? path : "/test/twill.ko", O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0))
		err = -errno;
	close(fd);
	return err;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "twill", O_NONBLOCK) ? -errno : 0;
}

void test_unload_frozen(void)
{
	struct victim *v = victim_start();
	struct nlc c, agent;

	for (int i = 0; i < ROUNDS && !tap_failed(); i++) {
		REQUIRE_EQ(nlc_open(&c), 0);
		REQUIRE_EQ(nlc_open(&agent), 0);
		EXPECT_EQ(agent_set(&agent), 0);
		EXPECT_EQ(tag_inherit(&c, v->pid), 0);
		EXPECT_EQ(place(&agent, v->pid, TWILL_ACCELERATOR_GPU, 1), 0);
		EXPECT_EQ(freeze(&c, v->pid, 0), 0);
		/* Parked in our callback, or on the way there: both must be seen. */
		if (i & 1)
			EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FREEZING, SOON));
		EXPECT_EQ(unload(), 0);
		EXPECT(grows(&v->spins[0], PROMISE), "round %d: still frozen", i);
		EXPECT(grows(&v->naps, PROMISE), "round %d: still frozen", i);
		/* A socket that outlives the module is no trouble. */
		EXPECT_EQ(get_task(&c, v->pid), -ENOENT);
		nlc_close(&c);
		EXPECT_EQ(load(), 0);
		nlc_close(&agent);
	}
	EXPECT_EQ(atomic_load(&v->eintr), 0);
	victim_end(v);
}

static void fork_storm(struct victim *v)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		atomic_fetch_add(&v->forks, 1);
		waitpid(pid, NULL, 0);
	}
}

void test_unload_forking(void)
{
	struct victim *v = victim_run(fork_storm);
	struct nlc c;

	for (int i = 0; i < ROUNDS && !tap_failed(); i++) {
		EXPECT(grows(&v->forks, SOON));
		REQUIRE_EQ(nlc_open(&c), 0);
		EXPECT_EQ(tag_inherit(&c, v->pid), 0);
		EXPECT(grows(&v->forks, SOON));
		if (i & 1)
			EXPECT_EQ(freeze(&c, v->pid, 0), 0);
		EXPECT_EQ(unload(), 0);
		nlc_close(&c);
		EXPECT(grows(&v->forks, PROMISE), "round %d: still frozen", i);
		EXPECT_EQ(load(), 0);
	}
	victim_end(v);
}
