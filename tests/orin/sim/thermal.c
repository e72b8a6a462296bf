// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thermal zones: one heat sink of first order, and a fixed offset for each zone.
 *
 * An Orin NX shows tj 45.8 C at 4.3 W, with the other zones as below (idle line
 * of a public tegrastats log), and 92 C at 29.4 W (ARK-Electronics/
 * ark_jetson_kernel, docs/power.md): 1.84 K/W above 37.9 C. The time constant is
 * an assumption: 60 s.
 */
#include <linux/bits.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/thermal.h>

#include "sim.h"

#define AMBIENT_MC	37900
#define MC_PER_W	1840
#define TICKS_PER_TAU	6000	/* 60 s */
#define ONE		BIT_ULL(32)

/* Below tj, in milli-Celsius: cpu gpu cv0-2 soc0-2 tj, numbered as the firmware does. */
static int zone_below[] = { 0, 2440, 4690, 3690, 7250, 3280, 5600, 6250, 0 };

static s64 sink_uc;	/* micro-Celsius, guarded by sim_lock */

static s64 settles_at(u32 mw)
{
	return AMBIENT_MC * 1000LL + (s64)mw * MC_PER_W;
}

void sim_thermal_init(void)
{
	struct board_power p;

	lockdep_assert_held(&sim_lock);
	board_power(sim_board, &p);
	sink_uc = settles_at(p.vdd_in_mw);
}

/* @ticks of 10 ms at a constant power: (1 - 1/tau) to that power, by squaring. */
void sim_thermal_step(u32 vdd_in_mw, u64 ticks)
{
	u64 factor = ONE - ONE / TICKS_PER_TAU, keep = ONE;
	s64 gap = sink_uc - settles_at(vdd_in_mw);
	u64 size = abs(gap);

	lockdep_assert_held(&sim_lock);
	for (; ticks; ticks >>= 1) {
		if (ticks & 1)
			keep = mul_u64_u64_shr(keep, factor, 32);
		factor = mul_u64_u64_shr(factor, factor, 32);
	}
	size = mul_u64_u64_shr(size, keep, 32);
	sink_uc = settles_at(vdd_in_mw) + (gap < 0 ? -(s64)size : (s64)size);
}

static int zone_temp(struct thermal_zone_device *tz, int *temp)
{
	const int *below = thermal_zone_device_priv(tz);
	unsigned long flags = sim_begin();

	*temp = (int)div_s64(sink_uc, 1000) - *below;
	sim_end(flags);
	return 0;
}

static const struct thermal_zone_device_ops zone_ops = {
	.get_temp = zone_temp,
};

static int sim_thermal_probe(struct platform_device *pdev)
{
	struct thermal_zone_device *tz;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(zone_below); i++) {
		tz = devm_thermal_of_zone_register(&pdev->dev, i, &zone_below[i], &zone_ops);
		if (IS_ERR(tz))
			return PTR_ERR(tz);
	}
	return 0;
}

static const struct of_device_id sim_thermal_match[] = {
	{ .compatible = "nvidia,tegra186-bpmp-thermal" },
	{ }
};

struct platform_driver sim_thermal_driver = {
	.probe = sim_thermal_probe,
	.driver = {
		.name = "orin_sim-thermal",
		.of_match_table = sim_thermal_match,
	},
};
