// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sched_bench - how long a thread that feeds an accelerator waits for the CPU, and what
 * that costs others. On one emulated CPU whose clock counts instructions, with the
 * module loaded: sched_bench PERIODS, or on several, sched_bench messaging. Prints lines as tests/bench/bench.py reads them.
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
#include "proc.h"
#include "sched/fair.h"
#include "sched/scx.h"

#define PERIOD_NS	20000000ULL
#define WORK		4500000		/* turns of two instructions: 9 ms, 45 % of the period */
#define PERIODS_MAX	2000
#define MOST_HOGS	4
#define SPAN_NS		2000000000ULL	/* of counting throughput */

#define PUBLIC		"/test/bin/scx_simple"	/* of the kernel's tools/sched_ext */
#define PERF		"/test/bin/perf"
#define STATE		"/sys/kernel/sched_ext/state"

/* NICE is what is done for an urgent thread where there is no policy. */
enum how { FAIR, NICE, TWILL, SIMPLE, FIFO, HOWS };
static const char *const how_name[] = { "fair", "nice", "twill", "simple", "fifo" };

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
	bool clamp = true;
	struct nlc c;
	uint64_t next;
	int i;

	/* Else a timer may be 50 us late on purpose, for all but SCHED_FIFO. */
	if (prctl(PR_SET_TIMERSLACK, 1) || nlc_open(&c) || tag(&c, getpid()) || job_begin(&c, "bench"))
		die("no job");
	if (how == FIFO && sched_setscheduler(0, SCHED_FIFO, &top))
		die("no SCHED_FIFO");
	if (how == NICE && (proc_start_time(getpid(), &next) || fair_raise("", getpid(), next, &clamp)))
		die("cannot be raised");
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

static bool enabled(void *data)
{
	char is[16] = "";
	FILE *f = fopen(STATE, "re");

	(void)data;
	if (!f)
		return false;
	if (!fgets(is, sizeof(is), f))
		*is = 0;
	fclose(f);
	return !strncmp(is, "enabled", 7);
}

static pid_t simple;

static struct scx *attach(enum how how)
{
	const struct scx_shape one = { .cpus = sysconf(_SC_NPROCESSORS_CONF), .clusters = 1 };
	struct scx *s = NULL;
	char why[256];

	if (how == SIMPLE) {
		simple = fork();
		if (!simple) {
			if (!freopen("/dev/null", "w", stdout))
				_exit(1);
			execl(PUBLIC, PUBLIC, (char *)NULL);
			_exit(1);
		}
		if (!until(enabled, NULL, SOON))
			die(PUBLIC " does not start");
	}
	if (how != TWILL)
		return NULL;
	if (scx_open(&s, &one, NULL, why, sizeof(why)) || scx_attach(s, why, sizeof(why)))
		die(why);
	return s;
}

static void detach(enum how how, struct scx *s)
{
	scx_close(s);
	if (how != SIMPLE)
		return;
	kill(simple, SIGINT);
	if (waitpid(simple, NULL, 0) != simple || enabled(NULL))
		die(PUBLIC " does not end");
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
	struct scx *s;
	int i, status;
	pid_t pid;

	for (i = 0; i < hogs; i++)
		v[i] = victim_run(hog);
	s = attach(how);
	fflush(stdout);
	pid = fork();
	if (!pid)
		feed(how);
	if (waitpid(pid, &status, 0) != pid || status)
		die("the feeder failed");
	detach(how, s);
	for (i = 0; i < hogs; i++)
		victim_end(v[i]);
	print("wake", how, hogs, seen->wake, periods);
	print("job", how, hogs, seen->job, periods);
}

/* What those without a tag get done in a while, with nobody tagged. */
static void throughput(const char *what, void (*fn)(struct victim *), enum how how)
{
	struct victim *v[MOST_HOGS];
	struct scx *s = attach(how);
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
	detach(how, s);
	printf("%s_%s %llu\n", what, how_name[how], (unsigned long long)sum);
}

/* Many that send each other messages: perf's benchmark, on all CPUs, with nobody tagged. */
static void messaging(enum how how)
{
	struct scx *s = attach(how);
	uint64_t ns = now_ns();
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		execl(PERF, PERF, "bench", "sched", "messaging", "-g", "2", "-l", "50", (char *)NULL);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die(PERF " fails");
	printf("messaging_%s %llu\n", how_name[how], (unsigned long long)(now_ns() - ns));
	detach(how, s);
}

int main(int argc, char **argv)
{
	enum how how;
	int hogs;

	if (argc > 1 && !strcmp(argv[1], "messaging")) {
		for (how = FAIR; how < FIFO; how++)
			if (how != NICE)
				messaging(how);
		return !ko_until_unused(SOON);
	}

	periods = argc > 1 ? atoi(argv[1]) : 150;
	if (periods < 1 || periods > PERIODS_MAX)
		die("PERIODS is 1 to 2000");
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		die("no memory");
	latency(FAIR, 0);
	for (hogs = 1; hogs <= MOST_HOGS; hogs *= 2)
		for (how = FAIR; how < HOWS; how++)
			latency(how, hogs);
	for (how = FAIR; how < FIFO; how++) {
		/* With nobody tagged nobody is raised. */
		if (how == NICE)
			continue;
		throughput("hogs", hog, how);
		throughput("pairs", pair, how);
	}
	/* For whoever unloads it next. */
	return !ko_until_unused(SOON);
}
