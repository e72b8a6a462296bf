// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_freeze REPETITIONS THREADS...
 *
 * Three ways to hold a process, in turn: park, the cgroup freezer, SIGSTOP. To
 * be run where the clock counts instructions. Prints lines "MEASURE
 * NANOSECONDS..." named WAY_KIND_THREADS_WHAT, KIND is busy or asleep:
 *
 *	known	from the call until the caller knows that no thread can execute
 *		another user instruction: the answer to the request; "frozen 1"
 *		in cgroup.events; the status from waitpid()
 *	last	from the call to the last user instruction of any thread, 0 if
 *		none was executed since; of busy threads
 *	first	from the call that lets go to the first user instruction. Threads
 *		asleep are woken while they are held, so that they have one to go to
 *
 * and park_KIND_THREADS_new: known, at the first freeze of the task. SIGSTOP of
 * many busy threads takes so long that it has fewer repetitions.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/cg.h"
#include "../kselftest/kit.h"

#define THREADS_MAX	256
#define REPETITIONS_MAX	1000
#define STOPS		5	/* repetitions with more than FEW busy threads */
#define FEW		8
#define GROUP		"bench_freeze"
#define BETWEEN_LOOKS	64	/* rounds of a busy thread without a look at the clock */

enum way { PARK, CGROUP, SIGNAL, WAYS };

static const char * const way_name[WAYS] = { "park", "cgroup", "sigstop" };

struct slot {
	_Alignas(64) atomic_ullong last;	/* user instruction */
	atomic_ullong first;			/* of the round */
	atomic_int tid;
};

/* Of the process that is held, in shared memory. */
struct held {
	atomic_uint round;	/* counted up while it is held; futex of those asleep */
	atomic_uint arrived;	/* threads in all rounds together */
	struct slot slot[THREADS_MAX];
};

struct sample {
	uint64_t known, last, first;
};

static struct held *held;
static unsigned int threads;
static pid_t pid;
static uint32_t id;
static struct nlc nlc;
static int freeze_fd, events_fd;
static int stat_fd[THREADS_MAX];

static __attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "bench_freeze: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	if (pid)
		kill(pid, SIGKILL);
	_exit(1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* ---- the process that is held ---- */

static unsigned int arrive(struct slot *slot)
{
	unsigned int round = atomic_load(&held->round);

	atomic_store(&slot->first, now());
	atomic_fetch_add(&held->arrived, 1);
	return round;
}

/* Threads that take turns make way until all have had theirs. */
static void *busy(void *data)
{
	struct slot *slot = data;
	unsigned int round = 0;

	atomic_store(&slot->tid, gettid());
	for (;;) {
		if (atomic_load(&held->round) != round) {
			round = arrive(slot);
			while (atomic_load(&held->arrived) < round * threads)
				sched_yield();
		}
		for (volatile int i = 0; i < BETWEEN_LOOKS; i++)
			;
		atomic_store(&slot->last, now());
	}
	return NULL;
}

static void *asleep(void *data)
{
	struct slot *slot = data;
	unsigned int round = 0;

	atomic_store(&slot->tid, gettid());
	for (;;) {
		if (atomic_load(&held->round) != round)
			round = arrive(slot);
		syscall(SYS_futex, &held->round, FUTEX_WAIT, round, NULL, NULL, 0);
	}
	return NULL;
}

static void hold_me(void *(*fn)(void *data))
{
	pthread_attr_t small;
	pthread_t t;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (unsigned int i = 1; i < threads; i++)
		if (pthread_create(&t, &small, fn, &held->slot[i]))
			die("pthread_create");
	fn(&held->slot[0]);
}

/* ---- the one that holds it ---- */

static bool all_arrived(void *data)
{
	(void)data;
	return atomic_load(&held->arrived) == atomic_load(&held->round) * threads;
}

static bool all_asleep(void *data)
{
	char text[256], *state;
	ssize_t n;

	(void)data;
	for (unsigned int i = 0; i < threads; i++) {
		n = pread(stat_fd[i], text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = 0;
		state = strrchr(text, ')');
		if (!state || state[2] != 'S')
			return false;
	}
	return true;
}

static void settle(bool sleeping)
{
	if (!until(all_arrived, NULL, SOON))
		die("%u of %u threads run", atomic_load(&held->arrived),
		    atomic_load(&held->round) * threads);
	if (sleeping && !until(all_asleep, NULL, SOON))
		die("not all threads go to sleep");
}

static void request(uint8_t cmd)
{
	nlc_begin(&nlc, cmd);
	nlc_nest(&nlc, TWILL_A_TASK);
	nlc_u32(&nlc, TWILL_A_TASK_ID, id);
	nlc_nest_end(&nlc);
}

static void park(void)
{
	if (nlc_do(&nlc))
		die("park: %s", nlc.ack);
}

static void cgroup_write(const char *value)
{
	if (pwrite(freeze_fd, value, 1, 0) != 1)
		die("cgroup.freeze: %m");
}

static bool frozen(void)
{
	char text[256];
	ssize_t n = pread(events_fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = 0;
	return strstr(text, "frozen 1");
}

static void cgroup_freeze(void)
{
	struct pollfd p = { .fd = events_fd, .events = POLLPRI };

	cgroup_write("1");
	while (!frozen())
		if (poll(&p, 1, SOON) <= 0)
			die("cgroup.events: nothing comes");
}

static void stop(void)
{
	int status;

	if (kill(pid, SIGSTOP) || waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("SIGSTOP: %m");
}

static uint64_t hold(enum way way)
{
	uint64_t begin;

	request(TWILL_CMD_TASK_FREEZE);
	begin = now();
	if (way == PARK)
		park();
	else if (way == CGROUP)
		cgroup_freeze();
	else
		stop();
	return begin;
}

static uint64_t let_go(enum way way)
{
	uint64_t begin;

	request(TWILL_CMD_TASK_THAW);
	begin = now();
	if (way == PARK)
		park();
	else if (way == CGROUP)
		cgroup_write("0");
	else if (kill(pid, SIGCONT))
		die("SIGCONT: %m");
	return begin;
}

static uint64_t last_of_all(void)
{
	uint64_t last = 0, at;

	for (unsigned int i = 0; i < threads; i++) {
		at = atomic_load(&held->slot[i].last);
		last = at > last ? at : last;
	}
	return last;
}

static uint64_t first_of_all(void)
{
	uint64_t first = UINT64_MAX, at;

	for (unsigned int i = 0; i < threads; i++) {
		at = atomic_load(&held->slot[i].first);
		first = at < first ? at : first;
	}
	return first;
}

/* Every way leaves the threads at the boundary before they are let go. */
static void begin_round(enum way way, bool sleeping)
{
	uint64_t last = last_of_all();

	atomic_fetch_add(&held->round, 1);
	if (sleeping)
		syscall(SYS_futex, &held->round, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	if (way == PARK && !until_parked(&nlc, pid, threads, SOON))
		die("%u of %u threads park", task_u32(&nlc, TWILL_A_TASK_PARKED), threads);
	if (last_of_all() != last)
		die("%s: a thread ran while it was held", way_name[way]);
}

static struct sample measure(enum way way, bool sleeping)
{
	uint64_t begin, known, last;
	struct sample s;

	settle(sleeping);
	begin = hold(way);
	known = now();
	last = last_of_all();
	if (last > known)
		die("%s: a thread ran after that was known", way_name[way]);
	begin_round(way, sleeping);
	s.known = known - begin;
	s.last = last > begin ? last - begin : 0;
	begin = let_go(way);
	settle(sleeping);
	s.first = first_of_all() - begin;
	return s;
}

static void start(bool sleeping)
{
	char path[64];

	memset(held, 0, sizeof(*held));
	atomic_store(&held->round, 1);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (!pid) {
		hold_me(sleeping ? asleep : busy);
		_exit(0);
	}
	settle(false);
	for (unsigned int i = 0; i < threads; i++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid,
			 atomic_load(&held->slot[i].tid));
		stat_fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (stat_fd[i] < 0)
			die("%s: %m", path);
	}
	if (cg_move(GROUP, pid) || tag(&nlc, pid))
		die("tag: %s", nlc.ack);
	id = task_u32(&nlc, TWILL_A_TASK_ID);
}

static void end(void)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pid = 0;
	for (unsigned int i = 0; i < threads; i++)
		close(stat_fd[i]);
}

static void print(enum way way, const char *kind, const char *what, const struct sample *s, int n)
{
	printf("%s_%s_%u_%s", way_name[way], kind, threads, what);
	for (int i = 0; i < n; i++)
		printf(" %llu", (unsigned long long)(*what == 'k' || *what == 'n' ? s[i].known :
						     *what == 'l' ? s[i].last : s[i].first));
	printf("\n");
}

static void compare(bool sleeping, int repetitions)
{
	static struct sample samples[WAYS][REPETITIONS_MAX];
	const char *kind = sleeping ? "asleep" : "busy";
	int n[WAYS] = { repetitions, repetitions, repetitions };
	struct sample new;

	if (!sleeping && threads > FEW && repetitions > STOPS)
		n[SIGNAL] = STOPS;
	start(sleeping);
	new = measure(PARK, sleeping);
	print(PARK, kind, "new", &new, 1);
	for (int i = 0; i < repetitions; i++)
		for (enum way way = PARK; way < WAYS; way++)
			if (i < n[way])
				samples[way][i] = measure(way, sleeping);
	for (enum way way = PARK; way < WAYS; way++) {
		print(way, kind, "known", samples[way], n[way]);
		if (!sleeping)
			print(way, kind, "last", samples[way], n[way]);
		print(way, kind, "first", samples[way], n[way]);
	}
	end();
}

int main(int argc, char **argv)
{
	int repetitions = argc > 2 ? atoi(argv[1]) : 0;

	if (repetitions < 1 || repetitions > REPETITIONS_MAX)
		die("wants a number of repetitions, and of threads");
	held = mmap(NULL, sizeof(*held), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (held == MAP_FAILED || nlc_open(&nlc))
		die("the module is not loaded");
	if (cg_make(GROUP))
		die("no control groups of version 2");
	freeze_fd = open("/sys/fs/cgroup/" GROUP "/cgroup.freeze", O_WRONLY | O_CLOEXEC);
	events_fd = open("/sys/fs/cgroup/" GROUP "/cgroup.events", O_RDONLY | O_CLOEXEC);
	if (freeze_fd < 0 || events_fd < 0)
		die("no cgroup freezer");
	for (int i = 2; i < argc; i++) {
		threads = atoi(argv[i]);
		if (threads < 1 || threads > THREADS_MAX)
			die("%s: not 1 to %d threads", argv[i], THREADS_MAX);
		compare(false, repetitions);
		compare(true, repetitions);
	}
	close(freeze_fd);
	close(events_fd);
	cg_remove(GROUP);
	return 0;
}
