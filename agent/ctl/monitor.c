// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twillctl monitor. The kernel's group tells only that something changed (it
 * can be heard by anyone), so what changed is found by reading again and
 * comparing with what was read before.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/json.h"
#include "ctl/lists.h"
#include "ctl/parse.h"
#include "twill.h"

#define OBJECTS		(TWILL_OBJECT_GATE + 1)

struct monitor {
	struct ctl *ctl;
	uint64_t lines;
	uint64_t max_lines;
	bool stop;
	bool dirty[OBJECTS];
	bool told[OBJECTS];	/* by an event, so that there was a change */
	struct twnl_event last[OBJECTS];
	int n_tasks, n_jobs, n_caps, n_gates;
	struct twnl_task *tasks;
	struct twnl_job *jobs;
	struct twnl_cap *caps;
	struct twnl_gate *gates;
};

static struct monitor monitor;

static void out(const char *text, struct json_object *object, const struct twnl_event *event)
{
	struct json_object *line = json_event(event);
	struct monitor *m = &monitor;

	if (m->stop) {
		json_object_put(object);
		json_object_put(line);
		return;
	}
	if (m->ctl->json) {
		if (object)
			json_object_object_add(line, twnl_object_name(event->object), object);
		json_print(line);
	} else {
		puts(text);
		json_object_put(object);
		json_object_put(line);
	}
	fflush(stdout);
	m->stop = m->max_lines && ++m->lines >= m->max_lines;
}

static struct twnl_event change_of(uint32_t object, uint32_t change)
{
	struct twnl_event event = monitor.last[object];

	event.kind = TWNL_EVENT_CHANGE;
	event.object = object;
	event.change = change;
	return event;
}

static void out_task(const struct twnl_task *t, uint32_t change)
{
	struct twnl_event event = change_of(TWILL_OBJECT_TASK, change);
	const char *on = twill_accelerator_name(t->placement);
	const char *state = twnl_state_name(t->state);
	char text[256];

	snprintf(text, sizeof(text), "task %s id:%u pid %u (%s) priority %u %s on %s, clusters %#x",
		 twnl_change_name(change), t->id, t->pid, t->comm, t->priority,
		 state ? state : "?", on ? on : "?", t->clusters);
	out(text, json_task(t), &event);
}

static void out_job(const struct twnl_job *j, uint32_t change)
{
	struct twnl_event event = change_of(TWILL_OBJECT_JOB, change);
	const char *on = twill_accelerator_name(j->accelerator);
	const char *state = twnl_job_state_name(j->state);
	char text[256];

	snprintf(text, sizeof(text), "job %s %u of task id:%u, %s on %s, %s",
		 twnl_change_name(change), j->id, j->task, j->model, on ? on : "?",
		 state ? state : "?");
	out(text, json_job(j), &event);
}

static void out_cap(const struct twnl_cap *c, uint32_t change)
{
	struct twnl_event event = change_of(TWILL_OBJECT_CAP, change);
	char text[256], cpu[16];

	snprintf(cpu, sizeof(cpu), "cpu%u", c->cpu);
	snprintf(text, sizeof(text), "cap %s %u, %s at most %u kHz", twnl_change_name(change),
		 c->id, c->kind == TWILL_CAP_KIND_CPUFREQ ? cpu : c->device, c->max_khz);
	out(text, json_cap(c), &event);
}

static void out_gate(const struct twnl_gate *g)
{
	struct twnl_event event = change_of(TWILL_OBJECT_GATE, TWILL_CHANGE_CHANGED);
	const char *on = twill_accelerator_name(g->accelerator);
	const char *mode = twnl_gate_mode_name(g->mode), *order = twnl_gate_order_name(g->order);
	char text[256], by[32] = "administrator";

	if (g->portid)
		snprintf(by, sizeof(by), "port %u", g->portid);
	snprintf(text, sizeof(text), "gate changed %s, mode %s, capacity %u, order %s, by %s",
		 on ? on : "?", mode ? mode : "?", g->capacity, order ? order : "?", by);
	out(text, json_gate(g), &event);
}

/* Whether two states differ in what there are events for; counts and times go on without */
static bool tasks_differ(const struct twnl_task *a, const struct twnl_task *b)
{
	struct twnl_task then = *a;

	then.threads = b->threads;
	then.parked = b->parked;
	then.frozen_ns = b->frozen_ns;
	then.jobs = b->jobs;
	then.jobs_done = b->jobs_done;
	then.gates = b->gates;
	return memcmp(&then, b, sizeof(then)) != 0;
}

static bool jobs_differ(const struct twnl_job *a, const struct twnl_job *b)
{
	struct twnl_job then = *a;

	then.units_done = b->units_done;
	then.wait_ns = b->wait_ns;
	return memcmp(&then, b, sizeof(then)) != 0;
}

static bool caps_differ(const struct twnl_cap *a, const struct twnl_cap *b)
{
	return memcmp(a, b, sizeof(*a)) != 0;
}

/* Both arrays are sorted by id. Reads anew, prints the difference; number of lines or -errno */
#define DIFF(plural, singular) \
static int diff_##plural(struct monitor *m) \
{ \
	struct twnl_##singular *now = NULL; \
	int n = list_##plural(m->ctl->nl, &now), a = 0, b = 0, printed = 0; \
\
	if (n < 0) \
		return n; \
	while (a < m->n_##plural || b < n) { \
		if (b == n || (a < m->n_##plural && m->plural[a].id < now[b].id)) { \
			out_##singular(&m->plural[a++], TWILL_CHANGE_GONE); \
			printed++; \
		} else if (a == m->n_##plural || now[b].id < m->plural[a].id) { \
			out_##singular(&now[b++], TWILL_CHANGE_NEW); \
			printed++; \
		} else { \
			if (plural##_differ(&m->plural[a], &now[b])) { \
				out_##singular(&now[b], TWILL_CHANGE_CHANGED); \
				printed++; \
			} \
			a++; \
			b++; \
		} \
	} \
	free(m->plural); \
	m->plural = now; \
	m->n_##plural = n; \
	return printed; \
}

DIFF(tasks, task)
DIFF(jobs, job)
DIFF(caps, cap)

static bool gates_differ(const struct twnl_gate *a, const struct twnl_gate *b)
{
	return a->mode != b->mode || a->capacity != b->capacity || a->order != b->order;
}

/* Gates neither come nor go while the module is there */
static int diff_gates(struct monitor *m)
{
	struct twnl_gate *now;
	int n = list_gates(m->ctl->nl, &now), printed = 0;

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		if (i < m->n_gates && !gates_differ(&m->gates[i], &now[i]))
			continue;
		out_gate(&now[i]);
		printed++;
	}
	free(m->gates);
	m->gates = now;
	m->n_gates = n;
	return printed;
}

static int out_agent(struct monitor *m)
{
	struct twnl_event event = m->last[TWILL_OBJECT_AGENT];
	struct twnl_agent agent;
	char text[256];
	int r = twnl_agent_get(m->ctl->nl, &agent);

	if (r < 0 && r != -ENOENT)
		return r;
	event.change = r == -ENOENT ? (uint32_t)TWILL_CHANGE_GONE : event.change;
	if (r == 0)
		snprintf(text, sizeof(text), "agent %s pid %u, policy %s, %u mW, %" PRIu64
			 " decisions", twnl_change_name(event.change), agent.pid, agent.policy,
			 agent.power_mw, agent.decisions);
	else
		snprintf(text, sizeof(text), "agent gone");
	out(text, r == 0 ? json_agent(&agent) : NULL, &event);
	return 1;
}

static int out_budget(struct monitor *m)
{
	struct twnl_event event = m->last[TWILL_OBJECT_BUDGET];
	struct twnl_budget budget;
	char text[256];
	int r = twnl_budget_get(m->ctl->nl, &budget);

	if (r < 0)
		return r;
	event.change = TWILL_CHANGE_CHANGED;
	snprintf(text, sizeof(text), "budget changed %u mW over %u ms", budget.mw,
		 budget.window_ms);
	out(text, json_budget(&budget), &event);
	return 1;
}

static int refresh(struct monitor *m, uint32_t object)
{
	switch ((enum twill_object)object) {
	case TWILL_OBJECT_TASK:
		return diff_tasks(m);
	case TWILL_OBJECT_JOB:
		return diff_jobs(m);
	case TWILL_OBJECT_CAP:
		return diff_caps(m);
	case TWILL_OBJECT_AGENT:
		return out_agent(m);
	case TWILL_OBJECT_BUDGET:
		return out_budget(m);
	case TWILL_OBJECT_GATE:
		return diff_gates(m);
	}
	return 0;
}

/* Of what came and went before it could be read, that it did */
static void out_bare(const struct twnl_event *event)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s, already over", twnl_object_name(event->object),
		 event->change <= TWILL_CHANGE_GONE ? twnl_change_name(event->change) : "changed");
	out(text, NULL, event);
}

/* 0 or an exit code, said. The module going away under us is an event, not a failure */
static int refresh_dirty(struct monitor *m)
{
	int r;

	for (uint32_t i = 0; i < OBJECTS; i++) {
		if (!m->dirty[i])
			continue;
		m->dirty[i] = false;
		r = refresh(m, i);
		if (r == -ENOPKG)
			return 0;
		if (r < 0)
			return ctl_refused(m->ctl, r, "cannot read each %s", twnl_object_name(i));
		if (r == 0 && m->told[i] && (i == TWILL_OBJECT_JOB || i == TWILL_OBJECT_GATE))
			out_bare(&m->last[i]);
		m->told[i] = false;
	}
	return 0;
}

static void forget(struct monitor *m)
{
	m->n_tasks = 0;
	m->n_jobs = 0;
	m->n_caps = 0;
}

static void on_event(void *arg, const struct twnl_event *event)
{
	struct monitor *m = &monitor;

	(void)arg;
	switch (event->kind) {
	case TWNL_EVENT_CHANGE:
		if (event->object < OBJECTS) {
			m->dirty[event->object] = true;
			m->told[event->object] = true;
			m->last[event->object] = *event;
		}
		return;
	case TWNL_EVENT_LOST:
		out("events were lost; reading everything again", NULL, event);
		break;
	case TWNL_EVENT_MODULE_UP:
		forget(m);
		out("module new", NULL, event);
		break;
	case TWNL_EVENT_MODULE_DOWN:
		forget(m);
		out("module gone", NULL, event);
		return;
	}
	m->dirty[TWILL_OBJECT_TASK] = true;
	m->dirty[TWILL_OBJECT_JOB] = true;
	m->dirty[TWILL_OBJECT_CAP] = true;
	m->dirty[TWILL_OBJECT_GATE] = true;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int watch(struct monitor *m, uint64_t for_ms)
{
	struct pollfd pfd = { .fd = twnl_fd(m->ctl->nl), .events = POLLIN };
	const int64_t end = now_ms() + (int64_t)for_ms;
	int64_t left = -1;
	int r;

	while (!m->stop) {
		if (for_ms) {
			left = end - now_ms();
			if (left <= 0)
				return CTL_OK;
		}
		r = poll(&pfd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (r < 0 && errno != EINTR)
			return ctl_refuse(m->ctl, strerror(errno), NULL, "cannot wait for events");
		if (r <= 0)
			continue;
		twnl_dispatch(m->ctl->nl);
		r = refresh_dirty(m);
		if (r)
			return r;
	}
	return CTL_OK;
}

static int start(struct ctl *ctl)
{
	int r;

	r = ctl_connect(ctl, on_event);
	if (r)
		return r;
	r = twnl_subscribe(ctl->nl);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot subscribe to events");
	monitor.ctl = ctl;
	monitor.n_tasks = list_tasks(ctl->nl, &monitor.tasks);
	if (monitor.n_tasks < 0)
		return ctl_refused(ctl, monitor.n_tasks, "cannot list tasks");
	monitor.n_jobs = list_jobs(ctl->nl, &monitor.jobs);
	if (monitor.n_jobs < 0)
		return ctl_refused(ctl, monitor.n_jobs, "cannot list jobs");
	monitor.n_caps = list_caps(ctl->nl, &monitor.caps);
	if (monitor.n_caps < 0)
		return ctl_refused(ctl, monitor.n_caps, "cannot list caps");
	monitor.n_gates = list_gates(ctl->nl, &monitor.gates);
	if (monitor.n_gates < 0)
		return ctl_refused(ctl, monitor.n_gates, "cannot list gates");
	/* What was heard while all this was read may be in it: that is no change that is over */
	twnl_dispatch(ctl->nl);
	memset(monitor.told, 0, sizeof(monitor.told));
	return refresh_dirty(&monitor);
}

int ctl_monitor(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'n' },
		{ "for", required_argument, NULL, 'f' },
		CTL_OPTIONS
	};
	uint64_t for_ms = 0;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'n')
			r = ctl_number(ctl, "--count", optarg, 1, UINT32_MAX, &monitor.max_lines);
		else if (c == 'f')
			r = ctl_number(ctl, "--for", optarg, 1, UINT32_MAX, &for_ms);
		else
			r = ctl_option(ctl, c);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return ctl_usage(ctl, "too many arguments: %s", argv[optind]);
	r = start(ctl);
	if (r == 0)
		r = watch(&monitor, for_ms);
	free(monitor.tasks);
	free(monitor.jobs);
	free(monitor.caps);
	free(monitor.gates);
	return r;
}
