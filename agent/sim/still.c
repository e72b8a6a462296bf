// SPDX-License-Identifier: GPL-2.0-or-later
/* still - see still.h */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "policy/policy.h"
#include "sim/still.h"

#define DLAS	(1u << ORIN_SIM_DLA0 | 1u << ORIN_SIM_DLA1)

double sim_mean_ns(const struct sim_job *jobs, size_t count, uint64_t end_ns)
{
	double sum = 0;
	size_t j, n = 0;

	for (j = 0; j < count; j++) {
		uint64_t end = jobs[j].end_ns ? jobs[j].end_ns : end_ns;

		/* One that follows another may not have come at all. */
		if (!jobs[j].end_ns && !jobs[j].begin_ns &&
		    (jobs[j].follows || jobs[j].arrival_ns >= end_ns))
			continue;
		sum += (double)(end - jobs[j].arrival_ns);
		n++;
	}
	return n ? sum / (double)n : 0;
}

/*
 * The higher the GPU's clock, the lower the CPUs' that goes with it: along that edge
 * all other settings are slower, or over the budget.
 */
int sim_best_static(struct sim_setup *setup, struct sim_job *jobs, size_t count,
		    uint32_t *least_mw)
{
	const struct silicon *si = sim_silicon(setup);
	uint32_t g = setup->budget_mw ? 0 : si->gpu.n - 1, c = si->cpu.n - 1;
	double mean, best = INFINITY;
	struct sim_setup s = *setup;
	struct sim_result result;
	int r = 0;

	s.watch = NULL;
	while (!r && g < si->gpu.n) {
		s.gpu_khz = si->gpu.khz[g];
		s.cpu_khz = si->cpu.khz[c];
		r = sim_run(&s, jobs, count, &result);
		if (!r && result.windows_over) {
			*least_mw = result.max_window_mw;
			if (!c--)
				break;
			continue;
		}
		g++;
		mean = sim_mean_ns(jobs, count, result.end_ns);
		if (r || mean >= best)
			continue;
		best = mean;
		setup->gpu_khz = s.gpu_khz;
		setup->cpu_khz = s.cpu_khz;
	}
	return r ? r : isinf(best) ? -ERANGE : 0;
}

/* As an administrator sets a board up: the highest clocks that hold whatever runs. */
static int set_safe(struct sim_setup *setup, const struct profile_request *shortest,
		    uint32_t *least_mw)
{
	struct caps caps;
	bool found;

	if (!setup->budget_mw)
		return 0;
	if (setup->policy)
		found = caps_find_dlas(sim_silicon(setup), setup->models, setup->count, shortest,
				       setup->budget_mw, &caps);
	else
		found = caps_find(sim_silicon(setup), setup->models, setup->count, shortest,
				  setup->budget_mw, &caps);
	*least_mw = caps.least_mw;
	if (!found)
		return -ERANGE;
	setup->gpu_khz = caps.gpu_khz;
	setup->cpu_khz = caps.cpu_khz;
	setup->dla_khz = caps.dla_khz;
	setup->unused |= DLAS & ~0u << (ORIN_SIM_DLA0 + caps.dlas);
	return 0;
}

int sim_set_policy(const char *name, struct sim_setup *setup, const struct profile_request *shortest,
		   struct sim_job *jobs, size_t count, uint32_t *least_mw)
{
	setup->policy = policy_find(name);
	if (!strcmp(name, STILL_HINDSIGHT))
		return sim_best_static(setup, jobs, count, least_mw);
	if (!setup->policy && strcmp(name, STILL_TIMESLICE))
		return -ENOENT;
	if (setup->policy && !setup->policy->still)
		return 0;
	return set_safe(setup, shortest, least_mw);
}
