// SPDX-License-Identifier: GPL-2.0-only
/*
 * clk_cap files of both DLAs, as nvhost's: what is written is rounded to a rate
 * the clock can have and read back rounded.
 *
 * No list of rates is published. All caps that NVIDIA's power modes use (core
 * 115.2, 153.6, 614.4, 908.8, falcon 294.4, 435.2 MHz, and the larger ones of an
 * AGX) are multiples of 12.8 MHz, so that is the grid; the ends are the NX's in
 * its 10 W and 40 W modes. The falcon's clock has no effect here.
 */
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/sysfs.h>

#include "sim.h"

#define GRID		12800000UL
#define LOWEST		115200000UL
#define CORE_HIGHEST	908800000UL
#define FALCON_HIGHEST	435200000UL
#define FALCON_INITIAL	294400000UL

struct dla_clock {
	struct device_attribute attr;
	unsigned long highest;
	unsigned long rate;	/* falcon only, guarded by sim_lock */
	int clk;		/* enum sim_clk; -1: falcon */
};

static unsigned long dla_round(const struct dla_clock *c, unsigned long rate)
{
	return clamp(rounddown(rate, GRID), LOWEST, c->highest);
}

static ssize_t rate_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct dla_clock *c = container_of(attr, struct dla_clock, attr);
	unsigned long rate, flags = sim_begin();

	rate = c->clk < 0 ? c->rate : sim_clock_asked(c->clk) * 1000UL;
	sim_end(flags);
	return sysfs_emit(buf, "%lu\n", rate);
}

static ssize_t rate_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t count)
{
	struct dla_clock *c = container_of(attr, struct dla_clock, attr);
	unsigned long rate, flags;
	int err = kstrtoul(buf, 0, &rate);

	if (err)
		return err;
	rate = dla_round(c, rate);
	flags = sim_begin();
	if (c->clk < 0)
		c->rate = rate;
	else
		sim_clock_ask(c->clk, rate / 1000);
	sim_end(flags);
	return count;
}

static struct dla_clock dla0_core = {
	.attr = __ATTR(dla0_core, 0644, rate_show, rate_store),
	.highest = CORE_HIGHEST,
	.clk = SIM_DLA0,
};

static struct dla_clock dla0_falcon = {
	.attr = __ATTR(dla0_falcon, 0644, rate_show, rate_store),
	.highest = FALCON_HIGHEST,
	.rate = FALCON_INITIAL,
	.clk = -1,
};

static struct dla_clock dla1_core = {
	.attr = __ATTR(dla1_core, 0644, rate_show, rate_store),
	.highest = CORE_HIGHEST,
	.clk = SIM_DLA1,
};

static struct dla_clock dla1_falcon = {
	.attr = __ATTR(dla1_falcon, 0644, rate_show, rate_store),
	.highest = FALCON_HIGHEST,
	.rate = FALCON_INITIAL,
	.clk = -1,
};

static struct attribute *dla0_attrs[] = { &dla0_core.attr.attr, &dla0_falcon.attr.attr, NULL };
static struct attribute *dla1_attrs[] = { &dla1_core.attr.attr, &dla1_falcon.attr.attr, NULL };
static const struct attribute_group dla0_group = { .name = "clk_cap", .attrs = dla0_attrs };
static const struct attribute_group dla1_group = { .name = "clk_cap", .attrs = dla1_attrs };

static int sim_dla_probe(struct platform_device *pdev)
{
	bool first = of_node_name_eq(pdev->dev.of_node, "nvdla0");

	return devm_device_add_group(&pdev->dev, first ? &dla0_group : &dla1_group);
}

static const struct of_device_id sim_dla_match[] = {
	{ .compatible = "nvidia,tegra234-nvdla" },
	{ }
};

struct platform_driver sim_dla_driver = {
	.probe = sim_dla_probe,
	.driver = {
		.name = "orin_sim-nvdla",
		.of_match_table = sim_dla_match,
	},
};
