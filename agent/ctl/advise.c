// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl advise: what a network would take and draw on a board, by the board's model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/json.h"
#include "ctl/model.h"
#include "ctl/parse.h"
#include "model/op.h"
#include "sim/board.h"
#include "sim/board_error.h"
#include "sim/run.h"

#define MODELLED	"orin-nx-16gb"	/* whose silicon agent/sim/board.c is */
#define MW_MIN		1000
#define MW_MAX		1000000
#define SOURCE		"agent/sim: an Orin NX 16GB's model, fitted to published rows (make bench-model), at INT8"
#define UNSAID		"without CPU stages, copies between GPU and DLA, and others' use of memory"

static const struct option options[] = {
	CTL_MODEL_OPTIONS
	{ "budget", required_argument, NULL, 'b' },
	CTL_OPTIONS
};

/**
 * struct placement - one way to run it
 * @ns: of one inference; @uj: of the whole board meanwhile; @mw: the two divided
 * @p50, @p90, @max, @rows: errors on published rows, 0.01 %
 */
struct placement {
	const char *on, *basis;
	uint32_t gpu_khz, dla_khz, mw;
	uint64_t ns, uj;
	uint32_t p50, p90, max, rows;
};

/*
 * One byte for each weight that is read and each value that a product or convolution
 * writes, as the profiles of models have it: what is fused in between never gets out.
 */
static void work_of(const struct ctl_model *w, bool dla, bool both, struct board_cmd *cmd)
{
	const struct graph *g = &w->model.graph;

	*cmd = (struct board_cmd){ .kind = w->model.cost.cls == MODEL_DNN ? ORIN_SIM_CONV : ORIN_SIM_GEMM };
	for (uint32_t i = 0; i < g->nodes; i++) {
		const struct node *n = &g->node[i];

		if (!n->macs || (!both && dla != (w->verdict.op[i].rule == DLA_FITS)))
			continue;
		cmd->macs += n->macs;
		/* Nodes and elements have bounds whose product does not fit */
		for (uint32_t k = 0; k < n->in_n && cmd->bytes < MODEL_INT_MAX; k++)
			if (n->in[k] && g->value[n->in[k]].constant && value_elements(&g->value[n->in[k]]) > 0)
				cmd->bytes += (uint64_t)value_elements(&g->value[n->in[k]]);
		for (uint32_t k = 0; k < n->out_n && cmd->bytes < MODEL_INT_MAX; k++)
			if (n->out[k] && value_elements(&g->value[n->out[k]]) > 0)
				cmd->bytes += (uint64_t)value_elements(&g->value[n->out[k]]);
	}
}

static const struct silicon *const silicon = &silicon_orin_nx_16gb;

/* The highest clock that the budget allows while nothing else runs; 0 if none */
static uint32_t clock_for(enum orin_sim_engine engine, uint32_t kind, uint64_t budget_mw)
{
	const struct silicon_clock *clock = engine == ORIN_SIM_GPU ? &silicon->gpu : &silicon->dla;
	uint32_t n = clock->n;

	while (n && board_alone_mw(silicon, engine, kind, clock->khz[n - 1]) > budget_mw)
		n--;
	return n ? clock->khz[n - 1] : 0;
}

static void add(struct placement *p, enum orin_sim_engine engine, const struct board_cmd *cmd, uint32_t khz)
{
	uint64_t ns = cmd->macs || cmd->bytes ? board_alone_ns(silicon, engine, cmd, khz) : 0;

	p->ns += ns;
	p->uj += (uint64_t)((double)ns * 1e-6 * board_alone_mw(silicon, engine, cmd->kind, khz));
	p->mw = p->ns ? (uint32_t)((double)p->uj * 1e6 / (double)p->ns) : 0;
}

static bool on_gpu(const struct ctl_model *w, uint64_t budget_mw, struct placement *p)
{
	struct board_cmd cmd;

	work_of(w, false, true, &cmd);
	*p = (struct placement){
		.on = "gpu", .basis = "MLPerf rows that nothing was fitted to",
		.gpu_khz = clock_for(ORIN_SIM_GPU, cmd.kind, budget_mw),
		.p50 = BOARD_ERROR_GPU_P50, .p90 = BOARD_ERROR_GPU_P90, .max = BOARD_ERROR_GPU_MAX,
		.rows = BOARD_ERROR_GPU_ROWS,
	};
	if (p->gpu_khz)
		add(p, ORIN_SIM_GPU, &cmd, p->gpu_khz);
	return p->gpu_khz;
}

/* What the DLA cannot do takes its turn on the GPU */
static bool on_dla(const struct ctl_model *w, uint64_t budget_mw, struct placement *p)
{
	struct board_cmd dla, gpu;

	work_of(w, true, false, &dla);
	work_of(w, false, false, &gpu);
	dla.kind = ORIN_SIM_CONV;
	*p = (struct placement){
		.on = "dla", .basis = "rows of networks that were measured there at another clock: of others nothing is known",
		.dla_khz = clock_for(ORIN_SIM_DLA0, dla.kind, budget_mw),
		.gpu_khz = gpu.macs ? clock_for(ORIN_SIM_GPU, gpu.kind, budget_mw) : 0,
		.p50 = BOARD_ERROR_DLA_P50, .p90 = BOARD_ERROR_DLA_P90, .max = BOARD_ERROR_DLA_MAX,
		.rows = BOARD_ERROR_DLA_ROWS,
	};
	if (!w->verdict.suits || !p->dla_khz || (gpu.macs && !p->gpu_khz))
		return false;
	add(p, ORIN_SIM_DLA0, &dla, p->dla_khz);
	if (gpu.macs)
		add(p, ORIN_SIM_GPU, &gpu, p->gpu_khz);
	return true;
}

struct advice {
	struct placement way[2];
	uint32_t ways;
	const struct placement *fastest, *thriftiest;
};

static void advise(const struct ctl_model *w, uint64_t budget_mw, struct advice *a)
{
	a->ways = 0;
	if (on_gpu(w, budget_mw, &a->way[a->ways]))
		a->ways++;
	if (on_dla(w, budget_mw, &a->way[a->ways]))
		a->ways++;
	a->fastest = a->thriftiest = a->way;
	for (uint32_t i = 1; i < a->ways; i++) {
		a->fastest = a->way[i].ns < a->fastest->ns ? &a->way[i] : a->fastest;
		a->thriftiest = a->way[i].uj < a->thriftiest->uj ? &a->way[i] : a->thriftiest;
	}
}

static struct json_object *placement_json(const struct placement *p)
{
	struct json_object *to = json_object_new_object(), *error = json_object_new_object();

	json_put_string(to, "on", p->on);
	if (p->gpu_khz)
		json_put_number(to, "gpu_khz", p->gpu_khz);
	if (p->dla_khz)
		json_put_number(to, "dla_khz", p->dla_khz);
	json_put_number(to, "latency_ns", p->ns);
	json_put_number(to, "power_mw", p->mw);
	json_put_number(to, "energy_uj", p->uj);
	json_object_object_add(error, "latency_p50_pct", json_object_new_double(p->p50 / 100.0));
	json_object_object_add(error, "latency_p90_pct", json_object_new_double(p->p90 / 100.0));
	json_object_object_add(error, "latency_max_pct", json_object_new_double(p->max / 100.0));
	json_put_number(error, "latency_rows", p->rows);
	json_put_string(error, "latency_basis", p->basis);
	json_object_object_add(error, "power_max_pct", json_object_new_double(BOARD_ERROR_POWER_MAX / 100.0));
	json_put_number(error, "power_rows", BOARD_ERROR_POWER_ROWS);
	json_object_object_add(to, "error", error);
	return to;
}

static void print_json(const struct ctl_model *w, uint64_t budget_mw, const struct advice *a)
{
	struct json_object *top = json_object_new_object(), *list = json_object_new_array();
	struct board_cmd all;

	work_of(w, false, true, &all);
	json_put_string(top, "board", w->board->name);
	json_put_string(top, "jetpack", w->jetpack);
	if (budget_mw < MW_MAX)
		json_put_number(top, "budget_mw", budget_mw);
	json_put_string(top, "class", model_class_name(w->model.cost.cls));
	json_put_number(top, "macs", all.macs);
	json_put_number(top, "bytes", all.bytes);
	json_put_number(top, "uncounted", w->model.cost.uncounted);
	json_put_string(top, "dla", w->verdict.why);
	for (uint32_t i = 0; i < a->ways; i++)
		json_object_array_add(list, placement_json(&a->way[i]));
	json_object_object_add(top, "placements", list);
	json_put_string(top, "fastest", a->fastest->on);
	json_put_string(top, "least_energy", a->thriftiest->on);
	json_put_string(top, "source", SOURCE);
	json_put_string(top, "not_in_it", UNSAID);
	json_print(top);
}

static void print_clocks(const struct placement *p, char *to, size_t len)
{
	if (p->dla_khz && p->gpu_khz)
		snprintf(to, len, "%u, GPU %u", p->dla_khz / 1000, p->gpu_khz / 1000);
	else
		snprintf(to, len, "%u", (p->dla_khz ? p->dla_khz : p->gpu_khz) / 1000);
}

static void print_text(const struct ctl_model *w, uint64_t budget_mw, const struct advice *a)
{
	char clocks[32];

	printf("%s on an %s", w->path, w->board->title);
	if (budget_mw < MW_MAX)
		printf(" within %.1f W", (double)budget_mw * 1e-3);
	printf(": %s, %.3f GMACs\n", model_class_name(w->model.cost.cls), (double)w->model.cost.macs * 1e-9);
	printf("  for a DLA    %s\n", w->verdict.why);
	if (w->model.cost.uncounted)
		printf("  not counted  %u operators; the first is %s\n", w->model.cost.uncounted,
		       w->model.cost.why_uncounted);
	printf("  %-6s %14s %10s %10s %10s\n", "on", "MHz", "ms", "W", "mJ");
	for (uint32_t i = 0; i < a->ways; i++) {
		const struct placement *p = &a->way[i];

		print_clocks(p, clocks, sizeof(clocks));
		printf("  %-6s %14s %10.3f %10.2f %10.2f\n", p->on, clocks, (double)p->ns * 1e-6,
		       p->mw * 1e-3, (double)p->uj * 1e-3);
	}
	if (a->fastest == a->thriftiest)
		printf("  best         %s\n", a->fastest->on);
	else
		printf("  best         %s for latency, %s for energy\n", a->fastest->on, a->thriftiest->on);
	for (uint32_t i = 0; i < a->ways; i++)
		printf("  error, %s   latency: half within %.0f %%, nine in ten within %.0f %%, all within %.0f %%, of %u %s\n",
		       a->way[i].on, a->way[i].p50 / 100.0, a->way[i].p90 / 100.0, a->way[i].max / 100.0,
		       a->way[i].rows, a->way[i].basis);
	printf("  error, W     %.0f %%, of %u row: hardly known\n", BOARD_ERROR_POWER_MAX / 100.0,
	       BOARD_ERROR_POWER_ROWS);
	printf("  from         " SOURCE ";\n               " UNSAID "\n");
}

static int say(struct ctl *ctl, const struct ctl_model *w, uint64_t budget_mw)
{
	struct advice a;
	char least[96];

	if (!w->model.cost.macs)
		return ctl_refuse(ctl, "it has no convolutions or products that could be counted", NULL, "advise %s", w->path);
	advise(w, budget_mw, &a);
	if (!a.ways) {
		snprintf(least, sizeof(least), "the lowest clock of the GPU draws %u mW, the DLA's %u",
			 board_alone_mw(silicon, ORIN_SIM_GPU, ORIN_SIM_CONV, silicon->gpu.khz[0]),
			 board_alone_mw(silicon, ORIN_SIM_DLA0, ORIN_SIM_CONV, silicon->dla.khz[0]));
		return ctl_refuse(ctl, least, "Allow more", "advise %s within %llu mW", w->path,
				  (unsigned long long)budget_mw);
	}
	if (ctl->json)
		print_json(w, budget_mw, &a);
	else
		print_text(w, budget_mw, &a);
	return CTL_OK;
}

int ctl_advise(struct ctl *ctl, int argc, char **argv)
{
	uint64_t budget_mw = MW_MAX;
	struct ctl_model w = { 0 };
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'b' && parse_power(optarg, MW_MIN, MW_MAX, &budget_mw) < 0)
			return ctl_usage(ctl, "--budget must be %d to %d mW (as 15W), not `%s'", MW_MIN, MW_MAX, optarg);
		r = c == 'b' ? -1 : ctl_model_option(ctl, &w, c);
		if (r >= 0)
			return r;
	}
	r = ctl_model_file(ctl, &w, argc, argv);
	if (r >= 0)
		return r;
	if (strcmp(w.board->name, MODELLED))
		return ctl_refuse(ctl, "that board's times and watts are not modelled", "The one that is: " MODELLED,
				  "advise --board %s", w.board->name);
	r = ctl_model_open(ctl, &w);
	if (!r)
		r = say(ctl, &w, budget_mw);
	model_close(&w.model);
	return r;
}
