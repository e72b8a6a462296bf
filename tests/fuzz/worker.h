/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker - a process of one identity that sends requests when it has the turn,
 * through several sockets, and looks at each answer.
 */
#ifndef WORKER_H
#define WORKER_H

#include "stage.h"

#define SLOW_NS	5000000000ULL	/* no handler takes that long */

struct worker {
	pid_t pid;
	int turn;	/* written to: a uint32_t, how many to send; zero: the end */
};

/* Start one; it writes a byte to @done when it is ready and after each turn. */
struct worker worker_start(enum who who, uint64_t seed, int done);

#endif
