// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest/who.h"
#include "stage.h"

#define NOBODY_UID	65534

const char *const who_names[WORKERS] = { "root", "nobody", "root of a container" };

struct stage *stage;
static struct victim *victims[TARGETS];
static pid_t idlers[TARGETS];

/* ---- who there is ---- */

static void *nap(void *data)
{
	struct victim *v = data;

	for (;;) {
		usleep(20000);
		atomic_fetch_add(&v->naps, 1);
	}
	return NULL;
}

static void naps(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, nap, v);
	nap(v);
}

static void forks(struct victim *v)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
		usleep(99000);
		atomic_fetch_add(&v->naps, 1);
	}
}

static void naps_as_nobody(struct victim *v)
{
	if (who_user(NOBODY_UID, 0))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* another user has to ask again */
	naps(v);
}

static void contained(struct victim *v)
{
	if (who_container(0))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	naps(v);
}

static void (*const lives[TARGETS])(struct victim *v) = {
	[NAPPER] = naps, [OTHER_NAPPER] = naps, [NOBODYS] = naps_as_nobody,
	[FORKER] = forks, [CONTAINED] = contained,
};

void stage_name(unsigned int which, pid_t pid)
{
	stage->target[which] = (struct target){ pid, start_time(pid), 0 };
}

static void replace(unsigned int which)
{
	if (lives[which]) {
		if (victims[which])
			victim_end(victims[which]);
		victims[which] = victim_run(lives[which]);
		stage_name(which, victims[which]->pid);
		return;
	}
	if (idlers[which]) {
		kill(idlers[which], SIGKILL);
		waitpid(idlers[which], NULL, 0);
	}
	idlers[which] = who_idler();
	stage_name(which, idlers[which]);
}

static void name_gone(void)
{
	pid_t pid = fork();

	if (!pid)
		pause();
	stage_name(GONE, pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

bool stage_set(void)
{
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (stage == MAP_FAILED)
		return false;
	stage_name(CONDUCTOR, getpid());
	stage_name(INIT, 1);
	stage_name(KTHREAD, 2);
	name_gone();
	for (unsigned int i = NAPPER; i < TARGETS; i++)
		replace(i);
	return true;
}

void stage_renew(struct rng *r)
{
	replace(NAPPER + rng_below(r, TARGETS - NAPPER));
	if (rng_one_in(r, 4))
		replace(NAPPER + rng_below(r, IDLERS - NAPPER));
}

void stage_clear(void)
{
	for (unsigned int i = NAPPER; i < TARGETS; i++) {
		if (victims[i])
			victim_end(victims[i]);
		if (idlers[i] > 0) {
			kill(idlers[i], SIGKILL);
			waitpid(idlers[i], NULL, 0);
		}
	}
}

bool stage_all_run(int *which)
{
	for (*which = NAPPER; *which < IDLERS; ++*which)
		if (!grows(&victims[*which]->naps, PROMISE))
			return false;
	return true;
}

/* ---- what values stand for ---- */

static struct target *named(unsigned int which)
{
	/* Few are interesting, many make tables long. */
	return &stage->target[which < 160 ? which % IDLERS : which % TARGETS];
}

static uint64_t own(enum value value)
{
	static struct target self;

	if (self.pid != getpid())
		self = (struct target){ getpid(), start_time(getpid()), 0 };
	return value == VALUE_PID ? (uint64_t)self.pid : self.start;
}

uint64_t stage_value(enum value value, unsigned int which)
{
	const struct target *t = named(which);

	switch (value) {
	case VALUE_PID:
		return t == &stage->target[SELF] ? own(value) : (uint64_t)t->pid;
	case VALUE_START:
		return t == &stage->target[SELF] ? own(value) : t->start;
	case VALUE_TASK:
		return t->id;
	case VALUE_JOB:
		return stage->n_jobs ? stage->job[(stage->n_jobs - 1 - which % 16) % IDS] : which;
	case VALUE_CAP:
		return stage->n_caps ? stage->cap[(stage->n_caps - 1 - which % 8) % IDS] : which;
	default:
		return 0;
	}
}

void stage_learn_job(uint32_t id)
{
	stage->job[stage->n_jobs++ % IDS] = id;
}

void stage_learn_cap(uint32_t id)
{
	stage->cap[stage->n_caps++ % IDS] = id;
}

void stage_learn_task(pid_t pid, uint32_t id)
{
	for (int i = 0; i < TARGETS; i++)
		if (stage->target[i].pid == pid)
			stage->target[i].id = id;
}

/* ---- what is worth sending again ---- */

void stage_keep(const struct msg *m, struct rng *r)
{
	unsigned int at = stage->n_corpus < CORPUS ? stage->n_corpus : rng_below(r, CORPUS);

	stage->corpus[at] = *m;
	stage->n_corpus++;
}

const struct msg *stage_pick(struct rng *r)
{
	unsigned int n = stage->n_corpus < CORPUS ? stage->n_corpus : CORPUS;

	return n ? &stage->corpus[rng_below(r, n)] : NULL;
}
