// SPDX-License-Identifier: GPL-2.0-or-later
/* Leases: whoever dies, hangs or forgets, the task runs again. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

static pid_t target;	/* whom the helpers below freeze */

static void hold(struct victim *v)
{
	struct nlc c;

	atomic_store(&v->note, nlc_open(&c) || freeze(&c, target, 600000) ? -1 : 1);
	for (;;)
		pause();
}

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

static struct victim *holder(struct victim *of, void (*fn)(struct victim *v))
{
	struct victim *h;

	target = of->pid;
	h = victim_run(fn);
	EXPECT(until(noted, h, SOON));
	EXPECT_EQ(atomic_load(&h->note), 1);
	return h;
}

void test_owner_killed(void)
{
	struct victim *v = victim_start(), *h;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	h = holder(v, hold);
	EXPECT(still(&v->spins[0], 50));
	kill(h->pid, SIGKILL);
	EXPECT(grows(&v->spins[0], PROMISE), "frozen a second after its owner's death");
	EXPECT_EQ(get_task(&c, v->pid), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_OWNERS), 0);
	victim_end(h);
	victim_end(v);
	nlc_close(&c);
}

/* The process that froze exits; a child of it keeps the socket open. */
static void hold_and_fork(struct victim *v)
{
	struct nlc c;
	int ok = !nlc_open(&c) && !freeze(&c, target, 600000);

	if (!fork()) {
		for (;;) {
			if (atomic_load(&v->stop))
				_exit(0);
			usleep(1000);
		}
	}
	atomic_store(&v->note, ok ? 1 : -1);
	for (;;)
		pause();
}

void test_owner_exits_socket_open(void)
{
	struct victim *v = victim_start(), *h;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	h = holder(v, hold_and_fork);
	EXPECT(still(&v->spins[0], 50));
	kill(h->pid, SIGKILL);
	EXPECT(grows(&v->spins[0], PROMISE), "frozen a second after its owner's death");
	atomic_store(&h->stop, true);
	victim_end(h);
	victim_end(v);
	nlc_close(&c);
}

void test_ttl(void)
{
	struct victim *v = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(freeze(&c, v->pid, 300), 0);
	EXPECT(still(&v->spins[0], 100), "thawed before its time");
	EXPECT(grows(&v->spins[0], 300 + PROMISE), "not thawed by its time to live");
	EXPECT_EQ(thaw(&c, v->pid), -ENOENT);
	EXPECT(*c.ack);
	/* The administrator's default counts when none is stated. */
	EXPECT_EQ(set_knob("freeze_ttl_ms", "200"), 0);
	EXPECT_EQ(freeze(&c, v->pid, 0), 0);
	EXPECT(grows(&v->spins[0], 200 + PROMISE));
	EXPECT_EQ(set_knob("freeze_ttl_ms", "5000"), 0);
	victim_end(v);
	nlc_close(&c);
}

static int renew(struct nlc *c, uint32_t ttl_ms)
{
	nlc_begin(c, TWILL_CMD_LEASE_RENEW);
	nlc_nest(c, TWILL_A_LEASE);
	nlc_u32(c, TWILL_A_LEASE_TTL_MS, ttl_ms);
	return nlc_do(c);
}

void test_renew(void)
{
	struct victim *v = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(renew(&c, 100), 0);
	EXPECT_EQ(nlc_get(&c, TWILL_A_LEASE, TWILL_A_LEASE_COUNT), 0);
	EXPECT_EQ(freeze(&c, v->pid, 1000), 0);
	EXPECT_EQ(renew(&c, 60000), 0);
	EXPECT_EQ(nlc_get(&c, TWILL_A_LEASE, TWILL_A_LEASE_COUNT), 1);
	EXPECT(still(&v->spins[0], 1500), "thawed although renewed");
	EXPECT_EQ(renew(&c, 1), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	victim_end(v);
	nlc_close(&c);
}

void test_owners_nest(void)
{
	struct victim *v = victim_start();
	struct nlc a, b;

	REQUIRE_EQ(nlc_open(&a), 0);
	REQUIRE_EQ(nlc_open(&b), 0);
	REQUIRE_EQ(tag(&a, v->pid), 0);
	EXPECT_EQ(freeze(&a, v->pid, 60000), 0);
	EXPECT_EQ(freeze(&b, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&b, TWILL_A_TASK_OWNERS), 2);
	EXPECT_EQ(freeze(&b, v->pid, 60000), 0);	/* renewed, not counted twice */
	EXPECT_EQ(task_u32(&b, TWILL_A_TASK_OWNERS), 2);
	EXPECT_EQ(task_u32(&b, TWILL_A_TASK_FREEZES), 1);
	EXPECT_EQ(thaw(&a, v->pid), 0);
	EXPECT_EQ(thaw(&a, v->pid), -ENOENT);
	EXPECT(still(&v->spins[0], 50), "ran while one owner held it");
	nlc_close(&b);
	EXPECT(grows(&v->spins[0], PROMISE));
	victim_end(v);
	nlc_close(&a);
}

void test_freeze_max(void)
{
	struct victim *v = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(set_knob("freeze_max_ms", "300"), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(still(&v->spins[0], 100));
	EXPECT_EQ(renew(&c, 60000), 0);
	EXPECT(grows(&v->spins[0], 300 + PROMISE), "frozen for longer than freeze_max_ms");
	/* Set while it is frozen, it counts for what is. */
	EXPECT_EQ(set_knob("freeze_max_ms", "60000"), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(set_knob("freeze_max_ms", "1"), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	EXPECT_EQ(set_knob("freeze_max_ms", "60000"), 0);
	victim_end(v);
	nlc_close(&c);
}
