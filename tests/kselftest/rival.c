// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rival.h"
#include "who.h"

enum { NOTHING, BEGIN, UNIT, FINISH, WAIT };

struct rival {
	pid_t pid;
	atomic_int op;		/* set by the test, cleared by the rival */
	atomic_int ready;
	atomic_ullong spins;
	uint32_t priority, group;
	uid_t uid;		/* whom to become, zero to stay root */
	uint32_t accelerator, predicted_us, units;
	int ms;
	int ret;
	uint32_t job, state;
};

static int begin(struct rival *r, struct nlc *c)
{
	int err;

	nlc_begin(c, TWILL_CMD_JOB_BEGIN);
	nlc_nest(c, TWILL_A_JOB);
	nlc_str(c, TWILL_A_JOB_MODEL, "rival");
	if (r->accelerator)
		nlc_u32(c, TWILL_A_JOB_ACCELERATOR, r->accelerator);
	if (r->predicted_us)
		nlc_u32(c, TWILL_A_JOB_PREDICTED_US, r->predicted_us);
	if (r->units)
		nlc_u32(c, TWILL_A_JOB_UNITS, r->units);
	nlc_nest_end(c);
	err = nlc_do(c);
	if (!err)
		r->job = nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_ID);
	return err;
}

static int serve(struct rival *r, struct nlc *c, int op)
{
	int err;

	switch (op) {
	case BEGIN:
		err = begin(r, c);
		break;
	case UNIT:
		err = job_step(c, TWILL_CMD_JOB_UNIT, r->job);
		break;
	case FINISH:
		err = job_step(c, TWILL_CMD_JOB_END, r->job);
		break;
	default:
		err = nlc_event(c, r->ms);
		if (!err && nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_ID) != r->job)
			err = -EBADMSG;
		break;
	}
	r->state = nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_STATE);
	return err;
}

static int tag_self(struct rival *r, struct nlc *c)
{
	int err = r->uid ? who_user(r->uid, 0) : 0;

	if (!err)
		err = nlc_open(c);
	if (err)
		return err;
	nlc_begin(c, TWILL_CMD_TASK_SET);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_PRIORITY, r->priority);
	nlc_u32(c, TWILL_A_TASK_GROUP, r->group);
	nlc_u32(c, TWILL_A_TASK_CAN_USE, 30);
	return nlc_do(c);
}

static void run(struct rival *r)
{
	static struct nlc c;
	int op;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	r->ret = tag_self(r, &c);
	atomic_store(&r->ready, 1);
	for (;;) {
		atomic_fetch_add(&r->spins, 1);
		op = atomic_load(&r->op);
		if (!op)
			continue;
		r->ret = serve(r, &c, op);
		atomic_store(&r->op, NOTHING);
	}
}

static bool is_ready(void *data)
{
	return atomic_load(&((struct rival *)data)->ready);
}

static struct rival *start(uid_t uid, uint32_t priority, uint32_t group)
{
	struct rival *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (r == MAP_FAILED)
		exit(99);
	r->priority = priority;
	r->group = group;
	r->uid = uid;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		exit(99);
	if (!pid)
		run(r);
	r->pid = pid;
	if (!until(is_ready, r, SOON) || r->ret)
		exit(99);
	return r;
}

struct rival *rival_start(uint32_t priority, uint32_t group)
{
	return start(0, priority, group);
}

struct rival *rival_start_as(uid_t uid, uint32_t priority)
{
	return start(uid, priority, 0);
}

void rival_end(struct rival *r)
{
	kill(r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
	munmap(r, sizeof(*r));
}

pid_t rival_pid(const struct rival *r)
{
	return r->pid;
}

atomic_ullong *rival_spins(struct rival *r)
{
	return &r->spins;
}

static bool idle(void *data)
{
	return !atomic_load(&((struct rival *)data)->op);
}

bool rival_done(struct rival *r, int ms)
{
	return until(idle, r, ms);
}

static int ask(struct rival *r, int op)
{
	if (!rival_done(r, SOON))
		return -EBUSY;
	atomic_store(&r->op, op);
	return rival_done(r, SOON) ? r->ret : -ETIME;
}

int rival_begin(struct rival *r, uint32_t accelerator, uint32_t predicted_us, uint32_t units)
{
	r->accelerator = accelerator;
	r->predicted_us = predicted_us;
	r->units = units;
	return ask(r, BEGIN);
}

int rival_unit(struct rival *r)
{
	return ask(r, UNIT);
}

int rival_finish(struct rival *r)
{
	return ask(r, FINISH);
}

int rival_wait(struct rival *r, int ms)
{
	r->ms = ms;
	return ask(r, WAIT);
}

void rival_post_finish(struct rival *r)
{
	atomic_store(&r->op, FINISH);
}

uint32_t rival_state(struct rival *r)
{
	return r->state;
}

uint32_t rival_job(struct rival *r)
{
	return r->job;
}

uint32_t job_state(struct nlc *c, struct rival *r)
{
	return job_step(c, TWILL_CMD_JOB_GET, r->job) ? UINT32_MAX :
	       nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_STATE);
}
