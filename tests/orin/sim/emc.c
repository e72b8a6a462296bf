// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/nvpmodel_clk_cap/emc: the cap of the memory clock, in Hz, zero for
 * none. Rates are those seen on Orins: 204, 665.6, 2133 and 3199 MHz.
 */
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#include "sim.h"

static const u32 emc_khz[] = { 204000, 665600, 2133000, 3199000 };

static struct kobject *emc_dir;

static ssize_t emc_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned long hz, flags = sim_begin();

	hz = sim_clock_asked(SIM_EMC) * 1000UL;
	sim_end(flags);
	return sysfs_emit(buf, "%lu\n", hz);
}

static ssize_t emc_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			 size_t count)
{
	unsigned int i = ARRAY_SIZE(emc_khz) - 1;
	unsigned long hz, flags;
	int err = kstrtoul(buf, 0, &hz);

	if (err)
		return err;
	while (hz && i && emc_khz[i] * 1000UL > hz)
		i--;
	flags = sim_begin();
	sim_clock_ask(SIM_EMC, emc_khz[i]);
	sim_end(flags);
	return count;
}

static struct kobj_attribute emc_attr = __ATTR_RW(emc);

int sim_emc_init(void)
{
	int err;

	emc_dir = kobject_create_and_add("nvpmodel_clk_cap", kernel_kobj);
	if (!emc_dir)
		return -ENOMEM;
	err = sysfs_create_file(emc_dir, &emc_attr.attr);
	if (err)
		kobject_put(emc_dir);
	return err;
}

void sim_emc_exit(void)
{
	kobject_put(emc_dir);
}
