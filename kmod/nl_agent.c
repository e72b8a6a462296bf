// SPDX-License-Identifier: GPL-2.0-only
/*
 * nl_agent.c - requests about the board: agent, budget, caps, clusters, leases.
 */
#include "netlink.h"

static void tell(struct nlattr **tb)
{
	if (tb[TWILL_A_AGENT_POLICY])
		twill_nla_strscpy(twill_agent.policy, tb[TWILL_A_AGENT_POLICY],
				  sizeof(twill_agent.policy));
	if (tb[TWILL_A_AGENT_POWER_MW])
		twill_agent.power_mw = nla_get_u32(tb[TWILL_A_AGENT_POWER_MW]);
	if (tb[TWILL_A_AGENT_DECISIONS])
		twill_agent.decisions = nla_get_u64(tb[TWILL_A_AGENT_DECISIONS]);
}

static int agent_set(struct genl_info *info, struct nlattr **tb, struct nlattr **budget)
{
	struct twill_owner *owner;
	u64 deadline;
	int err, taken;

	err = twill_nl_deadline(info, &deadline, NULL);
	if (err)
		return err;
	owner = twill_owner_get(genl_info_net(info), info->snd_portid, info->extack);
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	taken = twill_agent_take(owner, info->extack);
	if (taken < 0)
		return taken;
	tell(tb);
	if (budget[TWILL_A_BUDGET_MIN_MW])
		twill_knobs.budget_min_mw = nla_get_u32(budget[TWILL_A_BUDGET_MIN_MW]);
	twill_owner_renew(owner, deadline);
	/* What it tells of its measurements is no event: it comes every period. */
	if (taken)
		twill_event_agent(TWILL_CHANGE_NEW);
	else if (tb[TWILL_A_AGENT_POLICY])
		twill_event_agent(TWILL_CHANGE_CHANGED);
	return 0;
}

int twill_nl_agent_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_AGENT_MAX + 1], *budget[TWILL_A_BUDGET_MAX + 1];
	struct twill_reply reply;
	struct twill_view view;
	int err;

	err = twill_nl_admin(skb, info) ?:
	      twill_nl_only(info, BIT(TWILL_A_AGENT) | BIT(TWILL_A_BUDGET) | BIT(TWILL_A_LEASE)) ?:
	      twill_nl_nest(info, TWILL_A_AGENT, tb, TWILL_A_AGENT_MAX,
			    BIT(TWILL_A_AGENT_POLICY) | BIT(TWILL_A_AGENT_POWER_MW) |
			    BIT(TWILL_A_AGENT_DECISIONS)) ?:
	      twill_nl_nest(info, TWILL_A_BUDGET, budget, TWILL_A_BUDGET_MAX,
			    BIT(TWILL_A_BUDGET_MIN_MW)) ?:
	      twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_view_current(&view);
	twill_lock();
	err = agent_set(info, tb, budget) ?: twill_fill_agent(reply.skb, &view);
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

int twill_nl_agent_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct twill_reply reply;
	struct twill_view view;
	int err;

	err = twill_nl_only(info, 0) ?: twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_view_current(&view);
	twill_lock();
	if (twill_agent.owner)
		err = twill_fill_agent(reply.skb, &view);
	else
		err = twill_nl_refuse(info, -ENOENT, "there is no agent: start twilld");
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

static int budget_set(struct genl_info *info, struct nlattr **tb)
{
	u32 mw = 0, window_ms = 0;

	if (!tb[TWILL_A_BUDGET_MW] && !tb[TWILL_A_BUDGET_WINDOW_MS])
		return twill_nl_refuse(info, -EINVAL, "state the budget's mw or window-ms");
	if (tb[TWILL_A_BUDGET_MW])
		mw = nla_get_u32(tb[TWILL_A_BUDGET_MW]);
	if (tb[TWILL_A_BUDGET_WINDOW_MS])
		window_ms = nla_get_u32(tb[TWILL_A_BUDGET_WINDOW_MS]);
	return twill_budget_set(tb[TWILL_A_BUDGET_MW] ? &mw : NULL,
				tb[TWILL_A_BUDGET_WINDOW_MS] ? &window_ms : NULL, info->extack);
}

int twill_nl_budget_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_BUDGET_MAX + 1];
	struct twill_reply reply;
	int err;

	err = twill_nl_admin(skb, info) ?: twill_nl_only(info, BIT(TWILL_A_BUDGET)) ?:
	      twill_nl_nest(info, TWILL_A_BUDGET, tb, TWILL_A_BUDGET_MAX,
			    BIT(TWILL_A_BUDGET_MW) | BIT(TWILL_A_BUDGET_WINDOW_MS)) ?:
	      twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_lock();
	err = budget_set(info, tb) ?: twill_fill_budget(reply.skb);
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

int twill_nl_budget_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct twill_reply reply;
	int err;

	err = twill_nl_only(info, 0) ?: twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_lock();
	err = twill_fill_budget(reply.skb);
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

static struct twill_cap *own_cap(struct genl_info *info, struct nlattr *id)
{
	struct twill_owner *owner = twill_owner_find(genl_info_net(info), info->snd_portid);
	struct twill_cap *cap = twill_cap_by_id(nla_get_u32(id));

	if (!cap) {
		twill_nl_refuse(info, -ENOENT, "no such cap");
		return ERR_PTR(-ENOENT);
	}
	if (!owner || cap->lease.owner != owner) {
		twill_nl_refuse(info, -EPERM, "the cap belongs to another socket");
		return ERR_PTR(-EPERM);
	}
	return cap;
}

static struct twill_cap *change_cap(struct genl_info *info, struct nlattr **tb, u64 deadline)
{
	struct twill_cap *cap = own_cap(info, tb[TWILL_A_CAP_ID]);
	int err;

	if (IS_ERR(cap))
		return cap;
	err = twill_cap_change(cap, nla_get_u32(tb[TWILL_A_CAP_MAX_KHZ]), info->extack);
	if (err)
		return ERR_PTR(err);
	twill_lease_renew(&cap->lease, deadline);
	return cap;
}

static struct twill_cap *create_cap(struct genl_info *info, struct nlattr **tb, u64 deadline)
{
	struct twill_owner *owner;

	owner = twill_owner_get(genl_info_net(info), info->snd_portid, info->extack);
	if (IS_ERR(owner))
		return ERR_CAST(owner);
	return twill_cap_create(owner, nla_get_u32(tb[TWILL_A_CAP_KIND]),
				tb[TWILL_A_CAP_CPU] ? nla_get_u32(tb[TWILL_A_CAP_CPU]) : 0,
				tb[TWILL_A_CAP_DEVICE] ? nla_data(tb[TWILL_A_CAP_DEVICE]) : NULL,
				nla_get_u32(tb[TWILL_A_CAP_MAX_KHZ]), deadline, info->extack);
}

/* Either an id, or a kind with what belongs to it; a limit in any case. */
static int check_cap(struct genl_info *info, struct nlattr **tb)
{
	struct nlattr *cpu = tb[TWILL_A_CAP_CPU], *device = tb[TWILL_A_CAP_DEVICE];

	if (!tb[TWILL_A_CAP_MAX_KHZ])
		return twill_nl_refuse(info, -EINVAL, "state the cap's max-khz");
	if (nla_get_u32(tb[TWILL_A_CAP_MAX_KHZ]) > S32_MAX)
		return twill_nl_refuse(info, -ERANGE, "max-khz is out of range");
	if (tb[TWILL_A_CAP_ID]) {
		if (tb[TWILL_A_CAP_KIND] || cpu || device)
			return twill_nl_refuse(info, -EINVAL,
					       "a cap keeps what it acts on: give id and max-khz");
		return 0;
	}
	if (!tb[TWILL_A_CAP_KIND])
		return twill_nl_refuse(info, -EINVAL, "state the cap's kind, or its id");
	if (nla_get_u32(tb[TWILL_A_CAP_KIND]) == TWILL_CAP_KIND_CPUFREQ ? !cpu || device :
									  !device || cpu)
		return twill_nl_refuse(info, -EINVAL,
				       "a cpufreq cap names a cpu, a device cap a device");
	return 0;
}

int twill_nl_cap_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_CAP_MAX + 1];
	struct twill_reply reply;
	struct twill_cap *cap;
	u64 deadline;
	int err;

	err = twill_nl_admin(skb, info) ?:
	      twill_nl_only(info, BIT(TWILL_A_CAP) | BIT(TWILL_A_LEASE)) ?:
	      twill_nl_nest(info, TWILL_A_CAP, tb, TWILL_A_CAP_MAX,
			    BIT(TWILL_A_CAP_ID) | BIT(TWILL_A_CAP_KIND) | BIT(TWILL_A_CAP_CPU) |
			    BIT(TWILL_A_CAP_DEVICE) | BIT(TWILL_A_CAP_MAX_KHZ)) ?:
	      check_cap(info, tb) ?: twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_lock();
	err = twill_nl_deadline(info, &deadline, NULL);
	if (err)
		goto unlock;
	cap = tb[TWILL_A_CAP_ID] ? change_cap(info, tb, deadline) : create_cap(info, tb, deadline);
	err = PTR_ERR_OR_ZERO(cap) ?: twill_fill_cap(reply.skb, cap);
unlock:
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

int twill_nl_cap_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_CAP_MAX + 1];
	struct twill_cap *cap;
	int err;

	err = twill_nl_admin(skb, info) ?: twill_nl_only(info, BIT(TWILL_A_CAP)) ?:
	      twill_nl_nest(info, TWILL_A_CAP, tb, TWILL_A_CAP_MAX,
			    BIT(TWILL_A_CAP_ID));
	if (err)
		return err;
	if (!tb[TWILL_A_CAP_ID])
		return twill_nl_refuse(info, -EINVAL, "state the cap's id");
	twill_lock();
	cap = own_cap(info, tb[TWILL_A_CAP_ID]);
	if (!IS_ERR(cap))
		twill_cap_end(cap);
	twill_unlock();
	return PTR_ERR_OR_ZERO(cap);
}

int twill_nl_cap_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct twill_cap *cap;
	void *head;

	twill_lock();
	list_for_each_entry(cap, &twill_caps, node) {
		if (cap->id <= cb->args[0])
			continue;
		head = twill_dump_put(skb, cb, TWILL_CMD_CAP_GET);
		if (!head)
			break;
		if (twill_fill_cap(skb, cap)) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
		cb->args[0] = cap->id;
	}
	twill_unlock();
	return skb->len;
}

int twill_nl_cluster_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	void *head;

	twill_lock();
	for (; cb->args[0] < twill_n_clusters; cb->args[0]++) {
		head = twill_dump_put(skb, cb, TWILL_CMD_CLUSTER_GET);
		if (!head)
			break;
		if (twill_fill_cluster(skb, cb->args[0])) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
	}
	twill_unlock();
	return skb->len;
}

int twill_nl_lease_renew_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct twill_owner *owner;
	struct twill_reply reply;
	struct nlattr *nest;
	u64 deadline;
	u32 ttl, n;
	int err;

	err = twill_nl_only(info, BIT(TWILL_A_LEASE)) ?: twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_lock();
	err = twill_nl_deadline(info, &deadline, &ttl);
	if (err)
		goto unlock;
	owner = twill_owner_find(genl_info_net(info), info->snd_portid);
	n = owner ? twill_owner_renew(owner, deadline) : 0;
	nest = nla_nest_start(reply.skb, TWILL_A_LEASE);
	if (!nest || nla_put_u32(reply.skb, TWILL_A_LEASE_TTL_MS, ttl) ||
	    nla_put_u32(reply.skb, TWILL_A_LEASE_COUNT, n))
		err = -EMSGSIZE;
	else
		nla_nest_end(reply.skb, nest);
unlock:
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}
