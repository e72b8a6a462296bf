// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owners are killed at random points of what they do, thousands of times:
 * after each kill everything runs within the promise, and nothing is left.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"
#include "left.h"
#include "tap.h"

/* Microseconds: the latest moment of a kill, about twice what an owner takes for its round. */
#define LATEST	(slow_kernel() ? 100000 : 1500)

int kills_wanted;	/* zero: as many as are quick */

enum step { OPENING, TAGGING, FREEZING, RENEWING, THAWING, UNTAGGING, IN_JOB, N_STEPS };
static const char *const steps[N_STEPS] = {
	"opening", "tagging", "freezing", "renewing", "thawing", "untagging", "in a job",
};

/* Whom the owners freeze; spins[] say when its threads last ran, in nanoseconds. */
struct prey {
	struct victim *v;
	uint64_t start;
};

static struct prey prey[2];

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void rest_us(unsigned int us)
{
	struct timespec ts = { 0, us * 1000L };

	nanosleep(&ts, NULL);
}

/*
 * Two threads that run a little and sleep a little: one that never sleeps would
 * make an emulator that counts instructions spend its time on that one.
 */
static void *stamp(void *data)
{
	atomic_ullong *when = data;

	prctl(PR_SET_TIMERSLACK, 1);
	for (;;) {
		for (uint64_t begin = now_ns(), now = begin; now < begin + 10000; now = now_ns())
			atomic_store(when, now);
		rest_us(90);
	}
	return NULL;
}

static void run(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, stamp, &v->spins[1]);
	stamp(&v->spins[0]);
}

/* ---- the owner ---- */

static int ask(struct nlc *c, uint8_t cmd, const struct prey *p)
{
	int err;

	nlc_begin(c, cmd);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_PID, p->v->pid);
	nlc_u64(c, TWILL_A_TASK_START_TIME, p->start);
	nlc_nest_end(c);
	if (cmd == TWILL_CMD_TASK_FREEZE) {
		nlc_nest(c, TWILL_A_LEASE);
		nlc_u32(c, TWILL_A_LEASE_TTL_MS, TWILL_TTL_MS_MAX);
		nlc_nest_end(c);
	}
	err = nlc_do(c);
	/* Another owner may have taken the tag off. */
	return err == -ESRCH || err == -ENOENT ? 0 : err;
}

static int renew(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_LEASE_RENEW);
	nlc_nest(c, TWILL_A_LEASE);
	nlc_u32(c, TWILL_A_LEASE_TTL_MS, TWILL_TTL_MS_MAX);
	return nlc_do(c);
}

#define STEP(step, request) do { \
	atomic_store(&v->word, step); \
	err = (request); \
	if (err) \
		return err; \
} while (0)

static int go_round(struct victim *v, struct nlc *c)
{
	int err;

	STEP(TAGGING, ask(c, TWILL_CMD_TASK_SET, &prey[0]));
	STEP(TAGGING, ask(c, TWILL_CMD_TASK_SET, &prey[1]));
	STEP(FREEZING, ask(c, TWILL_CMD_TASK_FREEZE, &prey[0]));
	STEP(FREEZING, ask(c, TWILL_CMD_TASK_FREEZE, &prey[1]));
	STEP(RENEWING, renew(c));
	STEP(IN_JOB, job_begin(c, "killed"));
	STEP(FREEZING, ask(c, TWILL_CMD_TASK_FREEZE, &prey[0]));
	STEP(THAWING, ask(c, TWILL_CMD_TASK_THAW, &prey[0]));
	STEP(RENEWING, renew(c));
	STEP(UNTAGGING, ask(c, TWILL_CMD_TASK_DEL, &prey[1]));
	STEP(THAWING, ask(c, TWILL_CMD_TASK_THAW, &prey[1]));
	return 0;
}

/* Another process that keeps the owner's socket open until it is told. */
static void keep_open(struct victim *v)
{
	if (fork())
		return;
	while (!atomic_load(&v->stop))
		rest_us(100);
	_exit(0);
}

static bool shared;	/* whether the next owner shares its socket */

static void own(struct victim *v)
{
	struct nlc c;
	int err = nlc_open(&c);

	if (!err && shared)
		keep_open(v);
	if (!err)
		err = tag(&c, 0);
	for (int round = 0; !err; round++) {
		err = go_round(v, &c);
		if (!err && round % 4 == 3)
			err = untag(&c, 0) ?: tag(&c, 0);	/* ends the jobs */
	}
	atomic_store(&v->note, err);
	for (;;)
		pause();
}

/* ---- the killing ---- */

struct count {
	int step[N_STEPS];
	int n;
	int cycles;
	uint64_t *spent;	/* of each cycle: nanoseconds from the kill until all ran */
};

static bool ran_since(void *data)
{
	uint64_t *when = data;

	for (int i = 0; i < 4; i++)
		if (atomic_load(&prey[i / 2].v->spins[i % 2]) <= *when)
			return false;
	return true;
}

static bool wait_to_run(uint64_t since)
{
	uint64_t end = now_ns() + PROMISE * 1000000ULL;

	while (!ran_since(&since)) {
		if (now_ns() > end)
			return false;
		rest_us(10);
	}
	return true;
}

static bool has_opened(void *data)
{
	struct victim *v = data;

	return atomic_load(&v->word) != OPENING || atomic_load(&v->note);
}

/* In one cycle of four two owners, in one of eight a socket in two hands. */
static void cycle(struct nlc *c, struct count *count, int i)
{
	int n = i % 4 == 3 ? 2 : 1;
	struct victim *h[2];
	uint64_t killed;

	shared = i % 8 == 5;
	for (int k = 0; k < n; k++)
		h[k] = victim_run(own);
	/* Where a fork takes longer than all the rest, few would get beyond it. */
	if (slow_kernel() && i % 4)
		EXPECT(until(has_opened, h[n - 1], SOON));
	rest_us(random() % LATEST);
	for (int k = 0; k < n; k++)
		kill(h[k]->pid, SIGKILL);
	killed = now_ns();
	for (int k = 0; k < n; k++) {
		waitpid(h[k]->pid, NULL, 0);
		h[k]->pid = 0;
		EXPECT_EQ(atomic_load(&h[k]->note), 0);
		count->step[atomic_load(&h[k]->word)]++;
	}
	/* Before anything is asked of the module, which would settle what is left. */
	EXPECT(wait_to_run(now_ns()), "kill %d, while %s", i, steps[atomic_load(&h[0]->word)]);
	count->spent[count->cycles++] = now_ns() - killed;
	count->n += n;
	EXPECT_EQ(knob("frozen"), 0);
	for (int k = 0; k < 2; k++) {
		EXPECT_EQ(ask(c, TWILL_CMD_TASK_SET, &prey[k]), 0);
		EXPECT_EQ(task_u32(c, TWILL_A_TASK_OWNERS), 0);
	}
	EXPECT_EQ(knob("tasks"), 2);
	for (int k = 0; k < n; k++) {
		atomic_store(&h[k]->stop, true);
		victim_end(h[k]);
	}
}

/* Nothing of the dead is left. */
static void nothing_left(void)
{
	const char *left = left_behind(prey[0].v->pid);

	EXPECT(!left, "%s", left);
	EXPECT(wait_to_run(now_ns()));
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void print(const struct count *count)
{
	printf("# %d owners killed in %d cycles", count->n, count->cycles);
	for (int i = 0; i < N_STEPS; i++)
		printf(", %d %s", count->step[i], steps[i]);
	if (!count->cycles)
		return;
	qsort(count->spent, count->cycles, sizeof(*count->spent), compare);
	printf("\n# from kill to running: median %llu us, worst %llu us\n",
	       (unsigned long long)(count->spent[count->cycles / 2] / 1000),
	       (unsigned long long)(count->spent[count->cycles - 1] / 1000));
}

void test_owner_kills(void)
{
	int wanted = kills_wanted ?: slow_kernel() ? 14 : 500, i;
	struct count count = { .spent = calloc(wanted, sizeof(*count.spent)) };
	struct nlc c;

	REQUIRE(count.spent);
	prctl(PR_SET_TIMERSLACK, 1);
	srandom(1);
	for (int k = 0; k < 2; k++) {
		prey[k].v = victim_run(run);
		prey[k].start = start_time(prey[k].v->pid);
	}
	EXPECT(wait_to_run(0));
	REQUIRE_EQ(nlc_open(&c), 0);
	for (i = 0; count.n < wanted && !tap_failed(); i++)
		cycle(&c, &count, i);
	print(&count);
	free(count.spent);
	if (!tap_failed())
		nothing_left();
	victim_end(prey[0].v);
	victim_end(prey[1].v);
	nlc_close(&c);
}
