// SPDX-License-Identifier: GPL-2.0-or-later
/* Raising and lowering of real threads, and what is left for whoever comes after. Needs root. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"
#include "sched/fair.h"
#include "tap.h"

static char root[] = "/tmp/fair_test.XXXXXX";
static bool clamp = true;
static int out;		/* a child's answers */

/* A process with a second thread, and a third that has chosen its nice value. */
struct child {
	pid_t pid;
	int tid[2];
	int say, hear;
	uint64_t start;
};

static void *sleeper(void *arg)
{
	int tid = syscall(SYS_gettid);

	if (arg)
		setpriority(PRIO_PROCESS, tid, 5);
	if (write(out, &tid, sizeof(tid)) < 0)
		return NULL;
	for (;;)
		pause();
}

/* Makes the two threads, one for each byte, then answers each with a fork's nice value. */
static void child_main(int in)
{
	pthread_t t;
	int n, nice;
	char c;

	for (n = 0; read(in, &c, 1) == 1; n++) {
		pid_t pid;

		if (n < 2) {
			pthread_create(&t, NULL, sleeper, n ? &t : NULL);
			continue;
		}
		pid = fork();
		if (!pid)
			_exit(getpriority(PRIO_PROCESS, 0) + 20);
		waitpid(pid, &nice, 0);
		nice = WEXITSTATUS(nice) - 20;
		if (write(out, &nice, sizeof(nice)) < 0)
			break;
	}
	_exit(0);
}

/* Has the child do its next, and reads the answer. */
static int next(struct child *c)
{
	int answer = 99;

	if (write(c->say, "x", 1) != 1 || read(c->hear, &answer, sizeof(answer)) != sizeof(answer))
		abort();
	return answer;
}

static struct child start(void)
{
	struct child c;
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		abort();
	c.pid = fork();
	if (!c.pid) {
		close(to[1]);
		out = from[1];
		child_main(to[0]);
	}
	close(to[0]);
	close(from[1]);
	c.say = to[1];
	c.hear = from[0];
	c.tid[0] = next(&c);
	c.tid[1] = next(&c);
	if (proc_start_time(c.pid, &c.start))
		abort();
	return c;
}

static void end(struct child *c)
{
	close(c->say);
	close(c->hear);
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
}

static int nice_of(pid_t tid) { return getpriority(PRIO_PROCESS, tid); }

static bool noted(pid_t pid)
{
	char path[128];

	snprintf(path, sizeof(path), "%s" FAIR_DIR "/%d", root, pid);
	return !access(path, F_OK);
}

/* Breaks if: a thread is left out or left raised, or a choice of the program's is touched. */
static void test_raise_lower(void)
{
	struct child c = start();

	ok(!fair_raise(root, c.pid, c.start, &clamp), "raise");
	ok(nice_of(c.pid) == FAIR_NICE && nice_of(c.tid[0]) == FAIR_NICE, "the leader and a thread");
	ok(nice_of(c.tid[1]) == 5, "a nice value of its own stays");
	ok(noted(c.pid), "it is noted");
	ok(next(&c) == 0, "what it forks is not raised");
	ok(!fair_raise(root, c.pid, c.start, &clamp) && nice_of(c.pid) == FAIR_NICE, "again: the same");
	ok(!fair_lower(root, c.pid), "lower");
	ok(!nice_of(c.pid) && !nice_of(c.tid[0]) && nice_of(c.tid[1]) == 5, "as before");
	ok(!noted(c.pid), "and forgotten");
	setpriority(PRIO_PROCESS, c.pid, -5);
	ok(next(&c) == -5, "forks inherit again");
	ok(!fair_lower(root, c.pid) && nice_of(c.pid) == -5, "what was not raised is not lowered");
	end(&c);
}

/* What a process with that number left. */
static void stale(pid_t pid, uint64_t start)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s" FAIR_DIR "/%d", root, pid);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%llu\n", (unsigned long long)start) < 0 || fclose(f))
		abort();
}

/* Breaks if: another process with the number suffers, or a stale file stays for ever. */
static void test_restore(void)
{
	struct child c = start(), other = start();

	ok(fair_raise(root, c.pid, c.start + 1, &clamp) == -ESRCH && !nice_of(c.pid) && !noted(c.pid),
	   "another start time: refused");
	stale(c.pid, c.start - 1);
	ok(!fair_raise(root, c.pid, c.start, &clamp) && !fair_raise(root, other.pid, other.start, &clamp),
	   "two are raised, one with the number of another that is gone");
	end(&other);
	ok(!fair_restore(root), "restore");
	ok(!nice_of(c.pid) && !nice_of(c.tid[0]) && !noted(c.pid) && !noted(other.pid),
	   "all lowered, also who is gone");
	ok(!fair_restore(root), "again: nothing to do");
	ok(!fair_restore("/nonexistent"), "nor where there never was anything");
	end(&c);
}

int main(void)
{
	char path[128];

	if (geteuid()) {
		puts("1..0 # SKIP needs root to raise");
		return 0;
	}
	if (!mkdtemp(root))
		abort();
	snprintf(path, sizeof(path), "mkdir -p %s/run", root);
	if (system(path))
		abort();
	test_raise_lower();
	test_restore();
	snprintf(path, sizeof(path), "rm -rf %s", root);
	return system(path) || tap_done();
}
