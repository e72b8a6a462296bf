// SPDX-License-Identifier: GPL-2.0-or-later
/* board_run - see board_run.h */
#include <errno.h>
#include <stdlib.h>

#include "board_run.h"

#define SAMPLE_NS	10000000ULL
#define WINDOW		100	/* samples in a second */

enum stage { IDLE, PRE, UNITS, POST };

struct process {
	const struct profile *model;
	uint32_t gpu;		/* clients */
	uint32_t cpu;
	enum stage stage;
	uint32_t unit;		/* the next */
	size_t job;		/* the present or the next one; the count when there is none */
};

struct run {
	struct board *board;
	struct process proc[RUN_MODELS];
	uint32_t procs;
	struct run_job *jobs;
	size_t count;
	size_t left;
	uint64_t now;
	uint64_t sample_at;
	uint64_t energy[WINDOW + 1];
	uint64_t samples;
	uint32_t max_window_mw;
};

static size_t next_job(const struct run *r, uint32_t model, size_t from)
{
	while (from < r->count && r->jobs[from].model != model)
		from++;
	return from;
}

static void submit(struct run *r, uint32_t client, const struct orin_sim_cmd *cmd)
{
	const struct board_cmd unit = { .kind = cmd->kind, .macs = cmd->macs, .bytes = cmd->bytes };

	/* One at a time, checked by profile_load(): it cannot be refused. */
	if (board_submit(r->board, client, &unit))
		abort();
}

/* The present stage is over, or there is none yet: go on to the next that has work. */
static void proceed(struct run *r, struct process *p)
{
	struct run_job *job = &r->jobs[p->job];
	struct orin_sim_cmd cmd = { .kind = ORIN_SIM_SCALAR };

	if (p->stage == IDLE) {
		job->begin_ns = r->now;
		p->unit = 0;
		p->stage = PRE;
		cmd.macs = p->model->pre_cycles;
		if (cmd.macs) {
			submit(r, p->cpu, &cmd);
			return;
		}
	}
	if (p->stage == PRE)
		p->stage = UNITS;
	if (p->stage == UNITS) {
		if (!profile_unit(p->model, &job->request, p->unit, &cmd)) {
			p->unit++;
			submit(r, p->gpu, &cmd);
			return;
		}
		p->stage = POST;
		cmd = (struct orin_sim_cmd){ .kind = ORIN_SIM_SCALAR };
		cmd.macs = p->model->post_cycles;
		if (cmd.macs) {
			submit(r, p->cpu, &cmd);
			return;
		}
	}
	job->end_ns = r->now;
	r->left--;
	p->stage = IDLE;
	p->job = next_job(r, job->model, p->job + 1);
}

static void take_up(struct run *r)
{
	uint32_t i;

	for (i = 0; i < r->procs; i++) {
		struct process *p = &r->proc[i];

		while (p->stage == IDLE && p->job < r->count &&
		       r->jobs[p->job].arrival_ns <= r->now)
			proceed(r, p);
	}
}

static void collect(struct run *r)
{
	struct board_done done;
	uint32_t i;

	while (board_pop(r->board, &done))
		for (i = 0; i < r->procs; i++)
			if (r->proc[i].gpu == done.client || r->proc[i].cpu == done.client)
				proceed(r, &r->proc[i]);
}

static void sample(struct run *r)
{
	uint64_t uj[3], spent;

	board_energy_uj(r->board, uj);
	r->energy[r->samples % (WINDOW + 1)] = uj[0];
	if (r->samples >= WINDOW) {
		spent = uj[0] - r->energy[(r->samples + 1) % (WINDOW + 1)];
		if (spent / 1000 > r->max_window_mw)
			r->max_window_mw = (uint32_t)(spent / 1000);
	}
	r->samples++;
	r->sample_at += SAMPLE_NS;
}

static uint64_t next_event(const struct run *r)
{
	uint64_t t = board_next(r->board);
	uint32_t i;

	if (r->sample_at < t)
		t = r->sample_at;
	for (i = 0; i < r->procs; i++) {
		const struct process *p = &r->proc[i];

		if (p->stage == IDLE && p->job < r->count && r->jobs[p->job].arrival_ns < t)
			t = r->jobs[p->job].arrival_ns;
	}
	return t;
}

static int start(struct run *r, const struct run_setup *s)
{
	uint32_t i;
	size_t j;

	if (s->count > RUN_MODELS)
		return -EINVAL;
	for (j = 0; j < r->count; j++) {
		struct run_job *job = &r->jobs[j];

		if (job->model >= s->count || !profile_units(&s->models[job->model], &job->request))
			return -EINVAL;
		job->end_ns = 0;
	}
	r->board = malloc(board_size());
	if (!r->board)
		return -ENOMEM;
	board_init(r->board, s->switch_ns);
	board_set_gpu_khz(r->board, s->gpu_khz);
	board_set_cpu_khz(r->board, 0, s->cpu_khz);
	board_set_cpu_khz(r->board, 1, s->cpu_khz);
	r->procs = s->count;
	for (i = 0; i < s->count; i++) {
		struct process *p = &r->proc[i];

		p->model = &s->models[i];
		p->gpu = (uint32_t)board_open(r->board, ORIN_SIM_GPU, i);
		p->cpu = (uint32_t)board_open(r->board, ORIN_SIM_CPU, i);
		board_bind(r->board, p->cpu, i % 2);
		p->job = next_job(r, i, 0);
	}
	return 0;
}

int run_timeslice(const struct run_setup *s, struct run_job *jobs, size_t count,
		  struct run_result *result)
{
	struct run r = { .jobs = jobs, .count = count, .left = count };
	uint64_t uj[3];
	int err = start(&r, s);

	if (err)
		return err;
	while (r.left && r.now < s->horizon_ns) {
		uint64_t t = next_event(&r);

		r.now = t < s->horizon_ns ? t : s->horizon_ns;
		board_advance(r.board, r.now);
		if (r.now == r.sample_at)
			sample(&r);
		collect(&r);
		take_up(&r);
	}
	board_energy_uj(r.board, uj);
	*result = (struct run_result){
		.end_ns = r.now,
		.energy_uj = uj[0],
		.gpu_busy_ns = board_busy_ns(r.board, ORIN_SIM_GPU),
		.cpu_busy_ns = board_busy_ns(r.board, ORIN_SIM_CPU),
		.max_window_mw = r.max_window_mw,
		.unfinished = (uint32_t)r.left,
	};
	free(r.board);
	return 0;
}
