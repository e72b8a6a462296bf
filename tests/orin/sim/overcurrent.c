// SPDX-License-Identifier: GPL-2.0-only
/*
 * hwmon soctherm_oc: over-current events. OC1 is under-voltage, which never
 * happens here; OC2 is the mean over 10 ms above the limit; OC3 is the momentary
 * power above it, which halves the GPU's and the CPUs' clocks for 1.07 ms and
 * shows in no frequency file but cpuinfo_cur_freq. Counters become visible in
 * batches of two seconds. (Numbers: an Orin Nano study; NVIDIA's guide names the
 * alarms.) The limit is the rail's own guard, 7784 mA at 5 V.
 */
#include <linux/hwmon.h>
#include <linux/hwmon-sysfs.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/of.h>

#include "sim.h"

#define ALARMS		3
#define THROTTLE	1070000ULL
#define BATCH		(2000 * SIM_MS)

static unsigned int oc_limit_mw = 38900;
module_param(oc_limit_mw, uint, 0644);
MODULE_PARM_DESC(oc_limit_mw, "true VDD_IN power above which an over-current event happens");

/* Guarded by sim_lock. */
static struct {
	u64 events[ALARMS];
	u64 shown[ALARMS];
	u64 batch;	/* number of the batch that `shown` belongs to */
	u64 until;	/* end of a throttle, or 0 */
} oc;

static void refresh(void)
{
	u64 batch = div64_u64(sim_now, BATCH);

	if (batch == oc.batch)
		return;
	oc.batch = batch;
	memcpy(oc.shown, oc.events, sizeof(oc.shown));
}

/* What the board draws may have changed. */
void sim_oc_check(void)
{
	struct board_power p;

	lockdep_assert_held(&sim_lock);
	if (oc.until && oc.until <= sim_now) {
		oc.until = 0;
		sim_clock_throttle(false);
	}
	if (oc.until)
		return;
	board_power(sim_board, &p);
	if (p.vdd_in_mw <= READ_ONCE(oc_limit_mw))
		return;
	refresh();
	oc.events[2]++;
	oc.until = sim_now + THROTTLE;
	sim_clock_throttle(true);
}

u64 sim_oc_next(void)
{
	return oc.until ?: BOARD_NEVER;
}

void sim_oc_average(u32 vdd_in_mw, u64 ticks)
{
	lockdep_assert_held(&sim_lock);
	if (vdd_in_mw <= READ_ONCE(oc_limit_mw))
		return;
	refresh();
	oc.events[1] += ticks;
}

static ssize_t event_cnt_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	unsigned long flags = sim_begin();
	u64 events;

	refresh();
	events = oc.shown[to_sensor_dev_attr(attr)->index];
	sim_end(flags);
	return sysfs_emit(buf, "%llu\n", events);
}

static ssize_t throt_en_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "1\n");
}

static SENSOR_DEVICE_ATTR_RO(oc1_event_cnt, event_cnt, 0);
static SENSOR_DEVICE_ATTR_RO(oc2_event_cnt, event_cnt, 1);
static SENSOR_DEVICE_ATTR_RO(oc3_event_cnt, event_cnt, 2);
static SENSOR_DEVICE_ATTR_RO(oc1_throt_en, throt_en, 0);
static SENSOR_DEVICE_ATTR_RO(oc2_throt_en, throt_en, 1);
static SENSOR_DEVICE_ATTR_RO(oc3_throt_en, throt_en, 2);

static struct attribute *oc_attrs[] = {
	&sensor_dev_attr_oc1_event_cnt.dev_attr.attr,
	&sensor_dev_attr_oc2_event_cnt.dev_attr.attr,
	&sensor_dev_attr_oc3_event_cnt.dev_attr.attr,
	&sensor_dev_attr_oc1_throt_en.dev_attr.attr,
	&sensor_dev_attr_oc2_throt_en.dev_attr.attr,
	&sensor_dev_attr_oc3_throt_en.dev_attr.attr,
	NULL
};
ATTRIBUTE_GROUPS(oc);

static int sim_oc_probe(struct platform_device *pdev)
{
	struct device *hwmon;

	hwmon = devm_hwmon_device_register_with_groups(&pdev->dev, "soctherm_oc", NULL, oc_groups);
	return PTR_ERR_OR_ZERO(hwmon);
}

static const struct of_device_id sim_oc_match[] = {
	{ .compatible = "nvidia,tegra234-oc-event" },
	{ }
};

struct platform_driver sim_oc_driver = {
	.probe = sim_oc_probe,
	.driver = {
		.name = "orin_sim-oc",
		.of_match_table = sim_oc_match,
	},
};
