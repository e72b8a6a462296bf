// SPDX-License-Identifier: GPL-2.0-or-later
/* timeline - see svg.h */
#include <math.h>
#include <string.h>

#include "report/svg.h"

#define WIDTH		1200
#define LEFT		170
#define RIGHT		1180
#define HEAD		62	/* title and legend */
#define ROW		17	/* of a model */
#define ROW_CPU		7	/* its stages there are short, and named above */
#define LANE_GAP	10
#define POWER		110
#define FOOT		42
#define TICKS		12

struct canvas {
	FILE *f;
	const struct svg_timeline *t;
	struct svg_axis x;
	double row[ORIN_SIM_ENGINES][SIM_MODELS];	/* upper edge; below 0: not there */
	double lane[ORIN_SIM_ENGINES], lane_end[ORIN_SIM_ENGINES];
	double bottom;
	uint32_t order[SIM_MODELS];			/* the highest priority first */
};

/* From top to bottom. */
static const uint8_t lanes[] = { ORIN_SIM_GPU, ORIN_SIM_DLA0, ORIN_SIM_DLA1, ORIN_SIM_CPU };
static const char *const lane_names[] = {
	[ORIN_SIM_GPU] = "GPU", [ORIN_SIM_DLA0] = "DLA 0", [ORIN_SIM_DLA1] = "DLA 1",
	[ORIN_SIM_CPU] = "CPU",
};

static double height(uint32_t engine)
{
	return engine == ORIN_SIM_CPU ? ROW_CPU : ROW;
}

static void sort_models(struct canvas *c)
{
	const struct sim_load *l = c->t->load;
	uint32_t i, at;

	for (i = 0; i < l->models_n; i++) {
		for (at = i; at && l->priority[c->order[at - 1]] < l->priority[i]; at--)
			c->order[at] = c->order[at - 1];
		c->order[at] = i;
	}
}

/* Rows for what is in the span, in lanes; the board has all of them, used or not. */
static void lay_out(struct canvas *c)
{
	const struct record *r = c->t->record;
	bool used[ORIN_SIM_ENGINES][SIM_MODELS] = { { false } };
	double y = HEAD;
	uint32_t l, i;
	size_t b;

	for (b = 0; b < r->bars_n; b++)
		used[r->bars[b].engine][r->bars[b].model] = true;
	for (l = 0; l < sizeof(lanes); l++) {
		uint32_t e = lanes[l];

		c->lane[e] = y;
		for (i = 0; i < c->t->load->models_n; i++) {
			c->row[e][c->order[i]] = -1;
			if (!used[e][c->order[i]])
				continue;
			c->row[e][c->order[i]] = y;
			y += height(e);
		}
		if (y - c->lane[e] < ROW)
			y = c->lane[e] + ROW;
		c->lane_end[e] = y;
		y += LANE_GAP;
	}
	c->bottom = y + POWER;
	c->x = (struct svg_axis){
		.min = (double)r->from_ns * 1e-9, .max = (double)r->to_ns * 1e-9,
		.from = LEFT, .to = RIGHT,
	};
}

static void draw_head(struct canvas *c)
{
	const struct svg_timeline *t = c->t;

	fprintf(c->f, "<defs><pattern id=\"held%u\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
		"patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#fff\" "
		"fill-opacity=\".55\"/><rect width=\"2\" height=\"6\" fill=\"#333\"/></pattern></defs>\n", t->id);
	fprintf(c->f, "<text x=\"12\" y=\"22\" font-size=\"16\" font-weight=\"600\">");
	svg_text(c->f, t->policy);
	fputs("</text>\n", c->f);
	fprintf(c->f, "<text x=\"%d\" y=\"22\" text-anchor=\"end\" fill=\"#555\">", RIGHT);
	if (t->budget_mw)
		fprintf(c->f, "budget %.1f W, ", t->budget_mw * 1e-3);
	fprintf(c->f, "a model of an Orin NX 16GB</text>\n");
}

/* What a mark means, whatever its colour. */
static void draw_legend(struct canvas *c)
{
	static const struct { const char *name, *mark; } keys[] = {
		{ "waits", "<path d=\"M0 6h24\" stroke=\"#555\" stroke-width=\"1.5\"/>" },
		{ "job under way", "<rect width=\"24\" height=\"12\" fill=\"#555\" fill-opacity=\".28\"/>" },
		{ "its units at work", "<rect width=\"24\" height=\"12\" fill=\"#555\"/>" },
		{ "frozen", NULL },
	};
	double x = LEFT;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		fprintf(c->f, "<g transform=\"translate(%.0f 36)\">", x);
		if (keys[i].mark)
			fputs(keys[i].mark, c->f);
		else
			fprintf(c->f, "<rect width=\"24\" height=\"12\" fill=\"url(#held%u)\" stroke=\"#333\" "
				"stroke-width=\".7\"/>", c->t->id);
		fprintf(c->f, "<text x=\"30\" y=\"10\">%s</text></g>\n", keys[i].name);
		x += 46 + 6.6 * (double)strlen(keys[i].name);
	}
	fprintf(c->f, "<text x=\"%d\" y=\"46\" text-anchor=\"end\" fill=\"#555\">a row for each model, the "
		"highest priority first</text>\n", RIGHT);
}

static void draw_grid(struct canvas *c)
{
	double tick = svg_tick(c->x.max - c->x.min, TICKS), s;
	char name[32];

	for (s = ceil(c->x.min / tick - 1e-9) * tick; s <= c->x.max + tick * 1e-6; s += tick) {
		svg_tick_name(name, sizeof(name), s, tick);
		fprintf(c->f, "<path d=\"M%.1f %dV%.1f\" stroke=\"#e4e4e4\"/><text x=\"%.1f\" y=\"%.1f\" "
			"text-anchor=\"middle\" fill=\"#555\">%s</text>\n", svg_at(&c->x, s), HEAD - 4,
			c->bottom, svg_at(&c->x, s), c->bottom + 16, name);
	}
	fprintf(c->f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"middle\" fill=\"#555\">seconds</text>\n",
		(LEFT + RIGHT) / 2, c->bottom + 34);
}

static void draw_lane(struct canvas *c, uint32_t e)
{
	uint32_t i, m;
	bool empty = true;

	fprintf(c->f, "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"#f4f5f7\"/>\n", LEFT,
		c->lane[e], RIGHT - LEFT, c->lane_end[e] - c->lane[e]);
	fprintf(c->f, "<text x=\"12\" y=\"%.1f\" font-weight=\"600\">%s</text>\n", c->lane[e] + 13,
		lane_names[e]);
	for (i = 0; i < c->t->load->models_n; i++) {
		m = c->order[i];
		empty &= c->row[e][m] < 0;
		if (c->row[e][m] < 0 || e == ORIN_SIM_CPU)
			continue;
		fprintf(c->f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" font-size=\"11\">", LEFT - 8,
			c->row[e][m] + 12.5);
		svg_text(c->f, c->t->load->models[m].name);
		fputs("</text>\n", c->f);
	}
	if (empty || e == ORIN_SIM_CPU)
		fprintf(c->f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" font-size=\"11\" fill=\"#777\">%s"
			"</text>\n", LEFT - 8, c->lane[e] + 12.5, empty ? "idle" : "stages");
}

/* One path for all bars of a kind in a row: a picture of a million jobs has kilobytes. */
static void draw_bars(struct canvas *c, enum record_kind kind, uint32_t e, uint32_t m)
{
	static const char *const style[] = {
		[RECORD_WAIT] = "stroke-width=\"1.5\" stroke", [RECORD_JOB] = "fill-opacity=\".28\" fill",
		[RECORD_UNIT] = "fill", [RECORD_FROZEN] = "stroke=\"#333\" stroke-width=\".4\" fill",
	};
	const struct record *r = c->t->record;
	double y = c->row[e][m], h = height(e), from, width;
	bool open = false;
	size_t i;

	for (i = 0; i < r->bars_n; i++) {
		const struct record_bar *b = &r->bars[i];

		if (b->kind != kind || b->engine != e || b->model != m)
			continue;
		from = svg_at(&c->x, (double)b->from_ns * 1e-9);
		width = svg_at(&c->x, (double)b->to_ns * 1e-9) - from;
		fputs(open ? "" : "<path d=\"", c->f);
		open = true;
		if (kind == RECORD_WAIT)
			fprintf(c->f, "M%.1f %.1fh%.1f", from, y + h / 2, fmax(width, 0.3));
		else if (kind == RECORD_UNIT)
			fprintf(c->f, "M%.1f %.1fh%.1fv%.1fh-%.1fz", from, y + h * 0.22, fmax(width, 0.4),
				h * 0.56, fmax(width, 0.4));
		else	/* a little less than it is, for an edge between neighbours */
			fprintf(c->f, "M%.1f %.1fh%.1fv%.1fh-%.1fz", from, y + 1, fmax(width - 0.6, 0.4),
				h - 2, fmax(width - 0.6, 0.4));
	}
	if (open && kind == RECORD_FROZEN)
		fprintf(c->f, "\" %s=\"url(#held%u)\"/>\n", style[kind], c->t->id);
	else if (open)
		fprintf(c->f, "\" %s=\"%s\"/>\n", style[kind], svg_colour(m));
}

static double most_w(const struct canvas *c)
{
	const struct record *r = c->t->record;
	double most = c->t->budget_mw * 1e-3;
	uint32_t i;

	for (i = 0; i < r->power_n; i++)
		most = fmax(most, fmax(r->power[i].mean_mw, r->power[i].window_mw) * 1e-3);
	return most > 1 ? most : 1;
}

static void draw_watts(struct canvas *c, const struct svg_axis *y)
{
	const struct record *r = c->t->record;
	double x = LEFT;
	uint32_t i;
	bool pen = false;

	fprintf(c->f, "<path d=\"M%d %.1f", LEFT, c->bottom);
	for (i = 0; i < r->power_n; i++) {
		fprintf(c->f, "V%.1f", svg_at(y, r->power[i].mean_mw * 1e-3));
		x = fmin(svg_at(&c->x, (double)(r->from_ns + (i + 1) * r->power_ns) * 1e-9), RIGHT);
		fprintf(c->f, "H%.1f", x);
	}
	fprintf(c->f, "V%.1fz\" fill=\"#c3ccd6\"/>\n<path d=\"", c->bottom);
	for (i = 0; i < r->power_n; i++) {
		if (!r->power[i].window_mw)
			continue;
		x = svg_at(&c->x, (double)(r->from_ns + (i + 1) * r->power_ns) * 1e-9);
		fprintf(c->f, "%c%.1f %.1f", pen ? 'L' : 'M', fmin(x, RIGHT),
			svg_at(y, r->power[i].window_mw * 1e-3));
		pen = true;
	}
	fputs(pen ? "\" fill=\"none\" stroke=\"#1b2a3a\" stroke-width=\"1.8\"/>\n" : "M0 0\"/>\n", c->f);
}

static void draw_power(struct canvas *c)
{
	double most = most_w(c) * 1.08, tick = svg_tick(most, 5), w;
	struct svg_axis y = { .max = most, .from = c->bottom, .to = c->bottom - POWER };
	char name[32];

	fprintf(c->f, "<text x=\"12\" y=\"%.1f\" font-weight=\"600\">Power</text>\n", y.to + 13);
	fprintf(c->f, "<g font-size=\"11\"><rect x=\"12\" y=\"%.1f\" width=\"14\" height=\"9\" fill=\"#c3ccd6\"/>"
		"<text x=\"32\" y=\"%.1f\">at each moment</text>", y.to + 24, y.to + 33);
	fprintf(c->f, "<path d=\"M12 %.1fh14\" stroke=\"#1b2a3a\" stroke-width=\"1.8\"/><text x=\"32\" y=\"%.1f\">"
		"mean of a second</text>", y.to + 47, y.to + 51);
	if (c->t->budget_mw)
		fprintf(c->f, "<path d=\"M12 %.1fh14\" stroke=\"#b0300a\" stroke-width=\"1.5\" "
			"stroke-dasharray=\"4 2\"/><text x=\"32\" y=\"%.1f\">budget</text>", y.to + 65,
			y.to + 69);
	fputs("</g>\n", c->f);
	draw_watts(c, &y);
	for (w = 0; w <= most; w += tick) {
		svg_tick_name(name, sizeof(name), w, tick);
		fprintf(c->f, "<path d=\"M%d %.1fH%d\" stroke=\"#000\" stroke-opacity=\".12\"/><text x=\"%d\" "
			"y=\"%.1f\" text-anchor=\"end\" font-size=\"11\" fill=\"#555\">%s W</text>\n", LEFT,
			svg_at(&y, w), RIGHT, LEFT - 8, svg_at(&y, w) + 4, name);
	}
	if (c->t->budget_mw)
		fprintf(c->f, "<path d=\"M%d %.1fH%d\" stroke=\"#b0300a\" stroke-width=\"1.5\" "
			"stroke-dasharray=\"6 3\"/>\n", LEFT, svg_at(&y, c->t->budget_mw * 1e-3), RIGHT);
}

void svg_timeline(FILE *f, const struct svg_timeline *t)
{
	/* Bottom to top, so that what is frozen is seen to be. */
	static const uint8_t kinds[] = { RECORD_WAIT, RECORD_JOB, RECORD_UNIT, RECORD_FROZEN };
	struct canvas c = { .f = f, .t = t };
	uint32_t l, m, k;
	char title[96];

	sort_models(&c);
	lay_out(&c);
	snprintf(title, sizeof(title), "%.32s: what ran where, %.3f to %.3f s", t->policy, c.x.min, c.x.max);
	svg_open(f, WIDTH, (uint32_t)(c.bottom + FOOT), title);
	draw_head(&c);
	draw_legend(&c);
	for (l = 0; l < sizeof(lanes); l++)
		draw_lane(&c, lanes[l]);
	draw_grid(&c);
	for (l = 0; l < sizeof(lanes); l++)
		for (m = 0; m < t->load->models_n; m++)
			for (k = 0; k < sizeof(kinds) && c.row[lanes[l]][m] >= 0; k++)
				draw_bars(&c, kinds[k], lanes[l], m);
	draw_power(&c);
	fputs("</svg>\n", f);
}
