/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracer - a debugger's hand on one thread. It brings a thread to an exact
 * place in the kernel, the entry of a system call, and holds it there.
 */
#ifndef TRACER_H
#define TRACER_H

#include <stdbool.h>
#include <sys/types.h>

/* Attach without stopping; @options as of PTRACE_O_*. */
bool tracer_seize(pid_t tid, long options);
bool tracer_detach(pid_t tid);
/* Let a stopped thread go on, with a signal if @sig is not zero. */
bool tracer_go(pid_t tid, int request, int sig);
/* Wait for a stop or an exit; the status as of waitpid(2), or -1 if none within @ms. */
int tracer_wait(pid_t tid, int ms);
/* Stop it wherever it is. */
bool tracer_interrupt(pid_t tid, int ms);
/* From a stop, go on until system call @nr is entered. */
bool tracer_enter(pid_t tid, long nr);

#endif
