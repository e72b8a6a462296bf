// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of threads and processes whose entries are pending or that are parked. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cg.h"
#include "kit.h"
#include "tap.h"
#include "tracer.h"

#define QUIET_MS	50	/* how long a frozen counter is watched */

static void count(struct victim *v)
{
	for (;;)
		atomic_fetch_add(&v->spins[0], 1);
}

static pid_t known(atomic_int *tid)
{
	while (!atomic_load(tid))
		pass(1);
	return atomic_load(tid);
}

/* ---- one thread ---- */

static void *exit_when_told(void *data)
{
	struct victim *v = data;

	atomic_store(&v->tids[0], gettid());
	while (!atomic_load(&v->note))
		;
	if (atomic_load(&v->note) == 1)
		syscall(SYS_exit, 0);
	syscall(SYS_exit_group, 7);
	return NULL;
}

static void *block(void *data)
{
	struct victim *v = data;
	char byte;

	atomic_store(&v->tids[1], gettid());
	(void)!read(v->pipe[0], &byte, 1);
	return NULL;
}

static void exiting(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, exit_when_told, v);
	pthread_create(&t, NULL, block, v);
	count(v);
}

static struct victim *exiting_start(struct nlc *c)
{
	struct victim *v = victim_run(exiting);

	if (nlc_open(c))
		exit(99);
	known(&v->tids[0]);
	EXPECT(until_blocked(known(&v->tids[1]), SYS_read, SOON));
	EXPECT_EQ(tag(c, v->pid), 0);
	return v;
}

/*
 * A debugger stops the thread in its exit, before the kernel marks it as
 * exiting: the freeze gives it an entry that it takes along.
 */
void test_exit_pending(void)
{
	struct nlc c;
	struct victim *v = exiting_start(&c);
	pid_t tid = atomic_load(&v->tids[0]);
	int status;

	EXPECT(tracer_seize(tid, PTRACE_O_TRACEEXIT));
	atomic_store(&v->note, 1);
	status = tracer_wait(tid, SOON);
	REQUIRE(status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8), "status %x", status);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_THREADS), 3);
	EXPECT(tracer_go(tid, PTRACE_CONT, 0));
	EXPECT(WIFEXITED(tracer_wait(tid, PROMISE)), "it does not exit");
	EXPECT(until_parked(&c, v->pid, 1, SOON));
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_THREADS), 2);
	EXPECT(still(&v->spins[0], QUIET_MS));
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(&c);
}

/* A sibling is in exit_group when it is frozen: parked and blocked threads go with it. */
void test_exit_group_pending(void)
{
	struct nlc c;
	struct victim *v = exiting_start(&c);
	pid_t tid = atomic_load(&v->tids[0]);
	int status = 0;

	EXPECT(tracer_seize(tid, 0));
	EXPECT(tracer_interrupt(tid, SOON));
	atomic_store(&v->note, 2);
	REQUIRE(tracer_enter(tid, SYS_exit_group));
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_parked(&c, v->pid, 1, SOON));
	EXPECT(tracer_detach(tid));
	EXPECT(victim_status(v, &status, PROMISE), "it does not exit");
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 7, "status %x", status);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(knob("frozen"), 0);
	victim_end(v);
	nlc_close(&c);
}

static void write_for_ever(struct victim *v)
{
	char page[4096] = { 0 };
	pthread_t t;

	close(v->pipe[0]);
	atomic_store(&v->tids[1], getpid());
	pthread_create(&t, NULL, exit_when_told, v);
	while (write(v->pipe[1], page, sizeof(page)) > 0)
		;
	/* Only with SIGPIPE ignored. */
	for (;;)
		pause();
}

/* Blocked when it is frozen, killed by what ends that system call. */
void test_exit_by_sigpipe(void)
{
	struct victim *v = victim_run(write_for_ever);
	int status = 0;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	known(&v->tids[0]);
	REQUIRE(until_blocked(known(&v->tids[1]), SYS_write, SOON));
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_parked(&c, v->pid, 1, SOON));
	close(v->pipe[0]);
	EXPECT(victim_status(v, &status, PROMISE), "it does not die");
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE, "status %x", status);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	v->pipe[0] = -1;
	victim_end(v);
	nlc_close(&c);
}

static void *count_on(void *data)
{
	count(data);
	return NULL;
}

static void leave(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, count_on, v);
	atomic_store(&v->note, 1);
	syscall(SYS_exit, 0);
}

static bool leader_is_dead(void *data)
{
	struct victim *v = data;
	char path[64], text[256] = "", *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", v->pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	text[fread(text, 1, sizeof(text) - 1, f)] = 0;
	fclose(f);
	p = strrchr(text, ')');
	return p && p[2] == 'Z';
}

/* A process without its first thread is frozen all the same. */
void test_leader_exited(void)
{
	struct victim *v = victim_run(leave);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE(until(leader_is_dead, v, SOON));
	EXPECT(grows(&v->spins[0], SOON));
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_THREADS), 1);
	EXPECT(still(&v->spins[0], QUIET_MS));
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(&c);
}

/* ---- out of memory ---- */

#define GROUP	"twill-oom"
#define FAT	(24 << 20)
#define LIMIT	"33554432"	/* holds one fat process, not two */

static bool eat(void)
{
	char *at = mmap(NULL, FAT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return false;
	for (size_t i = 0; i < FAT; i += 4096)
		at[i] = 1;
	return true;
}

static void say_score(const char *score)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, score, strlen(score)) < 0)
		_exit(97);
	close(fd);
}

static void be_fat(struct victim *v)
{
	say_score("1000");
	while (!atomic_load(&v->note))
		usleep(1000);
	atomic_store(&v->ready, eat());
	count(v);
}

static void get_fat(struct victim *v)
{
	say_score("-999");
	while (!atomic_load(&v->note))
		usleep(1000);
	atomic_store(&v->ready, eat());
	for (;;)
		pause();
}

static bool is_ready(void *data)
{
	return atomic_load(&((struct victim *)data)->ready);
}

/* The kernel picks a parked process to make room for another: it goes, and there is room. */
void test_oom_kill_frozen(void)
{
	struct victim *v, *w;
	int status = 0;
	struct nlc c;

	if (!cg_there() || cg_write(NULL, "cgroup.subtree_control", "+memory")) {
		tap_skip("no memory controller of control groups");
		return;
	}
	REQUIRE_EQ(cg_make(GROUP), 0);
	REQUIRE_EQ(cg_write(GROUP, "memory.max", LIMIT), 0);
	v = victim_run(be_fat);
	w = victim_run(get_fat);
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(cg_move(GROUP, v->pid), 0);
	EXPECT_EQ(cg_move(GROUP, w->pid), 0);
	atomic_store(&v->note, 1);
	REQUIRE(until(is_ready, v, SOON));
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	atomic_store(&w->note, 1);
	EXPECT(victim_status(v, &status, SOON), "the frozen process is not killed");
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "status %x", status);
	EXPECT(until(is_ready, w, SOON), "there is no room for the other one");
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(knob("frozen"), 0);
	victim_end(v);
	victim_end(w);
	cg_remove(GROUP);
	cg_write(NULL, "cgroup.subtree_control", "-memory");
	nlc_close(&c);
}
