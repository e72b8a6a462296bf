// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_gate REPETITIONS
 *
 * Prints lines "MEASURE NANOSECONDS...", to be run where the clock counts
 * instructions:
 *
 *	getfamily	ask the generic netlink controller for a family by its number
 *	begin, end	a job that finds the gate open: asked and answered; told
 *	hand_100,	end a job while so many others wait: told, the next one
 *	hand_4000	granted
 *	preempt		begin a job of high priority while a task with eight busy
 *			threads has the accelerator: asked, those parked, answered
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/genetlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/nlc.h"

#define JOBS	64	/* of one task; the module allows no more */
#define BUSY	8

struct shared {
	atomic_int ready;
	atomic_int go;
	atomic_ullong spins[BUSY];
};

static int repetitions;
static uint32_t model_us = 1000;

static __attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "bench_gate: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	_exit(1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void finish(struct nlc *c)
{
	struct nlmsghdr *h = (struct nlmsghdr *)c->out;

	h->nlmsg_len = c->len;
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = ++c->seq;
	h->nlmsg_pid = c->portid;
}

/* A request that is not answered. */
static uint64_t told(struct nlc *c, const char *what)
{
	uint64_t begin;

	finish(c);
	begin = now();
	if (send(c->fd, c->out, c->len, 0) < 0)
		die("%s: send: %m", what);
	return now() - begin;
}

/* Send what nlc has put together as it is, without asking for an acknowledgement. */
static uint64_t timed(struct nlc *c, const char *what)
{
	static unsigned char in[8192];
	struct nlmsghdr *answer = (struct nlmsghdr *)in;
	uint64_t begin;
	ssize_t n;

	finish(c);
	begin = now();
	if (send(c->fd, c->out, c->len, 0) < 0)
		die("%s: send: %m", what);
	do {
		n = recv(c->fd, in, sizeof(in), 0);
	} while (n > 0 && answer->nlmsg_seq != c->seq);
	begin = now() - begin;
	if (n < 0)
		die("%s: recv: %m", what);
	if (answer->nlmsg_type == NLMSG_ERROR)
		die("%s: refused", what);
	memcpy(c->in, in, n);
	c->in_len = n;
	return begin;
}

static void put_begin(struct nlc *c, uint32_t predicted_us)
{
	nlc_begin(c, TWILL_CMD_JOB_BEGIN);
	nlc_nest(c, TWILL_A_JOB);
	nlc_str(c, TWILL_A_JOB_MODEL, "resnet-50");
	nlc_u32(c, TWILL_A_JOB_ACCELERATOR, TWILL_ACCELERATOR_GPU);
	nlc_u32(c, TWILL_A_JOB_PREDICTED_US, predicted_us);
	nlc_nest_end(c);
}

static void put_end(struct nlc *c, uint32_t job)
{
	nlc_begin(c, TWILL_CMD_JOB_END);
	nlc_nest(c, TWILL_A_JOB);
	nlc_u32(c, TWILL_A_JOB_ID, job);
	nlc_nest_end(c);
}

static uint32_t state(const struct nlc *c)
{
	return nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_STATE);
}

static void tag(struct nlc *c, uint32_t priority)
{
	if (nlc_open(c))
		die("the module is not loaded");
	nlc_begin(c, TWILL_CMD_TASK_SET);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_PRIORITY, priority);
	nlc_nest_end(c);
	if (nlc_do(c))
		die("tag: %s", c->ack);
}

static void enforce(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_GATE_SET);
	nlc_nest(c, TWILL_A_GATE);
	nlc_u32(c, TWILL_A_GATE_ACCELERATOR, TWILL_ACCELERATOR_GPU);
	nlc_u32(c, TWILL_A_GATE_MODE, TWILL_GATE_MODE_ENFORCE);
	nlc_u32(c, TWILL_A_GATE_ORDER, TWILL_GATE_ORDER_STRICT);
	nlc_nest_end(c);
	nlc_nest(c, TWILL_A_LEASE);
	nlc_u32(c, TWILL_A_LEASE_TTL_MS, TWILL_TTL_MS_MAX);
	nlc_nest_end(c);
	if (nlc_do(c))
		die("gate-set: %s", c->ack);
}

static void print(const char *name, const uint64_t *ns, int n)
{
	printf("%s", name);
	for (int i = 0; i < n; i++)
		printf(" %llu", (unsigned long long)ns[i]);
	printf("\n");
	fflush(stdout);
}

static void uncontended(uint64_t *ns, uint64_t *ns_end, uint64_t *ns_family)
{
	static struct nlc c;
	uint16_t family, id = GENL_ID_CTRL;
	struct nlattr *a;

	tag(&c, 100);
	family = c.family;
	for (int i = 0; i < repetitions; i++) {
		put_begin(&c, model_us);
		ns[i] = timed(&c, "job-begin");
		if (state(&c) != TWILL_JOB_STATE_RUNNING)
			die("the gate was not open");
		put_end(&c, nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ID));
		ns_end[i] = told(&c, "job-end");
		nlc_begin(&c, CTRL_CMD_GETFAMILY);
		a = (struct nlattr *)(c.out + c.len);
		a->nla_len = NLA_HDRLEN + sizeof(id);
		a->nla_type = CTRL_ATTR_FAMILY_ID;
		memcpy((char *)a + NLA_HDRLEN, &id, sizeof(id));
		c.len += NLA_ALIGN(a->nla_len);
		((struct nlmsghdr *)c.out)->nlmsg_type = GENL_ID_CTRL;
		((struct genlmsghdr *)(c.out + NLMSG_HDRLEN))->version = 1;
		ns_family[i] = timed(&c, "getfamily");
	}
	c.family = family;
	nlc_close(&c);
}

static pid_t spawn(void (*fn)(struct shared *s, int i), struct shared *s, int i)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fn(s, i);
	_exit(0);
}

/* Its jobs are behind those of all waiters before it. */
static void waiter(struct shared *s, int i)
{
	static struct nlc c;

	tag(&c, 100);
	for (int j = 0; j < JOBS; j++) {
		put_begin(&c, 1000000 + i * JOBS + j);
		timed(&c, "job-begin of a waiter");
	}
	atomic_fetch_add(&s->ready, 1);
	for (;;)
		pause();
}

/* Has the accelerator and the first places in the line; ends its jobs one by one. */
static void hand_over(struct shared *s, const char *name, int waiting)
{
	static uint32_t jobs[JOBS];
	static uint64_t ns[JOBS];
	static struct nlc c;
	int n = (waiting + JOBS - 1) / JOBS;
	pid_t pids[JOBS];

	tag(&c, 100);
	for (int j = 0; j < JOBS; j++) {
		put_begin(&c, model_us + j);
		timed(&c, "job-begin");
		jobs[j] = nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ID);
	}
	atomic_store(&s->ready, 0);
	for (int i = 0; i < n; i++) {
		pids[i] = spawn(waiter, s, i);
		while (atomic_load(&s->ready) <= i)
			usleep(100);
	}
	for (int j = 0; j < JOBS - 1; j++) {
		put_end(&c, jobs[j]);
		ns[j] = told(&c, "job-end");
	}
	print(name, ns, JOBS - 1);
	nlc_close(&c);
	for (int i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

static struct shared *spinning;

static void *spin(void *counter)
{
	for (;;)
		atomic_fetch_add((atomic_ullong *)counter, 1);
	return NULL;
}

static void holder(struct shared *s, int i)
{
	static struct nlc c;
	pthread_t t;

	(void)i;
	tag(&c, 10);
	put_begin(&c, 900000000);
	timed(&c, "job-begin of the holder");
	for (int j = 1; j < BUSY; j++)
		if (pthread_create(&t, NULL, spin, &s->spins[j]))
			die("pthread_create");
	atomic_store(&s->ready, 1);
	spin(&s->spins[0]);
}

static bool all_spin(struct shared *s, uint64_t *last)
{
	bool all = true;

	for (int i = 0; i < BUSY; i++) {
		all &= atomic_load(&s->spins[i]) > last[i];
		last[i] = all ? atomic_load(&s->spins[i]) : last[i];
	}
	return all;
}

static void preempt(struct shared *s)
{
	static uint64_t ns[1000];
	uint64_t last[BUSY] = { 0 };
	static struct nlc c;
	pid_t pid;

	spinning = s;
	atomic_store(&s->ready, 0);
	pid = spawn(holder, s, 0);
	while (!atomic_load(&s->ready))
		usleep(1000);
	tag(&c, 200);
	for (int i = 0; i < repetitions; i++) {
		while (!all_spin(s, last))
			usleep(1000);
		put_begin(&c, model_us);
		ns[i] = timed(&c, "job-begin over a holder");
		if (state(&c) != TWILL_JOB_STATE_RUNNING)
			die("the holder was not parked");
		for (int j = 0; j < BUSY; j++)
			last[j] = atomic_load(&s->spins[j]);
		usleep(2000);
		if (all_spin(s, last))
			die("the holder runs on");
		put_end(&c, nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ID));
		told(&c, "job-end over a holder");
	}
	print("preempt", ns, repetitions);
	nlc_close(&c);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	static uint64_t ns[3][1000];
	static struct nlc admin;
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	repetitions = argc == 2 ? atoi(argv[1]) : 0;
	if (repetitions < 1 || repetitions > 1000 || s == MAP_FAILED)
		die("wants a number of repetitions, 1 to 1000");
	if (nlc_open(&admin))
		die("the module is not loaded");
	enforce(&admin);
	uncontended(ns[0], ns[1], ns[2]);
	print("begin", ns[0], repetitions);
	print("end", ns[1], repetitions);
	print("getfamily", ns[2], repetitions);
	hand_over(s, "hand_100", 100);
	hand_over(s, "hand_4000", 4000);
	preempt(s);
	return 0;
}
