// SPDX-License-Identifier: GPL-2.0-or-later
/* infer - bind symbolic dimensions, then walk the nodes in the file's order. */
#include <stdio.h>
#include <string.h>

#include "model/op.h"

static bool same_name(struct text t, const char *s)
{
	return t.len && text_is(t, s);
}

/* Sizes that --dim gives; an unnamed dimension is called INPUT.AXIS */
static void bind(struct value *v, struct dim_binding *dims, uint32_t dims_n)
{
	char place[160];

	for (int i = 0; i < v->rank; i++) {
		if (v->dim[i] >= 0)
			continue;
		snprintf(place, sizeof(place), "%.*s.%d", TEXT(v->name), i);
		for (uint32_t d = 0; d < dims_n; d++) {
			if (!(v->param && same_name(v->param[i], dims[d].name)) && strcmp(place, dims[d].name))
				continue;
			v->dim[i] = dims[d].size;
			dims[d].used = true;
		}
	}
}

static bool check_input(struct graph *g, const struct value *v)
{
	int64_t elements = 1;

	if (v->rank < 0)
		return true;	/* a sequence or map; whoever uses it is not counted */
	for (int i = 0; i < v->rank; i++) {
		if (v->dim[i] < 0 && v->param && v->param[i].len)
			return graph_fail(g, "dimension '%.*s' of input '%.*s' has no size: give it with --dim '%.*s'=N",
					  TEXT(v->param[i]), TEXT(v->name), TEXT(v->param[i]));
		if (v->dim[i] < 0)
			return graph_fail(g, "dimension %d of input '%.*s' has no size: give it with --dim '%.*s.%d'=N",
					  i, TEXT(v->name), TEXT(v->name), i);
		if (__builtin_mul_overflow(elements, v->dim[i] ? v->dim[i] : 1, &elements) ||
		    elements > MODEL_INT_MAX)
			return graph_fail(g, "input '%.*s' has more than 2^53 elements", TEXT(v->name));
	}
	return true;
}

/* Between nodes, what the file declares is used only where inference cannot tell. */
static bool declared_shape(const struct value *v)
{
	return v->declared && value_elements(v) >= 0;
}

static bool bounded(const struct value *v)
{
	int64_t e = 1;

	for (int i = 0; i < v->rank; i++)
		if (v->dim[i] < 0 || __builtin_mul_overflow(e, v->dim[i] ? v->dim[i] : 1, &e) ||
		    e > MODEL_INT_MAX)
			return false;
	return true;
}

static bool inputs_known(const struct graph *g, const struct node *n)
{
	for (uint32_t i = 0; i < n->in_n; i++) {
		const struct value *v = op_in(g, n, i);

		if (v ? v->rank < 0 || value_elements(v) < 0 : i < n->op->needs)
			return false;
	}
	return n->in_n >= n->op->needs;
}

static bool all_constant(const struct graph *g, const struct node *n)
{
	for (uint32_t i = 0; i < n->in_n; i++) {
		const struct value *v = op_in(g, n, i);

		if (v && !v->constant)
			return false;
	}
	return n->in_n || text_is(n->type, "Constant");
}

/* Each name is made once, and before it is read: else shapes would change under their readers */
static bool in_order(struct graph *g, struct node *n)
{
	for (uint32_t i = 0; i < n->in_n; i++)
		if (n->in[i] && !g->value[n->in[i]].made)
			return op_fail(g, n, "it reads what nothing before it makes");
	for (uint32_t i = 0; i < n->out_n; i++) {
		if (n->out[i] && g->value[n->out[i]].made)
			return op_fail(g, n, "an output is given twice");
		g->value[n->out[i]].made = n->out[i];
	}
	return true;
}

static bool infer_node(struct graph *g, struct node *n)
{
	bool sized = text_is(n->type, "Shape") || text_is(n->type, "Size"), inferred;
	struct value declared;
	uint32_t i;

	n->op = op_find(n);
	if (!in_order(g, n))
		return false;
	n->known = n->op && inputs_known(g, n);
	inferred = false;
	declared = n->out_n ? g->value[n->out[0]] : g->value[0];
	if (n->op && n->in_n < n->op->needs)
		return op_fail(g, n, "an input is missing");
	if (n->known) {
		if (declared.rank >= 0)
			g->value[n->out[0]].rank = -1;
		if (!n->op->infer(g, n))
			return false;
		n->known = inferred = !n->out_n || !n->out[0] || g->value[n->out[0]].rank >= 0;
		if (!n->known && declared_shape(&declared)) {
			g->value[n->out[0]] = declared;
			n->known = true;
		}
	}
	n->folded = (n->known && sized) || all_constant(g, n);
	for (i = 0; i < n->out_n; i++) {
		struct value *v = &g->value[n->out[i]];

		if (!n->out[i])
			continue;
		if (v->rank >= 0 && !bounded(v))
			v->rank = -1;
		v->constant = n->folded;
	}
	if (n->folded)
		n->macs = 0;
	if (!n->known)
		return true;
	for (i = 0; i < n->in_n; i++)
		if (n->in[i] && !(i < 32 && n->op->settings >> i & 1) && g->value[n->in[i]].initializer)
			g->value[n->in[i]].parameter = true;
	/* A declared shape says nothing of how the contents come about */
	return !inferred || op_fold(g, n);
}

bool graph_infer(struct graph *g, struct dim_binding *dims, uint32_t dims_n)
{
	uint32_t i;

	for (i = 1; i < g->values; i++) {
		if (!g->value[i].initializer)
			bind(&g->value[i], dims, dims_n);
		g->value[i].made = g->value[i].input || g->value[i].initializer;
		if (g->value[i].input && !check_input(g, &g->value[i]))
			return false;
	}
	for (i = 0; i < g->nodes; i++)
		if (!infer_node(g, &g->node[i]))
			return false;
	return true;
}

/* Simple shapes ------------------------------------------------------------- */

bool infer_same(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);

	return op_out(g, n, 0, 0, x->dim, x->rank) &&
	       (!text_is(n->type, "Dropout") || op_out(g, n, 1, -1, x->dim, x->rank));
}

bool infer_cast(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0), *zero = op_in(g, n, 2);
	int32_t type = (int32_t)op_int(n, "to", 0);

	if (text_is(n->type, "QuantizeLinear"))
		type = zero ? zero->type : MODEL_UINT8;
	else if (text_is(n->type, "DequantizeLinear"))
		type = op_in(g, n, 1)->type;
	if (!op_out(g, n, 0, -1, x->dim, x->rank))
		return false;
	if (n->out_n && n->out[0])
		g->value[n->out[0]].type = type;
	return true;
}

bool broadcast(struct graph *g, const struct node *n, int64_t *dim, int *rank, const int64_t *with,
	       int with_rank)
{
	int64_t both[MODEL_RANK];
	int most = *rank > with_rank ? *rank : with_rank, i;

	for (i = 0; i < most; i++) {
		int at = i - (most - *rank), other = i - (most - with_rank);
		int64_t a = at < 0 ? 1 : dim[at], b = other < 0 ? 1 : with[other];

		if (a != b && a != 1 && b != 1)
			return op_fail(g, n, "the inputs' shapes do not fit");
		both[i] = a == 1 ? b : a;
	}
	memcpy(dim, both, most * sizeof(*dim));
	*rank = most;
	return true;
}

static bool all_broadcast(struct graph *g, struct node *n, int like)
{
	int64_t dim[MODEL_RANK] = { 0 };
	int rank = 0;

	for (uint32_t i = 0; i < n->in_n; i++) {
		const struct value *v = op_in(g, n, i);

		if (v && !broadcast(g, n, dim, &rank, v->dim, v->rank))
			return false;
	}
	return op_out(g, n, 0, like, dim, rank);
}

bool infer_broadcast(struct graph *g, struct node *n)
{
	return all_broadcast(g, n, 0);
}

bool infer_where(struct graph *g, struct node *n)
{
	return all_broadcast(g, n, 1);
}

bool infer_compare(struct graph *g, struct node *n)
{
	if (!all_broadcast(g, n, -1))
		return false;
	if (n->out_n && n->out[0])
		g->value[n->out[0]].type = MODEL_BOOL;
	return true;
}

bool infer_reduce(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	bool keep = op_int(n, "keepdims", 1), gone[MODEL_RANK] = { false };
	int64_t dim[MODEL_RANK];
	const int64_t *axes;
	int rank = 0, at, i;
	uint32_t axes_n;

	axes = op_ints(g, n, 1, "axes", &axes_n);
	if (!axes && op_in(g, n, 1) && value_elements(op_in(g, n, 1)))
		return true;	/* axes that are computed */
	if (!axes_n && op_int(n, "noop_with_empty_axes", 0))
		return infer_same(g, n);
	for (i = 0; i < (int)axes_n; i++) {
		if (!op_axis(g, n, axes[i], x->rank, &at))
			return false;
		gone[at] = true;
	}
	for (i = 0; i < x->rank; i++)
		if (axes_n && !gone[i])
			dim[rank++] = x->dim[i];
		else if (keep)
			dim[rank++] = 1;
	return op_out(g, n, 0, 0, dim, rank);
}

bool infer_arg(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	bool keep = op_int(n, "keepdims", 1);
	int64_t dim[MODEL_RANK];
	int axis, rank = 0, i;

	if (!op_axis(g, n, op_int(n, "axis", 0), x->rank, &axis))
		return false;
	for (i = 0; i < x->rank; i++)
		if (i != axis || keep)
			dim[rank++] = i == axis ? 1 : x->dim[i];
	if (!op_out(g, n, 0, -1, dim, rank))
		return false;
	if (n->out_n && n->out[0])
		g->value[n->out[0]].type = MODEL_INT64;
	return true;
}
