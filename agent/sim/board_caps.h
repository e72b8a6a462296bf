/* SPDX-License-Identifier: GPL-2.0-or-later */
/* board_caps - static clocks under a budget, and the load that saturates them. */
#ifndef TWILL_SIM_BOARD_CAPS_H
#define TWILL_SIM_BOARD_CAPS_H

#include <stddef.h>

#include "sim/run.h"

struct caps {
	uint32_t gpu_khz;
	uint32_t cpu_khz;
	uint32_t dlas;		/* how many are in use, and their clock */
	uint32_t dla_khz;
	uint32_t draw_mw;	/* most that any mix draws there, averaged over a second */
	uint32_t least_mw;	/* the same at the lowest clocks */
};

/*
 * The highest GPU clock, and then the highest CPU clock, at which every mix of
 * these models, all on the GPU and saturating it, draws at most @budget_mw.
 * @request says how short a language model's request may be. False if not even
 * the lowest clocks do.
 */
bool caps_find(const struct silicon *si, const struct profile *models, uint32_t count,
	       const struct profile_request *request, uint32_t budget_mw, struct caps *caps);

/*
 * The same with the networks that a DLA can run on DLAs, each busy without a pause: on
 * as many as the budget allows beside the GPU, and of their clocks the highest; then
 * the highest of the GPU. Where it does not allow one, they are on the GPU.
 */
bool caps_find_dlas(const struct silicon *si, const struct profile *models, uint32_t count,
		    const struct profile_request *request, uint32_t budget_mw, struct caps *caps);

/* Time of one request alone, its units on the GPU and the stages on a core. */
uint64_t caps_units_ns(const struct silicon *si, const struct profile *p,
		       const struct profile_request *request, enum orin_sim_engine engine,
		       uint32_t khz);
uint64_t caps_stages_ns(const struct silicon *si, const struct profile *p, uint32_t cpu_khz);

/*
 * Jobs per second, all models together, beyond which the backlog of some model
 * grows without end; @weights are the models' shares of the jobs. By bisection,
 * on arrivals that are evenly spaced. 0 when memory is short.
 */
double caps_saturation(const struct sim_setup *setup, const double *weights,
		       const struct profile_request *request);

#endif
