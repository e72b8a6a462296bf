// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * decide - what one decision costs: decide_bench POLICY TASKS ROUNDS
 *
 * Decides ROUNDS times, on a few random snapshots in turn that have a job for each
 * task, and prints the 99th percentile in nanoseconds. Who counts instructions looks
 * at measured() only.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/policy.h"

#define TASKS		4096
#define SNAPSHOTS	8
#define ROUNDS		100000

static struct policy_task task[SNAPSHOTS][TASKS];
static struct policy_verdict verdict[TASKS];
static uint16_t order[TASKS], grouped[TASKS];
static uint64_t took_ns[ROUNDS];
static uint64_t state = 1;

static uint32_t rnd(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state >> 33) % below;
}

/* One in four is in a freeze group; there are more groups where there are more tasks. */
static void fill(struct policy_task *t, uint32_t n)
{
	uint32_t i, a;

	for (i = 0; i < n; i++) {
		t[i] = (struct policy_task){
			.id = i + 1, .cls = rnd(4), .priority = rnd(256), .can_use = rnd(16) << 1,
			.group = rnd(4) ? 0 : 1 + rnd(n), .jobs = 1, .job_units = rnd(4),
			.begin_ns = rnd(1000000), .placement = rnd(POLICY_ACCELERATORS),
			.frozen = !rnd(3), .reason = rnd(POLICY_REASONS), .since_pct = rnd(2000),
			.ran_us = rnd(20000), .over_us = rnd(4) ? 0 : rnd(100000),
		};
		t[i].job_on = rnd(2) ? TWILL_ACCELERATOR_GPU : TWILL_ACCELERATOR_NONE;
		for (a = 1; a < POLICY_ACCELERATORS; a++)
			t[i].service_us[a] = 1 + rnd(200000);
	}
}

__attribute__((noinline)) void measured(const struct policy *p, const struct policy_snapshot *s,
					struct policy_decision *d);

void measured(const struct policy *p, const struct policy_snapshot *s, struct policy_decision *d)
{
	p->decide(s, d);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int main(int argc, char **argv)
{
	struct policy_snapshot s = { .accelerators = 0x1e, .budget_mw = 15000, .rest_least = true,
				     .starve_pct = 1000, .turn_pct = 50, .pressed_pct = 30 };
	struct policy_decision d = { verdict, order, grouped };
	const struct policy *p = argc == 4 ? policy_find(argv[1]) : NULL;
	uint32_t i, rounds;
	uint64_t begin;

	if (!p)
		return 2;
	s.n = (uint32_t)atoi(argv[2]);
	rounds = (uint32_t)atoi(argv[3]);
	if (!s.n || s.n > TASKS || !rounds || rounds > ROUNDS)
		return 2;
	for (i = 0; i < SNAPSHOTS; i++)
		fill(task[i], s.n);
	for (i = 0; i < rounds; i++) {
		s.task = task[i % SNAPSHOTS];
		begin = now_ns();
		measured(p, &s, &d);
		took_ns[i] = now_ns() - begin;
	}
	qsort(took_ns, rounds, sizeof(took_ns[0]), by_size);
	printf("%" PRIu64 "\n", took_ns[(uint32_t)ceil(0.99 * rounds) - 1]);
	return 0;
}
