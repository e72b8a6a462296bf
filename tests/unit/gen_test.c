// SPDX-License-Identifier: GPL-2.0-or-later
/* Generated loads: the same by seed, of the size and kind that was asked for. Argument: the top. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gen.h"
#include "tap.h"

static char models[4096], why[512];
static struct sim_load load;

/* Not what gen_plan() finds, which takes seconds: any clocks and capacity will do. */
static const struct gen_plan plan = { .gpu_khz = 510000, .cpu_khz = 1651200, .per_s = 80 };

static int make(const char *spec)
{
	struct gen gen = gen_defaults();

	if (gen_parse(spec, &gen, why, sizeof(why)))
		return -EINVAL;
	return gen_make(&load, &gen, &plan, models, why, sizeof(why));
}

static uint64_t digest(void)
{
	uint64_t sum = load.jobs_n;
	size_t j;

	for (j = 0; j < load.jobs_n; j++)
		sum = sum * 31 + load.jobs[j].arrival_ns + load.jobs[j].model +
		      load.jobs[j].request.prompt + load.jobs[j].gap_ns;
	return sum;
}

static size_t count(uint32_t model)
{
	size_t j, n = 0;

	for (j = 0; j < load.jobs_n; j++)
		n += load.jobs[j].model == model;
	return n;
}

/* Breaks if: a stream is shared, or anything but the seed gets in. */
static void test_seed(void)
{
	uint64_t first, same, other, gaps, denser;

	make("mix,seed=7");
	first = digest();
	sim_load_free(&load);
	make("mix,seed=7");
	same = digest();
	gaps = load.jobs[5].arrival_ns;
	sim_load_free(&load);
	make("mix,seed=8");
	other = digest();
	sim_load_free(&load);
	ok(first == same && first != other, "a seed gives the same jobs, another one others");
	make("mix,seed=7,rho=1");
	denser = load.jobs[5].arrival_ns;
	sim_load_free(&load);
	ok(llabs((long long)(gaps - 2 * denser)) < 10, "twice the load is the same trace, twice as dense");
}

/* Breaks if: a pattern has another mean rate, or all have one pattern. */
static void test_rate(void)
{
	static const char *const patterns[] = { "poisson", "bursty", "diurnal" };
	uint64_t last = 0;
	size_t i;

	for (i = 0; i < 3; i++) {
		char spec[64];

		snprintf(spec, sizeof(spec), "mix,seconds=3600,arrivals=%s", patterns[i]);
		make(spec);
		ok(fabs((double)load.jobs_n / 3600 / 40 - 1) < 0.05,
		   "%s: %.2f jobs a second, of 40", patterns[i], (double)load.jobs_n / 3600);
		ok(digest() != last, "not as the others");
		last = digest();
		sim_load_free(&load);
	}
}

static void test_priorities(void)
{
	make("mix");
	ok(load.priority[0] == 200 && load.priority[1] == 200 && load.priority[2] == 150 &&
	   load.priority[3] == 100 && load.priority[4] == 20, "by role: networks, encoders, language model");
	sim_load_free(&load);
	make("mix,mix=adverse");
	ok(load.priority[4] == 200 && load.priority[1] == 20, "adverse: the longest first");
	sim_load_free(&load);
	make("cameras");
	ok(load.models_n == 4 && load.priority[0] == 200 && load.priority[3] == 20 &&
	   load.priority[2] < 200 && load.priority[2] > 20, "four are spread over the same range");
	sim_load_free(&load);
}

/* Each kind runs to its end, or until the horizon where it has none. */
static void test_kinds(void)
{
	static const struct { const char *spec; uint32_t models, extra, unmarked; } kinds[] = {
		{ "mix", 5, 0, 0 }, { "mix,units=layer,tokens=long", 5, 0, 0 }, { "cameras", 4, 0, 0 },
		{ "clients", 5, 0, 0 }, { "pipeline", 3, 0, 0 }, { "hog", 6, 1 << 5, 0 },
		{ "unmarked", 6, 1 << 5, 1 << 5 }, { "cpu", 9, 0xf << 5, 0 },
	};
	struct sim_result result;
	size_t i, k, busy;

	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct sim_setup s = { .switch_ns = -1, .horizon_ns = 60000000000ULL };

		ok(!make(kinds[k].spec), "%s: is made", kinds[k].spec);
		s.models = load.models;
		s.priority = load.priority;
		s.count = load.models_n;
		ok(load.models_n == kinds[k].models && load.extra == kinds[k].extra &&
		   load.unmarked == kinds[k].unmarked, "%s: %u models", kinds[k].spec, load.models_n);
		ok(!sim_run(&s, load.jobs, load.jobs_n, &result), "%s: runs", kinds[k].spec);
		for (i = busy = 0; i < load.models_n; i++)
			busy += count(i) > 10;
		ok(busy >= load.models_n - 1, "%s: %zu models have work", kinds[k].spec, busy);
		sim_load_free(&load);
	}
}

/* Breaks if: a client asks before it has the answer, or the chain has a gap. */
static void test_clients(void)
{
	size_t j, chained = 0;

	make("clients");
	for (j = 0; j < load.jobs_n; j++)
		chained += load.jobs[j].follows != 0;
	ok(load.jobs_n - chained == 13, "13 clients come by themselves");
	for (j = 0; j < load.jobs_n; j++)
		if (load.jobs[j].follows && load.jobs[load.jobs[j].follows - 1].model != load.jobs[j].model)
			break;
	ok(j == load.jobs_n, "each goes on with its own model");
	sim_load_free(&load);
}

static void test_refused(void)
{
	static const char *const bad[] = {
		"", "mixed", "mix,rho=0", "mix,rho=-1", "mix,rho=5", "mix,rho=0.5x", "mix,seconds=0",
		"mix,seconds=86401", "mix,seed=-1", "mix,mix=best", "mix,speed=1", "mix,", "mix,hog",
		"rho=0.5,mix", "mix,seconds=1e3", "mix,rho",
	};
	struct gen gen;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		gen = gen_defaults();
		why[0] = '\0';
		ok(gen_parse(bad[i], &gen, why, sizeof(why)) == -EINVAL && why[0], "'%s': %s", bad[i], why);
	}
	strcpy(models, "/nowhere");
	ok(make("mix") == -ENOENT && strstr(why, "/nowhere/vgg-19.ini"), "%s", why);
}

int main(int argc, char **argv)
{
	snprintf(models, sizeof(models), "%s/agent/models", argc > 1 ? argv[1] : ".");
	test_seed();
	test_rate();
	test_priorities();
	test_kinds();
	test_clients();
	test_refused();
	return tap_done();
}
