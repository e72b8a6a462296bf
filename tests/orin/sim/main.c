// SPDX-License-Identifier: GPL-2.0-only
/*
 * The silicon of a virtual Orin NX 16GB: load and unload.
 *
 * core.c keeps the board in step with the guest's clock; every other file is
 * one thing that software sees of it. Files hold the module through their
 * owner, so nothing is submitted any more when unload begins.
 */
#include <linux/module.h>
#include <linux/of.h>

#include "sim.h"

static struct platform_driver * const sim_drivers[] = {
	&sim_i2c_driver,
	&sim_gpu_driver,
	&sim_dla_driver,
	&sim_thermal_driver,
	&sim_oc_driver,
};

static int __init orin_sim_init(void)
{
	int err;

	if (!of_machine_is_compatible("nvidia,tegra234")) {
		pr_err("orin_sim: the device tree is not an Orin's: boot with tests/orin/mkdtb's\n");
		return -ENODEV;
	}
	err = sim_core_init();
	if (err)
		return err;
	err = sim_truth_init();
	if (err)
		goto err_core;
	err = sim_cpu_init();
	if (err)
		goto err_truth;
	err = platform_register_drivers(sim_drivers, ARRAY_SIZE(sim_drivers));
	if (err)
		goto err_cpu;
	err = sim_emc_init();
	if (err)
		goto err_drivers;
	err = sim_sched_init();
	if (err)
		goto err_emc;
	err = sim_engine_init();
	if (err)
		goto err_sched;
	pr_info("orin_sim: Orin NX 16GB, one model second takes %u\n", sim_scale);
	return 0;

err_sched:
	sim_sched_exit();
err_emc:
	sim_emc_exit();
err_drivers:
	platform_unregister_drivers(sim_drivers, ARRAY_SIZE(sim_drivers));
err_cpu:
	sim_cpu_exit();
err_truth:
	sim_truth_exit();
err_core:
	sim_core_exit();
	return err;
}

static void __exit orin_sim_exit(void)
{
	sim_engine_exit();
	sim_sched_exit();
	sim_emc_exit();
	platform_unregister_drivers(sim_drivers, ARRAY_SIZE(sim_drivers));
	sim_cpu_exit();
	sim_truth_exit();
	sim_core_exit();
}

module_init(orin_sim_init);
module_exit(orin_sim_exit);
MODULE_DESCRIPTION("The silicon of a virtual Orin NX 16GB");
MODULE_LICENSE("GPL");
