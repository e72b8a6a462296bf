// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_safety CYCLES
 *
 * What a program in blocking system calls notices of being held and let go so
 * many times, by park, by the cgroup freezer, and by SIGSTOP and SIGCONT. Each
 * thread loops over one call; what it waits for comes now and then, whether it
 * is held or not. Prints
 *
 *	WAY_CALL CALLS EINTR SHORT	calls that returned; of these, with EINTR; of
 *					these, without what they had waited for
 *	WAY_cycles CYCLES		of hold and let go, all done
 *	WAY_restarts N			waits in the accelerator's driver that were
 *					interrupted, to be begun anew
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/cg.h"
#include "../kselftest/kit.h"
#include "../orin/orin_sim.h"

#define GROUP		"bench_safety"
#define RESTARTS	"/sys/kernel/debug/orin_sim/restarts"
#define FEED_EVERY	8	/* cycles between two events for each waiter */
#define UNIT_MACS	200000000ULL	/* a millisecond or two of the virtual GPU, scaled */
#define NAP_NS		2000000

enum call { READ, EPOLL, NAP, FUTEX, POLL, SEMOP, IOCTL, CALLS };

static const char * const call_name[CALLS] = {
	"read", "epoll_wait", "nanosleep", "futex", "poll", "semop", "ioctl",
};

struct counts {
	atomic_ullong calls, eintr, lacking;
};

struct held {
	struct counts counts[CALLS];
	atomic_uint word;
};

static struct held *held;
static int pipes[2], epolled, polled, sem;
static struct nlc nlc;
static pid_t pid;
static uint32_t id;

static __attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "bench_safety: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	if (pid)
		kill(pid, SIGKILL);
	_exit(1);
}

/* ---- the process that is held: each call says whether it got what it waited for ---- */

static bool drain(int fd)
{
	uint64_t n;

	return read(fd, &n, sizeof(n)) == sizeof(n);
}

static int do_read(void)
{
	char byte;
	ssize_t n = read(pipes[0], &byte, 1);

	return n < 0 ? -1 : n == 1;
}

static int do_epoll(void)
{
	static int set = -1;
	struct epoll_event event = { .events = EPOLLIN };
	int n;

	if (set < 0) {
		set = epoll_create1(0);
		epoll_ctl(set, EPOLL_CTL_ADD, epolled, &event);
	}
	n = epoll_wait(set, &event, 1, -1);
	return n < 0 ? -1 : n == 1 && drain(epolled);
}

static int do_nap(void)
{
	struct timespec ts = { 0, NAP_NS }, left = { 0, 0 };

	return nanosleep(&ts, &left) ? -1 : 1;
}

static int do_futex(void)
{
	static unsigned int seen;
	long err = syscall(SYS_futex, &held->word, FUTEX_WAIT, seen, NULL, NULL, 0);
	bool came = atomic_load(&held->word) != seen;

	seen = atomic_load(&held->word);
	return err && errno == EINTR ? -1 : came;
}

static int do_poll(void)
{
	struct pollfd p = { .fd = polled, .events = POLLIN };
	int n = poll(&p, 1, -1);

	return n < 0 ? -1 : n == 1 && drain(polled);
}

static int do_semop(void)
{
	struct sembuf take = { 0, -1, 0 };

	return semop(sem, &take, 1) ? -1 : 1;
}

static int do_ioctl(void)
{
	static int fd = -1;
	struct orin_sim_cmd cmd = { .kind = ORIN_SIM_CONV, .macs = UNIT_MACS, .bytes = 1000000 };
	struct orin_sim_wait wait;
	uint32_t engine = ORIN_SIM_GPU;

	if (fd < 0) {
		fd = open("/dev/orin_sim", O_RDWR | O_CLOEXEC);
		if (fd < 0 || ioctl(fd, ORIN_SIM_OPEN, &engine))
			die("/dev/orin_sim: %m");
	}
	if (ioctl(fd, ORIN_SIM_SUBMIT, &cmd))
		return -1;
	wait.seq = cmd.seq;
	return ioctl(fd, ORIN_SIM_WAIT, &wait) ? -1 : 1;
}

static int (* const do_call[CALLS])(void) = {
	do_read, do_epoll, do_nap, do_futex, do_poll, do_semop, do_ioctl,
};

static void *loop(void *data)
{
	enum call call = (struct counts *)data - held->counts;
	struct counts *counts = data;
	int got;

	for (;;) {
		got = do_call[call]();
		if (got < 0 && errno != EINTR)
			die("%s: %m", call_name[call]);
		atomic_fetch_add(&counts->eintr, got < 0);
		atomic_fetch_add(&counts->lacking, !got);
		atomic_fetch_add(&counts->calls, 1);
	}
	return NULL;
}

static void hold_me(void)
{
	pthread_t t;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (enum call call = READ + 1; call < CALLS; call++)
		if (pthread_create(&t, NULL, loop, &held->counts[call]))
			die("pthread_create");
	loop(&held->counts[READ]);
}

/* ---- the one that holds it ---- */

static void feed(void)
{
	struct sembuf give = { 0, 1, 0 };
	uint64_t one = 1;

	atomic_fetch_add(&held->word, 1);
	syscall(SYS_futex, &held->word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	if (write(pipes[1], "", 1) != 1 || write(epolled, &one, sizeof(one)) != sizeof(one) ||
	    write(polled, &one, sizeof(one)) != sizeof(one) || semop(sem, &give, 1))
		die("feed: %m");
}

static void park(uint8_t cmd)
{
	nlc_begin(&nlc, cmd);
	nlc_nest(&nlc, TWILL_A_TASK);
	nlc_u32(&nlc, TWILL_A_TASK_ID, id);
	if (nlc_do(&nlc))
		die("park: %s", nlc.ack);
}

static void park_hold(void) { park(TWILL_CMD_TASK_FREEZE); }
static void park_let_go(void) { park(TWILL_CMD_TASK_THAW); }

static void cgroup_hold(void)
{
	if (cg_freeze(GROUP, true) || !cg_until_frozen(GROUP, true, SOON))
		die("the cgroup freezer does not freeze");
}

static void cgroup_let_go(void)
{
	if (cg_freeze(GROUP, false))
		die("the cgroup freezer does not let go");
}

static void stop_hold(void)
{
	int status;

	if (kill(pid, SIGSTOP) || waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("SIGSTOP: %m");
}

static void stop_let_go(void)
{
	if (kill(pid, SIGCONT))
		die("SIGCONT: %m");
}

static const struct way {
	const char *name;
	void (*hold)(void);
	void (*let_go)(void);
} ways[] = {
	{ "park", park_hold, park_let_go },
	{ "cgroup", cgroup_hold, cgroup_let_go },
	{ "sigstop", stop_hold, stop_let_go },
};

static long restarts(void)
{
	FILE *f = fopen(RESTARTS, "r");
	long n;

	if (!f || fscanf(f, "%ld", &n) != 1)
		die(RESTARTS ": %m");
	fclose(f);
	return n;
}

static unsigned long long wanted[CALLS];

static bool all_called(void *data)
{
	(void)data;
	for (enum call call = READ; call < CALLS; call++)
		if (atomic_load(&held->counts[call].calls) < wanted[call])
			return false;
	return true;
}

/* Every thread gets further: nobody hangs, and each is in its call again soon. */
static void expect_progress(void)
{
	for (enum call call = READ; call < CALLS; call++)
		wanted[call] = atomic_load(&held->counts[call].calls) + 1;
	feed();
	if (!until(all_called, NULL, SOON))
		die("a thread hangs");
}

/* Held for no time, or until those that were let go by their call have parked. */
static void cycle(const struct way *way, int i)
{
	way->hold();
	if (i % FEED_EVERY == 0)
		feed();
	if (i % 4 == 0)
		pass(1);
	way->let_go();
	if (i % 2 == 0)
		pass(1);
}

static void start(void)
{
	memset(held, 0, sizeof(*held));
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (!pid) {
		hold_me();
		_exit(0);
	}
	if (cg_move(GROUP, pid) || tag(&nlc, pid))
		die("tag: %s", nlc.ack);
	id = task_u32(&nlc, TWILL_A_TASK_ID);
	expect_progress();
}

static void try(const struct way *way, int cycles)
{
	long before;

	start();
	before = restarts();
	for (int i = 0; i < cycles; i++)
		cycle(way, i);
	expect_progress();
	for (enum call call = READ; call < CALLS; call++) {
		const struct counts *c = &held->counts[call];

		printf("%s_%s %llu %llu %llu\n", way->name, call_name[call], c->calls, c->eintr,
		       c->lacking);
	}
	printf("%s_cycles %d\n%s_restarts %ld\n", way->name, cycles, way->name,
	       restarts() - before);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pid = 0;
}

int main(int argc, char **argv)
{
	int cycles = argc == 2 ? atoi(argv[1]) : 0;

	if (cycles < 1)
		die("wants a number of cycles");
	held = mmap(NULL, sizeof(*held), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sem = semget(IPC_PRIVATE, 1, 0600);
	epolled = eventfd(0, EFD_NONBLOCK);
	polled = eventfd(0, EFD_NONBLOCK);
	if (held == MAP_FAILED || sem < 0 || epolled < 0 || polled < 0 || pipe(pipes))
		die("set-up: %m");
	if (nlc_open(&nlc))
		die("the module is not loaded");
	if (cg_make(GROUP))
		die("no control groups of version 2");
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		try(&ways[i], cycles);
	cg_remove(GROUP);
	semctl(sem, 0, IPC_RMID);
	return 0;
}
