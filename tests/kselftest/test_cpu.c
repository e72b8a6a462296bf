// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUs that go and come, cpusets and sched_setaffinity() while a task is bound or frozen. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cg.h"
#include "cpus.h"
#include "kit.h"
#include "tap.h"

#define GROUP	"twill_test"

/* Two clusters, and nothing but the first CPUs of each to tell them apart. */
static bool two(struct nlc *c, struct clusters *cl)
{
	cpus_clusters(c, cl);
	if (cl->n < 2)
		tap_skip("this machine has one cluster");
	return cl->n >= 2;
}

static int online_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

/*
 * Every CPU but the first goes and comes, with one task frozen and one bound:
 * the first executes nothing, the second runs on, and is where it was at the
 * end. Without the hotplug callback the binding of a cluster that was gone as
 * a whole, or in part in a cpuset, is lost.
 */
void test_cpu_loop(void)
{
	struct victim *frozen = victim_start(), *bound = victim_start();
	unsigned long long naps, spins;
	int n = online_cpus(), last;
	struct clusters cl;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(agent_set(&c), 0);
	REQUIRE_EQ(tag(&c, frozen->pid), 0);
	REQUIRE_EQ(tag(&c, bound->pid), 0);
	cpus_clusters(&c, &cl);
	last = cl.n - 1;
	REQUIRE_EQ(set_knob("freeze_max_ms", "0"), 0);
	EXPECT_EQ(freeze(&c, frozen->pid, 600000), 0);
	spins = atomic_load(&frozen->spins[0]);
	naps = atomic_load(&frozen->naps);
	EXPECT_EQ(place(&c, bound->pid, -1, 1 << last), 0);
	for (int i = 1; i < n && !tap_failed(); i++) {
		EXPECT_EQ(cpus_one_online(i, false), 0);
		EXPECT(grows(&bound->spins[0], SOON));
		EXPECT_EQ(cpus_one_online(i, true), 0);
		EXPECT(cpus_until_all(bound->pid, &cl.cpus[last], SOON), "CPU %d", i);
	}
	/* All at once, in both orders. */
	for (int i = 1; i < n; i++)
		EXPECT_EQ(cpus_one_online(i, false), 0);
	EXPECT(grows(&bound->spins[1], SOON));
	EXPECT(grows(&bound->naps, SOON));
	for (int i = 1; i < n; i++)
		EXPECT_EQ(cpus_one_online(i, true), 0);
	EXPECT(cpus_until_all(bound->pid, &cl.cpus[last], SOON));
	EXPECT_EQ(atomic_load(&frozen->spins[0]), spins);
	EXPECT_EQ(atomic_load(&frozen->naps), naps);
	EXPECT_EQ(thaw(&c, frozen->pid), 0);
	EXPECT(grows(&frozen->spins[0], PROMISE));
	EXPECT(grows(&frozen->naps, SOON));
	if (tap_failed())
		cpus_show(bound->pid);
	EXPECT_EQ(set_knob("freeze_max_ms", "60000"), 0);
	victim_end(frozen);
	victim_end(bound);
	nlc_close(&c);
}

/*
 * The cpuset of a bound task shrinks: the cpuset wins, and the agent can narrow
 * again within it. At the end the task has what the cpuset allows, no more.
 */
void test_cpuset_shrinks(void)
{
	struct victim *v = victim_start();
	cpu_set_t most, want;
	struct clusters cl;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(agent_set(&c), 0);
	if (!two(&c, &cl))
		goto out;
	if (cg_write(NULL, "cgroup.subtree_control", "+cpuset")) {
		tap_skip("the guest has no cpusets of version 2");
		goto out;
	}
	EXPECT_EQ(cg_make(GROUP), 0);
	EXPECT_EQ(cg_move(GROUP, v->pid), 0);
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(place(&c, v->pid, -1, 2), 0);
	EXPECT(cpus_all_threads(v->pid, &cl.cpus[1]));
	EXPECT_EQ(cg_write(GROUP, "cpuset.cpus", "0-5"), 0);
	cpus_parse("0-5", &most);
	EXPECT(cpus_all_threads(v->pid, &most));
	CPU_AND(&want, &most, &cl.cpus[1]);
	EXPECT_EQ(place(&c, v->pid, -1, 2), 0);
	EXPECT(cpus_all_threads(v->pid, &want));
	/* A CPU outside the cluster goes and comes: the cpuset sets all masks, and we ours again. */
	EXPECT_EQ(cpus_one_online(1, false), 0);
	EXPECT(cpus_until_all(v->pid, &want, SOON));
	EXPECT_EQ(cpus_one_online(1, true), 0);
	EXPECT(cpus_until_all(v->pid, &want, SOON));
	EXPECT_EQ(place(&c, v->pid, -1, 0), 0);
	EXPECT(cpus_all_threads(v->pid, &most));
	/* Nothing of the cluster is left. */
	EXPECT_EQ(place(&c, v->pid, -1, 2), 0);
	EXPECT_EQ(cg_write(GROUP, "cpuset.cpus", "0-3"), 0);
	EXPECT(cpus_all_threads(v->pid, &cl.cpus[0]));
	EXPECT_EQ(place(&c, v->pid, -1, 2), -ERANGE);
	EXPECT(*c.ack);
	EXPECT(cpus_all_threads(v->pid, &cl.cpus[0]));
	EXPECT_EQ(untag(&c, v->pid), 0);
	EXPECT(cpus_all_threads(v->pid, &cl.cpus[0]));
	EXPECT(grows(&v->spins[0], SOON));
out:
	if (tap_failed())
		cpus_show(v->pid);
	victim_end(v);
	cg_remove(GROUP);
	nlc_close(&c);
}

/* Whoever sets an affinity from outside wins, and keeps it when the binding ends. */
void test_affinity_outside(void)
{
	struct victim *v = victim_start();
	cpu_set_t all, other, is;
	struct clusters cl;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(agent_set(&c), 0);
	if (!two(&c, &cl))
		goto out;
	sched_getaffinity(v->pid, sizeof(all), &all);
	EXPECT_EQ(tag(&c, v->pid), 0);
	/* Another cluster, for one thread; the others stay bound. */
	EXPECT_EQ(place(&c, v->pid, -1, 2), 0);
	EXPECT_EQ(sched_setaffinity(v->pid, sizeof(other), &cl.cpus[0]), 0);
	EXPECT_EQ(get_task(&c, v->pid), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_CLUSTERS), 2);
	EXPECT_EQ(untag(&c, v->pid), 0);
	sched_getaffinity(v->pid, sizeof(is), &is);
	EXPECT(CPU_EQUAL(&is, &cl.cpus[0]));
	EXPECT_EQ(sched_setaffinity(v->pid, sizeof(all), &all), 0);
	EXPECT(cpus_all_threads(v->pid, &all));
	/* Wider: placing again narrows it again, and the wider one comes back at the end. */
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(place(&c, v->pid, -1, 2), 0);
	EXPECT_EQ(sched_setaffinity(v->pid, sizeof(all), &all), 0);
	sched_getaffinity(v->pid, sizeof(is), &is);
	EXPECT(CPU_EQUAL(&is, &all));
	EXPECT_EQ(place(&c, v->pid, -1, 2), 0);
	EXPECT(cpus_all_threads(v->pid, &cl.cpus[1]));
	EXPECT_EQ(place(&c, v->pid, -1, 0), 0);
	EXPECT(cpus_all_threads(v->pid, &all));
out:
	victim_end(v);
	nlc_close(&c);
}

#define CHILDREN	8

static atomic_int *children;	/* pids, shared with the victim */

static void *rest(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

/* Processes that rest, of which the eldest is always replaced; and a thread now and then. */
static void fork_on(struct victim *v)
{
	for (unsigned int i = 0; i < CHILDREN || !atomic_load(&v->stop); i++) {
		pid_t pid = atomic_load(&children[i % CHILDREN]);
		pthread_t t;

		if (pid) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			rest(NULL);
		}
		atomic_store(&children[i % CHILDREN], pid);
		if (i % 4 == 0 && atomic_load(&v->kids) < 200 &&
		    !pthread_create(&t, NULL, rest, NULL))
			atomic_fetch_add(&v->kids, 1);
		atomic_fetch_add(&v->forks, 1);
	}
	atomic_store(&v->note, 1);
	rest(NULL);
}

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

/* What a child should have: what its own tag says, and all without one. */
static const cpu_set_t *due(struct nlc *c, pid_t pid, const struct clusters *cl,
			    const cpu_set_t *all)
{
	uint32_t mask = get_task(c, pid) ? 0 : task_u32(c, TWILL_A_TASK_CLUSTERS);

	return mask ? &cl->cpus[mask - 1] : all;
}

static int count_bad(struct nlc *c, const struct clusters *cl, const cpu_set_t *all)
{
	int bad = 0;

	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = atomic_load(&children[i]);

		if (cpus_until_all(pid, due(c, pid, cl, all), SOON / 10))
			continue;
		cpus_show(pid);
		bad++;
	}
	return bad;
}

/* Bind or let go in the middle of a fork, and no fork sees two of these. */
static void place_forking(struct nlc *c, struct victim *v, int clusters)
{
	EXPECT_EQ(place(c, v->pid, -1, clusters), 0);
	EXPECT(grows(&v->forks, SOON));
}

/*
 * Bound and let go in the middle of forks and clones: in the end everything
 * has the mask that it should. A fork copies the mask when it begins, and comes
 * into sight only when it is done.
 */
static void bind_forking(bool inherit)
{
	int rounds = slow_kernel() ? 2 : 6;
	struct clusters cl;
	struct nlc c, d;
	cpu_set_t all;

	children = mmap(NULL, CHILDREN * sizeof(*children), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(children != MAP_FAILED);
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(nlc_open(&d), 0);
	REQUIRE_EQ(agent_set(&c), 0);
	if (!two(&d, &cl))
		goto out;
	for (int i = 0; i < rounds && !tap_failed(); i++) {
		struct victim *v;
		bool bound = i & 1;
		int bad;

		memset(children, 0, CHILDREN * sizeof(*children));
		v = victim_run(fork_on);
		sched_getaffinity(v->pid, sizeof(all), &all);
		EXPECT_EQ(inherit ? tag_inherit(&d, v->pid) : tag(&d, v->pid), 0);
		EXPECT(grows(&v->forks, SOON));
		for (int k = 0; k < 10; k++) {
			place_forking(&c, v, 2);
			if (k == 9 && bound)
				break;
			if (k & 2)
				place_forking(&c, v, 1);
			place_forking(&c, v, 0);
		}
		atomic_store(&v->stop, true);
		EXPECT(until(noted, v, SOON));
		EXPECT(cpus_until_all(v->pid, bound ? &cl.cpus[1] : &all, SOON));
		bad = count_bad(&d, &cl, &all);
		EXPECT(!bad, "%d children have a wrong mask", bad);
		if (tap_failed())
			cpus_show(v->pid);
		victim_end(v);
	}
out:
	munmap(children, CHILDREN * sizeof(*children));
	nlc_close(&c);
	nlc_close(&d);
}

void test_bind_forking(void)
{
	bind_forking(true);
	bind_forking(false);
}
