// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - tell the agent what changed, and everybody that something did.
 *
 * The agent's socket gets head and object by unicast; the multicast group, to
 * which anybody may listen, only the head. Nothing is allocated but the
 * messages, and nobody waits: what cannot be sent is missing from the sequence
 * of numbers, and the agent reads everything anew.
 */
#include <linux/random.h>
#include <net/genetlink.h>

#include "gate.h"
#include "nl_gen.h"
#include "trace.h"

/* A task with all its attributes takes about half of this. */
#define EVENT_SIZE	640

static u32 seq;		/* twill_mutex */
static u32 generation;	/* fixed at load */

/** twill_event_init() - begin a new generation of events */
void twill_event_init(void)
{
	generation = get_random_u32();
}

/* What an event is about: one of these. */
struct subject {
	const struct twill_task *task;
	const struct twill_job *job;
	const struct twill_cap *cap;
	const struct twill_gate *gate;
};

static int fill_head(struct sk_buff *skb, enum twill_object object, enum twill_change change)
{
	struct nlattr *nest = nla_nest_start(skb, TWILL_A_EVENT);

	if (!nest || nla_put_u32(skb, TWILL_A_EVENT_OBJECT, object) ||
	    nla_put_u32(skb, TWILL_A_EVENT_CHANGE, change) ||
	    nla_put_u32(skb, TWILL_A_EVENT_SEQ, seq) ||
	    nla_put_u32(skb, TWILL_A_EVENT_GENERATION, generation))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_object(struct sk_buff *skb, enum twill_object object,
		       const struct subject *subject)
{
	switch (object) {
	case TWILL_OBJECT_TASK:
		return twill_fill_task(skb, subject->task, &twill_agent.view);
	case TWILL_OBJECT_JOB:
		return twill_fill_job(skb, subject->task, subject->job);
	case TWILL_OBJECT_CAP:
		return twill_fill_cap(skb, subject->cap);
	case TWILL_OBJECT_AGENT:
		return twill_fill_agent(skb, &twill_agent.view);
	case TWILL_OBJECT_BUDGET:
		return twill_fill_budget(skb);
	case TWILL_OBJECT_GATE:
		return twill_fill_gate(skb, subject->gate);
	}
	return 0;
}

static struct sk_buff *message(enum twill_object object, enum twill_change change,
			       const struct subject *subject)
{
	struct sk_buff *skb = genlmsg_new(EVENT_SIZE, GFP_NOWAIT | __GFP_NOWARN);
	void *head;

	if (!skb)
		return NULL;
	head = genlmsg_put(skb, 0, 0, &twill_family, 0, TWILL_CMD_EVENT);
	if (!head || fill_head(skb, object, change) ||
	    (subject && fill_object(skb, object, subject))) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, head);
	return skb;
}

static void send(enum twill_object object, enum twill_change change,
		 const struct subject *subject)
{
	struct sk_buff *skb;

	lockdep_assert_held(&twill_mutex);
	seq++;
	/* A process that exits is marked before its sockets close and their ports are free. */
	if (twill_agent.owner && !READ_ONCE(twill_agent.owner->dead)) {
		skb = message(object, change, subject);
		if (skb)
			(void)genlmsg_unicast(twill_agent.owner->net, skb,
					      twill_agent.owner->portid);
	}
	if (genl_has_listeners(&twill_family, &init_net, TWILL_NLGRP_EVENTS)) {
		skb = message(object, change, NULL);
		if (skb)
			(void)genlmsg_multicast(&twill_family, skb, 0, TWILL_NLGRP_EVENTS,
						GFP_NOWAIT | __GFP_NOWARN);
	}
}

/**
 * twill_event_task() - something happened to a task
 * @task: the task
 * @change: what
 *
 * Context: caller holds twill_mutex; does not wait. So do all of these.
 */
void twill_event_task(const struct twill_task *task, enum twill_change change)
{
	trace_twill_task(task, change);
	send(TWILL_OBJECT_TASK, change, &(struct subject){ .task = task });
}

/**
 * twill_event_job() - something happened to a job
 * @task: its task
 * @job: the job
 * @change: what
 */
void twill_event_job(const struct twill_task *task, const struct twill_job *job,
		     enum twill_change change)
{
	trace_twill_job(task, job, change);
	send(TWILL_OBJECT_JOB, change, &(struct subject){ .task = task, .job = job });
}

/**
 * twill_event_grant() - tell the socket that began a queued job that it may run
 * @job: the job; its message is used up
 *
 * A socket that has no room misses it, and reads the job's state instead.
 */
void twill_event_grant(struct twill_job *job)
{
	struct sk_buff *skb = job->grant;
	void *head;

	lockdep_assert_held(&twill_mutex);
	job->grant = NULL;
	head = genlmsg_put(skb, job->portid, 0, &twill_family, 0, TWILL_CMD_JOB_GRANT);
	if (!head || twill_fill_job(skb, job->task, job)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	(void)genlmsg_unicast(job->net, skb, job->portid);
}

/**
 * twill_event_gate() - the settings of a gate changed
 * @gate: the gate
 */
void twill_event_gate(const struct twill_gate *gate)
{
	trace_twill_gate_conf(gate);
	send(TWILL_OBJECT_GATE, TWILL_CHANGE_CHANGED, &(struct subject){ .gate = gate });
}

/**
 * twill_event_cap() - something happened to a cap
 * @cap: the cap
 * @change: what
 */
void twill_event_cap(const struct twill_cap *cap, enum twill_change change)
{
	trace_twill_cap(cap, change);
	send(TWILL_OBJECT_CAP, change, &(struct subject){ .cap = cap });
}

/**
 * twill_event_agent() - somebody took or left the agent role, or changed policy
 * @change: what
 */
void twill_event_agent(enum twill_change change)
{
	trace_twill_agent(change, twill_knobs.budget_mw, twill_agent.power_mw);
	send(TWILL_OBJECT_AGENT, change, &(struct subject){});
}

/** twill_event_budget() - the budget changed */
void twill_event_budget(void)
{
	trace_twill_agent(TWILL_CHANGE_CHANGED, twill_knobs.budget_mw, twill_agent.power_mw);
	send(TWILL_OBJECT_BUDGET, TWILL_CHANGE_CHANGED, &(struct subject){});
}
