/* SPDX-License-Identifier: GPL-2.0-or-later */
/* load - a trace of requests and the models that it names, ready to be run. */
#ifndef TWILL_SIM_LOAD_H
#define TWILL_SIM_LOAD_H

#include "sim/run.h"

/**
 * struct sim_load - what runs
 * @models: those of the trace, in the order of their first request
 * @priority: of each
 * @models_n: how many
 * @extra: mask of models that are there to disturb, and not to be counted
 * @unmarked: mask of those that mark no jobs
 * @jobs: the requests
 * @jobs_n: how many
 */
struct sim_load {
	struct profile models[SIM_MODELS];
	uint32_t priority[SIM_MODELS];
	uint32_t models_n;
	uint32_t extra, unmarked;
	struct sim_job *jobs;
	size_t jobs_n;
};

/**
 * sim_load() - read a trace, and the profile of each model in it
 * @load: filled in on success, to be given to sim_load_free()
 * @trace: the file, see sim/trace.h
 * @models: directory of the profiles
 * @by_layer: everything is submitted layer by layer
 * @err: receives a sentence that names the file
 * @len: room in @err
 *
 * Return: 0; -EINVAL, -ENOMEM, or the errno of a file.
 */
int sim_load(struct sim_load *load, const char *trace, const char *models, bool by_layer,
	     char *err, size_t len);
void sim_load_free(struct sim_load *load);

#endif
