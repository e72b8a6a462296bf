// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON: numbers are numbers with the unit in the key, enumerations are names. */
#include <stdio.h>

#include "ctl/json.h"
#include "twill.h"

void json_put_string(struct json_object *to, const char *key, const char *value)
{
	json_object_object_add(to, key, value ? json_object_new_string(value) : NULL);
}

void json_put_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

/* A name, or the number of a newer module's value that has no name here */
static void put_name(struct json_object *to, const char *key, const char *name, uint32_t value)
{
	if (name)
		json_put_string(to, key, name);
	else
		json_put_number(to, key, value);
}

static void put_mask(struct json_object *to, const char *key, uint32_t mask)
{
	struct json_object *array = json_object_new_array();

	for (uint32_t i = 0; i < 32; i++) {
		const char *name = twill_accelerator_name(i);

		if (!(mask & (1u << i)))
			continue;
		json_object_array_add(array, name ? json_object_new_string(name) :
				      json_object_new_uint64(i));
	}
	json_object_object_add(to, key, array);
}

static struct json_object *stats_object(const struct twnl_stats *stats)
{
	struct json_object *to = json_object_new_object(), *array = json_object_new_array();

	json_put_number(to, "runs", stats->runs);
	json_put_number(to, "waits", stats->waits);
	json_put_number(to, "preemptions", stats->preemptions);
	json_put_number(to, "aged", stats->aged);
	json_put_number(to, "wait_ns", stats->wait_ns);
	for (int i = 0; i < TWILL_HISTOGRAM_BUCKETS; i++)
		json_object_array_add(array, json_object_new_uint64(stats->histogram[i]));
	json_object_object_add(to, "histogram", array);
	return to;
}

struct json_object *json_task(const struct twnl_task *task)
{
	struct json_object *to = json_object_new_object();

	json_put_number(to, "id", task->id);
	json_put_number(to, "pid", task->pid);
	json_put_number(to, "start_time", task->start_time);
	json_put_string(to, "comm", task->comm);
	put_name(to, "class", twill_class_name(task->cls), task->cls);
	json_put_number(to, "priority", task->priority);
	json_object_object_add(to, "inherit", json_object_new_boolean(task->inherit != 0));
	put_mask(to, "can_use", task->can_use);
	put_name(to, "placement", twill_accelerator_name(task->placement), task->placement);
	json_put_number(to, "group", task->group);
	json_put_number(to, "clusters", task->clusters);
	put_name(to, "state", twnl_state_name(task->state), task->state);
	json_put_number(to, "threads", task->threads);
	json_put_number(to, "parked", task->parked);
	json_put_number(to, "freezes", task->freezes);
	json_put_number(to, "frozen_ns", task->frozen_ns);
	json_put_number(to, "owners", task->owners);
	json_put_number(to, "preempted", task->preempted);
	json_put_number(to, "migrations", task->migrations);
	json_put_number(to, "jobs", task->jobs);
	json_put_number(to, "jobs_done", task->jobs_done);
	json_object_object_add(to, "gates", stats_object(&task->gates));
	return to;
}

struct json_object *json_job(const struct twnl_job *job)
{
	struct json_object *to = json_object_new_object();

	json_put_number(to, "id", job->id);
	json_put_number(to, "task", job->task);
	json_put_string(to, "model", job->model);
	put_name(to, "accelerator", twill_accelerator_name(job->accelerator), job->accelerator);
	json_put_number(to, "deadline_us", job->deadline_us);
	json_put_number(to, "units", job->units);
	json_put_number(to, "units_done", job->units_done);
	put_name(to, "state", twnl_job_state_name(job->state), job->state);
	json_put_number(to, "predicted_us", job->predicted_us);
	json_put_number(to, "wait_ns", job->wait_ns);
	json_put_number(to, "begin_ns", job->begin_ns);
	if (job->latency_ns)
		json_put_number(to, "latency_ns", job->latency_ns);
	return to;
}

struct json_object *json_gate(const struct twnl_gate *gate)
{
	struct json_object *to = json_object_new_object();

	put_name(to, "accelerator", twill_accelerator_name(gate->accelerator), gate->accelerator);
	put_name(to, "mode", twnl_gate_mode_name(gate->mode), gate->mode);
	json_put_number(to, "capacity", gate->capacity);
	put_name(to, "order", twnl_gate_order_name(gate->order), gate->order);
	json_put_number(to, "portid", gate->portid);
	json_put_number(to, "running", gate->running);
	json_put_number(to, "waiting", gate->waiting);
	json_object_object_add(to, "stats", stats_object(&gate->stats));
	return to;
}

struct json_object *json_cap(const struct twnl_cap *cap)
{
	struct json_object *to = json_object_new_object();

	json_put_number(to, "id", cap->id);
	put_name(to, "kind", twnl_cap_kind_name(cap->kind), cap->kind);
	if (cap->kind == TWILL_CAP_KIND_CPUFREQ)
		json_put_number(to, "cpu", cap->cpu);
	else
		json_put_string(to, "device", cap->device);
	json_put_number(to, "max_khz", cap->max_khz);
	json_put_number(to, "portid", cap->portid);
	return to;
}

struct json_object *json_cluster(const struct twnl_cluster *cluster)
{
	struct json_object *to = json_object_new_object();

	json_put_number(to, "id", cluster->id);
	json_put_string(to, "cpus", cluster->cpus);
	json_put_number(to, "tasks", cluster->tasks);
	return to;
}

struct json_object *json_agent(const struct twnl_agent *agent)
{
	struct json_object *to = json_object_new_object();

	json_put_number(to, "pid", agent->pid);
	json_put_number(to, "portid", agent->portid);
	json_put_string(to, "policy", agent->policy);
	json_put_number(to, "power_mw", agent->power_mw);
	json_put_number(to, "decisions", agent->decisions);
	return to;
}

struct json_object *json_budget(const struct twnl_budget *budget)
{
	struct json_object *to = json_object_new_object();

	json_put_number(to, "mw", budget->mw);
	json_put_number(to, "window_ms", budget->window_ms);
	json_put_number(to, "min_mw", budget->min_mw);
	return to;
}

struct json_object *json_event(const struct twnl_event *event)
{
	struct json_object *to = json_object_new_object();

	switch (event->kind) {
	case TWNL_EVENT_CHANGE:
		put_name(to, "object", twnl_object_name(event->object), event->object);
		put_name(to, "change", twnl_change_name(event->change), event->change);
		json_put_number(to, "seq", event->seq);
		json_put_number(to, "generation", event->generation);
		break;
	case TWNL_EVENT_LOST:
		json_put_string(to, "change", "lost");
		break;
	case TWNL_EVENT_MODULE_UP:
	case TWNL_EVENT_MODULE_DOWN:
		json_put_string(to, "object", "module");
		json_put_string(to, "change", event->kind == TWNL_EVENT_MODULE_UP ? "new" : "gone");
		break;
	}
	return to;
}

void json_print(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}
