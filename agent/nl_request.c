// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The requests, object by object: what goes into the message, what comes back.
 */
#include <errno.h>
#include <string.h>
#include <linux/netlink.h>

#include "nl_priv.h"

int twnl_ask(struct twnl *nl, const struct twnl_layout *layout, void *ret)
{
	union {
		struct twnl_task task;
		struct twnl_job job;
		struct twnl_cap cap;
		struct twnl_agent agent;
		struct twnl_budget budget;
		struct twnl_gate gate;
		struct twnl_lease lease;
	} object;
	struct twnl_answer answer = { .layout = layout, .objects = &object, .max = 1 };
	int r;

	r = twnl_transact(nl, &answer);
	if (r < 0 || !ret)
		return r;
	if (answer.count == 0)
		return twnl_fail(nl, -EPROTO, "the module's answer lacks the object asked for");
	memcpy(ret, &object, layout->size);
	return 0;
}

static int tell(struct twnl *nl)
{
	struct twnl_answer answer = { 0 };

	return twnl_transact(nl, &answer);
}

static int list(struct twnl *nl, uint8_t cmd, const struct twnl_layout *layout,
		void *objects, size_t max)
{
	struct twnl_answer answer = { .layout = layout, .objects = objects, .max = max };
	int r;

	r = twnl_begin(nl, cmd, NLM_F_DUMP);
	if (r < 0)
		return r;
	r = twnl_transact(nl, &answer);
	return r < 0 ? r : (int)answer.count;
}

int twnl_task_list(struct twnl *nl, struct twnl_task *tasks, size_t max)
{
	return list(nl, TWILL_CMD_TASK_GET, &twnl_layout_task, tasks, max);
}

int twnl_job_list(struct twnl *nl, struct twnl_job *jobs, size_t max)
{
	return list(nl, TWILL_CMD_JOB_GET, &twnl_layout_job, jobs, max);
}

int twnl_cluster_list(struct twnl *nl, struct twnl_cluster *clusters, size_t max)
{
	return list(nl, TWILL_CMD_CLUSTER_GET, &twnl_layout_cluster, clusters, max);
}

int twnl_cap_list(struct twnl *nl, struct twnl_cap *caps, size_t max)
{
	return list(nl, TWILL_CMD_CAP_GET, &twnl_layout_cap, caps, max);
}

int twnl_gate_list(struct twnl *nl, struct twnl_gate *gates, size_t max)
{
	return list(nl, TWILL_CMD_GATE_GET, &twnl_layout_gate, gates, max);
}

/* Begins a request about a task; its nest stays open */
static int begin_task(struct twnl *nl, uint8_t cmd, const struct twnl_ref *ref,
		      struct nlattr **nest)
{
	int r = twnl_begin(nl, cmd, 0);

	if (r < 0)
		return r;
	*nest = twnl_nest(nl, TWILL_A_TASK);
	if (ref->id) {
		twnl_put_u32(nl, TWILL_A_TASK_ID, ref->id);
		return 0;
	}
	if (ref->pid)
		twnl_put_u32(nl, TWILL_A_TASK_PID, ref->pid);
	if (ref->pid && ref->start_time)
		twnl_put_u64(nl, TWILL_A_TASK_START_TIME, ref->start_time);
	return 0;
}

/* Puts an option unless it is to be kept; false if it fits no attribute */
static bool put_option(struct twnl *nl, int type, int64_t value)
{
	if (value == TWNL_KEEP)
		return true;
	if (value < 0 || value > UINT32_MAX)
		return false;
	twnl_put_u32(nl, type, (uint32_t)value);
	return true;
}

static void put_lease(struct twnl *nl, uint32_t ttl_ms)
{
	struct nlattr *nest;

	if (!ttl_ms)
		return;
	nest = twnl_nest(nl, TWILL_A_LEASE);
	twnl_put_u32(nl, TWILL_A_LEASE_TTL_MS, ttl_ms);
	twnl_nest_end(nl, nest);
}

static int out_of_range(struct twnl *nl)
{
	return twnl_fail(nl, -ERANGE, "a number in the request is negative or beyond 32 bits");
}

/* The requests about a task that carry nothing but, perhaps, a lease */
static int ask_task(struct twnl *nl, uint8_t cmd, const struct twnl_ref *ref, uint32_t ttl_ms,
		    struct twnl_task *ret_task)
{
	struct nlattr *nest;
	int r;

	r = begin_task(nl, cmd, ref, &nest);
	if (r < 0)
		return r;
	twnl_nest_end(nl, nest);
	put_lease(nl, ttl_ms);
	return twnl_ask(nl, &twnl_layout_task, ret_task);
}

int twnl_task_get(struct twnl *nl, const struct twnl_ref *ref, struct twnl_task *ret_task)
{
	return ask_task(nl, TWILL_CMD_TASK_GET, ref, 0, ret_task);
}

int twnl_task_del(struct twnl *nl, const struct twnl_ref *ref)
{
	return ask_task(nl, TWILL_CMD_TASK_DEL, ref, 0, NULL);
}

int twnl_task_freeze(struct twnl *nl, const struct twnl_ref *ref, uint32_t ttl_ms,
		     struct twnl_task *ret_task)
{
	return ask_task(nl, TWILL_CMD_TASK_FREEZE, ref, ttl_ms, ret_task);
}

int twnl_task_thaw(struct twnl *nl, const struct twnl_ref *ref, struct twnl_task *ret_task)
{
	return ask_task(nl, TWILL_CMD_TASK_THAW, ref, 0, ret_task);
}

int twnl_task_set(struct twnl *nl, const struct twnl_ref *ref, const struct twnl_task_opts *opts,
		  struct twnl_task *ret_task)
{
	struct nlattr *nest;
	int r;

	r = begin_task(nl, TWILL_CMD_TASK_SET, ref, &nest);
	if (r < 0)
		return r;
	if (!put_option(nl, TWILL_A_TASK_CLASS, opts->cls) ||
	    !put_option(nl, TWILL_A_TASK_PRIORITY, opts->priority) ||
	    !put_option(nl, TWILL_A_TASK_INHERIT, opts->inherit) ||
	    !put_option(nl, TWILL_A_TASK_CAN_USE, opts->can_use) ||
	    !put_option(nl, TWILL_A_TASK_GROUP, opts->group))
		return out_of_range(nl);
	twnl_nest_end(nl, nest);
	return twnl_ask(nl, &twnl_layout_task, ret_task);
}

int twnl_task_place(struct twnl *nl, const struct twnl_ref *ref, int64_t placement,
		    int64_t clusters, uint32_t ttl_ms, struct twnl_task *ret_task)
{
	struct nlattr *nest;
	int r;

	r = begin_task(nl, TWILL_CMD_TASK_PLACE, ref, &nest);
	if (r < 0)
		return r;
	if (!put_option(nl, TWILL_A_TASK_PLACEMENT, placement) ||
	    !put_option(nl, TWILL_A_TASK_CLUSTERS, clusters))
		return out_of_range(nl);
	twnl_nest_end(nl, nest);
	put_lease(nl, ttl_ms);
	return twnl_ask(nl, &twnl_layout_task, ret_task);
}

static int begin_gate(struct twnl *nl, uint8_t cmd, uint32_t accelerator, struct nlattr **nest)
{
	int r = twnl_begin(nl, cmd, 0);

	if (r < 0)
		return r;
	*nest = twnl_nest(nl, TWILL_A_GATE);
	twnl_put_u32(nl, TWILL_A_GATE_ACCELERATOR, accelerator);
	return 0;
}

int twnl_gate_get(struct twnl *nl, uint32_t accelerator, struct twnl_gate *ret_gate)
{
	struct nlattr *nest;
	int r;

	r = begin_gate(nl, TWILL_CMD_GATE_GET, accelerator, &nest);
	if (r < 0)
		return r;
	twnl_nest_end(nl, nest);
	return twnl_ask(nl, &twnl_layout_gate, ret_gate);
}

int twnl_gate_set(struct twnl *nl, uint32_t accelerator, const struct twnl_gate_opts *opts,
		  uint32_t ttl_ms, struct twnl_gate *ret_gate)
{
	struct nlattr *nest;
	int r;

	r = begin_gate(nl, TWILL_CMD_GATE_SET, accelerator, &nest);
	if (r < 0)
		return r;
	if (!put_option(nl, TWILL_A_GATE_MODE, opts->mode) ||
	    !put_option(nl, TWILL_A_GATE_CAPACITY, opts->capacity) ||
	    !put_option(nl, TWILL_A_GATE_ORDER, opts->order))
		return out_of_range(nl);
	twnl_nest_end(nl, nest);
	put_lease(nl, ttl_ms);
	return twnl_ask(nl, &twnl_layout_gate, ret_gate);
}

int twnl_gate_del(struct twnl *nl, uint32_t accelerator)
{
	struct nlattr *nest;
	int r;

	r = begin_gate(nl, TWILL_CMD_GATE_DEL, accelerator, &nest);
	if (r < 0)
		return r;
	twnl_nest_end(nl, nest);
	return tell(nl);
}

int twnl_cap_set(struct twnl *nl, const struct twnl_cap *cap, uint32_t ttl_ms,
		 struct twnl_cap *ret_cap)
{
	struct nlattr *nest;
	int r;

	r = twnl_begin(nl, TWILL_CMD_CAP_SET, 0);
	if (r < 0)
		return r;
	nest = twnl_nest(nl, TWILL_A_CAP);
	if (cap->id) {
		twnl_put_u32(nl, TWILL_A_CAP_ID, cap->id);
	} else {
		twnl_put_u32(nl, TWILL_A_CAP_KIND, cap->kind);
		if (cap->kind == TWILL_CAP_KIND_CPUFREQ)
			twnl_put_u32(nl, TWILL_A_CAP_CPU, cap->cpu);
		else
			twnl_put_string(nl, TWILL_A_CAP_DEVICE, cap->device);
	}
	twnl_put_u32(nl, TWILL_A_CAP_MAX_KHZ, cap->max_khz);
	twnl_nest_end(nl, nest);
	put_lease(nl, ttl_ms);
	return twnl_ask(nl, &twnl_layout_cap, ret_cap);
}

int twnl_cap_del(struct twnl *nl, uint32_t id)
{
	struct nlattr *nest;
	int r;

	r = twnl_begin(nl, TWILL_CMD_CAP_DEL, 0);
	if (r < 0)
		return r;
	nest = twnl_nest(nl, TWILL_A_CAP);
	twnl_put_u32(nl, TWILL_A_CAP_ID, id);
	twnl_nest_end(nl, nest);
	return tell(nl);
}

int twnl_agent_set(struct twnl *nl, const struct twnl_agent_opts *opts, uint32_t ttl_ms,
		   struct twnl_agent *ret_agent)
{
	struct nlattr *nest;
	int r;

	r = twnl_begin(nl, TWILL_CMD_AGENT_SET, 0);
	if (r < 0)
		return r;
	nest = twnl_nest(nl, TWILL_A_AGENT);
	if (opts->policy)
		twnl_put_string(nl, TWILL_A_AGENT_POLICY, opts->policy);
	if (!put_option(nl, TWILL_A_AGENT_POWER_MW, opts->power_mw))
		return out_of_range(nl);
	if (opts->decisions >= 0)
		twnl_put_u64(nl, TWILL_A_AGENT_DECISIONS, (uint64_t)opts->decisions);
	twnl_nest_end(nl, nest);
	if (opts->min_mw != TWNL_KEEP) {
		nest = twnl_nest(nl, TWILL_A_BUDGET);
		if (!put_option(nl, TWILL_A_BUDGET_MIN_MW, opts->min_mw))
			return out_of_range(nl);
		twnl_nest_end(nl, nest);
	}
	put_lease(nl, ttl_ms);
	return twnl_ask(nl, &twnl_layout_agent, ret_agent);
}

int twnl_agent_get(struct twnl *nl, struct twnl_agent *ret_agent)
{
	int r = twnl_begin(nl, TWILL_CMD_AGENT_GET, 0);

	return r < 0 ? r : twnl_ask(nl, &twnl_layout_agent, ret_agent);
}

int twnl_budget_set(struct twnl *nl, int64_t mw, int64_t window_ms, struct twnl_budget *ret_budget)
{
	struct nlattr *nest;
	int r;

	r = twnl_begin(nl, TWILL_CMD_BUDGET_SET, 0);
	if (r < 0)
		return r;
	nest = twnl_nest(nl, TWILL_A_BUDGET);
	if (!put_option(nl, TWILL_A_BUDGET_MW, mw) ||
	    !put_option(nl, TWILL_A_BUDGET_WINDOW_MS, window_ms))
		return out_of_range(nl);
	twnl_nest_end(nl, nest);
	return twnl_ask(nl, &twnl_layout_budget, ret_budget);
}

int twnl_budget_get(struct twnl *nl, struct twnl_budget *ret_budget)
{
	int r = twnl_begin(nl, TWILL_CMD_BUDGET_GET, 0);

	return r < 0 ? r : twnl_ask(nl, &twnl_layout_budget, ret_budget);
}

int twnl_lease_renew(struct twnl *nl, uint32_t ttl_ms, uint32_t *ret_count)
{
	struct twnl_lease lease;
	int r;

	r = twnl_begin(nl, TWILL_CMD_LEASE_RENEW, 0);
	if (r < 0)
		return r;
	put_lease(nl, ttl_ms);
	r = twnl_ask(nl, &twnl_layout_lease, &lease);
	if (r == 0 && ret_count)
		*ret_count = lease.count;
	return r;
}
