// SPDX-License-Identifier: GPL-2.0-or-later
/* Holding something by a lease: timers, signals, renewal. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "ctl/keep.h"
#include "ctl/parse.h"
#include "proc.h"

#define TTL_KNOB	"/sys/kernel/twill/freeze_ttl_ms"
#define TTL_GUESS_MS	5000
#define RENEW_MAX_MS	1000

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

/* Three times a time to live, so that one late wake-up ends nothing */
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

void keep_init(struct keep *keep, struct ctl *ctl)
{
	*keep = (struct keep){ .ctl = ctl };
	for (int i = 0; i < KEEP_MAX; i++)
		keep->pfd[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
}

static int prepare(struct keep *keep)
{
	uint32_t every = renew_ms(keep->ttl_ms);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	keep->pfd[KEEP_SIGNAL].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (keep->pfd[KEEP_SIGNAL].fd < 0)
		return -errno;
	keep->pfd[KEEP_RENEW].fd = timer(every, every);
	if (keep->pfd[KEEP_RENEW].fd < 0)
		return keep->pfd[KEEP_RENEW].fd;
	if (keep->for_ms)
		keep->pfd[KEEP_END].fd = timer(keep->for_ms, 0);
	return keep->for_ms && keep->pfd[KEEP_END].fd < 0 ? keep->pfd[KEEP_END].fd : 0;
}

int keep_prepare(struct keep *keep)
{
	int r = prepare(keep);

	return r == 0 ? 0 : ctl_refuse(keep->ctl, strerror(-r), NULL,
				       "cannot wait for timers and signals");
}

void keep_dispose(struct keep *keep)
{
	for (int i = 0; i < KEEP_MAX; i++)
		if (keep->pfd[i].fd >= 0)
			close(keep->pfd[i].fd);
}

/* Negative to go on, or an exit code */
static int renew(struct keep *keep, const char *name)
{
	uint64_t expired;
	uint32_t count;
	int r;

	if (read(keep->pfd[KEEP_RENEW].fd, &expired, sizeof(expired)) < 0)
		return -1;
	r = twnl_lease_renew(keep->ctl->nl, keep->ttl_ms, &count);
	if (r < 0)
		return ctl_refused(keep->ctl, r, "cannot hold %s any longer", name);
	return count > 0 ? -1 : keep->lost(keep);
}

int keep_hold(struct keep *keep, const char *name)
{
	int r = -1;

	while (r < 0) {
		if (poll(keep->pfd, KEEP_MAX, -1) < 0) {
			if (errno != EINTR)
				return ctl_refuse(keep->ctl, strerror(errno), NULL, "%s", name);
			continue;
		}
		if (keep->pfd[KEEP_SIGNAL].revents || keep->pfd[KEEP_END].revents)
			return keep->end(keep);
		if (keep->pfd[KEEP_ASKED].revents)
			r = keep->asked(keep);
		if (r < 0 && keep->pfd[KEEP_RENEW].revents)
			r = renew(keep, name);
	}
	return r;
}
