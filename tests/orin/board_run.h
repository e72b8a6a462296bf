/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board_run - programs at work on the board, without a kernel in between.
 *
 * Each model is one process that works on its requests in order: a stage on a
 * CPU core, its units on the GPU, a stage on a CPU core. Nobody schedules: the
 * GPU shares itself out by time slices. This is `timeslice`, the way programs
 * share an Orin today.
 */
#ifndef ORIN_BOARD_RUN_H
#define ORIN_BOARD_RUN_H

#include "board.h"
#include "profile.h"

#define RUN_MODELS	16

struct run_job {
	uint64_t arrival_ns;	/* never goes back from one to the next */
	uint32_t model;		/* index into run_setup.models */
	struct profile_request request;
	uint64_t begin_ns;	/* out: its process took it up */
	uint64_t end_ns;	/* out; 0: not finished at the horizon */
};

struct run_setup {
	const struct profile *models;
	uint32_t count;
	uint32_t gpu_khz;
	uint32_t cpu_khz;
	int64_t switch_ns;	/* below 0: the table's */
	uint64_t horizon_ns;	/* stop there, finished or not; BOARD_NEVER: run dry */
};

struct run_result {
	uint64_t end_ns;	/* of the last job, or the horizon */
	uint64_t energy_uj;
	uint64_t gpu_busy_ns;
	uint64_t cpu_busy_ns;
	uint32_t max_window_mw;	/* any second of model time, sampled every 10 ms */
	uint32_t unfinished;
};

/* 0, or -ENOMEM, -EINVAL (a request that does not fit its model, too many models). */
int run_timeslice(const struct run_setup *setup, struct run_job *jobs, size_t count,
		  struct run_result *result);

#endif
