// SPDX-License-Identifier: GPL-2.0-or-later
/* Tags: who gets one, keeps one, loses one. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"
#include "who.h"

static void rest(struct victim *v)
{
	(void)v;
	for (;;)
		pause();
}

static void see(struct nlc *c, void *data)
{
	uint32_t *want = data;

	if (task_u32(c, TWILL_A_TASK_ID) == want[0])
		want[1]++;
}

void test_tag(void)
{
	struct victim *v = victim_run(rest);
	uint32_t seen[2] = { 0 };
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(get_task(&c, v->pid), -ESRCH);
	nlc_begin(&c, TWILL_CMD_TASK_SET);
	nlc_nest(&c, TWILL_A_TASK);
	name_pid(&c, v->pid);
	nlc_u32(&c, TWILL_A_TASK_CLASS, TWILL_CLASS_LLM);
	nlc_u32(&c, TWILL_A_TASK_PRIORITY, 7);
	nlc_u32(&c, TWILL_A_TASK_CAN_USE, 1 << TWILL_ACCELERATOR_GPU | 1 << TWILL_ACCELERATOR_DLA0);
	EXPECT_EQ(nlc_do(&c), 0);
	seen[0] = task_u32(&c, TWILL_A_TASK_ID);
	EXPECT_EQ(get_task(&c, v->pid), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_ID), seen[0]);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PID), v->pid);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_CLASS), TWILL_CLASS_LLM);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PRIORITY), 7);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_STATE), TWILL_TASK_STATE_RUNNING);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_THREADS), 1);
	EXPECT_EQ(nlc_get64(&c, TWILL_A_TASK, TWILL_A_TASK_START_TIME), start_time(v->pid));
	EXPECT(!strcmp(nlc_text(&c, TWILL_A_TASK, TWILL_A_TASK_COMM), "twill_test"), "comm is %s",
	       nlc_text(&c, TWILL_A_TASK, TWILL_A_TASK_COMM));
	EXPECT_EQ(nlc_dump(&c, TWILL_CMD_TASK_GET, see, seen), 0);
	EXPECT_EQ(seen[1], 1);
	EXPECT_EQ(knob("tasks"), 1);
	EXPECT_EQ(untag(&c, v->pid), 0);
	EXPECT_EQ(get_task(&c, v->pid), -ESRCH);
	EXPECT_EQ(knob("tasks"), 0);
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT(task_u32(&c, TWILL_A_TASK_ID) > seen[0], "an id was reused");
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PRIORITY), knob("default_priority"));
	victim_end(v);
	nlc_close(&c);
}

void test_untagged_at_exit(void)
{
	struct victim *v = victim_run(rest);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	kill(v->pid, SIGKILL);
	EXPECT(victim_reap(v, SOON));
	EXPECT_EQ(knob("tasks"), 0);
	victim_end(v);
	nlc_close(&c);
}

static bool is_zombie(void *data)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, ((struct victim *)data)->pid, &info, WEXITED | WNOWAIT | WNOHANG) &&
	       info.si_pid;
}

/* Nobody would notice its exit any more: the tag would stay for ever. */
void test_tag_exited(void)
{
	struct victim *v = victim_run(rest);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	kill(v->pid, SIGKILL);
	EXPECT(until(is_zombie, v, SOON));
	EXPECT_EQ(tag(&c, v->pid), -ESRCH);
	EXPECT(*c.ack);
	EXPECT_EQ(knob("tasks"), 0);
	victim_end(v);
	nlc_close(&c);
}

#define MANY	80	/* tasks: several messages of a dump, of which the kernel makes two ahead */

struct dumping {
	struct victim *w;	/* tags itself in the middle; or NULL */
	int n, interrupted;
	uint32_t last;
};

static void see_all(struct nlc *c, void *data)
{
	struct dumping *d = data;
	struct nlmsghdr *h = (struct nlmsghdr *)c->in;

	EXPECT(task_u32(c, TWILL_A_TASK_ID) > d->last, "task %u after task %u",
	       task_u32(c, TWILL_A_TASK_ID), d->last);
	d->last = task_u32(c, TWILL_A_TASK_ID);
	d->interrupted += !!(h->nlmsg_flags & NLM_F_DUMP_INTR);
	if (d->n++ || !d->w)
		return;
	atomic_store(&d->w->ready, 1);
	EXPECT(until_int(&d->w->note, 1, SOON));
}

static void tag_when_told(struct victim *v)
{
	struct nlc c;

	while (!atomic_load(&v->ready))
		usleep(1000);
	atomic_store(&v->note, nlc_open(&c) || tag(&c, 0) ? -1 : 1);
	rest(v);
}

static void many(struct victim *v)
{
	while (!atomic_load(&v->note))
		usleep(1000);
	for (int i = 1; i < MANY; i++)
		EXPECT(who_idler() > 0);
	atomic_store(&v->ready, 1);
	rest(v);
}

/* A dump shows each task once, in the order of ids; it says so when the tasks changed meanwhile. */
void test_dump_interrupted(void)
{
	struct dumping d = { 0 };
	struct victim *v, *w;
	struct nlc c;

	if (slow_kernel()) {
		tap_skip("80 processes are many on this kernel");
		return;
	}
	v = victim_run(many);
	w = victim_run(tag_when_told);
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag_inherit(&c, v->pid), 0);
	atomic_store(&v->note, 1);
	EXPECT(until_knob("tasks", MANY, SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(nlc_dump(&c, TWILL_CMD_TASK_GET, see_all, &d), 0);
	EXPECT_EQ(d.n, MANY);
	EXPECT_EQ(d.interrupted, 0);
	d = (struct dumping){ .w = w };
	EXPECT_EQ(nlc_dump(&c, TWILL_CMD_TASK_GET, see_all, &d), 0);
	EXPECT(d.n >= MANY, "%d tasks", d.n);
	EXPECT(d.interrupted > 0, "nobody was told");
	victim_end(v);
	victim_end(w);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(&c);
}

static int dump_with(struct nlc *c, uint8_t cmd)
{
	nlc_begin(c, cmd);
	((struct nlmsghdr *)c->out)->nlmsg_flags |= NLM_F_DUMP;
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_CLASS, 1);
	return nlc_do(c);
}

void test_foreign_attributes_refused(void)
{
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(dump_with(&c, TWILL_CMD_TASK_GET), -EINVAL);
	EXPECT(*c.ack);
	nlc_begin(&c, TWILL_CMD_TASK_SET);	/* a cap is none of its business */
	nlc_nest(&c, TWILL_A_CAP);
	nlc_u32(&c, TWILL_A_CAP_ID, 1);
	EXPECT_EQ(nlc_do(&c), -EINVAL);
	EXPECT(*c.ack);
	nlc_begin(&c, TWILL_CMD_TASK_GET);	/* nor a priority of this */
	nlc_nest(&c, TWILL_A_TASK);
	nlc_u32(&c, TWILL_A_TASK_PRIORITY, 1);
	EXPECT_EQ(nlc_do(&c), -EINVAL);
	EXPECT(*c.ack);
	nlc_begin(&c, TWILL_CMD_TASK_SET);	/* an attribute nobody knows */
	nlc_nest(&c, TWILL_A_TASK);
	nlc_u32(&c, 200, 1);
	EXPECT_EQ(nlc_do(&c), -EINVAL);
	nlc_begin(&c, TWILL_CMD_TASK_SET);	/* out of range */
	nlc_nest(&c, TWILL_A_TASK);
	nlc_u32(&c, TWILL_A_TASK_PRIORITY, 256);
	EXPECT_EQ(nlc_do(&c), -ERANGE);
	nlc_begin(&c, TWILL_CMD_TASK_SET);	/* too short */
	nlc_nest(&c, TWILL_A_TASK);
	nlc_str(&c, TWILL_A_TASK_CLASS, "");
	EXPECT(nlc_do(&c) < 0);
	EXPECT_EQ(knob("tasks"), 0);
	nlc_close(&c);
}

/* Once told to, fork a child that forks another; they die with their parents. */
static void family(struct victim *v)
{
	while (!atomic_load(&v->note))
		usleep(1000);
	for (int i = 0; i < 2; i++) {
		if (fork())
			break;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		atomic_fetch_add(&v->forks, 1);
	}
	rest(v);
}

static bool forked_twice(void *data)
{
	return atomic_load(&((struct victim *)data)->forks) == 2;
}

void test_fork_inherits(void)
{
	struct victim *v = victim_run(family), *w = victim_run(family);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag_inherit(&c, v->pid), 0);
	atomic_store(&v->note, 1);
	EXPECT(until(forked_twice, v, SOON));
	EXPECT_EQ(knob("tasks"), 3);
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));

	REQUIRE_EQ(tag(&c, w->pid), 0);
	atomic_store(&w->note, 1);
	EXPECT(until(forked_twice, w, SOON));
	EXPECT_EQ(knob("tasks"), 1);
	victim_end(w);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(&c);
}

static void exec_self(struct victim *v)
{
	while (!atomic_load(&v->note))
		usleep(1000);
	execl("/proc/self/exe", "twill_test", "--pause", (char *)NULL);
	_exit(98);
}

static bool execed(void *data)
{
	struct victim *v = data;
	char path[64], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", v->pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	(void)!read(fd, text, sizeof(text) - 1);
	close(fd);
	return !strcmp(text + strlen(text) + 1, "--pause");
}

void test_exec_keeps_tag(void)
{
	struct victim *v = victim_run(exec_self);
	struct nlc c;
	uint32_t id;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	id = task_u32(&c, TWILL_A_TASK_ID);
	atomic_store(&v->note, 1);
	REQUIRE(until(execed, v, SOON));
	EXPECT_EQ(get_task(&c, v->pid), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_ID), id);
	EXPECT_EQ(freeze(&c, v->pid, 0), 0);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	victim_end(v);
	nlc_close(&c);
}

#define SUID_COPY	"/tmp/twill_test.suid"

static void exec_suid(struct victim *v)
{
	if (setgid(65534) || setuid(65534))
		_exit(97);
	atomic_store(&v->ready, 1);
	while (!atomic_load(&v->note))
		usleep(1000);
	execl(SUID_COPY, "twill_test", "--pause", (char *)NULL);
	_exit(98);
}

static bool is_ready(void *data)
{
	return atomic_load(&((struct victim *)data)->ready);
}

void test_exec_setuid_drops_tag(void)
{
	struct victim *v;
	struct nlc c;

	REQUIRE_EQ(system("cp /proc/$PPID/exe " SUID_COPY " && chmod 4755 " SUID_COPY), 0);
	v = victim_run(exec_suid);
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE(until(is_ready, v, SOON));
	REQUIRE_EQ(tag(&c, v->pid), 0);
	atomic_store(&v->note, 1);
	EXPECT(until(execed, v, SOON));
	EXPECT_EQ(get_task(&c, v->pid), -ESRCH);
	EXPECT_EQ(knob("tasks"), 0);
	victim_end(v);
	nlc_close(&c);
	unlink(SUID_COPY);
}

/* In namespaces of its own, a process is number 1 and marks its own jobs. */
static void contained(struct victim *v)
{
	struct nlc c;
	int ok;

	if (unshare(CLONE_NEWPID | CLONE_NEWNET))
		_exit(97);
	if (fork()) {
		rest(v);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ok = !nlc_open(&c) && !tag(&c, 0) && task_u32(&c, TWILL_A_TASK_PID) == 1 &&
	     !job_begin(&c, "in a container") && tag(&c, v->pid) == -ESRCH;
	atomic_store(&v->note, ok ? 1 : -1);
	rest(v);
}

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

static void add_foreign(struct nlc *c, void *data)
{
	int *sum = data;

	*sum += task_u32(c, TWILL_A_TASK_PID) > 1;
}

void test_pid_namespace(void)
{
	struct victim *v = victim_run(contained);
	struct nlc c;
	int seen = 0;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE(until(noted, v, SOON));
	EXPECT_EQ(atomic_load(&v->note), 1);
	EXPECT_EQ(nlc_dump(&c, TWILL_CMD_TASK_GET, add_foreign, &seen), 0);
	EXPECT_EQ(seen, 1);
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	nlc_close(&c);
}
