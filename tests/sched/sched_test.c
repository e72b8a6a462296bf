// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sched_test - the sched_ext policy of bpf/ and twill.ko's answers to it, in a guest, as
 * root, with the module loaded: sched_test [TEST...]. Prints TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../kselftest/cpus.h"
#include "../kselftest/kit.h"
#include "../kselftest/ko.h"
#include "../kselftest/pm.h"
#include "../kselftest/tap.h"
#include "sched/scx.h"
#include "../../kmod/sched_task.h"
#include "ask.skel.h"
#include "little.skel.h"
#include "number.skel.h"

#define STATE	"/sys/kernel/sched_ext/state"
#define HOGS	4
#define ROUNDS	(getenv("TWILL_ROUNDS") ? atoi(getenv("TWILL_ROUNDS")) : 100)
#define STORM_S	(getenv("TWILL_STORM_S") ? atoi(getenv("TWILL_STORM_S")) : 0)
#define DEADLINE_US	5000000

static char why[512];

/* CPUs of the first cluster. */
static int near(void) { return (sysconf(_SC_NPROCESSORS_CONF) + 1) / 2; }

/* All CPUs as two clusters, whatever they are: so that both queues are in use. */
static struct scx_shape shape(void)
{
	struct scx_shape s = { .cpus = sysconf(_SC_NPROCESSORS_CONF), .clusters = 2 };
	uint32_t i;

	for (i = 0; i < s.cpus; i++)
		s.cluster_of[i] = (int)i >= near();
	return s;
}

static int attach(struct scx **s, const struct scx_options *o)
{
	struct scx_shape sh = shape();
	int err = scx_open(s, &sh, o, why, sizeof(why));

	if (!err)
		err = scx_attach(*s, why, sizeof(why));
	if (err)
		printf("# %s\n", why);
	return err;
}

static bool state_is(void *want)
{
	char is[32] = "";
	FILE *f = fopen(STATE, "re");

	if (!f)
		return false;
	if (!fgets(is, sizeof(is), f))
		*is = 0;
	fclose(f);
	is[strcspn(is, "\n")] = 0;
	return !strcmp(is, want);
}

static bool until_fair(void)
{
	return until(state_is, (void *)"disabled", SOON);
}

/* Spins for ever. */
static void hog(struct victim *v)
{
	for (;;)
		atomic_fetch_add(&v->spins[0], 1);
}

/* A job of our own task; its number, or 0. */
static uint32_t begin(struct nlc *c, uint32_t deadline_us)
{
	nlc_begin(c, TWILL_CMD_JOB_BEGIN);
	nlc_nest(c, TWILL_A_JOB);
	nlc_str(c, TWILL_A_JOB_MODEL, "feeder");
	if (deadline_us)
		nlc_u32(c, TWILL_A_JOB_DEADLINE_US, deadline_us);
	return nlc_do(c) ? 0 : nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_ID);
}

static void feed_until(struct victim *v, uint32_t deadline_us)
{
	struct nlc c;

	if (nlc_open(&c) || tag(&c, getpid()) || !begin(&c, deadline_us))
		_exit(1);
	atomic_store(&v->ready, 1);
	hog(v);
}

/* Tags itself, begins a job that is wanted soon, and feeds an accelerator that is never full. */
static void feeder(struct victim *v) { feed_until(v, DEADLINE_US); }
static void later_feeder(struct victim *v) { feed_until(v, 3600000000u); }

static bool is_ready(void *data)
{
	return atomic_load(&((struct victim *)data)->ready);
}

static struct victim *feed_as(void (*how)(struct victim *v))
{
	struct victim *v = victim_run(how);

	EXPECT(until(is_ready, v, SOON));
	return v;
}

static struct victim *feed(void) { return feed_as(feeder); }

static struct victim *hogs[HOGS];

static void hogs_start(void)
{
	for (int i = 0; i < HOGS; i++)
		hogs[i] = victim_run(hog);
}

/* Each got the CPU since. */
static void hogs_run(void)
{
	for (int i = 0; i < HOGS; i++)
		EXPECT(grows(&hogs[i]->spins[0], SOON), "hog %d", i);
}

static void hogs_end(void)
{
	for (int i = 0; i < HOGS; i++)
		victim_end(hogs[i]);
}

/* It goes on; if not, say why, and show what the kernel saw. */
static void goes_on(struct scx *s)
{
	struct scx_end end;
	const char *at;

	if (!scx_ended(s, &end))
		return;
	EXPECT(false, "%d, %s: %s", end.kind, end.reason, end.message);
	for (at = scx_dump(s); *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n'))
		printf("# %.*s\n", (int)strcspn(at, "\n"), at);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static struct twill_sched ask(struct ask *b, pid_t pid)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);

	b->bss->pid = pid;
	EXPECT_EQ(bpf_prog_test_run_opts(bpf_program__fd(b->progs.ask), &run), 0);
	EXPECT_EQ(run.retval, 0);
	return b->bss->answer;
}

/* Breaks if: a field is another's, outlives its cause, or an untagged process seems tagged. */
static void test_told(void)
{
	struct ask *b = ask__open_and_load();
	struct victim *v, *other = victim_run(hog);
	struct twill_sched t;
	struct nlc c;
	uint64_t at;

	REQUIRE(b);
	REQUIRE_EQ(nlc_open(&c), 0);
	t = ask(b, other->pid);
	EXPECT(!t.tagged && !t.priority && !t.jobs && !t.deadline_ns);
	v = feed();
	at = now_ns();
	t = ask(b, v->pid);
	EXPECT_EQ(t.tagged, 1);
	EXPECT_EQ(t.priority, 100);
	EXPECT_EQ(t.jobs, 1);
	EXPECT_EQ(t.frozen, 0);
	EXPECT_EQ(t.clusters, 0);
	EXPECT(t.deadline_ns > at && t.deadline_ns <= at + DEADLINE_US * 1000ULL);
	EXPECT_EQ(agent_set(&c), 0);
	EXPECT_EQ(place(&c, v->pid, -1, 1), 0);
	EXPECT_EQ(ask(b, v->pid).clusters, 1);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(ask(b, v->pid).frozen, 1);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT_EQ(ask(b, v->pid).frozen, 0);
	EXPECT_EQ(untag(&c, v->pid), 0);
	t = ask(b, v->pid);
	EXPECT(!t.tagged && !t.jobs && !t.deadline_ns);
	nlc_close(&c);
	victim_end(v);
	victim_end(other);
	ask__destroy(b);
}

/* Breaks if: what is told is not the earliest deadline of those that are left. */
static void test_told_deadline(void)
{
	struct ask *b = ask__open_and_load();
	uint32_t job[4], i;
	uint64_t early, late;
	struct nlc c;

	REQUIRE(b);
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, getpid()), 0);
	job[0] = begin(&c, 0);
	EXPECT_EQ(ask(b, getpid()).deadline_ns, 0);
	job[1] = begin(&c, 2 * DEADLINE_US);
	late = ask(b, getpid()).deadline_ns;
	job[2] = begin(&c, DEADLINE_US);
	early = ask(b, getpid()).deadline_ns;
	job[3] = begin(&c, 3 * DEADLINE_US);
	EXPECT(early && early < late);
	EXPECT_EQ(ask(b, getpid()).deadline_ns, early);
	EXPECT_EQ(ask(b, getpid()).jobs, 4);
	for (i = 0; i < 4; i++)
		REQUIRE(job[i]);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_END, job[3]), 0);
	EXPECT_EQ(ask(b, getpid()).deadline_ns, early);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_END, job[2]), 0);
	EXPECT_EQ(ask(b, getpid()).deadline_ns, late);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_END, job[1]), 0);
	EXPECT_EQ(ask(b, getpid()).deadline_ns, 0);
	EXPECT_EQ(job_step(&c, TWILL_CMD_JOB_END, job[0]), 0);
	EXPECT_EQ(untag(&c, getpid()), 0);
	nlc_close(&c);
	ask__destroy(b);
}

/* Breaks if: the kernel lets a program have the module write beyond its room, or read anywhere. */
static void test_refused(void)
{
	struct little *little;
	struct number *number;
	struct ask *right = ask__open_and_load();

	EXPECT(right, "the same program without the fault");
	ask__destroy(right);
	/* What it thinks of the others is of no interest. */
	libbpf_set_print(NULL);
	little = little__open_and_load();
	EXPECT(!little, "an answer where there is no room for it");
	number = number__open_and_load();
	EXPECT(!number, "a number for a thread");
}

/* Breaks if: the policy does not start beside load, loses a thread, or does not let go. */
static void test_attach_detach(void)
{
	struct victim *v = feed();
	int rounds = ROUNDS, i;
	uint64_t at = now_ns();
	struct scx *s;

	hogs_start();
	REQUIRE_EQ(attach(&s, NULL), 0);
	for (i = 0; i < rounds && !tap_failed(); i++) {
		EXPECT(state_is((void *)"enabled"));
		EXPECT(grows(&v->spins[0], SOON));
		goes_on(s);
		EXPECT(scx_count(s, SCHED_FEED).ran_ns <= now_ns() - at, "counts begin afresh");
		/* Now and then all anew. */
		if (i % 4) {
			scx_detach(s);
		} else {
			scx_close(s);
			s = NULL;
		}
		EXPECT(state_is((void *)"disabled"));
		EXPECT(grows(&hogs[i % HOGS]->spins[0], SOON));
		at = now_ns();
		REQUIRE_EQ(s ? scx_attach(s, why, sizeof(why)) : attach(&s, NULL), 0);
	}
	scx_close(s);
	hogs_run();
	printf("# %d rounds\n", i);
	hogs_end();
	victim_end(v);
}

/* Breaks if: a second policy takes the place of the first, or is refused without a word. */
static void test_second(void)
{
	struct scx *s, *other;

	REQUIRE_EQ(attach(&s, NULL), 0);
	EXPECT_EQ(attach(&other, NULL), -EBUSY);
	EXPECT(strstr(why, "another sched_ext scheduler"), "%s", why);
	goes_on(s);
	scx_detach(s);
	EXPECT_EQ(scx_attach(other, why, sizeof(why)), 0);
	scx_close(other);
	scx_close(s);
}

static void holder(struct victim *v)
{
	struct scx *s;

	if (attach(&s, NULL))
		_exit(1);
	atomic_store(&v->ready, 1);
	for (;;)
		pause();
}

/* Breaks if: the policy outlives its holder, or a thread is left behind with it. */
static void test_killed(void)
{
	struct victim *v;
	int i;

	hogs_start();
	for (i = 0; i < (slow_kernel() ? 3 : 10) && !tap_failed(); i++) {
		v = victim_run(holder);
		/* To attach beside hogs takes a busy debug kernel long. */
		EXPECT(until(is_ready, v, 3 * SOON));
		EXPECT(state_is((void *)"enabled"));
		victim_end(v);
		EXPECT(until_fair());
		hogs_run();
	}
	hogs_end();
}

/* Breaks if: twill.ko goes while the policy calls it, or stays once it does not. */
static void test_unload(void)
{
	struct scx *s;
	int err;

	REQUIRE_EQ(attach(&s, NULL), 0);
	err = ko_unload();
	EXPECT(err == -EWOULDBLOCK || err == -EBUSY, "%d", err);
	scx_close(s);
	EXPECT(ko_until_unused(SOON));
	REQUIRE_EQ(ko_unload(), 0);
	EXPECT(attach(&s, NULL) == -EOPNOTSUPP, "%s", why);
	REQUIRE_EQ(ko_load(), 0);
	REQUIRE_EQ(attach(&s, NULL), 0);
	scx_close(s);
}

/* Breaks if: CPUs that go and come end the policy, or strand a thread. */
static void test_hotplug(void)
{
	int n = sysconf(_SC_NPROCESSORS_CONF), i;
	struct victim *v = feed();
	struct scx *s;

	cpus_no_deadline_servers();
	hogs_start();
	REQUIRE_EQ(attach(&s, NULL), 0);
	for (i = 0; i < 10 * (n - 1) && !tap_failed(); i++) {
		EXPECT_EQ(cpus_one_online(1 + i % (n - 1), false), 0);
		EXPECT(grows(&v->spins[0], SOON));
		hogs_run();
		EXPECT_EQ(cpus_one_online(1 + i % (n - 1), true), 0);
		goes_on(s);
	}
	scx_close(s);
	hogs_end();
	victim_end(v);
}

/*
 * Asleep for longer than the kernel's patience, twice. Breaks if: what nobody runs meanwhile
 * counts as forgotten, or does not run when the machine wakes.
 */
static void test_suspend(void)
{
	struct victim *v;
	struct scx *s;
	int i;

	if (!pm_can())
		return;
	REQUIRE_EQ(pm_prepare(), 0);
	v = feed();
	hogs_start();
	REQUIRE_EQ(attach(&s, NULL), 0);
	for (i = 0; i < 2 && !tap_failed(); i++) {
		EXPECT_EQ(pm_suspend(), 0);
		EXPECT(grows(&v->spins[0], PROMISE));
		hogs_run();
		goes_on(s);
		EXPECT(state_is((void *)"enabled"));
	}
	scx_close(s);
	hogs_end();
	victim_end(v);
}

static bool has_ended(void *data)
{
	struct scx_end end;

	return scx_ended(data, &end);
}

/*
 * A fault of the policy's: feeders get no CPU. Breaks if: the kernel does not end it, the
 * reason is lost, or the feeder does not run afterwards.
 */
static void test_stall(void)
{
	const struct scx_options o = { .timeout_ms = 1000, .stall = true };
	struct scx_end end = { 0 };
	struct victim *v = feed();
	struct scx *s;

	hogs_start();
	REQUIRE_EQ(attach(&s, &o), 0);
	EXPECT(until(has_ended, s, SOON));
	EXPECT(scx_ended(s, &end));
	EXPECT(end.kind >= 1024, "%d", end.kind);
	EXPECT(strstr(end.reason, "stall"), "%s", end.reason);
	printf("# %d, %s: %s\n", end.kind, end.reason, end.message);
	EXPECT(until_fair());
	EXPECT(grows(&v->spins[0], PROMISE));
	hogs_run();
	scx_close(s);
	/* And the next one is not to suffer for it. */
	REQUIRE_EQ(attach(&s, NULL), 0);
	EXPECT(grows(&v->spins[0], SOON));
	scx_close(s);
	hogs_end();
	victim_end(v);
}

/* Breaks if: a thread that is frozen for longer than the kernel's patience counts as forgotten. */
static void test_frozen(void)
{
	/* In minutes the emulated machine itself may stall for a second. */
	const struct scx_options o = { .timeout_ms = STORM_S ? 0 : 1000 };
	struct victim *v = feed(), *all = victim_start();
	uint64_t until_ns;
	struct scx *s;
	struct nlc c;
	int i;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, all->pid), 0);
	hogs_start();
	REQUIRE_EQ(attach(&s, &o), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(freeze(&c, all->pid, 60000), 0);
	EXPECT(still(&v->spins[0], STORM_S ? 7000 : 3000));
	goes_on(s);
	until_ns = now_ns() + STORM_S * 1000000000ULL;
	for (i = 0; (i < ROUNDS || now_ns() < until_ns) && !tap_failed(); i++) {
		EXPECT_EQ(thaw(&c, v->pid), 0);
		EXPECT_EQ(thaw(&c, all->pid), 0);
		EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
		EXPECT_EQ(freeze(&c, all->pid, 60000), 0);
		goes_on(s);
	}
	printf("# %d freezes and thaws of each\n", i);
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT_EQ(thaw(&c, all->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	EXPECT(grows(&all->spins[1], SOON));
	goes_on(s);
	scx_close(s);
	hogs_end();
	victim_end(all);
	victim_end(v);
	nlc_close(&c);
}

static void pin_to(pid_t pid, int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	EXPECT_EQ(sched_setaffinity(pid, sizeof(one), &one), 0);
}

static void pin(pid_t pid) { pin_to(pid, 0); }

/* Milliseconds on a CPU. */
static long cpu_ms(pid_t pid)
{
	struct timespec t = { 0 };
	clockid_t clock;

	EXPECT(!clock_getcpuclockid(pid, &clock) && !clock_gettime(clock, &t));
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool ran_long(void *data)
{
	const struct victim *v = data;

	return cpu_ms(v->pid) > v->note;
}

static bool has_run(struct victim *v, long ms)
{
	atomic_store(&v->note, cpu_ms(v->pid) + ms);
	return until(ran_long, v, 60000);
}

/* Two that never rest, on one CPU. Breaks if: the feeder is not first, or leaves nothing. */
static void test_share(void)
{
	struct victim *v = feed(), *plain = victim_run(hog);
	struct scx *s;
	long fed, rest;

	pin(v->pid);
	pin(plain->pid);
	REQUIRE_EQ(attach(&s, NULL), 0);
	fed = cpu_ms(v->pid);
	rest = cpu_ms(plain->pid);
	EXPECT(has_run(v, 2000));
	fed = cpu_ms(v->pid) - fed;
	rest = cpu_ms(plain->pid) - rest;
	EXPECT(scx_count(s, SCHED_FEED).ran_ns / 1000000 >= (unsigned long long)fed * 9 / 10);
	printf("# feeder %ld ms, plain thread %ld ms\n", fed, rest);
	EXPECT(rest * 100 >= fed * 7, "a tenth is promised");
	EXPECT(rest * 100 <= fed * 15, "and not much more");
	scx_close(s);
	victim_end(plain);
	victim_end(v);
}

/* Two feeders on one CPU. Breaks if: the one that is wanted first does not go first. */
static void test_order(void)
{
	struct victim *late = feed_as(later_feeder), *soon = feed();
	long fed, rest;
	struct scx *s;

	pin(late->pid);
	pin(soon->pid);
	REQUIRE_EQ(attach(&s, NULL), 0);
	fed = cpu_ms(soon->pid);
	rest = cpu_ms(late->pid);
	EXPECT(has_run(soon, 1000));
	fed = cpu_ms(soon->pid) - fed;
	rest = cpu_ms(late->pid) - rest;
	printf("# wanted soon %ld ms, wanted later %ld ms\n", fed, rest);
	EXPECT(rest * 10 < fed, "one turn at most before the first comes to its own");
	victim_end(soon);
	EXPECT(grows(&late->spins[0], PROMISE));
	goes_on(s);
	scx_close(s);
	victim_end(late);
}

#define NAPS	100

/* Feeds by and by; counts how often it came to a CPU of the first cluster. */
static void napper(struct victim *v)
{
	const struct timespec nap = { .tv_nsec = 5000000 };
	struct nlc c;
	int i;

	if (nlc_open(&c) || tag(&c, getpid()) || !begin(&c, DEADLINE_US))
		_exit(1);
	atomic_store(&v->ready, 1);
	while (!atomic_load(&v->word))
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	for (i = 0; i < NAPS; i++) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
		if (sched_getcpu() < near())
			atomic_fetch_add(&v->note, 1);
		atomic_fetch_add(&v->naps, 1);
	}
	hog(v);
}

static bool napped(void *data) { return atomic_load(&((struct victim *)data)->naps) == NAPS; }

/*
 * One cluster is full of feeders, in the other plain threads wait. Breaks if: a feeder that
 * wakes is not let in there before those.
 */
static void test_across(void)
{
	struct victim *v = feed_as(napper), *full[SCHED_CPUS];
	struct scx *s;
	int i;

	for (i = 0; i < near(); i++) {
		full[i] = feed();
		pin_to(full[i]->pid, i);
	}
	hogs_start();
	REQUIRE_EQ(attach(&s, NULL), 0);
	atomic_store(&v->word, 1);
	EXPECT(until(napped, v, 60000));
	printf("# %d of %d times in the cluster that is full\n", atomic_load(&v->note), NAPS);
	EXPECT(atomic_load(&v->note) * 4 < NAPS);
	goes_on(s);
	scx_close(s);
	hogs_end();
	for (i = 0; i < near(); i++)
		victim_end(full[i]);
	victim_end(v);
}

#define CROWD	200

/*
 * A CPU that a feeder never leaves, and a crowd, one of it with the least weight. Breaks
 * if: what is theirs does not go round before the kernel loses patience.
 */
static void test_crowd(void)
{
	struct victim *v = feed(), *all[CROWD];
	struct scx *s;
	int i;

	pin(v->pid);
	for (i = 0; i < CROWD; i++) {
		all[i] = victim_run(hog);
		pin(all[i]->pid);
	}
	EXPECT_EQ(setpriority(PRIO_PROCESS, all[0]->pid, 19), 0);
	REQUIRE_EQ(attach(&s, NULL), 0);
	EXPECT(has_run(v, 6000));
	goes_on(s);
	scx_close(s);
	/* All at once: one after the other each would wait for its turn to die. */
	for (i = 0; i < CROWD; i++)
		kill(all[i]->pid, SIGKILL);
	for (i = 0; i < CROWD; i++)
		victim_end(all[i]);
	victim_end(v);
}

/*
 * What the verifier has to look at, for the largest machine. Breaks if: a program costs more
 * than this, which is what was seen and a quarter: see what made it grow before you raise it.
 */
static void test_cost(void)
{
	static const struct {
		const char *name;
		uint32_t most;
	} known[] = {
		{ "twill_select_cpu", 191 }, { "twill_enqueue", 1278 }, { "twill_dispatch", 651 },
		{ "twill_running", 40 }, { "twill_stopping", 130 }, { "twill_cpu_online", 23 },
		{ "twill_cpu_offline", 10 }, { "twill_enable", 8 }, { "twill_init", 110 },
		{ "twill_exit", 22 },
	};
	struct scx_shape most = { .cpus = SCHED_CPUS, .clusters = SCHED_CLUSTERS };
	const char *name = NULL;
	uint32_t n, i, k;
	struct scx *s;

	for (i = 0; i < SCHED_CPUS; i++)
		most.cluster_of[i] = i % SCHED_CLUSTERS;
	REQUIRE_EQ(scx_open(&s, &most, NULL, why, sizeof(why)), 0);
	for (i = 0; (n = scx_cost(s, i, &name)); i++) {
		printf("# %-20s %5u instructions\n", name, n);
		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (!strcmp(known[k].name, name))
				break;
		REQUIRE(k < sizeof(known) / sizeof(known[0]), "%s is not in the table", name);
		EXPECT(n <= known[k].most, "%s: %u", name, n);
	}
	EXPECT_EQ(i, sizeof(known) / sizeof(known[0]));
	scx_close(s);
}

static const struct tap_test tests[] = {
	{ "told", test_told }, { "told_deadline", test_told_deadline }, { "refused", test_refused }, { "cost", test_cost },
	{ "attach_detach", test_attach_detach }, { "killed", test_killed },
	{ "unload", test_unload }, { "hotplug", test_hotplug }, { "suspend", test_suspend }, { "stall", test_stall },
	{ "frozen", test_frozen }, { "share", test_share },
	{ "second", test_second }, { "order", test_order }, { "across", test_across }, { "crowd", test_crowd },
	{ NULL, NULL }
};

int main(int argc, char **argv)
{
	int status = tap_run(tests, argc - 1, argv + 1);

	/* For whoever unloads it next. */
	return ko_until_unused(SOON) ? status : 1;
}
