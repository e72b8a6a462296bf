// SPDX-License-Identifier: GPL-2.0-only
/*
 * cluster.c - which CPUs share a cache and a clock, from the topology.
 *
 * CPUs with the same package and cluster number are one cluster; where the
 * topology knows no clusters, each package is one. The numbers are fixed at
 * boot, for CPUs that are offline too.
 */
#include <linux/slab.h>

#include "twill.h"

u32 twill_n_clusters;		/* fixed at load */
struct cpumask *twill_clusters;	/* twill_n_clusters of them; fixed at load */

static bool same_cluster(int a, int b)
{
	return topology_physical_package_id(a) == topology_physical_package_id(b) &&
	       twill_cpu_cluster(a) == twill_cpu_cluster(b);
}

static u32 cluster_of(int cpu)
{
	u32 i;

	for (i = 0; i < twill_n_clusters; i++)
		if (same_cluster(cpu, cpumask_first(&twill_clusters[i])))
			break;
	return i;
}

/**
 * twill_cluster_init() - find the clusters
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM.
 */
int twill_cluster_init(void)
{
	int cpu;
	u32 i;

	twill_clusters = kcalloc(TWILL_CLUSTERS_MAX, sizeof(*twill_clusters), GFP_KERNEL);
	if (!twill_clusters)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		i = cluster_of(cpu);
		/* A mask has no more bits: the rest is one cluster. */
		i = min_t(u32, i, TWILL_CLUSTERS_MAX - 1);
		cpumask_set_cpu(cpu, &twill_clusters[i]);
		twill_n_clusters = max(twill_n_clusters, i + 1);
	}
	return 0;
}

/** twill_cluster_fini() - forget the clusters */
void twill_cluster_fini(void)
{
	kfree(twill_clusters);
}

/**
 * twill_cluster_tasks() - count the tasks bound to a cluster
 * @cluster: its number
 *
 * Context: caller holds twill_mutex.
 * Return: how many.
 */
u32 twill_cluster_tasks(u32 cluster)
{
	struct twill_task *task;
	unsigned long id;
	u32 n = 0;

	lockdep_assert_held(&twill_mutex);
	xa_for_each(&twill_tasks, id, task)
		n += !!(task->clusters & BIT(cluster));
	return n;
}
