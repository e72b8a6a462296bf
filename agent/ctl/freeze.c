// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl freeze and thaw: a freeze lasts as long as the command that holds it. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "ctl/hold.h"
#include "ctl/json.h"
#include "ctl/keep.h"
#include "ctl/parse.h"

/**
 * struct holder - a freeze being held
 * @keep: by its lease
 * @ref: the task, by id
 * @name: for messages
 */
struct holder {
	struct keep keep;
	struct twnl_ref ref;
	const char *name;
};

static struct holder *holder_of(struct keep *keep)
{
	return (struct holder *)((char *)keep - offsetof(struct holder, keep));
}

static int lost(struct keep *keep)
{
	struct holder *h = holder_of(keep);
	struct twnl_task task;

	if (twnl_task_get(keep->ctl->nl, &h->ref, &task) == -ESRCH) {
		fprintf(stderr, "twillctl: %s has ended\n", h->name);
		return CTL_OK;
	}
	return ctl_refuse(keep->ctl, "the kernel has thawed it",
			  "It does so after freeze_max_ms, and when the task's cgroup is frozen",
			  "%s", h->name);
}

static int thaw(struct keep *keep)
{
	struct holder *h = holder_of(keep);
	int r = twnl_task_thaw(keep->ctl->nl, &h->ref, NULL);

	/* Ended by itself: then nothing is frozen, as wanted */
	return r < 0 && r != -ESRCH && r != -ENOENT ?
		ctl_refused(keep->ctl, r, "cannot thaw %s", h->name) : CTL_OK;
}

static int thaw_for_other(struct keep *keep)
{
	struct holder *h = holder_of(keep);
	int fd = hold_accept(keep->pfd[KEEP_ASKED].fd);
	int r;

	if (fd < 0)
		return -1;
	r = twnl_task_thaw(keep->ctl->nl, &h->ref, NULL);
	hold_answer(fd, r);
	return r < 0 ? ctl_refused(keep->ctl, r, "cannot thaw %s", h->name) : CTL_OK;
}

static void print_frozen(struct ctl *ctl, const struct twnl_task *task)
{
	if (ctl->json)
		json_print(json_task(task));
	else
		printf("pid %u (%s), task id:%u, is %s: %u of %u threads parked\n", task->pid,
		       task->comm, task->id, twnl_state_name(task->state), task->parked,
		       task->threads);
	/* Scripts wait for this line */
	fflush(stdout);
}

static int freeze(struct holder *h, const struct twnl_ref *ref)
{
	struct ctl *ctl = h->keep.ctl;
	struct twnl_task task;
	int fd, r;

	r = keep_prepare(&h->keep);
	if (r)
		return r;
	r = twnl_task_freeze(ctl->nl, ref, h->keep.ttl_ms, &task);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot freeze %s", h->name);
	h->ref = (struct twnl_ref){ .id = task.id };
	fd = hold_listen(task.id);
	h->keep.pfd[KEEP_ASKED].fd = fd < 0 ? -1 : fd;
	if (fd < 0)
		fprintf(stderr, "twillctl: `twillctl thaw' will not find this freeze: %s\n",
			strerror(-fd));
	print_frozen(ctl, &task);
	return keep_hold(&h->keep, h->name);
}

/* Options of freeze and thaw; thaw has only the first */
static int parse_line(struct ctl *ctl, int argc, char **argv, const struct option *options,
		      struct ctl_target *target, struct keep *keep)
{
	const char *pidfd = NULL;
	uint64_t value = 0;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		r = -1;
		if (c == CTL_PIDFD) {
			pidfd = optarg;
		} else if (c == 't') {
			r = ctl_number(ctl, "--ttl", optarg, 1, TWILL_TTL_MS_MAX, &value);
			keep->ttl_ms = (uint32_t)value;
		} else if (c == 'f') {
			r = ctl_number(ctl, "--for", optarg, 1, UINT32_MAX, &value);
			keep->for_ms = (uint32_t)value;
		} else {
			r = ctl_option(ctl, c);
		}
		if (r >= 0)
			return r;
	}
	if (argc - optind > 1)
		return ctl_usage(ctl, "too many arguments: %s", argv[optind + 1]);
	return ctl_target_parse(ctl, argv[optind], pidfd, target);
}

int ctl_freeze(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "pidfd", required_argument, NULL, CTL_PIDFD },
		{ "ttl", required_argument, NULL, 't' },
		{ "for", required_argument, NULL, 'f' },
		CTL_OPTIONS
	};
	struct holder h = { 0 };
	struct ctl_target target;
	int r;

	keep_init(&h.keep, ctl);
	h.keep.lost = lost;
	h.keep.end = thaw;
	h.keep.asked = thaw_for_other;
	r = parse_line(ctl, argc, argv, options, &target, &h.keep);
	if (r < 0)
		r = ctl_target_open(ctl, &target);
	if (r >= 0)
		return r;
	h.name = target.name;
	r = freeze(&h, &target.ref);
	keep_dispose(&h.keep);
	ctl_target_close(&target);
	return r;
}

static int report_thaw(struct ctl *ctl, const struct ctl_target *target,
		       const struct twnl_ref *ref, int released, int refused)
{
	struct twnl_task task;
	int r;

	r = twnl_task_get(ctl->nl, ref, &task);
	if (r < 0)
		return ctl_refused(ctl, r, "%s", target->name);
	if (refused > 0)
		return ctl_refuse(ctl, "its holder belongs to another user", "Try as root",
				  "%d freezes of %s", refused, target->name);
	if (released == 0)
		return task.owners ?
			ctl_refuse(ctl, "it is held by others than twillctl",
				   "What the agent holds ends with it: systemctl stop twilld",
				   "cannot thaw %s", target->name) :
			ctl_refuse(ctl, "it is not frozen", NULL, "cannot thaw %s", target->name);
	if (ctl->json)
		json_print(json_task(&task));
	else
		printf("pid %u (%s), task id:%u, is %s%s\n", task.pid, task.comm, task.id,
		       twnl_state_name(task.state),
		       task.owners ? ": others than twillctl hold it" : "");
	return CTL_OK;
}

int ctl_thaw(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "pidfd", required_argument, NULL, CTL_PIDFD },
		CTL_OPTIONS
	};
	struct keep unused;
	struct ctl_target target;
	struct twnl_task task;
	struct twnl_ref ref;
	int r, released, refused = 0;

	r = parse_line(ctl, argc, argv, options, &target, &unused);
	if (r < 0)
		r = ctl_target_open(ctl, &target);
	if (r >= 0)
		return r;
	r = twnl_task_get(ctl->nl, &target.ref, &task);
	ctl_target_close(&target);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot thaw %s", target.name);
	ref = (struct twnl_ref){ .id = task.id };
	released = hold_release(task.id, &refused);
	if (released < 0)
		return ctl_refuse(ctl, strerror(-released), NULL, "cannot list who holds %s",
				  target.name);
	return report_thaw(ctl, &target, &ref, released, refused);
}
