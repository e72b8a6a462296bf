/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How user space speaks to twill.ko.
 *
 * The only user of the netlink library and of the family's command and
 * attribute codes: what goes in and out here is plain structs. twilld, twillctl
 * and libtwill are built on it (libtwill takes it in, hence the licence).
 *
 * One socket, and it is the lease: what was frozen, placed or capped through a
 * handle is undone when the handle is closed or its process ends.
 *
 * Requests are synchronous: the kernel answers before send returns, so they
 * take microseconds. Events that arrive in between are put in a queue and are
 * delivered by twnl_dispatch() alone, never from inside a request. Nothing
 * allocates after twnl_open().
 *
 * The prefix is not nl_, which is taken by libnl.
 *
 * All functions return 0 or a positive value, or a negative errno with a
 * sentence for people in twnl_error(). The ones of their own:
 *	-ENOPKG		the module is not loaded (any more)
 *	-ETIMEDOUT	the kernel did not answer within a second
 *	-ENOBUFS	the answer was lost because the socket was full
 * and from the module above all -EPERM, -ESRCH (no such process, not tagged, or
 * not the one with that start time), -ENOENT, -EBUSY, -EINVAL, -ENOSPC.
 * Outputs are untouched on failure, and every ret_ may be NULL.
 */
#ifndef TWILL_AGENT_NL_H
#define TWILL_AGENT_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/twill.h>

struct twnl;

/** TWNL_KEEP - for an option of a request: leave it as it is */
#define TWNL_KEEP		(-1)

/**
 * struct twnl_ref - names a task in a request
 * @id: the module's id; if 0:
 * @pid: thread group id in the sender's pid namespace; if 0, the sender itself
 * @start_time: field 22 of /proc/PID/stat; the module refuses a @pid without it
 */
struct twnl_ref {
	uint32_t id;
	uint32_t pid;
	uint64_t start_time;
};

/** struct twnl_stats - what became of jobs at gates; fields as in the spec */
struct twnl_stats {
	uint64_t runs;
	uint64_t waits;
	uint64_t preemptions;
	uint64_t aged;
	uint64_t wait_ns;
	uint32_t histogram[TWILL_HISTOGRAM_BUCKETS];
};

/** struct twnl_task - a tagged process; fields as in the spec */
struct twnl_task {
	uint32_t id;
	uint32_t pid;
	uint64_t start_time;
	uint32_t cls;
	uint32_t priority;
	uint32_t inherit;
	uint32_t can_use;
	uint32_t placement;
	uint32_t group;
	uint32_t clusters;
	uint32_t state;
	uint32_t threads;
	uint32_t parked;
	uint32_t freezes;
	uint32_t migrations;
	uint32_t jobs;
	uint32_t owners;
	uint32_t preempted;
	uint64_t frozen_ns;
	uint64_t jobs_done;
	struct twnl_stats gates;
	char comm[TWILL_COMM_MAX + 1];
};

/** struct twnl_task_opts - what twnl_task_set() changes; TWNL_KEEP leaves a field alone */
struct twnl_task_opts {
	int64_t cls;
	int64_t priority;
	int64_t inherit;
	int64_t can_use;
	int64_t group;
};

#define TWNL_TASK_OPTS_KEEP \
	((struct twnl_task_opts){ TWNL_KEEP, TWNL_KEEP, TWNL_KEEP, TWNL_KEEP, TWNL_KEEP })

/** struct twnl_job - an inference request of a task */
struct twnl_job {
	uint32_t id;
	uint32_t task;
	uint32_t accelerator;
	uint32_t deadline_us;
	uint32_t units;
	uint32_t state;
	uint32_t predicted_us;
	uint32_t units_done;
	uint64_t begin_ns;
	uint64_t latency_ns;
	uint64_t wait_ns;
	char model[TWILL_NAME_MAX + 1];
};

/** struct twnl_job_opts - what a job begins with; zero for what is not said */
struct twnl_job_opts {
	const char *model;
	uint32_t deadline_us;
	uint32_t units;
	uint32_t predicted_us;
	uint32_t accelerator;
};

/** struct twnl_cluster - CPU cores that share a cache and a clock */
struct twnl_cluster {
	uint32_t id;
	uint32_t tasks;
	char cpus[64];
};

/** struct twnl_cap - a leased upper limit of a clock; cpu or device as kind says */
struct twnl_cap {
	uint32_t id;
	uint32_t kind;
	uint32_t cpu;
	uint32_t max_khz;
	uint32_t portid;
	char device[TWILL_NAME_MAX + 1];
};

/** struct twnl_gate - the arbiter of one accelerator; portid 0: the administrator's settings */
struct twnl_gate {
	uint32_t accelerator;
	uint32_t mode;
	uint32_t capacity;
	uint32_t order;
	uint32_t portid;
	uint32_t running;
	uint32_t waiting;
	struct twnl_stats stats;
};

/** struct twnl_gate_opts - settings; TWNL_KEEP leaves one as the administrator has it */
struct twnl_gate_opts {
	int64_t mode;
	int64_t capacity;
	int64_t order;
};

#define TWNL_GATE_OPTS_KEEP \
	((struct twnl_gate_opts){ TWNL_KEEP, TWNL_KEEP, TWNL_KEEP })

/** struct twnl_agent - who decides */
struct twnl_agent {
	uint32_t pid;
	uint32_t portid;
	uint32_t power_mw;
	uint64_t decisions;
	char policy[TWILL_NAME_MAX + 1];
};

/** struct twnl_agent_opts - what an agent tells; NULL and TWNL_KEEP leave alone */
struct twnl_agent_opts {
	const char *policy;
	int64_t power_mw;
	int64_t decisions;
	int64_t min_mw;
};

/** struct twnl_budget - milliwatts of the board's total rail; mw 0 for none */
struct twnl_budget {
	uint32_t mw;
	uint32_t window_ms;
	uint32_t min_mw;
};

/** enum twnl_event_kind - what a handler is called about */
enum twnl_event_kind {
	TWNL_EVENT_CHANGE,	/* an object changed: the fields below say which */
	TWNL_EVENT_LOST,	/* events were lost: read everything again */
	TWNL_EVENT_MODULE_UP,	/* the module was loaded: no state of before holds */
	TWNL_EVENT_MODULE_DOWN,	/* it was unloaded: all leases are gone */
};

/**
 * struct twnl_event - one event
 * @kind: TWNL_EVENT_*; the rest is meaningful for TWNL_EVENT_CHANGE alone
 * @object: TWILL_OBJECT_*
 * @change: TWILL_CHANGE_*
 * @seq: number of the event
 * @generation: changes with every load of the module
 * @full: whether the object is there, in the union's member for @object; it is
 *	for the agent, while the multicast group is told the head only
 */
struct twnl_event {
	enum twnl_event_kind kind;
	uint32_t object;
	uint32_t change;
	uint32_t seq;
	uint32_t generation;
	bool full;
	union {
		struct twnl_task task;
		struct twnl_job job;
		struct twnl_cap cap;
		struct twnl_agent agent;
		struct twnl_budget budget;
		struct twnl_gate gate;
	};
};

/**
 * twnl_open() - make a handle
 * @ret: receives it
 * @handler: called by twnl_dispatch() for each event; NULL if none are wanted
 * @arg: for @handler
 *
 * Succeeds without the module: with a handler, its coming is an event; requests
 * fail with -ENOPKG until then. No TWNL_EVENT_MODULE_UP comes for a module that
 * is there already: ask twnl_present().
 */
int twnl_open(struct twnl **ret,
	      void (*handler)(void *arg, const struct twnl_event *event), void *arg);

/** twnl_close() - end a handle and with it all its leases; NULL is fine; returns NULL */
struct twnl *twnl_close(struct twnl *nl);

/**
 * twnl_fd() - becomes readable when twnl_dispatch() has work; queued events count
 *
 * Also when a job was granted that was queued: see twnl_job_wait().
 */
int twnl_fd(const struct twnl *nl);

/**
 * twnl_dispatch() - deliver all events that have arrived, without waiting
 *
 * The handler may make requests, but neither close the handle nor dispatch.
 * Return: number of events delivered.
 */
int twnl_dispatch(struct twnl *nl);

/** twnl_present() - whether the module is loaded; looks when it was not */
bool twnl_present(struct twnl *nl);

/** twnl_portid() - port of the handle's socket, as in twnl_cap and twnl_agent */
uint32_t twnl_portid(const struct twnl *nl);

/** twnl_error() - why the last request failed, in a sentence; never NULL */
const char *twnl_error(const struct twnl *nl);

/**
 * twnl_subscribe() - be told the heads of all events, by multicast
 *
 * The agent needs no subscription: its socket gets full events. Renewed by
 * itself when the module comes back; -ENOPKG means that this is pending.
 */
int twnl_subscribe(struct twnl *nl);

/*
 * Lists. They store at most @max objects and return how many there are, which
 * may be more. A dump that changes under way is begun anew.
 */
int twnl_task_list(struct twnl *nl, struct twnl_task *tasks, size_t max);
int twnl_job_list(struct twnl *nl, struct twnl_job *jobs, size_t max);
int twnl_cluster_list(struct twnl *nl, struct twnl_cluster *clusters, size_t max);
int twnl_cap_list(struct twnl *nl, struct twnl_cap *caps, size_t max);
int twnl_gate_list(struct twnl *nl, struct twnl_gate *gates, size_t max);

/* Tasks. The answer has the task as it is after the request. */
int twnl_task_get(struct twnl *nl, const struct twnl_ref *ref, struct twnl_task *ret_task);
int twnl_task_set(struct twnl *nl, const struct twnl_ref *ref, const struct twnl_task_opts *opts,
		  struct twnl_task *ret_task);
int twnl_task_del(struct twnl *nl, const struct twnl_ref *ref);
/* @ttl_ms of 0, here and below: the module's default */
int twnl_task_freeze(struct twnl *nl, const struct twnl_ref *ref, uint32_t ttl_ms,
		     struct twnl_task *ret_task);
int twnl_task_thaw(struct twnl *nl, const struct twnl_ref *ref, struct twnl_task *ret_task);
/* @placement: TWILL_ACCELERATOR_* or TWNL_KEEP; @clusters: mask, 0 to unbind, or TWNL_KEEP */
int twnl_task_place(struct twnl *nl, const struct twnl_ref *ref, int64_t placement,
		    int64_t clusters, uint32_t ttl_ms, struct twnl_task *ret_task);

/* Jobs, of the calling process */
int twnl_job_get(struct twnl *nl, uint32_t id, struct twnl_job *ret_job);
int twnl_job_begin(struct twnl *nl, const struct twnl_job_opts *opts, struct twnl_job *ret_job);
int twnl_job_place(struct twnl *nl, uint32_t id, struct twnl_job *ret_job);
int twnl_job_end(struct twnl *nl, uint32_t id, struct twnl_job *ret_job);
/* One unit is done and another follows; the job may be queued then */
int twnl_job_unit(struct twnl *nl, uint32_t id, struct twnl_job *ret_job);
/* For the agent: what it predicts of a job of anybody */
int twnl_job_set(struct twnl *nl, uint32_t id, uint32_t predicted_us, struct twnl_job *ret_job);

/**
 * twnl_job_wait() - wait until a job is not queued any more
 * @nl: the handle that began it, which is told of the grant
 * @id: the job
 * @timeout_ms: how long to wait; negative for as long as it takes
 * @ret_job: receives the job as it is then
 *
 * The kernel's state counts, not the message: one that was lost, or that was
 * for an earlier wait, does no harm.
 * Return: 0; -ETIMEDOUT; -EINTR for a signal; or as the requests. The job is
 * still queued after -ETIMEDOUT and -EINTR: the caller ends it.
 */
int twnl_job_wait(struct twnl *nl, uint32_t id, int timeout_ms, struct twnl_job *ret_job);

/* Gates. gate-set overrides the administrator's settings while the lease lives. */
int twnl_gate_get(struct twnl *nl, uint32_t accelerator, struct twnl_gate *ret_gate);
int twnl_gate_set(struct twnl *nl, uint32_t accelerator, const struct twnl_gate_opts *opts,
		  uint32_t ttl_ms, struct twnl_gate *ret_gate);
int twnl_gate_del(struct twnl *nl, uint32_t accelerator);

/*
 * Caps. @cap with id 0 makes a new one of kind, cpu or device, and max_khz;
 * else max_khz of that one is changed.
 */
int twnl_cap_set(struct twnl *nl, const struct twnl_cap *cap, uint32_t ttl_ms,
		 struct twnl_cap *ret_cap);
int twnl_cap_del(struct twnl *nl, uint32_t id);

/* The agent role. Setting takes it, updates it and renews all leases of the handle. */
int twnl_agent_set(struct twnl *nl, const struct twnl_agent_opts *opts, uint32_t ttl_ms,
		   struct twnl_agent *ret_agent);
/* -ENOENT: there is none */
int twnl_agent_get(struct twnl *nl, struct twnl_agent *ret_agent);

/* @mw: 0 for no budget, TWNL_KEEP to set the window alone; @window_ms: or TWNL_KEEP */
int twnl_budget_set(struct twnl *nl, int64_t mw, int64_t window_ms, struct twnl_budget *ret_budget);
int twnl_budget_get(struct twnl *nl, struct twnl_budget *ret_budget);

/* Gives every lease of the handle @ttl_ms from now on */
int twnl_lease_renew(struct twnl *nl, uint32_t ttl_ms, uint32_t *ret_count);

/* Names as in the spec; NULL if unknown. Classes and accelerators are in twill.h. */
const char *twnl_state_name(uint32_t state);
const char *twnl_cap_kind_name(uint32_t kind);
const char *twnl_job_state_name(uint32_t state);
const char *twnl_gate_mode_name(uint32_t mode);
const char *twnl_gate_order_name(uint32_t order);
const char *twnl_object_name(uint32_t object);
const char *twnl_change_name(uint32_t change);

#endif
