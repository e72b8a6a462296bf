// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twilld_sched - the CPU side: looks once a control period, and holds what the ladder says.
 *
 * The sched_ext policy asks the module itself who is urgent. The backends below it are
 * told task by task, and again now and then, for threads that are new. A binding ends with
 * our socket, the policy with its link; what is raised has a file that says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sched/fair.h"
#include "twilld.h"

#define REFRESH_NS	500000000ULL
#define LOOSE_NS	60000000000ULL	/* so long the policy stays loaded, to be attached soon */
#define LOADAVG		"/proc/loadavg"

void sched_init(struct twilld *d)
{
	backend_init(&d->sched.ladder, d->conf.sched);
	d->sched.clamp = true;
	d->sched.load_fd = open(LOADAVG, O_RDONLY | O_CLOEXEC);
	d->sched.state.pid = getpid();
	strcpy(d->sched.state.backend, backend_name(BACKEND_OBSERVE));
}

/* The fourth field counts who runs or waits to, us too: with us as many as CPUs is not short. */
static bool crowded(const struct twilld *d)
{
	unsigned int runnable = 0;
	char text[128];
	ssize_t n;

	n = pread(d->sched.load_fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return sscanf(text, "%*f %*f %*f %u/", &runnable) == 1 &&
	       runnable > (unsigned long)sysconf(_SC_NPROCESSORS_ONLN);
}

/* Who is urgent. */

void sched_job(struct twilld *d, struct twilld_task *m, const struct twnl_job *j)
{
	if (!j->deadline_us && m->t.priority < d->conf.urgent_priority)
		return;
	m->urgent_ns = twilld_now();
	backend_urgent(&d->sched.ladder, m->urgent_ns);
}

static bool urgent(const struct twilld_task *m, uint64_t now)
{
	return m->urgent_ns && now <= m->urgent_ns + BACKEND_URGENT_NS;
}

/* A job that is still under way says nothing meanwhile. */
static void note_urgent(struct twilld *d)
{
	struct twilld_task *m;
	uint32_t i;

	for (i = 0; i < d->n_jobs; i++) {
		m = mirror_task(d, d->job[i].j.task);
		if (m && !m->frozen)
			sched_job(d, m, &d->job[i].j);
	}
}

/* Threads of the fair class, and the background's cluster. */

static void bind(struct twilld *d, struct twilld_task *m, uint32_t clusters)
{
	struct twnl_ref ref = { .id = m->t.id };
	struct twnl_task now;

	if (twnl_task_place(d->nl, &ref, TWNL_KEEP, clusters, 0, &now))
		return;
	m->t = now;
	m->bound = clusters;
}

static int hold(struct twilld *d, struct twilld_task *m, enum backend b, uint64_t now)
{
	int err = 0;

	if (urgent(m, now)) {
		if (m->bound)
			bind(d, m, 0);
		err = fair_raise(d->sysroot, m->t.pid, m->t.start_time, &d->sched.clamp);
		m->raised |= !err;
		return err == -ESRCH ? 0 : err;
	}
	if (m->raised && !fair_lower(d->sysroot, m->t.pid))
		m->raised = false;
	/* Who is bound already was by somebody else: that stays. */
	if (b == BACKEND_AFFINITY && d->platform->clusters > 1 && !m->t.clusters)
		bind(d, m, 1u << (d->platform->clusters - 1));
	return err;
}

static int hold_all(struct twilld *d, enum backend b)
{
	uint64_t now = twilld_now();
	uint32_t i;
	int err = 0;

	d->sched.refreshed_ns = now;
	for (i = 0; i < d->n_tasks && !err; i++)
		err = hold(d, &d->task[i], b, now);
	return err;
}

void sched_forget(struct twilld *d, struct twilld_task *m)
{
	if (m->raised)
		(void)fair_lower(d->sysroot, m->t.pid);
}

static void let_all_go(struct twilld *d)
{
	uint32_t i;

	for (i = 0; i < d->n_tasks; i++) {
		struct twilld_task *m = &d->task[i];

		sched_forget(d, m);
		m->raised = false;
		if (m->bound && d->connected)
			bind(d, m, 0);
		m->bound = false;
	}
}

/* The rungs. */

static void shape(const struct twilld *d, struct scx_shape *s)
{
	const struct platform *p = d->platform;
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint32_t i, cpu;

	memset(s, 0, sizeof(*s));
	s->cpus = cpus;
	s->clusters = p->clusters ? p->clusters : 1;
	for (i = 0; i < p->clusters; i++)
		for (cpu = p->cpu[i].cpu; cpu < p->cpu[i].cpu + p->cpu[i].cpus; cpu++)
			if (cpu < SCHED_CPUS)
				s->cluster_of[cpu] = i;
}

static int take(struct twilld *d, enum backend b)
{
	struct sched_state *s = &d->sched.state;
	struct scx_shape sh;
	int err;

	if (b == BACKEND_SCHED_EXT) {
		shape(d, &sh);
		err = d->sched.scx ? 0 : scx_open(&d->sched.scx, &sh, NULL, s->why, sizeof(s->why));
		if (!err)
			err = scx_attach(d->sched.scx, s->why, sizeof(s->why));
		if (err)
			d->sched.scx = scx_close(d->sched.scx);
		return err;
	}
	err = hold_all(d, b);
	if (!err && b == BACKEND_AFFINITY && d->platform->clusters < 2 && !d->sched.clamp) {
		snprintf(s->why, sizeof(s->why), "one cluster of CPUs, and no CONFIG_UCLAMP_TASK");
		err = -EOPNOTSUPP;
	} else if (err) {
		snprintf(s->why, sizeof(s->why), "cannot raise a thread: %s", strerror(-err));
	}
	if (err)
		let_all_go(d);
	return err;
}

static void let_go(struct twilld *d)
{
	if (d->sched.ladder.on == BACKEND_SCHED_EXT) {
		scx_detach(d->sched.scx);
		d->sched.loose_ns = twilld_now();
	} else {
		let_all_go(d);
	}
}

void sched_tell(struct twilld *d)
{
	int err;

	strcpy(d->sched.state.backend, backend_name(d->sched.ladder.on));
	err = state_write(d->sysroot, &d->sched.state);
	if (err && !d->sched.mute)
		log_warning("%s%s: %s", d->sysroot, STATE_FILE, strerror(-err));
	d->sched.mute |= err;
}

/* The same reason is said once in a row. */
static void fell(struct twilld *d, enum backend b, int err)
{
	struct sched_state *s = &d->sched.state;

	backend_fell(&d->sched.ladder, twilld_now(), b, err == -EOPNOTSUPP);
	s->falls++;
	s->why[strcspn(s->why, "\n")] = '\0';
	snprintf(s->failed, sizeof(s->failed), "%s", backend_name(b));
	if (!strcmp(d->sched.said, s->why))
		return;
	snprintf(d->sched.said, sizeof(d->sched.said), "%s", s->why);
	if (err == -EOPNOTSUPP)
		log_info("no %s for the CPUs: %s", backend_name(b), s->why);
	else
		log_warning("no %s for the CPUs, trying again later: %s", backend_name(b), s->why);
}

/* A policy takes the place of what was; two ways to raise threads do not mix. */
static void change(struct twilld *d, enum backend to)
{
	struct twilld_sched *s = &d->sched;
	uint64_t began = twilld_now();
	int err = 0;

	if (to != BACKEND_SCHED_EXT)
		let_go(d);
	if (to != BACKEND_OBSERVE)
		err = take(d, to);
	if (err) {
		if (to != BACKEND_SCHED_EXT)
			backend_took(&s->ladder, BACKEND_OBSERVE);
		fell(d, to, err);
	} else {
		if (to == BACKEND_SCHED_EXT)
			let_go(d);
		backend_took(&s->ladder, to);
		if (to != BACKEND_OBSERVE) {
			s->state.attaches++;
			/* Jobs that began meanwhile have not been heard of yet. */
			backend_urgent(&s->ladder, twilld_now());
		}
		s->state.switch_us = (twilld_now() - began) / 1000;
	}
	sched_tell(d);
}

static void look_after(struct twilld *d)
{
	struct sched_state *s = &d->sched.state;
	struct scx_end end;

	if (!scx_ended(d->sched.scx, &end))
		return;
	snprintf(s->why, sizeof(s->why), "%s%s%s", end.reason, *end.message ? ": " : "", end.message);
	(void)state_dump(d->sysroot, scx_dump(d->sched.scx));
	d->sched.scx = scx_close(d->sched.scx);
	fell(d, BACKEND_SCHED_EXT, 0);
	sched_tell(d);
}

void sched_tick(struct twilld *d)
{
	struct twilld_sched *s = &d->sched;
	enum backend to;
	uint64_t now;

	if (s->scx && s->ladder.on == BACKEND_SCHED_EXT)
		look_after(d);
	note_urgent(d);
	now = twilld_now();
	if (s->scx && s->ladder.on != BACKEND_SCHED_EXT && now - s->loose_ns > LOOSE_NS)
		s->scx = scx_close(s->scx);
	to = backend_look(&s->ladder, now, crowded(d));
	if (to != s->ladder.on) {
		change(d, to);
	} else if (to != BACKEND_SCHED_EXT && to != BACKEND_OBSERVE &&
		   now - s->refreshed_ns >= REFRESH_NS && hold_all(d, to)) {
		snprintf(s->state.why, sizeof(s->state.why), "a thread cannot be raised any more");
		let_go(d);
		fell(d, to, -EPERM);
		sched_tell(d);
	}
}

void sched_stop(struct twilld *d)
{
	if (d->sched.ladder.on != BACKEND_OBSERVE) {
		let_go(d);
		backend_took(&d->sched.ladder, BACKEND_OBSERVE);
		sched_tell(d);
	}
	d->sched.scx = scx_close(d->sched.scx);
}

void sched_fini(struct twilld *d)
{
	sched_stop(d);
	state_remove(d->sysroot);
	if (d->sched.load_fd >= 0)
		close(d->sched.load_fd);
}
