// SPDX-License-Identifier: GPL-2.0-or-later
/* learn - see learn.h */
#include <math.h>
#include <string.h>

#include "policy/learn.h"

#define FAIR_PART	4	/* of a window, that nobody minds a task to have */
#define FORGET		0.98	/* of what is known, for each new job: fifty of them count */
#define OUTLIER		4.0	/* times longer or shorter than known: once it counts less */
#define OUTLIER_WEIGHT	0.2
#define DLA_SLOWER	2.5	/* published DLA and GPU times of one network, tests/orin/data: 1.9 to 3.3 */

static double ghz_inverse(uint32_t khz)
{
	return 1e6 / (khz ? khz : 1000000);
}

static struct learn_model *find(struct learn *l, const char *name)
{
	struct learn_model *m, *oldest = l->model;

	for (m = l->model; m < l->model + LEARN_MODELS; m++) {
		if (!strncmp(m->name, name, TWILL_NAME_MAX))
			return m;
		if (m->used < oldest->used)
			oldest = m;
	}
	memset(oldest, 0, sizeof(*oldest));
	strncpy(oldest->name, name, TWILL_NAME_MAX);
	return oldest;
}

const struct learn_model *learn_find(const struct learn *l, const char *name)
{
	const struct learn_model *m;

	for (m = l->model; m < l->model + LEARN_MODELS; m++)
		if (m->used && !strncmp(m->name, name, TWILL_NAME_MAX))
			return m;
	return NULL;
}

/*
 * With one clock only, nobody knows which part follows it: most does. Between
 * clocks the fit counts, as far as it makes sense: neither part is below zero.
 */
static double fitted_us(const struct learn_fit *f, double x)
{
	double mean_x = f->x / f->n, mean_y = f->y / f->n;
	double var = f->xx / f->n - mean_x * mean_x, b = 0.7 * mean_y / mean_x;

	if (var > 1e-4 * mean_x * mean_x) {
		b = (f->xy / f->n - mean_x * mean_y) / var;
		b = b < 0 ? 0 : b > mean_y / mean_x ? mean_y / mean_x : b;
	}
	return mean_y + b * (x - mean_x);
}

static void add(struct learn_fit *f, double x, double us)
{
	double w = 1, is;

	if (f->n) {
		is = fitted_us(f, x);
		if (us > is * OUTLIER || us * OUTLIER < is)
			w = OUTLIER_WEIGHT;
	}
	f->n = f->n * FORGET + w;
	f->x = f->x * FORGET + w * x;
	f->y = f->y * FORGET + w * us;
	f->xx = f->xx * FORGET + w * x * x;
	f->xy = f->xy * FORGET + w * x * us;
}

static double use_ns(const struct learn_use *u, uint64_t window_ns, uint64_t now_ns)
{
	if (!window_ns || now_ns <= u->at_ns)
		return u->ns;
	return u->ns * exp(-(double)(now_ns - u->at_ns) / (double)window_ns);
}

void learn_used(struct learn_use *u, uint64_t us, uint64_t window_ns, uint64_t now_ns)
{
	u->ns = use_ns(u, window_ns, now_ns) + (double)us * 1000;
	/* Not for ever, whatever it was: a window long is all that a window can see. */
	if (u->ns > (double)window_ns)
		u->ns = (double)window_ns;
	u->at_ns = now_ns;
}

uint32_t learn_over_us(const struct learn_use *u, uint64_t now_us, uint64_t window_ns,
		       uint64_t now_ns)
{
	double ns = use_ns(u, window_ns, now_ns) + (double)now_us * 1000;

	if (ns > (double)window_ns)
		ns = (double)window_ns;
	ns -= (double)window_ns / FAIR_PART;
	return ns > 0 ? (uint32_t)(ns / 1000) : 0;
}

void learn_place(struct learn *l, struct learn_job *j, uint32_t on, uint32_t khz, bool pieces,
		 uint64_t now_ns)
{
	if (j->on || !on || on >= LEARN_ACCELERATORS)
		return;
	l->joined[on] += l->on[on] != 0;
	*j = (struct learn_job){
		.on = on, .khz = khz, .begin_ns = now_ns, .joined = l->joined[on],
		.alone = !l->on[on], .pieces = pieces,
	};
	l->on[on]++;
}

void learn_hold(struct learn_job *j, bool frozen, uint64_t now_ns)
{
	if (frozen && !j->frozen_ns) {
		j->frozen_ns = now_ns ? now_ns : 1;
	} else if (!frozen && j->frozen_ns) {
		j->held_ns += now_ns - j->frozen_ns;
		j->frozen_ns = 0;
	}
}

uint64_t learn_ran_us(const struct learn_job *j, uint64_t now_ns)
{
	uint64_t held = j->held_ns + (j->frozen_ns ? now_ns - j->frozen_ns : 0);

	return j->on && now_ns > j->begin_ns + held ? (now_ns - j->begin_ns - held) / 1000 : 0;
}

void learn_end(struct learn *l, struct learn_job *j, const char *model, uint32_t khz,
	       uint64_t now_ns)
{
	bool alone = j->alone && l->joined[j->on] == j->joined;
	struct learn_model *m;
	uint64_t us;

	if (!j->on)
		return;
	learn_hold(j, false, now_ns);
	us = learn_ran_us(j, now_ns);
	if (us && (j->pieces || (alone && khz == j->khz && !j->held_ns))) {
		m = find(l, model);
		m->used = ++l->uses;
		add(&m->fit[j->on], ghz_inverse(khz), (double)us);
	}
	learn_drop(l, j);
}

void learn_drop(struct learn *l, struct learn_job *j)
{
	if (j->on)
		l->on[j->on]--;
	memset(j, 0, sizeof(*j));
}

/* Before anything of that class has run: about what these take on an Orin. */
static double guess_us(uint32_t cls)
{
	switch (cls) {
	case TWILL_CLASS_DNN:
		return 5000;
	case TWILL_CLASS_TRANSFORMER:
		return 15000;
	case TWILL_CLASS_LLM:
		return 2000000;
	}
	return 10000;
}

static bool is_dla(uint32_t on)
{
	return on == TWILL_ACCELERATOR_DLA0 || on == TWILL_ACCELERATOR_DLA1;
}

/* From what another accelerator needs. Both DLAs are alike. */
static double from_others(const struct learn_model *m, uint32_t on, double x)
{
	uint32_t twin = on == TWILL_ACCELERATOR_DLA0 ? TWILL_ACCELERATOR_DLA1 :
			on == TWILL_ACCELERATOR_DLA1 ? TWILL_ACCELERATOR_DLA0 : on;
	uint32_t a;

	if (m->fit[twin].n > 0)
		return fitted_us(&m->fit[twin], x);
	for (a = 1; a < LEARN_ACCELERATORS; a++) {
		if (!(m->fit[a].n > 0) || is_dla(a) == is_dla(on))
			continue;
		return m->fit[a].y / m->fit[a].n * (is_dla(on) ? DLA_SLOWER : 1 / DLA_SLOWER);
	}
	return 0;
}

uint32_t learn_us(const struct learn_model *m, uint32_t cls, uint32_t on, uint32_t khz)
{
	double x = ghz_inverse(khz), us = 0;

	if (on >= LEARN_ACCELERATORS)
		return 1;
	if (m)
		us = m->fit[on].n > 0 ? fitted_us(&m->fit[on], x) : from_others(m, on, x);
	if (!(us > 0))
		us = guess_us(cls) * (is_dla(on) ? DLA_SLOWER : 1);
	return us < 1 ? 1 : us > 4e9 ? 4000000000U : (uint32_t)us;
}
