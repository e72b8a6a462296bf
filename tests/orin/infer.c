// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * infer - a program that runs one model's inferences on the virtual Orin.
 *
 * It stands in for what a user runs: requests arrive at the times of a trace
 * and are worked on one after another: a stage on the CPU, the model's units on
 * an accelerator, a stage on the CPU. Without --twill it is an ordinary program
 * and never hears of Twill. With it, it tags itself, marks each job and asks
 * where to run, right before the first unit; a model built for several
 * accelerators keeps a context open on each.
 *
 * All times in the log are nanoseconds of model time since --start.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "orin_sim.h"
#include "sim/profile.h"
#include "sim/trace.h"
#include "twill.h"

#define DEVICE		"/dev/orin_sim"
#define ENGINE_AUTO	ORIN_SIM_ENGINES
#define EXIT_RUN	1	/* it could not do its work */
#define EXIT_INPUT	2	/* it was told something impossible, and has done nothing */

/* Accelerators of the UAPI are numbered as the engines, after "none". */
_Static_assert(TWILL_ACCELERATOR_DLA1 == ORIN_SIM_DLA1 + 1, "engines and accelerators differ");
_Static_assert((int)TWILL_CLASS_LLM == PROFILE_LLM, "classes of profiles and the UAPI differ");

static const char *const engine_names[] = { "cpu", "gpu", "dla0", "dla1", "auto" };

struct options {
	const char *profile;
	const char *trace;
	const char *log;
	uint32_t engine;
	int priority;		/* -1: as the trace says */
	uint64_t start_ns;	/* CLOCK_MONOTONIC; 0: now */
	bool by_layer;
	bool twill;
	bool dry_run;
};

struct run {
	const struct options *opts;
	struct profile profile;
	struct trace trace;
	int fd[ORIN_SIM_ENGINES];	/* -1: not open */
	uint32_t scale;
	uint64_t start_ns;
	struct twill *twill;		/* NULL: an ordinary program */
	int64_t task;			/* the module's id of this process; 0: not tagged */
	FILE *log;
};

/* What the log says of one job, in CLOCK_MONOTONIC but for the arrival. */
struct record {
	uint64_t begin_ns;
	uint64_t first_ns;
	uint64_t end_ns;
	uint32_t engine;
	uint32_t units;
};

static void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("infer: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static uint64_t model_ns(const struct run *r, uint64_t ns)
{
	return ns > r->start_ns ? (ns - r->start_ns) / r->scale : 0;
}

static int retry_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do
		ret = ioctl(fd, request, arg);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

/* One context, as a process has one for each engine it uses. */
static int open_engine(struct run *r, uint32_t engine)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	int ret;

	if (fd < 0) {
		complain("%s: %s: is orin_sim loaded?", DEVICE, strerror(errno));
		return -1;
	}
	ret = retry_ioctl(fd, ORIN_SIM_OPEN, &engine);
	if (!ret)
		ret = retry_ioctl(fd, ORIN_SIM_SCALE, &r->scale);
	if (!ret && !r->scale)
		ret = -ERANGE;
	if (ret) {
		complain("%s: engine %s: %s", DEVICE, engine_names[engine], strerror(-ret));
		close(fd);
		return -1;
	}
	r->fd[engine] = fd;
	return 0;
}

/* The engines that a job of this run may be told to use. */
static uint32_t resident(const struct run *r)
{
	if (r->opts->engine != ENGINE_AUTO)
		return 1u << r->opts->engine;
	return r->opts->twill ? r->profile.accelerators : 1u << ORIN_SIM_GPU;
}

static int open_engines(struct run *r)
{
	uint32_t mask = resident(r) | 1u << ORIN_SIM_CPU;
	uint32_t e;

	for (e = 0; e < ORIN_SIM_ENGINES; e++)
		if (mask & 1u << e && open_engine(r, e))
			return -1;
	return 0;
}

/* Not having Twill is no reason not to run. */
static int join_twill(struct run *r, int priority)
{
	struct twill_task_opts task = {
		.cls = r->profile.cls,
		.priority = priority,
		.can_use = resident(r) << 1,
	};
	int64_t ret;

	if (!r->opts->twill)
		return 0;
	ret = twill_open(&r->twill);
	if (ret == -ENOENT) {
		complain("twill.ko is not loaded: running as an ordinary program");
		return 0;
	}
	if (ret) {
		complain("cannot speak to twill.ko: %s", strerror(-(int)ret));
		return -1;
	}
	ret = twill_tag(r->twill, &task);
	if (ret < 0) {
		complain("cannot tag this process: %s", twill_error(r->twill));
		return -1;
	}
	r->task = ret;
	return 0;
}

/* Twill has gone, or refuses: say so once and do without. */
static void leave_twill(struct run *r, const char *what)
{
	complain("%s: %s: going on without Twill", what, twill_error(r->twill));
	r->twill = twill_close(r->twill);
}

static int64_t begin_job(struct run *r, uint32_t units)
{
	struct twill_job_opts opts = { .units = units };
	int64_t job;

	if (!r->twill)
		return -1;
	job = twill_job_begin(r->twill, r->profile.name, &opts);
	if (job < 0)
		leave_twill(r, "job begin");
	return job;
}

static uint32_t place_job(struct run *r, int64_t job)
{
	uint32_t fallback = r->opts->engine == ENGINE_AUTO ? ORIN_SIM_GPU : r->opts->engine;
	int where;

	if (!r->twill)
		return fallback;
	where = twill_job_place(r->twill, job);
	if (where < 0) {
		leave_twill(r, "job place");
		return fallback;
	}
	if (where == TWILL_ACCELERATOR_NONE)
		return fallback;
	if (where > TWILL_ACCELERATOR_DLA1 || r->fd[where - 1] < 0) {
		complain("told to use accelerator %d, for which it has no engine: using %s",
			 where, engine_names[fallback]);
		return fallback;
	}
	return where - 1;
}

static void end_job(struct run *r, int64_t job)
{
	if (r->twill && twill_job_end(r->twill, job, NULL))
		leave_twill(r, "job end");
}

static int run_unit(struct run *r, uint32_t engine, const struct board_cmd *unit,
		    uint64_t *first_ns)
{
	struct orin_sim_cmd cmd = { .kind = unit->kind, .macs = unit->macs, .bytes = unit->bytes };
	struct orin_sim_wait wait = { 0 };
	int ret = retry_ioctl(r->fd[engine], ORIN_SIM_SUBMIT, &cmd);

	if (!ret) {
		wait.seq = cmd.seq;
		ret = retry_ioctl(r->fd[engine], ORIN_SIM_WAIT, &wait);
	}
	if (ret)
		complain("a unit on %s failed: %s", engine_names[engine], strerror(-ret));
	if (!*first_ns)
		*first_ns = wait.start_ns;
	return ret;
}

static int cpu_stage(struct run *r, uint64_t cycles)
{
	struct board_cmd cmd = { .kind = ORIN_SIM_SCALAR, .macs = cycles };
	uint64_t first_ns = 0;

	return cycles ? run_unit(r, ORIN_SIM_CPU, &cmd, &first_ns) : 0;
}

static int run_units(struct run *r, const struct profile_request *req, struct record *rec)
{
	struct board_cmd cmd;
	uint32_t i;

	for (i = 0; i < rec->units; i++) {
		if (profile_unit(&r->profile, req, i, &cmd)) {
			complain("%s: there is no unit %u of %u", r->profile.name, i, rec->units);
			return -1;
		}
		if (run_unit(r, rec->engine, &cmd, &rec->first_ns))
			return -1;
	}
	return 0;
}

static struct profile_request request_of(const struct run *r, const struct trace_job *job)
{
	return (struct profile_request) {
		.by_layer = r->opts->by_layer,
		.prompt = job->prompt,
		.output = job->output,
	};
}

static int run_job(struct run *r, const struct trace_job *job, struct record *rec)
{
	struct profile_request req = request_of(r, job);
	int64_t id;
	int ret;

	rec->units = profile_units(&r->profile, &req);
	rec->begin_ns = now_ns();
	id = begin_job(r, rec->units);
	ret = cpu_stage(r, r->profile.pre_cycles);
	if (!ret) {
		rec->engine = place_job(r, id);
		ret = run_units(r, &req, rec);
	}
	if (!ret)
		ret = cpu_stage(r, r->profile.post_cycles);
	rec->end_ns = now_ns();
	end_job(r, id);
	return ret;
}

static bool is_mine(const struct run *r, const struct trace_job *job)
{
	return !strcmp(job->model, r->profile.name);
}

static void write_record(struct run *r, const struct trace_job *job, const struct record *rec)
{
	const uint64_t ns[] = {
		job->arrival_ns,
		model_ns(r, rec->begin_ns),
		model_ns(r, rec->first_ns),
		model_ns(r, rec->end_ns),
	};
	size_t i;

	fputs(job->model, r->log);
	for (i = 0; i < sizeof(ns) / sizeof(ns[0]); i++)
		fprintf(r->log, " %" PRIu64, ns[i]);
	fprintf(r->log, " %s %u\n", engine_names[rec->engine], rec->units);
}

static int run_jobs(struct run *r)
{
	size_t i, done = 0;

	for (i = 0; i < r->trace.count; i++) {
		const struct trace_job *job = &r->trace.jobs[i];
		struct record rec = { 0 };

		if (!is_mine(r, job))
			continue;
		sleep_until(r->start_ns + job->arrival_ns * r->scale);
		if (run_job(r, job, &rec))
			return -1;
		done++;
		write_record(r, job, &rec);
		/* A line a job, at once: what was done is known whatever comes next. */
		if (fflush(r->log))
			break;
	}
	fprintf(r->log, "# done %zu\n", done);
	if (fflush(r->log) || ferror(r->log)) {
		complain("%s: %s", r->opts->log, strerror(errno));
		return -1;
	}
	return 0;
}

/* Everything that can be wrong with what we were told, before anything is touched. */
static int check_trace(const struct run *r)
{
	size_t i, mine = 0;

	for (i = 0; i < r->trace.count; i++) {
		const struct trace_job *job = &r->trace.jobs[i];
		struct profile_request req = request_of(r, job);

		if (!is_mine(r, job))
			continue;
		mine++;
		if (!profile_units(&r->profile, &req)) {
			complain("%s: request %zu (prompt %u, output %u) does not suit model %s",
				 r->opts->trace, i + 1, job->prompt, job->output, job->model);
			return -1;
		}
	}
	if (!mine) {
		complain("%s has no request for model %s", r->opts->trace, r->profile.name);
		return -1;
	}
	return 0;
}

static int load_input(struct run *r)
{
	const struct options *o = r->opts;
	char err[512];
	int ret;

	ret = profile_load(o->profile, &r->profile, err, sizeof(err));
	if (ret == -ENOENT) {
		complain("unknown model: there is no profile %s", o->profile);
		return -1;
	}
	if (ret) {
		complain("malformed profile: %s", err);
		return -1;
	}
	if (trace_load(&r->trace, o->trace, err, sizeof(err))) {
		complain("%s", err);
		return -1;
	}
	if (o->engine != ENGINE_AUTO && !(r->profile.accelerators & 1u << o->engine)) {
		complain("model %s has not been built for %s", r->profile.name,
			 engine_names[o->engine]);
		return -1;
	}
	return check_trace(r);
}

static int priority_of(const struct run *r)
{
	size_t i;

	if (r->opts->priority >= 0)
		return r->opts->priority;
	for (i = 0; i < r->trace.count; i++)
		if (is_mine(r, &r->trace.jobs[i]))
			return r->trace.jobs[i].priority;
	return -1;
}

static void print_plan(const struct run *r)
{
	size_t i, jobs = 0;
	uint64_t units = 0;

	for (i = 0; i < r->trace.count; i++) {
		struct profile_request req = request_of(r, &r->trace.jobs[i]);

		if (!is_mine(r, &r->trace.jobs[i]))
			continue;
		jobs++;
		units += profile_units(&r->profile, &req);
	}
	printf("%s class=%s priority=%d requests=%zu units=%" PRIu64 "\n", r->profile.name,
	       profile_class_name(r->profile.cls), priority_of(r), jobs, units);
}

static int perform(struct run *r)
{
	if (open_engines(r) || join_twill(r, priority_of(r)))
		return -1;
	r->log = fopen(r->opts->log, "we");
	if (!r->log) {
		complain("%s: %s", r->opts->log, strerror(errno));
		return -1;
	}
	r->start_ns = r->opts->start_ns ?: now_ns();
	fprintf(r->log, "# %s pid=%d task=%" PRId64 " priority=%d", r->profile.name, getpid(),
		r->task, priority_of(r));
	fprintf(r->log, " scale=%u start_ns=%" PRIu64 "\n", r->scale, r->start_ns);
	return run_jobs(r);
}

static void finish(struct run *r)
{
	uint32_t e;

	r->twill = twill_close(r->twill);
	for (e = 0; e < ORIN_SIM_ENGINES; e++)
		if (r->fd[e] >= 0)
			close(r->fd[e]);
	if (r->log)
		fclose(r->log);
	trace_free(&r->trace);
}

static void usage(FILE *to)
{
	fputs("Usage: infer --profile FILE --trace FILE [options]\n"
	      "  --log FILE              one line a job (needed unless --dry-run)\n"
	      "  --engine gpu|dla0|dla1|auto   where to run; auto (default): where Twill says, else the GPU\n"
	      "  --priority 0..255       default: as the trace says\n"
	      "  --units engine|layer    what to submit at once (default engine)\n"
	      "  --start NS              CLOCK_MONOTONIC at which the trace begins (default: now)\n"
	      "  --twill                 tag itself, mark jobs, ask for placement\n"
	      "  --dry-run               check the input, say what would run, do nothing\n", to);
}

static int parse_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || *end || *value > max ? -1 : 0;
}

static int parse_engine(const char *text, uint32_t *engine)
{
	uint32_t e;

	for (e = ORIN_SIM_GPU; e <= ENGINE_AUTO; e++) {
		if (strcmp(text, engine_names[e]))
			continue;
		*engine = e;
		return 0;
	}
	return -1;
}

static int parse_option(struct options *o, int opt, const char *arg)
{
	uint64_t n = 0;

	switch (opt) {
	case 'f':
		o->profile = arg;
		return 0;
	case 't':
		o->trace = arg;
		return 0;
	case 'l':
		o->log = arg;
		return 0;
	case 'w':
		o->twill = true;
		return 0;
	case 'd':
		o->dry_run = true;
		return 0;
	case 'e':
		return parse_engine(arg, &o->engine);
	case 'u':
		o->by_layer = !strcmp(arg, "layer");
		return o->by_layer || !strcmp(arg, "engine") ? 0 : -1;
	case 'p':
		if (parse_number(arg, TWILL_PRIORITY_MAX, &n))
			return -1;
		o->priority = n;
		return 0;
	case 's':
		return parse_number(arg, INT64_MAX, &o->start_ns);
	}
	return -1;
}

static int parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "profile", required_argument, NULL, 'f' },
		{ "trace", required_argument, NULL, 't' },
		{ "log", required_argument, NULL, 'l' },
		{ "engine", required_argument, NULL, 'e' },
		{ "units", required_argument, NULL, 'u' },
		{ "priority", required_argument, NULL, 'p' },
		{ "start", required_argument, NULL, 's' },
		{ "twill", no_argument, NULL, 'w' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int opt, which;

	while ((opt = getopt_long(argc, argv, "", longs, &which)) != -1) {
		if (opt == 'h') {
			usage(stdout);
			exit(0);
		}
		if (opt != '?' && !parse_option(o, opt, optarg))
			continue;
		if (opt != '?')
			complain("--%s: '%s' is not possible", longs[which].name, optarg);
		return -1;
	}
	if (optind < argc || !o->profile || !o->trace || (!o->log && !o->dry_run)) {
		complain("--profile, --trace and --log are needed, and nothing else");
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options opts = { .engine = ENGINE_AUTO, .priority = -1 };
	struct run r = { .opts = &opts, .fd = { -1, -1, -1, -1 } };
	int ret;

	if (parse_options(&opts, argc, argv)) {
		usage(stderr);
		return EXIT_INPUT;
	}
	if (load_input(&r)) {
		finish(&r);
		return EXIT_INPUT;
	}
	if (opts.dry_run) {
		print_plan(&r);
		ret = 0;
	} else {
		ret = perform(&r);
	}
	finish(&r);
	return ret ? EXIT_RUN : 0;
}
