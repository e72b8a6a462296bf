/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run_state - what run.c and run_agent.c know of a run between two events. */
#ifndef TWILL_SIM_RUN_STATE_H
#define TWILL_SIM_RUN_STATE_H

#include "platform.h"
#include "policy/learn.h"
#include "policy/policy.h"
#include "power/watt.h"
#include "sim/clocks.h"
#include "sim/thermal.h"
#include "sim/watch.h"

#define NO_CLIENT	UINT32_MAX
#define WINDOW		(SIM_WINDOW_NS / SIM_SAMPLE_NS)

enum stage { IDLE, PRE, UNITS, POST };

/**
 * struct process - one model at work
 * @unmarked: the agent does not know of its jobs
 * @client: of the board, for each engine it has been built for; NO_CLIENT
 * @stage: what it submitted last
 * @waits: that has ended, but the process is frozen and does not see it
 * @engine: of the present job, once @stage is units
 * @last: of the job before; ORIN_SIM_ENGINES for none
 * @unit: the next
 * @job: the present or the next one; the count when there is none
 * @last_job: the end of that queue
 * @frozen: by the agent
 * @since_ns: when that became so
 * @reason: of the last decision
 * @placement: TWILL_ACCELERATOR_* for the next job, as the agent said
 */
struct process {
	const struct profile *model;
	uint32_t priority;
	bool unmarked;
	uint32_t client[ORIN_SIM_ENGINES];
	enum stage stage;
	bool waits;
	uint32_t engine;
	uint32_t last;
	uint32_t unit;
	uint32_t job;
	uint32_t last_job;

	bool frozen;
	uint64_t since_ns;
	enum policy_reason reason;
	uint32_t placement;
	struct learn_job learn;
	struct learn_use use;
};

/* What the sensor shows: means over windows one after another. */
struct sensor {
	uint64_t mark_ns;	/* when the next window of interest begins or ends */
	uint64_t from_uj, to_uj;
	bool open;
};

#define LOAD_SAMPLES	5	/* nvgpu's `load` is a mean over 50 ms */

struct meter {
	uint64_t next_ns;
	uint64_t samples;
	uint64_t energy[WINDOW + 1];
	uint64_t gpu_busy_ns[LOAD_SAMPLES];
	uint32_t gpu_load_pm;
};

/* Sums for the means of sim_result.gpu_khz. */
struct heat_count {
	uint32_t phase;
	uint64_t khz[SIM_PHASES];
	uint64_t samples[SIM_PHASES];
};

/**
 * struct sim - a run
 * @link: the next in a queue: of its process, or of those that follow one job
 * @followers: the first that follows each job; the count for none
 * @owner: of each of the board's clients
 * @asked_khz: of each clock, whatever the kernel allows of it
 * @thermal: without a setup for it, all zero
 * @dirty: something happened that a decision depends on
 * @tick_ns: next control period of the watt loop; BOARD_NEVER without one
 */
struct sim {
	const struct sim_setup *setup;
	const struct silicon *silicon;
	struct sim_result *result;
	struct board *board;
	struct sim_clocks clocks;
	struct process proc[SIM_MODELS];
	uint32_t procs;
	uint8_t owner[BOARD_CLIENTS];
	struct sim_job *jobs;
	uint32_t *link, *followers;
	uint32_t count;
	uint32_t left;
	uint64_t now;
	struct meter meter;
	uint32_t asked_khz[SIM_CLKS];
	struct thermal thermal;
	struct heat_count heat;

	bool dirty;
	uint64_t tick_ns;
	uint32_t applied;
	struct sensor sensor;
	struct watt watt;
	struct learn learn;
	struct platform platform;
	struct policy_snapshot snapshot;
	struct policy_decision decision;
	/* What these two point to */
	struct policy_task task[SIM_MODELS];
	struct policy_verdict verdict[SIM_MODELS];
	uint16_t order[SIM_MODELS], grouped[SIM_MODELS];
};

/* run_heat.c. What the board draws, hot or not; what is asked of its clocks. */
void heat_init(struct sim *s);
uint32_t heat_mw(const struct sim *s);
uint64_t heat_uj(const struct sim *s);
void heat_ask(struct sim *s, enum sim_clk clk, uint32_t khz);
uint64_t heat_next(const struct sim *s);
/* A sample is due. */
void heat_sample(struct sim *s);
/* The board has moved, or its load changed. */
void heat_current(struct sim *s);

/* run_agent.c. All but the first do nothing without a policy. */
int agent_init(struct sim *s);
/* A job was placed on its engine; it has ended. */
void agent_placed(struct sim *s, struct process *p);
void agent_ended(struct sim *s, struct process *p);
uint64_t agent_next(const struct sim *s);
/* The present moment has come: readings, ticks. */
void agent_step(struct sim *s);
/* Decide until nothing is left to decide; @resume is called for each process that is let go. */
void agent_settle(struct sim *s, void (*resume)(struct sim *s, struct process *p));

#endif
