// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl tag, untag and run: who is a task. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/json.h"
#include "ctl/parse.h"
#include "twill.h"

static void print_task(struct ctl *ctl, const struct twnl_task *task)
{
	const char *cls = twill_class_name(task->cls);

	if (ctl->json) {
		json_print(json_task(task));
		return;
	}
	printf("pid %u (%s) is task id:%u, class %s, priority %u\n", task->pid, task->comm,
	       task->id, cls ? cls : "?", task->priority);
}

int ctl_tag(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		CTL_TASK_OPTIONS,
		{ "no-inherit", no_argument, NULL, CTL_NO_INHERIT },
		{ "pidfd", required_argument, NULL, CTL_PIDFD },
		CTL_OPTIONS
	};
	struct twnl_task_opts opts = TWNL_TASK_OPTS_KEEP;
	const char *pidfd = NULL;
	struct ctl_target target;
	struct twnl_task task;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == CTL_PIDFD) {
			pidfd = optarg;
			continue;
		}
		r = ctl_task_option(ctl, c, &opts);
		if (r >= 0)
			return r;
	}
	if (argc - optind > 1)
		return ctl_usage(ctl, "too many arguments: %s", argv[optind + 1]);
	r = ctl_target_parse(ctl, argv[optind], pidfd, &target);
	if (r < 0)
		r = ctl_target_open(ctl, &target);
	if (r >= 0)
		return r;
	r = twnl_task_set(ctl->nl, &target.ref, &opts, &task);
	ctl_target_close(&target);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot tag %s", target.name);
	print_task(ctl, &task);
	return CTL_OK;
}

int ctl_untag(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "pidfd", required_argument, NULL, CTL_PIDFD },
		CTL_OPTIONS
	};
	const char *pidfd = NULL;
	struct ctl_target target;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == CTL_PIDFD) {
			pidfd = optarg;
			continue;
		}
		r = ctl_option(ctl, c);
		if (r >= 0)
			return r;
	}
	if (argc - optind > 1)
		return ctl_usage(ctl, "too many arguments: %s", argv[optind + 1]);
	r = ctl_target_parse(ctl, argv[optind], pidfd, &target);
	if (r < 0)
		r = ctl_target_open(ctl, &target);
	if (r >= 0)
		return r;
	r = twnl_task_del(ctl->nl, &target.ref);
	ctl_target_close(&target);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot untag %s", target.name);
	if (ctl->json)
		puts("{}");
	return CTL_OK;
}

/*
 * The tag is put on this very process and stays through exec; the socket does
 * not, and no lease depends on it.
 */
int ctl_run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = { CTL_TASK_OPTIONS, CTL_OPTIONS };
	static const struct twnl_ref self;
	struct twnl_task_opts opts = TWNL_TASK_OPTS_KEEP;
	struct twnl_task task;
	int c, r;

	while ((c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		r = ctl_task_option(ctl, c, &opts);
		if (r >= 0)
			return r;
	}
	if (optind >= argc)
		return ctl_usage(ctl, "no command to run");
	r = ctl_connect(ctl, NULL);
	if (r)
		return r;
	r = twnl_task_set(ctl->nl, &self, &opts, &task);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot tag this process");
	if (ctl->json) {
		json_print(json_task(&task));
		fflush(stdout);
	}
	ctl->nl = twnl_close(ctl->nl);
	execvp(argv[optind], argv + optind);
	return ctl_refuse(ctl, strerror(errno), errno == ENOENT ? "Is it in PATH?" : NULL,
			  "cannot run %s", argv[optind]);
}
