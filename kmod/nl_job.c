// SPDX-License-Identifier: GPL-2.0-only
/*
 * nl_job.c - requests about jobs. A process marks its own only.
 */
#include "gate.h"
#include "netlink.h"

static int parse_job(struct genl_info *info, struct nlattr **tb, u32 allowed)
{
	return twill_nl_only(info, BIT(TWILL_A_JOB)) ?:
	       twill_nl_nest(info, TWILL_A_JOB, tb, TWILL_A_JOB_MAX, allowed);
}

static struct twill_task *own_task(struct genl_info *info)
{
	struct twill_task *task = twill_task_of(task_tgid(current));

	if (!task)
		twill_nl_refuse(info, -ESRCH, "this process is not tagged: task-set comes first");
	return task;
}

static int job_begin(struct sk_buff *skb, struct genl_info *info, struct nlattr **tb,
		     struct sk_buff *to)
{
	u32 accelerator = TWILL_ACCELERATOR_NONE;
	struct twill_task *task = own_task(info);
	struct twill_job *job;
	int err = 0;

	if (!task)
		return -ESRCH;
	if (tb[TWILL_A_JOB_ACCELERATOR])
		accelerator = nla_get_u32(tb[TWILL_A_JOB_ACCELERATOR]);
	if (accelerator && !(task->can_use & BIT(accelerator)))
		return twill_nl_refuse(info, -EINVAL,
				       "the task's can-use mask lacks that accelerator");
	job = twill_job_begin(task, genl_info_net(info), info->snd_portid, info->extack);
	if (IS_ERR(job))
		return PTR_ERR(job);
	twill_nla_strscpy(job->model, tb[TWILL_A_JOB_MODEL], sizeof(job->model));
	if (tb[TWILL_A_JOB_DEADLINE_US])
		twill_job_wanted(job, nla_get_u32(tb[TWILL_A_JOB_DEADLINE_US]));
	if (tb[TWILL_A_JOB_UNITS])
		job->units = nla_get_u32(tb[TWILL_A_JOB_UNITS]);
	if (tb[TWILL_A_JOB_PREDICTED_US])
		job->predicted_us = nla_get_u32(tb[TWILL_A_JOB_PREDICTED_US]);
	job->claimed = (job->predicted_us || job->units) && !netlink_capable(skb, CAP_SYS_NICE);
	if (accelerator)
		err = twill_job_place(job, accelerator, info->extack);
	if (err) {
		twill_job_drop(job);
		return err;
	}
	twill_event_job(task, job, TWILL_CHANGE_NEW);
	return twill_fill_job(to, task, job);
}

int twill_nl_job_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_JOB_MAX + 1];
	struct twill_reply reply;
	int err;

	err = parse_job(info, tb, BIT(TWILL_A_JOB_MODEL) | BIT(TWILL_A_JOB_DEADLINE_US) |
				  BIT(TWILL_A_JOB_UNITS) | BIT(TWILL_A_JOB_PREDICTED_US) |
				  BIT(TWILL_A_JOB_ACCELERATOR));
	if (err)
		return err;
	if (!tb[TWILL_A_JOB_MODEL] || !*(char *)nla_data(tb[TWILL_A_JOB_MODEL]))
		return twill_nl_refuse(info, -EINVAL, "state the model's name");
	err = twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_lock();
	err = job_begin(skb, info, tb, reply.skb);
	/* Before anybody can grant the job: the answer comes first. */
	err = twill_reply_end(&reply, info, err);
	twill_unlock();
	return err;
}

/* What may be asked about a job that is under way. */
enum step {
	STEP_PLACE,
	STEP_UNIT,
	STEP_END,
};

static int step(struct genl_info *info, struct twill_job *job, enum step what)
{
	struct twill_task *task = job->task;
	bool placed = job->placed;
	int err;

	switch (what) {
	case STEP_PLACE:
		err = twill_job_place(job, task->placement, info->extack);
		if (!err && !placed)
			twill_event_job(task, job, TWILL_CHANGE_CHANGED);
		return err;
	case STEP_UNIT:
		if (!job->placed)
			return twill_nl_refuse(info, -EINVAL,
					       "the job is not placed: job-place comes first");
		err = twill_gate_unit(job, info->extack);
		if (!err && job->state == TWILL_JOB_STATE_QUEUED)
			twill_event_job(task, job, TWILL_CHANGE_CHANGED);
		return err;
	case STEP_END:
		twill_job_end(job);
		return 0;
	}
	return -EINVAL;
}

static int job_step(struct genl_info *info, u32 id, enum step what, struct sk_buff *to)
{
	struct twill_task *task = own_task(info);
	struct twill_job *job;
	int err;

	if (!task)
		return -ESRCH;
	job = twill_job_find(task, id);
	if (!job)
		return twill_nl_refuse(info, -ESRCH, "no such job of this process is under way");
	err = step(info, job, what);
	if (!err && to)
		err = twill_fill_job(to, task, job);
	if (what == STEP_END)
		twill_job_free(job);
	return err;
}

/* The end of a job is on the way of every inference: who does not ask is not answered. */
static bool wants_answer(const struct genl_info *info, enum step what)
{
	return what != STEP_END || info->nlhdr->nlmsg_flags & (NLM_F_ACK | NLM_F_ECHO);
}

static int job_doit(struct genl_info *info, enum step what)
{
	struct nlattr *tb[TWILL_A_JOB_MAX + 1];
	struct twill_reply reply = {};
	int err;

	err = parse_job(info, tb, BIT(TWILL_A_JOB_ID));
	if (err)
		return err;
	if (!tb[TWILL_A_JOB_ID])
		return twill_nl_refuse(info, -EINVAL, "state the job's id");
	err = wants_answer(info, what) ? twill_reply_init(&reply, info) : 0;
	if (err)
		return err;
	twill_lock();
	err = job_step(info, nla_get_u32(tb[TWILL_A_JOB_ID]), what, reply.skb);
	/* Before anybody can grant the job: the answer comes first. */
	if (reply.skb)
		err = twill_reply_end(&reply, info, err);
	twill_unlock();
	return err;
}

int twill_nl_job_place_doit(struct sk_buff *skb, struct genl_info *info)
{
	return job_doit(info, STEP_PLACE);
}

int twill_nl_job_unit_doit(struct sk_buff *skb, struct genl_info *info)
{
	return job_doit(info, STEP_UNIT);
}

int twill_nl_job_end_doit(struct sk_buff *skb, struct genl_info *info)
{
	return job_doit(info, STEP_END);
}

static struct twill_job *find_job(u32 number)
{
	struct twill_task *task;
	struct twill_job *job;
	unsigned long id;

	xa_for_each(&twill_tasks, id, task) {
		job = twill_job_find(task, number);
		if (job)
			return job;
	}
	return NULL;
}

static int job_set(struct genl_info *info, struct nlattr **tb, struct sk_buff *to)
{
	struct twill_owner *owner = twill_owner_find(genl_info_net(info), info->snd_portid);
	struct twill_job *job;

	if (!owner || owner != twill_agent.owner)
		return twill_nl_refuse(info, -EPERM, "only the agent predicts for others");
	job = find_job(nla_get_u32(tb[TWILL_A_JOB_ID]));
	if (!job)
		return twill_nl_refuse(info, -ESRCH, "no such job is under way");
	job->predicted_us = nla_get_u32(tb[TWILL_A_JOB_PREDICTED_US]);
	job->claimed = false;
	twill_gate_reorder(job->task);
	return twill_fill_job(to, job->task, job);
}

int twill_nl_job_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_JOB_MAX + 1];
	struct twill_reply reply;
	int err;

	err = twill_nl_admin(skb, info) ?:
	      parse_job(info, tb, BIT(TWILL_A_JOB_ID) | BIT(TWILL_A_JOB_PREDICTED_US));
	if (err)
		return err;
	if (!tb[TWILL_A_JOB_ID] || !tb[TWILL_A_JOB_PREDICTED_US])
		return twill_nl_refuse(info, -EINVAL, "state the job's id and predicted-us");
	err = twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_lock();
	err = job_set(info, tb, reply.skb);
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

static int job_get(struct sk_buff *skb, struct genl_info *info, u32 number, struct sk_buff *to)
{
	struct twill_job *job = find_job(number);

	if (job && twill_nl_may_see(skb, job->task))
		return twill_fill_job(to, job->task, job);
	return twill_nl_refuse(info, -ESRCH, "no such job is under way");
}

int twill_nl_job_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TWILL_A_JOB_MAX + 1];
	struct twill_reply reply;
	int err;

	err = parse_job(info, tb, BIT(TWILL_A_JOB_ID));
	if (err)
		return err;
	if (!tb[TWILL_A_JOB_ID])
		return twill_nl_refuse(info, -EINVAL, "state the job's id");
	err = twill_reply_init(&reply, info);
	if (err)
		return err;
	twill_lock();
	err = job_get(skb, info, nla_get_u32(tb[TWILL_A_JOB_ID]), reply.skb);
	twill_unlock();
	return twill_reply_end(&reply, info, err);
}

/* Jobs of one task from args[1] on; false when the buffer is full. */
static bool dump_jobs(struct sk_buff *skb, struct netlink_callback *cb, struct twill_task *task)
{
	struct twill_job *job;
	void *head;

	list_for_each_entry(job, &task->jobs, node) {
		if (job->id <= cb->args[1])
			continue;
		head = twill_dump_put(skb, cb, TWILL_CMD_JOB_GET);
		if (!head)
			return false;
		if (twill_fill_job(skb, task, job)) {
			genlmsg_cancel(skb, head);
			return false;
		}
		genlmsg_end(skb, head);
		cb->args[1] = job->id;
	}
	return true;
}

int twill_nl_job_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct twill_task *task;
	unsigned long id;

	twill_lock();
	xa_for_each_start(&twill_tasks, id, task, cb->args[0]) {
		if (id != cb->args[0]) {
			cb->args[0] = id;
			cb->args[1] = 0;
		}
		if (twill_nl_may_see(cb->skb, task) && !dump_jobs(skb, cb, task))
			goto unlock;
		cb->args[0] = id + 1;
		cb->args[1] = 0;
	}
unlock:
	twill_unlock();
	return skb->len;
}
