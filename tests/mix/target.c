// SPDX-License-Identifier: GPL-2.0-or-later
/* What targets do all day. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mix.h"

#define CHILDREN	6

const char *const slot_names[SLOTS] = {
	"busy", "busy too", "forks", "vforks", "execs", "threads", "jobs", "more jobs",
};

static struct slot *my;
static int me;

static void tick(void)
{
	atomic_fetch_add(&my->ticks, 1);
}

/* A little in user mode, a little asleep: not so much that the guest does nothing else. */
static void work_a_little(void)
{
	for (int i = 0; i < 500; i++)
		tick();
	usleep(4000);
	tick();
}

static void *work(void *data)
{
	(void)data;
	for (;;)
		work_a_little();
	return NULL;
}

static void handler(int sig) { (void)sig; }

static void made_one(void)
{
	atomic_fetch_add(&mix->made[me], 1);
}

static void forking(void)
{
	for (;;) {
		int n = 1 + atomic_load(&my->ticks) % CHILDREN;

		for (int i = 0; i < n; i++) {
			pid_t pid = fork();

			if (!pid) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				if (i & 1)
					fork();	/* a grandchild, which init inherits */
				_exit(0);
			}
			tick();
			made_one();
		}
		while (waitpid(-1, NULL, 0) > 0)
			tick();
		work_a_little();
	}
}

static void vforking(void)
{
	for (;;) {
		pid_t pid = vfork();

		if (!pid)
			_exit(0);
		tick();
		waitpid(pid, NULL, 0);
		made_one();
		work_a_little();
	}
}

static void execute(void)
{
	char fd[16], slot[16];
	pthread_t t;

	snprintf(fd, sizeof(fd), "%d", mix->fd);
	snprintf(slot, sizeof(slot), "%d", me);
	pthread_create(&t, NULL, work, NULL);
	work_a_little();
	made_one();
	execl("/proc/self/exe", "mix", "--target", fd, slot, NULL);
	_exit(1);
}

static void *short_life(void *data)
{
	(void)data;
	tick();
	return NULL;
}

static void threading(void)
{
	pthread_t t[CHILDREN];
	int n;

	for (;;) {
		for (n = 0; n < CHILDREN; n++)
			if (pthread_create(&t[n], NULL, short_life, NULL))
				break;
		while (n--) {
			pthread_join(t[n], NULL);
			made_one();
		}
		work_a_little();
	}
}

/* ---- at the gate ---- */

static int begin(struct nlc *c, struct rng *r)
{
	nlc_begin(c, TWILL_CMD_JOB_BEGIN);
	nlc_nest(c, TWILL_A_JOB);
	nlc_str(c, TWILL_A_JOB_MODEL, "mix");
	nlc_u32(c, TWILL_A_JOB_ACCELERATOR, TWILL_ACCELERATOR_GPU);
	nlc_u32(c, TWILL_A_JOB_PREDICTED_US, 1000 + rng_below(r, 100000));
	nlc_u32(c, TWILL_A_JOB_UNITS, 1 + rng_below(r, 4));
	return nlc_do(c);
}

static int tag_self(struct nlc *c, struct rng *r)
{
	nlc_begin(c, TWILL_CMD_TASK_SET);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_PRIORITY, rng_below(r, 256));
	nlc_u32(c, TWILL_A_TASK_CAN_USE, 30);
	return nlc_do(c);
}

/* The grant is waited for until it comes or the time is over; then withdrawn. */
static void one_job(struct nlc *c, struct rng *r)
{
	uint32_t id;

	if (tag_self(c, r) || begin(c, r))
		return;
	id = nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_ID);
	if (nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_STATE) == TWILL_JOB_STATE_QUEUED)
		(void)nlc_event(c, rng_below(r, 50));
	work_a_little();
	if (rng_one_in(r, 2))
		(void)job_step(c, TWILL_CMD_JOB_UNIT, id);
	tick();
	if (!rng_one_in(r, 8))
		(void)job_step(c, TWILL_CMD_JOB_END, id);
	made_one();
}

static void at_gate(void)
{
	struct rng r = { mix->seed + me };
	static struct nlc c;

	for (;;) {
		/* Anew each time, because the module may have gone meanwhile. */
		if (!nlc_open(&c)) {
			for (int i = 0; i < 8; i++)
				one_job(&c, &r);
			nlc_close(&c);
		}
		work_a_little();
	}
}

static void be(int slot)
{
	pthread_t t;

	me = slot;
	my = &mix->slot[slot];
	signal(SIGUSR1, slot == EXECING ? SIG_IGN : handler);	/* an exec keeps what is ignored */
	if (slot != FORKING && slot != VFORKING)
		pthread_create(&t, NULL, work, NULL);
	switch (slot) {
	case FORKING:
		forking();
		break;
	case VFORKING:
		vforking();
		break;
	case EXECING:
		execute();
		break;
	case THREADING:
		threading();
		break;
	case AT_GATE:
	case AT_GATE_TOO:
		at_gate();
		break;
	default:
		work(NULL);
		break;
	}
}

void target_live(int slot)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	be(slot);
	_exit(1);
}

int target_main(int slot)
{
	be(slot);
	return 1;
}
