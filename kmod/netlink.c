// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink.c - the family, and what its handlers share.
 *
 * Policies are generated from Documentation/netlink/specs/twill.yaml and apply
 * to every operation alike; each handler refuses what is not its own. Family
 * and operations are written by hand: netnsok, so that containers can mark
 * their jobs, and operations without splitting, which every kernel has.
 */
#include "netlink.h"

/**
 * twill_nl_refuse() - refuse a request with a reason
 * @info: the request
 * @err: negative errno
 * @why: a string that outlives the request
 *
 * Return: @err.
 */
int twill_nl_refuse(struct genl_info *info, int err, const char *why)
{
	if (info->extack)
		info->extack->_msg = why;
	return err;
}

/**
 * twill_nl_only() - refuse top-level attributes that are not a request's own
 * @info: the request
 * @allowed: mask of TWILL_A_*
 *
 * Return: 0; -EINVAL.
 */
int twill_nl_only(struct genl_info *info, u32 allowed)
{
	const struct nlattr *attr;
	int rem;

	/* Fewer than there could be: those that the message has, valid by now. */
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (allowed & BIT(nla_type(attr)))
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "this request takes no such object");
		return -EINVAL;
	}
	return 0;
}

/**
 * twill_nl_nest() - take an object of a request apart
 * @info: the request
 * @type: TWILL_A_* of the object; may be absent
 * @tb: attributes, all NULL when it is
 * @max: highest attribute of @tb
 * @allowed: mask of its attributes that are the request's own
 *
 * The family's policy contains the objects', so the values have been validated
 * before any handler was called.
 *
 * Return: 0; -EINVAL.
 */
int twill_nl_nest(struct genl_info *info, int type, struct nlattr **tb, int max, u32 allowed)
{
	const struct nlattr *attr;
	int i, rem;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	if (!info->attrs[type])
		return 0;
	nla_for_each_nested(attr, info->attrs[type], rem) {
		i = nla_type(attr);
		if (i <= max && allowed & BIT(i)) {
			tb[i] = (struct nlattr *)attr;
			continue;
		}
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "this request does not take that attribute");
		return -EINVAL;
	}
	return 0;
}

/**
 * twill_nl_admin() - whether the sender may administrate the board
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -EPERM.
 */
int twill_nl_admin(struct sk_buff *skb, struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	return twill_nl_refuse(info, -EPERM, "this needs CAP_SYS_ADMIN");
}

/**
 * twill_nl_deadline() - until when what a request asks for is to hold
 * @info: the request, with or without a lease
 * @deadline: twill_now() then
 * @ttl_ms: what the request said, or the default; may be NULL
 *
 * Context: caller holds twill_mutex.
 * Return: 0; -EINVAL.
 */
int twill_nl_deadline(struct genl_info *info, u64 *deadline, u32 *ttl_ms)
{
	struct nlattr *tb[TWILL_A_LEASE_MAX + 1];
	u32 ttl = twill_knobs.freeze_ttl_ms;
	int err;

	err = twill_nl_nest(info, TWILL_A_LEASE, tb, TWILL_A_LEASE_MAX,
			    BIT(TWILL_A_LEASE_TTL_MS));
	if (err)
		return err;
	if (tb[TWILL_A_LEASE_TTL_MS])
		ttl = nla_get_u32(tb[TWILL_A_LEASE_TTL_MS]);
	if (ttl_ms)
		*ttl_ms = ttl;
	*deadline = twill_lease_deadline(ttl);
	return 0;
}

/**
 * twill_reply_init() - have room for the answer before anything is done
 * @reply: filled in
 * @info: the request
 *
 * Return: 0; -ENOMEM.
 */
int twill_reply_init(struct twill_reply *reply, struct genl_info *info)
{
	reply->skb = genlmsg_new(TWILL_REPLY_SIZE, GFP_KERNEL);
	if (!reply->skb)
		return -ENOMEM;
	reply->head = genlmsg_put_reply(reply->skb, info, &twill_family, 0, info->genlhdr->cmd);
	return 0;
}

/**
 * twill_reply_end() - send the answer, or drop it
 * @reply: the answer
 * @info: the request
 * @err: zero to send it
 *
 * Return: @err or the error of sending.
 */
int twill_reply_end(struct twill_reply *reply, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(reply->skb);
		return err;
	}
	genlmsg_end(reply->skb, reply->head);
	return genlmsg_reply(reply->skb, info);
}

/**
 * twill_dump_start() - begin a dump; it takes no attributes
 * @cb: the dump
 *
 * Return: 0; -EINVAL.
 */
int twill_dump_start(struct netlink_callback *cb)
{
	if (!nlmsg_attrlen(cb->nlh, GENL_HDRLEN))
		return 0;
	NL_SET_ERR_MSG(cb->extack, "a dump takes no attributes");
	return -EINVAL;
}

/**
 * twill_dump_put() - begin one message of a dump
 * @skb: where
 * @cb: the dump
 * @cmd: TWILL_CMD_*
 *
 * Context: caller holds twill_mutex.
 * Return: its head; NULL when the buffer is full.
 */
void *twill_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				 &twill_family, NLM_F_MULTI, cmd);

	cb->seq = twill_tasks_seq;
	if (head)
		genl_dump_check_consistent(cb, head);
	return head;
}

#define DO(CMD, name)								\
	{ .cmd = TWILL_CMD_##CMD, .doit = twill_nl_##name##_doit }
#define DUMP(CMD, name)								\
	{ .cmd = TWILL_CMD_##CMD, .start = twill_dump_start,			\
	  .dumpit = twill_nl_##name##_dumpit }
#define DO_DUMP(CMD, name)							\
	{ .cmd = TWILL_CMD_##CMD, .doit = twill_nl_##name##_doit,		\
	  .start = twill_dump_start, .dumpit = twill_nl_##name##_dumpit }

/* Searched from the front on every request: what comes with every inference is first. */
static const struct genl_ops ops[] = {
	DO(JOB_BEGIN, job_begin),
	DO(JOB_END, job_end),
	DO(JOB_PLACE, job_place),
	DO(JOB_UNIT, job_unit),
	DO_DUMP(TASK_GET, task_get),
	DO(TASK_SET, task_set),
	DO(TASK_DEL, task_del),
	DO(TASK_FREEZE, task_freeze),
	DO(TASK_THAW, task_thaw),
	DO(TASK_PLACE, task_place),
	DO(JOB_SET, job_set),
	DO_DUMP(JOB_GET, job_get),
	DUMP(CLUSTER_GET, cluster_get),
	DO(CAP_SET, cap_set),
	DO(CAP_DEL, cap_del),
	DUMP(CAP_GET, cap_get),
	DO(GATE_SET, gate_set),
	DO(GATE_DEL, gate_del),
	DO_DUMP(GATE_GET, gate_get),
	DO(AGENT_SET, agent_set),
	DO(AGENT_GET, agent_get),
	DO(BUDGET_SET, budget_set),
	DO(BUDGET_GET, budget_get),
	DO(LEASE_RENEW, lease_renew),
};

static const struct genl_multicast_group mcgrps[] = {
	[TWILL_NLGRP_EVENTS] = { .name = TWILL_MCGRP_EVENTS },
};

struct genl_family twill_family __ro_after_init = {
	.name = TWILL_FAMILY_NAME,
	.version = TWILL_FAMILY_VERSION,
	.maxattr = TWILL_A_LEASE,
	.policy = twill_nl_policy,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = mcgrps,
	.n_mcgrps = ARRAY_SIZE(mcgrps),
};

/**
 * twill_netlink_init() - register the family: requests come from now on
 *
 * Return: 0 or the error of the registration.
 */
int twill_netlink_init(void)
{
	return genl_register_family(&twill_family);
}

/**
 * twill_netlink_fini() - unregister it; waits for requests under way
 *
 * Context: may sleep.
 */
void twill_netlink_fini(void)
{
	genl_unregister_family(&twill_family);
}

MODULE_ALIAS_GENL_FAMILY(TWILL_FAMILY_NAME);
