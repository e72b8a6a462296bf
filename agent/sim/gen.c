// SPDX-License-Identifier: GPL-2.0-or-later
/* gen - see gen.h */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/board_caps.h"
#include "sim/gen.h"
#include "sim/gen_clock.h"

#define SECOND		1000000000ULL
#define FRAME_NS	(SECOND / 30)
#define SPEECH_PROMPT	1500	/* one window of 30 s */
#define LLM_ONE_IN	20	/* frames of the pipeline that somebody asks about */
#define BURNERS		4
#define BURN_CYCLES	200000000ULL	/* 0.1 to 0.3 s at a core's clocks */
#define TURN_GAP	SIM_MODELS	/* streams of a seed: one for each model and use */

enum use { USE_ARRIVALS, USE_TOKENS, USE_STATE, USE_CHOICE, USE_PRIORITY };

/* What requests are typically, for time alone and capacity; and at least, for safe clocks. */
static const struct profile_request typical = { .prompt = 144, .output = 40 };
static const struct profile_request shortest = { .prompt = 32, .output = 16 };

/* The mix: two networks, two encoders, a language model. Each an equal share of the load. */
static const char *const mix_models[] = {
	"vgg-19", "resnet-152", "bert-base", "bert-large", "llama-3.2-1b",
};

#define MIX_MODELS	5

/* Highest first; another number of models is spread over them. */
static const uint32_t priorities[] = { 200, 200, 150, 100, 20 };

struct maker {
	const struct gen *gen;
	const struct gen_plan *plan;
	struct sim_load *load;
	const char *models;
	size_t room;
	bool no_memory;
	char *err;
	size_t len;
};

static struct stream stream_of(const struct gen *gen, uint32_t model, enum use use)
{
	return stream_make(gen->seed, model * 8 + use);
}

/* ---- models ---- */

static int add_model(struct maker *m, const char *name)
{
	struct sim_load *l = m->load;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/%s.ini", m->models, name);
	r = profile_load(path, &l->models[l->models_n], m->err, m->len);
	if (r == -ENOENT)
		snprintf(m->err, m->len, "unknown model: there is no profile %s", path);
	if (!r)
		l->models_n++;
	return r;
}

static int add_mix(struct maker *m)
{
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < MIX_MODELS; i++)
		r = add_model(m, mix_models[i]);
	return r;
}

static const struct silicon *board_of(const struct gen_plan *plan)
{
	return plan->silicon ?: &silicon_orin_nx_16gb;
}

static uint64_t alone_ns(const struct profile *p, const struct gen_plan *plan)
{
	struct profile_request speech = { .prompt = SPEECH_PROMPT, .output = 35 };
	const struct profile_request *request = p->batch_tokens == SPEECH_PROMPT ? &speech : &typical;

	return caps_units_ns(board_of(plan), p, request, ORIN_SIM_GPU, plan->gpu_khz) +
	       caps_stages_ns(board_of(plan), p, plan->cpu_khz);
}

static uint32_t role_rank(const struct profile *p)
{
	return p->cls == PROFILE_DNN ? 0 : p->cls == PROFILE_LLM ? 2 : 1;
}

static bool before(const struct maker *m, uint32_t a, uint32_t b)
{
	const struct profile *p = m->load->models;
	uint64_t ta = alone_ns(&p[a], m->plan), tb = alone_ns(&p[b], m->plan);

	if (m->gen->mix == GEN_ADVERSE)
		return ta > tb;
	if (role_rank(&p[a]) != role_rank(&p[b]))
		return role_rank(&p[a]) < role_rank(&p[b]);
	return ta < tb;
}

/* To those that are there by now: what only disturbs comes later, and has none. */
static void deal_priorities(struct maker *m)
{
	struct stream s = stream_of(m->gen, 0, USE_PRIORITY);
	uint32_t order[SIM_MODELS], n = m->load->models_n, i, k, t;

	for (i = 0; i < n; i++) {
		for (k = i; k && before(m, i, order[k - 1]); k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	for (i = n; m->gen->mix == GEN_RANDOM && i-- > 1;) {
		k = (uint32_t)(stream_draw(&s) % (i + 1));
		t = order[i];
		order[i] = order[k];
		order[k] = t;
	}
	for (i = 0; i < n; i++)
		m->load->priority[order[i]] = priorities[n > 1 ? (i * 8 + n - 1) / (2 * n - 2) : 0];
}

/* ---- jobs ---- */

static struct sim_job *add_job(struct maker *m, uint32_t model, uint64_t arrival_ns)
{
	struct sim_load *l = m->load;
	struct sim_job *jobs;

	if (l->jobs_n == m->room) {
		m->room = m->room ? 2 * m->room : 1024;
		jobs = m->room <= SIM_JOBS_MAX ? realloc(l->jobs, m->room * sizeof(*jobs)) : NULL;
		if (!jobs) {
			m->no_memory = true;
			m->room = l->jobs_n;
			return NULL;
		}
		l->jobs = jobs;
	}
	l->jobs[l->jobs_n] = (struct sim_job){ .arrival_ns = arrival_ns, .model = model };
	return &l->jobs[l->jobs_n++];
}

static struct profile_request request_of(const struct maker *m, uint32_t model, struct stream *s)
{
	const struct profile *p = &m->load->models[model];
	struct profile_request r = { 0 };

	if (p->unit == PROFILE_ENGINE) {
		r.by_layer = m->gen->by_layer;
		return r;
	}
	if (p->batch_tokens == SPEECH_PROMPT) {
		r.prompt = SPEECH_PROMPT;
		r.output = stream_between(s, 10, 60);
		return r;
	}
	r.prompt = m->gen->lengthy ? stream_between(s, 32, 2048) : stream_between(s, 32, 256);
	r.output = m->gen->lengthy ? stream_between(s, 16, 512) : stream_between(s, 16, 64);
	return r;
}

static struct clock clock_of(const struct maker *m, uint32_t model, double per_s)
{
	return (struct clock){
		.arrivals = m->gen->arrivals, .per_s = per_s, .burst = true,
		.gaps = stream_of(m->gen, model, USE_ARRIVALS),
		.states = stream_of(m->gen, model, USE_STATE),
	};
}

static void add_arrivals(struct maker *m, uint32_t model, double per_s)
{
	struct stream tokens = stream_of(m->gen, model, USE_TOKENS);
	struct clock c = clock_of(m, model, per_s);
	struct sim_job *job;

	while (clock_next(&c) < m->gen->seconds) {
		job = add_job(m, model, (uint64_t)(c.t * SECOND));
		if (!job)
			return;
		job->request = request_of(m, model, &tokens);
	}
}

/* One after another for as long as requests come, with random pauses of @think_ns on average. */
static void add_client(struct maker *m, uint32_t model, uint32_t nth, double think_ns)
{
	struct stream s = stream_of(m->gen, model + TURN_GAP * (nth + 1), USE_ARRIVALS);
	struct stream tokens = stream_of(m->gen, model + TURN_GAP * (nth + 1), USE_TOKENS);
	double at = stream_exponential(&s) * think_ns, least = (double)SECOND * m->gen->seconds;
	uint32_t last = 0;
	struct sim_job *job;

	/* No job is quicker than a quarter of what it takes alone at the safe clocks. */
	while (at < least) {
		job = add_job(m, model, last ? 0 : (uint64_t)at);
		if (!job)
			return;
		job->request = request_of(m, model, &tokens);
		job->follows = last;
		job->gap_ns = last ? (uint64_t)(stream_exponential(&s) * think_ns) : 0;
		at += (double)job->gap_ns +
		      (double)alone_ns(&m->load->models[model], m->plan) / 4;
		last = (uint32_t)m->load->jobs_n;
	}
}

/* ---- kinds ---- */

/* Such that each carries the same load. */
static void make_mix(struct maker *m)
{
	double weight[MIX_MODELS], whole = 0;
	uint32_t i;

	deal_priorities(m);
	for (i = 0; i < MIX_MODELS; i++) {
		weight[i] = 1.0 / (double)alone_ns(&m->load->models[i], m->plan);
		whole += weight[i];
	}
	for (i = 0; i < MIX_MODELS; i++)
		add_arrivals(m, i, m->gen->rho * m->plan->per_s * weight[i] / whole);
}

static void add_camera(struct maker *m, uint32_t model)
{
	struct stream s = stream_of(m->gen, model, USE_ARRIVALS);
	uint64_t t = stream_draw(&s) % FRAME_NS;
	struct sim_job *job;

	for (; t < m->gen->seconds * SECOND; t += FRAME_NS) {
		job = add_job(m, model, t);
		if (!job)
			return;
		job->request.by_layer = m->gen->by_layer;
	}
}

/* The cameras take what they take; the others share what is left of the load. */
static void make_cameras(struct maker *m)
{
	double used = 0, left;
	uint32_t i;

	deal_priorities(m);
	for (i = 0; i < 2; i++) {
		add_camera(m, i);
		used += (double)alone_ns(&m->load->models[i], m->plan) / FRAME_NS;
	}
	left = m->gen->rho > used + 0.1 ? m->gen->rho - used : 0.1;
	for (i = 2; i < 4; i++)
		add_arrivals(m, i, left / 2 * SECOND / (double)alone_ns(&m->load->models[i], m->plan));
}

static void make_clients(struct maker *m)
{
	static const uint32_t clients[MIX_MODELS] = { 2, 4, 4, 2, 1 };
	uint32_t i, k;

	deal_priorities(m);
	for (i = 0; i < MIX_MODELS; i++) {
		double each = (double)alone_ns(&m->load->models[i], m->plan) * MIX_MODELS;

		for (k = 0; k < clients[i]; k++)
			add_client(m, i, k, each * clients[i] / m->gen->rho);
	}
}

/* A frame in ten is told about by an encoder as well, and one in LLM_ONE_IN asked about. */
static void make_pipeline(struct maker *m)
{
	struct stream choice = stream_of(m->gen, 0, USE_CHOICE), tokens = stream_of(m->gen, 2, USE_TOKENS);
	const struct profile *p = m->load->models;
	double chain = (double)alone_ns(&p[0], m->plan) + (double)alone_ns(&p[1], m->plan) +
		       (double)alone_ns(&p[2], m->plan) / LLM_ONE_IN;
	struct clock c = clock_of(m, 0, m->gen->rho * SECOND / chain);
	struct sim_job *job;
	uint32_t frame;

	deal_priorities(m);
	while (clock_next(&c) < m->gen->seconds) {
		job = add_job(m, 0, (uint64_t)(c.t * SECOND));
		if (job)
			job->request = request_of(m, 0, &tokens);
		frame = (uint32_t)m->load->jobs_n;
		job = add_job(m, 1, 0);
		if (job) {
			job->request = request_of(m, 1, &tokens);
			job->follows = frame;
		}
		if (stream_draw(&choice) % LLM_ONE_IN)
			continue;
		job = add_job(m, 2, 0);
		if (job) {
			job->request = request_of(m, 2, &tokens);
			job->follows = frame + 1;
		}
		if (m->no_memory)
			return;
	}
}

static int add_hog(struct maker *m)
{
	uint32_t i = m->load->models_n;
	int r = add_model(m, "bert-large");

	if (r)
		return r;
	snprintf(m->load->models[i].name, sizeof(m->load->models[i].name), "hog");
	m->load->extra |= 1u << i;
	if (m->gen->kind == GEN_UNMARKED)
		m->load->unmarked |= 1u << i;
	add_client(m, i, 0, 0);
	return 0;
}

static void add_burners(struct maker *m)
{
	struct profile burner = {
		.cls = PROFILE_OTHER, .accelerators = 1u << ORIN_SIM_CPU, .unit = PROFILE_ENGINE,
		.layers = 1, .engine = { .kind = ORIN_SIM_SCALAR, .macs = BURN_CYCLES },
	};
	uint32_t i, k;

	for (k = 0; k < BURNERS; k++) {
		i = m->load->models_n++;
		snprintf(burner.name, sizeof(burner.name), "burner-%u", k);
		m->load->models[i] = burner;
		m->load->extra |= 1u << i;
		add_client(m, i, 0, 0);
	}
}

static int load_models(struct maker *m)
{
	static const char *const cameras[] = { "resnet-152", "vgg-19", "whisper-base", "llama-3.2-1b" };
	static const char *const stages[] = { "vgg-19", "bert-base", "llama-3.2-1b" };
	uint32_t i;
	int r = 0;

	switch (m->gen->kind) {
	case GEN_CAMERAS:
		for (i = 0; !r && i < 4; i++)
			r = add_model(m, cameras[i]);
		return r;
	case GEN_PIPELINE:
		for (i = 0; !r && i < 3; i++)
			r = add_model(m, stages[i]);
		return r;
	default:
		return add_mix(m);
	}
}

static int make(struct maker *m)
{
	switch (m->gen->kind) {
	case GEN_CAMERAS:
		make_cameras(m);
		return 0;
	case GEN_CLIENTS:
		make_clients(m);
		return 0;
	case GEN_PIPELINE:
		make_pipeline(m);
		return 0;
	case GEN_HOG:
	case GEN_UNMARKED:
		make_mix(m);
		return add_hog(m);
	case GEN_CPU:
		make_mix(m);
		add_burners(m);
		return 0;
	default:
		make_mix(m);
		return 0;
	}
}

/* ---- from outside ---- */

static bool is_mix(enum gen_kind kind)
{
	return kind == GEN_MIX || kind == GEN_HOG || kind == GEN_UNMARKED || kind == GEN_CPU;
}

static double capacity(const struct sim_load *l, const struct gen_plan *plan, int64_t switch_ns)
{
	const struct sim_setup setup = {
		.models = l->models, .count = l->models_n, .switch_ns = switch_ns,
		.gpu_khz = plan->gpu_khz, .cpu_khz = plan->cpu_khz, .silicon = plan->silicon,
	};
	double weight[SIM_MODELS];
	uint32_t i;

	for (i = 0; i < l->models_n; i++)
		weight[i] = 1.0 / (double)alone_ns(&l->models[i], plan);
	return caps_saturation(&setup, weight, &typical);
}

int gen_plan(struct gen_plan *plan, const struct gen *gen, const char *models,
	     uint32_t budget_mw, int64_t switch_ns, char *err, size_t len)
{
	struct sim_load load = { 0 };
	struct maker m = { .gen = gen, .load = &load, .models = models, .err = err, .len = len };
	struct caps caps = { 0 };
	int r = load_models(&m);

	if (r)
		return r;
	if (!caps_find(board_of(plan), load.models, load.models_n, &shortest,
		       budget_mw ? budget_mw : UINT32_MAX, &caps)) {
		snprintf(err, len, "these models draw %u mW at the lowest clocks", caps.least_mw);
		return -ERANGE;
	}
	*plan = (struct gen_plan){
		.silicon = plan->silicon,
		.gpu_khz = caps.gpu_khz, .cpu_khz = caps.cpu_khz,
		.draw_mw = caps.draw_mw, .least_mw = caps.least_mw, .per_s = plan->per_s,
	};
	if (!is_mix(gen->kind) || plan->per_s)
		return 0;
	plan->per_s = capacity(&load, plan, switch_ns);
	if (plan->per_s)
		return 0;
	snprintf(err, len, "no memory");
	return -ENOMEM;
}

bool gen_ends(const struct gen *gen)
{
	return gen->rho < 1 && (gen->kind == GEN_MIX || gen->kind == GEN_CAMERAS ||
				gen->kind == GEN_PIPELINE);
}

int gen_make(struct sim_load *load, const struct gen *gen, const struct gen_plan *plan,
	     const char *models, char *err, size_t len)
{
	struct maker m = {
		.gen = gen, .plan = plan, .load = load, .models = models, .err = err, .len = len,
	};
	int r;

	memset(load, 0, sizeof(*load));
	r = load_models(&m);
	if (!r)
		r = make(&m);
	if (!r && m.no_memory) {
		snprintf(err, len, "no memory for the jobs, or more than %u of them", SIM_JOBS_MAX);
		r = -ENOMEM;
	}
	if (r)
		sim_load_free(load);
	return r;
}
