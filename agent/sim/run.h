/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run - programs at work on a board, with or without Twill.
 *
 * Each model is one process that works on its requests in the order of their
 * arrival, as tests/orin/infer.c does in a virtual machine: it marks the job, has
 * a stage on a CPU core, asks where to run, submits its units one after another,
 * has a stage on a CPU core and ends the job. Without a policy nobody schedules:
 * everything is on the GPU, which shares itself out by time slices. With one, the
 * agent's own code decides: the same policy, the same watt loop, on what the
 * sensor would show.
 *
 * Discrete events, in model time: deterministic, no clock, no I/O. Deciding takes
 * no time here, and the scheduler of the kernel is not modelled.
 */
#ifndef TWILL_SIM_RUN_H
#define TWILL_SIM_RUN_H

#include <stddef.h>

#include "sim/board.h"
#include "sim/profile.h"

struct board_profile;
struct policy;
struct sim_watch;
struct thermal_setup;

#define SIM_MODELS	16
#define SIM_WINDOW_NS	1000000000ULL	/* in which the budget must hold */
#define SIM_SAMPLE_NS	10000000ULL	/* how often a window ends */

#define SIM_PHASES	3

#define SIM_JOBS_MAX	(1u << 24)

/**
 * struct sim_job - one request, and what became of it
 * @arrival_ns: out for one that follows another
 * @follows: one more than the index of the job at whose end it is made, as the next
 *	round of a client or the next stage of a pipeline; 0: it comes by itself
 * @gap_ns: of one that follows: from that end to its arrival
 * @deadline_ns: after its arrival; 0: none. Nobody looks at it while it runs
 * @model: index into sim_setup.models
 * @request: what is asked for
 * @begin_ns: out: its process took it up
 * @first_ns: out: its first unit ran
 * @end_ns: out; 0: not finished at the horizon
 * @engine: out: where its units ran
 */
struct sim_job {
	uint64_t arrival_ns;
	uint32_t follows;
	uint64_t gap_ns;
	uint64_t deadline_ns;
	uint32_t model;
	struct profile_request request;
	uint64_t begin_ns;
	uint64_t first_ns;
	uint64_t end_ns;
	uint32_t engine;
};

/**
 * struct sim_belief - predicted times that are wrong, in percent of what was learnt
 * @gpu_pct: of jobs on the GPU; 0 is taken as 100, as of all
 * @dla_pct: on a DLA
 * @llm_pct: of language models, anywhere and beside that: their length
 */
struct sim_belief {
	uint32_t gpu_pct, dla_pct, llm_pct;
};

/**
 * struct sim_setup - a board, what runs on it, and who decides
 * @models: one process each
 * @priority: of each, 0 .. 255; only a policy looks at it
 * @count: how many
 * @unmarked: mask of models whose programs mark no jobs: the agent does not know of them
 * @gpu_khz: cap, 0 for the highest
 * @cpu_khz: cap of all clusters, 0 for the highest
 * @dla_khz: cap of all DLAs, 0 for the highest
 * @unused: mask of engines that no policy may place anything on, as if the board had none
 * @switch_ns: cost of a GPU context switch; below 0: the table's
 * @horizon_ns: stop there, finished or not; BOARD_NEVER: run dry
 * @policy: NULL for nobody
 * @silicon: what the board is; NULL for an Orin NX 16GB
 * @board: what the agent believes of the board's power; needed with @policy
 * @budget_mw: what the agent keeps, and what windows are counted against; 0 for none
 * @gain_ppm: of the sensor
 * @starve_windows: as in twill.conf
 * @belief: what the agent has wrong of times
 * @thermal: see sim/thermal.h; NULL: the board is never hot and nothing throttles it
 * @watch: who looks on, see sim/watch.h; NULL for nobody
 */
struct sim_setup {
	const struct profile *models;
	const uint32_t *priority;
	uint32_t count;
	uint32_t unmarked;
	uint32_t gpu_khz;
	uint32_t cpu_khz;
	uint32_t dla_khz;
	uint32_t unused;
	int64_t switch_ns;
	uint64_t horizon_ns;
	const struct policy *policy;
	const struct silicon *silicon;
	const struct board_profile *board;
	uint32_t budget_mw;
	int32_t gain_ppm;
	uint32_t starve_windows;
	struct sim_belief belief;
	const struct thermal_setup *thermal;
	const struct sim_watch *watch;
};

/**
 * struct sim_result - of the whole run
 * @end_ns: of the last job, or the horizon
 * @energy_uj: total rail until then
 * @gpu_busy_ns: of it
 * @cpu_busy_ns: core-nanoseconds
 * @max_window_mw: highest mean of any window, from a window length after the start
 * @windows: how many ended
 * @windows_over: of these, above the budget
 * @freezes: how often a task was frozen
 * @migrations: jobs that ran elsewhere than their process's job before
 * @decisions: how often the policy was asked
 * @unfinished: jobs without an end
 * @hottest_mc: of the heat sink, milli-Celsius; this and what follows with a thermal setup
 * @cooled_ns: for how long the kernel had taken clocks away
 * @cooling: steps of the GPU's clock that it has taken still
 * @oc_events: over-current
 * @gpu_khz: mean of the GPU's clock before the heat, until the kernel has given all
 *	clocks back after it, and after that; 0 if that did not come
 */
struct sim_result {
	uint64_t end_ns;
	uint64_t energy_uj;
	uint64_t gpu_busy_ns;
	uint64_t cpu_busy_ns;
	uint32_t max_window_mw;
	uint32_t windows;
	uint32_t windows_over;
	uint32_t freezes;
	uint32_t migrations;
	uint64_t decisions;
	uint32_t unfinished;
	int32_t hottest_mc;
	uint64_t cooled_ns;
	uint32_t cooling;
	uint64_t oc_events;
	uint32_t gpu_khz[SIM_PHASES];
};

/**
 * sim_run() - run it
 *
 * Return: 0; -ENOMEM; -EINVAL for a request that does not fit its model or
 * follows one that is not before it, too many models or jobs, or a policy without
 * a board.
 */
int sim_run(const struct sim_setup *setup, struct sim_job *jobs, size_t count,
	    struct sim_result *result);

static inline const struct silicon *sim_silicon(const struct sim_setup *setup)
{
	return setup->silicon ?: &silicon_orin_nx_16gb;
}

#endif
