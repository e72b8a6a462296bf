// SPDX-License-Identifier: GPL-2.0-or-later
/* Suspend to idle with frozen tasks, leases and caps: all kept, and their time stands still. */
#define _GNU_SOURCE
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"
#include "pm.h"
#include "tap.h"

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/*
 * A lease outlives a suspend of twice its time and more, in which it could not
 * be renewed; then it ends in time. So does the longest continuous freeze.
 */
void test_suspend_ttl(void)
{
	const uint32_t ttl = slow_kernel() ? 2000 : 1000;
	unsigned long long spins;
	struct victim *v, *w;
	struct nlc c;
	uint64_t from;

	if (!pm_can())
		return;
	REQUIRE_EQ(pm_prepare(), 0);
	v = victim_start();
	w = victim_start();
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(tag(&c, w->pid), 0);
	EXPECT_EQ(set_knob("freeze_max_ms", slow_kernel() ? "2200" : "1200"), 0);
	EXPECT_EQ(freeze(&c, v->pid, ttl), 0);
	EXPECT_EQ(freeze(&c, w->pid, 60000), 0);
	spins = atomic_load(&v->spins[0]);
	from = now_ms();
	EXPECT_EQ(pm_suspend(), 0);
	EXPECT(now_ms() - from >= 2 * ttl);
	EXPECT_EQ(knob("frozen"), 2);
	EXPECT_EQ(atomic_load(&v->spins[0]), spins);
	from = now_ms();
	EXPECT(until_knob("frozen", 0, SOON));
	EXPECT(now_ms() - from <= ttl + 200 + PROMISE, "%llu ms",
	       (unsigned long long)(now_ms() - from));
	EXPECT(grows(&v->spins[0], PROMISE));
	EXPECT(grows(&w->spins[0], PROMISE));
	EXPECT_EQ(set_knob("freeze_max_ms", "60000"), 0);
	victim_end(v);
	victim_end(w);
	nlc_close(&c);
}
