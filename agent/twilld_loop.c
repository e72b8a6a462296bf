// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twilld_loop - the one event loop.
 *
 * Awake only when the module speaks, and once a control period while something
 * is tagged. After whatever woke it, settle() brings everything in line: role,
 * mirror, decision, timers.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "twilld.h"

#define TTL_MS		5000	/* the module's default, should its knob not be readable */
#define TTL_KNOB	"/sys/kernel/twill/freeze_ttl_ms"

static uint32_t read_ttl(void)
{
	char text[16], why[CONF_ERROR_MAX];
	uint32_t ms = TTL_MS;
	FILE *f;

	f = fopen(TTL_KNOB, "re");
	if (!f)
		return ms;
	if (fgets(text, sizeof(text), f)) {
		text[strcspn(text, "\n")] = '\0';
		(void)ini_number(text, 1, TWILL_TTL_MS_MAX, &ms, why);
	}
	fclose(f);
	return ms;
}

/* Timers. */

static uint64_t tick_us(const struct twilld *d)
{
	uint64_t us = (uint64_t)d->budget.window_ms * 1000 / WATT_PERIODS;

	return us ? us : 1000;
}

static uint64_t renew_us(const struct twilld *d)
{
	return (uint64_t)d->ttl_ms * 1000 / 3 + 1;
}

/* The next multiple of a period after the one that was due, whatever was missed. */
static void rearm(sd_event_source *s, uint64_t usec, uint64_t period)
{
	uint64_t now = twilld_now() / 1000, next = usec + period;

	if (next <= now)
		next = now + period - (now - usec) % period;
	(void)sd_event_source_set_time(s, next);
	(void)sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

static int settle(struct twilld *d);

static int on_tick(sd_event_source *s, uint64_t usec, void *arg)
{
	struct twilld *d = arg;
	uint32_t i;

	rearm(s, usec, tick_us(d));
	power_tick(d);
	sched_tick(d);
	/* Ageing: time alone can end a freeze or a turn. */
	for (i = 0; i < d->n_tasks; i++)
		d->dirty |= d->task[i].frozen || d->task[i].reason == POLICY_AGED;
	return settle(d);
}

static int on_renew(sd_event_source *s, uint64_t usec, void *arg)
{
	struct twilld *d = arg;

	rearm(s, usec, renew_us(d));
	(void)twnl_lease_renew(d->nl, 0, NULL);
	return settle(d);
}

static void start_timers(struct twilld *d)
{
	uint64_t now = twilld_now() / 1000;

	(void)sd_event_source_set_time(d->tick, now + tick_us(d));
	(void)sd_event_source_set_enabled(d->tick, SD_EVENT_ONESHOT);
	(void)sd_event_source_set_time(d->renew, now + renew_us(d));
	/* The tick renews as well, and is mostly the faster one. */
	(void)sd_event_source_set_enabled(d->renew, tick_us(d) < renew_us(d) ? SD_EVENT_OFF
									      : SD_EVENT_ONESHOT);
}

static void stop_timers(struct twilld *d)
{
	(void)sd_event_source_set_enabled(d->tick, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(d->renew, SD_EVENT_OFF);
}

static void set_active(struct twilld *d, bool active)
{
	if (d->active == active)
		return;
	d->active = active;
	if (active) {
		power_start(d);
		start_timers(d);
	} else {
		stop_timers(d);
		sched_stop(d);
		power_stop(d);
	}
}

/* The module. */

static void disconnected(struct twilld *d)
{
	if (d->connected || d->active || d->n_tasks)
		log_warning("twill.ko is gone: everything it held for us is undone; waiting for it");
	d->connected = false;
	stop_timers(d);
	d->active = false;
	sched_stop(d);
	power_forget(d);
	mirror_clear(d);
}

static int connect_module(struct twilld *d)
{
	struct twnl_agent_opts o = { d->policy->name, TWNL_KEEP, 0, TWNL_KEEP };
	struct twnl_agent other;
	int err;

	if (d->watt.n)
		o.min_mw = watt_min_mw(&d->watt);
	err = twnl_agent_set(d->nl, &o, 0, NULL);
	if (err == -ENOPKG)
		return 0;
	if (err == -EBUSY) {
		if (twnl_agent_get(d->nl, &other))
			memset(&other, 0, sizeof(other));
		log_error("another agent is at work (process %u): stop it first", other.pid);
		return err;
	}
	if (err) {
		log_error("cannot take the agent's role: %s", twnl_error(d->nl));
		return err;
	}
	d->ttl_ms = read_ttl();
	mirror_clear(d);
	d->connected = true;
	d->lost = true;
	return 0;
}

static void say_ready(struct twilld *d)
{
	if (d->ready)
		return;
	d->ready = true;
	(void)sd_notifyf(false, "READY=1\nSTATUS=%s, policy %s, %s",
			 d->connected ? "at work" : "waiting for twill.ko", d->policy->name,
			 d->watt.n ? d->board.name : "no board profile");
}

/*
 * Someone before us may have died without its stop step. Only once it is sure
 * that no other agent is at work: the entries would be its own.
 */
static void restore_leftovers(struct twilld *d)
{
	if (!d->restored)
		(void)twilld_restore(d->sysroot);
	d->restored = true;
}

static int reconnect(struct twilld *d)
{
	int err = 0;

	disconnected(d);
	d->lost = false;
	if (twnl_present(d->nl))
		err = connect_module(d);
	if (err)
		return err;
	restore_leftovers(d);
	sched_tell(d);
	if (d->connected)
		log_info("at work: policy %s", d->policy->name);
	else
		log_info("twill.ko is not loaded: waiting for it");
	return 0;
}

/* What happened may have been several things at once: until nothing is left to do. */
static int settle(struct twilld *d)
{
	if (d->lost && !d->connected && reconnect(d))
		return sd_event_exit(d->event, EXIT_FAILURE);
	while (d->connected && (d->lost || d->dirty)) {
		if (d->lost && mirror_read(d)) {
			/* Gone again, or a lost answer: the next event says which. */
			log_warning("cannot read the module's state: %s", twnl_error(d->nl));
			break;
		}
		set_active(d, d->n_tasks);
		power_busy(d);
		if (d->dirty)
			twilld_decide(d);
		power_busy(d);
	}
	say_ready(d);
	if (d->decisions)
		fflush(d->decisions);
	return 0;
}

static int on_netlink(sd_event_source *s, int fd, uint32_t revents, void *arg)
{
	struct twilld *d = arg;

	(void)s;
	(void)fd;
	(void)revents;
	(void)twnl_dispatch(d->nl);
	return settle(d);
}

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *arg)
{
	struct twilld *d = arg;

	(void)s;
	log_info("stopping on %s", strsignal(si->ssi_signo));
	return sd_event_exit(d->event, EXIT_SUCCESS);
}

static int add_sources(struct twilld *d)
{
	sigset_t mask;
	int r;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	if (sigprocmask(SIG_BLOCK, &mask, NULL))
		return -errno;
	r = sd_event_new(&d->event);
	if (r >= 0)
		r = sd_event_add_signal(d->event, NULL, SIGTERM, on_signal, d);
	if (r >= 0)
		r = sd_event_add_signal(d->event, NULL, SIGINT, on_signal, d);
	if (r >= 0)
		r = sd_event_add_io(d->event, NULL, twnl_fd(d->nl), EPOLLIN, on_netlink, d);
	if (r >= 0)
		r = sd_event_add_time(d->event, &d->tick, CLOCK_MONOTONIC, 0, 1, on_tick, d);
	if (r >= 0)
		r = sd_event_add_time(d->event, &d->renew, CLOCK_MONOTONIC, 0, 1, on_renew, d);
	if (r >= 0)
		r = sd_event_set_watchdog(d->event, true);
	stop_timers(d);
	return r;
}

int twilld_run(struct twilld *d)
{
	int r, status = EXIT_FAILURE;

	r = twnl_open(&d->nl, mirror_event, d);
	if (r >= 0)
		r = add_sources(d);
	if (r < 0) {
		log_error("cannot start the event loop: %s", strerror(-r));
		goto out_close;
	}
	d->lost = true;
	if (settle(d) >= 0)
		status = sd_event_loop(d->event);
	if (status < 0) {
		log_error("the event loop ended: %s", strerror(-status));
		status = EXIT_FAILURE;
	}
	(void)sd_notify(false, "STOPPING=1");
	if (d->connected)
		twilld_thaw_all(d);
	sched_fini(d);
	power_stop(d);
out_close:
	sd_event_source_unref(d->tick);
	sd_event_source_unref(d->renew);
	sd_event_unref(d->event);
	d->nl = twnl_close(d->nl);
	return status;
}
