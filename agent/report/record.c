// SPDX-License-Identifier: GPL-2.0-or-later
/* record - see record.h */
#include <stdlib.h>

#include "report/record.h"

#define PIXELS	3000	/* in a span, thrice those of a picture */
#define WIDE	12	/* one job that one can see by itself */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool append(struct record *r, const struct record_bar *bar)
{
	struct record_bar *bars;
	size_t room;

	if (r->bars_n == r->room) {
		room = r->room ? 2 * r->room : 256;
		bars = realloc(r->bars, room * sizeof(*bars));
		if (!bars) {
			r->short_of_memory = true;
			return false;
		}
		r->bars = bars;
		r->room = room;
	}
	r->bars[r->bars_n++] = *bar;
	return true;
}

/* Whether two bars are one to the eye. Of jobs, one that can be seen keeps its edges. */
static bool joins(const struct record *r, const struct record_bar *last, const struct record_bar *bar)
{
	if (bar->from_ns > last->to_ns + r->gap_ns)
		return false;
	return (bar->kind != RECORD_JOB && bar->kind != RECORD_WAIT) ||
	       (bar->to_ns - bar->from_ns < WIDE * r->gap_ns &&
		last->to_ns - last->from_ns < WIDE * r->gap_ns);
}

static void keep(struct record *r, enum record_kind kind, uint32_t model, uint32_t engine,
		 uint64_t from_ns, uint64_t to_ns)
{
	uint32_t *last = &r->last[kind][model][engine];
	struct record_bar bar = {
		.kind = (uint8_t)kind, .model = (uint8_t)model, .engine = (uint8_t)engine,
		.from_ns = later(from_ns, r->from_ns), .to_ns = earlier(to_ns, r->to_ns),
	};

	if (bar.from_ns >= bar.to_ns)
		return;
	if (*last && joins(r, &r->bars[*last - 1], &bar)) {
		r->bars[*last - 1].to_ns = later(bar.to_ns, r->bars[*last - 1].to_ns);
		return;
	}
	if (append(r, &bar))
		*last = (uint32_t)r->bars_n;
}

static void placed(void *arg, uint64_t now_ns, uint32_t job)
{
	struct record *r = arg;
	const struct sim_job *j = &r->load->jobs[job];

	r->model[j->model].engine = (uint8_t)j->engine;
	r->model[j->model].placed_ns = now_ns;
	keep(r, RECORD_WAIT, j->model, j->engine, j->arrival_ns, now_ns);
	keep(r, RECORD_FROZEN, j->model, j->engine, r->model[j->model].held_from_ns,
	     r->model[j->model].held_to_ns);
	r->model[j->model].held_to_ns = 0;
}

static void unit(void *arg, uint32_t job, uint32_t engine, uint64_t start_ns, uint64_t end_ns)
{
	struct record *r = arg;

	keep(r, RECORD_UNIT, r->load->jobs[job].model, engine, start_ns, end_ns);
}

static void ended(void *arg, uint64_t now_ns, uint32_t job)
{
	struct record *r = arg;
	uint32_t model = r->load->jobs[job].model;

	keep(r, RECORD_JOB, model, r->model[model].engine, r->model[model].placed_ns, now_ns);
	r->model[model].engine = ORIN_SIM_ENGINES;
}

/* A job that is not placed yet has no lane: its span waits for placed(). */
static void thaw(struct record *r, uint64_t now_ns, uint32_t model)
{
	uint32_t engine = r->model[model].engine;

	r->model[model].frozen = false;
	if (engine != ORIN_SIM_ENGINES) {
		keep(r, RECORD_FROZEN, model, engine, r->model[model].frozen_ns, now_ns);
		return;
	}
	if (!r->model[model].held_to_ns)
		r->model[model].held_from_ns = r->model[model].frozen_ns;
	r->model[model].held_to_ns = now_ns;
}

static void frozen(void *arg, uint64_t now_ns, uint32_t model, bool is_frozen)
{
	struct record *r = arg;

	if (!is_frozen) {
		thaw(r, now_ns, model);
		return;
	}
	r->model[model].frozen = true;
	r->model[model].frozen_ns = now_ns;
}

static void sampled(void *arg, uint64_t now_ns, uint64_t energy_uj, uint32_t window_mw)
{
	struct record *r = arg;

	if (now_ns > r->to_ns)
		return;
	/* The last before the span is where the first value begins. */
	if (now_ns <= r->from_ns) {
		r->sample_ns = now_ns;
		r->sample_uj = energy_uj;
		return;
	}
	r->window_mw = window_mw > r->window_mw ? window_mw : r->window_mw;
	if (now_ns - r->sample_ns < r->power_ns || r->power_n == RECORD_POWERS)
		return;
	r->power[r->power_n++] = (struct record_power){
		.mean_mw = (uint32_t)((energy_uj - r->sample_uj) * 1000000 / (now_ns - r->sample_ns)),
		.window_mw = r->window_mw,
	};
	r->sample_ns = now_ns;
	r->sample_uj = energy_uj;
	r->window_mw = 0;
}

void record_init(struct record *r, const struct sim_load *load, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t samples = (to_ns - from_ns + SIM_SAMPLE_NS - 1) / SIM_SAMPLE_NS;
	uint32_t i;

	*r = (struct record){
		.from_ns = from_ns,
		.to_ns = to_ns,
		.load = load,
		.gap_ns = (to_ns - from_ns) / PIXELS,
		.power_ns = (samples + RECORD_POWERS - 1) / RECORD_POWERS * SIM_SAMPLE_NS,
		.watch = {
			.placed = placed, .unit = unit, .ended = ended, .frozen = frozen,
			.sampled = sampled, .arg = r,
		},
	};
	for (i = 0; i < SIM_MODELS; i++)
		r->model[i].engine = ORIN_SIM_ENGINES;
}

void record_finish(struct record *r, uint64_t end_ns)
{
	uint32_t i;

	r->to_ns = earlier(r->to_ns, end_ns);
	for (i = 0; i < SIM_MODELS; i++) {
		if (r->model[i].frozen)
			thaw(r, end_ns, i);
		if (r->model[i].engine != ORIN_SIM_ENGINES)
			keep(r, RECORD_JOB, i, r->model[i].engine, r->model[i].placed_ns, end_ns);
	}
}

void record_free(struct record *r)
{
	free(r->bars);
	r->bars = NULL;
	r->bars_n = 0;
}
