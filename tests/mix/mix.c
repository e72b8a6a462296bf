// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mix SECONDS [SEED]: everything at once, in rounds of half a minute. After each
 * all that was opened is closed: then everybody runs, and nothing is left. TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/cpus.h"
#include "../kselftest/left.h"
#include "../kselftest/tap.h"
#include "mix.h"

#define ROUND	30	/* seconds */
#define END	60000	/* milliseconds in which a disturber must see that it is to stop */

struct mix *mix;
static pid_t disturbers[DISTURBERS];
static int seconds;
static uint64_t seed = 1;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void mix_wrong(const char *fmt, ...)
{
	va_list args;

	if (atomic_exchange(&mix->wrong, true))
		return;
	va_start(args, fmt);
	vsnprintf(mix->why, sizeof(mix->why), fmt, args);
	va_end(args);
}

int cpus_there(void) { return sysconf(_SC_NPROCESSORS_CONF); }

/* ---- who is there ---- */

static void start_target(int i)
{
	struct slot *slot = &mix->slot[i];
	pid_t pid;

	atomic_fetch_add(&slot->life, 1);
	fflush(stdout);
	pid = fork();
	if (!pid)
		target_live(i);
	atomic_store(&slot->pid, pid);
}

/* Take note of who was killed, and have another in its place. */
static void renew_targets(void)
{
	for (int i = 0; i < SLOTS; i++)
		if (waitpid(mix->slot[i].pid, NULL, WNOHANG) == mix->slot[i].pid)
			start_target(i);
}

static void start_disturber(int who, struct rng *r)
{
	struct rng its = { rng_next(r) };
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (who <= AGENT)
			owner_disturb(who, &its);
		else
			disturb(who, &its);
		_exit(0);
	}
	disturbers[who] = pid;
}

static bool ended(void *data)
{
	pid_t *pid = data;

	return waitpid(*pid, NULL, WNOHANG) == *pid;
}

static void end_disturbers(void)
{
	atomic_store(&mix->stop, true);
	for (int i = 0; i < DISTURBERS; i++)
		EXPECT(until(ended, &disturbers[i], END), "%s does not end", disturber_names[i]);
	for (int cpu = 1; cpu < cpus_there(); cpu++)
		(void)cpus_one_online(cpu, true);
}

/* ---- what must hold ---- */

static void everybody_runs(void)
{
	for (int i = 0; i < SLOTS; i++) {
		renew_targets();	/* a SIGKILL may have been the last that was done to one */
		EXPECT(grows(&mix->slot[i].ticks, SOON), "%s does not run", slot_names[i]);
	}
}

static void nothing_is_left(void)
{
	const char *left;

	EXPECT(until_knob("frozen", 0, PROMISE), "%ld are frozen", knob("frozen"));
	everybody_runs();
	/* Jobs end, and tasks leave the gate, with those that began them. */
	for (int i = AT_GATE; i < SLOTS; i++) {
		kill(mix->slot[i].pid, SIGKILL);
		waitpid(mix->slot[i].pid, NULL, 0);
	}
	left = left_behind(mix->slot[BUSY].pid);
	EXPECT(!left, "%s", left);
	for (int i = AT_GATE; i < SLOTS; i++)
		start_target(i);
	everybody_runs();
}

static void one_round(double end)
{
	struct rng r = { mix->seed };

	atomic_store(&mix->stop, false);
	for (int i = 0; i < DISTURBERS; i++)
		start_disturber(i, &r);
	while (now() < end && !atomic_load(&mix->wrong)) {
		renew_targets();
		pass(50);
	}
	end_disturbers();
	EXPECT(!atomic_load(&mix->wrong), "%s", mix->why);
}

static void print_counts(double spent, int rounds)
{
	printf("# %.0f s in %d rounds; %llu freezes looked at\n#", spent, rounds,
	       (unsigned long long)atomic_load(&mix->checked));
	for (int i = 0; i < DISTURBERS; i++)
		printf(" %s %llu,", disturber_names[i], (unsigned long long)mix->did[i]);
	printf(" targets replaced ");
	for (int i = 0; i < SLOTS; i++)
		printf("%s%u", i ? "/" : "", mix->slot[i].life - 1);
	printf("\n# made by targets:");
	for (int i = FORKING; i < SLOTS; i++)
		printf(" %s %llu", slot_names[i], (unsigned long long)mix->made[i]);
	printf("\n");
}

static bool share(int fd)
{
	mix = mmap(NULL, sizeof(*mix), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return mix != MAP_FAILED;
}

static void test_mix(void)
{
	int fd = memfd_create("mix", 0), rounds = 0;
	double begin = now(), end = begin + seconds;

	REQUIRE(fd >= 0 && !ftruncate(fd, sizeof(*mix)) && share(fd));
	cpus_no_deadline_servers();
	mix->fd = fd;
	mix->seed = seed;
	for (int i = 0; i < SLOTS; i++)
		start_target(i);
	everybody_runs();
	for (; now() < end && !tap_failed(); rounds++, mix->seed++) {
		printf("# round %d, seed %llu\n", rounds, (unsigned long long)mix->seed);
		one_round(now() + ROUND < end ? now() + ROUND : end);
		nothing_is_left();
	}
	print_counts(now() - begin, rounds);
	for (int i = 0; i < DISTURBERS; i++)
		EXPECT(mix->did[i], "%s did nothing", disturber_names[i]);
	EXPECT(mix->checked);
	for (int i = 0; i < SLOTS; i++) {
		kill(mix->slot[i].pid, SIGKILL);
		waitpid(mix->slot[i].pid, NULL, 0);
	}
}

static const struct tap_test tests[] = {
	{ "mix", test_mix },
	{ NULL, NULL },
};

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--target"))
		return share(atoi(argv[2])) ? target_main(atoi(argv[3])) : 1;
	seconds = argc > 1 ? atoi(argv[1]) : 0;
	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	if (seconds <= 0) {
		fprintf(stderr, "usage: mix SECONDS [SEED]\n");
		return 2;
	}
	return tap_run(tests, 0, NULL);
}
