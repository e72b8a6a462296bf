// SPDX-License-Identifier: GPL-2.0-or-later
/* What the rest of the system does to targets meanwhile. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest/cg.h"
#include "../kselftest/cpus.h"
#include "../kselftest/ko.h"
#include "../kselftest/tracer.h"
#include "mix.h"

#define SYSLOG_ACTION_READ_ALL	3	/* syslog(2) */

const char *const disturber_names[DISTURBERS] = {
	"owner", "owner too", "owners killed", "agent", "tracer", "signals", "cgroups",
	"hotplug", "suspend", "unload",
};

static int some_pid(struct rng *r)
{
	return atomic_load(&mix->slot[rng_below(r, SLOTS)].pid);
}

/* ---- ptrace ---- */

static void trace_one(pid_t pid, struct rng *r)
{
	if (!tracer_seize(pid, 0))
		return;
	/* One that is parked stops when it runs again, which need not be soon. */
	if (tracer_interrupt(pid, rng_below(r, 40)) && rng_one_in(r, 2)) {
		(void)tracer_go(pid, 7 /* PTRACE_CONT */, 0);
		(void)tracer_interrupt(pid, rng_below(r, 20));
	}
	if (!tracer_detach(pid))
		_exit(0);	/* it is not stopped; the end of the tracer detaches it */
}

/* A tracer's child traces, so that its end is one more way to detach. */
static void trace(struct rng *r)
{
	struct rng its = { rng_next(r) };
	pid_t pid = fork();

	if (!pid) {
		for (int i = 0; i < 8; i++)
			trace_one(some_pid(&its), &its);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* ---- signals ---- */

static void send_signal(struct rng *r)
{
	pid_t pid = some_pid(r);

	switch (rng_below(r, 40)) {
	case 0:
		kill(pid, SIGKILL);	/* its place is taken by another */
		break;
	case 1 ... 8:
		kill(pid, SIGSTOP);
		pass(rng_below(r, 20));
		kill(pid, SIGCONT);
		break;
	default:
		kill(pid, SIGUSR1);
		break;
	}
	pass(rng_below(r, 30));
}

/* ---- control groups ---- */

static void move(const char *group, pid_t pid)
{
	atomic_fetch_add(&mix->released, 1);
	(void)cg_move(group, pid);
	atomic_fetch_add(&mix->released, 1);
}

static void release(const char *group)
{
	atomic_fetch_add(&mix->released, 1);
	(void)cg_freeze(group, false);
	atomic_fetch_add(&mix->released, 1);
}

static void cgroups(struct rng *r)
{
	static const char *const groups[] = { NULL, "mix_a", "mix_b" };
	const char *group = groups[1 + rng_below(r, 2)];

	for (int i = 0; i < 3; i++)
		move(groups[rng_below(r, 3)], some_pid(r));
	if (!cg_freeze(group, true)) {
		/* The promise: it wins, and within a second. */
		if (rng_one_in(r, 4) && !cg_until_frozen(group, true, PROMISE))
			mix_wrong("a control group does not freeze");
		pass(rng_below(r, 50));
		release(group);
	}
	pass(rng_below(r, 50));
}

static void cgroups_end(void)
{
	release("mix_a");
	release("mix_b");
	cg_remove("mix_a");
	cg_remove("mix_b");
}

/* ---- CPUs and sleep ---- */

static void hotplug(struct rng *r)
{
	int cpu = 1 + rng_below(r, cpus_there() - 1);

	(void)cpus_one_online(cpu, false);
	pass(rng_below(r, 200));
	(void)cpus_one_online(cpu, true);
	pass(rng_below(r, 300));
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/*
 * Whether the suspend that failed last was refused by an exec alone. That waits,
 * unfreezably, for the other threads of its program to die, and one that was frozen
 * before it was killed cannot: any kernel's own affair. A wait of ours is not.
 */
static bool exec_refused(void)
{
	static char log[1 << 20];
	int n = klogctl(SYSLOG_ACTION_READ_ALL, log, sizeof(log) - 1), tasks = 0, execs = 0;
	char *at = log, *next, *last = NULL;

	log[n > 0 ? n : 0] = '\0';
	while ((next = strstr(at, "refusing to freeze"))) {
		last = next;
		at = next + 1;
	}
	for (at = last; at && (next = strstr(at, "task:")); at = next + 1)
		tasks++;
	for (at = last; at && (next = strstr(at, "begin_new_exec")); at = next + 1)
		execs++;
	return tasks && tasks == execs;
}

/* User space is frozen and thawed as for a suspend to idle; the machine stays awake. */
static void sleep_once(struct rng *r)
{
	if (!put("/sys/module/suspend/parameters/pm_test_delay", "1") ||
	    !put("/sys/power/pm_test", "freezer")) {
		mix_wrong("the guest cannot suspend");
		return;
	}
	if (!put("/sys/power/state", "freeze") && (errno != EBUSY || !exec_refused()))
		mix_wrong("suspend: error %d", errno);
	for (int i = 20 + rng_below(r, 60); i && !atomic_load(&mix->stop); i--)
		pass(100);
}

/* ---- the module ---- */

static void reload(struct rng *r)
{
	int err;

	for (int i = 40 + rng_below(r, 60); i && !atomic_load(&mix->stop); i--)
		pass(100);
	if (atomic_load(&mix->stop))
		return;
	atomic_fetch_add(&mix->module, 1);
	err = ko_unload();
	if (err && err != -EWOULDBLOCK) {	/* a dump is being read */
		mix_wrong("unload: error %d", err);
		return;
	}
	pass(rng_below(r, 100));
	if (!err)
		err = ko_load();
	if (err && err != -EWOULDBLOCK)
		mix_wrong("load: error %d", err);
}

void disturb(int who, struct rng *r)
{
	static void (*const deeds[DISTURBERS])(struct rng *r) = {
		[TRACER] = trace, [SIGNALS] = send_signal, [CGROUPS] = cgroups,
		[HOTPLUG] = hotplug, [SUSPEND] = sleep_once, [UNLOAD] = reload,
	};

	if (who == CGROUPS && (cg_make("mix_a") | cg_make("mix_b")))
		mix_wrong("no control groups");
	while (!atomic_load(&mix->stop)) {
		deeds[who](r);
		atomic_fetch_add(&mix->did[who], 1);
	}
	if (who == CGROUPS)
		cgroups_end();
}
