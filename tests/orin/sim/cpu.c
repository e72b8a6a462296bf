// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpufreq as tegra194's: one policy for each cluster, 76.8 MHz steps from 115.2
 * to 1958.4 MHz and the NX's end at 1984 (tegra234.dtsi; ARK-Electronics/
 * ark_jetson_kernel), 300 us declared (tegra194-cpufreq.c). The emulated cores
 * themselves know no clock: it counts for stages run on the `cpu` engine.
 */
#include <linux/cpufreq.h>
#include <linux/module.h>
#include <linux/topology.h>

#include "sim.h"

#define CLUSTERS	2
#define LATENCY_NS	300000
#define STEPS		26

static struct cpufreq_frequency_table cpu_table[STEPS + 1];
static struct cpumask cpu_cluster[CLUSTERS];

static bool same_cluster(unsigned int a, unsigned int b)
{
	return cpu_topology[a].package_id == cpu_topology[b].package_id &&
	       cpu_topology[a].cluster_id == cpu_topology[b].cluster_id;
}

static int find_clusters(void)
{
	unsigned int cpu, c;

	for (c = 0; c < CLUSTERS; c++)
		cpumask_clear(&cpu_cluster[c]);
	for_each_possible_cpu(cpu) {
		for (c = 0; c < CLUSTERS; c++)
			if (cpumask_empty(&cpu_cluster[c]) ||
			    same_cluster(cpu, cpumask_first(&cpu_cluster[c])))
				break;
		if (c == CLUSTERS) {
			pr_err("orin_sim: CPU %u is in a third cluster: an Orin NX has two\n", cpu);
			return -ENODEV;
		}
		cpumask_set_cpu(cpu, &cpu_cluster[c]);
	}
	return 0;
}

/* The cluster of a CPU, by the order of their first CPUs. */
u32 sim_cpu_cluster(unsigned int cpu)
{
	return !cpumask_test_cpu(cpu, &cpu_cluster[0]);
}

static int cpu_policy_init(struct cpufreq_policy *policy)
{
	cpumask_copy(policy->cpus, &cpu_cluster[sim_cpu_cluster(policy->cpu)]);
	policy->freq_table = cpu_table;
	policy->cpuinfo.transition_latency = LATENCY_NS;
	return 0;
}

static int cpu_target(struct cpufreq_policy *policy, unsigned int index)
{
	unsigned long flags = sim_begin();

	sim_clock_ask(SIM_CPU0 + sim_cpu_cluster(policy->cpu), cpu_table[index].frequency);
	sim_end(flags);
	return 0;
}

/*
 * What the real driver measures with the cores' cycle counters, over-current's
 * halving included. While a change is under way it shows the new rate, lest the
 * core should take the old one for a clock that went its own way.
 */
static unsigned int cpu_get(unsigned int cpu)
{
	unsigned long flags = sim_begin();
	u32 khz = sim_clock_asked(SIM_CPU0 + sim_cpu_cluster(cpu));

	if (sim_clock_throttled())
		khz /= 2;
	sim_end(flags);
	return khz;
}

static struct cpufreq_driver sim_cpufreq = {
	.name = "tegra194",
	.flags = CPUFREQ_CONST_LOOPS | CPUFREQ_NEED_INITIAL_FREQ_CHECK | CPUFREQ_IS_COOLING_DEV,
	.init = cpu_policy_init,
	.verify = cpufreq_generic_frequency_table_verify,
	.target_index = cpu_target,
	.get = cpu_get,
	.attr = cpufreq_generic_attr,
};

int sim_cpu_init(void)
{
	unsigned int i;
	int err = find_clusters();

	if (err)
		return err;
	for (i = 0; i < STEPS; i++) {
		cpu_table[i].driver_data = i;
		cpu_table[i].frequency = i < STEPS - 1 ? 115200 + i * 76800 : 1984000;
	}
	cpu_table[STEPS].frequency = CPUFREQ_TABLE_END;
	return cpufreq_register_driver(&sim_cpufreq);
}

void sim_cpu_exit(void)
{
	cpufreq_unregister_driver(&sim_cpufreq);
}
