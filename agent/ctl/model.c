// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl model */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/json.h"
#include "ctl/model.h"
#include "ctl/parse.h"

static const struct option options[] = {
	CTL_MODEL_OPTIONS
	CTL_OPTIONS
};

static int take_dim(struct ctl *ctl, struct ctl_model *w, char *text)
{
	char *equals = strrchr(text, '=');
	uint64_t size;

	if (!equals || equals == text)
		return ctl_usage(ctl, "--dim must be NAME=SIZE, not `%s'", text);
	if (w->dims_n == CTL_DIMS)
		return ctl_usage(ctl, "at most %d dimensions can be given", CTL_DIMS);
	if (parse_number(equals + 1, 1, INT32_MAX, &size))
		return ctl_usage(ctl, "the size in --dim must be 1 to %d, not `%s'", INT32_MAX, equals + 1);
	*equals = '\0';
	w->dims[w->dims_n++] = (struct dim_binding){ .name = text, .size = (int64_t)size };
	return -1;
}

static int take_board(struct ctl *ctl, struct ctl_model *w, const char *name)
{
	char known[256];

	w->board = dla_board_find(name);
	if (w->board)
		return -1;
	dla_names(false, known, sizeof(known));
	return ctl_usage(ctl, "no board `%s': it is one of %s", name, known);
}

static int take_jetpack(struct ctl *ctl, struct ctl_model *w, const char *text)
{
	char known[256];

	w->jetpack = text;
	w->release = dla_release_find(text);
	if (w->release)
		return -1;
	dla_names(true, known, sizeof(known));
	return ctl_usage(ctl, "nothing is known of JetPack `%s' on an Orin: only of %s", text, known);
}

int ctl_model_option(struct ctl *ctl, struct ctl_model *w, int c)
{
	switch (c) {
	case 'd':
		return take_dim(ctl, w, optarg);
	case 'B':
		return take_board(ctl, w, optarg);
	case 'J':
		return take_jetpack(ctl, w, optarg);
	default:
		return ctl_option(ctl, c);
	}
}

int ctl_model_file(struct ctl *ctl, struct ctl_model *w, int argc, char **argv)
{
	if (argc - optind != 1)
		return ctl_usage(ctl, "name one ONNX file");
	w->path = argv[optind];
	if (!w->jetpack)
		w->jetpack = DLA_JETPACK;
	if (!w->release)
		w->release = dla_release_find(w->jetpack);
	if (!w->board)
		w->board = dla_board_find(DLA_BOARD);
	return -1;
}

int ctl_model_open(struct ctl *ctl, struct ctl_model *w)
{
	if (!model_read(&w->model, w->path, w->dims, w->dims_n))
		return ctl_refuse(ctl, w->model.graph.error, NULL, "model %s", w->path);
	for (uint32_t i = 0; i < w->dims_n; i++)
		if (!w->dims[i].used)
			return ctl_refuse(ctl, "no dimension has that name", "Leave it out", "--dim %s", w->dims[i].name);
	if (!dla_judge(&w->model.graph, w->board, w->release, &w->verdict))
		return ctl_refuse(ctl, w->model.graph.error, NULL, "model %s", w->path);
	return CTL_OK;
}

const char *ctl_model_text(struct text t, char *to, size_t len)
{
	snprintf(to, len, "%.*s", TEXT(t));
	for (char *p = to; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	return to;
}

static void put_kinds(struct json_object *top, const struct model_cost *c)
{
	struct json_object *list = json_object_new_array(), *one;
	char name[81];

	for (uint32_t i = 0; i < c->kinds; i++) {
		one = json_object_new_object();
		json_put_string(one, "type", ctl_model_text(c->kind[i].type, name, sizeof(name)));
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

static void print_json(const struct ctl_model *w)
{
	struct json_object *top = json_object_new_object();
	const struct model *m = &w->model;
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
	json_object_object_add(top, "dla", ctl_dla_json(w));
	json_print(top);
}

static void print_text(const struct ctl_model *w)
{
	const struct model *m = &w->model;
	const struct model_cost *c = &m->cost;
	char name[81];

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
	ctl_dla_print(w);
	printf("  %-24s %8s %12s\n", "operator", "count", "MMACs");
	for (uint32_t i = 0; i < c->kinds; i++)
		printf("  %-24.24s %8u %12.1f\n", ctl_model_text(c->kind[i].type, name, sizeof(name)),
		       c->kind[i].count, (double)c->kind[i].macs * 1e-6);
}

int ctl_model(struct ctl *ctl, int argc, char **argv)
{
	struct ctl_model w = { 0 };
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		r = ctl_model_option(ctl, &w, c);
		if (r >= 0)
			return r;
	}
	r = ctl_model_file(ctl, &w, argc, argv);
	if (r >= 0)
		return r;
	r = ctl_model_open(ctl, &w);
	if (!r && ctl->json)
		print_json(&w);
	else if (!r)
		print_text(&w);
	model_close(&w.model);
	return r;
}
