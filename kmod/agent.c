// SPDX-License-Identifier: GPL-2.0-only
/*
 * agent.c - the one process that decides, and the budget it keeps.
 */
#include "twill.h"

struct twill_agent twill_agent;

/**
 * twill_agent_take() - take the agent role, or show that one has it
 * @owner: the sender's socket
 * @ack: for the reason of a refusal
 *
 * The agent is never frozen. A process that is was so while its request waited
 * for twill_mutex, and would be a frozen agent on its way back.
 *
 * Context: the request's; caller holds twill_mutex.
 * Return: 1 if the role was taken, 0 if it was had; -EBUSY while another has
 * it, or while the sender is frozen.
 */
int twill_agent_take(struct twill_owner *owner, struct netlink_ext_ack *ack)
{
	struct twill_task *self;

	lockdep_assert_held(&twill_mutex);
	if (twill_agent.owner == owner)
		return 0;
	if (twill_agent.owner) {
		NL_SET_ERR_MSG(ack, "another process is the agent: stop it first");
		return -EBUSY;
	}
	self = twill_task_of(owner->tgid);
	if (self && (self->frozen || self->owners)) {
		NL_SET_ERR_MSG(ack, "this process is being frozen: thaw it first");
		return -EBUSY;
	}
	memset(&twill_agent, 0, sizeof(twill_agent));
	twill_agent.owner = owner;
	twill_view_current(&twill_agent.view);
	/* Which the owner's pid keeps alive, whoever sends this. */
	twill_agent.view.pid_ns = ns_of_pid(owner->tgid);
	return 1;
}

/**
 * twill_agent_leave() - an owner ends; its role does too, if it has one
 * @owner: who
 *
 * Context: caller holds twill_mutex.
 */
void twill_agent_leave(struct twill_owner *owner)
{
	lockdep_assert_held(&twill_mutex);
	if (twill_agent.owner != owner)
		return;
	twill_agent.owner = NULL;
	twill_knobs.budget_min_mw = 0;
	twill_event_agent(TWILL_CHANGE_GONE);
}

/**
 * twill_budget_set() - set the budget
 * @mw: milliwatts, zero for none; NULL to keep it
 * @window_ms: over which power is averaged; NULL to keep it
 * @ack: for the reason of a refusal
 *
 * Context: caller holds twill_mutex.
 * Return: 0; -ERANGE for a budget that the board cannot keep.
 */
int twill_budget_set(const u32 *mw, const u32 *window_ms, struct netlink_ext_ack *ack)
{
	lockdep_assert_held(&twill_mutex);
	if (mw && *mw && *mw < twill_knobs.budget_min_mw) {
		NL_SET_ERR_MSG(ack, "the board cannot keep so low a budget: see min-mw");
		return -ERANGE;
	}
	if (mw)
		twill_knobs.budget_mw = *mw;
	if (window_ms)
		twill_knobs.budget_window_ms = *window_ms;
	twill_event_budget();
	return 0;
}
