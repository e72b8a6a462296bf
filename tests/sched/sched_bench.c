// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sched_bench - how long a thread that feeds an accelerator waits for the CPU, and what
 * that costs others. On one emulated CPU whose clock counts instructions, with the
 * module loaded: sched_bench PERIODS. Prints lines as tests/bench/bench.py reads them.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/kit.h"
#include "../kselftest/ko.h"
#include "sched/scx.h"

#define PERIOD_NS	20000000ULL
#define WORK		4500000		/* turns of two instructions: 9 ms, 45 % of the period */
#define PERIODS_MAX	2000
#define MOST_HOGS	4
#define SPAN_NS		2000000000ULL	/* of counting throughput */

enum how { FAIR, TWILL, FIFO };
static const char *const how_name[] = { "fair", "twill", "fifo" };

struct seen {
	uint64_t wake[PERIODS_MAX], job[PERIODS_MAX];
};

static int periods;
static struct seen *seen;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec t = { .tv_sec = ns / 1000000000ULL, .tv_nsec = ns % 1000000000ULL };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

static void work(void)
{
	for (int i = WORK; i; i--)
		__asm__ volatile("" : "+r"(i));
}

static void die(const char *what)
{
	fprintf(stderr, "sched_bench: %s\n", what);
	exit(1);
}

static void hog(struct victim *v)
{
	for (;;)
		atomic_fetch_add(&v->spins[0], 1);
}

/* Two that hand a byte to and fro. */
static void pair(struct victim *v)
{
	int to[2], from[2];
	char byte = 0;

	if (pipe(to) || pipe(from))
		_exit(1);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (read(to[0], &byte, 1) == 1 && write(from[1], &byte, 1) == 1)
			;
		_exit(0);
	}
	for (;;) {
		if (write(to[1], &byte, 1) != 1 || read(from[0], &byte, 1) != 1)
			_exit(1);
		atomic_fetch_add(&v->spins[0], 1);
	}
}

/* In a process of its own: tagged, with a job, as a program that feeds a GPU. */
static void feed(enum how how)
{
	const struct sched_param top = { .sched_priority = 50 };
	struct nlc c;
	uint64_t next;
	int i;

	/* Else a timer may be 50 us late on purpose, for all but SCHED_FIFO. */
	if (prctl(PR_SET_TIMERSLACK, 1) || nlc_open(&c) || tag(&c, getpid()) || job_begin(&c, "bench"))
		die("no job");
	if (how == FIFO && sched_setscheduler(0, SCHED_FIFO, &top))
		die("no SCHED_FIFO");
	next = now_ns() + PERIOD_NS;
	for (i = 0; i < periods; i++, next += PERIOD_NS) {
		sleep_until(next);
		seen->wake[i] = now_ns() - next;
		work();
		seen->job[i] = now_ns() - next;
		/* Late by more than a period: what was missed is not made up for. */
		while (next + PERIOD_NS < now_ns())
			next += PERIOD_NS;
	}
	exit(0);
}

static struct scx *attach(void)
{
	static const struct scx_shape one = { .cpus = 1, .clusters = 1 };
	char why[256];
	struct scx *s;

	if (scx_open(&s, &one, NULL, why, sizeof(why)) || scx_attach(s, why, sizeof(why)))
		die(why);
	return s;
}

static void print(const char *what, enum how how, int hogs, const uint64_t *ns, int n)
{
	int i;

	printf("%s_%s_%d", what, how_name[how], hogs);
	for (i = 0; i < n; i++)
		printf(" %llu", (unsigned long long)ns[i]);
	printf("\n");
}

static void latency(enum how how, int hogs)
{
	struct victim *v[MOST_HOGS];
	struct scx *s = NULL;
	int i, status;
	pid_t pid;

	for (i = 0; i < hogs; i++)
		v[i] = victim_run(hog);
	if (how == TWILL)
		s = attach();
	fflush(stdout);
	pid = fork();
	if (!pid)
		feed(how);
	if (waitpid(pid, &status, 0) != pid || status)
		die("the feeder failed");
	scx_close(s);
	for (i = 0; i < hogs; i++)
		victim_end(v[i]);
	print("wake", how, hogs, seen->wake, periods);
	print("job", how, hogs, seen->job, periods);
}

/* What those without a tag get done in a while, with nobody tagged. */
static void throughput(const char *what, void (*fn)(struct victim *), enum how how)
{
	struct victim *v[MOST_HOGS];
	struct scx *s = how == TWILL ? attach() : NULL;
	uint64_t sum = 0;
	int i;

	for (i = 0; i < MOST_HOGS; i++)
		v[i] = victim_run(fn);
	sleep_until(now_ns() + SPAN_NS / 10);
	for (i = 0; i < MOST_HOGS; i++)
		sum -= atomic_load(&v[i]->spins[0]);
	sleep_until(now_ns() + SPAN_NS);
	for (i = 0; i < MOST_HOGS; i++)
		sum += atomic_load(&v[i]->spins[0]);
	for (i = 0; i < MOST_HOGS; i++)
		victim_end(v[i]);
	scx_close(s);
	printf("%s_%s %llu\n", what, how_name[how], (unsigned long long)sum);
}

int main(int argc, char **argv)
{
	enum how how;
	int hogs;

	periods = argc > 1 ? atoi(argv[1]) : 150;
	if (periods < 1 || periods > PERIODS_MAX)
		die("PERIODS is 1 to 2000");
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		die("no memory");
	latency(FAIR, 0);
	for (hogs = 1; hogs <= MOST_HOGS; hogs *= 2)
		for (how = FAIR; how <= FIFO; how++)
			latency(how, hogs);
	for (how = FAIR; how <= TWILL; how++) {
		throughput("hogs", hog, how);
		throughput("pairs", pair, how);
	}
	/* For whoever unloads it next. */
	return !ko_until_unused(SOON);
}
