// SPDX-License-Identifier: GPL-2.0-or-later
/* cdf - see svg.h */
#include <math.h>

#include "report/svg.h"

#define WIDTH		760
#define LEFT		64
#define RIGHT		540	/* names are to the right of it */
#define TOP		34
#define BOTTOM		300
#define FOOT		46
#define NAME_GAP	16

/* Whole decades around all curves. */
static struct svg_axis latencies(const struct svg_curve *curves, uint32_t count)
{
	struct svg_axis x = { .min = INFINITY, .max = 0, .from = LEFT, .to = RIGHT, .log = true };
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (isnan(curves[i].ms[0]))
			continue;
		x.min = fmin(x.min, curves[i].ms[0]);
		x.max = fmax(x.max, curves[i].ms[SIM_QUANTILES - 1]);
	}
	if (x.max <= 0)
		x.min = x.max = 1;
	/* A simulated request takes more than a nanosecond. */
	x.min = pow(10, floor(log10(fmax(x.min, 1e-6))));
	x.max = fmax(pow(10, ceil(log10(x.max))), x.min * 10);
	return x;
}

static void draw_axes(FILE *f, const struct svg_axis *x, const struct svg_axis *y)
{
	double at, minor;
	int pct;

	for (at = x->min; at <= x->max * 1.0001; at *= 10) {
		fprintf(f, "<path d=\"M%.1f %dV%d\" stroke=\"#d4d4d4\"/><text x=\"%.1f\" y=\"%d\" "
			"text-anchor=\"middle\" fill=\"#555\">%g</text>\n", svg_at(x, at), TOP, BOTTOM,
			svg_at(x, at), BOTTOM + 17, at);
		for (minor = 2; minor < 10 && at * minor < x->max; minor++)
			fprintf(f, "<path d=\"M%.1f %dV%d\" stroke=\"#f0f0f0\"/>\n", svg_at(x, at * minor), TOP,
				BOTTOM);
	}
	for (pct = 0; pct <= 100; pct += 25)
		fprintf(f, "<path d=\"M%d %.1fH%d\" stroke=\"#e4e4e4\"/><text x=\"%d\" y=\"%.1f\" "
			"text-anchor=\"end\" fill=\"#555\">%d %%</text>\n", LEFT, svg_at(y, pct / 100.0), RIGHT,
			LEFT - 8, svg_at(y, pct / 100.0) + 4, pct);
	fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">latency, ms</text>\n",
		(LEFT + RIGHT) / 2, BOTTOM + 36);
}

/* Nearest ranks: a request that was seen, and a step to the next. */
static void draw_curve(FILE *f, const struct svg_curve *c, const struct svg_axis *x, const struct svg_axis *y)
{
	uint32_t i;

	fprintf(f, "<path d=\"M%.1f %.1f", svg_at(x, c->ms[0]), svg_at(y, 0));
	for (i = 0; i < SIM_QUANTILES; i++)
		fprintf(f, "L%.1f %.1f", svg_at(x, c->ms[i]), svg_at(y, sim_quantile(i)));
	fprintf(f, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-linejoin=\"round\"/>\n",
		svg_colour(c->colour));
}

static void draw_name(FILE *f, const struct svg_curve *c, double y)
{
	fprintf(f, "<path d=\"M%d %.1fh18\" stroke=\"%s\" stroke-width=\"3\"/><text x=\"%d\" y=\"%.1f\">",
		RIGHT + 18, y, svg_colour(c->colour), RIGHT + 42, y + 4);
	svg_text(f, c->name);
	if (isnan(c->ms[0]))
		fputs(" (none)", f);
	fputs("</text>\n", f);
}

void svg_cdf(FILE *f, const struct svg_curve *curves, uint32_t count, const char *title)
{
	const struct svg_axis y = { .max = 1, .from = BOTTOM, .to = TOP };
	const struct svg_axis x = latencies(curves, count);
	uint32_t i;

	svg_open(f, WIDTH, BOTTOM + FOOT, title);
	fprintf(f, "<text x=\"%d\" y=\"20\" font-weight=\"600\">", LEFT);
	svg_text(f, title);
	fputs("</text>\n", f);
	draw_axes(f, &x, &y);
	for (i = 0; i < count; i++) {
		if (!isnan(curves[i].ms[0]))
			draw_curve(f, &curves[i], &x, &y);
		draw_name(f, &curves[i], TOP + 10 + i * NAME_GAP);
	}
	fputs("</svg>\n", f);
}
