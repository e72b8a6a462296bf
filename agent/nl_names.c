// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of the family's enumerations, as in the spec. */
#include "nl.h"

#define NAME_OF(names, value) \
	((value) < sizeof(names) / sizeof((names)[0]) ? (names)[value] : NULL)

const char *twnl_state_name(uint32_t state)
{
	static const char *const names[] = {
		[TWILL_TASK_STATE_RUNNING] = "running",
		[TWILL_TASK_STATE_FREEZING] = "freezing",
		[TWILL_TASK_STATE_FROZEN] = "frozen",
	};

	return NAME_OF(names, state);
}

const char *twnl_cap_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[TWILL_CAP_KIND_CPUFREQ] = "cpufreq",
		[TWILL_CAP_KIND_DEVICE] = "device",
	};

	return NAME_OF(names, kind);
}

const char *twnl_job_state_name(uint32_t state)
{
	static const char *const names[] = {
		[TWILL_JOB_STATE_BEGUN] = "begun",
		[TWILL_JOB_STATE_QUEUED] = "queued",
		[TWILL_JOB_STATE_RUNNING] = "running",
		[TWILL_JOB_STATE_PREEMPTED] = "preempted",
	};

	return NAME_OF(names, state);
}

const char *twnl_gate_mode_name(uint32_t mode)
{
	static const char *const names[] = {
		[TWILL_GATE_MODE_OFF] = "off",
		[TWILL_GATE_MODE_OBSERVE] = "observe",
		[TWILL_GATE_MODE_ENFORCE] = "enforce",
	};

	return NAME_OF(names, mode);
}

const char *twnl_gate_order_name(uint32_t order)
{
	static const char *const names[] = {
		[TWILL_GATE_ORDER_WEIGHTED] = "weighted",
		[TWILL_GATE_ORDER_STRICT] = "strict",
	};

	return NAME_OF(names, order);
}

const char *twnl_object_name(uint32_t object)
{
	static const char *const names[] = {
		[TWILL_OBJECT_TASK] = "task",
		[TWILL_OBJECT_JOB] = "job",
		[TWILL_OBJECT_CAP] = "cap",
		[TWILL_OBJECT_AGENT] = "agent",
		[TWILL_OBJECT_BUDGET] = "budget",
		[TWILL_OBJECT_GATE] = "gate",
	};

	return NAME_OF(names, object);
}

const char *twnl_change_name(uint32_t change)
{
	static const char *const names[] = {
		[TWILL_CHANGE_NEW] = "new",
		[TWILL_CHANGE_CHANGED] = "changed",
		[TWILL_CHANGE_GONE] = "gone",
	};

	return NAME_OF(names, change);
}
