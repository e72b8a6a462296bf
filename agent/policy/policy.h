/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy - who runs where, and who waits: a snapshot in, a decision out.
 *
 * Pure: no clock, no I/O, no allocation, nothing of libc but string.h. Time
 * enters as durations in the snapshot. The same snapshot gives the same decision,
 * whatever the order or the ids of its tasks.
 */
#ifndef TWILL_POLICY_H
#define TWILL_POLICY_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/twill.h>

#define POLICY_TASKS	256	/* that twilld keeps; a snapshot may have more */
#define POLICY_TASKS_MAX UINT16_MAX	/* in a snapshot: see order */
#define POLICY_ACCELERATORS (TWILL_ACCELERATOR_DLA1 + 1)

#define POLICY_BIT(accelerator) (1u << (accelerator))

/* Why a task is where it is, running or not. */
enum policy_reason {
	POLICY_NO_JOB,		/* holds nothing */
	POLICY_AFFINITY,	/* runs on the accelerator it suits best */
	POLICY_SECOND_BEST,	/* runs on another one: the best is taken */
	POLICY_IN_FLIGHT,	/* its one unit is submitted: nothing left to withhold */
	POLICY_SHARES,		/* queues behind its equals on the accelerator */
	POLICY_HIGHER,		/* frozen: the accelerator has a task of higher priority */
	POLICY_TURN,		/* frozen: the accelerator has an equal whose turn is first */
	POLICY_AGED,		/* runs: was frozen for as long as a task may be */
	POLICY_GROUP,		/* runs: its freeze group has a task that runs */
	POLICY_BUDGET,		/* frozen: low clocks alone would not keep the budget */
	POLICY_REASONS
};

/**
 * struct policy_task - one task as it is
 * @id: the module's
 * @cls: TWILL_CLASS_*
 * @priority: 0..255, higher wins
 * @can_use: POLICY_BIT() mask; 0 is taken as the GPU
 * @group: freeze group, 0 for none
 * @jobs: jobs under way; without one nothing else matters
 * @job_on: accelerator that its job was fixed to, TWILL_ACCELERATOR_NONE before
 * @job_units: units of the job, 0 if unknown
 * @begin_ns: begin of the job: the earlier of two equals goes first
 * @placement: where its next job is to run as of now, TWILL_ACCELERATOR_NONE if nobody said
 * @frozen: frozen by us
 * @reason: of the decision before
 * @since_pct: how long ago @frozen became what it is, in percent of a budget window
 * @service_us: predicted time of its job on each accelerator, alone, at the present clocks;
 *	of the next job when there is none. Only where @can_use says so
 * @ran_us: how long its job has been on @job_on, frozen times left out
 * @over_us: by how much it has had an accelerator for longer than a quarter of the last window
 */
struct policy_task {
	uint32_t id;
	uint32_t cls;
	uint32_t priority;
	uint32_t can_use;
	uint32_t group;
	uint32_t jobs;
	uint32_t job_on;
	uint32_t job_units;
	uint64_t begin_ns;
	uint32_t placement;
	bool frozen;
	enum policy_reason reason;
	uint32_t since_pct;
	uint32_t service_us[POLICY_ACCELERATORS];
	uint64_t ran_us;
	uint32_t over_us;
};

/**
 * struct policy_snapshot - all that a decision depends on
 * @accelerators: POLICY_BIT() mask of those the board has
 * @budget_mw: 0 for none
 * @rest_least: it would be exceeded unless the least task on the GPU and the DLAs rests
 * @rest_all: the same of all of them
 * @starve_pct: a task frozen for this long is let run, in percent of a budget window
 * @turn_pct: and for how long, before it may be frozen again
 * @pressed_pct: for how much of the last budget window somebody had to rest
 * @n: number of tasks, at most POLICY_TASKS_MAX
 * @task: the caller's, @n of them, in any order
 */
struct policy_snapshot {
	uint32_t accelerators;
	uint32_t budget_mw;
	bool rest_least, rest_all;
	uint32_t starve_pct;
	uint32_t turn_pct;
	uint32_t pressed_pct;
	uint32_t n;
	const struct policy_task *task;
};

/**
 * struct policy_verdict - of one task
 * @placement: TWILL_ACCELERATOR_*, for its next job and for one not yet fixed; within can_use
 * @frozen: whether it is to be frozen
 * @reason: why
 */
struct policy_verdict {
	uint32_t placement;
	bool frozen;
	enum policy_reason reason;
};

/**
 * struct policy_decision - room for what is decided, the caller's: each for as many as
 *	the snapshot has tasks
 * @verdict: in the order of the snapshot's tasks
 * @order: scratch
 * @grouped: scratch
 */
struct policy_decision {
	struct policy_verdict *verdict;
	uint16_t *order;
	uint16_t *grouped;
};

/**
 * struct policy - a way to decide
 * @name: for the configuration
 * @still: made for clocks that do not move: the simulator gives it the highest that
 *	are safe whatever runs. twilld moves them for this one as for any other
 * @rest_first: the least of the tasks rests before clocks go below where they save energy
 * @guesses: times are guessed by class: nothing that was learnt of a model counts
 * @decide: fills in @d; the same snapshot gives the same
 */
struct policy {
	const char *name;
	bool still;
	bool rest_first;
	bool guesses;
	void (*decide)(const struct policy_snapshot *s, struct policy_decision *d);
};

extern const struct policy policy_twill, policy_static, policy_fifo;

/*
 * What the paper leaves open, in all the ways that are compared: see paper.h. The first
 * is the policy named paper; the last has no name.
 */
extern const struct policy policy_paper_settings[];
#define policy_paper	policy_paper_settings[0]

/* twill with one of its mechanisms off: see without.c. The last has no name. */
extern const struct policy policy_twill_without[];

/** policy_find() - by name, settings of the paper and what is without included; or NULL */
const struct policy *policy_find(const char *name);
/** policy_name() - name of the i-th policy, NULL after the last */
const char *policy_name(uint32_t i);

/** policy_reason_name() - "affinity" for POLICY_AFFINITY, and so on */
const char *policy_reason_name(enum policy_reason reason);
/** policy_reason_text() - the same as a sentence */
const char *policy_reason_text(enum policy_reason reason);

#endif
