/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gen - loads for a board, made from a seed.
 *
 * Pure but for memory: the same specification gives the same jobs anywhere. Each
 * model has random streams of its own, and gaps are drawn before they are scaled:
 * another load is the same trace, denser.
 */
#ifndef TWILL_SIM_GEN_H
#define TWILL_SIM_GEN_H

#include "sim/load.h"

/* What kind of load. */
enum gen_kind {
	GEN_MIX,	/* five models that know nothing of each other */
	GEN_CAMERAS,	/* two cameras of 30 frames a second, speech, a language model */
	GEN_CLIENTS,	/* clients that ask, wait for the answer, think, and ask again */
	GEN_PIPELINE,	/* a detector, an encoder after each frame, now and then a language model */
	GEN_HOG,	/* the mix, beside a program of the least priority that never rests */
	GEN_UNMARKED,	/* the same, but it marks no jobs: nobody can hold it */
	GEN_CPU,	/* the mix, beside four programs that keep a core busy each */
	GEN_KINDS
};

/* When requests come, of what comes by itself. */
enum gen_arrivals {
	GEN_POISSON,
	GEN_BURSTY,	/* three times the rate for a second in five, else half */
	GEN_DIURNAL,	/* the rate swings by 60 % each way, once a minute */
	GEN_ARRIVALS
};

/* Who is important. */
enum gen_mix {
	GEN_ROLE,	/* perception, then encoders and speech, then language models */
	GEN_RANDOM,	/* the same priorities, dealt by the seed */
	GEN_ADVERSE,	/* the longest jobs first */
	GEN_MIXES
};

/**
 * struct gen - a load to be made
 * @kind: what it is made of
 * @arrivals: pattern
 * @mix: priorities
 * @rho: load over what `timeslice` can carry at the highest static clocks that are
 *	safe under the budget; 0.01 .. 4. Clients think the less the higher it is
 * @seconds: how long requests come, 1 .. 86400
 * @seed: of everything random
 * @by_layer: everything is submitted layer by layer, not by engine, prefill batch and token
 * @lengthy: language-model requests of 32 .. 2048 and 16 .. 512 tokens, else of a
 *	small assistant: 32 .. 256 and 16 .. 64
 */
struct gen {
	enum gen_kind kind;
	enum gen_arrivals arrivals;
	enum gen_mix mix;
	double rho;
	uint32_t seconds;
	uint64_t seed;
	bool by_layer;
	bool lengthy;
};

/**
 * struct gen_plan - what a load is measured by
 * @silicon: the board; NULL for an Orin NX 16GB
 * @gpu_khz: highest static clocks that are safe under the budget
 * @cpu_khz: likewise
 * @draw_mw: most that the models draw at these
 * @least_mw: and at the lowest clocks
 * @per_s: jobs of the mix per second that saturate `timeslice` there
 */
struct gen_plan {
	const struct silicon *silicon;
	uint32_t gpu_khz, cpu_khz;
	uint32_t draw_mw, least_mw;
	double per_s;
};

/** gen_defaults() - the mix by role, half a load of a minute, seed 1 */
struct gen gen_defaults(void);

/**
 * gen_parse() - read a specification
 * @text: "KIND,key=value,...", as "cameras,rho=0.7,seed=3": keys are mix, arrivals,
 *	rho, seconds, seed, units (engine or layer) and tokens (short or long)
 * @gen: what is not mentioned is left as it is
 * @err: receives a sentence
 * @len: room in @err
 *
 * Return: 0 or -EINVAL, with @gen in any state.
 */
int gen_parse(const char *text, struct gen *gen, char *err, size_t len);

/**
 * gen_plan() - find the clocks and the capacity
 * @plan: filled in; silicon is kept, and per_s if it is not 0, since finding it takes
 *	seconds
 * @models: directory of profiles
 * @budget_mw: 0 for none
 * @switch_ns: as in sim_setup
 *
 * Return: 0; -ERANGE if the models draw more than the budget at the lowest clocks;
 * -ENOMEM; errno of a profile, with a sentence in @err.
 */
int gen_plan(struct gen_plan *plan, const struct gen *gen, const char *models,
	     uint32_t budget_mw, int64_t switch_ns, char *err, size_t len);

/**
 * gen_make() - make the jobs
 * @load: filled in on success, to be given to sim_load_free()
 *
 * Return: as gen_plan().
 */
int gen_make(struct sim_load *load, const struct gen *gen, const struct gen_plan *plan,
	     const char *models, char *err, size_t len);

/** gen_ends() - whether the load ends by itself; else it is looked at when requests stop coming */
bool gen_ends(const struct gen *gen);

#endif
