// SPDX-License-Identifier: GPL-2.0-or-later
/* board_caps - see board_caps.h */
#include <stdlib.h>

#include "sim/board_caps.h"
#include "sim/board_cost.h"

#define SECOND		1000000000ULL

uint64_t caps_units_ns(const struct silicon *si, const struct profile *p,
		       const struct profile_request *request, enum orin_sim_engine engine,
		       uint32_t khz)
{
	struct board_cmd cmd;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; !profile_unit(p, request, i, &cmd); i++)
		sum += board_alone_ns(si, engine, &cmd, khz);
	return sum;
}

uint64_t caps_stages_ns(const struct silicon *si, const struct profile *p, uint32_t cpu_khz)
{
	const struct board_cmd pre = { .kind = ORIN_SIM_SCALAR, .macs = p->pre_cycles };
	const struct board_cmd post = { .kind = ORIN_SIM_SCALAR, .macs = p->post_cycles };

	return board_alone_ns(si, ORIN_SIM_CPU, &pre, cpu_khz) +
	       board_alone_ns(si, ORIN_SIM_CPU, &post, cpu_khz);
}

#define DLAS		(1u << ORIN_SIM_DLA0 | 1u << ORIN_SIM_DLA1)

/* Kind that nobody is: the GPU is idle. */
#define NO_KIND		ORIN_SIM_KINDS

/* What may run, and on what. */
struct mix {
	const struct silicon *si;
	const struct profile *models;
	uint32_t count;
	const struct profile_request *request;
};

static struct board_load awake(const struct silicon *si, uint32_t gpu_khz, uint32_t cpu_khz)
{
	struct board_load load = { .gpu_khz = gpu_khz, .emc_khz = si->emc_khz };
	uint32_t i;

	for (i = 0; i < si->clusters; i++)
		load.cpu_khz[i] = cpu_khz;
	return load;
}

static uint32_t draw(const struct silicon *si, uint32_t gpu_khz, uint32_t kind, uint32_t cpu_khz, uint32_t cores)
{
	struct board_load load = awake(si, gpu_khz, cpu_khz);
	struct board_power p;

	load.gpu_kind = kind;
	load.gpu_busy = kind != NO_KIND;
	load.cores[0] = cores;
	board_draw(si, &load, &p);
	return p.vdd_in_mw;
}

static uint32_t model_draw(const struct silicon *si, const struct profile *p, uint32_t gpu_khz, uint32_t cpu_khz)
{
	uint32_t a, b;

	if (p->unit == PROFILE_ENGINE)
		return draw(si, gpu_khz, p->engine.kind, cpu_khz, 0);
	a = draw(si, gpu_khz, p->prefill.kind, cpu_khz, 0);
	b = draw(si, gpu_khz, p->token.kind, cpu_khz, 0);
	return a > b ? a : b;
}

/* What a core adds that is busy. */
static double core_draw(const struct silicon *si, uint32_t gpu_khz, uint32_t cpu_khz)
{
	return (double)draw(si, gpu_khz, ORIN_SIM_CONV, cpu_khz, 1) -
	       draw(si, gpu_khz, ORIN_SIM_CONV, cpu_khz, 0);
}

/* How many DLAs are in use, and how fast they are. */
struct dlas {
	uint32_t n, khz;
};

static bool on_dla(const struct profile *p, const struct dlas *dlas)
{
	return dlas->n && p->accelerators & DLAS;
}

static uint32_t dla_draw(const struct silicon *si, uint32_t khz)
{
	struct board_load load = awake(si, si->gpu.khz[0], si->cpu.khz[0]);
	struct board_power without, with;

	load.gpu_busy = true;
	board_draw(si, &load, &without);
	load.dla_khz[0] = khz;
	board_draw(si, &load, &with);
	return with.vdd_in_mw - without.vdd_in_mw;
}

/*
 * What the models on the DLAs add: each DLA at work without a pause, for the one
 * whose stages load the cores most, and once more the stages of all in a second.
 */
static double dlas_draw(const struct mix *mix, const struct dlas *dlas, uint32_t cpu_khz,
			double core)
{
	const struct profile *models = mix->models;
	double most = 0, sum = 0;
	uint32_t i, n = 0;

	for (i = 0; i < mix->count; i++) {
		double stages = (double)caps_stages_ns(mix->si, &models[i], cpu_khz), load;

		if (!on_dla(&models[i], dlas))
			continue;
		n++;
		load = stages / (double)caps_units_ns(mix->si, &models[i], mix->request,
						      ORIN_SIM_DLA0, dlas->khz);
		load = load < 1 ? load : 1;
		most = load > most ? load : most;
		sum += core * stages / SECOND;
	}
	n = n < dlas->n ? n : dlas->n;
	/* What a DLA draws does not depend on what it computes. */
	return n ? sum + n * (dla_draw(mix->si, dlas->khz) + core * most) : 0;
}

/*
 * Draw is linear in the models' shares of the GPU's time: each adds its own
 * watts there and its stages' load on the cores, of which a process can use at
 * most one. So the worst mix fills up with the dearest model first. Beyond the
 * average, a second may hold one more run of every model's stages.
 */
static uint32_t worst_draw(const struct mix *mix, uint32_t gpu_khz, uint32_t cpu_khz,
			   const struct dlas *dlas)
{
	const struct silicon *si = mix->si;
	const struct profile *models = mix->models;
	double core = core_draw(si, gpu_khz, cpu_khz);
	double cost[SIM_MODELS], most[SIM_MODELS], left = 1, sum = 0;
	uint32_t i, n, count = mix->count;

	sum = dlas_draw(mix, dlas, cpu_khz, core);
	for (i = 0; i < count; i++) {
		double stages = (double)caps_stages_ns(si, &models[i], cpu_khz);
		double load = stages / (double)caps_units_ns(si, &models[i], mix->request,
							    ORIN_SIM_GPU, gpu_khz);

		cost[i] = model_draw(si, &models[i], gpu_khz, cpu_khz) + core * load;
		most[i] = load > 1 ? 1 / load : 1;
		if (on_dla(&models[i], dlas)) {
			cost[i] = -1;
			continue;
		}
		sum += core * stages / SECOND;
	}
	for (n = 0; n < count && left > 0; n++) {
		uint32_t best = 0;
		double part;

		for (i = 1; i < count; i++)
			if (cost[i] > cost[best])
				best = i;
		if (cost[best] < 0)
			break;
		part = most[best] < left ? most[best] : left;
		sum += part * cost[best];
		left -= part;
		cost[best] = -1;
	}
	/* What the GPU's models leave of its time, it is idle. */
	return (uint32_t)(sum + left * draw(si, gpu_khz, NO_KIND, cpu_khz, 0) + 1);
}

static bool find(const struct mix *mix, uint32_t budget_mw, const struct dlas *dlas,
		 struct caps *caps)
{
	const struct silicon_clock *gpu = &mix->si->gpu, *cpu = &mix->si->cpu;
	uint32_t g, c;

	caps->least_mw = worst_draw(mix, gpu->khz[0], cpu->khz[0], dlas);
	for (g = gpu->n; g-- > 0;)
		for (c = cpu->n; c-- > 0;) {
			caps->draw_mw = worst_draw(mix, gpu->khz[g], cpu->khz[c], dlas);
			if (caps->draw_mw > budget_mw)
				continue;
			caps->gpu_khz = gpu->khz[g];
			caps->cpu_khz = cpu->khz[c];
			caps->dlas = dlas->n;
			caps->dla_khz = dlas->khz;
			return true;
		}
	return false;
}

bool caps_find(const struct silicon *si, const struct profile *models, uint32_t count,
	       const struct profile_request *request, uint32_t budget_mw, struct caps *caps)
{
	const struct mix mix = { si, models, count, request };
	const struct dlas none = { 0 };

	return find(&mix, budget_mw, &none, caps);
}

bool caps_find_dlas(const struct silicon *si, const struct profile *models, uint32_t count,
		    const struct profile_request *request, uint32_t budget_mw, struct caps *caps)
{
	const struct mix mix = { si, models, count, request };
	struct dlas dlas;
	uint32_t i, k, all = 0;

	for (i = 0; i < count; i++)
		all |= models[i].accelerators & DLAS;
	dlas.n = (uint32_t)__builtin_popcount(all);
	for (dlas.n = dlas.n < si->dlas ? dlas.n : si->dlas; dlas.n; dlas.n--)
		for (k = si->dla.n; k-- > 0;) {
			dlas.khz = si->dla.khz[k];
			if (find(&mix, budget_mw, &dlas, caps))
				return true;
		}
	return caps_find(si, models, count, request, budget_mw, caps);
}

static int by_arrival(const void *a, const void *b)
{
	const struct sim_job *x = a, *y = b;

	if (x->arrival_ns != y->arrival_ns)
		return x->arrival_ns < y->arrival_ns ? -1 : 1;
	return x->model < y->model ? -1 : x->model > y->model;
}

/* Whether the board keeps up with @per_s: one percent late at the end is keeping up. */
static int keeps_up(const struct sim_setup *setup, const double *share,
		    const struct profile_request *request, double per_s, uint64_t span_ns)
{
	struct sim_setup s = *setup;
	struct sim_result result;
	struct sim_job *jobs;
	size_t count = 0, n = 0;
	uint32_t i;
	uint64_t late = 0;
	int ret;

	for (i = 0; i < s.count; i++) {
		uint64_t alone = caps_units_ns(sim_silicon(setup), &s.models[i], request,
					       ORIN_SIM_GPU, s.gpu_khz);

		count += (size_t)(per_s * share[i] * (double)span_ns / SECOND) + 1;
		late = alone > late ? alone : late;
	}
	jobs = calloc(count, sizeof(*jobs));
	if (!jobs)
		return -1;
	for (i = 0; i < s.count; i++) {
		double gap = SECOND / (per_s * share[i]);
		size_t k;

		/* Staggered: not all at once. */
		for (k = 0; share[i] > 0 && (k + (i + 1.0) / (s.count + 1)) * gap < span_ns; k++)
			if (n < count)
				jobs[n++] = (struct sim_job){
					.arrival_ns = (uint64_t)((k + (i + 1.0) / (s.count + 1)) *
								 gap),
					.model = i, .request = *request,
				};
	}
	qsort(jobs, n, sizeof(*jobs), by_arrival);
	s.horizon_ns = span_ns + span_ns / 100 + late;
	ret = sim_run(&s, jobs, n, &result) ? -1 : !result.unfinished;
	free(jobs);
	return ret;
}

double caps_saturation(const struct sim_setup *setup, const double *weights,
		       const struct profile_request *request)
{
	double share[SIM_MODELS], whole = 0, mean_ns = 0, low = 0, high;
	uint64_t span, longest = 0;
	uint32_t i;

	for (i = 0; i < setup->count; i++)
		whole += weights[i];
	for (i = 0; i < setup->count; i++) {
		uint64_t ns = caps_units_ns(sim_silicon(setup), &setup->models[i], request,
					    ORIN_SIM_GPU, setup->gpu_khz);

		share[i] = weights[i] / whole;
		mean_ns += share[i] * (double)ns;
		longest = ns > longest && share[i] > 0 ? ns : longest;
	}
	/* No switches and nothing but the GPU: the board cannot do more. */
	high = SECOND / mean_ns;
	/* Long enough that the longest request is one of a few hundred of its time. */
	span = 60 * SECOND;
	if (longest > span / 300)
		span = longest * 300;
	for (i = 0; i < 9; i++) {
		double middle = (low + high) / 2;
		int ok = keeps_up(setup, share, request, middle, span);

		if (ok < 0)
			return 0;
		if (ok)
			low = middle;
		else
			high = middle;
	}
	return low;
}
