/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * twilld - what the files of the agent share.
 *
 * The kernel is the source of truth: twilld_mirror.c keeps what it said last,
 * twilld_decide.c asks the policy and writes back, twilld_power.c runs the watt
 * loop and holds the caps, twilld_sched.c sees to the CPUs, twilld_loop.c has the one
 * event loop that calls them.
 */
#ifndef TWILLD_H
#define TWILLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-event.h>

#include "conf.h"
#include "journal.h"
#include "nl.h"
#include "platform.h"
#include "policy/learn.h"
#include "policy/policy.h"
#include "power/watt.h"
#include "sched/backend.h"
#include "sched/scx.h"
#include "sched/state.h"

#define TWILLD_JOBS	1024
#define TWILLD_NS	1000000000ULL

/**
 * struct twilld_task - a task as the kernel told, and what we did to it
 * @seen: found by the re-read under way
 * @complained: the module refused something of it; said once
 * @frozen: by us
 * @since_ns: when @frozen became what it is
 * @reason: of the last decision
 * @model: of its last job
 * @use: of accelerators
 * @urgent_ns: it last had a job with a deadline, or of urgent priority; zero for never
 * @raised: its threads have less nice, by us
 * @bound: it keeps to the background's cluster, by us
 */
struct twilld_task {
	struct twnl_task t;
	bool seen;
	bool complained;
	bool frozen;
	uint64_t since_ns;
	enum policy_reason reason;
	char model[TWILL_NAME_MAX + 1];
	struct learn_use use;
	uint64_t urgent_ns;
	bool raised;
	bool bound;
};

/**
 * struct twilld_job - a job as the kernel told, and what is being learnt from it
 * @seen: found by the re-read under way
 */
struct twilld_job {
	struct twnl_job j;
	struct learn_job learn;
	bool seen;
};

/**
 * struct twilld_cap - a clock cap held through the module
 * @req: id, once made, and what it acts on
 * @refused: the module did not take it; said once
 */
struct twilld_cap {
	struct twnl_cap req;
	bool refused;
};

/**
 * struct twilld_sched - how the CPUs are served
 * @scx: the sched_ext policy while it is loaded, attached or not
 * @loose_ns: since when it has not been attached
 * @load_fd: of /proc/loadavg; negative if there is none
 * @refreshed_ns: when new threads were last looked for
 * @clamp: the kernel takes clock hints, as far as is known
 * @mute: @state cannot be written; said once
 * @said: the reason that was logged last
 */
struct twilld_sched {
	struct backend_ladder ladder;
	struct scx *scx;
	uint64_t loose_ns;
	int load_fd;
	uint64_t refreshed_ns;
	bool clamp;
	bool mute;
	char said[STATE_WHY];
	struct sched_state state;
};

struct twilld {
	struct conf conf;
	const char *sysroot;
	const char *log_decisions;

	struct platform *platform;
	struct journal *journal;
	struct board_profile board;
	const struct policy *policy;
	struct twnl *nl;
	FILE *decisions;

	/* The loop */
	sd_event *event;
	sd_event_source *tick, *renew;
	bool ready;			/* the service manager knows */
	bool restored;			/* leftovers of an earlier twilld are put back */
	bool connected;			/* the module is there and the role is ours */
	bool lost;			/* the mirror is stale */
	bool dirty;			/* something happened that a decision depends on */
	uint32_t ttl_ms;

	/* The mirror */
	uint32_t n_tasks, n_jobs;
	struct twilld_task task[POLICY_TASKS];
	struct twilld_job job[TWILLD_JOBS];
	bool overflow;			/* more than that; said once */
	struct twnl_budget budget;
	uint64_t decided;

	/* Deciding */
	struct policy_snapshot snapshot;
	struct policy_decision decision;
	struct policy_task shot[POLICY_TASKS];	/* what these two point to */
	struct policy_verdict verdict[POLICY_TASKS];
	uint16_t order[POLICY_TASKS], grouped[POLICY_TASKS];
	struct learn learn;

	/* Power */
	struct watt watt;
	bool active;			/* something is tagged: the watt loop runs */
	bool blind;			/* the sensor failed; said once */
	uint32_t mw;			/* last reading, 0 if there is none */
	uint32_t applied;		/* step whose clocks are in effect; watt.n for none */
	struct twilld_cap cap[1 + PLATFORM_CLUSTERS];	/* GPU, then clusters */
	bool dla_foreign[PLATFORM_DLAS];
	bool dla_capped[PLATFORM_DLAS];

	struct twilld_sched sched;

	/* Scratch for re-reading */
	struct twnl_task tasks[POLICY_TASKS];
	struct twnl_job jobs[TWILLD_JOBS];
};

/* The budget window; without a budget it has a length all the same. */
static inline uint64_t twilld_window_ns(const struct twilld *d)
{
	return (uint64_t)d->budget.window_ms * 1000000;
}

/* twilld_log.c. Levels are the service manager's: <3> error, <4> warning, <6> information. */
__attribute__((format(printf, 1, 2))) void log_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warning(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);
uint64_t twilld_now(void);
/* One JSON line; task or job may be 0, accelerator and reason NULL. */
void twilld_log_decision(struct twilld *d, const char *what, uint32_t task, uint32_t job,
			 const char *accelerator, const char *reason);

/* twilld_mirror.c */
void mirror_event(void *arg, const struct twnl_event *event);
/* Read everything again; 0 or what the module said. */
int mirror_read(struct twilld *d);
void mirror_clear(struct twilld *d);
struct twilld_task *mirror_task(struct twilld *d, uint32_t id);
/* The oldest job of a task, and how many there are. */
const struct twilld_job *mirror_oldest_job(const struct twilld *d, uint32_t task, uint32_t *ret_n);
/* A task was frozen or let go by us: so are its jobs. */
void mirror_hold_jobs(struct twilld *d, uint32_t task, bool frozen);

/* twilld_decide.c */
void twilld_decide(struct twilld *d);
/* Undo every freeze of ours. */
void twilld_thaw_all(struct twilld *d);

/* twilld_power.c */
void power_init(struct twilld *d);
/* The budget or what is under way changed. */
void power_budget(struct twilld *d);
void power_busy(struct twilld *d);
/* Clock of an accelerator as far as it is known: what it is capped to, else its highest. */
uint32_t power_khz(const struct twilld *d, uint32_t accelerator);
void power_start(struct twilld *d);
void power_tick(struct twilld *d);
/* Give up every cap and restore every knob. */
void power_stop(struct twilld *d);
/* The module is gone: it dropped the caps itself. */
void power_forget(struct twilld *d);

/* twilld_sched.c */
void sched_init(struct twilld *d);
/* A task has a job: note whether it is urgent. */
void sched_job(struct twilld *d, struct twilld_task *m, const struct twnl_job *j);
/* A task is no longer ours. */
void sched_forget(struct twilld *d, struct twilld_task *m);
void sched_tick(struct twilld *d);
/* Leave the CPUs to the fair class. */
void sched_stop(struct twilld *d);
void sched_fini(struct twilld *d);
/* Write down where the ladder stands. */
void sched_tell(struct twilld *d);

/* twilld.c: put back what a twilld that died left; exit status. */
int twilld_restore(const char *sysroot);

/* twilld_loop.c: runs until a signal; exit status. */
int twilld_run(struct twilld *d);

#endif
