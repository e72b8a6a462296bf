// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl model */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/json.h"
#include "ctl/parse.h"
#include "model/model.h"

#define DIMS_MAX 32

struct wanted {
	const char *path;
	struct dim_binding dims[DIMS_MAX];
	uint32_t dims_n;
};

static const struct option options[] = {
	{ "dim", required_argument, NULL, 'd' },
	CTL_OPTIONS
};

static int take_dim(struct ctl *ctl, struct wanted *w, char *text)
{
	char *equals = strrchr(text, '=');
	uint64_t size;

	if (!equals || equals == text)
		return ctl_usage(ctl, "--dim must be NAME=SIZE, not `%s'", text);
	if (w->dims_n == DIMS_MAX)
		return ctl_usage(ctl, "at most %d dimensions can be given", DIMS_MAX);
	if (parse_number(equals + 1, 1, INT32_MAX, &size))
		return ctl_usage(ctl, "the size in --dim must be 1 to %d, not `%s'", INT32_MAX, equals + 1);
	*equals = '\0';
	w->dims[w->dims_n++] = (struct dim_binding){ .name = text, .size = (int64_t)size };
	return -1;
}

static int parse_line(struct ctl *ctl, int argc, char **argv, struct wanted *w)
{
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		r = c == 'd' ? take_dim(ctl, w, optarg) : ctl_option(ctl, c);
		if (r >= 0)
			return r;
	}
	if (argc - optind != 1)
		return ctl_usage(ctl, "name one ONNX file");
	w->path = argv[optind];
	return -1;
}

static void put_kinds(struct json_object *top, const struct model_cost *c)
{
	struct json_object *list = json_object_new_array(), *one;
	char name[81];

	for (uint32_t i = 0; i < c->kinds; i++) {
		snprintf(name, sizeof(name), "%.*s", TEXT(c->kind[i].type));
		for (char *p = name; *p; p++)
			if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
				*p = '?';
		one = json_object_new_object();
		json_put_string(one, "type", name);
		json_put_number(one, "count", c->kind[i].count);
		json_put_number(one, "uncounted", c->kind[i].uncounted);
		json_put_number(one, "macs", c->kind[i].macs);
		json_object_array_add(list, one);
	}
	json_object_object_add(top, "operators", list);
}

/* The first output's shape, by which tests tell whether inference was right */
static void put_outputs(struct json_object *top, const struct graph *g)
{
	struct json_object *list = json_object_new_array(), *shape;

	for (uint32_t i = 0; i < g->outputs; i++) {
		const struct value *v = &g->value[g->output[i]];

		shape = v->rank < 0 ? NULL : json_object_new_array();
		for (int d = 0; d < v->rank; d++)
			json_object_array_add(shape, json_object_new_int64(v->dim[d]));
		json_object_array_add(list, shape);
	}
	json_object_object_add(top, "outputs", list);
}

static void print_json(const struct model *m)
{
	struct json_object *top = json_object_new_object();
	const struct model_cost *c = &m->cost;

	json_put_number(top, "opset", (uint64_t)m->graph.opset);
	json_put_string(top, "class", model_class_name(c->cls));
	json_put_string(top, "evidence", c->evidence);
	json_put_number(top, "macs", c->macs);
	json_put_number(top, "parameters", c->parameters);
	json_put_number(top, "weight_bytes", c->weight_bytes);
	json_put_number(top, "activation_bytes", c->activation_bytes);
	json_put_number(top, "peak_activation_bytes", c->peak_bytes);
	json_put_number(top, "nodes", m->graph.nodes);
	json_put_number(top, "folded", c->folded);
	json_put_number(top, "uncounted", c->uncounted);
	if (c->uncounted)
		json_put_string(top, "why_uncounted", c->why_uncounted);
	put_kinds(top, c);
	put_outputs(top, &m->graph);
	json_print(top);
}

static void print_text(const struct wanted *w, const struct model *m)
{
	const struct model_cost *c = &m->cost;

	printf("%s: opset %lld, %u operators, %u of them folded\n", w->path, (long long)m->graph.opset,
	       m->graph.nodes, c->folded);
	printf("  class        %s: %s\n", model_class_name(c->cls), c->evidence);
	printf("  MACs         %.3f G\n", (double)c->macs * 1e-9);
	printf("  parameters   %.3f M\n", (double)c->parameters * 1e-6);
	printf("  weights      %.1f MB%s\n", (double)c->weight_bytes * 1e-6,
	       m->graph.external ? ", in other files" : "");
	printf("  activations  %.1f MB written, %.1f MB at once\n", (double)c->activation_bytes * 1e-6,
	       (double)c->peak_bytes * 1e-6);
	if (c->uncounted)
		printf("  not counted  %u operators; the first is %s\n", c->uncounted, c->why_uncounted);
	printf("  %-24s %8s %12s\n", "operator", "count", "MMACs");
	for (uint32_t i = 0; i < c->kinds; i++) {
		const struct model_kind *k = &c->kind[i];

		printf("  ");
		for (uint32_t j = 0; j < 24; j++)
			putchar(j >= k->type.len ? ' ' : k->type.s[j] > ' ' && k->type.s[j] < 0x7f ? k->type.s[j] : '?');
		printf(" %8u %12.1f\n", k->count, (double)k->macs * 1e-6);
	}
}

int ctl_model(struct ctl *ctl, int argc, char **argv)
{
	struct wanted w = { 0 };
	struct model m;
	int r;

	r = parse_line(ctl, argc, argv, &w);
	if (r >= 0)
		return r;
	r = CTL_OK;
	if (!model_read(&m, w.path, w.dims, w.dims_n)) {
		r = ctl_refuse(ctl, m.graph.error, NULL, "model %s", w.path);
		goto close;
	}
	for (uint32_t i = 0; i < w.dims_n; i++)
		if (!w.dims[i].used) {
			r = ctl_refuse(ctl, "no dimension has that name", "Leave it out", "--dim %s", w.dims[i].name);
			goto close;
		}
	if (ctl->json)
		print_json(&m);
	else
		print_text(&w, &m);
close:
	model_close(&m);
	return r;
}
