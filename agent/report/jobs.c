// SPDX-License-Identifier: GPL-2.0-or-later
/* jobs - see jobs.h */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "report/jobs.h"
#include "sim/board_caps.h"
#include "sim/latency.h"

static const char *const engines[] = {
	[ORIN_SIM_CPU] = "cpu", [ORIN_SIM_GPU] = "gpu", [ORIN_SIM_DLA0] = "dla0",
	[ORIN_SIM_DLA1] = "dla1",
};

int jobs_form(const char *path)
{
	const char *end = strrchr(path, '.');

	if (end && !strcmp(end, ".csv"))
		return JOBS_CSV;
	return end && !strcmp(end, ".json") ? JOBS_JSON : -1;
}

static uint32_t highest_khz(const struct silicon *si, uint32_t engine)
{
	return silicon_top(engine == ORIN_SIM_GPU ? &si->gpu :
			   engine == ORIN_SIM_CPU ? &si->cpu : &si->dla);
}

/* On an empty board at the highest clocks, where it is quickest. */
static uint64_t alone_ns(const struct silicon *si, const struct profile *p,
			 const struct profile_request *request)
{
	uint64_t best = UINT64_MAX, ns;
	uint32_t e;

	for (e = ORIN_SIM_CPU; e < ORIN_SIM_DLA0 + si->dlas; e++) {
		if (!(p->accelerators & 1u << e))
			continue;
		ns = caps_units_ns(si, p, request, e, highest_khz(si, e));
		best = ns < best ? ns : best;
	}
	return best == UINT64_MAX ? 0 : best + caps_stages_ns(si, p, highest_khz(si, ORIN_SIM_CPU));
}

/* Requests of one model are mostly alike, and a language model's have many units. */
struct known {
	bool is;
	struct profile_request request;
	uint64_t ns;
};

static uint64_t known_ns(struct known *k, const struct silicon *si, const struct profile *p,
			 const struct profile_request *r)
{
	if (!k->is || k->request.prompt != r->prompt || k->request.output != r->output ||
	    k->request.by_layer != r->by_layer)
		*k = (struct known){ true, *r, alone_ns(si, p, r) };
	return k->ns;
}

/* A name, before a value; in CSV the head has it. */
static void put_name(FILE *f, enum jobs_form form, const char *name)
{
	if (form == JOBS_JSON)
		fprintf(f, "\"%s\":", name);
}

static void put_none(FILE *f, enum jobs_form form)
{
	fputs(form == JOBS_JSON ? "null" : "", f);
}

/* @n of @unit, which is 10 to the power of @digits; or nothing, if it @is not. */
static void put_fixed(FILE *f, enum jobs_form form, const char *name, bool is, uint64_t n, uint64_t unit,
		      int digits)
{
	put_name(f, form, name);
	if (is)
		fprintf(f, "%" PRIu64 ".%0*" PRIu64, n / unit, digits, n % unit);
	else
		put_none(f, form);
	fputc(',', f);
}

static void put_word(FILE *f, enum jobs_form form, const char *name, const char *word)
{
	const char *quote = form == JOBS_JSON ? "\"" : "";

	put_name(f, form, name);
	if (word)
		fprintf(f, "%s%s%s", quote, word, quote);
	else
		put_none(f, form);
	fputc(',', f);
}

/* A moment may be 0: what came later tells whether it was. */
static void put_times(FILE *f, enum jobs_form form, const struct sim_job *j)
{
	const uint64_t s = 1000000000;
	bool ended = j->end_ns, first = j->first_ns || ended, begun = j->begin_ns || first;

	put_fixed(f, form, "arrival_s", true, j->arrival_ns, s, 9);
	put_fixed(f, form, "begin_s", begun, j->begin_ns, s, 9);
	put_fixed(f, form, "first_s", first, j->first_ns, s, 9);
	put_fixed(f, form, "end_s", ended, j->end_ns, s, 9);
	put_fixed(f, form, "latency_ms", ended, j->end_ns - j->arrival_ns, 1000000, 6);
	put_word(f, form, "accelerator", first ? engines[j->engine] : NULL);
}

static void put_missed(FILE *f, enum jobs_form form, const struct sim_job *j)
{
	put_name(f, form, "missed");
	if (!j->deadline_ns)
		put_none(f, form);
	else if (form == JOBS_JSON)
		fputs(sim_missed(j) ? "true" : "false", f);
	else
		fputs(sim_missed(j) ? "1" : "0", f);
}

static void put_job(FILE *f, enum jobs_form form, const struct sim_load *load, size_t i, uint64_t alone)
{
	const struct sim_job *j = &load->jobs[i];
	uint64_t milli = alone && j->end_ns ? (j->end_ns - j->arrival_ns) * 1000 / alone : 0;

	put_name(f, form, "job");
	fprintf(f, "%zu,", i + 1);
	put_word(f, form, "model", load->models[j->model].name);
	put_name(f, form, "priority");
	fprintf(f, "%u,", load->priority[j->model]);
	put_times(f, form, j);
	put_fixed(f, form, "slowdown", milli, milli, 1000, 3);
	put_fixed(f, form, "deadline_ms", j->deadline_ns, j->deadline_ns, 1000000, 6);
	put_missed(f, form, j);
}

void jobs_write(FILE *f, const struct silicon *si, const struct sim_load *load,
		enum jobs_form form)
{
	struct known known[SIM_MODELS] = { { false } };
	bool json = form == JOBS_JSON;
	size_t i;

	fputs(json ? "[" : "job,model,priority,arrival_s,begin_s,first_s,end_s,latency_ms,"
	      "accelerator,slowdown,deadline_ms,missed\n", f);
	for (i = 0; i < load->jobs_n; i++) {
		const struct sim_job *j = &load->jobs[i];

		fputs(!json ? "" : i ? ",\n{" : "{", f);
		put_job(f, form, load, i,
			known_ns(&known[j->model], si, &load->models[j->model], &j->request));
		fputs(json ? "}" : "\n", f);
	}
	fputs(json ? "]\n" : "", f);
}
