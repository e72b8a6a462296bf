// SPDX-License-Identifier: GPL-2.0-or-later
/* thermal - see thermal.h */
#include "sim/thermal.h"

#define SECOND		1000000000ULL
/*
 * As tests/orin/sim/thermal.c: tj 45.8 C at 4.3 W (idle line of a public tegrastats
 * log), 92 C at 29.4 W (ARK-Electronics/ark_jetson_kernel, docs/power.md); the time
 * constant is an assumption there.
 */
#define MC_PER_W	1840
#define STEPS_PER_TAU	6000	/* 60 s */
#define LEAK_FROM_MC	45800	/* derived: where the board's idle power was published */
#define POLL_NS		SECOND	/* polling-delay-passive of tegra234's thermal zones */
/* As tests/orin/sim/overcurrent.c: an Orin Nano study. */
#define OC_THROTTLE_NS	1070000ULL
#define OC_BATCH_NS	(2 * SECOND)

static int32_t around_mc(const struct thermal *t, uint64_t now_ns)
{
	const struct thermal_setup *s = t->setup;

	return now_ns >= s->heat_from_ns && now_ns < s->heat_until_ns ? s->heat_mc : s->around_mc;
}

static int64_t settles_uc(const struct thermal *t, uint64_t now_ns, uint64_t mw)
{
	return around_mc(t, now_ns) * 1000LL + (int64_t)mw * MC_PER_W;
}

/* Millionths of the power without it. */
static uint64_t leak_ppm(const struct thermal *t)
{
	int64_t above_mc = t->sink_uc / 1000 - LEAK_FROM_MC;

	return above_mc > 0 ? t->setup->leak_ppm * (uint64_t)above_mc / 10000 : 0;
}

static uint64_t with_leak(const struct thermal *t, uint64_t amount)
{
	return amount + amount * leak_ppm(t) / 1000000;
}

void thermal_init(struct thermal *t, const struct thermal_setup *setup, uint32_t mw, uint32_t gpu,
		  uint32_t cpu)
{
	*t = (struct thermal){
		.setup = setup, .poll_ns = POLL_NS, .batch_ns = OC_BATCH_NS,
		.most = { [THERMAL_GPU] = gpu - 1, [THERMAL_CPU] = cpu - 1 },
	};
	t->sink_uc = settles_uc(t, 0, mw);
}

uint32_t thermal_true_mw(const struct thermal *t, uint32_t mw)
{
	return (uint32_t)with_leak(t, mw);
}

uint64_t thermal_true_uj(const struct thermal *t, uint64_t board_uj)
{
	return t->true_uj + with_leak(t, board_uj - t->board_uj);
}

/* The kernel's step_wise governor, on one zone. */
static bool poll_trip(struct thermal *t, uint64_t now_ns)
{
	bool hot = t->sink_uc >= THERMAL_TRIP_MC * 1000LL, changed = false;
	uint32_t i;

	if (now_ns < t->poll_ns)
		return false;
	t->poll_ns += POLL_NS;
	for (i = 0; i < THERMAL_DEVICES; i++) {
		if (hot ? t->cooling[i] == t->most[i] : !t->cooling[i])
			continue;
		t->cooling[i] += hot ? 1 : -1;
		changed = true;
	}
	return changed;
}

bool thermal_step(struct thermal *t, uint64_t now_ns, uint64_t board_uj)
{
	uint64_t uj = thermal_true_uj(t, board_uj);
	uint64_t mw = now_ns > t->at_ns ? (uj - t->true_uj) * 1000000 / (now_ns - t->at_ns) : 0;

	t->sink_uc += (settles_uc(t, now_ns, mw) - t->sink_uc) / STEPS_PER_TAU;
	t->true_uj = uj;
	t->board_uj = board_uj;
	t->at_ns = now_ns;
	if (now_ns >= t->batch_ns) {
		t->batch_ns += OC_BATCH_NS;
		t->oc_shown = t->oc_events;
	}
	return poll_trip(t, now_ns);
}

bool thermal_current(struct thermal *t, uint64_t now_ns, uint32_t mw)
{
	if (t->oc_until_ns > now_ns)
		return true;
	t->oc_until_ns = 0;
	if (!t->setup->oc_limit_mw || thermal_true_mw(t, mw) <= t->setup->oc_limit_mw)
		return false;
	t->oc_events++;
	t->oc_until_ns = now_ns + OC_THROTTLE_NS;
	return true;
}
