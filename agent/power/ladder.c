// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ladder - the order in which clocks are lowered when power must go down.
 *
 * From the top: the CPU's last step first, which costs most watts per cycle;
 * then the GPU, which draws most; then the CPU; the DLAs, which do most per
 * watt, at the very last.
 */
#include <errno.h>
#include <string.h>

#include "power/watt.h"

#define THRIFTY	1.02	/* times the least energy for a piece of work */

/* The highest entry of a clock's table that is not above khz; the lowest if all are. */
static uint32_t round_down(const struct platform_clock *c, uint32_t khz)
{
	uint32_t i = c->n;

	while (i > 1 && c->khz[i - 1] > khz)
		i--;
	return i ? c->khz[i - 1] : 0;
}

static uint32_t top(const struct platform_clock *c)
{
	return c->n ? c->khz[c->n - 1] : 0;
}

struct maker {
	struct watt *w;
	const struct board_profile *b;
	const struct platform *p;
	struct watt_step step[WATT_STEPS];	/* from the top */
	uint32_t n;
};

static void set_cpus(struct maker *m, struct watt_step *s, uint32_t khz)
{
	uint32_t i;

	for (i = 0; i < m->p->clusters; i++)
		s->cpu_khz[i] = round_down(&m->p->cpu[i], khz);
}

/* Weigh a step and take it, unless it is the same as the one above it. */
static void add(struct maker *m, struct watt_step s)
{
	struct watt_step *above = m->n ? &m->step[m->n - 1] : NULL;
	uint32_t i;

	s.base_mw = m->b->idle_mw;
	for (i = 0; i < m->p->clusters; i++)
		s.base_mw += m->p->cpu[i].cpus * board_mw(m->b, BOARD_CPU, s.cpu_khz[i]);
	s.gpu_mw = s.gpu_khz ? board_mw(m->b, BOARD_GPU, s.gpu_khz) : 0;
	s.dla_mw = s.dla_khz ? board_mw(m->b, BOARD_DLA, s.dla_khz) : 0;
	if (above && !memcmp(above, &s, sizeof(s)))
		return;
	if (m->n < WATT_STEPS)
		m->step[m->n++] = s;
}

/*
 * The lowest step at which a piece of work costs the GPU, over the idle board,
 * hardly more energy than at the best: power over clock.
 */
static uint32_t thrifty(const struct watt *w)
{
	double least = 0, cost;
	uint32_t i;

	for (i = 0; i < w->n; i++) {
		cost = w->step[i].gpu_khz ? (double)w->step[i].gpu_mw / w->step[i].gpu_khz : 0;
		if (cost > 0 && (least <= 0 || cost < least))
			least = cost;
	}
	for (i = 0; i + 1 < w->n; i++)
		if (w->step[i].gpu_mw <= least * THRIFTY * w->step[i].gpu_khz)
			break;
	return i;
}

int watt_init(struct watt *w, const struct board_profile *b, const struct platform *p)
{
	struct maker m = { .w = w, .b = b, .p = p };
	const struct board_curve *cpu = &b->part[BOARD_CPU], *dla = &b->part[BOARD_DLA];
	struct watt_step s;
	uint32_t i;

	memset(w, 0, sizeof(*w));
	if (!p->gpu.n && !p->clusters)
		return -ENODEV;
	memset(&s, 0, sizeof(s));
	s.gpu_khz = top(&p->gpu);
	for (i = 0; i < p->clusters; i++)
		s.cpu_khz[i] = top(&p->cpu[i]);
	if (dla->n && (p->dla[0].path[0] || p->dla[1].path[0]))
		s.dla_khz = dla->khz[dla->n - 1];
	add(&m, s);

	i = cpu->n > 1 ? cpu->n - 2 : 0;
	set_cpus(&m, &s, cpu->khz[i]);
	add(&m, s);
	for (uint32_t g = p->gpu.n; g > 1; g--) {
		s.gpu_khz = p->gpu.khz[g - 2];
		add(&m, s);
	}
	while (i--) {
		set_cpus(&m, &s, cpu->khz[i]);
		add(&m, s);
	}
	for (i = s.dla_khz ? dla->n - 1 : 0; i--;) {
		s.dla_khz = dla->khz[i];
		add(&m, s);
	}

	w->n = m.n;
	for (i = 0; i < m.n; i++)
		w->step[i] = m.step[m.n - 1 - i];
	w->at = w->n - 1;
	while (w->floor + 1 < w->n && w->step[w->floor + 1].gpu_khz == w->step[0].gpu_khz)
		w->floor++;
	w->thrifty = thrifty(w);
	w->idle_mw = b->idle_mw;
	w->max_mw = b->max_mw;
	w->excess_pct = 100;
	return 0;
}

uint32_t watt_min_mw(const struct watt *w)
{
	return w->idle_mw + w->step[0].gpu_mw;
}
