// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl status: what the module knows, which is all there is to know. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/json.h"
#include "ctl/lists.h"
#include "proc.h"
#include "sched/state.h"
#include "twill.h"
#include "ctl/ctl.h"

struct status {
	char version[32];
	bool has_agent, has_sched;
	struct sched_state sched;
	struct twnl_agent agent;
	struct twnl_budget budget;
	int n_tasks, n_jobs, n_caps, n_clusters, n_gates;
	struct twnl_task *tasks;
	struct twnl_job *jobs;
	struct twnl_cap *caps;
	struct twnl_cluster *clusters;
	struct twnl_gate *gates;
};

static void read_version(struct status *s)
{
	s->version[0] = '\0';
	if (proc_read("/sys/kernel/twill/version", s->version, sizeof(s->version)) < 0)
		(void)proc_read("/sys/module/twill/version", s->version, sizeof(s->version));
	s->version[strcspn(s->version, "\n")] = '\0';
}

/* 0 or an exit code, said */
static int collect(struct ctl *ctl, struct status *s)
{
	char why[CONF_ERROR_MAX];
	int r;

	read_version(s);
	r = twnl_budget_get(ctl->nl, &s->budget);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot read the budget");
	r = twnl_agent_get(ctl->nl, &s->agent);
	if (r < 0 && r != -ENOENT)
		return ctl_refused(ctl, r, "cannot read who the agent is");
	s->has_agent = r == 0;
	/* What a twilld left that is gone says nothing. */
	s->has_sched = s->has_agent && !state_read(ctl->sysroot, &s->sched, why) &&
		       s->sched.pid == s->agent.pid;
	s->n_clusters = list_clusters(ctl->nl, &s->clusters);
	if (s->n_clusters < 0)
		return ctl_refused(ctl, s->n_clusters, "cannot list clusters");
	s->n_tasks = list_tasks(ctl->nl, &s->tasks);
	if (s->n_tasks < 0)
		return ctl_refused(ctl, s->n_tasks, "cannot list tasks");
	s->n_jobs = list_jobs(ctl->nl, &s->jobs);
	if (s->n_jobs < 0)
		return ctl_refused(ctl, s->n_jobs, "cannot list jobs");
	s->n_gates = list_gates(ctl->nl, &s->gates);
	if (s->n_gates < 0)
		return ctl_refused(ctl, s->n_gates, "cannot list gates");
	s->n_caps = list_caps(ctl->nl, &s->caps);
	if (s->n_caps < 0)
		return ctl_refused(ctl, s->n_caps, "cannot list caps");
	return 0;
}

static struct json_object *json_sched(const struct sched_state *s)
{
	struct json_object *to = json_object_new_object();

	json_put_string(to, "backend", s->backend);
	json_put_number(to, "attaches", s->attaches);
	json_put_number(to, "falls", s->falls);
	json_put_number(to, "switch_us", s->switch_us);
	json_put_string(to, "failed", *s->failed ? s->failed : NULL);
	json_put_string(to, "why", *s->failed ? s->why : NULL);
	return to;
}

#define PUT_ARRAY(to, key, s, plural, singular) do { \
	struct json_object *array = json_object_new_array(); \
\
	for (int i = 0; i < (s)->n_##plural; i++) \
		json_object_array_add(array, json_##singular(&(s)->plural[i])); \
	json_object_object_add(to, key, array); \
} while (0)

static void print_json(const struct status *s)
{
	struct json_object *to = json_object_new_object();

	json_put_string(to, "version", *s->version ? s->version : NULL);
	json_object_object_add(to, "agent", s->has_agent ? json_agent(&s->agent) : NULL);
	json_object_object_add(to, "sched", s->has_sched ? json_sched(&s->sched) : NULL);
	json_object_object_add(to, "budget", json_budget(&s->budget));
	PUT_ARRAY(to, "tasks", s, tasks, task);
	PUT_ARRAY(to, "jobs", s, jobs, job);
	PUT_ARRAY(to, "gates", s, gates, gate);
	PUT_ARRAY(to, "caps", s, caps, cap);
	PUT_ARRAY(to, "clusters", s, clusters, cluster);
	json_print(to);
}

static const char *or_number(const char *name)
{
	return name ? name : "?";
}

static void print_head(const struct status *s)
{
	if (s->budget.mw)
		printf("budget  %u mW over %u ms", s->budget.mw, s->budget.window_ms);
	else
		printf("budget  none");
	if (s->budget.min_mw)
		printf(", at least %u mW", s->budget.min_mw);
	if (!s->has_agent) {
		puts("\nagent   none, so nothing is decided (systemctl start twilld)");
		return;
	}
	if (s->agent.power_mw)
		printf("\npower   %u mW measured\n", s->agent.power_mw);
	else
		puts("\npower   not measured (the agent rests while there are no tasks)");
	printf("agent   pid %u, policy %s, %" PRIu64 " decisions\n", s->agent.pid,
	       *s->agent.policy ? s->agent.policy : "-", s->agent.decisions);
	if (!s->has_sched)
		return;
	printf("cpus    %s", s->sched.backend);
	if (*s->sched.failed)
		printf("; no %s: %s", s->sched.failed, s->sched.why);
	putchar('\n');
}

static void mask_text(uint32_t mask, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < 32 && at < size; i++)
		if (mask & (1u << i))
			at += (size_t)snprintf(text + at, size - at, "%s%s", at ? "," : "",
					       or_number(twill_accelerator_name(i)));
}

static void print_tasks(const struct status *s)
{
	char can_use[40];

	if (s->n_tasks == 0) {
		puts("\nno tasks (tag one: twillctl tag PID, or twillctl run)");
		return;
	}
	printf("\n%5s %7s %-15s %-11s %4s %-8s %-5s %-18s %4s %7s %7s %9s %5s\n", "ID", "PID",
	       "COMM", "CLASS", "PRIO", "STATE", "PLACE", "CAN-USE", "JOBS", "DONE", "FREEZES",
	       "FROZEN-MS", "MIGR");
	for (const struct twnl_task *t = s->tasks; t < s->tasks + s->n_tasks; t++) {
		mask_text(t->can_use, can_use, sizeof(can_use));
		printf("%5u %7u %-15s %-11s %4u %-8s %-5s %-18s %4u %7" PRIu64 " %7u %9" PRIu64
		       " %5u\n", t->id, t->pid, t->comm, or_number(twill_class_name(t->cls)),
		       t->priority, or_number(twnl_state_name(t->state)),
		       or_number(twill_accelerator_name(t->placement)), can_use, t->jobs,
		       t->jobs_done, t->freezes, t->frozen_ns / 1000000, t->migrations);
	}
}

/* Nothing of gates that were never in force */
static void print_gates(const struct status *s)
{
	bool any = false;

	for (const struct twnl_gate *g = s->gates; g < s->gates + s->n_gates; g++)
		any = any || g->mode != TWILL_GATE_MODE_OFF || g->stats.waits;
	if (!any)
		return;
	putchar('\n');
	gate_print_head();
	for (const struct twnl_gate *g = s->gates; g < s->gates + s->n_gates; g++)
		gate_print(g);
}

static void print_rest(const struct status *s)
{
	if (s->n_jobs)
		printf("\n%5s %5s %-24s %-5s %-9s %11s %6s %6s %8s\n", "JOB", "TASK", "MODEL",
		       "ON", "STATE", "DEADLINE-US", "UNITS", "DONE", "WAIT-MS");
	for (const struct twnl_job *j = s->jobs; j < s->jobs + s->n_jobs; j++)
		printf("%5u %5u %-24s %-5s %-9s %11u %6u %6u %8" PRIu64 "\n", j->id, j->task,
		       j->model, or_number(twill_accelerator_name(j->accelerator)),
		       or_number(twnl_job_state_name(j->state)), j->deadline_us, j->units,
		       j->units_done, j->wait_ns / 1000000);
	if (s->n_caps)
		printf("\n%5s %-24s %9s\n", "CAP", "OF", "MAX-KHZ");
	for (const struct twnl_cap *c = s->caps; c < s->caps + s->n_caps; c++) {
		if (c->kind == TWILL_CAP_KIND_CPUFREQ)
			printf("%5u cpu%-21u %9u\n", c->id, c->cpu, c->max_khz);
		else
			printf("%5u %-24s %9u\n", c->id, c->device, c->max_khz);
	}
	if (s->n_clusters)
		printf("\n%7s %-12s %5s\n", "CLUSTER", "CPUS", "TASKS");
	for (const struct twnl_cluster *c = s->clusters; c < s->clusters + s->n_clusters; c++)
		printf("%7u %-12s %5u\n", c->id, c->cpus, c->tasks);
}

int ctl_status(struct ctl *ctl, int argc, char **argv)
{
	struct status s = { 0 };
	int r;

	r = ctl_plain(ctl, argc, argv, 0);
	if (r >= 0)
		return r;
	r = ctl_connect(ctl, NULL);
	if (r)
		return r;
	r = collect(ctl, &s);
	if (r == 0 && ctl->json) {
		print_json(&s);
	} else if (r == 0) {
		print_head(&s);
		print_tasks(&s);
		print_gates(&s);
		print_rest(&s);
	}
	free(s.tasks);
	free(s.jobs);
	free(s.caps);
	free(s.clusters);
	free(s.gates);
	return r;
}
