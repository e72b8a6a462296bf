// SPDX-License-Identifier: GPL-2.0-or-later
/* What is refused, with which error, and always with a reason in words. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gates.h"
#include "kit.h"
#include "tap.h"

#define REFUSED(c, request, err) do { \
	EXPECT_EQ(request, err); \
	EXPECT(*(c).ack, "%s: refused without a word", #request); \
} while (0)

static int tag_with_start(struct nlc *c, pid_t pid, uint64_t start)
{
	nlc_begin(c, TWILL_CMD_TASK_SET);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_PID, pid);
	if (start != UINT64_MAX)
		nlc_u64(c, TWILL_A_TASK_START_TIME, start);
	return nlc_do(c);
}

static int tag_by_both(struct nlc *c, pid_t pid)
{
	nlc_begin(c, TWILL_CMD_TASK_SET);
	nlc_nest(c, TWILL_A_TASK);
	name_pid(c, pid);
	nlc_u32(c, TWILL_A_TASK_ID, 123456);
	return nlc_do(c);
}

static int tag_u32(struct nlc *c, uint16_t attr, uint32_t value)
{
	nlc_begin(c, TWILL_CMD_TASK_SET);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, attr, value);
	return nlc_do(c);
}

static int cap(struct nlc *c, int kind, int cpu, const char *device, uint32_t khz)
{
	nlc_begin(c, TWILL_CMD_CAP_SET);
	nlc_nest(c, TWILL_A_CAP);
	if (kind >= 0)
		nlc_u32(c, TWILL_A_CAP_KIND, kind);
	if (cpu >= 0)
		nlc_u32(c, TWILL_A_CAP_CPU, cpu);
	if (device)
		nlc_str(c, TWILL_A_CAP_DEVICE, device);
	if (khz)
		nlc_u32(c, TWILL_A_CAP_MAX_KHZ, khz);
	return nlc_do(c);
}

static int cap_del(struct nlc *c, uint32_t id)
{
	nlc_begin(c, TWILL_CMD_CAP_DEL);
	nlc_nest(c, TWILL_A_CAP);
	if (id)
		nlc_u32(c, TWILL_A_CAP_ID, id);
	return nlc_do(c);
}

/* A change of a cap; with a kind, which it cannot change. */
static int cap_of(struct nlc *c, uint32_t id, int kind)
{
	nlc_begin(c, TWILL_CMD_CAP_SET);
	nlc_nest(c, TWILL_A_CAP);
	nlc_u32(c, TWILL_A_CAP_ID, id);
	if (kind >= 0)
		nlc_u32(c, TWILL_A_CAP_KIND, kind);
	nlc_u32(c, TWILL_A_CAP_MAX_KHZ, 1000);
	return nlc_do(c);
}

/* A kernel thread, by its parent kthreadd. */
#define KTHREADD	2

void test_refusals(void)
{
	struct victim *v = victim_start();
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	/* Tagging */
	REFUSED(c, tag(&c, KTHREADD), -EINVAL);
	REFUSED(c, tag(&c, 1), -EPERM);
	REFUSED(c, tag_with_start(&c, v->pid, UINT64_MAX), -EINVAL);
	REFUSED(c, tag_with_start(&c, v->pid, start_time(v->pid) + 1), -ESRCH);
	REFUSED(c, tag_with_start(&c, 4000000, 0), -ESRCH);
	REFUSED(c, tag_by_both(&c, v->pid), -EINVAL);
	EXPECT_EQ(tag_with_start(&c, 0, 0), -ERANGE);
	EXPECT_EQ(tag_u32(&c, TWILL_A_TASK_CLASS, 4), -ERANGE);
	EXPECT_EQ(tag_u32(&c, TWILL_A_TASK_CAN_USE, 32), -ERANGE);
	REFUSED(c, tag_u32(&c, TWILL_A_TASK_CAN_USE, 1), -EINVAL);
	REFUSED(c, untag(&c, v->pid), -ESRCH);
	REFUSED(c, tag_u32(&c, TWILL_A_TASK_ID, 123456), -ESRCH);
	EXPECT_EQ(knob("tasks"), 0);
	/* Freezing */
	REFUSED(c, freeze(&c, v->pid, 0), -ESRCH);
	REFUSED(c, freeze(&c, 1, 0), -ESRCH);
	EXPECT_EQ(tag(&c, 0), 0);
	REFUSED(c, freeze(&c, 0, 0), -EDEADLK);
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, TWILL_TTL_MS_MAX + 1), -ERANGE);
	REFUSED(c, thaw(&c, v->pid), -ENOENT);
	/* Itself in the same group */
	EXPECT_EQ(tag_group(&c, 0, 3), 0);
	EXPECT_EQ(tag_group(&c, v->pid, 3), 0);
	REFUSED(c, freeze(&c, v->pid, 0), -EDEADLK);
	EXPECT_EQ(knob("frozen"), 0);
	EXPECT(grows(&v->spins[0], SOON));
	EXPECT_EQ(untag(&c, 0), 0);
	/* Placing without being the agent */
	REFUSED(c, place(&c, v->pid, TWILL_ACCELERATOR_GPU, -1), -EPERM);
	/* Caps */
	REFUSED(c, cap(&c, -1, 0, NULL, 1000), -EINVAL);
	REFUSED(c, cap(&c, TWILL_CAP_KIND_CPUFREQ, 0, NULL, 0), -EINVAL);
	REFUSED(c, cap(&c, TWILL_CAP_KIND_CPUFREQ, -1, NULL, 1000), -EINVAL);
	REFUSED(c, cap(&c, TWILL_CAP_KIND_DEVICE, 0, NULL, 1000), -EINVAL);
	REFUSED(c, cap(&c, TWILL_CAP_KIND_CPUFREQ, 0, NULL, 0x80000000), -ERANGE);
	REFUSED(c, cap(&c, TWILL_CAP_KIND_CPUFREQ, 4096, NULL, 1000), -ENODEV);
	REFUSED(c, cap(&c, TWILL_CAP_KIND_DEVICE, -1, "no.such", 1000), -ENODEV);
	EXPECT_EQ(cap(&c, 2, 0, NULL, 1000), -ERANGE);
	REFUSED(c, cap_del(&c, 99), -ENOENT);
	REFUSED(c, cap_del(&c, 0), -EINVAL);
	REFUSED(c, cap_of(&c, 99, TWILL_CAP_KIND_CPUFREQ), -EINVAL);
	REFUSED(c, cap_of(&c, 99, -1), -ENOENT);
	/* Gates */
	REFUSED(c, gate_op(&c, TWILL_CMD_GATE_GET, -1), -EINVAL);
	REFUSED(c, gate_op(&c, TWILL_CMD_GATE_DEL, TWILL_ACCELERATOR_GPU), -ENOENT);
	/* Jobs */
	REFUSED(c, job_begin(&c, "resnet"), -ESRCH);
	EXPECT_EQ(knob("frozen"), 0);
	victim_end(v);
	nlc_close(&c);
}

/* A job of this process, its model named or not. */
static int begin(struct nlc *c, const char *model, uint32_t accelerator)
{
	nlc_begin(c, TWILL_CMD_JOB_BEGIN);
	nlc_nest(c, TWILL_A_JOB);
	if (model)
		nlc_str(c, TWILL_A_JOB_MODEL, model);
	nlc_u32(c, TWILL_A_JOB_ACCELERATOR, accelerator);
	return nlc_do(c);
}

/* A request about a job with nothing said of it; an empty object is one. */
static int empty(struct nlc *c, uint8_t cmd)
{
	nlc_begin(c, cmd);
	nlc_nest(c, TWILL_A_JOB);
	return nlc_do(c);
}

/* Tagged as well, and told of a job that is not its own. */
static void end_others_job(struct victim *v)
{
	struct nlc c;
	int err = nlc_open(&c);

	while (!atomic_load(&v->word))
		usleep(1000);
	if (!err)
		err = tag(&c, 0);
	if (!err)
		err = job_step(&c, TWILL_CMD_JOB_END, atomic_load(&v->word));
	atomic_store(&v->note, err ? err : 1);
	for (;;)
		pause();
}

void test_job_refusals(void)
{
	struct victim *v = victim_run(end_others_job);
	struct nlc c;
	uint32_t id;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, 0), 0);
	REFUSED(c, begin(&c, "m", TWILL_ACCELERATOR_DLA0), -EINVAL);	/* not in can-use */
	REFUSED(c, begin(&c, NULL, TWILL_ACCELERATOR_GPU), -EINVAL);
	REFUSED(c, empty(&c, TWILL_CMD_JOB_END), -EINVAL);
	REFUSED(c, empty(&c, TWILL_CMD_JOB_GET), -EINVAL);
	REFUSED(c, job_step(&c, TWILL_CMD_JOB_SET, 1), -EINVAL);
	EXPECT_EQ(job_begin(&c, "m"), 0);
	id = nlc_get(&c, TWILL_A_JOB, TWILL_A_JOB_ID);
	REFUSED(c, job_step(&c, TWILL_CMD_JOB_UNIT, id), -EINVAL);	/* not placed */
	atomic_store(&v->word, id);
	EXPECT(until_int(&v->note, -ESRCH, SOON), "%d", atomic_load(&v->note));
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_END, id), 0);
	EXPECT_EQ(untag(&c, 0), 0);
	victim_end(v);
	nlc_close(&c);
}

static pid_t other;	/* the process that the unprivileged one tries to act on */

static int budget(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_BUDGET_SET);
	nlc_nest(c, TWILL_A_BUDGET);
	nlc_u32(c, TWILL_A_BUDGET_MW, 20000);
	return nlc_do(c);
}

static void count_tasks(struct nlc *c, void *data)
{
	int *n = data;

	(void)c;
	++*n;
}

#define CHECK(cond) do { if (!(cond)) { atomic_store(&v->note, -__LINE__); return; } } while (0)

static void nobody_acts(struct victim *v)
{
	struct nlc c;
	int n = 0;

	CHECK(!setgid(65534) && !setuid(65534));
	CHECK(!nlc_open(&c));
	CHECK(!tag(&c, 0));
	CHECK(!tag_u32(&c, TWILL_A_TASK_PRIORITY, 50));
	CHECK(tag_u32(&c, TWILL_A_TASK_PRIORITY, 51) == -EPERM && *c.ack);
	CHECK(!tag_u32(&c, TWILL_A_TASK_PRIORITY, 49));
	CHECK(!get_task(&c, 0));
	CHECK(!job_begin(&c, "resnet"));
	CHECK(tag(&c, other) == -EPERM && *c.ack);
	CHECK(untag(&c, other) == -EPERM && *c.ack);
	CHECK(get_task(&c, other) == -EPERM && *c.ack);
	CHECK(freeze(&c, other, 0) == -EPERM && *c.ack);
	CHECK(thaw(&c, other) == -EPERM);
	CHECK(agent_set(&c) == -EPERM && *c.ack);
	CHECK(budget(&c) == -EPERM && *c.ack);
	CHECK(cap(&c, TWILL_CAP_KIND_CPUFREQ, 0, NULL, 1000) == -EPERM && *c.ack);
	/* The group of somebody else would freeze that with it. */
	CHECK(tag_u32(&c, TWILL_A_TASK_GROUP, 9) == -EPERM && *c.ack);
	CHECK(!tag_u32(&c, TWILL_A_TASK_GROUP, 10));
	/* A dump shows only what it may see. */
	CHECK(!nlc_dump(&c, TWILL_CMD_TASK_GET, count_tasks, &n) && n == 1);
	CHECK(!untag(&c, 0));
	atomic_store(&v->note, 1);
}

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

void test_unprivileged(void)
{
	struct victim *v = victim_start(), *w;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag_group(&c, v->pid, 9), 0);
	other = v->pid;
	w = victim_run(nobody_acts);
	EXPECT(until(noted, w, SOON));
	EXPECT(atomic_load(&w->note) == 1, "check in line %d", -atomic_load(&w->note));
	EXPECT(grows(&v->spins[0], SOON));
	victim_end(w);
	victim_end(v);
	nlc_close(&c);
}
