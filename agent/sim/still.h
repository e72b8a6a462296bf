/* SPDX-License-Identifier: GPL-2.0-or-later */
/* still - clocks that are set once and do not move, for the baselines that have such. */
#ifndef TWILL_SIM_STILL_H
#define TWILL_SIM_STILL_H

#include "sim/board_caps.h"

#define STILL_TIMESLICE	"timeslice"		/* no policy, clocks that are safe for any load */
#define STILL_HINDSIGHT	"timeslice-hindsight"	/* and the best ones for this very trace */

/**
 * sim_set_policy() - what a name says: a policy, or one of the names above
 * @name: what decides
 * @setup: complete but for policy and clocks, and the DLAs in use; these are set
 * @shortest: the shortest request there can be; by layer or not
 * @jobs: what is to run; afterwards in any state
 * @count: of these
 * @least_mw: out, with -ERANGE only: what the load draws at the lowest clocks
 *
 * Return: 0; -ENOENT for a name that is none; -ERANGE if no static clocks hold the
 * budget; or as sim_run().
 */
int sim_set_policy(const char *name, struct sim_setup *setup, const struct profile_request *shortest,
		   struct sim_job *jobs, size_t count, uint32_t *least_mw);

/**
 * sim_best_static() - the best that static clocks could have done
 * @setup: gpu_khz and cpu_khz are set to the best; nothing else may move clocks
 * @least_mw: out: the highest second at the lowest clocks that were tried
 *
 * Replays @jobs at every GPU clock, with the highest CPU clock that holds the budget
 * in that very run, and takes the run with the least mean latency, where what has not
 * ended counts as if it ended at the horizon. Nobody could have known these clocks
 * before. Takes for granted that higher clocks draw more and that jobs end sooner.
 *
 * Return: as sim_run(); -ERANGE if every run has a window over the budget.
 */
int sim_best_static(struct sim_setup *setup, struct sim_job *jobs, size_t count,
		    uint32_t *least_mw);

/** sim_mean_ns() - mean latency of the jobs that arrived; what did not end ends at @end_ns */
double sim_mean_ns(const struct sim_job *jobs, size_t count, uint64_t end_ns);

#endif
