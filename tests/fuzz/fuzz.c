// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz MESSAGES [SEED]: send that many requests to the family twill, right ones
 * and wrong ones, as three kinds of user; then look for what is left. TAP.
 *
 * A tenth is sent before memory is measured for the first time, so that what
 * fills up once, and the freed memory that KASAN keeps, does not count.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/left.h"
#include "../kselftest/tap.h"
#include "worker.h"

#define TURN		32	/* messages */
#define RENEW		128	/* turns between two replacements of targets */
#define STUCK		60000	/* milliseconds: a turn takes longer only if something hangs */
#define GROWTH_KB	(48 * 1024)	/* KASAN alone keeps up to 32 MiB of what was freed */

static uint64_t wanted, seed = 1;
static struct worker workers[WORKERS];
static int done[2];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- turns ---- */

static bool wait_turn(void)
{
	struct pollfd p = { .fd = done[0], .events = POLLIN };
	char byte;

	return poll(&p, 1, STUCK) == 1 && read(done[0], &byte, 1) == 1;
}

static bool give_turn(int who, uint32_t n)
{
	return write(workers[who].turn, &n, sizeof(n)) == sizeof(n);
}

static void show_last(void)
{
	static unsigned char bytes[MSG_MAX];
	size_t len = msg_encode(&stage->last, 0, 0, bytes);

	printf("# the message sent last:");
	for (size_t i = 0; i < len && i < 256; i++)
		printf("%s%02x", i % 4 ? "" : " ", bytes[i]);
	printf("\n");
}

static void progress(void)
{
	static uint64_t next = 1000;

	if (stage->count.sent < next)
		return;
	printf("# %llu messages, %u edges, %u places, corpus %u\n",
	       (unsigned long long)stage->count.sent, stage->cover.edges, stage->cover.pcs,
	       stage->n_corpus);
	next += next < 10000 ? 1000 : next < 100000 ? 10000 : 50000;
}

static void start_workers(struct rng *r)
{
	for (int i = 0; i < WORKERS; i++) {
		workers[i] = worker_start(i, rng_next(r), done[1]);
		stage_name(FIRST_WORKER + i, workers[i].pid);
		REQUIRE(wait_turn(), "%s does not start", who_names[i]);
	}
}

static bool gone(void *data)
{
	return waitpid(*(pid_t *)data, NULL, WNOHANG) == *(pid_t *)data;
}

static void end_workers(void)
{
	for (int i = 0; i < WORKERS; i++) {
		(void)give_turn(i, 0);
		EXPECT(until(gone, &workers[i].pid, SOON), "%s does not end", who_names[i]);
		close(workers[i].turn);
	}
}

/* Send until @end messages have been sent in all. */
static void send_until(uint64_t end, struct rng *r)
{
	start_workers(r);
	for (int turn = 0; stage->count.sent < end && !tap_failed(); turn++) {
		int who = rng_below(r, WORKERS);

		if (turn % RENEW == RENEW - 1)
			stage_renew(r);
		EXPECT(give_turn(who, TURN) && wait_turn(), "%s hangs", who_names[who]);
		EXPECT(!stage->fault[0], "%s", stage->fault);
		progress();
	}
	if (tap_failed())
		show_last();
	end_workers();
}

/* ---- what it was like ---- */

static void print_counts(double seconds)
{
	const struct counts *n = &stage->count;
	uint64_t refused = 0;

	for (int i = 1; i < ERRNOS; i++)
		refused += n->refused[i];
	printf("# %llu messages in %.1f s of the guest, %.0f a second: seed %llu\n",
	       (unsigned long long)n->sent, seconds, n->sent / seconds, (unsigned long long)seed);
	for (int i = 0; i < WORKERS; i++)
		printf("# %llu as %s\n", (unsigned long long)n->from[i], who_names[i]);
	printf("# %llu dumps, %llu of them half read; %llu batches; send() took %.2f ms, at most %.1f\n",
	       (unsigned long long)n->dumps, (unsigned long long)n->half_read,
	       (unsigned long long)n->batches, n->spent_ns / 1e6 / n->sent,
	       n->longest_ns / 1e6);
	printf("# accepted %llu, refused %llu, without answer %llu; refused by errno:\n#",
	       (unsigned long long)n->refused[0], (unsigned long long)refused,
	       (unsigned long long)n->unanswered);
	for (int i = 1; i < ERRNOS; i++)
		if (n->refused[i])
			printf(" %s %llu", strerrorname_np(i), (unsigned long long)n->refused[i]);
	printf("\n# twill.ko: %u edges, %u places; corpus %u\n", stage->cover.edges,
	       stage->cover.pcs, stage->n_corpus);
}

static long meminfo(const char *name)
{
	char line[128];
	long kb = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			kb = strtol(line + strlen(name) + 1, NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

struct memory {
	long available, slab;
};

static struct memory measure(void)
{
	return (struct memory){ meminfo("MemAvailable"), meminfo("SUnreclaim") };
}

static struct memory before, after;

static void test_answers(void)
{
	struct rng r = { seed };
	double begin;

	REQUIRE(!pipe(done));
	REQUIRE(stage_set());
	REQUIRE(cover_find(&stage->cover), "where is twill.ko?");
	/* Whoever is parked, the sender itself among them, is not for long. */
	EXPECT_EQ(set_knob("freeze_max_ms", "100"), 0);
	begin = now();
	send_until(wanted / 10, &r);
	before = measure();
	if (!tap_failed())
		send_until(wanted, &r);
	after = measure();
	print_counts(now() - begin);
}

static void test_reaches(void)
{
	EXPECT(stage->covers, "no KCOV");
	EXPECT(stage->cover.pcs >= 1000, "only %u places of the module", stage->cover.pcs);
	EXPECT(stage->count.refused[0] > wanted / 100);
}

static void test_leaves_nothing(void)
{
	const char *left;
	int which;

	EXPECT(until_knob("frozen", 0, PROMISE), "%ld are frozen", knob("frozen"));
	EXPECT(stage_all_run(&which), "target %d does not run", which);
	EXPECT_EQ(set_knob("freeze_max_ms", "60000"), 0);
	left = left_behind(stage->target[NAPPER].pid);
	EXPECT(!left, "%s", left);
	EXPECT(stage_all_run(&which), "target %d does not run", which);
	stage_clear();
	/* The conductor and init may have been tagged, and live on. */
	EXPECT(until_knob("frozen", 0, PROMISE));
	EXPECT(knob("tasks") <= 2, "%ld tasks are left", knob("tasks"));
}

static void test_keeps_no_memory(void)
{
	long slab = after.slab - before.slab, used = before.available - after.available;

	printf("# after a tenth and after all: %ld and %ld KiB available, %ld and %ld KiB of slabs\n",
	       before.available, after.available, before.slab, after.slab);
	EXPECT(used < GROWTH_KB, "%ld KiB", used);
	EXPECT(slab < GROWTH_KB, "%ld KiB", slab);
}

static const struct tap_test tests[] = {
	{ "fuzz_answers", test_answers },
	{ "fuzz_reaches", test_reaches },
	{ "fuzz_leaves_nothing", test_leaves_nothing },
	{ "fuzz_keeps_no_memory", test_keeps_no_memory },
	{ NULL, NULL },
};

int main(int argc, char **argv)
{
	wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	if (!wanted) {
		fprintf(stderr, "usage: fuzz MESSAGES [SEED]\n");
		return 2;
	}
	return tap_run(tests, 0, NULL);
}
