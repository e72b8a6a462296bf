// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ladder of CPU backends, with a clock of its own: when it engages and lets go, where
 * it falls to, and when it climbs.
 */
#include <string.h>

#include "sched/backend.h"
#include "tap.h"

#define TICK	20000000ULL
#define S	1000000000ULL

static struct backend_ladder l;
static uint64_t now;

static void start(enum backend highest)
{
	backend_init(&l, highest);
	now = 5 * S;
}

/* Looks for @ns, with an urgent job and crowded CPUs or not; the last answer. */
static enum backend look(uint64_t ns, bool urgent, bool crowded)
{
	enum backend b = BACKENDS;
	uint64_t until = now + ns;

	for (; now < until; now += TICK) {
		if (urgent)
			backend_urgent(&l, now);
		b = backend_look(&l, now, crowded);
	}
	return b;
}

/* Breaks if: one of both is enough, or a moment of both. */
static void test_engages(void)
{
	start(BACKEND_SCHED_EXT);
	ok(look(10 * S, false, true) == BACKEND_OBSERVE, "crowded, and nothing urgent");
	start(BACKEND_SCHED_EXT);
	ok(look(10 * S, true, false) == BACKEND_OBSERVE, "urgent, and CPUs are idle");
	start(BACKEND_SCHED_EXT);
	ok(look(80000000, true, true) == BACKEND_OBSERVE, "not for a moment's crowd");
	ok(look(100000000, true, true) == BACKEND_SCHED_EXT, "but for a tenth of a second's");
	start(BACKEND_NICE);
	ok(look(S, true, true) == BACKEND_NICE, "no more than is allowed");
	start(BACKEND_OBSERVE);
	ok(look(S, true, true) == BACKEND_OBSERVE, "and nothing, if that is wished");
}

/* Breaks if: a pause between jobs or a moment's calm lets go, or nothing ever does. */
static void test_lets_go(void)
{
	start(BACKEND_SCHED_EXT);
	look(5 * S, true, true);
	ok(look(S + S / 2, false, true) == BACKEND_SCHED_EXT, "held between jobs");
	ok(look(S, false, true) == BACKEND_OBSERVE, "let go after two seconds without one");
	ok(look(TICK, true, true) == BACKEND_SCHED_EXT, "the next finds the CPUs known to be short");
	look(5 * S, true, true);
	ok(look(S + S / 2, true, false) == BACKEND_SCHED_EXT, "held through a second's calm");
	ok(look(S, true, false) == BACKEND_OBSERVE, "let go after two");
	ok(look(80000000, true, true) == BACKEND_OBSERVE, "and engaged only as at first");
}

/* Breaks if: alternating halves make it go on and off. */
static void test_steady(void)
{
	enum backend b, last = BACKEND_OBSERVE;
	int turns = 0, i;

	start(BACKEND_SCHED_EXT);
	for (i = 0; i < 500; i++) {
		b = look(TICK, true, i & 1);
		turns += b != last;
		last = b;
	}
	ok(turns == 1 && last == BACKEND_SCHED_EXT, "short every other time: engaged once, %d", turns);
}

/* Breaks if: what was refused is tried at once, never again, or not at twice the time. */
static void test_falls(void)
{
	uint64_t fell, wait = BACKEND_WAIT_NS;
	bool good = true;
	int i;

	start(BACKEND_SCHED_EXT);
	look(S, true, true);
	backend_took(&l, BACKEND_SCHED_EXT);
	backend_fell(&l, now, BACKEND_SCHED_EXT, false);
	ok(l.on == BACKEND_OBSERVE, "nothing is in effect after a fall");
	ok(look(TICK, true, true) == BACKEND_AFFINITY, "the next below is tried");
	backend_fell(&l, now, BACKEND_AFFINITY, true);
	ok(look(TICK, true, true) == BACKEND_NICE, "and the next");
	backend_took(&l, BACKEND_NICE);
	backend_fell(&l, now, BACKEND_NICE, false);
	ok(look(TICK, true, true) == BACKEND_OBSERVE, "below which there is none");
	for (i = 0; i < 16; i++) {
		start(BACKEND_SCHED_EXT);
		l.rung[BACKEND_SCHED_EXT].wait_ns = i ? wait : 0;
		look(S, true, true);
		fell = now;
		backend_fell(&l, now, BACKEND_SCHED_EXT, false);
		if (i)
			wait = 2 * wait < BACKEND_WAIT_MAX_NS ? 2 * wait : BACKEND_WAIT_MAX_NS;
		good &= look(wait - TICK, true, true) == BACKEND_AFFINITY;
		good &= look(3 * TICK, true, true) == BACKEND_SCHED_EXT;
		good &= now - fell <= wait + 3 * TICK;
	}
	ok(good && wait == BACKEND_WAIT_MAX_NS, "tried again after twice the time, up to ten minutes");
}

/* Breaks if: what cannot be had is tried each second, or success does not count. */
static void test_remembers(void)
{
	start(BACKEND_SCHED_EXT);
	look(S, true, true);
	backend_fell(&l, now, BACKEND_SCHED_EXT, true);
	ok(look(500 * S, true, true) == BACKEND_AFFINITY, "not to be had: left alone for long");
	ok(look(101 * S, true, true) == BACKEND_SCHED_EXT, "but not for ever");
	backend_took(&l, BACKEND_SCHED_EXT);
	look(50 * S, true, true);
	backend_took(&l, BACKEND_OBSERVE);
	look(3 * S, false, true);
	look(S, true, true);
	backend_took(&l, BACKEND_SCHED_EXT);
	look(20 * S, true, true);
	backend_fell(&l, now, BACKEND_SCHED_EXT, false);
	look(S, true, true);
	ok(look(2 * TICK, true, true) == BACKEND_SCHED_EXT, "a minute in all, and it is as at first");
	backend_took(&l, BACKEND_SCHED_EXT);
	look(30 * S, true, true);
	backend_fell(&l, now, BACKEND_SCHED_EXT, false);
	look(S, true, true);
	ok(look(2 * TICK, true, true) == BACKEND_AFFINITY, "half a minute is not enough");
}

/* Breaks if: a caller that was away for long counts it all as crowded. */
static void test_away(void)
{
	start(BACKEND_SCHED_EXT);
	backend_look(&l, now, false);
	now += 3600 * S;
	backend_urgent(&l, now);
	backend_look(&l, now, true);
	ok(l.crowd_ns <= BACKEND_LOOK_NS, "an hour away counts as a look");
	start(BACKEND_SCHED_EXT);
	look(S, true, true);
	backend_urgent(&l, now + TICK);
	ok(backend_look(&l, now, true) == BACKEND_SCHED_EXT, "a job noted after the clock was read counts");
	ok(!backend_name(BACKENDS) && !strcmp(backend_name(BACKEND_SCHED_EXT), "sched_ext"), "names");
}

int main(void)
{
	test_engages();
	test_lets_go();
	test_steady();
	test_falls();
	test_remembers();
	test_away();
	return tap_done();
}
