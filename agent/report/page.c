// SPDX-License-Identifier: GPL-2.0-or-later
/* page - see page.h */
#include <inttypes.h>
#include <math.h>

#include "report/page.h"
#include "report/svg.h"

static const char style[] =
	"body{font:15px/1.5 system-ui,'Liberation Sans','DejaVu Sans',sans-serif;color:#222;background:#fff;"
	"max-width:1200px;margin:2em auto;padding:0 1em}\n"
	"h1{font-size:1.6em;margin:0}h2{font-size:1.25em;margin:2em 0 .4em;border-top:1px solid #ddd;"
	"padding-top:1em}\n"
	".sub{color:#555;margin:.2em 0 1.2em}\n"
	"table{border-collapse:collapse;margin:.8em 0;font-variant-numeric:tabular-nums}\n"
	"th{font-weight:600;text-align:right;border-bottom:2px solid #bbb;padding:.25em .8em;"
	"vertical-align:bottom}\n"
	"td{text-align:right;border-bottom:1px solid #e6e6e6;padding:.25em .8em;"
	"white-space:nowrap}\n"
	"th:first-child,td:first-child{text-align:left;padding-left:0}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1.2em}dt{color:#555}dd{margin:0}\n"
	".best{font-weight:600}.over{font-weight:600;color:#a02800}\n"
	".dot{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.5em}\n"
	".wide{overflow-x:auto}svg{max-width:100%;height:auto}\n";

/* ---- cells ---- */

static void cell_ms(FILE *f, double ms, bool best)
{
	if (isnan(ms))
		fputs("<td>&ndash;</td>", f);
	else
		fprintf(f, "<td%s>%.1f</td>", best ? " class=\"best\"" : "", ms);
}

static void cell_missed(FILE *f, const struct sim_latency *l)
{
	if (!l->deadlines)
		fputs("<td>&ndash;</td>", f);
	else
		fprintf(f, "<td>%zu of %zu (%.1f %%)</td>", l->missed, l->deadlines,
			100.0 * (double)l->missed / (double)l->deadlines);
}

static void cells_latency(FILE *f, const struct sim_latency *l, const double *quantiles)
{
	fprintf(f, "<td>%zu</td>", l->jobs);
	cell_ms(f, l->mean_ms, false);
	cell_ms(f, l->p50_ms, false);
	cell_ms(f, l->p99_ms, false);
	cell_ms(f, quantiles[SIM_QUANTILES - 1], false);
	cell_missed(f, l);
}

/* Of the budget's windows: how many were over it. */
static void cell_over(FILE *f, const struct page *p, const struct sim_result *r)
{
	if (!p->setup->budget_mw)
		fputs("<td>&ndash;</td>", f);
	else
		fprintf(f, "<td%s>%u of %u</td>", r->windows_over ? " class=\"over\"" : "", r->windows_over,
			r->windows);
}

static double end_s(const struct report_run *run)
{
	return fmax((double)run->result.end_ns * 1e-9, 1e-9);
}

/* ---- parts ---- */

static void write_setup(FILE *f, const struct page *p)
{
	const struct sim_setup *s = p->setup;

	fputs("<dl><dt>Trace</dt><dd>", f);
	svg_text(f, p->trace);
	fprintf(f, ", %zu requests of %u models</dd><dt>Power profile</dt><dd>", p->load->jobs_n,
		p->load->models_n);
	svg_text(f, p->board);
	fputs("</dd><dt>Budget</dt><dd>", f);
	if (s->budget_mw)
		fprintf(f, "%.1f W, mean of each second", s->budget_mw * 1e-3);
	else
		fputs("none", f);
	fprintf(f, "</dd><dt>Submitted at once</dt><dd>%s; language models token by token</dd>",
		p->by_layer ? "a layer" : "a whole engine");
	fputs("<dt>Change on the GPU</dt><dd>", f);
	if (s->switch_ns < 0)
		fputs("as the board's table has it", f);
	else
		fprintf(f, "%" PRId64 " &micro;s", s->switch_ns / 1000);
	fprintf(f, "</dd><dt>Sensor</dt><dd>shows %+.1f %%</dd></dl>\n", s->gain_ppm * 1e-4);
}

static double least(const struct page *p, bool high)
{
	double ms = INFINITY;
	uint32_t i;

	for (i = 0; i < p->runs_n; i++)
		ms = fmin(ms, high ? p->runs[i].high.p99_ms : p->runs[i].all.mean_ms);
	return ms;
}

/* Side by side; the least of each latency stands out. */
static void write_comparison(FILE *f, const struct page *p)
{
	uint32_t i;

	fputs("<h2>Policies</h2>\n<div class=\"wide\"><table><tr><th>policy</th><th>mean ms</th><th>p99 ms</th>"
	      "<th>p99 ms of the<br>highest priority</th><th>deadlines<br>missed</th><th>energy J</th>"
	      "<th>mean W</th><th>highest<br>second W</th><th>windows over<br>the budget</th><th>freezes</th>"
	      "<th>migrations</th><th>unfinished</th></tr>\n", f);
	for (i = 0; i < p->runs_n; i++) {
		const struct report_run *run = &p->runs[i];
		const struct sim_result *r = &run->result;

		fprintf(f, "<tr><td>%s</td>", run->policy);
		cell_ms(f, run->all.mean_ms, p->runs_n > 1 && run->all.mean_ms == least(p, false));
		cell_ms(f, run->all.p99_ms, false);
		cell_ms(f, run->high.p99_ms, p->runs_n > 1 && run->high.p99_ms == least(p, true));
		cell_missed(f, &run->all);
		fprintf(f, "<td>%.1f</td><td>%.1f</td><td>%.1f</td>", (double)r->energy_uj * 1e-6,
			(double)r->energy_uj * 1e-6 / end_s(run), r->max_window_mw * 1e-3);
		cell_over(f, p, r);
		fprintf(f, "<td>%u</td><td>%u</td><td>%u</td></tr>\n", r->freezes, r->migrations,
			r->unfinished);
	}
	fputs("</table></div>\n", f);
}

static void write_all_cdf(FILE *f, const struct page *p)
{
	struct svg_curve curves[p->runs_n];
	uint32_t i;

	for (i = 0; i < p->runs_n; i++)
		curves[i] = (struct svg_curve){ p->runs[i].policy, i, p->runs[i].quantiles[SIM_MODELS] };
	fputs("<div class=\"wide\">", f);
	svg_cdf(f, curves, p->runs_n, "Requests that took no longer, all models");
	fputs("</div>\n", f);
}

/* Latencies of one model under each policy. */
static void write_models(FILE *f, const struct page *p)
{
	uint32_t m, i;

	fputs("<div class=\"wide\"><table><tr><th>mean ms (p99 ms)</th><th>priority</th>", f);
	for (i = 0; i < p->runs_n; i++)
		fprintf(f, "<th>%s</th>", p->runs[i].policy);
	fputs("</tr>\n", f);
	for (m = 0; m < p->load->models_n; m++) {
		fputs("<tr><td>", f);
		svg_text(f, p->load->models[m].name);
		fprintf(f, "</td><td>%u</td>", p->load->priority[m]);
		for (i = 0; i < p->runs_n; i++) {
			const struct sim_latency *l = &p->runs[i].model[m];

			if (l->jobs)
				fprintf(f, "<td>%.1f (%.1f)</td>", l->mean_ms, l->p99_ms);
			else
				fputs("<td>&ndash;</td>", f);
		}
		fputs("</tr>\n", f);
	}
	fputs("</table></div>\n", f);
}

static void write_latencies(FILE *f, const struct page *p, const struct report_run *run)
{
	uint32_t m;

	fputs("<div class=\"wide\"><table><tr><th>model</th><th>class</th><th>priority</th><th>requests</th>"
	      "<th>mean ms</th><th>p50 ms</th><th>p99 ms</th><th>longest ms</th><th>deadlines missed</th>"
	      "</tr>\n", f);
	for (m = 0; m < p->load->models_n; m++) {
		fprintf(f, "<tr><td><span class=\"dot\" style=\"background:%s\"></span>", svg_colour(m));
		svg_text(f, p->load->models[m].name);
		fprintf(f, "</td><td>%s</td><td>%u</td>", profile_class_name(p->load->models[m].cls),
			p->load->priority[m]);
		cells_latency(f, &run->model[m], run->quantiles[m]);
		fputs("</tr>\n", f);
	}
	fputs("<tr class=\"best\"><td>all</td><td></td><td></td>", f);
	cells_latency(f, &run->all, run->quantiles[SIM_MODELS]);
	fputs("</tr></table></div>\n", f);
}

static void write_power(FILE *f, const struct page *p, const struct report_run *run)
{
	const struct sim_result *r = &run->result;

	fprintf(f, "<p>%.1f s, %.1f J, mean %.1f W; highest second %.1f W", end_s(run),
		(double)r->energy_uj * 1e-6, (double)r->energy_uj * 1e-6 / end_s(run),
		r->max_window_mw * 1e-3);
	if (p->setup->budget_mw)
		fprintf(f, ", %s%u of %u windows of a second over the budget of %.1f W%s", r->windows_over ?
			"<span class=\"over\">" : "", r->windows_over, r->windows,
			p->setup->budget_mw * 1e-3, r->windows_over ? "</span>" : "");
	fprintf(f, ". %u freezes, %u migrations, %" PRIu64 " decisions, %u requests unfinished.</p>\n",
		r->freezes, r->migrations, r->decisions, r->unfinished);
}

static void write_run(FILE *f, const struct page *p, uint32_t i)
{
	const struct report_run *run = &p->runs[i];
	struct svg_curve curves[SIM_MODELS];
	const struct svg_timeline t = {
		.record = &run->record, .load = p->load, .policy = run->policy,
		.budget_mw = p->setup->budget_mw, .id = i,
	};
	uint32_t m;

	fprintf(f, "<h2>%s</h2>\n", run->policy);
	write_latencies(f, p, run);
	write_power(f, p, run);
	fputs("<div class=\"wide\">", f);
	svg_timeline(f, &t);
	fputs("</div>\n<div class=\"wide\">", f);
	for (m = 0; m < p->load->models_n; m++)
		curves[m] = (struct svg_curve){ p->load->models[m].name, m, run->quantiles[m] };
	svg_cdf(f, curves, p->load->models_n, "Requests that took no longer, by model");
	fputs("</div>\n", f);
}

void page_write(FILE *f, const struct page *p)
{
	uint32_t i;

	fprintf(f, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\"><title>Twill: simulation</title>\n"
		"<style>%s</style></head>\n<body>\n<h1>Twill: simulation</h1>\n<p class=\"sub\">A model of an "
		"Orin NX 16GB: compare policies, and believe no absolute figure. twillctl %s</p>\n", style,
		TWILL_VERSION);
	write_setup(f, p);
	write_comparison(f, p);
	if (p->runs_n > 1) {
		write_models(f, p);
		write_all_cdf(f, p);
	}
	for (i = 0; i < p->runs_n; i++)
		write_run(f, p, i);
	fputs("</body></html>\n", f);
}
