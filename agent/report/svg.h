/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svg - pictures of a run: numbers in, text out; no script, no font of their own. */
#ifndef TWILL_REPORT_SVG_H
#define TWILL_REPORT_SVG_H

#include <stdio.h>

#include "report/record.h"
#include "sim/latency.h"

/**
 * struct svg_axis - numbers to pixels
 * @min: number at @from
 * @max: number at @to
 * @from: pixel
 * @to: pixel; may be less, as upwards
 * @log: decades are equally long; @min is above 0
 */
struct svg_axis {
	double min, max;
	double from, to;
	bool log;
};

double svg_at(const struct svg_axis *a, double number);
/* A round distance of ticks, so that there are at most @most of them. */
double svg_tick(double range, uint32_t most);
/* What a number at a tick is called. */
void svg_tick_name(char *name, size_t len, double number, double tick);
/* The colour of a model, or of another thing that there are several of. */
const char *svg_colour(uint32_t i);
/* Text, with what markup takes for itself written otherwise. */
void svg_text(FILE *f, const char *text);
/* The root, with fonts and a title for those who do not see it; close it with </svg>. */
void svg_open(FILE *f, uint32_t width, uint32_t height, const char *title);

/**
 * struct svg_timeline - what is drawn
 * @record: the span
 * @load: what ran
 * @policy: for the title
 * @budget_mw: 0 for none
 * @id: of the picture in its page: its patterns are named after it
 */
struct svg_timeline {
	const struct record *record;
	const struct sim_load *load;
	const char *policy;
	uint32_t budget_mw;
	uint32_t id;
};

/** svg_timeline() - a lane for each engine with a row for each model, and power below */
void svg_timeline(FILE *f, const struct svg_timeline *t);

/**
 * struct svg_curve - a distribution
 * @name: what of
 * @colour: index for svg_colour()
 * @ms: SIM_QUANTILES of them, as of sim_quantiles()
 */
struct svg_curve {
	const char *name;
	uint32_t colour;
	const double *ms;
};

/** svg_cdf() - share of requests that took no longer, over latency on a logarithmic axis */
void svg_cdf(FILE *f, const struct svg_curve *curves, uint32_t count, const char *title);

#endif
