// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners of leases: who is one, and every way in which one ceases to be. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"
#include "who.h"

static pid_t target;	/* whom the helpers below freeze */
static int pair[2];	/* between a helper and the test */

static void rest(void)
{
	for (;;)
		pause();
}

static bool is_ready(void *data)
{
	return atomic_load(&((struct victim *)data)->ready);
}

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

static void note(struct victim *v, bool ok)
{
	atomic_store(&v->note, ok ? 1 : -1);
}

static struct victim *helper(void (*fn)(struct victim *v))
{
	struct victim *h = victim_run(fn);

	EXPECT(until(noted, h, SOON));
	EXPECT_EQ(atomic_load(&h->note), 1);
	return h;
}

static int renew(struct nlc *c, uint32_t ttl_ms)
{
	nlc_begin(c, TWILL_CMD_LEASE_RENEW);
	nlc_nest(c, TWILL_A_LEASE);
	nlc_u32(c, TWILL_A_LEASE_TTL_MS, ttl_ms);
	return nlc_do(c);
}

/* ---- a socket in several hands ---- */

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

static bool pass_fd(int over, int fd)
{
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	union control control = { .head = {
		.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(over, &m, 0) == 1;
}

static int take_fd(int from)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control = { 0 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(from, &m, MSG_CMSG_CLOEXEC) == 1 && m.msg_controllen)
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

static void hold_and_pass(struct victim *v)
{
	struct nlc c;

	note(v, !nlc_open(&c) && !freeze(&c, target, 600000) && pass_fd(pair[1], c.fd));
	rest();
}

void test_owner_passes_socket(void)
{
	struct sockaddr_nl addr;
	socklen_t len = sizeof(addr);
	struct victim *v = victim_start(), *h;
	struct nlc c, got;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	target = v->pid;
	h = helper(hold_and_pass);
	got = c;
	got.fd = take_fd(pair[0]);
	REQUIRE(got.fd >= 0);
	REQUIRE_EQ(getsockname(got.fd, (struct sockaddr *)&addr, &len), 0);
	got.portid = addr.nl_pid;
	/* While the other one holds leases through it, it is of no use to us. */
	EXPECT_EQ(freeze(&got, v->pid, 0), -EPERM);
	EXPECT(*got.ack);
	EXPECT_EQ(thaw(&got, v->pid), -ENOENT);
	EXPECT_EQ(renew(&got, 600000), 0);
	EXPECT_EQ(nlc_get(&got, TWILL_A_LEASE, TWILL_A_LEASE_COUNT), 0);
	EXPECT(still(&v->spins[0], 50));
	/* The socket stays open: it is the process that counts. */
	kill(h->pid, SIGKILL);
	EXPECT(grows(&v->spins[0], PROMISE), "frozen a second after its owner's death");
	EXPECT_EQ(freeze(&got, v->pid, 600000), 0);
	EXPECT_EQ(task_u32(&got, TWILL_A_TASK_OWNERS), 1);
	EXPECT(still(&v->spins[0], 50));
	nlc_close(&got);
	EXPECT(grows(&v->spins[0], PROMISE));
	close(pair[0]);
	close(pair[1]);
	victim_end(h);
	victim_end(v);
	nlc_close(&c);
}

/* ---- owners that hang, nest, become another ---- */

#define TTL	(slow_kernel() ? 2000 : 300)

static void hold_by_renewing(struct victim *v)
{
	struct nlc c;
	int err = nlc_open(&c);

	if (!err)
		err = freeze(&c, target, TTL);
	note(v, !err);
	while (!err) {
		err = renew(&c, TTL);
		usleep(10000);
	}
}

/* Stopped, it neither exits nor closes nor renews. */
void test_owner_hung(void)
{
	struct victim *v = victim_start(), *h;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	target = v->pid;
	h = helper(hold_by_renewing);
	EXPECT(still(&v->spins[0], TTL + TTL / 4), "not held although renewed");
	kill(h->pid, SIGSTOP);
	EXPECT(grows(&v->spins[0], TTL + PROMISE), "held by an owner that hangs");
	victim_end(h);
	victim_end(v);
	nlc_close(&c);
}

static void hold(struct victim *v)
{
	struct nlc c;

	note(v, !nlc_open(&c) && !freeze(&c, target, 600000));
	rest();
}

void test_owners_die_in_turn(void)
{
	struct victim *v = victim_start(), *h[3];
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	target = v->pid;
	for (int i = 0; i < 3; i++)
		h[i] = helper(hold);
	EXPECT_EQ(get_task(&c, v->pid), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_OWNERS), 3);
	for (int i = 0; i < 2; i++) {
		victim_end(h[i]);
		EXPECT(still(&v->spins[0], 50), "ran with %d owners left", 2 - i);
	}
	victim_end(h[2]);
	EXPECT(grows(&v->spins[0], PROMISE));
	victim_end(v);
	nlc_close(&c);
}

#define SUID_COPY	"/tmp/twill_test.owner"

/* Frozen by one who then becomes root by an exec, and keeps the socket. */
static void hold_and_exec(struct victim *v)
{
	struct nlc c;
	int err = who_user(1001, CAPS(CAP_SYS_NICE) | CAPS(CAP_KILL));

	if (!err)
		err = nlc_open(&c);
	if (!err)
		err = freeze(&c, target, 600000);
	if (!err && fcntl(c.fd, F_SETFD, 0))
		err = -errno;
	note(v, !err);
	while (!atomic_load(&v->ready))
		usleep(1000);
	execl(SUID_COPY, "twill_test", "--pause", (char *)NULL);
	_exit(98);
}

void test_exec_setuid_drops_leases(void)
{
	struct victim *v = victim_start(), *h;
	struct nlc c;

	REQUIRE_EQ(system("cp /proc/$PPID/exe " SUID_COPY " && chmod 4755 " SUID_COPY), 0);
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	target = v->pid;
	h = helper(hold_and_exec);
	EXPECT(still(&v->spins[0], 50));
	atomic_store(&h->ready, 1);
	EXPECT(grows(&v->spins[0], SOON), "held by what its owner was before");
	EXPECT_EQ(kill(h->pid, 0), 0);
	EXPECT_EQ(waitpid(h->pid, NULL, WNOHANG), 0);
	victim_end(h);
	victim_end(v);
	nlc_close(&c);
	unlink(SUID_COPY);
}

/* ---- the agent ---- */

static void take_and_leave(struct victim *v)
{
	struct nlc c;

	for (;;) {
		if (!nlc_open(&c))
			(void)agent_set(&c);
		nlc_close(&c);
		usleep(atomic_fetch_add(&v->naps, 1) % 8 * 50);
	}
}

/*
 * A freeze that comes while AGENT_SET waits for its turn is not followed by a
 * frozen agent: one of the two is refused.
 */
void test_agent_never_frozen(void)
{
	struct victim *v = victim_run(take_and_leave);
	int frozen = 0, agent = 0, rounds = slow_kernel() ? 40 : 400;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	for (int i = 0; i < rounds && !tap_failed(); i++) {
		int err = freeze(&c, v->pid, 0);

		if (err == -EPERM) {
			agent++;
			continue;
		}
		REQUIRE_EQ(err, 0);
		frozen++;
		EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
		EXPECT(knob("agent") != v->pid, "round %d: the agent is frozen", i);
		EXPECT_EQ(thaw(&c, v->pid), 0);
		if (i % 4 == 0)
			EXPECT(grows(&v->naps, SOON));
	}
	printf("# %d times frozen, %d times the agent\n", frozen, agent);
	EXPECT(frozen);
	victim_end(v);
	nlc_close(&c);
}

/* One that hardly stops: SIGSTOP waits until its pages are there. */
static void populate(struct victim *v)
{
	size_t size = 256 << 20;

	for (;;) {
		void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (p != MAP_FAILED)
			munmap(p, size);
		note(v, p != MAP_FAILED);
		atomic_fetch_add(&v->naps, 1);
	}
}

/* It has just begun anew, and is at it for a while. */
static bool begins(void *data)
{
	static int seen;
	struct victim *v = data;
	int now = atomic_load(&v->naps);
	bool another = seen && now != seen;

	seen = another ? 0 : now;
	return another;
}

static void be_agent(struct victim *v)
{
	struct nlc c;
	int err = nlc_open(&c) ?: agent_set(&c);

	atomic_store(&v->word, c.portid);
	note(v, !err);
	rest();
}

static void freeze_slowly(struct victim *v)
{
	struct nlc c;
	int err = nlc_open(&c);

	atomic_store(&v->ready, 1);
	if (!err)
		err = freeze(&c, target, 0);
	note(v, !err);
	rest();
}

struct port {
	int fd;
	struct sockaddr_nl addr;
};

static bool bound(void *data)
{
	struct port *p = data;

	return !bind(p->fd, (struct sockaddr *)&p->addr, sizeof(p->addr));
}

/*
 * While a freeze takes its time and with it all other requests, the agent dies
 * and somebody else binds its port: the event of the freeze is not for him.
 */
void test_agent_port_reused(void)
{
	struct port p = { .addr = { .nl_family = AF_NETLINK } };
	struct victim *v, *a, *h;
	struct nlc c, got;

	if (slow_kernel()) {
		tap_skip("how long a freeze takes cannot be chosen on this kernel");
		return;
	}
	v = helper(populate);
	a = helper(be_agent);
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(set_knob("freeze_backend", "signal"), 0);
	target = v->pid;
	p.addr.nl_pid = atomic_load(&a->word);
	p.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	EXPECT(until(begins, v, SOON));
	h = victim_run(freeze_slowly);
	EXPECT(until(is_ready, h, SOON));
	pass(10);
	kill(a->pid, SIGKILL);
	EXPECT(until(bound, &p, SOON));
	EXPECT_EQ(atomic_load(&h->note), 0);	/* or the freeze did not take its time */
	EXPECT(until(noted, h, SOON));
	EXPECT_EQ(atomic_load(&h->note), 1);
	got.fd = p.fd;
	EXPECT_EQ(nlc_event(&got, 100), -ETIMEDOUT);
	close(p.fd);
	EXPECT_EQ(set_knob("freeze_backend", "task_work"), 0);
	victim_end(h);
	victim_end(a);
	victim_end(v);
	nlc_close(&c);
}

/* ---- a task that changes users ---- */

static void change_user(struct victim *v)
{
	note(v, !who_user(1001, CAPS(CAP_SETUID)));
	while (!atomic_load(&v->ready))
		usleep(1000);
	atomic_store(&v->naps, setresuid(1002, 1002, 1002) ? 98 : 1);
	rest();
}

/* Of the same user, and no CAP_KILL: it may freeze for as long as that is so. */
static void freeze_twice(struct victim *v)
{
	struct nlc c;
	bool ok = !who_user(1001, CAPS(CAP_SYS_NICE)) && !nlc_open(&c) && !tag(&c, target) &&
		  !freeze(&c, target, 600000) && !thaw(&c, target);

	note(v, ok);
	while (!atomic_load(&v->ready))
		usleep(1000);
	atomic_store(&v->naps, freeze(&c, target, 600000) == -EPERM && *c.ack &&
			       !get_task(&c, target) ? 1 : 98);
	rest();
}

static bool done(void *data)
{
	return atomic_load(&((struct victim *)data)->naps);
}

void test_setuid_of_task(void)
{
	struct victim *v = helper(change_user), *h;
	struct nlc c;

	target = v->pid;
	h = helper(freeze_twice);
	atomic_store(&v->ready, 1);
	EXPECT(until(done, v, SOON));
	EXPECT_EQ(atomic_load(&v->naps), 1);
	atomic_store(&h->ready, 1);
	EXPECT(until(done, h, SOON));
	EXPECT_EQ(atomic_load(&h->naps), 1);
	/* Only an exec makes it another program: the tag stays. */
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(get_task(&c, v->pid), 0);
	victim_end(h);
	victim_end(v);
	nlc_close(&c);
}
