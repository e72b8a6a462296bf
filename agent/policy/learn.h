/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * learn - how long jobs take on each accelerator, from the jobs that ended.
 *
 * Pure: the caller says what time it is and which clock counts. A time follows
 * its clock as a + b / clock; both are fitted by least squares with forgetting.
 * A job that had to share its accelerator, or whose clock changed, says nothing
 * about itself and is not learnt from. Before the first job a guess by class
 * stands in, and what is known of one accelerator for another.
 */
#ifndef TWILL_POLICY_LEARN_H
#define TWILL_POLICY_LEARN_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/twill.h>

#define LEARN_MODELS	64	/* the least used makes room */
#define LEARN_ACCELERATORS (TWILL_ACCELERATOR_DLA1 + 1)

/* Sums over jobs, older ones counting less: of 1, x = 1 GHz / clock, y = us, x x, x y. */
struct learn_fit {
	double n, x, y, xx, xy;
};

struct learn_model {
	char name[TWILL_NAME_MAX + 1];
	uint64_t used;
	struct learn_fit fit[LEARN_ACCELERATORS];
};

/**
 * struct learn - what is known; all zero at first
 * @on: jobs that are on each accelerator now
 * @joined: how often one joined another there
 */
struct learn {
	struct learn_model model[LEARN_MODELS];
	uint64_t uses;
	uint32_t on[LEARN_ACCELERATORS];
	uint64_t joined[LEARN_ACCELERATORS];
};

/**
 * struct learn_job - one job under observation; all zero before it is placed
 * @on: its accelerator
 * @khz: clock of that when it began
 * @begin_ns: when
 * @held_ns: of the time since, it was frozen
 * @frozen_ns: since when it is; 0 when it is not
 * @joined: of learn.joined at its begin
 * @alone: nobody was there
 * @pieces: it is submitted piece by piece, and shares between these only
 */
struct learn_job {
	uint32_t on;
	uint32_t khz;
	uint64_t begin_ns;
	uint64_t held_ns;
	uint64_t frozen_ns;
	uint64_t joined;
	bool alone;
	bool pieces;
};

/**
 * struct learn_use - how much of its accelerators a task has had lately
 * @ns: time on them, older time counting less: by e for each window gone by
 * @at_ns: when that was
 */
struct learn_use {
	double ns;
	uint64_t at_ns;
};

/** learn_used() - a job of the task has been on an accelerator for @us */
void learn_used(struct learn_use *u, uint64_t us, uint64_t window_ns, uint64_t now_ns);
/**
 * learn_over_us() - by how much a task has had more than its part
 * @now_us: of the job that it has now
 *
 * Return: microseconds beyond a quarter of a window.
 */
uint32_t learn_over_us(const struct learn_use *u, uint64_t now_us, uint64_t window_ns,
		       uint64_t now_ns);

/** learn_place() - a job is about to be submitted to an accelerator */
void learn_place(struct learn *l, struct learn_job *j, uint32_t on, uint32_t khz, bool pieces,
		 uint64_t now_ns);
/** learn_hold() - its task was frozen, or let go */
void learn_hold(struct learn_job *j, bool frozen, uint64_t now_ns);
/** learn_end() - it ended with a result; nothing is under observation any more */
void learn_end(struct learn *l, struct learn_job *j, const char *model, uint32_t khz,
	       uint64_t now_ns);
/** learn_drop() - it ended without one */
void learn_drop(struct learn *l, struct learn_job *j);

/** learn_ran_us() - how long it has been on its accelerator, frozen times left out */
uint64_t learn_ran_us(const struct learn_job *j, uint64_t now_ns);

/** learn_find() - what is known of a model; NULL for nothing */
const struct learn_model *learn_find(const struct learn *l, const char *model);

/**
 * learn_us() - predicted time of a job
 * @model: from learn_find(), or NULL
 * @cls: TWILL_CLASS_*, for when nothing is known
 * @on: accelerator
 * @khz: its clock
 *
 * Return: microseconds, alone there; at least 1.
 */
uint32_t learn_us(const struct learn_model *model, uint32_t cls, uint32_t on, uint32_t khz);

#endif
