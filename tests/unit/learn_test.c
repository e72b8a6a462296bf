// SPDX-License-Identifier: GPL-2.0-or-later
/* What is learnt of jobs' times: from which jobs, how they follow a clock, what is guessed. */
#include <stdio.h>
#include <string.h>

#include "policy/learn.h"
#include "tap.h"

#define GPU	TWILL_ACCELERATOR_GPU
#define DLA0	TWILL_ACCELERATOR_DLA0
#define DLA1	TWILL_ACCELERATOR_DLA1
#define US	1000ULL

static struct learn l;
static uint64_t now;

static uint32_t knows(const char *model, uint32_t on, uint32_t khz)
{
	return learn_us(learn_find(&l, model), TWILL_CLASS_DNN, on, khz);
}

static void job(const char *model, uint32_t on, uint32_t khz, uint64_t us)
{
	struct learn_job j = { 0 };

	learn_place(&l, &j, on, khz, false, now);
	now += us * US;
	learn_end(&l, &j, model, khz, now);
}

static bool near(uint32_t got, uint32_t wanted, uint32_t pct)
{
	uint32_t off = got > wanted ? got - wanted : wanted - got;

	if (off * 100ULL <= (uint64_t)wanted * pct)
		return true;
	note("%u, not %u", got, wanted);
	return false;
}

/* Breaks if: the fit loses one of its parts. */
static void test_clock(void)
{
	uint32_t i;

	memset(&l, 0, sizeof(l));
	job("a", GPU, 1000000, 5000);
	ok(knows("a", GPU, 1000000) == 5000, "one job is known at its clock");
	ok(knows("a", GPU, 500000) > 6000 && knows("a", GPU, 500000) < 10000,
	   "and guessed to take longer at half of it: %u us", knows("a", GPU, 500000));
	/* 2000 us that follow nothing, 3000 at 1 GHz. */
	for (i = 0; i < 50; i++)
		job("a", GPU, i % 2 ? 1000000 : 500000, i % 2 ? 5000 : 8000);
	ok(near(knows("a", GPU, 1000000), 5000, 2) && near(knows("a", GPU, 500000), 8000, 2),
	   "two clocks are known");
	ok(near(knows("a", GPU, 750000), 6000, 3), "a third lies between");
}

/* Breaks if: old jobs are never forgotten, or one odd job turns everything over. */
static void test_forgetting(void)
{
	uint32_t i;

	memset(&l, 0, sizeof(l));
	for (i = 0; i < 100; i++)
		job("a", GPU, 1000000, 5000);
	job("a", GPU, 1000000, 500000);
	ok(knows("a", GPU, 1000000) < 9000, "an outlier moves little: %u us",
	   knows("a", GPU, 1000000));
	for (i = 0; i < 200; i++)
		job("a", GPU, 1000000, 9000);
	ok(near(knows("a", GPU, 1000000), 9000, 3), "what has changed is learnt anew");
}

/* Breaks if: a job that had to share is taken for a long one. */
static void test_alone(void)
{
	struct learn_job a = { 0 }, b = { 0 };

	memset(&l, 0, sizeof(l));
	job("a", GPU, 1000000, 5000);
	learn_place(&l, &a, GPU, 1000000, false, now);
	now += 1000 * US;
	learn_place(&l, &b, GPU, 1000000, false, now);
	now += 20000 * US;
	learn_end(&l, &a, "a", 1000000, now);
	learn_end(&l, &b, "a", 1000000, now);
	ok(knows("a", GPU, 1000000) == 5000, "jobs that overlapped say nothing");
	learn_place(&l, &a, GPU, 1000000, false, now);
	now += 20000 * US;
	learn_end(&l, &a, "a", 500000, now);
	ok(knows("a", GPU, 1000000) == 5000, "nor does one whose clock changed");
	learn_place(&l, &a, GPU, 1000000, false, now);
	learn_hold(&a, true, now + 1000 * US);
	learn_hold(&a, false, now + 9000 * US);
	ok(learn_ran_us(&a, now + 10000 * US) == 2000, "the time that it was frozen does not count");
	learn_end(&l, &a, "a", 1000000, now + 20000 * US);
	ok(knows("a", GPU, 1000000) == 5000, "nor is a frozen one learnt from");
	learn_place(&l, &a, GPU, 1000000, true, now);
	learn_hold(&a, true, now + 1000 * US);
	learn_hold(&a, false, now + 9000 * US);
	learn_end(&l, &a, "pieces", 1000000, now + 11000 * US);
	ok(knows("pieces", GPU, 1000000) == 3000, "unless it goes piece by piece");
	ok(!l.on[GPU], "nobody is left");
	learn_place(&l, &a, GPU, 1000000, false, now);
	learn_drop(&l, &a);
	ok(!l.on[GPU] && !a.on, "nor after one without a result");
}

/* Breaks if: an accelerator that was never tried is thought to be free, or out of reach. */
static void test_guesses(void)
{
	char name[16];
	uint32_t i;

	memset(&l, 0, sizeof(l));
	ok(knows("new", GPU, 1000000) > 0 && knows("new", DLA0, 600000) > knows("new", GPU, 1000000),
	   "before the first job there is a guess");
	job("a", GPU, 1000000, 4000);
	ok(near(knows("a", DLA0, 600000), 10000, 1), "a DLA from what the GPU takes");
	job("b", DLA0, 600000, 10000);
	ok(near(knows("b", GPU, 1000000), 4000, 1) && near(knows("b", DLA1, 600000), 10000, 1),
	   "the GPU from what a DLA takes, and a DLA from the other");
	for (i = 0; i < LEARN_MODELS; i++) {
		job("b", GPU, 1000000, 3000);
		snprintf(name, sizeof(name), "m%u", i);
		job(name, GPU, 1000000, 7000);
	}
	ok(learn_find(&l, "b") && !learn_find(&l, "a") && learn_find(&l, "m63"),
	   "of too many models the least used is forgotten");
	ok(learn_us(NULL, TWILL_CLASS_LLM, 99, 0) == 1, "no such accelerator");
}

/* Breaks if: nothing is forgotten, or all at once. */
static void test_use(void)
{
	const uint64_t window = 1000000 * US;
	struct learn_use u = { 0 };
	uint32_t i;

	for (i = 0; i < 500; i++)
		learn_used(&u, 10000, window, now += 20000 * US);
	ok(near(learn_over_us(&u, 0, window, now), 250000, 5), "half of the time is a quarter too much: %u us",
	   learn_over_us(&u, 0, window, now));
	ok(learn_over_us(&u, 250000, window, now) > learn_over_us(&u, 0, window, now) + 240000,
	   "the job that it has now counts");
	ok(!learn_over_us(&u, 0, window, now + window), "a window later it is forgotten");
	learn_used(&u, 1ULL << 40, window, now);
	ok(near(learn_over_us(&u, 0, window, now), 750000, 1) && learn_over_us(&u, UINT32_MAX, window, now) <= 750000,
	   "no more than the whole window counts");
}

int main(void)
{
	test_clock();
	test_forgetting();
	test_alone();
	test_guesses();
	test_use();
	return tap_done();
}
