// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/twill.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_gen.h"

#include <uapi/linux/twill.h>

/* Integer value ranges */
static const struct netlink_range_validation twill_a_budget_window_ms_range = {
	.min	= 10ULL,
	.max	= 600000ULL,
};

static const struct netlink_range_validation twill_a_lease_ttl_ms_range = {
	.min	= 1ULL,
	.max	= TWILL_TTL_MS_MAX,
};

/* Common nested types */
const struct nla_policy twill_agent_nl_policy[TWILL_A_AGENT_PAD + 1] = {
	[TWILL_A_AGENT_PID] = { .type = NLA_U32, },
	[TWILL_A_AGENT_PORTID] = { .type = NLA_U32, },
	[TWILL_A_AGENT_POLICY] = { .type = NLA_NUL_STRING, .len = TWILL_NAME_MAX, },
	[TWILL_A_AGENT_POWER_MW] = { .type = NLA_U32, },
	[TWILL_A_AGENT_DECISIONS] = { .type = NLA_U64, },
};

const struct nla_policy twill_budget_nl_policy[TWILL_A_BUDGET_MIN_MW + 1] = {
	[TWILL_A_BUDGET_MW] = { .type = NLA_U32, },
	[TWILL_A_BUDGET_WINDOW_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &twill_a_budget_window_ms_range),
	[TWILL_A_BUDGET_MIN_MW] = { .type = NLA_U32, },
};

const struct nla_policy twill_cap_nl_policy[TWILL_A_CAP_PORTID + 1] = {
	[TWILL_A_CAP_ID] = { .type = NLA_U32, },
	[TWILL_A_CAP_KIND] = NLA_POLICY_MAX(NLA_U32, 1),
	[TWILL_A_CAP_CPU] = { .type = NLA_U32, },
	[TWILL_A_CAP_DEVICE] = { .type = NLA_NUL_STRING, .len = TWILL_NAME_MAX, },
	[TWILL_A_CAP_MAX_KHZ] = NLA_POLICY_MIN(NLA_U32, 1),
	[TWILL_A_CAP_PORTID] = { .type = NLA_U32, },
};

const struct nla_policy twill_gate_nl_policy[TWILL_A_GATE_STATS + 1] = {
	[TWILL_A_GATE_ACCELERATOR] = NLA_POLICY_RANGE(NLA_U32, 1, 4),
	[TWILL_A_GATE_MODE] = NLA_POLICY_MAX(NLA_U32, 2),
	[TWILL_A_GATE_CAPACITY] = NLA_POLICY_RANGE(NLA_U32, 1, TWILL_CAPACITY_MAX),
	[TWILL_A_GATE_ORDER] = NLA_POLICY_MAX(NLA_U32, 1),
	[TWILL_A_GATE_PORTID] = { .type = NLA_U32, },
	[TWILL_A_GATE_RUNNING] = { .type = NLA_U32, },
	[TWILL_A_GATE_WAITING] = { .type = NLA_U32, },
	[TWILL_A_GATE_STATS] = NLA_POLICY_NESTED(twill_stats_nl_policy),
};

const struct nla_policy twill_job_nl_policy[TWILL_A_JOB_PAD + 1] = {
	[TWILL_A_JOB_ID] = { .type = NLA_U32, },
	[TWILL_A_JOB_TASK] = { .type = NLA_U32, },
	[TWILL_A_JOB_MODEL] = { .type = NLA_NUL_STRING, .len = TWILL_NAME_MAX, },
	[TWILL_A_JOB_ACCELERATOR] = NLA_POLICY_MAX(NLA_U32, 4),
	[TWILL_A_JOB_DEADLINE_US] = { .type = NLA_U32, },
	[TWILL_A_JOB_UNITS] = { .type = NLA_U32, },
	[TWILL_A_JOB_BEGIN_NS] = { .type = NLA_U64, },
	[TWILL_A_JOB_LATENCY_NS] = { .type = NLA_U64, },
	[TWILL_A_JOB_STATE] = NLA_POLICY_MAX(NLA_U32, 3),
	[TWILL_A_JOB_PREDICTED_US] = { .type = NLA_U32, },
	[TWILL_A_JOB_UNITS_DONE] = { .type = NLA_U32, },
	[TWILL_A_JOB_WAIT_NS] = { .type = NLA_U64, },
};

const struct nla_policy twill_lease_nl_policy[TWILL_A_LEASE_COUNT + 1] = {
	[TWILL_A_LEASE_TTL_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &twill_a_lease_ttl_ms_range),
	[TWILL_A_LEASE_COUNT] = { .type = NLA_U32, },
};

const struct nla_policy twill_stats_nl_policy[TWILL_A_STATS_PAD + 1] = {
	[TWILL_A_STATS_RUNS] = { .type = NLA_U64, },
	[TWILL_A_STATS_WAITS] = { .type = NLA_U64, },
	[TWILL_A_STATS_PREEMPTIONS] = { .type = NLA_U64, },
	[TWILL_A_STATS_AGED] = { .type = NLA_U64, },
	[TWILL_A_STATS_WAIT_NS] = { .type = NLA_U64, },
	[TWILL_A_STATS_HISTOGRAM] = { .type = NLA_BINARY, },
};

const struct nla_policy twill_task_nl_policy[TWILL_A_TASK_PREEMPTED + 1] = {
	[TWILL_A_TASK_ID] = { .type = NLA_U32, },
	[TWILL_A_TASK_PID] = NLA_POLICY_MIN(NLA_U32, 1),
	[TWILL_A_TASK_START_TIME] = { .type = NLA_U64, },
	[TWILL_A_TASK_CLASS] = NLA_POLICY_MAX(NLA_U32, 3),
	[TWILL_A_TASK_PRIORITY] = NLA_POLICY_MAX(NLA_U32, 255),
	[TWILL_A_TASK_INHERIT] = NLA_POLICY_MAX(NLA_U32, 1),
	[TWILL_A_TASK_CAN_USE] = NLA_POLICY_MAX(NLA_U32, 31),
	[TWILL_A_TASK_PLACEMENT] = NLA_POLICY_MAX(NLA_U32, 4),
	[TWILL_A_TASK_GROUP] = { .type = NLA_U32, },
	[TWILL_A_TASK_CLUSTERS] = { .type = NLA_U32, },
	[TWILL_A_TASK_STATE] = NLA_POLICY_MAX(NLA_U32, 2),
	[TWILL_A_TASK_THREADS] = { .type = NLA_U32, },
	[TWILL_A_TASK_PARKED] = { .type = NLA_U32, },
	[TWILL_A_TASK_COMM] = { .type = NLA_NUL_STRING, .len = TWILL_COMM_MAX, },
	[TWILL_A_TASK_FREEZES] = { .type = NLA_U32, },
	[TWILL_A_TASK_FROZEN_NS] = { .type = NLA_U64, },
	[TWILL_A_TASK_MIGRATIONS] = { .type = NLA_U32, },
	[TWILL_A_TASK_JOBS] = { .type = NLA_U32, },
	[TWILL_A_TASK_JOBS_DONE] = { .type = NLA_U64, },
	[TWILL_A_TASK_OWNERS] = { .type = NLA_U32, },
	[TWILL_A_TASK_GATES] = NLA_POLICY_NESTED(twill_stats_nl_policy),
	[TWILL_A_TASK_PREEMPTED] = { .type = NLA_U32, },
};

/* Global operation policy for twill */
const struct nla_policy twill_nl_policy[TWILL_A_LEASE + 1] = {
	[TWILL_A_TASK] = NLA_POLICY_NESTED(twill_task_nl_policy),
	[TWILL_A_JOB] = NLA_POLICY_NESTED(twill_job_nl_policy),
	[TWILL_A_CAP] = NLA_POLICY_NESTED(twill_cap_nl_policy),
	[TWILL_A_AGENT] = NLA_POLICY_NESTED(twill_agent_nl_policy),
	[TWILL_A_BUDGET] = NLA_POLICY_NESTED(twill_budget_nl_policy),
	[TWILL_A_GATE] = NLA_POLICY_NESTED(twill_gate_nl_policy),
	[TWILL_A_LEASE] = NLA_POLICY_NESTED(twill_lease_nl_policy),
};

/* Ops table for twill */
const struct genl_small_ops twill_nl_ops[24] = {
	{
		.cmd	= TWILL_CMD_TASK_GET,
		.doit	= twill_nl_task_get_doit,
		.dumpit	= twill_nl_task_get_dumpit,
	},
	{
		.cmd	= TWILL_CMD_TASK_SET,
		.doit	= twill_nl_task_set_doit,
	},
	{
		.cmd	= TWILL_CMD_TASK_DEL,
		.doit	= twill_nl_task_del_doit,
	},
	{
		.cmd	= TWILL_CMD_TASK_FREEZE,
		.doit	= twill_nl_task_freeze_doit,
	},
	{
		.cmd	= TWILL_CMD_TASK_THAW,
		.doit	= twill_nl_task_thaw_doit,
	},
	{
		.cmd	= TWILL_CMD_TASK_PLACE,
		.doit	= twill_nl_task_place_doit,
	},
	{
		.cmd	= TWILL_CMD_JOB_BEGIN,
		.doit	= twill_nl_job_begin_doit,
	},
	{
		.cmd	= TWILL_CMD_JOB_PLACE,
		.doit	= twill_nl_job_place_doit,
	},
	{
		.cmd	= TWILL_CMD_JOB_END,
		.doit	= twill_nl_job_end_doit,
	},
	{
		.cmd	= TWILL_CMD_JOB_UNIT,
		.doit	= twill_nl_job_unit_doit,
	},
	{
		.cmd	= TWILL_CMD_JOB_SET,
		.doit	= twill_nl_job_set_doit,
	},
	{
		.cmd	= TWILL_CMD_JOB_GET,
		.doit	= twill_nl_job_get_doit,
		.dumpit	= twill_nl_job_get_dumpit,
	},
	{
		.cmd	= TWILL_CMD_CLUSTER_GET,
		.dumpit	= twill_nl_cluster_get_dumpit,
	},
	{
		.cmd	= TWILL_CMD_CAP_SET,
		.doit	= twill_nl_cap_set_doit,
	},
	{
		.cmd	= TWILL_CMD_CAP_DEL,
		.doit	= twill_nl_cap_del_doit,
	},
	{
		.cmd	= TWILL_CMD_CAP_GET,
		.dumpit	= twill_nl_cap_get_dumpit,
	},
	{
		.cmd	= TWILL_CMD_GATE_SET,
		.doit	= twill_nl_gate_set_doit,
	},
	{
		.cmd	= TWILL_CMD_GATE_DEL,
		.doit	= twill_nl_gate_del_doit,
	},
	{
		.cmd	= TWILL_CMD_GATE_GET,
		.doit	= twill_nl_gate_get_doit,
		.dumpit	= twill_nl_gate_get_dumpit,
	},
	{
		.cmd	= TWILL_CMD_AGENT_SET,
		.doit	= twill_nl_agent_set_doit,
	},
	{
		.cmd	= TWILL_CMD_AGENT_GET,
		.doit	= twill_nl_agent_get_doit,
	},
	{
		.cmd	= TWILL_CMD_BUDGET_SET,
		.doit	= twill_nl_budget_set_doit,
	},
	{
		.cmd	= TWILL_CMD_BUDGET_GET,
		.doit	= twill_nl_budget_get_doit,
	},
	{
		.cmd	= TWILL_CMD_LEASE_RENEW,
		.doit	= twill_nl_lease_renew_doit,
	},
};

static const struct genl_multicast_group twill_nl_mcgrps[] = {
	[TWILL_NLGRP_EVENTS] = { "events", },
};
