// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets that are taken for an owner's but are not: of another namespace, another protocol. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

static struct victim *target;	/* whom the helpers below freeze */

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

static void rest(void)
{
	for (;;)
		pause();
}

/* A socket of that protocol with that port. */
static int port(int protocol, uint32_t portid)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_pid = portid };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		return -errno;
	}
	return fd < 0 ? -errno : fd;
}

/* Frozen, with a job, by this process; then what shares the port only comes, asks and goes. */
static void share_port(struct victim *v, int protocol, bool elsewhere)
{
	struct nlc c, d;
	int fd, err = nlc_open(&c);

	if (!err)
		err = tag(&c, 0);
	if (!err)
		err = job_begin(&c, "m");
	if (!err)
		err = freeze(&c, target->pid, 600000);
	if (!err && elsewhere && unshare(CLONE_NEWNET))
		err = -errno;
	fd = err ? err : port(protocol, c.portid);
	if (fd >= 0 && elsewhere) {
		d = c;
		d.fd = fd;
		/* It holds nothing, whoever has its port at home. */
		err = thaw(&d, target->pid);
		err = err == -ENOENT ? 0 : err ? err : -EBADMSG;
	}
	if (fd >= 0)
		close(fd);
	else
		err = fd;
	if (!err)
		err = get_task(&c, 0);
	if (!err && task_u32(&c, TWILL_A_TASK_JOBS) != 1)
		err = -EBADMSG;
	atomic_store(&v->note, err ? err : 1);
	rest();
}

static void share_across_namespaces(struct victim *v)
{
	share_port(v, NETLINK_GENERIC, true);
}

static void share_across_protocols(struct victim *v)
{
	share_port(v, NETLINK_ROUTE, false);
}

static void shared(void (*fn)(struct victim *v))
{
	struct victim *h;
	struct nlc c;

	target = victim_start();
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, target->pid), 0);
	h = victim_run(fn);
	EXPECT(until(noted, h, SOON));
	EXPECT_EQ(atomic_load(&h->note), 1);
	EXPECT(still(&target->spins[0], 100), "its lease ended with another's socket");
	victim_end(h);
	EXPECT(grows(&target->spins[0], PROMISE));
	victim_end(target);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(&c);
}

void test_socket_netns(void) { shared(share_across_namespaces); }
void test_socket_protocol(void) { shared(share_across_protocols); }
