// SPDX-License-Identifier: GPL-2.0-or-later
/* Traces: the same requests in three forms, what is refused and where, and broken files. Argument: the top. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/latency.h"
#include "sim/profile.h"
#include "sim/trace.h"
#include "tap.h"

#define MUTANTS	20000
#define TEXT	"twill-trace 1\n# text\n0 resnet-50 150 0 0\n1500 llama-3.2-1b 20 64 16\n2000000 resnet-50 150 0 0\n"
#define CSV	"\xef\xbb\xbftime_ms,model,priority,prompt,output,deadline,class\r\n" \
		"0,resnet-50,150,,,33.5,dnn\r\n\"1.5\", llama-3.2-1b ,20,64,16,,\r\n\r\n2e3,resnet-50,150,0,0,20,\r\n"
#define JSON	"[{\"time\": 0, \"model\": \"resnet-50\", \"priority\": 150, \"deadline\": 33.5},\n" \
		" {\"time_ms\": 1.5, \"model\": \"llama-3.2-1b\", \"priority\": 20, \"prompt\": 64,\n" \
		"  \"output\": 16, \"class\": \"llm\", \"deadline\": null},\n" \
		" {\"model\": \"resnet-50\", \"time_us\": 2000000, \"priority\": 150, \"deadline\": 20}]\n"

static char path[] = "/tmp/twill-trace-XXXXXX";
static char why[512];

static void put(const void *text, size_t size)
{
	FILE *f = fopen(path, "we");

	if (!f || fwrite(text, 1, size, f) != size)
		note("cannot write %s", path);
	if (f)
		fclose(f);
}

static int take(struct trace *t, const char *text)
{
	why[0] = '\0';
	put(text, strlen(text));
	return trace_read(t, path, why, sizeof(why));
}

static bool as_meant(const struct trace *t, bool deadlines)
{
	const struct trace_job *j = t->jobs;

	return t->count == 3 && j[0].arrival_ns == 0 && j[1].arrival_ns == 1500000 &&
	       j[2].arrival_ns == 2000000000 && !strcmp(j[0].model, "resnet-50") &&
	       !strcmp(j[1].model, "llama-3.2-1b") && j[1].prompt == 64 && j[1].output == 16 &&
	       j[0].priority == 150 && j[1].priority == 20 &&
	       j[0].deadline_ns == (deadlines ? 33500000 : 0) && !j[1].deadline_ns &&
	       j[2].deadline_ns == (deadlines ? 20000000 : 0);
}

/* Breaks if: a unit, a cell or a member goes to the wrong place, or a form is taken for another. */
static void test_forms(void)
{
	struct trace t;

	ok(!take(&t, TEXT) && as_meant(&t, false), "the text form%s", why);
	trace_free(&t);
	ok(!take(&t, CSV) && as_meant(&t, true) && t.jobs[0].cls == PROFILE_DNN && t.jobs[1].cls == -1,
	   "CSV, as a spreadsheet writes it%s", why);
	trace_free(&t);
	ok(!take(&t, "\n " JSON) && as_meant(&t, true) && t.jobs[1].cls == PROFILE_LLM, "JSON%s", why);
	trace_free(&t);
	ok(!take(&t, "# made\ntime,model\n0.25,vgg-19\n") && t.count == 1 && t.jobs[0].line == 3 &&
	   t.jobs[0].arrival_ns == 250000000 && t.jobs[0].priority == TRACE_PRIORITY,
	   "seconds and a middle priority, if nothing is said%s", why);
	trace_free(&t);
	ok(!take(&t, "[]") && !t.count, "an array of none%s", why);
	trace_free(&t);
}

struct wrong {
	const char *text, *line, *says;
};

static const struct wrong wrongs[] = {
	{ "", ":0", "empty" },
	{ "hello\n", ":1", "begins neither" },
	{ "time,model,prio\n", ":1", "'prio'" },
	{ "time,model,time_ms\n", ":1", "twice" },
	{ "time,priority\n", ":1", "must be there" },
	{ "time,model\n0,a\n1,a,2\n", ":3", "more cells" },
	{ "time,model,priority\n0,a\n", ":2", "2 cells for the 3" },
	{ "time,mo\033[2Jdel\n", ":1", "'mo?[2Jdel'" },
	{ "time,model\n-1,a\n", ":2", "from 0 on" },
	{ "time,model\n0x10,a\n", ":2", "from 0 on" },
	{ "time,model\nnan,a\n", ":2", "from 0 on" },
	{ "time,model\n1e999,a\n", ":2", "from 0 on" },
	{ "time,model\n86401,a\n", ":2", "at most 86400" },
	{ "time,model\n1,a\n0.5,a\n", ":3", "sort by time" },
	{ "time,model\n,a\n", ":2", "its time and its model" },
	{ "time,model\n1,../a\n", ":2", "letters" },
	{ "time,model,priority\n1,a,256\n", ":2", "at most 255" },
	{ "time,model,priority\n1,a,1.5\n", ":2", "whole" },
	{ "time,model,deadline\n1,a,0\n", ":2", "leave it empty" },
	{ "time,model,class\n1,a,cnn\n", ":2", "transformer" },
	{ "time,model\n1,a", ":2", "cut off" },
	{ "[{\"time\": 1, \"model\": \"a\"}", ":1", "missing" },
	{ "[\n{\"time\": 1,\n \"model\": \"a\"},\n{\"time\": 0, \"model\": \"a\"}]", ":4", "sort by time" },
	{ "[\n{\"time\": 1", ":2", "does not end" },
	{ "[\n{\"time\": 1,}]", ":2", "no JSON" },
	{ "[{\"time\": \"1\", \"model\": \"a\"}]", ":1", "must be a number" },
	{ "[{\"time\": 1, \"model\": 7}]", ":1", "must be a string" },
	{ "[{\"time\": 1, \"time_ms\": 7, \"model\": \"a\"}]", ":1", "two units" },
	{ "[{\"time\": 1, \"model\": \"a\", \"color\": 1}]", ":1", "'color'" },
	{ "[{\"time\": NaN, \"model\": \"a\"}]", ":1", "" },
	{ "[{\"time\": 1, \"model\": \"a\\u0000b\"}]", ":1", "zero" },
	{ "[[[[[[1]]]]]]", ":1", "no JSON" },
	{ "[1]", ":1", "must be an object" },
	{ "[{\"time\": 1, \"model\": \"a\"}] x", ":1", "follows" },
	{ "twill-trace 2\n", ":1", "does not begin" },
	{ "twill-trace 1\n1 a 0 0 -1\n", ":2", "sign" },
};

/* Breaks if: a check is dropped, or a refusal names another line. */
static void test_refusals(void)
{
	char at[sizeof(path) + 16], longest[1024];
	struct trace t;
	size_t i;

	snprintf(longest, sizeof(longest), "time,model\n0,%0600d\n", 0);
	ok(take(&t, longest) && strstr(why, ":2: the line has 602 bytes"), "refused: %s", why + strlen(path));
	for (i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong *w = &wrongs[i];
		int r = take(&t, w->text);

		snprintf(at, sizeof(at), "%s%s: ", path, w->line);
		ok(r && !strncmp(why, at, strlen(at)) && strstr(why + strlen(at), w->says) && !t.jobs,
		   "refused: %s", r ? why + strlen(path) : w->text);
	}
}

/* As twillctl has it: what only the model's profile can tell. */
static void test_load(const char *top)
{
	static const struct wrong wrong[] = {
		{ "time,model\n0,none-such\n", ":2", "no profile" },
		{ "time,model,priority\n0,vgg-19,5\n1,vgg-19,6\n", ":3", "priority 6 here and 5" },
		{ "time,model,class\n0,vgg-19,llm\n", ":2", "class is llm" },
		{ "time,model,prompt\n0,llama-3.2-1b,5\n", ":2", "needs both" },
	};
	char models[4096], at[sizeof(path) + 16];
	struct sim_load load;
	size_t i;

	snprintf(models, sizeof(models), "%s/agent/models", top);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		put(wrong[i].text, strlen(wrong[i].text));
		snprintf(at, sizeof(at), "%s%s: ", path, wrong[i].line);
		ok(sim_load(&load, path, models, false, why, sizeof(why)) &&
		   !strncmp(why, at, strlen(at)) && strstr(why, wrong[i].says),
		   "refused: %s", why + strlen(path));
	}
	put(CSV, strlen(CSV));
	ok(!sim_load(&load, path, models, false, why, sizeof(why)) && load.jobs_n == 3 &&
	   load.jobs[0].deadline_ns == 33500000 && !load.jobs[1].deadline_ns, "deadlines come with it");
	load.jobs[0].end_ns = 33500000;
	ok(!sim_missed(&load.jobs[0]) && !sim_missed(&load.jobs[1]) && sim_missed(&load.jobs[2]),
	   "at the deadline is in time, not at all is not");
	load.jobs[0].end_ns++;
	ok(sim_missed(&load.jobs[0]), "later is not");
	sim_load_free(&load);
}

static uint64_t draw(uint64_t below)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % below;
}

static size_t mutate(char *text, size_t size, size_t room)
{
	static const char marks[] = ",\n\"[]{}:.-+e0 9\r#\\\0\xff";
	size_t times = 1 + draw(4), at, n;

	while (times--) {
		at = draw(size);
		n = 1 + draw(8);
		switch (draw(4)) {
		case 0:
			text[at] = marks[draw(sizeof(marks))];
			break;
		case 1:			/* cut a piece out */
			n = n < size - at ? n : size - at - (at == 0);
			memmove(text + at, text + at + n, size - at - n);
			size -= n;
			break;
		case 2:			/* say it again */
			n = n < size - at ? n : size - at;
			if (size + n > room)
				break;
			memmove(text + at + n, text + at, size - at);
			size += n;
			break;
		default:
			size = draw(8) ? size : at + 1;
		}
		if (!size)
			return 0;
	}
	return size;
}

static bool in_order(const struct trace *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->jobs[i].arrival_ns > 86400000000000ULL || t->jobs[i].priority > 255 ||
		    !t->jobs[i].model[0] || (i && t->jobs[i].arrival_ns < t->jobs[i - 1].arrival_ns))
			return false;
	return true;
}

/* Breaks if: a broken file is read beyond its end, or is refused without a place. ASan looks on. */
static void test_mutants(void)
{
	static const char *const seeds[] = { TEXT, CSV, JSON };
	size_t i, size, wrong = 0, taken = 0;
	char text[1024];
	struct trace t;

	for (i = 0; i < MUTANTS; i++) {
		const char *seed = seeds[i % 3];

		size = strlen(seed);
		memcpy(text, seed, size);
		size = mutate(text, size, sizeof(text));
		put(text, size);
		if (!trace_read(&t, path, why, sizeof(why))) {
			taken++;
			wrong += !in_order(&t);
			trace_free(&t);
		} else {
			wrong += strncmp(why, path, strlen(path)) || why[strlen(path)] != ':' ||
				 !isdigit((unsigned char)why[strlen(path) + 1]) || t.jobs;
		}
	}
	ok(!wrong && taken && taken < MUTANTS, "%d broken files: %zu are traces yet, all others are "
	   "refused with their place", MUTANTS, taken);
}

int main(int argc, char **argv)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	test_forms();
	test_refusals();
	test_load(argc > 1 ? argv[1] : ".");
	test_mutants();
	unlink(path);
	return tap_done();
}
