// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fold - whole numbers that exporters compute from shapes to make shapes of.
 *
 * Followed up to MODEL_KNOWN elements; whatever is not followed leaves its
 * reader's shape unknown, never wrong.
 */
#include <string.h>

#include "model/op.h"

static int64_t *contents(struct graph *g, struct node *n, int64_t size)
{
	struct value *v = &g->value[n->out[0]];

	if (size < 0 || size > MODEL_KNOWN || value_elements(v) != size)
		return NULL;
	v->ints = arena_take(&g->arena, (size + 1) * sizeof(*v->ints));
	v->ints_n = v->ints ? (uint32_t)size : 0;
	return v->ints;
}

static bool whole(const struct value *v)
{
	return v && v->ints && (v->type == MODEL_INT64 || v->type == MODEL_INT32);
}

static void fold_shape(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t start = op_int(n, "start", 0), *to;
	uint32_t i;

	if (text_is(n->type, "Size")) {
		to = contents(g, n, 1);
		if (to)
			to[0] = value_elements(x);
		return;
	}
	start = start < -x->rank ? 0 : start < 0 ? start + x->rank : start;
	to = contents(g, n, g->value[n->out[0]].dim[0]);
	for (i = 0; to && i < g->value[n->out[0]].ints_n; i++)
		to[i] = x->dim[start + i];
}

static void fold_gather(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0), *at = op_in(g, n, 1);
	int64_t *to, i;

	if (!whole(x) || !whole(at) || x->rank != 1)
		return;
	for (i = 0; i < at->ints_n; i++)
		if (at->ints[i] < -(int64_t)x->ints_n || at->ints[i] >= (int64_t)x->ints_n)
			return;
	to = contents(g, n, at->ints_n);
	for (i = 0; to && i < at->ints_n; i++)
		to[i] = x->ints[at->ints[i] < 0 ? at->ints[i] + x->ints_n : at->ints[i]];
}

static void fold_concat(struct graph *g, struct node *n)
{
	int64_t *to, at = 0;
	uint32_t i;

	for (i = 0; i < n->in_n; i++)
		if (!whole(op_in(g, n, i)) || op_in(g, n, i)->rank != 1)
			return;
	to = contents(g, n, value_elements(&g->value[n->out[0]]));
	for (i = 0; to && i < n->in_n; i++) {
		const struct value *v = op_in(g, n, i);

		memcpy(to + at, v->ints, v->ints_n * sizeof(*to));
		at += v->ints_n;
	}
}

static void fold_slice(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t start, step, *to;
	const int64_t *starts, *steps;
	uint32_t starts_n, steps_n, i;

	starts = op_ints(g, n, 1, "starts", &starts_n);
	steps = op_ints(g, n, 4, NULL, &steps_n);
	if (!whole(x) || x->rank != 1 || starts_n != 1)
		return;
	step = steps ? steps[0] : 1;
	start = starts[0] + (starts[0] < 0 && starts[0] >= -x->dim[0] ? x->dim[0] : 0);
	start = start < 0 ? 0 : start >= x->dim[0] ? x->dim[0] - 1 : start;
	to = contents(g, n, g->value[n->out[0]].dim[0]);
	for (i = 0; to && i < g->value[n->out[0]].ints_n; i++)
		to[i] = x->ints[start + step * i];
}

/* + - * / of two, each of one element or as many as the other */
static void fold_arithmetic(struct graph *g, struct node *n)
{
	const struct value *a = op_in(g, n, 0), *b = op_in(g, n, 1);
	char what = n->type.s[0] == 'D' ? '/' : n->type.s[0] == 'M' ? '*' : n->type.s[0] == 'A' ? '+' : '-';
	int64_t *to, x, y, i, size;

	if (!whole(a) || !whole(b) || (a->ints_n != b->ints_n && a->ints_n != 1 && b->ints_n != 1))
		return;
	size = a->ints_n > b->ints_n ? a->ints_n : b->ints_n;
	to = contents(g, n, size);
	for (i = 0; to && i < size; i++) {
		x = a->ints[a->ints_n == 1 ? 0 : i];
		y = b->ints[b->ints_n == 1 ? 0 : i];
		if ((what == '+' && __builtin_add_overflow(x, y, &to[i])) ||
		    (what == '-' && __builtin_sub_overflow(x, y, &to[i])) ||
		    (what == '*' && __builtin_mul_overflow(x, y, &to[i])) ||
		    (what == '/' && (!y || (y == -1 && x == INT64_MIN)))) {
			g->value[n->out[0]].ints = NULL;
			g->value[n->out[0]].ints_n = 0;
			return;
		}
		if (what == '/')
			to[i] = x / y;
	}
}

static void fold_copy(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t *to;

	if (!whole(x))
		return;
	to = contents(g, n, x->ints_n);
	if (to)
		memcpy(to, x->ints, x->ints_n * sizeof(*to));
}

bool op_fold(struct graph *g, struct node *n)
{
	static const struct {
		const char *name;
		void (*fold)(struct graph *g, struct node *n);
	} folds[] = {
		{ "Shape", fold_shape }, { "Size", fold_shape }, { "Gather", fold_gather },
		{ "Concat", fold_concat }, { "Slice", fold_slice }, { "Add", fold_arithmetic },
		{ "Sub", fold_arithmetic }, { "Mul", fold_arithmetic }, { "Div", fold_arithmetic },
		{ "Cast", fold_copy }, { "Identity", fold_copy }, { "Unsqueeze", fold_copy },
		{ "Squeeze", fold_copy }, { "Reshape", fold_copy },
	};

	if (!n->folded || !n->out_n || !n->out[0] || g->value[n->out[0]].rank < 0)
		return true;
	for (size_t i = 0; i < sizeof(folds) / sizeof(*folds); i++)
		if (text_is(n->type, folds[i].name))
			folds[i].fold(g, n);
	return true;
}
