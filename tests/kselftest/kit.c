// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"

uint64_t start_time(pid_t pid)
{
	char path[64], text[1024], *p;
	uint64_t start = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, f)] = 0;
	fclose(f);
	p = strrchr(text, ')');	/* field 2 may hold anything; 22 is the 20th after it */
	for (int i = 0; p && i < 20; i++)
		p = strchr(p + 1, ' ');
	if (p)
		start = strtoull(p, NULL, 10);
	return start;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

void pass(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

bool until(bool (*cond)(void *data), void *data, int ms)
{
	uint64_t end = now_ms() + ms;

	while (!cond(data)) {
		if (now_ms() > end)
			return false;
		pass(1);
	}
	return true;
}

struct int_want {
	atomic_int *word;
	int value;
};

static bool int_is(void *data)
{
	struct int_want *w = data;

	return atomic_load(w->word) == w->value;
}

bool until_int(atomic_int *word, int value, int ms)
{
	struct int_want w = { word, value };

	return until(int_is, &w, ms);
}

struct block_want {
	pid_t tid;
	long nr;
};

static bool blocked(void *data)
{
	struct block_want *w = data;
	char path[64], text[128] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/syscall", w->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	(void)!read(fd, text, sizeof(text) - 1);
	close(fd);
	return text[0] >= '0' && text[0] <= '9' && strtol(text, NULL, 10) == w->nr;
}

bool until_blocked(pid_t tid, long nr, int ms)
{
	struct block_want w = { tid, nr };

	return until(blocked, &w, ms);
}

struct growth {
	atomic_ullong *counter;
	unsigned long long from;
};

static bool has_grown(void *data)
{
	struct growth *g = data;

	return atomic_load(g->counter) != g->from;
}

bool grows(atomic_ullong *counter, int ms)
{
	struct growth g = { counter, atomic_load(counter) };

	return until(has_grown, &g, ms);
}

bool still(atomic_ullong *counter, int ms)
{
	unsigned long long from = atomic_load(counter);

	pass(ms);
	return atomic_load(counter) == from;
}

long knob(const char *name)
{
	char path[128];
	long v = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/twill/%s", name);
	f = fopen(path, "r");
	if (!f)
		return -errno;
	if (fscanf(f, "%ld", &v) != 1)
		v = -1;
	fclose(f);
	return v;
}

int set_knob(const char *name, const char *value)
{
	char path[128];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/sys/kernel/twill/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

struct want {
	const char *name;
	long value;
};

static bool knob_is(void *data)
{
	struct want *w = data;

	return knob(w->name) == w->value;
}

bool until_knob(const char *name, long value, int ms)
{
	struct want w = { name, value };

	return until(knob_is, &w, ms);
}

/* ---- victims ---- */

static void *spin(void *data)
{
	atomic_ullong *counter = data;

	for (;;)
		atomic_fetch_add(counter, 1);
	return NULL;
}

static void *nap(void *data)
{
	struct timespec ts = { 0, 2000000 };
	struct victim *v = data;

	atomic_fetch_add(&v->ready, 1);
	for (;;) {
		if (nanosleep(&ts, NULL))
			atomic_fetch_add(&v->eintr, 1);
		atomic_fetch_add(&v->naps, 1);
	}
	return NULL;
}

static void *sleep_on(void *data)
{
	struct timespec ts = { 100000, 0 };
	struct victim *v = data;

	atomic_fetch_add(&v->ready, 1);
	nanosleep(&ts, NULL);
	atomic_store(&v->slept, true);
	return NULL;
}

static void *take(void *data)
{
	struct victim *v = data;
	char byte;

	atomic_fetch_add(&v->ready, 1);
	for (;;) {
		if (read(v->pipe[0], &byte, 1) == 1)
			atomic_fetch_add(&v->reads, 1);
		else
			atomic_fetch_add(&v->eintr, 1);
	}
	return NULL;
}

static void *wait_word(void *data)
{
	struct victim *v = data;

	atomic_fetch_add(&v->ready, 1);
	if (syscall(SYS_futex, &v->word, FUTEX_WAIT, 0, NULL, NULL, 0) && errno == EINTR)
		atomic_fetch_add(&v->eintr, 1);
	atomic_store(&v->woken, true);
	return NULL;
}

static void all_threads(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, spin, &v->spins[0]);
	pthread_create(&t, NULL, nap, v);
	pthread_create(&t, NULL, sleep_on, v);
	pthread_create(&t, NULL, take, v);
	pthread_create(&t, NULL, wait_word, v);
	spin(&v->spins[1]);
}

struct victim *victim_run(void (*fn)(struct victim *v))
{
	struct victim *v = mmap(NULL, sizeof(*v), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (v == MAP_FAILED || pipe2(v->pipe, O_CLOEXEC))
		exit(99);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn(v);
		_exit(0);
	}
	if (pid < 0)
		exit(99);
	v->pid = pid;
	return v;
}

static bool under_way(void *data)
{
	struct victim *v = data;

	return atomic_load(&v->ready) == 4 && atomic_load(&v->spins[0]) &&
	       atomic_load(&v->spins[1]) && atomic_load(&v->naps);
}

struct victim *victim_start(void)
{
	struct victim *v = victim_run(all_threads);

	if (!until(under_way, v, SOON))
		exit(99);
	return v;
}

struct reaping {
	pid_t pid;
	int status;
	bool done;
};

static bool reaped(void *data)
{
	struct reaping *r = data;

	r->done = waitpid(r->pid, &r->status, WNOHANG) == r->pid;
	return r->done;
}

bool victim_status(struct victim *v, int *status, int ms)
{
	struct reaping r = { v->pid, 0, false };

	if (!v->pid)
		return true;
	if (!until(reaped, &r, ms))
		return false;
	v->pid = 0;
	*status = r.status;
	return true;
}

bool victim_reap(struct victim *v, int ms)
{
	int status;

	return victim_status(v, &status, ms);
}

void victim_end(struct victim *v)
{
	if (v->pid) {
		kill(v->pid, SIGKILL);
		waitpid(v->pid, NULL, 0);
	}
	close(v->pipe[0]);
	close(v->pipe[1]);
	munmap(v, sizeof(*v));
}

/* ---- requests ---- */

void name_pid(struct nlc *c, pid_t pid)
{
	if (!pid)
		return;
	nlc_u32(c, TWILL_A_TASK_PID, pid);
	nlc_u64(c, TWILL_A_TASK_START_TIME, start_time(pid));
}

static void task_request(struct nlc *c, uint8_t cmd, pid_t pid)
{
	nlc_begin(c, cmd);
	nlc_nest(c, TWILL_A_TASK);
	name_pid(c, pid);
}

int tag(struct nlc *c, pid_t pid)
{
	task_request(c, TWILL_CMD_TASK_SET, pid);
	return nlc_do(c);
}

int tag_inherit(struct nlc *c, pid_t pid)
{
	task_request(c, TWILL_CMD_TASK_SET, pid);
	nlc_u32(c, TWILL_A_TASK_INHERIT, 1);
	return nlc_do(c);
}

int tag_group(struct nlc *c, pid_t pid, uint32_t group)
{
	task_request(c, TWILL_CMD_TASK_SET, pid);
	nlc_u32(c, TWILL_A_TASK_GROUP, group);
	return nlc_do(c);
}

int untag(struct nlc *c, pid_t pid)
{
	task_request(c, TWILL_CMD_TASK_DEL, pid);
	return nlc_do(c);
}

int get_task(struct nlc *c, pid_t pid)
{
	task_request(c, TWILL_CMD_TASK_GET, pid);
	return nlc_do(c);
}

int freeze(struct nlc *c, pid_t pid, uint32_t ttl_ms)
{
	task_request(c, TWILL_CMD_TASK_FREEZE, pid);
	nlc_nest_end(c);
	if (ttl_ms) {
		nlc_nest(c, TWILL_A_LEASE);
		nlc_u32(c, TWILL_A_LEASE_TTL_MS, ttl_ms);
		nlc_nest_end(c);
	}
	return nlc_do(c);
}

int thaw(struct nlc *c, pid_t pid)
{
	task_request(c, TWILL_CMD_TASK_THAW, pid);
	return nlc_do(c);
}

int agent_set(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_AGENT_SET);
	nlc_nest(c, TWILL_A_AGENT);
	nlc_str(c, TWILL_A_AGENT_POLICY, "test");
	return nlc_do(c);
}

int place(struct nlc *c, pid_t pid, int placement, int clusters)
{
	task_request(c, TWILL_CMD_TASK_PLACE, pid);
	if (placement >= 0)
		nlc_u32(c, TWILL_A_TASK_PLACEMENT, placement);
	if (clusters >= 0)
		nlc_u32(c, TWILL_A_TASK_CLUSTERS, clusters);
	nlc_nest_end(c);
	/* CPU hotplug in an emulated machine outlasts the default. */
	nlc_nest(c, TWILL_A_LEASE);
	nlc_u32(c, TWILL_A_LEASE_TTL_MS, 60000);
	return nlc_do(c);
}

int job_begin(struct nlc *c, const char *model)
{
	nlc_begin(c, TWILL_CMD_JOB_BEGIN);
	nlc_nest(c, TWILL_A_JOB);
	nlc_str(c, TWILL_A_JOB_MODEL, model);
	return nlc_do(c);
}

int job_step(struct nlc *c, uint8_t cmd, uint32_t id)
{
	nlc_begin(c, cmd);
	nlc_nest(c, TWILL_A_JOB);
	nlc_u32(c, TWILL_A_JOB_ID, id);
	return nlc_do(c);
}

uint32_t task_u32(struct nlc *c, uint16_t attr) { return nlc_get(c, TWILL_A_TASK, attr); }

struct task_want {
	struct nlc *c;
	pid_t pid;
	uint16_t attr;
	uint32_t value;
};

static bool task_is(void *data)
{
	struct task_want *w = data;

	return !get_task(w->c, w->pid) && task_u32(w->c, w->attr) == w->value;
}

bool until_state(struct nlc *c, pid_t pid, uint32_t state, int ms)
{
	struct task_want w = { c, pid, TWILL_A_TASK_STATE, state };

	return until(task_is, &w, ms);
}

bool until_parked(struct nlc *c, pid_t pid, uint32_t n, int ms)
{
	struct task_want w = { c, pid, TWILL_A_TASK_PARKED, n };

	return until(task_is, &w, ms);
}
