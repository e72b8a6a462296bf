// SPDX-License-Identifier: GPL-2.0-or-later
/* run - see run.h */
#include <errno.h>
#include <stdlib.h>

#include "sim/run_state.h"

/* Behind those of its process that arrive no later. */
static void enqueue(struct sim *s, uint32_t j)
{
	struct process *p = &s->proc[s->jobs[j].model];
	uint32_t *at = &p->job;

	if (p->job != s->count && s->jobs[p->last_job].arrival_ns <= s->jobs[j].arrival_ns)
		at = &s->link[p->last_job];
	else if (p->stage != IDLE)
		at = &s->link[p->job];	/* the first is at work */
	while (*at != s->count && s->jobs[*at].arrival_ns <= s->jobs[j].arrival_ns)
		at = &s->link[*at];
	s->link[j] = *at;
	if (*at == s->count)
		p->last_job = j;
	*at = j;
}

static void release_followers(struct sim *s, uint32_t j)
{
	uint32_t next, f;

	for (f = s->followers[j]; f != s->count; f = next) {
		next = s->link[f];
		s->jobs[f].arrival_ns = s->now + s->jobs[f].gap_ns;
		enqueue(s, f);
	}
}

/* One at a time, checked when it started: it cannot be refused. */
static void submit(struct sim *s, struct process *p, uint32_t engine, const struct board_cmd *cmd)
{
	if (board_submit(s->board, p->client[engine], cmd))
		abort();
}

static bool stage_on_cpu(struct sim *s, struct process *p, enum stage stage, uint64_t cycles)
{
	const struct board_cmd cmd = { .kind = ORIN_SIM_SCALAR, .macs = cycles };

	p->stage = stage;
	if (cycles)
		submit(s, p, ORIN_SIM_CPU, &cmd);
	return cycles;
}

/* As the module answers job-place; without an engine for it, or an answer, the GPU. */
static uint32_t place(const struct process *p)
{
	uint32_t engine = p->placement - 1;

	if (!(p->model->accelerators & ~(1u << ORIN_SIM_CPU)))
		return ORIN_SIM_CPU;
	if (p->placement == TWILL_ACCELERATOR_NONE || engine >= ORIN_SIM_ENGINES ||
	    p->client[engine] == NO_CLIENT)
		return ORIN_SIM_GPU;
	return engine;
}

static void take_place(struct sim *s, struct process *p)
{
	p->engine = place(p);
	if (p->last != ORIN_SIM_ENGINES && p->last != p->engine)
		s->result->migrations++;
	p->last = p->engine;
	s->jobs[p->job].engine = p->engine;
	p->stage = UNITS;
	agent_placed(s, p);
	sim_tell(s->setup, placed, s->now, p->job);
	s->dirty = true;
}

static void end_job(struct sim *s, struct process *p)
{
	struct sim_job *job = &s->jobs[p->job];

	job->end_ns = s->now;
	agent_ended(s, p);
	sim_tell(s->setup, ended, s->now, p->job);
	s->left--;
	p->stage = IDLE;
	p->job = s->link[p->job];
	release_followers(s, (uint32_t)(job - s->jobs));
	s->dirty = true;
}

/* The present stage is over, or there is none yet: go on to the next that has work. */
static void proceed(struct sim *s, struct process *p)
{
	struct sim_job *job = &s->jobs[p->job];
	struct board_cmd cmd;

	/* It is held at the boundary to user mode, wherever it comes from. */
	p->waits = p->frozen;
	if (p->waits)
		return;
	if (p->stage == IDLE) {
		job->begin_ns = s->now;
		p->unit = 0;
		s->dirty = true;
		if (stage_on_cpu(s, p, PRE, p->model->pre_cycles))
			return;
	}
	if (p->stage == PRE)
		take_place(s, p);
	if (p->stage == UNITS) {
		if (!profile_unit(p->model, &job->request, p->unit, &cmd)) {
			p->unit++;
			submit(s, p, p->engine, &cmd);
			return;
		}
		if (stage_on_cpu(s, p, POST, p->model->post_cycles))
			return;
	}
	end_job(s, p);
}

static void take_up(struct sim *s)
{
	uint32_t i;

	for (i = 0; i < s->procs; i++) {
		struct process *p = &s->proc[i];

		while (p->stage == IDLE && !p->waits && p->job < s->count &&
		       s->jobs[p->job].arrival_ns <= s->now)
			proceed(s, p);
	}
}

/* Let go by the agent. */
static void resume(struct sim *s, struct process *p)
{
	if (p->waits)
		proceed(s, p);
}

static void collect(struct sim *s)
{
	struct board_done done;
	struct process *p;

	while (board_pop(s->board, &done)) {
		p = &s->proc[s->owner[done.client]];
		if (p->stage == UNITS && !s->jobs[p->job].first_ns)
			s->jobs[p->job].first_ns = done.start_ns;
		sim_tell(s->setup, unit, p->job, p->stage == UNITS ? p->engine : ORIN_SIM_CPU,
			 done.start_ns, done.end_ns);
		proceed(s, p);
	}
}

static void measure_load(struct sim *s)
{
	struct meter *m = &s->meter;
	uint64_t *before = &m->gpu_busy_ns[m->samples % LOAD_SAMPLES];
	uint64_t busy = board_busy_ns(s->board, ORIN_SIM_GPU);

	m->gpu_load_pm = (uint32_t)((busy - *before) * 1000 / (LOAD_SAMPLES * SIM_SAMPLE_NS));
	*before = busy;
}

/* A window ends every SIM_SAMPLE_NS; the first after a whole window of load. */
static void measure(struct sim *s)
{
	struct meter *m = &s->meter;
	uint64_t uj, mw = 0;

	if (s->now < m->next_ns)
		return;
	measure_load(s);
	heat_sample(s);
	uj = heat_uj(s);
	m->energy[m->samples % (WINDOW + 1)] = uj;
	if (m->samples >= WINDOW) {
		mw = (uj - m->energy[(m->samples + 1) % (WINDOW + 1)]) / 1000;
		s->result->windows++;
		s->result->windows_over += s->setup->budget_mw && mw > s->setup->budget_mw;
		if (mw > s->result->max_window_mw)
			s->result->max_window_mw = (uint32_t)mw;
	}
	sim_tell(s->setup, sampled, s->now, uj, (uint32_t)mw);
	m->samples++;
	m->next_ns += SIM_SAMPLE_NS;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_event(const struct sim *s)
{
	uint64_t t = earlier(board_next(s->board), sim_clocks_next(&s->clocks));
	uint32_t i;

	t = earlier(earlier(t, s->meter.next_ns), earlier(agent_next(s), s->setup->horizon_ns));
	t = earlier(t, heat_next(s));
	for (i = 0; i < s->procs; i++) {
		const struct process *p = &s->proc[i];

		if (p->stage == IDLE && !p->waits && p->job < s->count)
			t = earlier(t, s->jobs[p->job].arrival_ns);
	}
	return t > s->now ? t : s->now;
}

static void open_client(struct sim *s, uint32_t i, uint32_t engine)
{
	uint32_t client = (uint32_t)board_open(s->board, engine, i);

	s->proc[i].client[engine] = client;
	s->owner[client] = (uint8_t)i;
}

static void open_process(struct sim *s, uint32_t i)
{
	struct process *p = &s->proc[i];
	uint32_t e;

	*p = (struct process){
		.model = &s->setup->models[i],
		.priority = s->setup->priority ? s->setup->priority[i] : 0,
		.unmarked = s->setup->unmarked & 1u << i,
		.last = ORIN_SIM_ENGINES,
		.job = s->count,
	};
	for (e = 0; e < ORIN_SIM_ENGINES; e++) {
		p->client[e] = NO_CLIENT;
		/* As infer does: what nobody could place it on is not loaded. */
		if (e == ORIN_SIM_CPU || e == ORIN_SIM_GPU ||
		    (s->setup->policy && p->model->accelerators & 1u << e &&
		     e < ORIN_SIM_DLA0 + s->silicon->dlas))
			open_client(s, i, e);
	}
	board_bind(s->board, p->client[ORIN_SIM_CPU], i % s->silicon->clusters);
}

static void start_clocks(struct sim *s)
{
	uint32_t gpu = s->setup->gpu_khz ?: silicon_top(&s->silicon->gpu);
	uint32_t cpu = s->setup->cpu_khz ?: silicon_top(&s->silicon->cpu);
	uint32_t dla = s->setup->dla_khz ?: silicon_top(&s->silicon->dla);
	const uint32_t khz[] = {
		[SIM_GPU] = gpu, [SIM_CPU0] = cpu, [SIM_CPU1] = cpu, [SIM_CPU2] = cpu,
		[SIM_DLA0] = dla, [SIM_DLA1] = dla,
	};
	uint32_t clk, i;

	sim_clocks_init(&s->clocks, s->board);
	/* They have been there for long when the load begins. */
	for (clk = SIM_GPU; clk <= SIM_DLA1; clk++) {
		s->clocks.clk[clk].khz = khz[clk];
		s->clocks.clk[clk].asked = khz[clk];
		s->asked_khz[clk] = khz[clk];
	}
	board_set_gpu_khz(s->board, gpu);
	for (i = 0; i < s->silicon->clusters; i++)
		board_set_cpu_khz(s->board, i, cpu);
	for (i = 0; i < s->silicon->dlas; i++)
		board_set_dla_khz(s->board, i, dla);
}

static bool valid(const struct sim_setup *setup, const struct sim_job *jobs, size_t count)
{
	size_t j;

	if (setup->count > SIM_MODELS || count > SIM_JOBS_MAX || (setup->policy && !setup->board))
		return false;
	for (j = 0; j < count; j++)
		if (jobs[j].model >= setup->count || jobs[j].follows > j ||
		    !profile_units(&setup->models[jobs[j].model], &jobs[j].request))
			return false;
	return true;
}

static void queue_jobs(struct sim *s)
{
	uint32_t j, parent;

	for (j = 0; j < s->count; j++)
		s->followers[j] = s->count;
	/* From behind: the first of those that follow one comes first. */
	for (j = s->count; j-- > 0;) {
		s->jobs[j].begin_ns = 0;
		s->jobs[j].first_ns = 0;
		s->jobs[j].end_ns = 0;
		if (!s->jobs[j].follows)
			continue;
		parent = s->jobs[j].follows - 1;
		s->link[j] = s->followers[parent];
		s->followers[parent] = j;
	}
	for (j = 0; j < s->count; j++)
		if (!s->jobs[j].follows)
			enqueue(s, j);
}

static int start(struct sim *s, struct sim_job *jobs, size_t count)
{
	uint32_t i;

	if (!valid(s->setup, jobs, count))
		return -EINVAL;
	s->board = malloc(board_size());
	s->link = calloc(count + 1, sizeof(*s->link));
	s->followers = calloc(count + 1, sizeof(*s->followers));
	if (!s->board || !s->link || !s->followers)
		return -ENOMEM;
	s->jobs = jobs;
	s->count = (uint32_t)count;
	s->left = s->count;
	s->procs = s->setup->count;
	board_init(s->board, s->silicon, s->setup->switch_ns);
	start_clocks(s);
	for (i = 0; i < s->procs; i++)
		open_process(s, i);
	queue_jobs(s);
	heat_init(s);
	return agent_init(s);
}

static void finish(struct sim *s)
{
	s->result->end_ns = s->now;
	s->result->energy_uj = heat_uj(s);
	s->result->gpu_busy_ns = board_busy_ns(s->board, ORIN_SIM_GPU);
	s->result->cpu_busy_ns = board_busy_ns(s->board, ORIN_SIM_CPU);
	s->result->unfinished = s->left;
}

static void run(struct sim *s)
{
	agent_settle(s, resume);
	while (s->left && s->now < s->setup->horizon_ns) {
		s->now = next_event(s);
		board_advance(s->board, s->now);
		sim_clocks_step(&s->clocks, s->board, s->now);
		measure(s);
		collect(s);
		take_up(s);
		agent_step(s);
		agent_settle(s, resume);
		heat_current(s);
	}
}

int sim_run(const struct sim_setup *setup, struct sim_job *jobs, size_t count,
	    struct sim_result *result)
{
	struct sim *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	*result = (struct sim_result){ 0 };
	s->setup = setup;
	s->silicon = sim_silicon(setup);
	s->result = result;
	err = start(s, jobs, count);
	if (!err) {
		run(s);
		finish(s);
	}
	free(s->followers);
	free(s->link);
	free(s->board);
	free(s);
	return err;
}
