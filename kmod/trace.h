/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - tracepoints: what was decided, of whom, and by which rule. Read by
 * perf, ftrace and Perfetto as twill:*. Times are in nanoseconds or as named.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM twill

#if !defined(TWILL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TWILL_TRACE_H

#include <linux/tracepoint.h>

#include "gate.h"

#define show_change(change)						\
	__print_symbolic(change, { TWILL_CHANGE_NEW, "new" },		\
			 { TWILL_CHANGE_CHANGED, "changed" },		\
			 { TWILL_CHANGE_GONE, "gone" })

#define show_accelerator(accelerator)					\
	__print_symbolic(accelerator, { TWILL_ACCELERATOR_NONE, "none" },	\
			 { TWILL_ACCELERATOR_CPU, "cpu" },		\
			 { TWILL_ACCELERATOR_GPU, "gpu" },		\
			 { TWILL_ACCELERATOR_DLA0, "dla0" },		\
			 { TWILL_ACCELERATOR_DLA1, "dla1" })

#define show_state(state)						\
	__print_symbolic(state, { TWILL_JOB_STATE_BEGUN, "begun" },	\
			 { TWILL_JOB_STATE_QUEUED, "queued" },		\
			 { TWILL_JOB_STATE_RUNNING, "running" },	\
			 { TWILL_JOB_STATE_PREEMPTED, "preempted" })

#define show_why(why)							\
	__print_symbolic(why, { TWILL_WHY_ENTERS, "enters" },		\
			 { TWILL_WHY_TURN, "turn" },			\
			 { TWILL_WHY_AGED, "aged" },			\
			 { TWILL_WHY_PREEMPTED, "preempted" },		\
			 { TWILL_WHY_UNIT, "unit" },			\
			 { TWILL_WHY_LEAVES, "leaves" })

#define show_kind(kind)							\
	__print_symbolic(kind, { TWILL_LEASE_FREEZE, "freeze" },	\
			 { TWILL_LEASE_PLACE, "place" },		\
			 { TWILL_LEASE_CAP, "cap" },			\
			 { TWILL_LEASE_GATE, "gate" })

/* A tag, its attributes, placement and clusters: each change of them. */
TRACE_EVENT(twill_task,
	TP_PROTO(const struct twill_task *task, u32 change),
	TP_ARGS(task, change),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(pid_t, pid)
		__field(u32, change)
		__field(u32, cls)
		__field(u32, priority)
		__field(u32, placement)
		__field(u32, clusters)
		__field(u32, owners)
		__field(bool, frozen)
	),
	TP_fast_assign(
		__entry->id = task->id;
		__entry->pid = pid_nr(task->pid);
		__entry->change = change;
		__entry->cls = task->cls;
		__entry->priority = task->priority;
		__entry->placement = task->placement;
		__entry->clusters = task->clusters;
		__entry->owners = task->owners;
		__entry->frozen = task->frozen;
	),
	TP_printk("id=%u pid=%d change=%s class=%u priority=%u placement=%s clusters=0x%x owners=%u frozen=%d",
		  __entry->id, __entry->pid, show_change(__entry->change), __entry->cls,
		  __entry->priority, show_accelerator(__entry->placement), __entry->clusters,
		  __entry->owners, __entry->frozen)
);

/* A task is quiesced, or could not be; @took_ns is what that took. */
TRACE_EVENT(twill_freeze,
	TP_PROTO(const struct twill_task *task, u64 took_ns, int err),
	TP_ARGS(task, took_ns, err),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(pid_t, pid)
		__field(u32, owners)
		__field(u32, preempted)
		__field(u64, took_ns)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->id = task->id;
		__entry->pid = pid_nr(task->pid);
		__entry->owners = task->owners;
		__entry->preempted = task->preempted;
		__entry->took_ns = took_ns;
		__entry->err = err;
	),
	TP_printk("id=%u pid=%d owners=%u preempted=%u took_ns=%llu err=%d", __entry->id,
		  __entry->pid, __entry->owners, __entry->preempted, __entry->took_ns,
		  __entry->err)
);

/* A task may run again, after @frozen_ns. */
TRACE_EVENT(twill_thaw,
	TP_PROTO(const struct twill_task *task, u64 frozen_ns),
	TP_ARGS(task, frozen_ns),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(pid_t, pid)
		__field(u64, frozen_ns)
	),
	TP_fast_assign(
		__entry->id = task->id;
		__entry->pid = pid_nr(task->pid);
		__entry->frozen_ns = frozen_ns;
	),
	TP_printk("id=%u pid=%d frozen_ns=%llu", __entry->id, __entry->pid, __entry->frozen_ns)
);

/* A job begins, is placed, changes its state, ends. */
TRACE_EVENT(twill_job,
	TP_PROTO(const struct twill_task *task, const struct twill_job *job, u32 change),
	TP_ARGS(task, job, change),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, task)
		__field(u32, change)
		__field(u32, accelerator)
		__field(u32, state)
		__field(u32, predicted_us)
		__field(u64, waited_ns)
		__field(u64, latency_ns)
		__array(char, model, TWILL_NAME_MAX + 1)
	),
	TP_fast_assign(
		__entry->id = job->id;
		__entry->task = task->id;
		__entry->change = change;
		__entry->accelerator = job->accelerator;
		__entry->state = job->state;
		__entry->predicted_us = job->predicted_us;
		__entry->waited_ns = job->waited_ns;
		__entry->latency_ns = job->latency_ns;
		memcpy(__entry->model, job->model, sizeof(__entry->model));
	),
	TP_printk("id=%u task=%u change=%s model=%s accelerator=%s state=%s predicted_us=%u waited_ns=%llu latency_ns=%llu",
		  __entry->id, __entry->task, show_change(__entry->change), __entry->model,
		  show_accelerator(__entry->accelerator), show_state(__entry->state),
		  __entry->predicted_us, __entry->waited_ns, __entry->latency_ns)
);

/* A job comes to stand elsewhere at its gate, and why; the claim is what it was judged by. */
TRACE_EVENT(twill_gate,
	TP_PROTO(const struct twill_gate *gate, const struct twill_job *job, u32 why),
	TP_ARGS(gate, job, why),
	TP_STRUCT__entry(
		__field(u32, accelerator)
		__field(u32, job)
		__field(u32, task)
		__field(u32, why)
		__field(u32, state)
		__field(u32, priority)
		__field(u32, remaining_us)
		__field(u32, running)
		__field(u32, waiting)
	),
	TP_fast_assign(
		__entry->accelerator = gate->accelerator;
		__entry->job = job->id;
		__entry->task = job->task->id;
		__entry->why = why;
		__entry->state = job->state;
		__entry->priority = job->task->priority;
		__entry->remaining_us = job->claim.remaining_us;
		__entry->running = gate->n_running;
		__entry->waiting = gate->n_waiting;
	),
	TP_printk("accelerator=%s job=%u task=%u why=%s state=%s priority=%u remaining_us=%u running=%u waiting=%u",
		  show_accelerator(__entry->accelerator), __entry->job, __entry->task,
		  show_why(__entry->why), show_state(__entry->state), __entry->priority,
		  __entry->remaining_us, __entry->running, __entry->waiting)
);

/* The settings of a gate. */
TRACE_EVENT(twill_gate_conf,
	TP_PROTO(const struct twill_gate *gate),
	TP_ARGS(gate),
	TP_STRUCT__entry(
		__field(u32, accelerator)
		__field(u32, mode)
		__field(u32, capacity)
		__field(u32, order)
		__field(bool, leased)
	),
	TP_fast_assign(
		__entry->accelerator = gate->accelerator;
		__entry->mode = gate->conf.mode;
		__entry->capacity = gate->conf.capacity;
		__entry->order = gate->conf.order;
		__entry->leased = gate->overridden;
	),
	TP_printk("accelerator=%s mode=%u capacity=%u order=%u leased=%d",
		  show_accelerator(__entry->accelerator), __entry->mode, __entry->capacity,
		  __entry->order, __entry->leased)
);

/* A clock cap. */
TRACE_EVENT(twill_cap,
	TP_PROTO(const struct twill_cap *cap, u32 change),
	TP_ARGS(cap, change),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, change)
		__field(u32, kind)
		__field(u32, cpu)
		__field(u32, max_khz)
		__array(char, device, TWILL_NAME_MAX + 1)
	),
	TP_fast_assign(
		__entry->id = cap->id;
		__entry->change = change;
		__entry->kind = cap->kind;
		__entry->cpu = cap->cpu;
		__entry->max_khz = cap->max_khz;
		memcpy(__entry->device, cap->device, sizeof(__entry->device));
	),
	TP_printk("id=%u change=%s kind=%u cpu=%u device=%s max_khz=%u", __entry->id,
		  show_change(__entry->change), __entry->kind, __entry->cpu, __entry->device,
		  __entry->max_khz)
);

/* A lease ends because its time is up, or with its owner. */
TRACE_EVENT(twill_lease_end,
	TP_PROTO(const struct twill_lease *lease, bool expired),
	TP_ARGS(lease, expired),
	TP_STRUCT__entry(
		__field(u32, kind)
		__field(u32, portid)
		__field(pid_t, pid)
		__field(bool, expired)
	),
	TP_fast_assign(
		__entry->kind = lease->kind;
		__entry->portid = lease->owner->portid;
		__entry->pid = pid_nr(lease->owner->tgid);
		__entry->expired = expired;
	),
	TP_printk("kind=%s portid=%u pid=%d why=%s", show_kind(__entry->kind), __entry->portid,
		  __entry->pid, __entry->expired ? "expired" : "owner")
);

/* Who decides, and the budget. */
TRACE_EVENT(twill_agent,
	TP_PROTO(u32 change, u32 budget_mw, u32 power_mw),
	TP_ARGS(change, budget_mw, power_mw),
	TP_STRUCT__entry(
		__field(u32, change)
		__field(u32, budget_mw)
		__field(u32, power_mw)
	),
	TP_fast_assign(
		__entry->change = change;
		__entry->budget_mw = budget_mw;
		__entry->power_mw = power_mw;
	),
	TP_printk("change=%s budget_mw=%u power_mw=%u", show_change(__entry->change),
		  __entry->budget_mw, __entry->power_mw)
);

#endif /* TWILL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH kmod
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
