// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <linux/ptrace.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tracer.h"

/* <sys/ptrace.h> and <linux/ptrace.h> do not go together, and the former lacks the stop's facts. */
static long ask(long request, pid_t tid, long addr, long data)
{
	return syscall(SYS_ptrace, request, tid, addr, data);
}

bool tracer_seize(pid_t tid, long options)
{
	return !ask(PTRACE_SEIZE, tid, 0, options | PTRACE_O_TRACESYSGOOD);
}

bool tracer_detach(pid_t tid) { return !ask(PTRACE_DETACH, tid, 0, 0); }
bool tracer_go(pid_t tid, int request, int sig) { return !ask(request, tid, 0, sig); }

struct stop {
	pid_t tid;
	int status;
};

static bool seen(void *data)
{
	struct stop *s = data;

	return waitpid(s->tid, &s->status, __WALL | WNOHANG) == s->tid;
}

int tracer_wait(pid_t tid, int ms)
{
	struct stop s = { tid, -1 };

	return until(seen, &s, ms) ? s.status : -1;
}

bool tracer_interrupt(pid_t tid, int ms)
{
	int status;

	if (ask(PTRACE_INTERRUPT, tid, 0, 0))
		return false;
	status = tracer_wait(tid, ms);
	return status != -1 && WIFSTOPPED(status);
}

bool tracer_enter(pid_t tid, long nr)
{
	struct ptrace_syscall_info info;
	int status;

	for (;;) {
		if (ask(PTRACE_SYSCALL, tid, 0, 0))
			return false;
		status = tracer_wait(tid, SOON);
		if (status == -1 || !WIFSTOPPED(status))
			return false;
		if (ask(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), (long)&info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY && (long)info.entry.nr == nr)
			return true;
	}
}
