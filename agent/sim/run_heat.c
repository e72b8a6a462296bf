// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run_heat - a simulated board in the heat: leakage on all that it draws, the kernel's
 * caps below what is asked of the clocks, over-current. Without a thermal setup all is
 * as the board and whoever asks say.
 */
#include "sim/run_state.h"

static bool on(const struct sim *s)
{
	return s->setup->thermal;
}

void heat_init(struct sim *s)
{
	struct board_power p;

	board_power(s->board, &p);
	if (on(s))
		thermal_init(&s->thermal, s->setup->thermal, p.vdd_in_mw, s->silicon->gpu.n,
			     s->silicon->cpu.n);
}

uint32_t heat_mw(const struct sim *s)
{
	struct board_power p;

	board_power(s->board, &p);
	return on(s) ? thermal_true_mw(&s->thermal, p.vdd_in_mw) : p.vdd_in_mw;
}

uint64_t heat_uj(const struct sim *s)
{
	uint64_t uj[3];

	board_energy_uj(s->board, uj);
	return on(s) ? thermal_true_uj(&s->thermal, uj[0]) : uj[0];
}

/* The DLAs are no cooling devices. */
static uint32_t cap_khz(const struct sim *s, enum sim_clk clk)
{
	const struct silicon_clock *gpu = &s->silicon->gpu, *cpu = &s->silicon->cpu;

	if (!on(s) || clk > SIM_CPU2)
		return UINT32_MAX;
	if (clk == SIM_GPU)
		return gpu->khz[gpu->n - 1 - s->thermal.cooling[THERMAL_GPU]];
	return cpu->khz[cpu->n - 1 - s->thermal.cooling[THERMAL_CPU]];
}

static void ask(struct sim *s, enum sim_clk clk)
{
	uint32_t cap = cap_khz(s, clk);

	sim_clocks_ask(&s->clocks, clk, s->asked_khz[clk] < cap ? s->asked_khz[clk] : cap, s->now);
}

void heat_ask(struct sim *s, enum sim_clk clk, uint32_t khz)
{
	s->asked_khz[clk] = khz;
	ask(s, clk);
}

uint64_t heat_next(const struct sim *s)
{
	return on(s) && s->thermal.oc_until_ns ? s->thermal.oc_until_ns : BOARD_NEVER;
}

static bool cooled(const struct sim *s)
{
	return s->thermal.cooling[THERMAL_GPU] || s->thermal.cooling[THERMAL_CPU];
}

/* Before the heat, until clocks are back, after. */
static void count(struct sim *s)
{
	const struct thermal_setup *setup = s->setup->thermal;
	struct heat_count *c = &s->heat;

	if (c->phase == 0 && s->now >= setup->heat_from_ns)
		c->phase = 1;
	if (c->phase == 1 && s->now >= setup->heat_until_ns && !cooled(s))
		c->phase = 2;
	c->khz[c->phase] += sim_clocks_shown(&s->clocks, SIM_GPU);
	c->samples[c->phase]++;
	s->result->gpu_khz[c->phase] = (uint32_t)(c->khz[c->phase] / c->samples[c->phase]);
	s->result->cooled_ns += cooled(s) ? THERMAL_STEP_NS : 0;
	s->result->cooling = s->thermal.cooling[THERMAL_GPU];
	s->result->oc_events = s->thermal.oc_events;
	if (s->thermal.sink_uc / 1000 > s->result->hottest_mc)
		s->result->hottest_mc = (int32_t)(s->thermal.sink_uc / 1000);
}

void heat_sample(struct sim *s)
{
	uint64_t uj[3];
	uint32_t clk;

	if (!on(s))
		return;
	board_energy_uj(s->board, uj);
	if (thermal_step(&s->thermal, s->now, uj[0]))
		for (clk = SIM_GPU; clk < SIM_CPU0 + s->silicon->clusters; clk++)
			ask(s, clk);
	count(s);
}

void heat_current(struct sim *s)
{
	struct board_power p;

	if (!on(s))
		return;
	/* At the end of one, what is drawn without it counts: there may be another. */
	if (s->thermal.oc_until_ns && s->thermal.oc_until_ns <= s->now)
		sim_clocks_throttle(&s->clocks, s->board, false);
	board_power(s->board, &p);
	sim_clocks_throttle(&s->clocks, s->board,
			    thermal_current(&s->thermal, s->now, p.vdd_in_mw));
}
