// SPDX-License-Identifier: GPL-2.0-or-later
/* libtwill_test [absent]: in a guest with the module, or without it. TAP. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"
#include "twill.h"

static void test_absent(void)
{
	struct twill *tw = (struct twill *)&tap_count;

	ok(twill_open(&tw) == -ENOENT, "libtwill: no module, no handle");
	ok(tw == (struct twill *)&tap_count, "libtwill: the output is left alone");
	ok(!twill_close(NULL), "libtwill: closing nothing");
}

static void test_task(struct twill *tw)
{
	const struct twill_task_opts opts = {
		.cls = TWILL_CLASS_DNN, .priority = 50,
		.can_use = 1u << TWILL_ACCELERATOR_GPU | 1u << TWILL_ACCELERATOR_DLA0,
	};
	struct twill_task_opts bad = opts;
	int64_t id;

	ok(twill_job_begin(tw, "vgg-19", NULL) == -ESRCH && *twill_error(tw),
	   "libtwill: a job needs a task: %s", twill_error(tw));
	ok(twill_untag(tw) == -ESRCH, "libtwill: nor is there a tag to remove");
	id = twill_tag(tw, &opts);
	ok(id > 0, "libtwill: tag (%s)", twill_error(tw));
	ok(twill_tag(tw, NULL) == id, "libtwill: again, with defaults, is the same task");
	bad.priority = 256;
	ok(twill_tag(tw, &bad) < 0, "libtwill: priority 256: %s", twill_error(tw));
	bad.priority = -2;
	ok(twill_tag(tw, &bad) < 0, "libtwill: priority -2: %s", twill_error(tw));
	bad = opts;
	bad.cls = 77;
	ok(twill_tag(tw, &bad) < 0, "libtwill: class 77: %s", twill_error(tw));
}

static void test_jobs(struct twill *tw)
{
	const struct twill_job_opts opts = { .deadline_us = 1000, .units = 3 };
	char name[TWILL_NAME_MAX + 2];
	int64_t first, second;
	uint64_t latency = 0;
	int where;

	first = twill_job_begin(tw, "vgg-19", &opts);
	second = twill_job_begin(tw, "bert-base", NULL);
	ok(first > 0 && second > 0 && first != second, "libtwill: two jobs");
	where = twill_job_place(tw, first);
	ok(where >= 0 && twill_accelerator_name((uint32_t)where), "libtwill: placed on %s",
	   where >= 0 ? twill_accelerator_name((uint32_t)where) : twill_error(tw));
	ok(twill_job_end(tw, first, &latency) == 0 && latency > 0, "libtwill: ended");
	latency = 42;
	ok(twill_job_end(tw, first, &latency) == -ESRCH && latency == 42,
	   "libtwill: ended twice is refused, the output left alone");
	ok(twill_job_place(tw, first) == -ESRCH && twill_job_end(tw, -1, NULL) == -ESRCH &&
	   twill_job_end(tw, 1ll << 40, NULL) == -ESRCH, "libtwill: jobs that are not");
	memset(name, 'n', sizeof(name));
	name[TWILL_NAME_MAX + 1] = '\0';
	ok(twill_job_begin(tw, name, NULL) == -EINVAL && twill_job_begin(tw, "", NULL) == -EINVAL &&
	   twill_job_begin(tw, NULL, NULL) == -EINVAL, "libtwill: bad names");
	name[TWILL_NAME_MAX] = '\0';
	ok(twill_job_begin(tw, name, NULL) > 0, "libtwill: the longest name");
	ok(twill_job_end(tw, second, NULL) == 0, "libtwill: ended without asking for the latency");
}

static void test_handles(struct twill *tw)
{
	struct twill *other;
	int64_t job = twill_job_begin(tw, "left-open", NULL);
	int status;
	pid_t child;

	ok(twill_open(&other) == 0, "libtwill: a second handle of the process");
	ok(twill_job_end(other, job, NULL) == 0, "libtwill: sees the process's jobs");
	twill_close(other);
	child = fork();
	if (child == 0) {
		int bad = twill_open(&other) || twill_job_begin(other, "x", NULL) != -ESRCH;

		_exit(bad);
	}
	ok(waitpid(child, &status, 0) == child && status == 0,
	   "libtwill: a child is not tagged unless it is said so");
	ok(twill_untag(tw) == 0, "libtwill: untag");
}

int main(int argc, char **argv)
{
	struct twill *tw;

	if (argc > 1 && !strcmp(argv[1], "absent")) {
		test_absent();
		return tap_done();
	}
	if (!ok(twill_open(&tw) == 0, "libtwill: open"))
		return tap_done();
	test_task(tw);
	test_jobs(tw);
	test_handles(tw);
	twill_close(tw);
	return tap_done();
}
