// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl freeze and thaw: a freeze lasts as long as the command that holds it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "ctl/hold.h"
#include "ctl/json.h"
#include "ctl/parse.h"
#include "ctl/proc.h"

#define TTL_KNOB	"/sys/kernel/twill/freeze_ttl_ms"
#define TTL_GUESS_MS	5000
#define RENEW_MAX_MS	1000

enum { POLL_SIGNAL, POLL_RENEW, POLL_END, POLL_THAW, POLL_MAX };

/**
 * struct holder - a freeze being held
 * @ref: the task, by id
 * @pfd: what ends it or keeps it
 */
struct holder {
	struct ctl *ctl;
	struct twnl_ref ref;
	const char *name;
	uint32_t ttl_ms;
	uint32_t for_ms;
	struct pollfd pfd[POLL_MAX];
};

static int timer(uint32_t first_ms, uint32_t then_ms)
{
	const struct itimerspec when = {
		.it_value = { .tv_sec = first_ms / 1000, .tv_nsec = first_ms % 1000 * 1000000L },
		.it_interval = { .tv_sec = then_ms / 1000, .tv_nsec = then_ms % 1000 * 1000000L },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &when, NULL) < 0)
		return -errno;
	return fd;
}

/* Three times a time to live, so that one late wake-up is no thaw */
static uint32_t renew_ms(uint32_t ttl_ms)
{
	uint64_t knob = TTL_GUESS_MS;
	char text[32];

	if (!ttl_ms && proc_read(TTL_KNOB, text, sizeof(text)) > 0) {
		text[strcspn(text, "\n")] = '\0';
		(void)parse_number(text, 1, TWILL_TTL_MS_MAX, &knob);
	}
	if (!ttl_ms)
		ttl_ms = (uint32_t)knob;
	ttl_ms /= 3;
	return ttl_ms < 1 ? 1 : ttl_ms > RENEW_MAX_MS ? RENEW_MAX_MS : ttl_ms;
}

/* All that can fail is set up before anything is frozen */
static int prepare(struct holder *h)
{
	uint32_t every = renew_ms(h->ttl_ms);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	h->pfd[POLL_SIGNAL].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	h->pfd[POLL_RENEW].fd = timer(every, every);
	h->pfd[POLL_END].fd = h->for_ms ? timer(h->for_ms, 0) : -1;
	h->pfd[POLL_THAW].fd = -1;
	for (int i = 0; i < POLL_MAX; i++)
		h->pfd[i].events = POLLIN;
	if (h->pfd[POLL_SIGNAL].fd < 0)
		return -errno;
	if (h->pfd[POLL_RENEW].fd < 0)
		return h->pfd[POLL_RENEW].fd;
	if (h->for_ms && h->pfd[POLL_END].fd < 0)
		return h->pfd[POLL_END].fd;
	return 0;
}

static void dispose(struct holder *h)
{
	for (int i = 0; i < POLL_MAX; i++)
		if (h->pfd[i].fd >= 0)
			close(h->pfd[i].fd);
}

/* Negative to go on, or an exit code */
static int renew(struct holder *h)
{
	struct twnl_task task;
	uint64_t expired;
	uint32_t count;
	int r;

	if (read(h->pfd[POLL_RENEW].fd, &expired, sizeof(expired)) < 0)
		return -1;
	r = twnl_lease_renew(h->ctl->nl, h->ttl_ms, &count);
	if (r < 0)
		return ctl_refused(h->ctl, r, "cannot hold %s frozen any longer", h->name);
	if (count > 0)
		return -1;
	if (twnl_task_get(h->ctl->nl, &h->ref, &task) == -ESRCH) {
		fprintf(stderr, "twillctl: %s has ended\n", h->name);
		return CTL_OK;
	}
	return ctl_refuse(h->ctl, "the kernel has thawed it",
			  "It does so after freeze_max_ms, and when the task's cgroup is frozen",
			  "%s", h->name);
}

static int thaw_for_other(struct holder *h)
{
	int fd = hold_accept(h->pfd[POLL_THAW].fd);
	int r;

	if (fd < 0)
		return -1;
	r = twnl_task_thaw(h->ctl->nl, &h->ref, NULL);
	hold_answer(fd, r);
	return r < 0 ? ctl_refused(h->ctl, r, "cannot thaw %s", h->name) : CTL_OK;
}

static int hold(struct holder *h)
{
	int r = -1;

	while (r < 0) {
		if (poll(h->pfd, POLL_MAX, -1) < 0) {
			if (errno != EINTR)
				return ctl_refuse(h->ctl, strerror(errno), NULL, "%s", h->name);
			continue;
		}
		if (h->pfd[POLL_SIGNAL].revents || h->pfd[POLL_END].revents) {
			r = twnl_task_thaw(h->ctl->nl, &h->ref, NULL);
			/* Ended by itself: then nothing is frozen, as wanted */
			return r < 0 && r != -ESRCH && r != -ENOENT ?
				ctl_refused(h->ctl, r, "cannot thaw %s", h->name) : CTL_OK;
		}
		if (h->pfd[POLL_THAW].revents)
			r = thaw_for_other(h);
		if (r < 0 && h->pfd[POLL_RENEW].revents)
			r = renew(h);
	}
	return r;
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
	struct twnl_task task;
	int r;

	r = prepare(h);
	if (r < 0)
		return ctl_refuse(h->ctl, strerror(-r), NULL, "cannot wait for timers and signals");
	r = twnl_task_freeze(h->ctl->nl, ref, h->ttl_ms, &task);
	if (r < 0)
		return ctl_refused(h->ctl, r, "cannot freeze %s", h->name);
	h->ref = (struct twnl_ref){ .id = task.id };
	h->pfd[POLL_THAW].fd = hold_listen(task.id);
	if (h->pfd[POLL_THAW].fd < 0)
		fprintf(stderr, "twillctl: `twillctl thaw' will not find this freeze: %s\n",
			strerror(-h->pfd[POLL_THAW].fd));
	print_frozen(h->ctl, &task);
	return hold(h);
}

/* Options of freeze and thaw; thaw has only the first */
static int parse_line(struct ctl *ctl, int argc, char **argv, const struct option *options,
		      struct ctl_target *target, struct holder *h)
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
			h->ttl_ms = (uint32_t)value;
		} else if (c == 'f') {
			r = ctl_number(ctl, "--for", optarg, 1, UINT32_MAX, &value);
			h->for_ms = (uint32_t)value;
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
	struct holder h = { .ctl = ctl };
	struct ctl_target target;
	int r;

	for (int i = 0; i < POLL_MAX; i++)
		h.pfd[i].fd = -1;
	r = parse_line(ctl, argc, argv, options, &target, &h);
	if (r < 0)
		r = ctl_target_open(ctl, &target);
	if (r >= 0)
		return r;
	h.name = target.name;
	r = freeze(&h, &target.ref);
	dispose(&h);
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
	struct holder unused;
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
