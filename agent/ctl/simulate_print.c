// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl simulate: what it prints */
#include <math.h>
#include <stdio.h>

#include "ctl/json.h"
#include "ctl/simulate.h"

static void put_ms(struct json_object *to, const char *key, double ms)
{
	json_object_object_add(to, key, isnan(ms) ? NULL : json_object_new_double(ms));
}

static void put_latency(struct json_object *to, const struct sim_latency *l)
{
	json_put_number(to, "jobs", l->jobs);
	put_ms(to, "mean_ms", l->mean_ms);
	put_ms(to, "p50_ms", l->p50_ms);
	put_ms(to, "p99_ms", l->p99_ms);
	json_put_number(to, "deadlines", l->deadlines);
	json_put_number(to, "deadlines_missed", l->missed);
}

static struct json_object *json_run(const struct page *p, const struct report_run *run)
{
	struct json_object *top = json_object_new_object(), *models, *one;
	const struct sim_result *r = &run->result;
	uint32_t i;

	json_put_string(top, "policy", run->policy);
	json_put_number(top, "budget_mw", p->setup->budget_mw);
	put_latency(top, &run->all);
	put_ms(top, "high_prio_p99_ms", run->high.p99_ms);
	json_object_object_add(top, "energy_j", json_object_new_double((double)r->energy_uj * 1e-6));
	json_object_object_add(top, "end_s", json_object_new_double((double)r->end_ns * 1e-9));
	json_put_number(top, "max_window_mw", r->max_window_mw);
	json_put_number(top, "windows", r->windows);
	json_put_number(top, "windows_over_budget", r->windows_over);
	json_put_number(top, "freezes", r->freezes);
	json_put_number(top, "migrations", r->migrations);
	json_put_number(top, "decisions", r->decisions);
	json_put_number(top, "lost_jobs", r->unfinished);
	models = json_object_new_object();
	for (i = 0; i < p->load->models_n; i++) {
		one = json_object_new_object();
		put_latency(one, &run->model[i]);
		json_object_object_add(models, p->load->models[i].name, one);
	}
	json_object_object_add(top, "models", models);
	return top;
}

static void print_json(const struct page *p)
{
	struct json_object *top, *runs;
	uint32_t i;

	if (p->runs_n == 1) {
		json_print(json_run(p, &p->runs[0]));
		return;
	}
	top = json_object_new_object();
	runs = json_object_new_array();
	for (i = 0; i < p->runs_n; i++)
		json_object_array_add(runs, json_run(p, &p->runs[i]));
	json_object_object_add(top, "policies", runs);
	json_print(top);
}

static void print_row(const char *name, const struct sim_latency *l)
{
	printf("  %-24s %9zu %11.1f %11.1f %11.1f", name, l->jobs, l->mean_ms, l->p50_ms, l->p99_ms);
	if (l->deadlines)
		printf("   %zu of %zu deadlines missed", l->missed, l->deadlines);
	putchar('\n');
}

static void print_run(const struct page *p, const struct report_run *run)
{
	const struct sim_result *r = &run->result;
	double end_s = (double)r->end_ns * 1e-9;
	uint32_t i;

	printf("policy %s, ", run->policy);
	if (p->setup->budget_mw)
		printf("budget %u mW, ", p->setup->budget_mw);
	else
		printf("no budget, ");
	printf("a model of an Orin NX 16GB\n  %-24s %9s %11s %11s %11s\n", "", "jobs", "mean ms", "p50 ms",
	       "p99 ms");
	print_row("all", &run->all);
	print_row("highest priority", &run->high);
	for (i = 0; i < p->load->models_n; i++)
		print_row(p->load->models[i].name, &run->model[i]);
	printf("  %.1f s, %.1f J, mean %.0f mW, highest second %u mW", end_s,
	       (double)r->energy_uj * 1e-6, (double)r->energy_uj * 1e-3 / end_s, r->max_window_mw);
	if (p->setup->budget_mw)
		printf(", %u of %u over the budget", r->windows_over, r->windows);
	printf("\n  %u freezes, %u migrations, %u jobs unfinished\n", r->freezes, r->migrations,
	       r->unfinished);
}

void simulate_print(const struct ctl *ctl, const struct page *page)
{
	uint32_t i;

	if (ctl->json) {
		print_json(page);
		return;
	}
	for (i = 0; i < page->runs_n; i++)
		print_run(page, &page->runs[i]);
}
