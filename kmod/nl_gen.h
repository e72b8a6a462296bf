/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/twill.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_TWILL_GEN_H
#define _LINUX_TWILL_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/twill.h>

/* Common nested types */
extern const struct nla_policy twill_agent_nl_policy[TWILL_A_AGENT_PAD + 1];
extern const struct nla_policy twill_budget_nl_policy[TWILL_A_BUDGET_MIN_MW + 1];
extern const struct nla_policy twill_cap_nl_policy[TWILL_A_CAP_PORTID + 1];
extern const struct nla_policy twill_gate_nl_policy[TWILL_A_GATE_STATS + 1];
extern const struct nla_policy twill_job_nl_policy[TWILL_A_JOB_PAD + 1];
extern const struct nla_policy twill_lease_nl_policy[TWILL_A_LEASE_COUNT + 1];
extern const struct nla_policy twill_stats_nl_policy[TWILL_A_STATS_PAD + 1];
extern const struct nla_policy twill_task_nl_policy[TWILL_A_TASK_PREEMPTED + 1];

/* Global operation policy for twill */
extern const struct nla_policy twill_nl_policy[TWILL_A_LEASE + 1];

/* Ops table for twill */
extern const struct genl_small_ops twill_nl_ops[24];

int twill_nl_task_get_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_task_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int twill_nl_task_set_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_task_del_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_task_freeze_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_task_thaw_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_task_place_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_job_begin_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_job_place_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_job_end_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_job_unit_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_job_set_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_job_get_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_job_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int twill_nl_cluster_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int twill_nl_cap_set_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_cap_del_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_cap_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int twill_nl_gate_set_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_gate_del_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_gate_get_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_gate_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int twill_nl_agent_set_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_agent_get_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_budget_set_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_budget_get_doit(struct sk_buff *skb, struct genl_info *info);
int twill_nl_lease_renew_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	TWILL_NLGRP_EVENTS,
};

#endif /* _LINUX_TWILL_GEN_H */
