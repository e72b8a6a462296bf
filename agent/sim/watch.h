/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch - somebody who looks on while a run goes.
 *
 * A watcher is told and asks for nothing: a run is the same with it and without.
 * It is called in the order of model time, but for units, which are told once they
 * are over and had begun earlier.
 */
#ifndef TWILL_SIM_WATCH_H
#define TWILL_SIM_WATCH_H

#include "policy/policy.h"
#include "sim/run.h"

/**
 * struct sim_watch - what to call; any may be NULL
 * @placed: @job, an index into the run's jobs, goes to the engine that it says
 * @unit: a unit of @job, or its stage on a CPU core, was at @engine from @start_ns
 *	to @end_ns; time slices of others on the GPU are within
 * @ended: @job has ended
 * @frozen: the process of @model was frozen, or let go
 * @sampled: every SIM_SAMPLE_NS: energy of the total rail since the start, and its
 *	mean over the window that ends now; 0 before the first whole one
 * @decided: a verdict on the process of @model that differs from the one before
 * @arg: first argument of each
 * @next: somebody else who looks on, or NULL
 */
struct sim_watch {
	void (*placed)(void *arg, uint64_t now_ns, uint32_t job);
	void (*unit)(void *arg, uint32_t job, uint32_t engine, uint64_t start_ns, uint64_t end_ns);
	void (*ended)(void *arg, uint64_t now_ns, uint32_t job);
	void (*frozen)(void *arg, uint64_t now_ns, uint32_t model, bool frozen);
	void (*sampled)(void *arg, uint64_t now_ns, uint64_t energy_uj, uint32_t window_mw);
	void (*decided)(void *arg, uint64_t now_ns, uint32_t model,
			const struct policy_verdict *verdict);
	void *arg;
	const struct sim_watch *next;
};

/* Call one of them, of everybody who is there. */
#define sim_tell(setup, what, ...) do {						\
	const struct sim_watch *watch_ = (setup)->watch;			\
										\
	for (; watch_; watch_ = watch_->next)					\
		if (watch_->what)						\
			watch_->what(watch_->arg, __VA_ARGS__);			\
} while (0)

#endif
