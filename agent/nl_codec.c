// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Tables that say which attribute is which field, and the one decoder.
 */
#include <errno.h>
#include <string.h>
#include <netlink/attr.h>

#include "nl.h"
#include "nl_codec.h"

/* The largest of all; the compiler holds the tables to it below */
#define ATTR_MAX	TWILL_A_TASK_MAX

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define FIELD(kind, object, member, code) { \
	.attr = (code), .type = (kind), \
	.offset = offsetof(struct object, member), \
	.size = sizeof(((struct object *)0)->member), \
}

#define STATS(kind, member, code)	FIELD(kind, twnl_stats, member, TWILL_A_STATS_##code)
static const struct twnl_field stats_fields[] = {
	STATS(TWNL_U64, runs, RUNS),
	STATS(TWNL_U64, waits, WAITS),
	STATS(TWNL_U64, preemptions, PREEMPTIONS),
	STATS(TWNL_U64, aged, AGED),
	STATS(TWNL_U64, wait_ns, WAIT_NS),
	STATS(TWNL_BYTES, histogram, HISTOGRAM),
};

#define TASK(kind, member, code)	FIELD(kind, twnl_task, member, TWILL_A_TASK_##code)
static const struct twnl_field task_fields[] = {
	TASK(TWNL_U32, id, ID),
	TASK(TWNL_U32, pid, PID),
	TASK(TWNL_U64, start_time, START_TIME),
	TASK(TWNL_U32, cls, CLASS),
	TASK(TWNL_U32, priority, PRIORITY),
	TASK(TWNL_U32, inherit, INHERIT),
	TASK(TWNL_U32, can_use, CAN_USE),
	TASK(TWNL_U32, placement, PLACEMENT),
	TASK(TWNL_U32, group, GROUP),
	TASK(TWNL_U32, clusters, CLUSTERS),
	TASK(TWNL_U32, state, STATE),
	TASK(TWNL_U32, threads, THREADS),
	TASK(TWNL_U32, parked, PARKED),
	TASK(TWNL_STRING, comm, COMM),
	TASK(TWNL_U32, freezes, FREEZES),
	TASK(TWNL_U64, frozen_ns, FROZEN_NS),
	TASK(TWNL_U32, migrations, MIGRATIONS),
	TASK(TWNL_U32, jobs, JOBS),
	TASK(TWNL_U64, jobs_done, JOBS_DONE),
	TASK(TWNL_U32, owners, OWNERS),
	TASK(TWNL_STATS, gates, GATES),
	TASK(TWNL_U32, preempted, PREEMPTED),
};

#define JOB(kind, member, code)		FIELD(kind, twnl_job, member, TWILL_A_JOB_##code)
static const struct twnl_field job_fields[] = {
	JOB(TWNL_U32, id, ID),
	JOB(TWNL_U32, task, TASK),
	JOB(TWNL_STRING, model, MODEL),
	JOB(TWNL_U32, accelerator, ACCELERATOR),
	JOB(TWNL_U32, deadline_us, DEADLINE_US),
	JOB(TWNL_U32, units, UNITS),
	JOB(TWNL_U64, begin_ns, BEGIN_NS),
	JOB(TWNL_U64, latency_ns, LATENCY_NS),
	JOB(TWNL_U32, state, STATE),
	JOB(TWNL_U32, predicted_us, PREDICTED_US),
	JOB(TWNL_U32, units_done, UNITS_DONE),
	JOB(TWNL_U64, wait_ns, WAIT_NS),
};

#define CLUSTER(kind, member, code)	FIELD(kind, twnl_cluster, member, TWILL_A_CLUSTER_##code)
static const struct twnl_field cluster_fields[] = {
	CLUSTER(TWNL_U32, id, ID),
	CLUSTER(TWNL_STRING, cpus, CPUS),
	CLUSTER(TWNL_U32, tasks, TASKS),
};

#define CAP(kind, member, code)		FIELD(kind, twnl_cap, member, TWILL_A_CAP_##code)
static const struct twnl_field cap_fields[] = {
	CAP(TWNL_U32, id, ID),
	CAP(TWNL_U32, kind, KIND),
	CAP(TWNL_U32, cpu, CPU),
	CAP(TWNL_STRING, device, DEVICE),
	CAP(TWNL_U32, max_khz, MAX_KHZ),
	CAP(TWNL_U32, portid, PORTID),
};

#define AGENT(kind, member, code)	FIELD(kind, twnl_agent, member, TWILL_A_AGENT_##code)
static const struct twnl_field agent_fields[] = {
	AGENT(TWNL_U32, pid, PID),
	AGENT(TWNL_U32, portid, PORTID),
	AGENT(TWNL_STRING, policy, POLICY),
	AGENT(TWNL_U32, power_mw, POWER_MW),
	AGENT(TWNL_U64, decisions, DECISIONS),
};

#define BUDGET(kind, member, code)	FIELD(kind, twnl_budget, member, TWILL_A_BUDGET_##code)
static const struct twnl_field budget_fields[] = {
	BUDGET(TWNL_U32, mw, MW),
	BUDGET(TWNL_U32, window_ms, WINDOW_MS),
	BUDGET(TWNL_U32, min_mw, MIN_MW),
};

#define GATE(kind, member, code)	FIELD(kind, twnl_gate, member, TWILL_A_GATE_##code)
static const struct twnl_field gate_fields[] = {
	GATE(TWNL_U32, accelerator, ACCELERATOR),
	GATE(TWNL_U32, mode, MODE),
	GATE(TWNL_U32, capacity, CAPACITY),
	GATE(TWNL_U32, order, ORDER),
	GATE(TWNL_U32, portid, PORTID),
	GATE(TWNL_U32, running, RUNNING),
	GATE(TWNL_U32, waiting, WAITING),
	GATE(TWNL_STATS, stats, STATS),
};

#define LEASE(kind, member, code)	FIELD(kind, twnl_lease, member, TWILL_A_LEASE_##code)
static const struct twnl_field lease_fields[] = {
	LEASE(TWNL_U32, ttl_ms, TTL_MS),
	LEASE(TWNL_U32, count, COUNT),
};

#define EVENT(kind, member, code)	FIELD(kind, twnl_head, member, TWILL_A_EVENT_##code)
static const struct twnl_field event_fields[] = {
	EVENT(TWNL_U32, object, OBJECT),
	EVENT(TWNL_U32, change, CHANGE),
	EVENT(TWNL_U32, seq, SEQ),
	EVENT(TWNL_U32, generation, GENERATION),
};

#define LAYOUT(name, struct_tag, code) \
	_Static_assert(TWILL_A_##code##_MAX <= ATTR_MAX, "ATTR_MAX is too small"); \
	const struct twnl_layout twnl_layout_##name = { \
		.nest = TWILL_A_##code, \
		.max_attr = TWILL_A_##code##_MAX, \
		.size = sizeof(struct struct_tag), \
		.fields = name##_fields, \
		.n_fields = ARRAY_SIZE(name##_fields), \
	}

LAYOUT(task, twnl_task, TASK);
LAYOUT(job, twnl_job, JOB);
LAYOUT(cluster, twnl_cluster, CLUSTER);
LAYOUT(cap, twnl_cap, CAP);
LAYOUT(agent, twnl_agent, AGENT);
LAYOUT(budget, twnl_budget, BUDGET);
LAYOUT(gate, twnl_gate, GATE);
LAYOUT(lease, twnl_lease, LEASE);
LAYOUT(event, twnl_head, EVENT);

/* No object of its own, but a part of two */
static const struct twnl_layout layout_stats = {
	.max_attr = TWILL_A_STATS_MAX,
	.size = sizeof(struct twnl_stats),
	.fields = stats_fields,
	.n_fields = ARRAY_SIZE(stats_fields),
};

const struct twnl_layout *twnl_layout_of(uint32_t object)
{
	switch (object) {
	case TWILL_OBJECT_TASK:
		return &twnl_layout_task;
	case TWILL_OBJECT_JOB:
		return &twnl_layout_job;
	case TWILL_OBJECT_CAP:
		return &twnl_layout_cap;
	case TWILL_OBJECT_AGENT:
		return &twnl_layout_agent;
	case TWILL_OBJECT_BUDGET:
		return &twnl_layout_budget;
	case TWILL_OBJECT_GATE:
		return &twnl_layout_gate;
	}
	return NULL;
}

static int decode_field(const struct twnl_field *field, const struct nlattr *attr, void *object)
{
	char *to = (char *)object + field->offset;
	size_t len = (size_t)nla_len(attr);

	if (field->type == TWNL_STRING) {
		/* With or without its zero, and never longer than its place */
		len = strnlen(nla_data(attr), len);
		if (len >= field->size)
			len = field->size - 1;
		memcpy(to, nla_data(attr), len);
		return 0;
	}
	if (field->type == TWNL_BYTES) {
		/* It may be longer in a newer module; what is beyond is not known here */
		memcpy(to, nla_data(attr), len < field->size ? len : field->size);
		return 0;
	}
	if (field->type == TWNL_STATS)
		return twnl_decode(&layout_stats, attr, to);
	if (len != field->size)
		return -EBADMSG;
	memcpy(to, nla_data(attr), len);
	return 0;
}

int twnl_decode(const struct twnl_layout *layout, const struct nlattr *nest, void *object)
{
	struct nlattr *attrs[ATTR_MAX + 1];

	memset(object, 0, layout->size);
	if (nla_parse(attrs, layout->max_attr, nla_data(nest), nla_len(nest), NULL) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < layout->n_fields; i++) {
		const struct twnl_field *field = &layout->fields[i];
		const struct nlattr *attr = attrs[field->attr];

		if (attr && decode_field(field, attr, object) < 0)
			return -EBADMSG;
	}
	return 0;
}
