/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backend - the ladder: by which means the CPUs serve inference, now.
 *
 * Pure: no clock, no I/O, no allocation. The caller looks each control period, asks
 * which backend is to be in effect, tries it and tells what came of it. One that was
 * refused or ended is left alone for a while, twice as long each time, and the next
 * one below is tried; nothing below BACKEND_OBSERVE is there to fall to.
 */
#ifndef TWILL_SCHED_BACKEND_H
#define TWILL_SCHED_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

/* From the least to the most. Each does what those between it and BACKEND_OBSERVE do, or better. */
enum backend {
	BACKEND_OBSERVE,	/* the fair class alone */
	BACKEND_NICE,		/* urgent tasks have less nice */
	BACKEND_AFFINITY,	/* and a clock hint, and the background keeps to one cluster */
	BACKEND_SCHED_EXT,	/* the policy of bpf/ */
	BACKENDS
};

#define BACKEND_URGENT_NS	2000000000ULL	/* an urgent job is expected again for so long */
#define BACKEND_ENGAGE_NS	100000000ULL	/* crowded for so long: engage */
#define BACKEND_FULL_NS		1000000000ULL	/* more than this is not remembered; calm counts half, */
						/* so two seconds of it let go */
#define BACKEND_LOOK_NS		200000000ULL	/* one look stands for no more */
#define BACKEND_WAIT_NS		1000000000ULL	/* after the first fall */
#define BACKEND_WAIT_MAX_NS	600000000000ULL	/* after many, and where it cannot be had at all */
#define BACKEND_HELD_NS		60000000000ULL	/* in effect for so long in all: falls are forgiven */

/**
 * struct backend_rung - what became of one backend
 * @retry_ns: not before; zero for at once
 * @wait_ns: how long it was left alone last
 * @held_ns: how long it has been in effect since its last fall
 */
struct backend_rung {
	uint64_t retry_ns;
	uint64_t wait_ns;
	uint64_t held_ns;
};

/**
 * struct backend_ladder - all that is remembered
 * @highest: the most that may be used
 * @on: in effect
 * @engaged: something is at risk
 * @looked_ns: last look
 * @urgent_ns: an urgent job was last seen; zero for never
 * @crowd_ns: how long the CPUs have been short, by and large
 * @rung: by backend; that of BACKEND_OBSERVE is unused
 */
struct backend_ladder {
	enum backend highest;
	enum backend on;
	bool engaged;
	uint64_t looked_ns;
	uint64_t urgent_ns;
	uint64_t crowd_ns;
	struct backend_rung rung[BACKENDS];
};

/** backend_init() - nothing is in effect, nothing has failed */
void backend_init(struct backend_ladder *l, enum backend highest);

/** backend_urgent() - an urgent job is under way */
void backend_urgent(struct backend_ladder *l, uint64_t now_ns);

/**
 * backend_look() - note how the CPUs are, and say which backend is to be in effect
 * @crowded: a thread that wakes now finds no idle CPU
 *
 * At risk is an urgent job while the CPUs are short. Engages after BACKEND_ENGAGE_NS of
 * that, lets go when no urgent job has been seen for BACKEND_URGENT_NS or the CPUs have
 * been calm for up to two seconds.
 * Return: BACKEND_OBSERVE while nothing is at risk, else the highest that may be tried.
 */
enum backend backend_look(struct backend_ladder *l, uint64_t now_ns, bool crowded);

/** backend_took() - @b is in effect from now on */
void backend_took(struct backend_ladder *l, enum backend b);

/**
 * backend_fell() - @b was refused, or ended by itself
 * @never: it cannot be had here, so that trying again soon is of no use
 *
 * If it was in effect, BACKEND_OBSERVE is, until backend_took().
 */
void backend_fell(struct backend_ladder *l, uint64_t now_ns, enum backend b, bool never);

/** backend_name() - "observe", "nice", "affinity", "sched_ext"; NULL beyond */
const char *backend_name(enum backend b);

#endif
