// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_overhead ROUNDS COMMAND [ARGUMENT...]
 *
 * What the module costs those who have nothing to do with it, and those who are
 * tagged, to be run where the clock counts instructions. A thousand processes
 * that sleep are there all the time. Each round goes through
 *
 *	off	the module is not loaded
 *	loaded	it is, and the thousand are tagged
 *	tagged	it is, and only what is measured is tagged, by inheritance
 *
 * and prints, at the end, lines "forks_off NANOSECONDS..." for a loop of forks
 * and exits, and "command_off NANOSECONDS..." for COMMAND from fork to exit.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/kit.h"
#include "../kselftest/ko.h"

#define SLEEPERS	1000
#define FORKS		200
#define ROUNDS_MAX	50

enum state { OFF, LOADED, TAGGED, STATES };

static const char *const names[] = { "off", "loaded", "tagged" };
static pid_t sleepers[SLEEPERS];

static __attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "bench_overhead: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	exit(1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static pid_t spawn(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %m");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void start_sleepers(void)
{
	int i;

	for (i = 0; i < SLEEPERS; i++) {
		sleepers[i] = spawn();
		while (!sleepers[i])
			pause();
	}
}

static void forks(void)
{
	int i;
	pid_t pid;

	for (i = 0; i < FORKS; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("fork: %m");
	}
}

/* In a process of its own, which is what is tagged. */
static uint64_t measure(bool tagged, char **command)
{
	static struct nlc c;
	uint64_t begin, ns = 0;
	int pipes[2], status;
	pid_t pid;

	if (pipe(pipes))
		die("pipe: %m");
	pid = spawn();
	if (!pid) {
		if (tagged && nlc_open(&c))
			die("the module is not loaded");
		if (tagged && tag_inherit(&c, 0))
			die("tag: %s", c.ack);
		begin = now();
		if (!command) {
			forks();
		} else {
			pid = spawn();
			if (!pid) {
				dup2(2, 1);
				execv(command[0], command);
				die("%s: %m", command[0]);
			}
			if (waitpid(pid, &status, 0) != pid || status)
				die("%s: status %#x", command[0], status);
		}
		ns = now() - begin;
		_exit(write(pipes[1], &ns, sizeof(ns)) != sizeof(ns));
	}
	close(pipes[1]);
	if (read(pipes[0], &ns, sizeof(ns)) != sizeof(ns) || waitpid(pid, &status, 0) != pid ||
	    status)
		die("a measurement failed");
	close(pipes[0]);
	return ns;
}

static void enter(enum state state)
{
	static struct nlc c;
	int i;

	if (state == OFF)
		return;
	if (ko_load())
		die("cannot load the module");
	if (state != LOADED)
		return;
	if (nlc_open(&c))
		die("the module is not loaded");
	for (i = 0; i < SLEEPERS; i++)
		if (tag(&c, sleepers[i]))
			die("tag: %s", c.ack);
	nlc_close(&c);
}

static void print(const char *what, enum state state, const uint64_t *ns, int n)
{
	int i;

	printf("%s_%s", what, names[state]);
	for (i = 0; i < n; i++)
		printf(" %llu", (unsigned long long)ns[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	static uint64_t fork_ns[STATES][ROUNDS_MAX], command_ns[STATES][ROUNDS_MAX];
	int i, rounds = argc > 2 ? atoi(argv[1]) : 0;
	enum state state, k;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		die("wants 1 to %d rounds and a command", ROUNDS_MAX);
	start_sleepers();
	/* The first time is another one: pages and slabs are new. */
	(void)measure(false, NULL);
	(void)measure(false, argv + 2);
	for (i = 0; i < rounds; i++) {
		/* By turns: what one leaves behind must not always fall on the same next. */
		for (k = OFF; k < STATES; k++) {
			state = (i + k) % STATES;
			enter(state);
			fork_ns[state][i] = measure(state == TAGGED, NULL);
			command_ns[state][i] = measure(state == TAGGED, argv + 2);
			if (state != OFF && ko_unload())
				die("cannot unload the module");
		}
	}
	for (state = OFF; state < STATES; state++) {
		print("forks", state, fork_ns[state], rounds);
		print("command", state, command_ns[state], rounds);
	}
	for (i = 0; i < SLEEPERS; i++)
		kill(sleepers[i], SIGKILL);
	return 0;
}
