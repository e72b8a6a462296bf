/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/twill.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_TWILL_H
#define _UAPI_LINUX_TWILL_H

#define TWILL_FAMILY_NAME	"twill"
#define TWILL_FAMILY_VERSION	1

#define TWILL_COMM_MAX		15
#define TWILL_NAME_MAX		63
#define TWILL_PRIORITY_MAX	255
#define TWILL_TTL_MS_MAX	600000

/**
 * enum twill_class - What a task computes.
 * @TWILL_CLASS_OTHER: Unknown, or none of the below.
 * @TWILL_CLASS_DNN: A convolutional or other feed-forward network.
 * @TWILL_CLASS_TRANSFORMER: An encoder of attention blocks, one pass a
 *   request.
 * @TWILL_CLASS_LLM: A generating language model, many passes a request.
 */
enum twill_class {
	TWILL_CLASS_OTHER,
	TWILL_CLASS_DNN,
	TWILL_CLASS_TRANSFORMER,
	TWILL_CLASS_LLM,
};

/**
 * enum twill_accelerator - Where the heavy work of a job runs. Zero means that
 *   nobody has said.
 * @TWILL_ACCELERATOR_NONE: Not placed.
 * @TWILL_ACCELERATOR_CPU: The CPU cores.
 * @TWILL_ACCELERATOR_GPU: The integrated GPU.
 * @TWILL_ACCELERATOR_DLA0: Deep learning accelerator, core 0.
 * @TWILL_ACCELERATOR_DLA1: Deep learning accelerator, core 1.
 */
enum twill_accelerator {
	TWILL_ACCELERATOR_NONE,
	TWILL_ACCELERATOR_CPU,
	TWILL_ACCELERATOR_GPU,
	TWILL_ACCELERATOR_DLA0,
	TWILL_ACCELERATOR_DLA1,
};

/**
 * enum twill_task_state - Whether a task's threads may reach user mode.
 * @TWILL_TASK_STATE_RUNNING: They may.
 * @TWILL_TASK_STATE_FREEZING: They may not; some are still in the kernel and
 *   park before they reach user mode again.
 * @TWILL_TASK_STATE_FROZEN: They may not, and every one is parked.
 */
enum twill_task_state {
	TWILL_TASK_STATE_RUNNING,
	TWILL_TASK_STATE_FREEZING,
	TWILL_TASK_STATE_FROZEN,
};

/**
 * enum twill_cap_kind - What a clock cap acts on.
 * @TWILL_CAP_KIND_CPUFREQ: A cpufreq policy, named by any CPU of it.
 * @TWILL_CAP_KIND_DEVICE: A device with a devfreq child, named as on the
 *   platform bus.
 */
enum twill_cap_kind {
	TWILL_CAP_KIND_CPUFREQ,
	TWILL_CAP_KIND_DEVICE,
};

#define TWILL_CAPACITY_MAX	64
#define TWILL_HISTOGRAM_BUCKETS	16

/**
 * enum twill_job_state - Where a job stands at the gate of its accelerator.
 * @TWILL_JOB_STATE_BEGUN: At no gate yet, because its accelerator is not
 *   fixed.
 * @TWILL_JOB_STATE_QUEUED: It waits; a job-grant message comes to the socket
 *   that began it.
 * @TWILL_JOB_STATE_RUNNING: It may use the accelerator.
 * @TWILL_JOB_STATE_PREEMPTED: It ran, and its task is parked for the sake of a
 *   more urgent job.
 */
enum twill_job_state {
	TWILL_JOB_STATE_BEGUN,
	TWILL_JOB_STATE_QUEUED,
	TWILL_JOB_STATE_RUNNING,
	TWILL_JOB_STATE_PREEMPTED,
};

/**
 * enum twill_gate_mode - What a gate does.
 * @TWILL_GATE_MODE_OFF: Lets every job run.
 * @TWILL_GATE_MODE_OBSERVE: Lets every job run, and counts those that would
 *   have waited.
 * @TWILL_GATE_MODE_ENFORCE: Lets as many jobs run as its capacity says.
 */
enum twill_gate_mode {
	TWILL_GATE_MODE_OFF,
	TWILL_GATE_MODE_OBSERVE,
	TWILL_GATE_MODE_ENFORCE,
};

/**
 * enum twill_gate_order - Who is next at a gate.
 * @TWILL_GATE_ORDER_WEIGHTED: Shortest remaining predicted time divided by the
 *   priority's weight; among jobs with at most strict_max_ms left, by priority
 *   alone.
 * @TWILL_GATE_ORDER_STRICT: Highest priority, then shortest remaining
 *   predicted time.
 */
enum twill_gate_order {
	TWILL_GATE_ORDER_WEIGHTED,
	TWILL_GATE_ORDER_STRICT,
};

/**
 * enum twill_object - The kinds of object an event is about.
 * @TWILL_OBJECT_TASK: A tagged task.
 * @TWILL_OBJECT_JOB: A job of a task.
 * @TWILL_OBJECT_CAP: A clock cap.
 * @TWILL_OBJECT_AGENT: The agent role.
 * @TWILL_OBJECT_BUDGET: The power budget.
 * @TWILL_OBJECT_GATE: The gate of an accelerator.
 */
enum twill_object {
	TWILL_OBJECT_TASK,
	TWILL_OBJECT_JOB,
	TWILL_OBJECT_CAP,
	TWILL_OBJECT_AGENT,
	TWILL_OBJECT_BUDGET,
	TWILL_OBJECT_GATE,
};

/**
 * enum twill_change - What happened to an object.
 * @TWILL_CHANGE_NEW: It came to be.
 * @TWILL_CHANGE_CHANGED: One of its attributes changed.
 * @TWILL_CHANGE_GONE: It is no more.
 */
enum twill_change {
	TWILL_CHANGE_NEW,
	TWILL_CHANGE_CHANGED,
	TWILL_CHANGE_GONE,
};

enum {
	TWILL_A_TASK = 1,
	TWILL_A_JOB,
	TWILL_A_CLUSTER,
	TWILL_A_CAP,
	TWILL_A_AGENT,
	TWILL_A_BUDGET,
	TWILL_A_GATE,
	TWILL_A_LEASE,
	TWILL_A_EVENT,

	__TWILL_A_MAX
};
#define TWILL_A_MAX (__TWILL_A_MAX - 1)

enum {
	TWILL_A_TASK_ID = 1,
	TWILL_A_TASK_PID,
	TWILL_A_TASK_START_TIME,
	TWILL_A_TASK_CLASS,
	TWILL_A_TASK_PRIORITY,
	TWILL_A_TASK_INHERIT,
	TWILL_A_TASK_CAN_USE,
	TWILL_A_TASK_PLACEMENT,
	TWILL_A_TASK_GROUP,
	TWILL_A_TASK_CLUSTERS,
	TWILL_A_TASK_STATE,
	TWILL_A_TASK_THREADS,
	TWILL_A_TASK_PARKED,
	TWILL_A_TASK_COMM,
	TWILL_A_TASK_FREEZES,
	TWILL_A_TASK_FROZEN_NS,
	TWILL_A_TASK_MIGRATIONS,
	TWILL_A_TASK_JOBS,
	TWILL_A_TASK_JOBS_DONE,
	TWILL_A_TASK_OWNERS,
	TWILL_A_TASK_GATES,
	TWILL_A_TASK_PAD,
	TWILL_A_TASK_PREEMPTED,

	__TWILL_A_TASK_MAX
};
#define TWILL_A_TASK_MAX (__TWILL_A_TASK_MAX - 1)

enum {
	TWILL_A_JOB_ID = 1,
	TWILL_A_JOB_TASK,
	TWILL_A_JOB_MODEL,
	TWILL_A_JOB_ACCELERATOR,
	TWILL_A_JOB_DEADLINE_US,
	TWILL_A_JOB_UNITS,
	TWILL_A_JOB_BEGIN_NS,
	TWILL_A_JOB_LATENCY_NS,
	TWILL_A_JOB_STATE,
	TWILL_A_JOB_PREDICTED_US,
	TWILL_A_JOB_UNITS_DONE,
	TWILL_A_JOB_WAIT_NS,
	TWILL_A_JOB_PAD,

	__TWILL_A_JOB_MAX
};
#define TWILL_A_JOB_MAX (__TWILL_A_JOB_MAX - 1)

enum {
	TWILL_A_CLUSTER_ID = 1,
	TWILL_A_CLUSTER_CPUS,
	TWILL_A_CLUSTER_TASKS,

	__TWILL_A_CLUSTER_MAX
};
#define TWILL_A_CLUSTER_MAX (__TWILL_A_CLUSTER_MAX - 1)

enum {
	TWILL_A_CAP_ID = 1,
	TWILL_A_CAP_KIND,
	TWILL_A_CAP_CPU,
	TWILL_A_CAP_DEVICE,
	TWILL_A_CAP_MAX_KHZ,
	TWILL_A_CAP_PORTID,

	__TWILL_A_CAP_MAX
};
#define TWILL_A_CAP_MAX (__TWILL_A_CAP_MAX - 1)

enum {
	TWILL_A_AGENT_PID = 1,
	TWILL_A_AGENT_PORTID,
	TWILL_A_AGENT_POLICY,
	TWILL_A_AGENT_POWER_MW,
	TWILL_A_AGENT_DECISIONS,
	TWILL_A_AGENT_PAD,

	__TWILL_A_AGENT_MAX
};
#define TWILL_A_AGENT_MAX (__TWILL_A_AGENT_MAX - 1)

enum {
	TWILL_A_BUDGET_MW = 1,
	TWILL_A_BUDGET_WINDOW_MS,
	TWILL_A_BUDGET_MIN_MW,

	__TWILL_A_BUDGET_MAX
};
#define TWILL_A_BUDGET_MAX (__TWILL_A_BUDGET_MAX - 1)

enum {
	TWILL_A_GATE_ACCELERATOR = 1,
	TWILL_A_GATE_MODE,
	TWILL_A_GATE_CAPACITY,
	TWILL_A_GATE_ORDER,
	TWILL_A_GATE_PORTID,
	TWILL_A_GATE_RUNNING,
	TWILL_A_GATE_WAITING,
	TWILL_A_GATE_STATS,

	__TWILL_A_GATE_MAX
};
#define TWILL_A_GATE_MAX (__TWILL_A_GATE_MAX - 1)

enum {
	TWILL_A_STATS_RUNS = 1,
	TWILL_A_STATS_WAITS,
	TWILL_A_STATS_PREEMPTIONS,
	TWILL_A_STATS_AGED,
	TWILL_A_STATS_WAIT_NS,
	TWILL_A_STATS_HISTOGRAM,
	TWILL_A_STATS_PAD,

	__TWILL_A_STATS_MAX
};
#define TWILL_A_STATS_MAX (__TWILL_A_STATS_MAX - 1)

enum {
	TWILL_A_LEASE_TTL_MS = 1,
	TWILL_A_LEASE_COUNT,

	__TWILL_A_LEASE_MAX
};
#define TWILL_A_LEASE_MAX (__TWILL_A_LEASE_MAX - 1)

enum {
	TWILL_A_EVENT_OBJECT = 1,
	TWILL_A_EVENT_CHANGE,
	TWILL_A_EVENT_SEQ,
	TWILL_A_EVENT_GENERATION,

	__TWILL_A_EVENT_MAX
};
#define TWILL_A_EVENT_MAX (__TWILL_A_EVENT_MAX - 1)

enum {
	TWILL_CMD_TASK_GET = 1,
	TWILL_CMD_TASK_SET,
	TWILL_CMD_TASK_DEL,
	TWILL_CMD_TASK_FREEZE,
	TWILL_CMD_TASK_THAW,
	TWILL_CMD_TASK_PLACE,
	TWILL_CMD_JOB_BEGIN,
	TWILL_CMD_JOB_PLACE,
	TWILL_CMD_JOB_END,
	TWILL_CMD_JOB_UNIT,
	TWILL_CMD_JOB_SET,
	TWILL_CMD_JOB_GET,
	TWILL_CMD_CLUSTER_GET,
	TWILL_CMD_CAP_SET,
	TWILL_CMD_CAP_DEL,
	TWILL_CMD_CAP_GET,
	TWILL_CMD_GATE_SET,
	TWILL_CMD_GATE_DEL,
	TWILL_CMD_GATE_GET,
	TWILL_CMD_AGENT_SET,
	TWILL_CMD_AGENT_GET,
	TWILL_CMD_BUDGET_SET,
	TWILL_CMD_BUDGET_GET,
	TWILL_CMD_LEASE_RENEW,
	TWILL_CMD_JOB_GRANT,
	TWILL_CMD_EVENT,

	__TWILL_CMD_MAX
};
#define TWILL_CMD_MAX (__TWILL_CMD_MAX - 1)

#define TWILL_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_TWILL_H */
