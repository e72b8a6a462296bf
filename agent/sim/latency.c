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

int sim_latency(const struct sim_load *load, uint32_t mask, struct sim_latency *ret)
{
	uint64_t *ns = malloc((load->jobs_n + 1) * sizeof(*ns));
	double sum = 0;
	size_t i, n = 0, deadlines = 0, missed = 0;

	if (!ns)
		return -ENOMEM;
	for (i = 0; i < load->jobs_n; i++) {
		const struct sim_job *job = &load->jobs[i];

		if (!(mask & 1u << job->model))
			continue;
		deadlines += job->deadline_ns != 0;
		missed += sim_missed(job);
		if (!job->end_ns)
			continue;
		ns[n] = job->end_ns - job->arrival_ns;
		sum += (double)ns[n++];
	}
	qsort(ns, n, sizeof(*ns), by_number);
	*ret = (struct sim_latency){
		.jobs = n,
		.mean_ms = n ? sum / (double)n * 1e-6 : NAN,
		.p50_ms = rank_ms(ns, n, 0.5),
		.p99_ms = rank_ms(ns, n, 0.99),
		.deadlines = deadlines,
		.missed = missed,
	};
	free(ns);
	return 0;
}

uint32_t sim_highest(const struct sim_load *load)
{
	uint32_t i, top = 0, mask = 0;

	for (i = 0; i < load->models_n; i++)
		if (load->priority[i] > top)
			top = load->priority[i];
	for (i = 0; i < load->models_n; i++)
		if (load->priority[i] == top)
			mask |= 1u << i;
	return mask;
}
