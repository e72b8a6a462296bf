// SPDX-License-Identifier: GPL-2.0-or-later
/* Suspend to idle with frozen tasks, leases and caps: all kept, and their time stands still. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

#define DELAY	"/sys/module/suspend/parameters/pm_test_delay"
#define ALARM	"/sys/class/rtc/rtc0/wakealarm"

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/*
 * To idle, until the clock of the board wakes it; without a driver for idle
 * states, as here, the kernel's clock goes on meanwhile. That alarm must not be
 * over before the machine sleeps: where that may take long, the kernel's own
 * test only freezes user space and waits, which costs too much under -icount.
 */
static int suspend(void)
{
	if (slow_kernel())
		return system("echo 3 >" DELAY " && echo freezer >/sys/power/pm_test && "
			      "echo freeze >/sys/power/state");
	return system("echo +8 >" ALARM " && echo none >/sys/power/pm_test && "
		      "echo freeze >/sys/power/state");
}

static bool can(void)
{
	if (!access("/sys/power/pm_test", W_OK) &&
	    !access(slow_kernel() ? DELAY : ALARM, W_OK))
		return true;
	tap_skip("the guest cannot suspend and wake again");
	return false;
}

/*
 * A lease of a second outlives a suspend of two and more, in which it could not
 * be renewed; then it ends in time. So does the longest continuous freeze.
 */
void test_suspend_ttl(void)
{
	unsigned long long spins;
	struct victim *v, *w;
	struct nlc c;
	uint64_t from;

	if (!can())
		return;
	v = victim_start();
	w = victim_start();
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(tag(&c, w->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, 1000), 0);
	EXPECT_EQ(freeze(&c, w->pid, 60000), 0);
	EXPECT_EQ(set_knob("freeze_max_ms", "1200"), 0);
	spins = atomic_load(&v->spins[0]);
	from = now_ms();
	EXPECT_EQ(suspend(), 0);
	EXPECT(now_ms() - from >= 2000);
	EXPECT_EQ(knob("frozen"), 2);
	EXPECT_EQ(atomic_load(&v->spins[0]), spins);
	from = now_ms();
	EXPECT(until_knob("frozen", 0, SOON));
	EXPECT(now_ms() - from <= 1200 + PROMISE, "%llu ms",
	       (unsigned long long)(now_ms() - from));
	EXPECT(grows(&v->spins[0], PROMISE));
	EXPECT(grows(&w->spins[0], PROMISE));
	EXPECT_EQ(set_knob("freeze_max_ms", "60000"), 0);
	victim_end(v);
	victim_end(w);
	nlc_close(&c);
}
