// SPDX-License-Identifier: GPL-2.0-or-later
/* What a timeline keeps of a run, and the pictures' axes. */
#include <math.h>
#include <string.h>

#include "report/record.h"
#include "report/svg.h"
#include "tap.h"

#define MS	1000000ULL

static struct sim_job jobs[8];
static struct sim_load load = { .models_n = 2, .jobs = jobs, .jobs_n = 8 };
static struct record rec;

static size_t count(enum record_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < rec.bars_n; i++)
		n += rec.bars[i].kind == kind;
	return n;
}

static const struct record_bar *bar(enum record_kind kind, size_t nth)
{
	static const struct record_bar none;
	size_t i;

	for (i = 0; i < rec.bars_n; i++)
		if (rec.bars[i].kind == kind && !nth--)
			return &rec.bars[i];
	return &none;
}

static bool is(const struct record_bar *b, uint32_t engine, uint64_t from_ms, uint64_t to_ms)
{
	return b->engine == engine && b->from_ns == from_ms * MS && b->to_ns == to_ms * MS;
}

static void begin(uint64_t from_ms, uint64_t to_ms)
{
	record_free(&rec);
	record_init(&rec, &load, from_ms * MS, to_ms * MS);
}

/* A job from its arrival to its end, with one unit. */
static void one_job(uint32_t j, uint64_t arrival_ms, uint64_t placed_ms, uint64_t end_ms)
{
	jobs[j].arrival_ns = arrival_ms * MS;
	rec.watch.placed(&rec, placed_ms * MS, j);
	rec.watch.unit(&rec, j, jobs[j].engine, placed_ms * MS, (end_ms - 1) * MS);
	rec.watch.ended(&rec, end_ms * MS, j);
}

/* Breaks if: a bar is of another kind, lane or time. */
static void test_job(void)
{
	begin(0, 1000);
	jobs[0].engine = ORIN_SIM_DLA1;
	one_job(0, 10, 20, 40);
	rec.watch.unit(&rec, 0, ORIN_SIM_CPU, 39 * MS, 40 * MS);
	record_finish(&rec, 500 * MS);
	ok(is(bar(RECORD_WAIT, 0), ORIN_SIM_DLA1, 10, 20) && is(bar(RECORD_JOB, 0), ORIN_SIM_DLA1, 20, 40) &&
	   is(bar(RECORD_UNIT, 0), ORIN_SIM_DLA1, 20, 39) && is(bar(RECORD_UNIT, 1), ORIN_SIM_CPU, 39, 40) &&
	   rec.bars_n == 4, "a job waits, is placed, runs");
	ok(rec.to_ns == 500 * MS, "the span ends with the run");
}

/* Breaks if: a span is drawn where the job before it was, or is lost. */
static void test_frozen(void)
{
	begin(0, 1000);
	jobs[0].engine = ORIN_SIM_GPU;
	jobs[1].engine = ORIN_SIM_DLA0;
	one_job(0, 0, 0, 50);
	rec.watch.frozen(&rec, 60 * MS, 0, true);
	rec.watch.frozen(&rec, 70 * MS, 0, false);
	rec.watch.placed(&rec, 80 * MS, 1);
	ok(is(bar(RECORD_FROZEN, 0), ORIN_SIM_DLA0, 60, 70), "frozen before it had a lane: in that which it got");
	rec.watch.frozen(&rec, 90 * MS, 0, true);
	rec.watch.frozen(&rec, 95 * MS, 0, false);
	ok(is(bar(RECORD_FROZEN, 1), ORIN_SIM_DLA0, 90, 95), "frozen at work");
	rec.watch.frozen(&rec, 97 * MS, 0, true);
	record_finish(&rec, 99 * MS);
	ok(is(bar(RECORD_FROZEN, 2), ORIN_SIM_DLA0, 97, 99) && count(RECORD_FROZEN) == 3 &&
	   is(bar(RECORD_JOB, 1), ORIN_SIM_DLA0, 80, 99), "both to the end of the run, which had neither");
	rec.watch.placed(&rec, 100 * MS, 0);
	ok(count(RECORD_FROZEN) == 3, "the job after it was not frozen");
}

/* Breaks if: memory grows with the run, or edges that one could see are lost. */
static void test_bounds(void)
{
	uint64_t ms;

	begin(100, 200);
	one_job(0, 10, 20, 40);
	one_job(0, 50, 90, 150);
	one_job(0, 150, 150, 180);
	one_job(0, 190, 195, 260);
	one_job(0, 300, 310, 320);
	ok(count(RECORD_JOB) == 3 && is(bar(RECORD_JOB, 0), ORIN_SIM_GPU, 100, 150) &&
	   is(bar(RECORD_JOB, 2), ORIN_SIM_GPU, 195, 200), "cut to the span; neighbours keep their edge");
	begin(0, 86400000);
	for (ms = 0; ms < 86400000; ms += 20)
		one_job(0, ms, ms, ms + 10);
	ok(rec.bars_n < 1000 && !rec.short_of_memory, "four million jobs in a day are %zu bars", rec.bars_n);
}

/* Breaks if: watts are averaged over another time, or the highest window is missed. */
static void test_power(void)
{
	uint64_t at, uj = 0;

	begin(1000, 13000);		/* 12 s: 1200 samples, two a value */
	for (at = 10; at <= 14000; at += 10) {
		uj += at <= 7000 ? 50000 : 100000;	/* 5, then 10 W */
		rec.watch.sampled(&rec, at * MS, uj, at == 3010 ? 9000 : 7000);
	}
	ok(rec.power_n == 600 && rec.power_ns == 20 * MS, "%u values of %.0f ms", rec.power_n,
	   (double)rec.power_ns * 1e-6);
	ok(rec.power[0].mean_mw == 5000 && rec.power[299].mean_mw == 5000 && rec.power[300].mean_mw == 10000 &&
	   rec.power[599].mean_mw == 10000, "each is the mean of its time");
	ok(rec.power[99].window_mw == 7000 && rec.power[100].window_mw == 9000, "the highest window of it");
}

static void test_axes(void)
{
	const struct svg_axis lin = { .max = 10, .from = 100, .to = 0 };
	const struct svg_axis log = { .min = 1, .max = 100, .to = 200, .log = true };
	char name[32];

	ok(svg_at(&lin, 2.5) == 75 && fabs(svg_at(&log, 10) - 100) < 1e-9, "numbers to pixels");
	ok(svg_tick(5, 12) == 0.5 && svg_tick(60, 12) == 5 && svg_tick(0.03, 12) == 0.005 &&
	   svg_tick(86400, 12) == 10000, "ticks are round");
	svg_tick_name(name, sizeof(name), -1e-12, 0.05);
	ok(!strcmp(name, "0.00"), "zero has no sign: %s", name);
}

int main(void)
{
	test_job();
	test_frozen();
	test_bounds();
	test_power();
	test_axes();
	record_free(&rec);
	return tap_done();
}
