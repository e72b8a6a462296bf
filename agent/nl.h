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
 * delivered by nl_dispatch() alone, never from inside a request. Nothing
 * allocates after nl_open().
 *
 * All functions return 0 or a positive value, or a negative errno with a
 * sentence for people in nl_error(). The ones of their own:
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

struct nl;

/** NL_KEEP - for an option of a request: leave it as it is */
#define NL_KEEP		(-1)

/**
 * struct nl_ref - names a task in a request
 * @id: the module's id; if 0:
 * @pid: thread group id in the sender's pid namespace; if 0, the sender itself
 * @start_time: field 22 of /proc/PID/stat, for @pid; 0 to go without the guard
 */
struct nl_ref {
	uint32_t id;
	uint32_t pid;
	uint64_t start_time;
};

/** struct nl_task - a tagged process; fields as in the spec */
struct nl_task {
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
	uint64_t frozen_ns;
	uint64_t jobs_done;
	char comm[TWILL_COMM_MAX + 1];
};

/** struct nl_task_opts - what nl_task_set() changes; NL_KEEP leaves a field alone */
struct nl_task_opts {
	int64_t cls;
	int64_t priority;
	int64_t inherit;
	int64_t can_use;
	int64_t group;
};

#define NL_TASK_OPTS_KEEP \
	((struct nl_task_opts){ NL_KEEP, NL_KEEP, NL_KEEP, NL_KEEP, NL_KEEP })

/** struct nl_job - an inference request of a task */
struct nl_job {
	uint32_t id;
	uint32_t task;
	uint32_t accelerator;
	uint32_t deadline_us;
	uint32_t units;
	uint64_t begin_ns;
	uint64_t latency_ns;
	char model[TWILL_NAME_MAX + 1];
};

/** struct nl_cluster - CPU cores that share a cache and a clock */
struct nl_cluster {
	uint32_t id;
	uint32_t tasks;
	char cpus[64];
};

/** struct nl_cap - a leased upper limit of a clock; cpu or device as kind says */
struct nl_cap {
	uint32_t id;
	uint32_t kind;
	uint32_t cpu;
	uint32_t max_khz;
	uint32_t portid;
	char device[TWILL_NAME_MAX + 1];
};

/** struct nl_agent - who decides */
struct nl_agent {
	uint32_t pid;
	uint32_t portid;
	uint32_t power_mw;
	uint64_t decisions;
	char policy[TWILL_NAME_MAX + 1];
};

/** struct nl_agent_opts - what an agent tells; NULL and NL_KEEP leave alone */
struct nl_agent_opts {
	const char *policy;
	int64_t power_mw;
	int64_t decisions;
	int64_t min_mw;
};

/** struct nl_budget - milliwatts of the board's total rail; mw 0 for none */
struct nl_budget {
	uint32_t mw;
	uint32_t window_ms;
	uint32_t min_mw;
};

/** enum nl_event_kind - what a handler is called about */
enum nl_event_kind {
	NL_EVENT_CHANGE,	/* an object changed: the fields below say which */
	NL_EVENT_LOST,		/* events were lost: read everything again */
	NL_EVENT_MODULE_UP,	/* the module was loaded: no state of before holds */
	NL_EVENT_MODULE_DOWN,	/* it was unloaded: all leases are gone */
};

/**
 * struct nl_event - one event
 * @kind: NL_EVENT_*; the rest is meaningful for NL_EVENT_CHANGE alone
 * @object: TWILL_OBJECT_*
 * @change: TWILL_CHANGE_*
 * @seq: number of the event
 * @generation: changes with every load of the module
 * @full: whether the object is there, in the union's member for @object; it is
 *	for the agent, while the multicast group is told the head only
 */
struct nl_event {
	enum nl_event_kind kind;
	uint32_t object;
	uint32_t change;
	uint32_t seq;
	uint32_t generation;
	bool full;
	union {
		struct nl_task task;
		struct nl_job job;
		struct nl_cap cap;
		struct nl_agent agent;
		struct nl_budget budget;
	};
};

/**
 * nl_open() - make a handle
 * @ret: receives it
 * @handler: called by nl_dispatch() for each event; NULL if none are wanted
 * @arg: for @handler
 *
 * Succeeds without the module: with a handler, its coming is an event; requests
 * fail with -ENOPKG until then. No NL_EVENT_MODULE_UP comes for a module that
 * is there already: ask nl_present().
 */
int nl_open(struct nl **ret, void (*handler)(void *arg, const struct nl_event *event), void *arg);

/** nl_close() - end a handle and with it all its leases; NULL is fine; returns NULL */
struct nl *nl_close(struct nl *nl);

/** nl_fd() - becomes readable when nl_dispatch() has work; queued events count */
int nl_fd(const struct nl *nl);

/**
 * nl_dispatch() - deliver all events that have arrived, without waiting
 *
 * The handler may make requests, but neither close the handle nor dispatch.
 * Return: number of events delivered.
 */
int nl_dispatch(struct nl *nl);

/** nl_present() - whether the module is loaded; looks when it was not */
bool nl_present(struct nl *nl);

/** nl_portid() - port of the handle's socket, as in nl_cap and nl_agent */
uint32_t nl_portid(const struct nl *nl);

/** nl_error() - why the last request failed, in a sentence; never NULL */
const char *nl_error(const struct nl *nl);

/**
 * nl_subscribe() - be told the heads of all events, by multicast
 *
 * The agent needs no subscription: its socket gets full events. Renewed by
 * itself when the module comes back; -ENOPKG means that this is pending.
 */
int nl_subscribe(struct nl *nl);

/*
 * Lists. They store at most @max objects and return how many there are, which
 * may be more. A dump that changes under way is begun anew.
 */
int nl_task_list(struct nl *nl, struct nl_task *tasks, size_t max);
int nl_job_list(struct nl *nl, struct nl_job *jobs, size_t max);
int nl_cluster_list(struct nl *nl, struct nl_cluster *clusters, size_t max);
int nl_cap_list(struct nl *nl, struct nl_cap *caps, size_t max);

/* Tasks. The answer has the task as it is after the request. */
int nl_task_get(struct nl *nl, const struct nl_ref *ref, struct nl_task *ret_task);
int nl_task_set(struct nl *nl, const struct nl_ref *ref, const struct nl_task_opts *opts,
		struct nl_task *ret_task);
int nl_task_del(struct nl *nl, const struct nl_ref *ref);
/* @ttl_ms of 0, here and below: the module's default */
int nl_task_freeze(struct nl *nl, const struct nl_ref *ref, uint32_t ttl_ms,
		   struct nl_task *ret_task);
int nl_task_thaw(struct nl *nl, const struct nl_ref *ref, struct nl_task *ret_task);
/* @placement: TWILL_ACCELERATOR_* or NL_KEEP; @clusters: mask, 0 to unbind, or NL_KEEP */
int nl_task_place(struct nl *nl, const struct nl_ref *ref, int64_t placement, int64_t clusters,
		  uint32_t ttl_ms, struct nl_task *ret_task);

/* Jobs, of the calling process */
int nl_job_get(struct nl *nl, uint32_t id, struct nl_job *ret_job);
int nl_job_begin(struct nl *nl, const char *model, uint32_t deadline_us, uint32_t units,
		 struct nl_job *ret_job);
int nl_job_place(struct nl *nl, uint32_t id, struct nl_job *ret_job);
int nl_job_end(struct nl *nl, uint32_t id, struct nl_job *ret_job);

/*
 * Caps. @cap with id 0 makes a new one of kind, cpu or device, and max_khz;
 * else max_khz of that one is changed.
 */
int nl_cap_set(struct nl *nl, const struct nl_cap *cap, uint32_t ttl_ms, struct nl_cap *ret_cap);
int nl_cap_del(struct nl *nl, uint32_t id);

/* The agent role. Setting takes it, updates it and renews all leases of the handle. */
int nl_agent_set(struct nl *nl, const struct nl_agent_opts *opts, uint32_t ttl_ms,
		 struct nl_agent *ret_agent);
/* -ENOENT: there is none */
int nl_agent_get(struct nl *nl, struct nl_agent *ret_agent);

/* @mw: 0 for no budget, NL_KEEP to set the window alone; @window_ms: or NL_KEEP */
int nl_budget_set(struct nl *nl, int64_t mw, int64_t window_ms, struct nl_budget *ret_budget);
int nl_budget_get(struct nl *nl, struct nl_budget *ret_budget);

/* Gives every lease of the handle @ttl_ms from now on */
int nl_lease_renew(struct nl *nl, uint32_t ttl_ms, uint32_t *ret_count);

/* Names as in the spec; NULL if unknown. Classes and accelerators are in twill.h. */
const char *nl_state_name(uint32_t state);
const char *nl_cap_kind_name(uint32_t kind);
const char *nl_object_name(uint32_t object);
const char *nl_change_name(uint32_t change);

#endif
