// SPDX-License-Identifier: GPL-2.0-only
/*
 * gpu@17000000 as a devfreq device: NX table, the kernel's governors, QoS caps,
 * and nvgpu's `load`, 0 to 1000, beside it. nvgpu's own governor, nvhost_podgov,
 * aims at a load of 70 % and looks each 25 ms; simple_ondemand is set up alike.
 */
#include <linux/devfreq.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/pm_opp.h>
#include <linux/sysfs.h>

#include "sim.h"

#define POLL_MS		25
#define LOAD_TARGET	70

/* kHz: published for the NX to 918 and at 1173; 1020 and 1122 are the AGX grid's. */
static const u32 gpu_khz[] = {
	306000, 408000, 510000, 612000, 714000, 816000, 918000, 1020000, 1122000, 1173000
};

static struct devfreq_simple_ondemand_data gpu_ondemand = {
	/* it scales to the middle of the two thresholds */
	.upthreshold = LOAD_TARGET + 5,
	.downdifferential = 10,
};

struct sim_gpu {
	struct devfreq_dev_profile profile;
	u64 busy;	/* at the last look, guarded by devfreq's lock */
	u64 at;
};

static int gpu_target(struct device *dev, unsigned long *freq, u32 flags)
{
	struct dev_pm_opp *opp = devfreq_recommended_opp(dev, freq, flags);
	unsigned long irq;

	if (IS_ERR(opp))
		return PTR_ERR(opp);
	dev_pm_opp_put(opp);
	irq = sim_begin();
	sim_clock_ask(SIM_GPU, *freq / 1000);
	sim_end(irq);
	return 0;
}

static int gpu_cur_freq(struct device *dev, unsigned long *freq)
{
	unsigned long irq = sim_begin();

	*freq = sim_clock_shown(SIM_GPU) * 1000UL;
	sim_end(irq);
	return 0;
}

static int gpu_status(struct device *dev, struct devfreq_dev_status *stat)
{
	struct sim_gpu *gpu = dev_get_drvdata(dev);
	unsigned long irq = sim_begin();
	u64 busy = board_busy_ns(sim_board, ORIN_SIM_GPU);

	stat->busy_time = busy - gpu->busy;
	stat->total_time = sim_now - gpu->at;
	stat->current_frequency = sim_clock_shown(SIM_GPU) * 1000UL;
	gpu->busy = busy;
	gpu->at = sim_now;
	sim_end(irq);
	return 0;
}

static ssize_t load_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	unsigned long irq = sim_begin();
	u32 load = sim_truth_gpu_load();

	sim_end(irq);
	return sysfs_emit(buf, "%u\n", load);
}
static DEVICE_ATTR_RO(load);

static struct attribute *gpu_attrs[] = {
	&dev_attr_load.attr,
	NULL
};
ATTRIBUTE_GROUPS(gpu);

static void remove_opps(void *dev)
{
	dev_pm_opp_remove_all_dynamic(dev);
}

static int add_opps(struct device *dev)
{
	unsigned int i;
	int err;

	err = devm_add_action(dev, remove_opps, dev);
	for (i = 0; i < ARRAY_SIZE(gpu_khz) && !err; i++)
		err = dev_pm_opp_add(dev, gpu_khz[i] * 1000UL, 0);
	return err;
}

/* JetPack 6 has these beside bus@0/17000000.gpu; programs use all three. */
static const char * const gpu_links[] = { "17000000.gpu", "gpu.0" };

static void remove_links(void *dev)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(gpu_links); i++)
		sysfs_remove_link(&platform_bus.kobj, gpu_links[i]);
}

static int add_links(struct device *dev)
{
	unsigned int i;
	int err = devm_add_action(dev, remove_links, dev);

	for (i = 0; i < ARRAY_SIZE(gpu_links) && !err; i++)
		err = sysfs_create_link(&platform_bus.kobj, &dev->kobj, gpu_links[i]);
	return err;
}

static int sim_gpu_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct sim_gpu *gpu = devm_kzalloc(dev, sizeof(*gpu), GFP_KERNEL);
	struct devfreq *devfreq;
	int err;

	if (!gpu)
		return -ENOMEM;
	platform_set_drvdata(pdev, gpu);
	gpu->profile.initial_freq = gpu_khz[0] * 1000UL;
	/* The poll is a span of model time, the kernel's timer runs in the guest's. */
	gpu->profile.polling_ms = POLL_MS * sim_scale;
	gpu->profile.timer = DEVFREQ_TIMER_DELAYED;
	gpu->profile.is_cooling_device = true;
	gpu->profile.target = gpu_target;
	gpu->profile.get_cur_freq = gpu_cur_freq;
	gpu->profile.get_dev_status = gpu_status;
	err = add_opps(dev) ?: add_links(dev);
	if (err)
		return err;
	devfreq = devm_devfreq_add_device(dev, &gpu->profile, DEVFREQ_GOV_SIMPLE_ONDEMAND,
					  &gpu_ondemand);
	return PTR_ERR_OR_ZERO(devfreq);
}

static const struct of_device_id sim_gpu_match[] = {
	{ .compatible = "nvidia,ga10b" },
	{ }
};

struct platform_driver sim_gpu_driver = {
	.probe = sim_gpu_probe,
	.driver = {
		.name = "orin_sim-gpu",
		.of_match_table = sim_gpu_match,
		.dev_groups = gpu_groups,
	},
};
