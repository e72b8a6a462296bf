// SPDX-License-Identifier: GPL-2.0-or-later
/* A board that gets hot: the model, and a run in the heat. Argument: the top. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "power/board.h"
#include "sim/run.h"
#include "sim/thermal.h"
#include "tap.h"

#define SECOND	1000000000ULL
#define STEPS	100	/* in a second */
#define JOBS	6000

static struct thermal t;
static uint64_t now, board_uj;

/* @seconds at a constant power; how often clocks changed. */
static uint32_t pass(uint32_t seconds, uint32_t mw)
{
	uint32_t i, changes = 0;

	for (i = 0; i < seconds * STEPS; i++) {
		now += THERMAL_STEP_NS;
		board_uj += mw * THERMAL_STEP_NS / 1000000;
		changes += thermal_step(&t, now, board_uj);
	}
	return changes;
}

static void begin(const struct thermal_setup *setup, uint32_t mw)
{
	now = board_uj = 0;
	thermal_init(&t, setup, mw, 10, 18);
}

static bool near(double a, double b, double by)
{
	if (a > b - by && a < b + by)
		return true;
	note("%.3f is not %.3f", a, b);
	return false;
}

/* Breaks if: resistance, time constant or the heat's span is lost. */
static void test_sink(void)
{
	const struct thermal_setup s = { .around_mc = 37900, .heat_mc = 57900,
					 .heat_from_ns = 1000 * SECOND, .heat_until_ns = 1600 * SECOND };

	begin(&s, 4300);
	ok(near(t.sink_uc * 1e-6, 45.8, 0.1), "4.3 W: 45.8 C, as published");
	pass(60, 29400);
	ok(near(t.sink_uc * 1e-6, 45.8 + 46.2 * 0.632, 0.3), "after a minute at 29.4 W 63 %% of the way");
	pass(840, 29400);
	ok(near(t.sink_uc * 1e-6, 92, 0.1), "then 92 C, as published");
	pass(600, 4300);
	ok(near(t.sink_uc * 1e-6, 65.8, 0.1), "20 C more in the heat");
	pass(700, 4300);
	ok(near(t.sink_uc * 1e-6, 45.8, 0.1), "and not after it");
}

/* Breaks if: leakage is not on all power, or energy jumps when it changes. */
static void test_leak(void)
{
	const struct thermal_setup s = { .around_mc = 75800, .leak_ppm = 20000 };
	uint64_t before, uj;

	begin(&s, 0);
	ok(thermal_true_mw(&t, 10000) == 10600, "2 %% for each of 30 C make 10 W 10.6 W");
	uj = thermal_true_uj(&t, 1000000);
	ok(uj == 1060000, "the same of energy: %llu", (unsigned long long)uj);
	pass(600, 10000);
	before = thermal_true_uj(&t, board_uj);
	ok(t.sink_uc > 95800000 && before == t.true_uj, "it heats the sink, too: %.1f C", t.sink_uc * 1e-6);
	ok(before > board_uj / 100 * 108 && before < board_uj / 100 * 111, "and more heat is more leakage");
	begin(&(struct thermal_setup){ .around_mc = 0, .leak_ppm = 20000 }, 1000);
	ok(thermal_true_mw(&t, 10000) == 10000, "below what was published there is none to take off");
}

/* Breaks if: a step is taken twice, clocks do not come back, or one waits for the other. */
static void test_trip(void)
{
	const struct thermal_setup s = { .around_mc = 90000 };

	uint32_t gpu, cpu;

	begin(&s, 4800);
	ok(!pass(10, 4800) && t.sink_uc < THERMAL_TRIP_MC * 1000LL, "98.9 C: nothing");
	ok(pass(300, 30000) == 17 && t.cooling[THERMAL_GPU] == 9 && t.cooling[THERMAL_CPU] == 17,
	   "above the trip a step a second, to the lowest");
	while (t.sink_uc >= THERMAL_TRIP_MC * 1000LL)
		pass(1, 1000);
	gpu = t.cooling[THERMAL_GPU];
	cpu = t.cooling[THERMAL_CPU];
	ok(pass(2, 1000) == 2 && t.cooling[THERMAL_GPU] == gpu - 2 && t.cooling[THERMAL_CPU] == cpu - 2,
	   "below it a step a second back, each its own");
	pass(20, 1000);
	ok(!t.cooling[THERMAL_GPU] && !t.cooling[THERMAL_CPU], "all clocks are back");
}

/* Breaks if: an event is counted twice, lasts too long, or shows at once. */
static void test_current(void)
{
	const struct thermal_setup s = { .around_mc = 40000, .oc_limit_mw = 20000 };

	begin(&s, 5000);
	ok(!thermal_current(&t, 0, 20000) && !t.oc_events, "at the limit nothing happens");
	ok(thermal_current(&t, 0, 20001) && t.oc_events == 1, "above it clocks are halved");
	ok(thermal_current(&t, 1000000, 5000) && !thermal_current(&t, 1070000, 5000) && t.oc_events == 1,
	   "for 1.07 ms, whatever is drawn then");
	pass(1, 5000);
	ok(!t.oc_shown, "counters do not show it at once");
	pass(1, 5000);
	ok(t.oc_shown == 1, "but after two seconds");
}

static struct sim_job jobs[JOBS];
static struct profile models[3];
static struct board_profile board;
static struct sim_result r;

static bool read_all(const char *top)
{
	static const char *const names[] = { "bert-large", "resnet-152", "bert-base" };
	char path[4096], why[512];
	uint32_t i;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/agent/models/%s.ini", top, names[i]);
		if (profile_load(path, &models[i], why, sizeof(why)))
			return false;
	}
	snprintf(path, sizeof(path), "%s/agent/boards/orin-nx-16gb.ini", top);
	return !board_read(&board, path, why);
}

/* Two minutes of three models that keep the GPU busy for most of the time. */
static bool run(const struct policy *policy, const struct thermal_setup *thermal)
{
	const struct sim_setup setup = {
		.models = models, .count = 3, .switch_ns = -1, .board = &board, .policy = policy,
		.budget_mw = policy ? 15000 : 0, .starve_windows = 10, .horizon_ns = BOARD_NEVER,
		.thermal = thermal,
	};
	uint32_t i;

	for (i = 0; i < JOBS; i++)
		jobs[i] = (struct sim_job){ .model = i % 3, .arrival_ns = i * 20000000ULL };
	return !sim_run(&setup, jobs, JOBS, &r) && !r.unfinished && !r.windows_over;
}

/* Breaks if: the kernel's caps do not reach the clocks, or do not leave them. */
static void test_throttle(void)
{
	struct thermal_setup s = { .around_mc = 40000 };
	bool good;

	good = run(&policy_twill, &s);
	ok(good && !r.cooled_ns && !r.oc_events, "two minutes at %.1f C at most",
	   r.hottest_mc * 1e-3);
	s = (struct thermal_setup){ .around_mc = 40000, .heat_mc = 140000, .leak_ppm = 20000,
				    .heat_from_ns = 20 * SECOND, .heat_until_ns = 60 * SECOND };
	ok(run(&policy_twill, &s), "in the heat no window is over the budget and no job lost");
	ok(r.hottest_mc > THERMAL_TRIP_MC && r.cooled_ns > 10 * SECOND, "the kernel throttles: %.1f C",
	   r.hottest_mc * 1e-3);
	ok(!r.cooling && r.gpu_khz[1] < r.gpu_khz[0] / 100 * 90 && r.gpu_khz[2] > r.gpu_khz[0] / 100 * 95,
	   "clocks come back: mean %u, %u, %u kHz", r.gpu_khz[0], r.gpu_khz[1], r.gpu_khz[2]);
}

/* Breaks if: leakage is not in what is counted, or what is halved for a moment stays so. */
static void test_nobody(void)
{
	struct thermal_setup s = { .around_mc = 75800 };
	uint64_t uj, busy;

	run(NULL, &s);
	uj = r.energy_uj;
	busy = r.gpu_busy_ns;
	s.leak_ppm = 10000;
	run(NULL, &s);
	ok(r.energy_uj > uj / 100 * 103 && r.gpu_busy_ns == busy, "1 %% for each 10 C: %.1f and %.1f J",
	   uj * 1e-6, r.energy_uj * 1e-6);
	s.oc_limit_mw = 20000;
	run(NULL, &s);
	ok(r.oc_events > r.gpu_busy_ns / 1070000 / 10 * 8 && r.gpu_busy_ns > busy / 10 * 15 &&
	   r.gpu_busy_ns < busy * 2,
	   "a busy GPU above the limit is throttled again and again: %llu times",
	   (unsigned long long)r.oc_events);
}

int main(int argc, char **argv)
{
	test_sink();
	test_leak();
	test_trip();
	test_current();
	if (ok(read_all(argc > 1 ? argv[1] : "."), "profiles")) {
		test_throttle();
		test_nobody();
	}
	return tap_done();
}
