// SPDX-License-Identifier: GPL-2.0-or-later
/* policy - the list of policies and the words for their reasons. */
#include <string.h>

#include "policy/policy.h"

static const struct policy *const policies[] = {
	&policy_paper, &policy_twill, &policy_static, &policy_fifo,
};

#define POLICIES	(sizeof(policies) / sizeof(policies[0]))

static const struct policy *find_in(const struct policy *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

const struct policy *policy_find(const char *name)
{
	const struct policy *p;
	uint32_t i;

	for (i = 0; i < POLICIES; i++)
		if (!strcmp(policies[i]->name, name))
			return policies[i];
	p = find_in(policy_paper_settings, name);
	return p ? p : find_in(policy_twill_without, name);
}

const char *policy_name(uint32_t i)
{
	return i < POLICIES ? policies[i]->name : NULL;
}

static const struct {
	const char *name, *text;
} reasons[POLICY_REASONS] = {
	[POLICY_NO_JOB] = { "no-job", "it has no job under way" },
	[POLICY_AFFINITY] = { "affinity", "it runs on the accelerator that suits it best" },
	[POLICY_SECOND_BEST] = { "second-best", "the accelerator that suits it best is taken" },
	[POLICY_IN_FLIGHT] = { "in-flight", "its one unit is submitted and cannot be withheld" },
	[POLICY_SHARES] = { "shares", "it queues behind its equals on the accelerator" },
	[POLICY_HIGHER] = { "higher", "the accelerator works for a higher priority" },
	[POLICY_TURN] = { "turn", "the accelerator works for an equal whose turn is first" },
	[POLICY_AGED] = { "aged", "it was frozen for as long as a task may be" },
	[POLICY_GROUP] = { "group", "a task of its freeze group runs" },
	[POLICY_BUDGET] = { "budget", "low clocks alone would not keep the budget" },
};

const char *policy_reason_name(enum policy_reason reason)
{
	return reason < POLICY_REASONS ? reasons[reason].name : "unknown";
}

const char *policy_reason_text(enum policy_reason reason)
{
	return reason < POLICY_REASONS ? reasons[reason].text : "unknown";
}
