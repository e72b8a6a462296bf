// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The entry on a thread's list of works: one of it however often the task is
 * frozen, and the works queued before it, which close files, come first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

#define TRACING	"/sys/kernel/tracing/"

/* ---- files closed before parking ---- */

static int channel[2];

static bool send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	return sendmsg(sock, &m, 0) == 1;
}

/*
 * No room for what comes with the messages, so files sent are dropped: those
 * of the first message while the thread goes on waiting for the second.
 */
static void receive_two(struct victim *v)
{
	struct mmsghdr m[2] = { 0 };
	struct iovec iov[2];
	char byte[2];

	for (int i = 0; i < 2; i++) {
		iov[i] = (struct iovec){ &byte[i], 1 };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	close(channel[0]);
	close(v->pipe[0]);
	close(v->pipe[1]);
	atomic_store(&v->tids[0], getpid());
	/* Not before the test has closed its own copy: this drops the last reference. */
	while (!atomic_load(&v->stop))
		sched_yield();
	atomic_store(&v->note, recvmmsg(channel[1], m, 2, 0, NULL));
	for (;;)
		pause();
}

static bool taken(void *data)
{
	int left = -1;

	(void)data;
	return !ioctl(channel[0], SIOCOUTQ, &left) && !left;
}

/* Put a file into a socket's queue, and that socket into another's, so many times. */
static int wrap(int fd, int depth)
{
	int s[2];

	while (depth--) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) || !send_fd(s[0], fd))
			return -1;
		close(s[0]);
		close(fd);
		fd = s[1];
	}
	return fd;
}

/*
 * The last reference to a pipe's end is dropped, and the work that closes it
 * queued, while the thread stays in its system call. Then it is frozen, so the
 * park entry runs first. Parked in spite of that, its peer would see no end of
 * file before the thaw. A socket that holds the next one queues that one's work
 * only as it is closed itself.
 */
static void close_first(int depth)
{
	struct victim *v;
	struct nlc c;
	char byte;
	int fd;

	REQUIRE_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel), 0);
	v = victim_run(receive_two);
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE(until_int(&v->tids[0], v->pid, SOON));
	fcntl(v->pipe[0], F_SETFL, O_NONBLOCK);
	fd = wrap(v->pipe[1], depth);
	v->pipe[1] = -1;
	REQUIRE(fd >= 0 && send_fd(channel[0], fd));
	close(fd);
	atomic_store(&v->stop, true);
	REQUIRE(until(taken, NULL, SOON));
	REQUIRE(until_blocked(v->pid, SYS_recvmmsg, SOON));
	EXPECT(read(v->pipe[0], &byte, 1) == -1 && errno == EAGAIN, "it is closed too early");

	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 0);
	EXPECT_EQ(write(channel[0], "x", 1), 1);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT_EQ(read(v->pipe[0], &byte, 1), 0);
	EXPECT_EQ(atomic_load(&v->note), 0);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(until_int(&v->note, 2, SOON), "recvmmsg: %d", atomic_load(&v->note));
	victim_end(v);
	close(channel[0]);
	close(channel[1]);
	nlc_close(&c);
}

void test_close_before_park(void) { close_first(0); }
void test_close_nested_before_park(void) { close_first(20); }

static void *read_channel(void *data)
{
	struct victim *v = data;
	char byte;

	atomic_store(&v->tids[0], gettid());
	atomic_store(&v->note, read(channel[1], &byte, 1));
	for (;;)
		pause();
	return NULL;
}

static void close_under_reader(struct victim *v)
{
	pthread_t t;

	close(channel[0]);
	pthread_create(&t, NULL, read_channel, v);
	while (!atomic_load(&v->stop))
		usleep(1000);
	close(channel[1]);
	atomic_store(&v->tids[1], getpid());
	for (;;)
		pause();
}

/* The other order: a system call that is under way drops the last reference. */
void test_close_after_freeze(void)
{
	struct victim *v;
	struct nlc c;
	char byte;

	REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel), 0);
	v = victim_run(close_under_reader);
	close(channel[1]);
	fcntl(channel[0], F_SETFL, O_NONBLOCK);
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE(until_blocked(v->pid, SYS_clock_nanosleep, SOON));
	while (!atomic_load(&v->tids[0]))
		pass(1);
	REQUIRE(until_blocked(atomic_load(&v->tids[0]), SYS_read, SOON));
	atomic_store(&v->stop, true);
	REQUIRE(until_int(&v->tids[1], v->pid, SOON));
	/* Not on its way there: it would be the one that is seen parked. */
	REQUIRE(until_blocked(v->pid, SYS_ppoll, SOON));
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(write(channel[0], "x", 1), 1);
	EXPECT(until_parked(&c, v->pid, 1, SOON));
	EXPECT_EQ(read(channel[0], &byte, 1), 0);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(until_int(&v->note, 1, SOON), "read: %d", atomic_load(&v->note));
	victim_end(v);
	close(channel[0]);
	nlc_close(&c);
}

/* ---- one entry, however often ---- */

static void *read_bytes(void *data)
{
	struct victim *v = data;
	char byte;

	atomic_store(&v->tids[0], gettid());
	for (;;) {
		if (read(v->pipe[0], &byte, 1) == 1)
			atomic_fetch_add(&v->reads, 1);
		else
			atomic_fetch_add(&v->eintr, 1);
	}
	return NULL;
}

static void *wait_futex(void *data)
{
	struct victim *v = data;

	atomic_store(&v->tids[1], gettid());
	if (syscall(SYS_futex, &v->word, FUTEX_WAIT, 0, NULL, NULL, 0))
		atomic_fetch_add(&v->eintr, 1);
	atomic_store(&v->woken, true);
	for (;;)
		pause();
	return NULL;
}

static void all_blocked(struct victim *v)
{
	struct timespec ts = { 100000, 0 };
	pthread_t t;

	pthread_create(&t, NULL, read_bytes, v);
	pthread_create(&t, NULL, wait_futex, v);
	atomic_store(&v->tids[2], getpid());
	if (nanosleep(&ts, NULL))
		atomic_fetch_add(&v->eintr, 1);
}

static bool write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* How often the module's callback has run since the probe was put on it. */
static long callbacks(void)
{
	char name[64];
	long hits = -1, missed;
	FILE *f = fopen(TRACING "kprobe_profile", "r");

	while (f && fscanf(f, "%63s %ld %ld", name, &hits, &missed) == 3)
		if (!strcmp(name, "twill_park"))
			break;
	if (f)
		fclose(f);
	return hits;
}

static bool was_woken(void *data)
{
	return atomic_load(&((struct victim *)data)->woken);
}

/*
 * Threads that sleep in long system calls, frozen and thawed again and again:
 * an entry pushed twice closes its list to a ring, one that stays behind at a
 * thaw is run for nothing.
 */
void test_refreeze_blocked(void)
{
	int rounds = slow_kernel() ? 100 : 1000;
	struct victim *v = victim_run(all_blocked);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE(until_blocked(v->pid, SYS_clock_nanosleep, SOON));
	while (!atomic_load(&v->tids[0]) || !atomic_load(&v->tids[1]))
		pass(1);
	REQUIRE(until_blocked(atomic_load(&v->tids[0]), SYS_read, SOON));
	REQUIRE(until_blocked(atomic_load(&v->tids[1]), SYS_futex, SOON));
	REQUIRE(write_to(TRACING "kprobe_events", "p:twill_park twill:park_cb\n"));
	REQUIRE(write_to(TRACING "events/kprobes/twill_park/enable", "1"));
	for (int i = 0; i < rounds && !tap_failed(); i++) {
		EXPECT_EQ(freeze(&c, v->pid, 0), 0);
		if (i % 7 == 0)	/* as a second owner's renewal would */
			EXPECT_EQ(freeze(&c, v->pid, 0), 0);
		EXPECT_EQ(thaw(&c, v->pid), 0);
	}
	EXPECT_EQ(write(v->pipe[1], "x", 1), 1);
	EXPECT(grows(&v->reads, SOON) || atomic_load(&v->reads));
	EXPECT_EQ(callbacks(), 0);

	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(write(v->pipe[1], "x", 1), 1);
	syscall(SYS_futex, &v->word, FUTEX_WAKE, 1, NULL, NULL, 0);
	EXPECT(until_parked(&c, v->pid, 2, SOON));
	/* Each may have made way once for a work of the kernel's own. */
	EXPECT(callbacks() >= 2 && callbacks() <= 4, "%ld callbacks", callbacks());
	EXPECT_EQ(atomic_load(&v->reads), 1);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(until(was_woken, v, SOON));
	EXPECT_EQ(atomic_load(&v->eintr), 0);
	write_to(TRACING "events/kprobes/twill_park/enable", "0");
	write_to(TRACING "kprobe_events", "-:twill_park\n");
	victim_end(v);
	nlc_close(&c);
}
