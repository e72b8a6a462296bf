// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * board_tool - ask the board's model from a shell; JSON on standard output.
 * Exit status 0, 1 when the answer is no, 2 when the question makes no sense.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/board.h"
#include "sim/board_caps.h"
#include "sim/board_cost.h"
#include "sim/latency.h"
#include "sim/board_table.h"
#include "sim/profile.h"

#define STREAMS		16
#define CORUN_STEPS	10000000	/* units of nanoseconds would take for ever */
#define SECOND		1000000000ULL

static const char usage[] =
"board_tool unit --engine E --kind K --macs N --bytes N --khz N [--emc-khz N]\n"
"board_tool draw [--gpu K] [--gpu-khz N] [--dla0-khz N] [--dla1-khz N] [--cpu-khz N]\n"
"                [--cores N] [--emc-khz N]\n"
"board_tool alone --profile FILE --engine E --khz N [--cpu-khz N] [--prompt N] [--output N]\n"
"board_tool corun [--gpu-khz N] [--dla0-khz N] [--emc-khz N] [--ms N] E:K:MACS:BYTES...\n"
"board_tool static-caps --budget MW [--prompt N] [--output N] FILE...\n"
"board_tool saturate --gpu-khz N --cpu-khz N [--share NAME=WEIGHT]... [--prompt N]\n"
"                [--output N] [--switch-ns N] FILE...\n"
"board_tool replay --trace FILE --gpu-khz N --cpu-khz N [--switch-ns N] [--by-layer]\n"
"                [--profiles DIR] [--jobs]\n"
"\n"
"E: cpu, gpu, dla0, dla1. K: conv, gemm, gemv, scalar. Clocks in kHz. FILE: profiles, or a\n"
"trace. --prompt and --output: tokens of a language model's request; static-caps takes the\n"
"shortest ones (32 and 16 if not told), the others typical ones (144 and 40).\n";

static const struct silicon *const si = &silicon_orin_nx_16gb;
static const char *const engines[] = { "cpu", "gpu", "dla0", "dla1" };
static const char *const kinds[] = { "conv", "gemm", "gemv", "scalar" };

struct options {
	int engine;
	int kind;
	int gpu;		/* kind, or -1: idle */
	uint64_t macs;
	uint64_t bytes;
	uint64_t ms;
	uint32_t khz;
	uint32_t gpu_khz;
	uint32_t dla_khz[2];
	uint32_t cpu_khz;
	uint32_t emc_khz;
	uint32_t cores;
	uint32_t budget;
	uint32_t prompt;
	uint32_t output;
	int64_t switch_ns;
	bool by_layer;
	bool jobs;
	const char *profile;
	const char *profiles;
	const char *trace;
	const char *shares[SIM_MODELS];
	int share_count;
	char **args;
	int arg_count;
};

static void die(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));

static void die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("board_tool: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(status);
}

static uint64_t number(const char *name, const char *text, uint64_t max)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || n > max)
		die(2, "--%s: '%s' is no whole number up to %" PRIu64, name, text, max);
	return n;
}

static int word(const char *name, const char *text, const char *const *words, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(words[i], text))
			return i;
	die(2, "--%s: '%s' is not known", name, text);
}

static void load(const char *path, struct profile *p)
{
	char err[256];

	if (profile_load(path, p, err, sizeof(err)))
		die(2, "%s", err);
}

/* A language model's request of the asked size, an ordinary one for the others. */
static struct profile_request request(const struct options *o, uint32_t prompt, uint32_t output)
{
	return (struct profile_request){
		.by_layer = o->by_layer,
		.prompt = o->prompt ? o->prompt : prompt,
		.output = o->output ? o->output : output,
	};
}

static void need(bool given, const char *what)
{
	if (!given)
		die(2, "%s is missing\n\n%s", what, usage);
}

static int cmd_unit(const struct options *o)
{
	const struct board_cmd cmd = { .kind = (uint32_t)o->kind, .macs = o->macs,
				       .bytes = o->bytes };
	uint64_t core, mem;

	need(o->engine >= 0 && o->kind >= 0 && o->khz && o->macs + o->bytes,
	     "one of --engine, --kind, --macs, --bytes, --khz");
	core = board_core_ns(si, (enum orin_sim_engine)o->engine, &cmd, o->khz);
	mem = board_mem_ns(si, (enum orin_sim_engine)o->engine, &cmd, o->emc_khz);
	printf("{\"ns\": %" PRIu64 ", \"core_ns\": %" PRIu64 ", \"mem_ns\": %" PRIu64
	       ", \"mw\": %u}\n", core + mem, core, mem,
	       board_alone_mw(si, (enum orin_sim_engine)o->engine, cmd.kind, o->khz));
	return 0;
}

static int cmd_draw(const struct options *o)
{
	struct board_load state = {
		.gpu_khz = o->gpu_khz, .gpu_busy = o->gpu >= 0,
		.gpu_kind = o->gpu >= 0 ? (uint32_t)o->gpu : 0,
		.dla_khz = { o->dla_khz[0], o->dla_khz[1] },
		.cpu_khz = { o->cpu_khz, o->cpu_khz, o->cpu_khz },
		.cores = { o->cores > 4 ? 4 : o->cores, o->cores > 4 ? o->cores - 4 : 0 },
		.emc_khz = o->emc_khz,
	};
	struct board_power p;

	if (o->cores > 8)
		die(2, "--cores: there are 8");
	board_draw(si, &state, &p);
	printf("{\"vdd_in_mw\": %u, \"vdd_cpu_gpu_cv_mw\": %u, \"vdd_soc_mw\": %u}\n",
	       p.vdd_in_mw, p.vdd_cpu_gpu_cv_mw, p.vdd_soc_mw);
	return 0;
}

static int cmd_alone(const struct options *o)
{
	const struct profile_request req = request(o, 144, 40);
	enum orin_sim_engine engine = (enum orin_sim_engine)o->engine;
	struct profile p;
	uint64_t ns, stages;
	uint32_t kind;

	need(o->profile && o->engine > ORIN_SIM_CPU && o->khz,
	     "one of --profile, --engine (gpu, dla0, dla1), --khz");
	load(o->profile, &p);
	if (!(p.accelerators & 1u << engine))
		die(1, "%s has not been built for %s", p.name, engines[engine]);
	ns = caps_units_ns(si, &p, &req, engine, o->khz);
	stages = caps_stages_ns(si, &p, o->cpu_khz);
	kind = p.unit == PROFILE_TOKEN ? p.token.kind : p.engine.kind;
	printf("{\"model\": \"%s\", \"engine\": \"%s\", \"khz\": %u, \"units\": %u, "
	       "\"ns\": %" PRIu64 ", \"stages_ns\": %" PRIu64 ", \"total_ns\": %" PRIu64 ", \"mw\": %u}\n", p.name,
	       engines[engine], o->khz, profile_units(&p, &req), ns, stages, ns + stages,
	       board_alone_mw(si, engine, kind, o->khz));
	return 0;
}

struct stream {
	struct board_cmd cmd;
	uint32_t engine;
	uint32_t client;
	uint64_t units;
	uint64_t ns;
};

static void parse_stream(const char *text, struct stream *s)
{
	char engine[8], kind[8];
	int end = -1;

	if (sscanf(text, "%7[a-z0-9]:%7[a-z]:%" SCNu64 ":%" SCNu64 "%n", engine, kind, &s->cmd.macs,
		   &s->cmd.bytes, &end) != 4 || end < 0 || text[end])
		die(2, "'%s' is no E:K:MACS:BYTES", text);
	s->engine = (uint32_t)word("stream", engine, engines, 4);
	s->cmd.kind = (uint32_t)word("stream", kind, kinds, 4);
}

/* Each stream always has one unit on its engine or waiting for it. */
static int cmd_corun(const struct options *o)
{
	struct board *b = malloc(board_size());
	struct stream s[STREAMS] = { 0 };
	uint64_t now = 0, end = o->ms * 1000000;
	struct board_done done;
	uint32_t steps = 0;
	int i;

	need(o->arg_count > 0 && o->arg_count <= STREAMS, "a stream (1 to 16)");
	if (!b)
		die(1, "out of memory");
	board_init(b, si, o->switch_ns);
	board_set_gpu_khz(b, o->gpu_khz);
	for (i = 0; i < SILICON_DLAS; i++)
		board_set_dla_khz(b, (uint32_t)i, o->dla_khz[0] ? o->dla_khz[0] : BOARD_DLA_MAX_KHZ);
	board_set_emc_khz(b, o->emc_khz);
	for (i = 0; i < o->arg_count; i++) {
		parse_stream(o->args[i], &s[i]);
		s[i].client = (uint32_t)board_open(b, (enum orin_sim_engine)s[i].engine, 1);
		if (board_submit(b, s[i].client, &s[i].cmd))
			die(2, "'%s' is no unit", o->args[i]);
	}
	while (now < end && steps++ < CORUN_STEPS) {
		now = board_next(b) < end ? board_next(b) : end;
		board_advance(b, now);
		while (board_pop(b, &done))
			for (i = 0; i < o->arg_count; i++) {
				if (s[i].client != done.client)
					continue;
				s[i].units++;
				s[i].ns = done.end_ns;
				board_submit(b, s[i].client, &s[i].cmd);
			}
	}
	printf("{\"streams\": [");
	for (i = 0; i < o->arg_count; i++)
		printf("%s{\"units\": %" PRIu64 ", \"per_s\": %.6f, \"mean_ns\": %.1f}",
		       i ? ", " : "", s[i].units,
		       s[i].ns ? (double)s[i].units * SECOND / (double)s[i].ns : 0,
		       s[i].units ? (double)s[i].ns / (double)s[i].units : 0);
	printf("]}\n");
	free(b);
	return 0;
}

static uint32_t load_all(const struct options *o, struct profile *models)
{
	int i;

	need(o->arg_count > 0 && o->arg_count <= SIM_MODELS, "a profile (1 to 16)");
	for (i = 0; i < o->arg_count; i++)
		load(o->args[i], &models[i]);
	return (uint32_t)o->arg_count;
}

static int cmd_caps(const struct options *o)
{
	const struct profile_request req = request(o, 32, 16);
	struct profile models[SIM_MODELS];
	uint32_t count = load_all(o, models);
	struct caps caps = { 0 };

	need(o->budget, "--budget");
	if (!caps_find(si, models, count, &req, o->budget, &caps))
		die(1, "these models draw up to %u mW at the lowest clocks: nothing holds %u mW",
		    caps.least_mw, o->budget);
	printf("{\"budget_mw\": %u, \"gpu_khz\": %u, \"cpu_khz\": %u, \"draw_mw\": %u}\n",
	       o->budget, caps.gpu_khz, caps.cpu_khz, caps.draw_mw);
	return 0;
}

static void read_shares(const struct options *o, const struct profile *models, uint32_t count,
			double *weights)
{
	uint32_t i;
	int k;

	for (i = 0; i < count; i++)
		weights[i] = o->share_count ? 0 : 1;
	for (k = 0; k < o->share_count; k++) {
		const char *eq = strchr(o->shares[k], '=');
		char *end;

		for (i = 0; eq && i < count; i++)
			if (strlen(models[i].name) == (size_t)(eq - o->shares[k]) &&
			    !strncmp(models[i].name, o->shares[k], (size_t)(eq - o->shares[k])))
				break;
		if (!eq || i == count)
			die(2, "--share: '%s' is no NAME=WEIGHT of a model given", o->shares[k]);
		weights[i] = strtod(eq + 1, &end);
		if (!eq[1] || *end || !(weights[i] > 0 && weights[i] < 1e12))
			die(2, "--share: '%s' has no positive weight", o->shares[k]);
	}
	for (i = 0; i < count; i++)
		if (!(weights[i] > 0))
			die(2, "--share: none for %s", models[i].name);
}

static int cmd_saturate(const struct options *o)
{
	const struct profile_request req = request(o, 144, 40);
	struct profile models[SIM_MODELS];
	uint32_t i, count = load_all(o, models);
	const struct sim_setup setup = {
		.models = models, .count = count, .gpu_khz = o->gpu_khz, .cpu_khz = o->cpu_khz,
		.switch_ns = o->switch_ns,
	};
	double weights[SIM_MODELS], whole = 0, per_s;

	read_shares(o, models, count, weights);
	per_s = caps_saturation(&setup, weights, &req);
	if (per_s <= 0)
		die(1, "out of memory");
	for (i = 0; i < count; i++)
		whole += weights[i];
	printf("{\"gpu_khz\": %u, \"cpu_khz\": %u, \"jobs_per_s\": %.4f, \"models\": {", o->gpu_khz,
	       o->cpu_khz, per_s);
	for (i = 0; i < count; i++)
		printf("%s\"%s\": %.4f", i ? ", " : "", models[i].name, per_s * weights[i] / whole);
	printf("}}\n");
	return 0;
}

/* The index of a model that the trace names; its profile is read at the first request. */
static void print_jobs(const struct sim_load *load)
{
	const struct sim_job *j;
	size_t i;

	printf(", \"jobs\": [");
	for (i = 0; i < load->jobs_n; i++) {
		j = &load->jobs[i];
		printf("%s\n{\"model\": \"%s\", \"priority\": %u, \"arrival_ns\": %" PRIu64
		       ", \"begin_ns\": %" PRIu64 ", \"end_ns\": %" PRIu64 "}", i ? "," : "",
		       load->models[j->model].name, load->priority[j->model], j->arrival_ns,
		       j->begin_ns, j->end_ns);
	}
	printf("]");
}

static void print_replay(const struct options *o, const struct sim_load *load,
			 const struct sim_result *r)
{
	struct sim_latency l;

	if (sim_latency(load, SIM_ALL_MODELS, &l))
		die(1, "out of memory");
	printf("{\"jobs_done\": %zu, \"mean_ms\": %.4f, \"p50_ms\": %.4f, \"p99_ms\": %.4f, "
	       "\"energy_j\": %.3f, \"mean_mw\": %.1f, \"max_window_mw\": %u, \"end_ns\": %" PRIu64
	       ", \"gpu_busy\": %.4f", l.jobs, l.mean_ms, l.p50_ms, l.p99_ms,
	       (double)r->energy_uj / 1e6, (double)r->energy_uj / ((double)r->end_ns / 1e6),
	       r->max_window_mw, r->end_ns, (double)r->gpu_busy_ns / (double)r->end_ns);
	if (o->jobs)
		print_jobs(load);
	printf("}\n");
}

static int cmd_replay(const struct options *o)
{
	struct sim_setup setup = {
		.gpu_khz = o->gpu_khz, .cpu_khz = o->cpu_khz,
		.switch_ns = o->switch_ns, .horizon_ns = BOARD_NEVER,
	};
	struct sim_result result;
	struct sim_load load;
	char err[512];

	need(o->trace, "--trace");
	if (sim_load(&load, o->trace, o->profiles, o->by_layer, err, sizeof(err)))
		die(2, "%s", err);
	setup.models = load.models;
	setup.count = load.models_n;
	if (sim_run(&setup, load.jobs, load.jobs_n, &result))
		die(1, "out of memory");
	print_replay(o, &load, &result);
	sim_load_free(&load);
	return 0;
}

enum long_option {
	ENGINE = 256, KIND, GPU, MACS, BYTES, MS, KHZ, GPU_KHZ, DLA0_KHZ, DLA1_KHZ, CPU_KHZ,
	EMC_KHZ, CORE_COUNT, BUDGET, PROMPT, OUTPUT, SWITCH_NS, BY_LAYER, JOBS, PROFILE, PROFILES, TRACE,
	SHARE,
};

static const struct option options[] = {
	{ "engine", 1, NULL, ENGINE }, { "kind", 1, NULL, KIND }, { "gpu", 1, NULL, GPU },
	{ "macs", 1, NULL, MACS }, { "bytes", 1, NULL, BYTES }, { "ms", 1, NULL, MS },
	{ "khz", 1, NULL, KHZ }, { "gpu-khz", 1, NULL, GPU_KHZ },
	{ "dla0-khz", 1, NULL, DLA0_KHZ }, { "dla1-khz", 1, NULL, DLA1_KHZ },
	{ "cpu-khz", 1, NULL, CPU_KHZ }, { "emc-khz", 1, NULL, EMC_KHZ },
	{ "cores", 1, NULL, CORE_COUNT }, { "budget", 1, NULL, BUDGET },
	{ "prompt", 1, NULL, PROMPT }, { "output", 1, NULL, OUTPUT },
	{ "switch-ns", 1, NULL, SWITCH_NS }, { "by-layer", 0, NULL, BY_LAYER },
	{ "jobs", 0, NULL, JOBS }, { "profile", 1, NULL, PROFILE },
	{ "profiles", 1, NULL, PROFILES }, { "trace", 1, NULL, TRACE },
	{ "share", 1, NULL, SHARE }, { 0 },
};

static uint32_t *number_field(struct options *o, int opt)
{
	switch (opt) {
	case KHZ:	return &o->khz;
	case GPU_KHZ:	return &o->gpu_khz;
	case DLA0_KHZ:	return &o->dla_khz[0];
	case DLA1_KHZ:	return &o->dla_khz[1];
	case CPU_KHZ:	return &o->cpu_khz;
	case EMC_KHZ:	return &o->emc_khz;
	case CORE_COUNT: return &o->cores;
	case BUDGET:	return &o->budget;
	case PROMPT:	return &o->prompt;
	case OUTPUT:	return &o->output;
	}
	return NULL;
}

static void set_option(struct options *o, int opt, const char *name)
{
	uint32_t *field = number_field(o, opt);

	if (field) {
		*field = (uint32_t)number(name, optarg, 10000000);
		if (!*field && opt != CORE_COUNT)
			die(2, "--%s: zero", name);
	} else if (opt == ENGINE) {
		o->engine = word(name, optarg, engines, 4);
	} else if (opt == KIND) {
		o->kind = word(name, optarg, kinds, 4);
	} else if (opt == GPU) {
		o->gpu = word(name, optarg, kinds, 4);
	} else if (opt == MACS) {
		o->macs = number(name, optarg, 1ULL << 60);
	} else if (opt == BYTES) {
		o->bytes = number(name, optarg, 1ULL << 60);
	} else if (opt == MS) {
		o->ms = number(name, optarg, 10000000);
	} else if (opt == SWITCH_NS) {
		o->switch_ns = (int64_t)number(name, optarg, SECOND);
	} else if (opt == BY_LAYER) {
		o->by_layer = true;
	} else if (opt == JOBS) {
		o->jobs = true;
	} else if (opt == PROFILE) {
		o->profile = optarg;
	} else if (opt == PROFILES) {
		o->profiles = optarg;
	} else if (opt == TRACE) {
		o->trace = optarg;
	} else if (opt == SHARE && o->share_count < SIM_MODELS) {
		o->shares[o->share_count++] = optarg;
	} else {
		die(2, "see board_tool --help");
	}
}

static const struct {
	const char *name;
	int (*run)(const struct options *o);
} commands[] = {
	{ "unit", cmd_unit }, { "draw", cmd_draw }, { "alone", cmd_alone }, { "corun", cmd_corun },
	{ "static-caps", cmd_caps }, { "saturate", cmd_saturate }, { "replay", cmd_replay },
};

int main(int argc, char **argv)
{
	struct options o = {
		.engine = -1, .kind = -1, .gpu = -1, .gpu_khz = BOARD_GPU_MAX_KHZ,
		.cpu_khz = BOARD_CPU_MAX_KHZ, .emc_khz = BOARD_EMC_KHZ, .switch_ns = -1,
		.ms = 10000, .profiles = "agent/models",
	};
	size_t i;
	int opt, index;

	if (argc < 2 || !strcmp(argv[1], "--help")) {
		fputs(usage, argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	while ((opt = getopt_long(argc - 1, argv + 1, "", options, &index)) != -1) {
		if (opt == '?')
			return 2;
		set_option(&o, opt, options[index].name);
	}
	o.args = argv + 1 + optind;
	o.arg_count = argc - 1 - optind;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(&o);
	die(2, "no command '%s'\n\n%s", argv[1], usage);
}
