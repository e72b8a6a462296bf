// SPDX-License-Identifier: GPL-2.0-or-later
/* load - see load.h */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/load.h"
#include "sim/trace.h"

#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static int find_model(struct sim_load *load, const struct trace_job *job, const char *models,
		      uint32_t *ret, char *err, size_t len)
{
	char path[PATH_MAX];
	uint32_t i;
	int r;

	for (i = 0; i < load->models_n; i++) {
		if (strcmp(load->models[i].name, job->model))
			continue;
		*ret = i;
		if (load->priority[i] == job->priority)
			return 0;
		snprintf(err, len, "%s has priority %u here and %u before: a model is one process, "
			 "give all its requests one", job->model, job->priority, load->priority[i]);
		return -EINVAL;
	}
	if (i == SIM_MODELS) {
		snprintf(err, len, "more than %d models", SIM_MODELS);
		return -EINVAL;
	}
	/* It becomes part of a path, and of what is written. */
	if (job->model[strspn(job->model, LETTERS)] || job->model[0] == '.') {
		snprintf(err, len, "'%s' is no model's name", job->model);
		return -EINVAL;
	}
	snprintf(path, sizeof(path), "%s/%s.ini", models, job->model);
	r = profile_load(path, &load->models[i], err, len);
	if (r == -ENOENT)
		snprintf(err, len, "unknown model: there is no profile %s", path);
	if (r)
		return r;
	load->priority[i] = job->priority;
	load->models_n++;
	*ret = i;
	return 0;
}

static int take_job(struct sim_load *load, const struct trace_job *job, const char *models,
		    bool by_layer, char *err, size_t len)
{
	struct sim_job *to = &load->jobs[load->jobs_n];
	int r;

	r = find_model(load, job, models, &to->model, err, len);
	if (r)
		return r;
	to->arrival_ns = job->arrival_ns;
	to->deadline_ns = job->deadline_ns;
	to->request = (struct profile_request){
		.by_layer = by_layer,
		.prompt = job->prompt,
		.output = job->output,
	};
	if (!profile_units(&load->models[to->model], &to->request)) {
		snprintf(err, len, "prompt %u and output %u do not suit model %s: a language model "
			 "needs both, no other takes any", job->prompt, job->output, job->model);
		return -EINVAL;
	}
	if (job->cls >= 0 && (enum profile_class)job->cls != load->models[to->model].cls) {
		snprintf(err, len, "its class is %s, and the profile of %s says %s: leave it out",
			 profile_class_name((enum profile_class)job->cls), job->model,
			 profile_class_name(load->models[to->model].cls));
		return -EINVAL;
	}
	load->jobs_n++;
	return 0;
}

int sim_load(struct sim_load *load, const char *trace, const char *models, bool by_layer,
	     char *err, size_t len)
{
	struct trace t;
	char why[PATH_MAX + 64];
	size_t i;
	int r = 0;

	memset(load, 0, sizeof(*load));
	if (trace_read(&t, trace, err, len))
		return -EINVAL;
	if (!t.count) {
		snprintf(err, len, "%s: there is no request in it", trace);
		r = -EINVAL;
	}
	load->jobs = calloc(t.count + 1, sizeof(*load->jobs));
	if (!load->jobs) {
		snprintf(err, len, "%s: no memory for %zu requests", trace, t.count);
		r = -ENOMEM;
	}
	for (i = 0; !r && i < t.count; i++)
		r = take_job(load, &t.jobs[i], models, by_layer, why, sizeof(why));
	if (r && i)
		snprintf(err, len, "%s:%u: %s", trace, t.jobs[i - 1].line, why);
	trace_free(&t);
	if (r)
		sim_load_free(load);
	return r;
}

void sim_load_free(struct sim_load *load)
{
	free(load->jobs);
	load->jobs = NULL;
	load->jobs_n = 0;
}
