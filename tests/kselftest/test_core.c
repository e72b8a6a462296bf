// SPDX-License-Identifier: GPL-2.0-or-later
/* Core dumps of a task that is frozen, or is being frozen: they end, and it goes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"
#include "tracer.h"

#define QUIET_MS	50	/* how long nothing must happen */
#define PATTERN		"/proc/sys/kernel/core_pattern"
#define CORE		"/tmp/twill_test.core"
#define GATE		"/tmp/twill_test.gate"	/* a FIFO that the collector waits at */
#define SIZE		"/tmp/twill_test.size"	/* what it has collected */

static char old_pattern[256];

static bool set_pattern(const char *pattern)
{
	FILE *f;

	if (!*old_pattern) {
		f = fopen(PATTERN, "r");
		if (!f || !fgets(old_pattern, sizeof(old_pattern), f))
			return false;
		fclose(f);
	}
	f = fopen(PATTERN, "w");
	return f && fputs(pattern, f) >= 0 && !fclose(f);
}

/* The kernel runs this with a dump on its standard input; called by main(). */
int core_main(void)
{
	int gate = open(GATE, O_RDONLY);	/* until the test opens it too */
	char page[4096];
	ssize_t n, sum = 0;
	FILE *f;

	close(gate);
	while ((n = read(0, page, sizeof(page))) > 0)
		sum += n;
	f = fopen(SIZE, "w");
	if (!f)
		return 1;
	fprintf(f, "%zd\n", sum);
	return fclose(f);
}

static void *count(void *data)
{
	struct victim *v = data;

	for (;;)
		atomic_fetch_add(&v->spins[0], 1);
	return NULL;
}

static void *block(void *data)
{
	struct victim *v = data;
	char byte;

	(void)!read(v->pipe[0], &byte, 1);
	return NULL;
}

/* The main thread dumps core when told; others count and block. */
static void dump_when_told(struct victim *v)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	pthread_t t;

	setrlimit(RLIMIT_CORE, &unlimited);
	pthread_create(&t, NULL, count, v);
	pthread_create(&t, NULL, block, v);
	while (!atomic_load(&v->note))
		atomic_fetch_add(&v->spins[1], 1);
	abort();
}

static struct victim *dumper(struct nlc *c)
{
	struct victim *v = victim_run(dump_when_told);

	if (nlc_open(c))
		exit(99);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT(grows(&v->spins[1], SOON));
	EXPECT_EQ(tag(c, v->pid), 0);
	return v;
}

static void expect_dumped(struct nlc *c, struct victim *v, int sig)
{
	int status = 0;

	EXPECT(victim_status(v, &status, SOON), "it does not end");
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == sig && WCOREDUMP(status), "status %x",
	       status);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(knob("frozen"), 0);
	victim_end(v);
	nlc_close(c);
}

static void expect_core(void)
{
	struct stat st;

	EXPECT(!stat(CORE, &st) && st.st_size > 4096, "no core file");
	unlink(CORE);
}

/* The signal that asks for a dump waits for the thaw, as any other but SIGKILL. */
void test_core_after_thaw(void)
{
	struct victim *v;
	struct nlc c;

	REQUIRE(set_pattern(CORE));
	v = dumper(&c);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_parked(&c, v->pid, 2, SOON));
	kill(v->pid, SIGABRT);
	EXPECT(!victim_reap(v, QUIET_MS), "it has died while frozen");
	EXPECT_EQ(thaw(&c, v->pid), 0);
	expect_dumped(&c, v, SIGABRT);
	expect_core();
	set_pattern(old_pattern);
}

/*
 * The main thread is about to take a SIGSEGV, at which a debugger has stopped
 * it, when the task is frozen. Let go it dumps: the others are parked or
 * blocked, and are killed for that.
 */
void test_core_others_parked(void)
{
	struct victim *v;
	struct nlc c;
	int status;

	REQUIRE(set_pattern(CORE));
	v = dumper(&c);
	EXPECT(tracer_seize(v->pid, 0));
	syscall(SYS_tgkill, v->pid, v->pid, SIGSEGV);
	status = tracer_wait(v->pid, SOON);
	REQUIRE(status != -1 && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSEGV);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_parked(&c, v->pid, 1, SOON));
	EXPECT(tracer_go(v->pid, PTRACE_DETACH, SIGSEGV));
	expect_dumped(&c, v, SIGSEGV);
	expect_core();
	set_pattern(old_pattern);
}

static bool collected(void *data)
{
	long *size = data;
	FILE *f = fopen(SIZE, "r");
	bool whole = f && fscanf(f, "%ld", size) == 1 && *size > 65536;

	if (f)
		fclose(f);
	return whole;
}

/* Frozen in the middle of a dump: a program collects it, and has not begun to read. */
void test_core_frozen_meanwhile(void)
{
	char pattern[300] = "|", *path = pattern + 1;
	struct victim *v;
	struct nlc c;
	long size = 0;
	int gate;

	REQUIRE(readlink("/proc/self/exe", path, 256) > 0);
	strcat(pattern, " --collect-core");
	REQUIRE(set_pattern(pattern) && !mkfifo(GATE, 0600));
	v = dumper(&c);
	atomic_store(&v->note, 1);
	gate = open(GATE, O_WRONLY | O_CLOEXEC);	/* when the collector runs, the dump does */
	REQUIRE(gate >= 0);
	unlink(GATE);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	close(gate);
	expect_dumped(&c, v, SIGABRT);
	/* The collector may still have to write down what it has read. */
	EXPECT(until(collected, &size, SOON), "%ld bytes", size);
	unlink(SIZE);
	set_pattern(old_pattern);
}

/* At any point of it. */
void test_core_races_freeze(void)
{
	REQUIRE(set_pattern(CORE));
	for (int i = 0; i < 8 && !tap_failed(); i++) {
		struct nlc c;
		struct victim *v = dumper(&c);
		int err;

		if (i & 1)
			atomic_store(&v->note, 1);
		else
			syscall(SYS_tgkill, v->pid, v->pid, SIGSEGV);
		for (volatile int spin = 0; spin < i * 20000; spin++)
			;
		err = freeze(&c, v->pid, 60000);
		EXPECT(!err || err == -ESRCH, "freeze: %d %s", err, c.ack);
		if (!err)
			thaw(&c, v->pid);
		expect_dumped(&c, v, i & 1 ? SIGABRT : SIGSEGV);
		expect_core();
	}
	set_pattern(old_pattern);
}
