// SPDX-License-Identifier: GPL-2.0-only
/*
 * nl_gate.c - requests about the gates.
 */
#include "gate.h"
#include "netlink.h"

#define SETTINGS (BIT(TWILL_A_GATE_MODE) | BIT(TWILL_A_GATE_CAPACITY) | BIT(TWILL_A_GATE_ORDER))

static int parse_gate(struct genl_info *info, struct nlattr **tb, u32 objects, u32 allowed)
{
	int err;

	err = twill_nl_only(info, BIT(TWILL_A_GATE) | objects) ?:
	      twill_nl_nest(info, TWILL_A_GATE, tb, TWILL_A_GATE_MAX,
			    BIT(TWILL_A_GATE_ACCELERATOR) | allowed);
	if (err)
		return err;
	if (!tb[TWILL_A_GATE_ACCELERATOR])
		return twill_nl_refuse(info, -EINVAL, "state the gate's accelerator");
	return 0;
}

static struct twill_gate *named(struct nlattr **tb)
{
	return twill_gate_of(nla_get_u32(tb[TWILL_A_GATE_ACCELERATOR]));
}

static int gate_set(struct genl_info *info, struct nlattr **tb)
{
	struct twill_gate *gate = named(tb);
	struct twill_gate_conf conf = gate->admin;
	struct twill_owner *owner;
	u64 deadline;
	int err;

	err = twill_nl_deadline(info, &deadline, NULL);
	if (err)
		return err;
	if (tb[TWILL_A_GATE_MODE])
		conf.mode = nla_get_u32(tb[TWILL_A_GATE_MODE]);
	if (tb[TWILL_A_GATE_CAPACITY])
		conf.capacity = nla_get_u32(tb[TWILL_A_GATE_CAPACITY]);
	if (tb[TWILL_A_GATE_ORDER])
		conf.order = nla_get_u32(tb[TWILL_A_GATE_ORDER]);
	owner = twill_owner_get(genl_info_net(info), info->snd_portid, info->extack);
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	return twill_gate_override(owner, gate, &conf, deadline, info->extack);
}

int twill_nl_gate_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_GATE_MAX + 1];
	struct twill_reply reply;
	int err;

	err = twill_nl_admin(skb, info) ?: parse_gate(info, tb, BIT(TWILL_A_LEASE), SETTINGS) ?:
	      twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_lock();
	err = gate_set(info, tb) ?: twill_fill_gate(reply.skb, named(tb));
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

int twill_nl_gate_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_GATE_MAX + 1];
	struct twill_owner *owner;
	struct twill_gate *gate;
	int err;

	err = twill_nl_admin(skb, info) ?: parse_gate(info, tb, 0, 0);
	if (err)
		return err;
	twill_lock();
	owner = twill_owner_find(genl_info_net(info), info->snd_portid);
	gate = named(tb);
	if (owner && gate->overridden && gate->lease.owner == owner)
		twill_gate_override_end(gate);
	else
		err = twill_nl_refuse(info, -ENOENT, "this socket does not override that gate");
	twill_unlock();
	return err;
}

int twill_nl_gate_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_GATE_MAX + 1];
	struct twill_reply reply;
	int err;

	err = parse_gate(info, tb, 0, 0) ?: twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_lock();
	err = twill_fill_gate(reply.skb, named(tb));
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

int twill_nl_gate_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	void *head;

	twill_lock();
	for (; cb->args[0] < TWILL_ACCELERATORS - 1; cb->args[0]++) {
		head = twill_dump_put(skb, cb, TWILL_CMD_GATE_GET);
		if (!head)
			break;
		if (twill_fill_gate(skb, twill_gate_of(cb->args[0] + 1))) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
	}
	twill_unlock();
	return skb->len;
}
