// SPDX-License-Identifier: GPL-2.0-or-later
/* A debugger and a freeze of one task: neither lets it run while the other holds it. */
#define _GNU_SOURCE
#include <linux/ptrace.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"
#include "tracer.h"

#define QUIET_MS	50	/* how long a frozen counter is watched */

static void count(struct victim *v)
{
	for (;;)
		atomic_fetch_add(&v->spins[0], 1);
}

/* By PTRACE_SEIZE and PTRACE_INTERRUPT, or by PTRACE_ATTACH, which sends SIGSTOP. */
static bool attach(pid_t pid, bool seize)
{
	return seize ? tracer_seize(pid, 0) && tracer_go(pid, PTRACE_INTERRUPT, 0) :
		       tracer_go(pid, PTRACE_ATTACH, 0);
}

static bool is_stop(int status)
{
	return status != -1 && WIFSTOPPED(status);
}

/* Stopped by a debugger when it is frozen: whatever lets it go, it parks. */
static void attach_first(bool seize, int request)
{
	struct victim *v = victim_run(count);
	unsigned long long n;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT(attach(v->pid, seize));
	REQUIRE(is_stop(tracer_wait(v->pid, SOON)));
	n = atomic_load(&v->spins[0]);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_STATE), TWILL_TASK_STATE_FREEZING);
	EXPECT(tracer_go(v->pid, request, 0));
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	if (request == PTRACE_SINGLESTEP)
		EXPECT_EQ(tracer_wait(v->pid, QUIET_MS), -1);
	EXPECT_EQ(atomic_load(&v->spins[0]), n);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	if (request == PTRACE_SINGLESTEP) {
		EXPECT(is_stop(tracer_wait(v->pid, SOON)), "no step after the thaw");
		EXPECT(tracer_detach(v->pid));
	}
	EXPECT(grows(&v->spins[0], SOON), "request %d", request);
	victim_end(v);
	nlc_close(&c);
}

void test_ptrace_before_freeze(void)
{
	static const int requests[] = { PTRACE_CONT, PTRACE_SYSCALL, PTRACE_SINGLESTEP,
					PTRACE_DETACH };

	for (unsigned int i = 0; i < 4 && !tap_failed(); i++)
		attach_first(i & 1, requests[i]);
}

/* Attached to while it is parked: it stops after the thaw, before it has run. */
static void attach_parked(bool seize)
{
	struct victim *v = victim_run(count);
	unsigned long long n;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	n = atomic_load(&v->spins[0]);
	EXPECT(attach(v->pid, seize));
	EXPECT_EQ(tracer_wait(v->pid, QUIET_MS), -1);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	REQUIRE(is_stop(tracer_wait(v->pid, PROMISE)), "no stop after the thaw");
	EXPECT_EQ(atomic_load(&v->spins[0]), n);

	/* Frozen again in that stop and let go: it parks at once. */
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(tracer_detach(v->pid));
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT_EQ(atomic_load(&v->spins[0]), n);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	victim_end(v);
	nlc_close(&c);
}

void test_ptrace_after_freeze(void)
{
	attach_parked(true);
	attach_parked(false);
}

static void nap(struct victim *v)
{
	for (;;) {
		if (usleep(1000))
			atomic_fetch_add(&v->eintr, 1);
		atomic_fetch_add(&v->naps, 1);
	}
}

/* Held at the entry of a system call, frozen, let in: it parks on its way out. */
void test_ptrace_in_syscall(void)
{
	struct victim *v = victim_run(nap);
	unsigned long long n;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT(grows(&v->naps, SOON));
	EXPECT(tracer_seize(v->pid, 0));
	EXPECT(tracer_interrupt(v->pid, SOON));
	REQUIRE(tracer_enter(v->pid, SYS_clock_nanosleep));
	atomic_store(&v->eintr, 0);	/* the debugger has interrupted one */
	n = atomic_load(&v->naps);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 0);
	EXPECT(tracer_go(v->pid, PTRACE_SYSCALL, 0));
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT_EQ(tracer_wait(v->pid, QUIET_MS), -1);
	EXPECT_EQ(atomic_load(&v->naps), n);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(is_stop(tracer_wait(v->pid, PROMISE)), "no stop at the exit of the call");
	EXPECT(tracer_detach(v->pid));
	EXPECT(grows(&v->naps, SOON));
	EXPECT_EQ(atomic_load(&v->eintr), 0);
	victim_end(v);
	nlc_close(&c);
}

static struct victim *debugged;

static void debug(struct victim *v)
{
	if (!tracer_seize(debugged->pid, 0) || !tracer_interrupt(debugged->pid, SOON))
		_exit(97);
	atomic_store(&v->note, 1);
	for (;;)
		pause();
}

/* The kernel lets a task go whose debugger dies: it parks, and does not run. */
void test_ptrace_debugger_dies(void)
{
	struct victim *v = victim_run(count), *w;
	unsigned long long n;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], SOON));
	debugged = v;
	w = victim_run(debug);
	REQUIRE(until_int(&w->note, 1, SOON));
	n = atomic_load(&v->spins[0]);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	victim_end(w);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT_EQ(atomic_load(&v->spins[0]), n);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	victim_end(v);
	nlc_close(&c);
}
