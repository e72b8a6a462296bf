// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of the command line: numbers, masks, tasks. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/parse.h"
#include "proc.h"
#include "twill.h"

static int parse_digits(const char *text, const char **ret_end, uint64_t *ret)
{
	uint64_t value = 0;
	const char *at;

	for (at = text; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return -ERANGE;
	}
	if (at == text)
		return -EINVAL;
	*ret_end = at;
	*ret = value;
	return 0;
}

int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	const char *end;
	uint64_t value;
	int r = parse_digits(text, &end, &value);

	if (r < 0)
		return r;
	if (*end)
		return -EINVAL;
	if (value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int parse_power(const char *text, uint64_t min, uint64_t max, uint64_t *ret_mw)
{
	const char *end;
	uint64_t value;
	int r = parse_digits(text, &end, &value);

	if (r < 0)
		return r;
	if (!strcmp(end, "W")) {
		if (__builtin_mul_overflow(value, 1000, &value))
			return -ERANGE;
	} else if (*end && strcmp(end, "mW")) {
		return -EINVAL;
	}
	if (value < min || value > max)
		return -ERANGE;
	*ret_mw = value;
	return 0;
}

int parse_can_use(const char *text, uint32_t *ret_mask)
{
	uint32_t mask = 0;
	char name[16];
	size_t len;
	int acc;

	for (;;) {
		len = strcspn(text, ",");
		if (len == 0 || len >= sizeof(name))
			return -EINVAL;
		memcpy(name, text, len);
		name[len] = '\0';
		acc = twill_accelerator_parse(name);
		if (acc <= TWILL_ACCELERATOR_NONE)
			return -EINVAL;
		mask |= 1u << acc;
		if (!text[len])
			break;
		text += len + 1;
	}
	*ret_mask = mask;
	return 0;
}

int ctl_number(struct ctl *ctl, const char *name, const char *text, uint64_t min, uint64_t max,
	       uint64_t *ret)
{
	if (parse_number(text, min, max, ret) == 0)
		return -1;
	return ctl_usage(ctl, "%s must be a number from %" PRIu64 " to %" PRIu64 ", not `%s'",
			 name, min, max, text);
}

int ctl_task_option(struct ctl *ctl, int c, struct twnl_task_opts *opts)
{
	uint64_t value = 0;
	uint32_t mask;
	int r = -1;

	switch (c) {
	case CTL_PRIORITY:
		r = ctl_number(ctl, "--priority", optarg, 0, TWILL_PRIORITY_MAX, &value);
		opts->priority = (int64_t)value;
		return r;
	case CTL_GROUP:
		r = ctl_number(ctl, "--group", optarg, 0, UINT32_MAX, &value);
		opts->group = (int64_t)value;
		return r;
	case CTL_CLASS:
		opts->cls = twill_class_parse(optarg);
		if (opts->cls < 0)
			return ctl_usage(ctl,
					 "--class must be other, dnn, transformer or llm, not `%s'",
					 optarg);
		return -1;
	case CTL_CAN_USE:
		if (parse_can_use(optarg, &mask) < 0)
			return ctl_usage(ctl,
					 "--can-use must be some of cpu,gpu,dla0,dla1, not `%s'",
					 optarg);
		opts->can_use = mask;
		return -1;
	case CTL_INHERIT:
	case CTL_NO_INHERIT:
		opts->inherit = c == CTL_INHERIT;
		return -1;
	}
	return ctl_option(ctl, c);
}

/* Holding the pidfd: if the process lives after its start time was read, that was its own */
static int identify(struct ctl *ctl, struct ctl_target *target)
{
	int r = proc_start_time(target->ref.pid, &target->ref.start_time);

	if (r == 0 && proc_alive(target->pidfd))
		return -1;
	if (r == 0 || r == -ESRCH)
		return ctl_refuse(ctl, "the process has ended", NULL, "%s", target->name);
	return ctl_refuse(ctl, strerror(-r), "Is /proc mounted?",
			  "%s: cannot read its start time", target->name);
}

static int open_pid(struct ctl *ctl, struct ctl_target *target)
{
	target->pidfd = proc_open(target->ref.pid);
	switch (target->pidfd) {
	case -EINVAL:
	case -ENOENT:
		return ctl_refuse(ctl, "it is a thread, not a process",
				  "Name the process: its Tgid is in /proc/PID/status", "%s",
				  target->name);
	case -ESRCH:
		return ctl_refuse(ctl, "no such process", "Processes are listed by: ps", "%s",
				  target->name);
	}
	if (target->pidfd < 0)
		return ctl_refuse(ctl, strerror(-target->pidfd), NULL, "%s", target->name);
	return -1;
}

static int open_pidfd(struct ctl *ctl, struct ctl_target *target)
{
	int r = proc_pid(target->pidfd, &target->ref.pid);

	switch (r) {
	case 0:
		return -1;
	case -EBADF:
		return ctl_usage(ctl, "--%s is not open here", target->name);
	case -EINVAL:
		return ctl_usage(ctl, "--%s is open, but no pidfd", target->name);
	case -ESRCH:
		return ctl_refuse(ctl, "the process has ended", NULL, "%s", target->name);
	case -EXDEV:
		return ctl_refuse(ctl, "the process cannot be seen from this pid namespace", NULL,
				  "%s", target->name);
	}
	return ctl_refuse(ctl, strerror(-r), "Is /proc mounted?", "%s", target->name);
}

int ctl_target_open(struct ctl *ctl, struct ctl_target *target)
{
	int r = ctl_connect(ctl, NULL);

	if (r || target->ref.id)
		return r ? r : -1;
	r = target->given ? open_pidfd(ctl, target) : open_pid(ctl, target);
	if (r < 0)
		r = identify(ctl, target);
	if (r >= 0)
		ctl_target_close(target);
	return r;
}

int ctl_target_parse(struct ctl *ctl, const char *word, const char *pidfd,
		     struct ctl_target *ret)
{
	uint64_t value;
	int r;

	*ret = (struct ctl_target){ .pidfd = -1 };
	if (!word == !pidfd)
		return ctl_usage(ctl, "name one task: a pid, id:N, pidfd:N or --pidfd FD");
	if (word && !strncmp(word, "pidfd:", 6))
		pidfd = word + 6;
	if (pidfd) {
		r = ctl_number(ctl, "--pidfd", pidfd, 0, INT32_MAX, &value);
		if (r >= 0)
			return r;
		ret->given = true;
		ret->pidfd = (int)value;
		snprintf(ret->name, sizeof(ret->name), "pidfd %" PRIu64, value);
	} else if (!strncmp(word, "id:", 3)) {
		r = ctl_number(ctl, "N of id:N", word + 3, 1, UINT32_MAX, &value);
		if (r >= 0)
			return r;
		ret->ref.id = (uint32_t)value;
		snprintf(ret->name, sizeof(ret->name), "task id:%" PRIu64, value);
	} else {
		if (parse_number(word, 1, INT32_MAX, &value) < 0)
			return ctl_usage(ctl, "`%s' is neither a pid nor id:N nor pidfd:N", word);
		ret->ref.pid = (uint32_t)value;
		snprintf(ret->name, sizeof(ret->name), "pid %" PRIu64, value);
	}
	return -1;
}

void ctl_target_close(struct ctl_target *target)
{
	if (target->pidfd >= 0 && !target->given)
		close(target->pidfd);
	target->pidfd = -1;
}
