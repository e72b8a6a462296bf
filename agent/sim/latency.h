/* SPDX-License-Identifier: GPL-2.0-or-later */
/* latency - how long requests took, from arrival to end. */
#ifndef TWILL_SIM_LATENCY_H
#define TWILL_SIM_LATENCY_H

#include "sim/load.h"

/**
 * struct sim_latency - of those that have ended; milliseconds
 * @jobs: how many have
 * @mean_ms: NaN without any, as the quantiles
 * @p50_ms: nearest rank: one that was seen; as p99
 * @p99_ms: 99 of a hundred are not longer
 * @deadlines: how many had one, ended or not
 * @missed: of these: ended after it, or not at all
 */
struct sim_latency {
	size_t jobs;
	double mean_ms;
	double p50_ms;
	double p99_ms;
	size_t deadlines;
	size_t missed;
};

/* Which requests count. */
#define SIM_ALL_MODELS	(~0u)

/**
 * sim_latency() - sum up
 * @load: what ran
 * @mask: models that count, 1 << index; SIM_ALL_MODELS
 * @ret: filled in
 *
 * Return: 0; -ENOMEM.
 */
int sim_latency(const struct sim_load *load, uint32_t mask, struct sim_latency *ret);

#define SIM_QUANTILES	110

/** sim_quantile() - 0 to 0.99 by hundredths, then to 1 by thousandths */
double sim_quantile(uint32_t i);
/** sim_quantiles() - each of them, nearest rank, in milliseconds; NaN of none. Return: 0; -ENOMEM */
int sim_quantiles(const struct sim_load *load, uint32_t mask, double ms[SIM_QUANTILES]);

/** sim_missed() - whether a request with a deadline did not end within it */
bool sim_missed(const struct sim_job *job);

/** sim_highest() - mask of the models of the highest priority, of those that count */
uint32_t sim_highest(const struct sim_load *load);

#endif
