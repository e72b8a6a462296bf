// SPDX-License-Identifier: GPL-2.0-or-later
/* The verdict on a network and DLAs, for twillctl model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/json.h"
#include "ctl/model.h"

#define CAUSES 64

/* Operators of one type that one rule keeps on the GPU, with what the first was measured at */
struct cause {
	struct text type;
	enum dla_rule rule;
	int64_t got;
	uint32_t count;
	uint64_t macs;
};

static int by_macs(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	if (x->macs != y->macs)
		return x->macs < y->macs ? 1 : -1;
	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

/* Beyond CAUSES they are left out: the sums above have them */
static uint32_t causes(const struct ctl_model *w, struct cause *to)
{
	uint32_t n = 0, k;

	for (uint32_t i = 0; i < w->model.graph.nodes; i++) {
		const struct node *node = &w->model.graph.node[i];
		const struct dla_op *op = &w->verdict.op[i];

		if (node->folded || op->rule == DLA_FITS)
			continue;
		for (k = 0; k < n && (to[k].rule != op->rule || !text_same(to[k].type, node->type)); k++)
			;
		if (k == CAUSES)
			continue;
		if (k == n)
			to[n++] = (struct cause){ node->type, op->rule, op->got, 0, 0 };
		to[k].count++;
		to[k].macs += node->macs;
	}
	if (n)
		qsort(to, n, sizeof(*to), by_macs);
	return n;
}

static double share(uint64_t part, uint64_t rest)
{
	return part + rest ? 100.0 * (double)part / (double)(part + rest) : 0;
}

static void put_reason(struct json_object *to, enum dla_rule rule, int64_t got)
{
	char reason[160];

	dla_reason(rule, got, reason, sizeof(reason));
	json_put_string(to, "rule", dla_rules[rule].name);
	json_put_string(to, "reason", reason);
	json_put_string(to, "source", dla_rules[rule].source);
}

static struct json_object *operators(const struct ctl_model *w)
{
	struct json_object *list = json_object_new_array(), *one;
	char name[81];

	for (uint32_t i = 0; i < w->model.graph.nodes; i++) {
		const struct node *n = &w->model.graph.node[i];
		const struct dla_op *op = &w->verdict.op[i];

		one = json_object_new_object();
		json_put_string(one, "name", ctl_model_text(n->name, name, sizeof(name)));
		json_put_string(one, "type", ctl_model_text(n->type, name, sizeof(name)));
		json_put_string(one, "on", n->folded ? "nothing" : op->rule == DLA_FITS ? "dla" : "gpu");
		if (!n->folded)
			json_put_number(one, "segment", op->segment);
		if (!n->folded && op->rule != DLA_FITS)
			put_reason(one, op->rule, op->got);
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *segments(const struct dla_verdict *v)
{
	struct json_object *list = json_object_new_array(), *one;

	for (uint32_t i = 0; i < v->segments; i++) {
		one = json_object_new_object();
		json_put_string(one, "on", v->segment[i].dla ? "dla" : "gpu");
		json_put_number(one, "operators", v->segment[i].operators);
		json_put_number(one, "macs", v->segment[i].macs);
		json_object_array_add(list, one);
	}
	return list;
}

struct json_object *ctl_dla_json(const struct ctl_model *w)
{
	const struct dla_verdict *v = &w->verdict;
	struct json_object *top = json_object_new_object();

	json_put_string(top, "board", w->board->name);
	json_put_number(top, "cores", w->board->cores);
	json_put_string(top, "jetpack", w->jetpack);
	json_put_string(top, "tensorrt", w->release->tensorrt);
	json_put_string(top, "tensorrt_source", w->release->source);
	json_object_object_add(top, "suits", json_object_new_boolean(v->suits));
	json_put_string(top, "verdict", v->why);
	json_object_object_add(top, "macs_pct", json_object_new_double(share(v->dla_macs, v->gpu_macs)));
	json_object_object_add(top, "operators_pct",
			       json_object_new_double(share(v->dla_operators, v->gpu_operators)));
	json_put_number(top, "macs", v->dla_macs);
	json_put_number(top, "operators_dla", v->dla_operators);
	json_put_number(top, "operators_gpu", v->gpu_operators);
	json_put_number(top, "loadables", v->loadables);
	json_put_number(top, "loadables_max", DLA_LOADABLES);
	json_put_number(top, "switches", v->switches);
	json_object_object_add(top, "segments", segments(v));
	json_object_object_add(top, "operators", operators(w));
	return top;
}

void ctl_dla_print(const struct ctl_model *w)
{
	const struct dla_verdict *v = &w->verdict;
	struct cause cause[CAUSES];
	char reason[160], name[81];
	uint32_t n = causes(w, cause);

	printf("  for a DLA    %s\n", v->why);
	printf("               %s, JetPack %s (TensorRT %s): %.1f %% of MACs, %.1f %% of operators, %u loadables, %u switches\n",
	       w->board->title, w->jetpack, w->release->tensorrt, share(v->dla_macs, v->gpu_macs),
	       share(v->dla_operators, v->gpu_operators), v->loadables, v->switches);
	if (n)
		printf("  %-24s %8s %12s  %s\n", "stays on the GPU", "count", "MMACs", "because");
	for (uint32_t i = 0; i < n; i++) {
		dla_reason(cause[i].rule, cause[i].got, reason, sizeof(reason));
		printf("  %-24.24s %8u %12.1f  %s\n", ctl_model_text(cause[i].type, name, sizeof(name)),
		       cause[i].count, (double)cause[i].macs * 1e-6, reason);
	}
}
