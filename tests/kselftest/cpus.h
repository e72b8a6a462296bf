/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpus - the guest's CPUs and clusters: lists, masks, on and off.
 */
#ifndef CPUS_H
#define CPUS_H

#include <sched.h>
#include <stdbool.h>

#include "nlc.h"

struct clusters {
	int n;
	cpu_set_t cpus[8];
};

/* From the kernel's notation: "0-3,7". */
void cpus_parse(const char *list, cpu_set_t *set);
/* What the module says there is. */
void cpus_clusters(struct nlc *c, struct clusters *cl);
/* Whether every thread may run on just these. */
bool cpus_all_threads(pid_t pid, const cpu_set_t *want);
bool cpus_until_all(pid_t pid, const cpu_set_t *want, int ms);
/* Number of CPUs that would not. */
int cpus_online(const cpu_set_t *cpus, bool on);
int cpus_one_online(int cpu, bool on);
void cpus_show(pid_t pid);
/*
 * Linux 6.12's own: when a CPU goes, the bandwidth that its deadline server has for the
 * fair class may be taken off twice, which is warned of with a run queue locked. Off.
 */
void cpus_no_deadline_servers(void);

#endif
