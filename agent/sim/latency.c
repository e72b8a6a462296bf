// SPDX-License-Identifier: GPL-2.0-or-later
/* latency - see latency.h */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "sim/latency.h"

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double rank_ms(const uint64_t *sorted, size_t n, double q)
{
	size_t rank = (size_t)ceil(q * (double)n);

	return n ? (double)sorted[rank ? rank - 1 : 0] * 1e-6 : NAN;
}

bool sim_missed(const struct sim_job *job)
{
	return job->deadline_ns && (!job->end_ns || job->end_ns - job->arrival_ns > job->deadline_ns);
}

/* Latencies of those that have ended, in ascending order; to be freed. NULL: no memory. */
static uint64_t *sorted(const struct sim_load *load, uint32_t mask, size_t *n)
{
	uint64_t *ns = malloc((load->jobs_n + 1) * sizeof(*ns));
	size_t i;

	if (!ns)
		return NULL;
	*n = 0;
	for (i = 0; i < load->jobs_n; i++)
		if (load->jobs[i].end_ns && mask & 1u << load->jobs[i].model)
			ns[(*n)++] = load->jobs[i].end_ns - load->jobs[i].arrival_ns;
	qsort(ns, *n, sizeof(*ns), by_number);
	return ns;
}

static void count_deadlines(const struct sim_load *load, uint32_t mask, struct sim_latency *ret)
{
	size_t i;

	for (i = 0; i < load->jobs_n; i++) {
		const struct sim_job *job = &load->jobs[i];

		if (!(mask & 1u << job->model))
			continue;
		ret->deadlines += job->deadline_ns != 0;
		ret->missed += sim_missed(job);
	}
}

int sim_latency(const struct sim_load *load, uint32_t mask, struct sim_latency *ret)
{
	size_t i, n;
	uint64_t *ns = sorted(load, mask, &n);
	double sum = 0;

	if (!ns)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		sum += (double)ns[i];
	*ret = (struct sim_latency){
		.jobs = n,
		.mean_ms = n ? sum / (double)n * 1e-6 : NAN,
		.p50_ms = rank_ms(ns, n, 0.5),
		.p99_ms = rank_ms(ns, n, 0.99),
	};
	free(ns);
	count_deadlines(load, mask, ret);
	return 0;
}

double sim_quantile(uint32_t i)
{
	return i < 100 ? i / 100.0 : 0.99 + (i - 99) / 1000.0;
}

int sim_quantiles(const struct sim_load *load, uint32_t mask, double ms[SIM_QUANTILES])
{
	size_t n;
	uint64_t *ns = sorted(load, mask, &n);
	uint32_t i;

	if (!ns)
		return -ENOMEM;
	for (i = 0; i < SIM_QUANTILES; i++)
		ms[i] = rank_ms(ns, n, sim_quantile(i));
	free(ns);
	return 0;
}

uint32_t sim_highest(const struct sim_load *load)
{
	uint32_t i, top = 0, mask = 0;

	for (i = 0; i < load->models_n; i++)
		if (!(load->extra & 1u << i) && load->priority[i] > top)
			top = load->priority[i];
	for (i = 0; i < load->models_n; i++)
		if (!(load->extra & 1u << i) && load->priority[i] == top)
			mask |= 1u << i;
	return mask;
}
