/* SPDX-License-Identifier: GPL-2.0-only */
/* netlink.h - what the request handlers share; for netlink.c and nl_*.c only. */
#ifndef TWILL_NETLINK_H
#define TWILL_NETLINK_H

#include <net/genetlink.h>

#include "twill.h"
#include "nl_gen.h"

#define TWILL_REPLY_SIZE	640

/**
 * struct twill_reply - an answer, allocated before anything is done
 * @skb: message
 * @head: of the message
 */
struct twill_reply {
	struct sk_buff *skb;
	void *head;
};

int twill_nl_only(struct genl_info *info, u32 allowed);
int twill_nl_nest(struct genl_info *info, int type, struct nlattr **tb, int max, u32 allowed);
int twill_nl_refuse(struct genl_info *info, int err, const char *why);
int twill_nl_admin(struct sk_buff *skb, struct genl_info *info);
bool twill_nl_may_see(struct sk_buff *skb, const struct twill_task *task);
int twill_nl_deadline(struct genl_info *info, u64 *deadline, u32 *ttl_ms);
int twill_reply_init(struct twill_reply *reply, struct genl_info *info);
int twill_reply_end(struct twill_reply *reply, struct genl_info *info, int err);
int twill_dump_start(struct netlink_callback *cb);
void *twill_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);

#endif /* TWILL_NETLINK_H */
