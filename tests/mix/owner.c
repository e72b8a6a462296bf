// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who holds targets: owners that freeze them, and look that they stand still;
 * one that is killed again and again; an agent that binds them and sets gates.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mix.h"

/* A target that dies, a module that goes, and who else holds it: nothing else refuses. */
static bool expected(int err)
{
	return !err || err == -ESRCH || err == -ENOENT || err == -EBUSY;
}

static int some_pid(struct rng *r)
{
	return atomic_load(&mix->slot[rng_below(r, SLOTS)].pid);
}

static bool reopen(struct nlc *c)
{
	nlc_close(c);
	return !nlc_open(c);
}

/* What was asked has gone wrong, if it cannot be that the module was away. */
static void check(const char *what, int err, unsigned int module)
{
	if (!expected(err) && atomic_load(&mix->module) == module)
		mix_wrong("%s: error %d", what, err);
}

/*
 * After a freeze has returned no thread of the task runs in user mode, until it
 * is thawed, another process has taken the slot, or the module is unloaded. One
 * that a control group lets go may run until it is interrupted (locking.rst).
 */
static void look(struct slot *slot, unsigned int life, unsigned int module, struct rng *r)
{
	unsigned int released = atomic_load(&mix->released);
	unsigned long long ticks = atomic_load(&slot->ticks), more;

	pass(rng_below(r, 30));
	more = atomic_load(&slot->ticks) - ticks;
	if (atomic_load(&slot->life) != life || atomic_load(&mix->module) != module)
		return;
	if (more && (released & 1 || atomic_load(&mix->released) != released))
		return;
	if (more)
		mix_wrong("%s ticks %llu times though frozen", slot_names[slot - mix->slot], more);
	atomic_fetch_add(&mix->checked, 1);
}

static void freeze_one(struct nlc *c, struct rng *r)
{
	struct slot *slot = &mix->slot[rng_below(r, SLOTS)];
	unsigned int life = atomic_load(&slot->life), module = atomic_load(&mix->module);
	int pid = atomic_load(&slot->pid), err;

	err = rng_one_in(r, 2) ? tag_inherit(c, pid) : tag(c, pid);
	check("tag", err, module);
	if (err)
		return;
	err = freeze(c, pid, 60000);
	check("freeze", err, module);
	if (err)
		return;
	look(slot, life, module, r);
	if (rng_one_in(r, 4))
		return;	/* the socket's end will thaw it */
	check("thaw", thaw(c, pid), module);
}

static int renew(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_LEASE_RENEW);
	return nlc_do(c);
}

static void own(struct rng *r, atomic_ullong *did)
{
	static struct nlc c = { .fd = -1 };
	unsigned int module;

	while (!atomic_load(&mix->stop)) {
		module = atomic_load(&mix->module);
		if (c.fd < 0 || rng_one_in(r, 8) || renew(&c)) {
			if (!reopen(&c)) {
				pass(5);
				continue;
			}
		}
		freeze_one(&c, r);
		if (rng_one_in(r, 16))
			check("untag", untag(&c, some_pid(r)), module);
		atomic_fetch_add(did, 1);
	}
	nlc_close(&c);
}

static void own_until_killed(struct rng *r, atomic_ullong *did)
{
	while (!atomic_load(&mix->stop)) {
		struct rng its = { rng_next(r) };
		pid_t pid = fork();

		if (!pid) {
			atomic_ullong uncounted;

			prctl(PR_SET_PDEATHSIG, SIGKILL);
			own(&its, &uncounted);
			_exit(0);
		}
		pass(rng_below(r, 600));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		atomic_fetch_add(did, 1);
	}
}

static int set_gate(struct nlc *c, struct rng *r)
{
	nlc_begin(c, TWILL_CMD_GATE_SET);
	nlc_nest(c, TWILL_A_GATE);
	nlc_u32(c, TWILL_A_GATE_ACCELERATOR, TWILL_ACCELERATOR_GPU);
	nlc_u32(c, TWILL_A_GATE_MODE, rng_below(r, 4) ? TWILL_GATE_MODE_ENFORCE :
						       TWILL_GATE_MODE_OBSERVE);
	nlc_u32(c, TWILL_A_GATE_ORDER, rng_below(r, 2));
	return nlc_do(c);
}

static void decide(struct rng *r, atomic_ullong *did)
{
	static struct nlc c = { .fd = -1 };

	while (!atomic_load(&mix->stop)) {
		unsigned int module = atomic_load(&mix->module);
		int pid = some_pid(r), err;

		if (c.fd < 0 || rng_one_in(r, 32) || agent_set(&c)) {
			if (!reopen(&c) || agent_set(&c)) {
				pass(5);
				continue;
			}
		}
		check("gate-set", set_gate(&c, r), module);
		err = place(&c, pid, rng_one_in(r, 2) ? TWILL_ACCELERATOR_GPU : -1, rng_below(r, 2));
		/* No CPU of the cluster may be left, or none that the target may have. */
		check("place", err == -EINVAL ? 0 : err, module);
		pass(rng_below(r, 20));
		atomic_fetch_add(did, 1);
	}
	nlc_close(&c);
}

void owner_disturb(int who, struct rng *r)
{
	atomic_ullong *did = &mix->did[who];

	if (who == AGENT)
		decide(r, did);
	else if (who == OWNERS_KILLED)
		own_until_killed(r, did);
	else
		own(r, did);
}
