// SPDX-License-Identifier: GPL-2.0-only
/*
 * nl_task.c - requests about tasks.
 *
 * Who may: a process tags itself and lowers its own priority. All else needs
 * the target visible in the sender's pid namespace and CAP_SYS_NICE over the
 * target's user namespace; a freeze also the same user or CAP_KILL there.
 */
#include <linux/cred.h>
#include <linux/pid_namespace.h>

#include "gate.h"
#include "netlink.h"

#define TASK_NAMED (BIT(TWILL_A_TASK_ID) | BIT(TWILL_A_TASK_PID) | BIT(TWILL_A_TASK_START_TIME))

/* Whom a request is about. */
struct target {
	struct task_struct *leader;	/* a reference */
	struct twill_task *task;	/* or NULL if not tagged; twill_mutex keeps it */
};

static bool capable_over(struct sk_buff *skb, struct task_struct *p, int cap)
{
	const struct cred *cred = get_task_cred(p);
	bool ok = netlink_ns_capable(skb, cred->user_ns, cap);

	put_cred(cred);
	return ok;
}

static const char no_right[] = "no process that you may act on: that needs CAP_SYS_NICE over it";

/*
 * What is not there looks like what may not be acted on, to whoever could not
 * act on it: a refusal tells nothing of other people's processes.
 */
static int absent(struct sk_buff *skb, struct genl_info *info, const char *why)
{
	if (netlink_ns_capable(skb, task_active_pid_ns(current)->user_ns, CAP_SYS_NICE))
		return twill_nl_refuse(info, -ESRCH, why);
	return twill_nl_refuse(info, -EPERM, no_right);
}

/* As for a signal: one of the sender's user ids is one of the target's. */
static bool same_user(struct task_struct *p)
{
	const struct cred *mine = current_cred(), *cred = get_task_cred(p);
	bool same = uid_eq(mine->euid, cred->suid) || uid_eq(mine->euid, cred->uid) ||
		    uid_eq(mine->uid, cred->suid) || uid_eq(mine->uid, cred->uid);

	put_cred(cred);
	return same;
}

static bool may_act(struct sk_buff *skb, struct task_struct *p)
{
	return same_thread_group(p, current) || capable_over(skb, p, CAP_SYS_NICE);
}

static bool visible(const struct pid *pid)
{
	return pid_nr_ns((struct pid *)pid, task_active_pid_ns(current));
}

/* A reference, or NULL: what another pid namespace knows by an id does not exist here. */
static struct pid *find_by_id(struct nlattr *id)
{
	struct twill_task *task = twill_task_by_id(nla_get_u32(id));

	return task && visible(task->pid) ? get_pid(task->pid) : NULL;
}

static struct pid *find_named(struct nlattr **tb)
{
	if (tb[TWILL_A_TASK_ID])
		return find_by_id(tb[TWILL_A_TASK_ID]);
	if (tb[TWILL_A_TASK_PID])
		return find_get_pid(nla_get_u32(tb[TWILL_A_TASK_PID]));
	return get_pid(task_tgid(current));
}

static bool same_start(struct task_struct *leader, struct nlattr *start)
{
	struct twill_view view;

	twill_view_current(&view);
	return nla_get_u64(start) == twill_view_start(&view, leader->start_boottime);
}

/* A number that comes from elsewhere may have been reused: only with the start time. */
static int check_named(struct genl_info *info, struct nlattr **tb)
{
	if (tb[TWILL_A_TASK_ID] && (tb[TWILL_A_TASK_PID] || tb[TWILL_A_TASK_START_TIME]))
		return twill_nl_refuse(info, -EINVAL,
				       "name a task by its id, or by pid and start-time, not by both");
	if (!tb[TWILL_A_TASK_PID] != !tb[TWILL_A_TASK_START_TIME])
		return twill_nl_refuse(info, -EINVAL, "pid and start-time go together");
	return 0;
}

/* A process that the sender may act on, tagged or not. */
static int target_get(struct sk_buff *skb, struct genl_info *info, struct nlattr **tb,
		      struct target *target)
{
	struct nlattr *start = tb[TWILL_A_TASK_START_TIME];
	struct pid *pid;
	int err;

	err = check_named(info, tb);
	if (err)
		return err;
	pid = find_named(tb);
	target->leader = pid ? get_pid_task(pid, PIDTYPE_TGID) : NULL;
	target->task = pid ? twill_task_of(pid) : NULL;
	put_pid(pid);
	if (!target->leader)
		return absent(skb, info, tb[TWILL_A_TASK_ID] ? "no task has that id" :
							       "no process has that pid");
	if (!may_act(skb, target->leader))
		err = twill_nl_refuse(info, -EPERM, no_right);
	else if (start && !same_start(target->leader, start))
		err = twill_nl_refuse(info, -ESRCH,
				      "the process with that pid started at another time");
	if (err)
		put_task_struct(target->leader);
	return err;
}

/* A tagged task that the sender may act on. */
static int tagged_get(struct sk_buff *skb, struct genl_info *info, struct nlattr **tb,
		      struct target *target)
{
	int err = target_get(skb, info, tb, target);

	if (err || target->task)
		return err;
	put_task_struct(target->leader);
	return twill_nl_refuse(info, -ESRCH, "the process is not tagged");
}

static int parse_task(struct genl_info *info, struct nlattr **tb, u32 allowed)
{
	return twill_nl_nest(info, TWILL_A_TASK, tb, TWILL_A_TASK_MAX,
			     TASK_NAMED | allowed);
}

int twill_nl_task_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_TASK_MAX + 1];
	struct twill_reply reply;
	struct twill_view view;
	struct target target;
	int err;

	err = twill_nl_only(info, BIT(TWILL_A_TASK)) ?: parse_task(info, tb, 0) ?:
	      twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_view_current(&view);
	twill_lock();
	err = tagged_get(skb, info, tb, &target);
	if (!err) {
		err = twill_fill_task(reply.skb, target.task, &view);
		put_task_struct(target.leader);
	}
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

/**
 * twill_nl_may_see() - whether a sender may know of a task
 * @skb: its request
 * @task: the task
 *
 * Context: caller holds twill_mutex.
 * Return: true if so.
 */
bool twill_nl_may_see(struct sk_buff *skb, const struct twill_task *task)
{
	struct task_struct *leader;
	bool ok;

	if (!visible(task->pid))
		return false;
	leader = get_pid_task(task->pid, PIDTYPE_TGID);
	if (!leader)
		return false;
	ok = may_act(skb, leader);
	put_task_struct(leader);
	return ok;
}

int twill_nl_task_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct twill_view view;
	struct twill_task *task;
	unsigned long id;
	void *head;

	twill_view_current(&view);
	twill_lock();
	xa_for_each_start(&twill_tasks, id, task, cb->args[0]) {
		if (!twill_nl_may_see(cb->skb, task))
			continue;
		head = twill_dump_put(skb, cb, TWILL_CMD_TASK_GET);
		if (!head)
			break;
		if (twill_fill_task(skb, task, &view)) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
		cb->args[0] = id + 1;
	}
	twill_unlock();
	return skb->len;
}

static u32 get_or(struct nlattr *nla, u32 otherwise)
{
	return nla ? nla_get_u32(nla) : otherwise;
}

static bool may_join(struct sk_buff *skb, const struct twill_task *member)
{
	struct task_struct *leader = get_pid_task(member->pid, PIDTYPE_TGID);
	bool ok;

	if (!leader)
		return true;
	ok = visible(member->pid) && (same_user(leader) || may_act(skb, leader));
	put_task_struct(leader);
	return ok;
}

/*
 * Being in a group means to be frozen with it, and to have it frozen. Numbers
 * of groups are the board's: that one is taken by others is all that is told.
 */
static int check_group(struct sk_buff *skb, struct genl_info *info, const struct target *target,
		       u32 group)
{
	struct twill_task *member;
	bool frozen = false;
	unsigned long id;

	if (group == (target->task ? target->task->group : 0))
		return 0;
	if (target->task && target->task->frozen)
		return twill_nl_refuse(info, -EBUSY, "a frozen task cannot change its group");
	xa_for_each(&twill_tasks, id, member) {
		if (!group || member->group != group)
			continue;
		if (!may_join(skb, member))
			return twill_nl_refuse(info, -EPERM,
					       "others use this group: choose another number");
		frozen |= member->frozen;
	}
	if (frozen)
		return twill_nl_refuse(info, -EBUSY, "the group is frozen: thaw it first");
	return 0;
}

static int check_set(struct sk_buff *skb, struct genl_info *info, struct nlattr **tb,
		     const struct target *target)
{
	u32 now = target->task ? target->task->priority : twill_knobs.default_priority;

	if (target->leader->flags & PF_KTHREAD)
		return twill_nl_refuse(info, -EINVAL, "a kernel thread cannot be tagged");
	if (is_global_init(target->leader))
		return twill_nl_refuse(info, -EPERM, "the init process cannot be tagged");
	/* Priorities rank the tasks of the whole board: root in a container is not root there. */
	if (get_or(tb[TWILL_A_TASK_PRIORITY], now) > now && !netlink_capable(skb, CAP_SYS_NICE))
		return twill_nl_refuse(info, -EPERM,
				       "to raise a priority needs CAP_SYS_NICE, and not only over a namespace of one's own");
	if (get_or(tb[TWILL_A_TASK_CAN_USE], 0) & BIT(TWILL_ACCELERATOR_NONE))
		return twill_nl_refuse(info, -EINVAL, "can-use: \"none\" is no accelerator");
	if (!tb[TWILL_A_TASK_GROUP])
		return 0;
	return check_group(skb, info, target, nla_get_u32(tb[TWILL_A_TASK_GROUP]));
}

static void apply(struct twill_task *task, struct nlattr **tb)
{
	/* A fork copies these under twill_spin. */
	raw_spin_lock(&twill_spin);
	task->cls = get_or(tb[TWILL_A_TASK_CLASS], task->cls);
	task->priority = get_or(tb[TWILL_A_TASK_PRIORITY], task->priority);
	task->inherit = get_or(tb[TWILL_A_TASK_INHERIT], task->inherit);
	task->can_use = get_or(tb[TWILL_A_TASK_CAN_USE], task->can_use) ?:
			BIT(TWILL_ACCELERATOR_GPU);
	task->group = get_or(tb[TWILL_A_TASK_GROUP], task->group);
	raw_spin_unlock(&twill_spin);
	if (task->placement && !(task->can_use & BIT(task->placement)))
		twill_place_end(task);
}

static int task_set(struct sk_buff *skb, struct genl_info *info, struct nlattr **tb,
		    struct target *target)
{
	bool new = !target->task;
	int err;

	err = check_set(skb, info, tb, target);
	if (err)
		return err;
	if (new)
		target->task = twill_task_tag(target->leader, info->extack);
	if (IS_ERR(target->task))
		return PTR_ERR(target->task);
	apply(target->task, tb);
	twill_gate_reorder(target->task);
	twill_event_task(target->task, new ? TWILL_CHANGE_NEW : TWILL_CHANGE_CHANGED);
	return 0;
}

int twill_nl_task_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_TASK_MAX + 1];
	struct twill_reply reply;
	struct twill_view view;
	struct target target;
	int err;

	err = twill_nl_only(info, BIT(TWILL_A_TASK)) ?:
	      parse_task(info, tb, BIT(TWILL_A_TASK_CLASS) | BIT(TWILL_A_TASK_PRIORITY) |
			 BIT(TWILL_A_TASK_INHERIT) | BIT(TWILL_A_TASK_CAN_USE) |
			 BIT(TWILL_A_TASK_GROUP)) ?:
	      twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_view_current(&view);
	twill_lock();
	err = target_get(skb, info, tb, &target);
	if (!err) {
		err = task_set(skb, info, tb, &target) ?:
		      twill_fill_task(reply.skb, target.task, &view);
		put_task_struct(target.leader);
	}
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

int twill_nl_task_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_TASK_MAX + 1];
	struct target target;
	int err;

	err = twill_nl_only(info, BIT(TWILL_A_TASK)) ?: parse_task(info, tb, 0);
	if (err)
		return err;
	twill_lock();
	err = tagged_get(skb, info, tb, &target);
	if (!err) {
		twill_task_drop(target.task);
		put_task_struct(target.leader);
	}
	twill_unlock();
	return err;
}

/* A freeze takes the whole group: the sender must be allowed each of it. */
static int check_freeze(struct sk_buff *skb, struct genl_info *info, struct twill_task *task)
{
	struct task_struct *leader;
	struct twill_task *member;
	unsigned long id;
	bool ok;

	twill_for_each_member(member, id, task) {
		leader = get_pid_task(member->pid, PIDTYPE_TGID);
		if (!leader)
			continue;
		ok = visible(member->pid) && capable_over(skb, leader, CAP_SYS_NICE) &&
		     (same_user(leader) || capable_over(skb, leader, CAP_KILL));
		if (same_thread_group(leader, current))
			ok = true;	/* refused later, and for the better reason */
		put_task_struct(leader);
		if (!ok)
			return twill_nl_refuse(info, -EPERM,
					       "to freeze needs CAP_SYS_NICE, and the same user or CAP_KILL");
	}
	return 0;
}

static int task_freeze(struct sk_buff *skb, struct genl_info *info, struct twill_task *task)
{
	struct twill_owner *owner;
	u64 deadline;
	int err;

	err = check_freeze(skb, info, task) ?: twill_nl_deadline(info, &deadline, NULL);
	if (err)
		return err;
	owner = twill_owner_get(genl_info_net(info), info->snd_portid, info->extack);
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	return twill_freeze(owner, task, deadline, info->extack);
}

static int task_thaw(struct sk_buff *skb, struct genl_info *info, struct twill_task *task)
{
	return twill_thaw(twill_owner_find(genl_info_net(info), info->snd_portid), task,
			  info->extack);
}

/* Do something to a tagged task and answer with the task. */
static int on_task(struct sk_buff *skb, struct genl_info *info, u32 objects,
		   int (*fn)(struct sk_buff *skb, struct genl_info *info, struct twill_task *task))
{
	struct nlattr *tb[TWILL_A_TASK_MAX + 1];
	struct twill_reply reply;
	struct twill_view view;
	struct target target;
	int err;

	err = twill_nl_only(info, objects) ?: parse_task(info, tb, 0) ?:
	      twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_view_current(&view);
	twill_lock();
	err = tagged_get(skb, info, tb, &target);
	if (!err) {
		err = fn(skb, info, target.task) ?:
		      twill_fill_task(reply.skb, target.task, &view);
		put_task_struct(target.leader);
	}
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

int twill_nl_task_freeze_doit(struct sk_buff *skb, struct genl_info *info)
{
	return on_task(skb, info, BIT(TWILL_A_TASK) | BIT(TWILL_A_LEASE), task_freeze);
}

int twill_nl_task_thaw_doit(struct sk_buff *skb, struct genl_info *info)
{
	return on_task(skb, info, BIT(TWILL_A_TASK), task_thaw);
}

static int task_place(struct genl_info *info, struct nlattr **tb, struct twill_task *task)
{
	struct nlattr *to = tb[TWILL_A_TASK_PLACEMENT], *clusters = tb[TWILL_A_TASK_CLUSTERS];
	struct twill_owner *owner = twill_owner_find(genl_info_net(info), info->snd_portid);
	u32 placement = get_or(to, 0), mask = get_or(clusters, 0);
	u64 deadline;
	int err;

	if (!owner || owner != twill_agent.owner)
		return twill_nl_refuse(info, -EPERM, "only the agent places tasks");
	if (!to && !clusters)
		return twill_nl_refuse(info, -EINVAL, "state the placement or the clusters");
	err = twill_nl_deadline(info, &deadline, NULL);
	if (err)
		return err;
	return twill_place(owner, task, to ? &placement : NULL, clusters ? &mask : NULL,
			   deadline, info->extack);
}

int twill_nl_task_place_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_TASK_MAX + 1];
	struct twill_reply reply;
	struct twill_view view;
	struct target target;
	int err;

	err = twill_nl_only(info, BIT(TWILL_A_TASK) | BIT(TWILL_A_LEASE)) ?:
	      parse_task(info, tb, BIT(TWILL_A_TASK_PLACEMENT) | BIT(TWILL_A_TASK_CLUSTERS)) ?:
	      twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_view_current(&view);
	twill_lock();
	err = tagged_get(skb, info, tb, &target);
	if (!err) {
		err = task_place(info, tb, target.task) ?:
		      twill_fill_task(reply.skb, target.task, &view);
		put_task_struct(target.leader);
	}
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}
