// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"
#include "kit.h"
#include "tap.h"

void cpus_parse(const char *list, cpu_set_t *set)
{
	CPU_ZERO(set);
	while (*list) {
		char *end;
		long a = strtol(list, &end, 10), b = a;

		if (*end == '-')
			b = strtol(end + 1, &end, 10);
		for (long i = a; i <= b; i++)
			CPU_SET(i, set);
		list = *end ? end + 1 : end;
	}
}

static void take_cluster(struct nlc *c, void *data)
{
	struct clusters *cl = data;

	if (!nlc_has(c, TWILL_A_CLUSTER, TWILL_A_CLUSTER_ID) || cl->n == 8)
		return;
	cpus_parse(nlc_text(c, TWILL_A_CLUSTER, TWILL_A_CLUSTER_CPUS), &cl->cpus[cl->n++]);
}

void cpus_clusters(struct nlc *c, struct clusters *cl)
{
	memset(cl, 0, sizeof(*cl));
	EXPECT_EQ(nlc_dump(c, TWILL_CMD_CLUSTER_GET, take_cluster, cl), 0);
	EXPECT(cl->n >= 1, "no cluster at all");
}

/* Call @fn for each thread; how many there are. */
static int each_thread(pid_t pid, void (*fn)(pid_t tid, void *data), void *data)
{
	char path[64];
	struct dirent *d;
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		fn(atoi(d->d_name), data);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

struct compare {
	const cpu_set_t *want;
	int bad;
};

static void compare(pid_t tid, void *data)
{
	struct compare *cmp = data;
	cpu_set_t is;

	/* One that has exited meanwhile is not of interest. */
	if (!sched_getaffinity(tid, sizeof(is), &is))
		cmp->bad += !CPU_EQUAL(&is, cmp->want);
}

bool cpus_all_threads(pid_t pid, const cpu_set_t *want)
{
	struct compare cmp = { want, 0 };

	return each_thread(pid, compare, &cmp) && !cmp.bad;
}

struct mask_want {
	pid_t pid;
	const cpu_set_t *mask;
};

static bool mask_is(void *data)
{
	struct mask_want *w = data;

	return cpus_all_threads(w->pid, w->mask);
}

bool cpus_until_all(pid_t pid, const cpu_set_t *want, int ms)
{
	return until(mask_is, &(struct mask_want){ pid, want }, ms);
}

int cpus_one_online(int cpu, bool on)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	f = fopen(path, "w");
	if (!f)
		return 1;
	fprintf(f, "%d", on);
	return !!fclose(f);
}

int cpus_online(const cpu_set_t *cpus, bool on)
{
	int bad = 0;

	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, cpus))
			bad += cpus_one_online(i, on);
	return bad;
}

void cpus_show(pid_t pid)
{
	char command[128];

	snprintf(command, sizeof(command), "grep Cpus_allowed_list /proc/%d/task/*/status | "
		 "sed 's/^/# /'; cat /sys/devices/system/cpu/online", pid);
	fflush(stdout);
	(void)!system(command);
}

void cpus_no_deadline_servers(void)
{
	char path[64];
	int fd;

	for (int cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/sched/fair_server/cpu%d/runtime", cpu);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			return;
		EXPECT(fd >= 0 && write(fd, "0", 1) == 1, "%s: %m", path);
		close(fd);
	}
}
