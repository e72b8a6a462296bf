// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits: no user takes what all share, the administrator always finds room. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"
#include "who.h"

#define TASKS	1024
#define OWNERS	128
#define LEASES	4096
/* What is not kept for the administrator, and one user's part of it. */
#define SHARED(max)	((max) * 3 / 4)
#define OWN(max)	(SHARED(max) / 2)

static uid_t uid;	/* of the user started next */
static struct nlc sockets[OWNERS + 1];

static void rest(void)
{
	for (;;)
		pause();
}

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

/* What a user that takes all it can has got, and the error that ended it. */
static void report(struct victim *v, int got, int err)
{
	atomic_store(&v->naps, got);
	atomic_store(&v->note, err ? err : 1);
}

static struct victim *user(uid_t who, void (*fn)(struct victim *v))
{
	struct victim *v;

	uid = who;
	v = victim_run(fn);
	EXPECT(until(noted, v, SOON));
	return v;
}

#define GOT(v, n, err) do { \
	EXPECT_EQ(atomic_load(&(v)->naps), n); \
	EXPECT_EQ(atomic_load(&(v)->note), err); \
} while (0)

/* Through one socket after the other: how many hold a lease on a task. */
static int freeze_often(pid_t pid, int *err)
{
	int n = 0;

	for (*err = 0; !*err && n <= OWNERS; n += !*err) {
		struct nlc *c = &sockets[n];

		*err = nlc_open(c);
		if (*err)
			break;
		*err = freeze(c, pid, 600000);
		if (*err && !*c->ack)
			*err = -EBADMSG;
	}
	return n;
}

static pid_t child(void)
{
	pid_t maker = getpid(), pid = fork();

	if (pid)
		return pid;
	who_dies_with(maker);
	rest();
	return 0;
}

static void take_owners(struct victim *v)
{
	int n = 0, err = who_user(uid, 0);
	struct nlc c;
	pid_t pid;

	if (!err)
		err = who_container(0);
	pid = child();
	if (!err)
		err = nlc_open(&c);
	if (!err)
		err = tag(&c, pid);
	if (!err)
		n = freeze_often(pid, &err);
	report(v, n, err);
	rest();
}

void test_limit_owners(void)
{
	struct victim *a = user(1001, take_owners), *b = user(1002, take_owners), *c, *v;
	int n, err;

	GOT(a, OWN(OWNERS), -EDQUOT);
	GOT(b, OWN(OWNERS), -ENOSPC);	/* its own part, and the last of the shared ones */
	c = user(1003, take_owners);
	GOT(c, 0, -ENOSPC);
	v = victim_start();
	REQUIRE_EQ(nlc_open(&sockets[0]), 0);
	REQUIRE_EQ(tag(&sockets[0], v->pid), 0);
	nlc_close(&sockets[0]);
	n = freeze_often(v->pid, &err);
	EXPECT_EQ(n, OWNERS - SHARED(OWNERS));
	EXPECT_EQ(err, -ENOSPC);
	/* What a user had is there again when it goes. */
	victim_end(a);
	victim_end(c);
	c = user(1003, take_owners);
	GOT(c, SHARED(OWNERS) - OWN(OWNERS) - n, -ENOSPC);
	for (int i = 0; i <= n; i++)
		nlc_close(&sockets[i]);
	victim_end(b);
	victim_end(c);
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
}

/* Waits for a map of many users, takes all it can as one, then goes on as another. */
static void take_as_two(struct victim *v)
{
	int n = 0, err = who_user(uid, 0);
	struct nlc c;
	pid_t pid;

	prctl(PR_SET_DUMPABLE, 1);
	if (!err && unshare(CLONE_NEWUSER))
		err = -errno;
	atomic_store(&v->ready, 1);
	while (atomic_load(&v->ready) == 1)
		usleep(1000);
	pid = child();
	if (!err)
		err = nlc_open(&c);
	if (!err)
		err = tag(&c, pid);
	if (!err)
		n = freeze_often(pid, &err);
	if (err == -EDQUOT) {
		/* Another user by the real uid; root of the namespace by the effective one. */
		err = setresuid(1, 0, 0) ? -errno : 0;
		if (!err)
			err = freeze(&sockets[n], pid, 600000);
	}
	report(v, n, err);
	rest();
}

static bool is_ready(void *data)
{
	return atomic_load(&((struct victim *)data)->ready);
}

void test_limit_many_uids(void)
{
	static const char map[] = "0 1001 1\n1 200000 8\n";
	struct victim *v;
	char path[64];
	int fd;

	uid = 1001;
	v = victim_run(take_as_two);
	REQUIRE(until(is_ready, v, SOON));
	snprintf(path, sizeof(path), "/proc/%d/uid_map", v->pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	EXPECT_EQ(write(fd, map, strlen(map)), (int)strlen(map));
	close(fd);
	atomic_store(&v->ready, 2);
	EXPECT(until(noted, v, SOON));
	GOT(v, OWN(OWNERS), -EDQUOT);
	victim_end(v);
}

/* Tagged so that its children are: as many as there may be, and a few more. */
static void take_tasks(struct victim *v)
{
	int err = who_user(uid, 0), n = 0;
	struct nlc c;
	pid_t pid;

	if (!err)
		err = nlc_open(&c);
	if (!err)
		err = tag_inherit(&c, 0);
	for (; !err && n < OWN(TASKS) + 5; n++) {
		pid = who_idler();
		if (pid < 0)
			err = pid;
	}
	if (!err && !fork()) {
		err = nlc_open(&c);
		if (!err)
			err = tag(&c, 0);
		report(v, n, *c.ack ? err : -EBADMSG);
		_exit(0);
	}
	if (err)
		report(v, n, *c.ack ? err : -EBADMSG);
	rest();
}

void test_limit_tasks(void)
{
	struct victim *a, *b, *d, *v;
	struct nlc c;

	if (slow_kernel()) {
		tap_skip("to make 800 processes takes minutes on this kernel");
		return;
	}
	a = user(1001, take_tasks);
	GOT(a, OWN(TASKS) + 5, -EDQUOT);
	EXPECT_EQ(knob("tasks"), OWN(TASKS));
	b = user(1002, take_tasks);
	GOT(b, OWN(TASKS) + 5, -ENOSPC);
	EXPECT_EQ(knob("tasks"), SHARED(TASKS));
	d = user(1003, take_tasks);
	GOT(d, 0, -ENOSPC);
	v = victim_start();
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(tag_inherit(&c, v->pid), 0);
	EXPECT_EQ(knob("tasks"), SHARED(TASKS) + 1);
	/* What a user had is there again when it goes. */
	victim_end(a);
	EXPECT(until_knob("tasks", SHARED(TASKS) - OWN(TASKS) + 1, SOON), "%ld tasks", knob("tasks"));
	a = user(1001, take_tasks);
	EXPECT_EQ(atomic_load(&a->note), -ENOSPC);
	EXPECT_EQ(knob("tasks"), SHARED(TASKS));
	nlc_close(&c);
	victim_end(a);
	victim_end(b);
	victim_end(d);
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
}

#define GROUP	64

static void take_leases(struct victim *v)
{
	int n = 0, err = who_user(uid, 0);
	pid_t maker = getpid(), pid;
	struct nlc c;

	if (!err)
		err = who_container(0);
	pid = fork();
	if (!pid) {
		who_dies_with(maker);
		while (!atomic_load(&v->word))
			usleep(1000);
		while (atomic_load(&v->forks) < GROUP - 1 && who_idler() > 0)
			atomic_fetch_add(&v->forks, 1);
		rest();
	}
	if (!err)
		err = nlc_open(&c);
	if (!err)
		err = tag_inherit(&c, pid);
	if (!err)
		err = tag_group(&c, pid, 7);
	atomic_store(&v->word, 1);
	while (!err && atomic_load(&v->forks) < GROUP - 1)
		usleep(1000);
	if (!err)
		n = freeze_often(pid, &err);
	report(v, n * GROUP, err);
	rest();
}

void test_limit_leases(void)
{
	struct victim *a, *b;

	if (slow_kernel()) {
		tap_skip("to freeze 64 processes through 24 sockets takes minutes on this kernel");
		return;
	}
	a = user(1001, take_leases);
	b = user(1002, take_leases);
	GOT(a, OWN(LEASES), -EDQUOT);
	/* The same number, of somebody else's namespace: not its group. */
	GOT(b, 0, -EPERM);
	victim_end(a);
	victim_end(b);
	b = user(1002, take_leases);
	GOT(b, OWN(LEASES), -EDQUOT);
	victim_end(b);
	a = user(1001, take_leases);
	GOT(a, OWN(LEASES), -EDQUOT);
	victim_end(a);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(knob("frozen"), 0);
}
