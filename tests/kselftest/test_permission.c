// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may do what: every cell of permission_table.h is tried by an actor, a
 * process that becomes who it is to be, on a target that has tagged itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"
#include "who.h"

#define USER	1000	/* of the target, and of who is of its user */
#define OTHER	1001
#define GROUP	77
#define NOBODY	0x3ffffff	/* above every pid */

/* Results besides errors. */
enum { yes = 0, unseen = 1000, UNTRIED = 1001 };

/* What target and test know of each other, in memory that they share. */
struct card {
	atomic_int ready;	/* 1, or a negative errno */
	uint32_t pid;
	uint32_t id;
	uint32_t job;
	uint64_t start;
	int got[64];
};

static struct card *card;

static void name_target(struct nlc *c)
{
	nlc_u32(c, TWILL_A_TASK_PID, card->pid);
	nlc_u64(c, TWILL_A_TASK_START_TIME, card->start);
}

static void on_target(struct nlc *c, uint8_t cmd)
{
	nlc_begin(c, cmd);
	nlc_nest(c, TWILL_A_TASK);
	name_target(c);
}

static int on_target_u32(struct nlc *c, uint16_t attr, uint32_t value)
{
	on_target(c, TWILL_CMD_TASK_SET);
	nlc_u32(c, attr, value);
	return nlc_do(c);
}

/* ---- operations ---- */

static int get(struct nlc *c)
{
	on_target(c, TWILL_CMD_TASK_GET);
	return nlc_do(c);
}

static int get_id(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_TASK_GET);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_ID, card->id);
	return nlc_do(c);
}

/* By pid and by id, and with the start of another process: all must look alike. */
static int get_nobody(struct nlc *c)
{
	int err[2];

	nlc_begin(c, TWILL_CMD_TASK_GET);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_PID, NOBODY);
	nlc_u64(c, TWILL_A_TASK_START_TIME, card->start);
	err[0] = nlc_do(c);
	nlc_begin(c, TWILL_CMD_TASK_GET);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_ID, NOBODY);
	err[1] = nlc_do(c);
	return err[0] == err[1] ? err[0] : -EBADMSG;
}

static void look(struct nlc *c, void *data)
{
	int *found = data;

	if (task_u32(c, TWILL_A_TASK_ID) == card->id)
		*found = true;
}

static int dump(struct nlc *c)
{
	int found = false, err = nlc_dump(c, TWILL_CMD_TASK_GET, look, &found);

	return err ? err : found ? yes : unseen;
}

static int lower(struct nlc *c) { return on_target_u32(c, TWILL_A_TASK_PRIORITY, 50); }
static int raise_(struct nlc *c) { return on_target_u32(c, TWILL_A_TASK_PRIORITY, 200); }

/* The actor itself joins the target's group, and leaves it again. */
static int join(struct nlc *c)
{
	int err = tag_group(c, 0, GROUP);
	char ack[sizeof(c->ack)];

	memcpy(ack, c->ack, sizeof(ack));
	if (!err && task_u32(c, TWILL_A_TASK_ID) != card->id)
		err = tag_group(c, 0, 0) ? -EBADMSG : 0;
	memcpy(c->ack, ack, sizeof(ack));
	return err;
}

static int freeze_(struct nlc *c)
{
	on_target(c, TWILL_CMD_TASK_FREEZE);
	return nlc_do(c);
}

static int thaw_(struct nlc *c)
{
	on_target(c, TWILL_CMD_TASK_THAW);
	return nlc_do(c);
}

static int agent(struct nlc *c) { return agent_set(c); }

static int place_(struct nlc *c)
{
	on_target(c, TWILL_CMD_TASK_PLACE);
	nlc_u32(c, TWILL_A_TASK_PLACEMENT, TWILL_ACCELERATOR_GPU);
	return nlc_do(c);
}

static int predict(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_JOB_SET);
	nlc_nest(c, TWILL_A_JOB);
	nlc_u32(c, TWILL_A_JOB_ID, card->job);
	nlc_u32(c, TWILL_A_JOB_PREDICTED_US, 1000);
	return nlc_do(c);
}

static int begin(struct nlc *c)
{
	int err = job_begin(c, "own");

	if (err)
		return err;
	return job_step(c, TWILL_CMD_JOB_END, nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_ID));
}

static void look_for_job(struct nlc *c, void *data)
{
	int *found = data;

	if (nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_ID) == card->job)
		*found = true;
}

static int dump_jobs(struct nlc *c)
{
	int found = false, err = nlc_dump(c, TWILL_CMD_JOB_GET, look_for_job, &found);

	return err ? err : found ? yes : unseen;
}

static int see_job(struct nlc *c) { return job_step(c, TWILL_CMD_JOB_GET, card->job); }

static int untag_(struct nlc *c)
{
	on_target(c, TWILL_CMD_TASK_DEL);
	return nlc_do(c);
}

static int budget(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_BUDGET_SET);
	nlc_nest(c, TWILL_A_BUDGET);
	nlc_u32(c, TWILL_A_BUDGET_MW, 0);
	return nlc_do(c);
}

/* Of a device that no board has: what is asked is who may try. */
static int cap(struct nlc *c)
{
	int err;

	nlc_begin(c, TWILL_CMD_CAP_SET);
	nlc_nest(c, TWILL_A_CAP);
	nlc_u32(c, TWILL_A_CAP_KIND, TWILL_CAP_KIND_DEVICE);
	nlc_str(c, TWILL_A_CAP_DEVICE, "no.such");
	nlc_u32(c, TWILL_A_CAP_MAX_KHZ, 1000);
	err = nlc_do(c);
	return err == -ENODEV ? 0 : err;
}

static int gate(struct nlc *c)
{
	int err;

	nlc_begin(c, TWILL_CMD_GATE_SET);
	nlc_nest(c, TWILL_A_GATE);
	nlc_u32(c, TWILL_A_GATE_ACCELERATOR, TWILL_ACCELERATOR_GPU);
	nlc_u32(c, TWILL_A_GATE_ORDER, TWILL_GATE_ORDER_WEIGHTED);
	err = nlc_do(c);
	if (err)
		return err;
	nlc_begin(c, TWILL_CMD_GATE_DEL);
	nlc_nest(c, TWILL_A_GATE);
	nlc_u32(c, TWILL_A_GATE_ACCELERATOR, TWILL_ACCELERATOR_GPU);
	return nlc_do(c);
}

static int renew(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_LEASE_RENEW);
	return nlc_do(c);
}

static int board(struct nlc *c)
{
	int err = nlc_dump(c, TWILL_CMD_CLUSTER_GET, NULL, NULL);

	if (!err)
		err = nlc_dump(c, TWILL_CMD_CAP_GET, NULL, NULL);
	if (!err)
		err = nlc_dump(c, TWILL_CMD_GATE_GET, NULL, NULL);
	if (err)
		return err;
	nlc_begin(c, TWILL_CMD_BUDGET_GET);
	err = nlc_do(c);
	if (err)
		return err;
	nlc_begin(c, TWILL_CMD_AGENT_GET);
	err = nlc_do(c);
	return err == -ENOENT ? 0 : err;	/* there is none */
}

/* ---- the table ---- */

#define ACTORS(...)	static const char order[] = #__VA_ARGS__;
#define ROW(...)
#include "permission_table.h"
#undef ACTORS
#undef ROW

#define N_ACTORS	13

static const struct row {
	const char *name;
	int (*try)(struct nlc *c);
	int want[N_ACTORS];	/* an errno, positive; yes, unseen */
} rows[] = {
#define ACTORS(...)
#define ROW(name, try, ...) { name, try, { __VA_ARGS__ } },
#include "permission_table.h"
};

#define N_ROWS	((int)(sizeof(rows) / sizeof(rows[0])))

/* ---- who acts ---- */

static int nobody(void) { return who_user(OTHER, 0); }
static int fellow(void) { return who_user(USER, 0); }
static int nice_other(void) { return who_user(OTHER, CAPS(CAP_SYS_NICE)); }
static int nice_fellow(void) { return who_user(USER, CAPS(CAP_SYS_NICE)); }
static int nice_killer(void) { return who_user(OTHER, CAPS(CAP_SYS_NICE) | CAPS(CAP_KILL)); }
static int killer(void) { return who_user(OTHER, CAPS(CAP_KILL)); }
static int admin(void) { return who_user(OTHER, CAPS(CAP_SYS_ADMIN)); }

static int root_of(int flags)
{
	int err = who_user(OTHER, 0);

	return err ? err : who_container(flags);
}

static int own_userns(void) { return root_of(0); }
static int container(void) { return root_of(CLONE_NEWNET | CLONE_NEWPID); }
static int pid_ns(void) { return unshare(CLONE_NEWPID) ? -errno : 0; }
static int net_ns(void) { return unshare(CLONE_NEWNET) ? -errno : 0; }

enum where {
	OUTSIDE,	/* the target is a process of USER on the host */
	ITSELF,
	MADE,		/* in a namespace that OTHER has made */
	CHILD,		/* in the actor's own namespaces */
};

/* In the order of the table's columns. */
static const struct actor {
	const char *name;
	int (*become)(void);
	enum where target;
} actors[N_ACTORS] = {
	{ "own", nobody, ITSELF },
	{ "same", fellow, OUTSIDE },
	{ "nice", nice_other, OUTSIDE },
	{ "nice_same", nice_fellow, OUTSIDE },
	{ "nice_kill", nice_killer, OUTSIDE },
	{ "kill", killer, OUTSIDE },
	{ "admin", admin, OUTSIDE },
	{ "maker", nobody, MADE },
	{ "inside", container, CHILD },
	{ "userns", own_userns, OUTSIDE },
	{ "container", container, OUTSIDE },
	{ "pidns", pid_ns, OUTSIDE },
	{ "netns", net_ns, OUTSIDE },
};

static const struct actor *actor;

/* Tag itself, join a group, begin a job, and say who one is. */
static void introduce(struct nlc *c)
{
	int err = nlc_open(c);

	if (!err)
		err = tag_group(c, 0, GROUP);
	card->pid = task_u32(c, TWILL_A_TASK_PID);
	card->id = task_u32(c, TWILL_A_TASK_ID);
	card->start = nlc_get64(c, TWILL_A_TASK, TWILL_A_TASK_START_TIME);
	if (!err)
		err = job_begin(c, "target");
	card->job = nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_ID);
	atomic_store(&card->ready, err ? err : 1);
}

static void rest(void)
{
	for (;;)
		pause();
}

static void be_target(struct victim *v)
{
	struct nlc c;
	int err = 0;

	(void)v;
	if (actor->target == OUTSIDE)
		err = who_user(USER, 0);
	else if (actor->target == MADE)
		err = own_userns();
	if (err)
		atomic_store(&card->ready, err);
	else
		introduce(&c);
	rest();
}

static bool introduced(void *data)
{
	(void)data;
	return atomic_load(&card->ready);
}

/* Every row; a refusal without a word counts as an error of its own. */
static void try_all(struct victim *v)
{
	struct nlc own, c;
	int err;

	if (actor->target == ITSELF) {
		introduce(&own);
	} else if (actor->target == CHILD && !fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		be_target(v);
	}
	until(introduced, NULL, SOON);
	err = nlc_open(&c);
	if (!err && actor->target != ITSELF)
		err = tag(&c, 0);
	for (int i = 0; !err && i < N_ROWS; i++) {
		int got = rows[i].try(&c);

		card->got[i] = got >= 0 ? got : *c.ack ? -got : EBADMSG;
	}
	atomic_store(&v->note, err ? err : 1);
	rest();
}

/* A new pid namespace is for the children of who has made it. */
static void act(struct victim *v)
{
	int err = actor->become();

	if (err) {
		atomic_store(&v->note, err);
	} else if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		try_all(v);
	}
	rest();
}

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

static void compare(int who)
{
	for (int i = 0; i < N_ROWS; i++)
		EXPECT(card->got[i] == rows[i].want[who], "%s, %s: %d, not %d", rows[i].name,
		       actors[who].name, card->got[i], rows[i].want[who]);
}

static void permission(int who)
{
	struct victim *target = NULL, *v;

	actor = &actors[who];
	card = mmap(NULL, sizeof(*card), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(card != MAP_FAILED);
	for (int i = 0; i < N_ROWS; i++)
		card->got[i] = UNTRIED;
	if (actor->target == OUTSIDE || actor->target == MADE) {
		target = victim_run(be_target);
		EXPECT(until(introduced, NULL, SOON));
		EXPECT_EQ(atomic_load(&card->ready), 1);
	}
	v = victim_run(act);
	EXPECT(until(noted, v, SOON));
	EXPECT_EQ(atomic_load(&card->ready), 1);
	EXPECT_EQ(atomic_load(&v->note), 1);
	compare(who);
	victim_end(v);
	if (target)
		victim_end(target);
	munmap(card, sizeof(*card));
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
}

/* The columns of the header are the actors above. */
static void test_columns(void)
{
	char names[sizeof(order) + 16] = "";

	for (int i = 0; i < N_ACTORS; i++) {
		strcat(names, i ? ", " : "");
		strcat(names, actors[i].name);
	}
	EXPECT(!strcmp(names, order), "%s", names);
}

void test_permission_own(void)
{
	test_columns();
	permission(0);
}

#define ACTOR(name, who) void test_permission_##name(void) { permission(who); }

ACTOR(same, 1)
ACTOR(nice, 2)
ACTOR(nice_same, 3)
ACTOR(nice_kill, 4)
ACTOR(kill, 5)
ACTOR(admin, 6)
ACTOR(maker, 7)
ACTOR(inside, 8)
ACTOR(userns, 9)
ACTOR(container, 10)
ACTOR(pidns, 11)
ACTOR(netns, 12)

/* ---- what a container learns without asking ---- */

static void listen_inside(struct victim *v)
{
	struct nlc c;
	int err = container();

	if (!err && fork())
		rest();	/* a new pid namespace is for the children */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!err)
		err = nlc_open(&c);
	if (!err)
		err = nlc_join(&c);
	atomic_store(&v->note, err ? err : 1);
	while (!atomic_load(&v->ready))
		usleep(1000);
	/* What was sent is there at once; the agent is named by no number of another namespace. */
	if (nlc_event(&c, 100) != -ETIMEDOUT)
		err = -EBADMSG;
	nlc_begin(&c, TWILL_CMD_AGENT_GET);
	if (!err)
		err = nlc_do(&c);
	if (!err && nlc_get(&c, TWILL_A_AGENT, TWILL_A_AGENT_PID))
		err = -EBADMSG;
	atomic_store(&v->naps, err ? 98 : 1);
	rest();
}

static bool finished(void *data)
{
	return atomic_load(&((struct victim *)data)->naps);
}

void test_container_hears_nothing(void)
{
	struct victim *v = victim_run(listen_inside);
	struct nlc agent_c, all;

	EXPECT(until(noted, v, SOON));
	EXPECT_EQ(atomic_load(&v->note), 1);
	REQUIRE_EQ(nlc_open(&all), 0);
	REQUIRE_EQ(nlc_join(&all), 0);
	REQUIRE_EQ(nlc_open(&agent_c), 0);
	EXPECT_EQ(agent_set(&agent_c), 0);
	EXPECT_EQ(tag(&agent_c, v->pid), 0);
	EXPECT_EQ(nlc_event(&all, SOON), 0);
	EXPECT(nlc_has(&all, TWILL_A_EVENT, 0));
	EXPECT(!nlc_has(&all, TWILL_A_AGENT, 0));
	atomic_store(&v->ready, 1);
	EXPECT(until(finished, v, SOON));
	EXPECT_EQ(atomic_load(&v->naps), 1);
	victim_end(v);
	nlc_close(&agent_c);
	nlc_close(&all);
}
