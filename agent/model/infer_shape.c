// SPDX-License-Identifier: GPL-2.0-or-later
/* infer_shape - operators that move data and do not compute. */
#include <string.h>

#include "model/op.h"

static void out_type(struct graph *g, struct node *n, int32_t type)
{
	if (n->out_n && n->out[0])
		g->value[n->out[0]].type = type;
}

bool infer_constant(struct graph *g, struct node *n)
{
	const struct attr *a = op_attr(n, "value");
	struct value *v;
	struct text name;
	int64_t size;

	if (!n->out_n || !n->out[0])
		return true;
	v = &g->value[n->out[0]];
	if (a && a->t) {
		name = v->name;
		*v = *a->t;
		v->name = name;
		v->made = true;
		return true;
	}
	a = op_attr(n, "value_ints");
	if (a && a->ints_n <= MODEL_KNOWN) {
		size = a->ints_n;
		v->ints = a->ints;
		v->ints_n = a->ints_n;
		v->type = MODEL_INT64;
		return op_out(g, n, 0, -1, &size, 1);
	}
	if ((a = op_attr(n, "value_int"))) {
		v->ints = arena_take(&g->arena, sizeof(*v->ints));
		if (!v->ints)
			return graph_fail(g, "its graph is too large: split it");
		v->ints[0] = a->i;
		v->ints_n = 1;
		v->type = MODEL_INT64;
		return op_out(g, n, 0, -1, NULL, 0);
	}
	v->type = MODEL_FLOAT;
	if (op_attr(n, "value_float"))
		return op_out(g, n, 0, -1, NULL, 0);
	if ((a = op_attr(n, "value_floats"))) {
		size = a->floats_n;
		return op_out(g, n, 0, -1, &size, 1);
	}
	return true;	/* strings, sparse: not followed */
}

bool infer_constant_of_shape(struct graph *g, struct node *n)
{
	const struct attr *a = op_attr(n, "value");
	const int64_t *shape;
	uint32_t rank;

	shape = op_ints(g, n, 0, NULL, &rank);
	out_type(g, n, a && a->t ? a->t->type : MODEL_FLOAT);
	if (!shape && value_elements(op_in(g, n, 0)))
		return true;
	return op_out(g, n, 0, -1, shape, rank);
}

bool infer_shape(struct graph *g, struct node *n)
{
	int64_t rank = op_in(g, n, 0)->rank, start = op_int(n, "start", 0), end = op_int(n, "end", rank);

	out_type(g, n, MODEL_INT64);
	if (text_is(n->type, "Size"))
		return op_out(g, n, 0, -1, NULL, 0);
	start = start < -rank ? 0 : start < 0 ? start + rank : start > rank ? rank : start;
	end = end < -rank ? 0 : end < 0 ? end + rank : end > rank ? rank : end;
	rank = end > start ? end - start : 0;
	return op_out(g, n, 0, -1, &rank, 1);
}

bool infer_reshape(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t dim[MODEL_RANK], have = value_elements(x), product = 1;
	bool zero = op_int(n, "allowzero", 0);
	const int64_t *shape;
	uint32_t rank, i;
	int open = -1;

	shape = op_ints(g, n, 1, NULL, &rank);
	if (!shape && value_elements(op_in(g, n, 1)))
		return true;
	if (rank > MODEL_RANK)
		return op_fail(g, n, "more than 8 dimensions");
	for (i = 0; i < rank; i++) {
		dim[i] = shape[i];
		if (!dim[i] && !zero) {
			if (i >= (uint32_t)x->rank)
				return op_fail(g, n, "a dimension to keep is not there");
			dim[i] = x->dim[i];
		}
		if (dim[i] == -1 && open < 0)
			open = (int)i;
		else if (dim[i] < 0 || __builtin_mul_overflow(product, dim[i], &product))
			return op_fail(g, n, "the new shape is not one");
	}
	if (open >= 0) {
		if (product ? have % product : have)
			return op_fail(g, n, "the new shape has another number of elements");
		dim[open] = product ? have / product : 0;
	} else if (product != have) {
		return op_fail(g, n, "the new shape has another number of elements");
	}
	return op_out(g, n, 0, 0, dim, (int)rank);
}

bool infer_flatten(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t dim[2] = { 1, 1 }, axis = op_int(n, "axis", 1);

	if (axis < -x->rank || axis > x->rank)
		return op_fail(g, n, "axis is out of range");
	axis += axis < 0 ? x->rank : 0;
	for (int i = 0; i < x->rank; i++)
		dim[i >= axis] *= x->dim[i];
	return op_out(g, n, 0, 0, dim, 2);
}

bool infer_transpose(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t dim[MODEL_RANK];
	const int64_t *perm;
	unsigned int seen = 0;
	uint32_t perm_n;
	int at, i;

	perm = op_ints(g, n, -1, "perm", &perm_n);
	if (perm && perm_n != (uint32_t)x->rank)
		return op_fail(g, n, "perm has another rank than the input");
	for (i = 0; i < x->rank; i++) {
		if (!op_axis(g, n, perm ? perm[i] : x->rank - 1 - i, x->rank, &at))
			return false;
		seen |= 1u << at;
		dim[i] = x->dim[at];
	}
	if (seen != (1u << x->rank) - 1)
		return op_fail(g, n, "perm names an axis twice");
	return op_out(g, n, 0, 0, dim, x->rank);
}

bool infer_concat(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0), *v;
	int64_t dim[MODEL_RANK];
	int axis, i;
	uint32_t k;

	if (!op_axis(g, n, op_int(n, "axis", 1), x->rank, &axis))
		return false;
	memcpy(dim, x->dim, sizeof(dim));
	for (k = 1; k < n->in_n; k++) {
		v = op_in(g, n, k);
		if (!v || v->rank != x->rank)
			return op_fail(g, n, "the inputs differ in rank");
		for (i = 0; i < x->rank; i++)
			if (i != axis && v->dim[i] != x->dim[i])
				return op_fail(g, n, "the inputs' shapes do not fit");
		dim[axis] += v->dim[axis];
		if (dim[axis] > MODEL_INT_MAX)
			return op_fail(g, n, "too many elements");
	}
	return op_out(g, n, 0, 0, dim, x->rank);
}

bool infer_split(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t dim[MODEL_RANK], left, part;
	const int64_t *sizes;
	uint32_t sizes_n, i;
	int axis;

	if (!n->out_n || !op_axis(g, n, op_int(n, "axis", 0), x->rank, &axis))
		return !g->error[0];
	sizes = op_ints(g, n, 1, "split", &sizes_n);
	if (!sizes && op_in(g, n, 1))
		return true;
	if (sizes && sizes_n != n->out_n)
		return op_fail(g, n, "as many sizes as outputs are needed");
	memcpy(dim, x->dim, sizeof(dim));
	left = x->dim[axis];
	part = (left + n->out_n - 1) / n->out_n;
	for (i = 0; i < n->out_n; i++) {
		dim[axis] = sizes ? sizes[i] : left < part ? left : part;
		if (dim[axis] < 0 || dim[axis] > left)
			return op_fail(g, n, "the sizes exceed the input");
		left -= dim[axis];
		if (!op_out(g, n, i, 0, dim, x->rank))
			return false;
	}
	return !left || op_fail(g, n, "the sizes do not add up");
}

/* Elements that start:end:step takes of @size */
static int64_t sliced(int64_t size, int64_t start, int64_t end, int64_t step)
{
	int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;

	start += start < 0 && start >= -size ? size : 0;
	end += end < 0 && end >= -size ? size : 0;
	start = start < 0 ? (step < 0 ? -1 : 0) : start > high ? high : start;
	end = end < low ? low : end > size ? size : end;
	if (step > 0)
		return end > start ? (end - start - 1) / step + 1 : 0;
	return start > end ? (start - end - 1) / -step + 1 : 0;
}

bool infer_slice(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	const int64_t *starts, *ends, *axes, *steps;
	uint32_t starts_n, ends_n, axes_n, steps_n, i;
	int64_t dim[MODEL_RANK], step;
	int axis;

	starts = op_ints(g, n, 1, "starts", &starts_n);
	ends = op_ints(g, n, 2, "ends", &ends_n);
	axes = op_ints(g, n, 3, "axes", &axes_n);
	steps = op_ints(g, n, 4, NULL, &steps_n);
	if (!starts || !ends || (!axes && op_in(g, n, 3)) || (!steps && op_in(g, n, 4)))
		return true;
	if (starts_n != ends_n || starts_n > (uint32_t)x->rank || (axes && axes_n != starts_n) ||
	    (steps && steps_n != starts_n))
		return op_fail(g, n, "starts, ends, axes and steps differ in number");
	memcpy(dim, x->dim, sizeof(dim));
	for (i = 0; i < starts_n; i++) {
		step = steps ? steps[i] : 1;
		if (!op_axis(g, n, axes ? axes[i] : i, x->rank, &axis))
			return false;
		if (!step || step == INT64_MIN)
			return op_fail(g, n, "a step is out of range");
		dim[axis] = sliced(x->dim[axis], starts[i], ends[i], step);
	}
	return op_out(g, n, 0, 0, dim, x->rank);
}

bool infer_squeeze(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	bool gone[MODEL_RANK] = { false };
	int64_t dim[MODEL_RANK];
	const int64_t *axes;
	int rank = 0, at, i;
	uint32_t axes_n;

	axes = op_ints(g, n, 1, "axes", &axes_n);
	if (!axes && op_in(g, n, 1))
		return true;
	for (i = 0; i < (int)axes_n; i++) {
		if (!op_axis(g, n, axes[i], x->rank, &at))
			return false;
		if (x->dim[at] != 1)
			return op_fail(g, n, "an axis that is not 1 cannot go");
		gone[at] = true;
	}
	for (i = 0; i < x->rank; i++)
		if (axes ? !gone[i] : x->dim[i] != 1)
			dim[rank++] = x->dim[i];
	return op_out(g, n, 0, 0, dim, rank);
}

bool infer_unsqueeze(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t dim[MODEL_RANK];
	bool fresh[MODEL_RANK] = { false };
	const int64_t *axes;
	int rank, from = 0, at, i;
	uint32_t axes_n;

	axes = op_ints(g, n, 1, "axes", &axes_n);
	if (!axes)
		return true;
	rank = x->rank + (int)axes_n;
	if (rank > MODEL_RANK)
		return op_fail(g, n, "more than 8 dimensions");
	for (i = 0; i < (int)axes_n; i++) {
		if (!op_axis(g, n, axes[i], rank, &at))
			return false;
		if (fresh[at])
			return op_fail(g, n, "an axis is named twice");
		fresh[at] = true;
	}
	for (i = 0; i < rank; i++)
		dim[i] = fresh[i] ? 1 : x->dim[from++];
	return op_out(g, n, 0, 0, dim, rank);
}

bool infer_gather(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0), *at = op_in(g, n, 1);
	int64_t dim[2 * MODEL_RANK];
	int axis, rank = 0, i;

	if (!op_axis(g, n, op_int(n, "axis", 0), x->rank, &axis))
		return false;
	for (i = 0; i < axis; i++)
		dim[rank++] = x->dim[i];
	for (i = 0; i < at->rank; i++)
		dim[rank++] = at->dim[i];
	for (i = axis + 1; i < x->rank; i++)
		dim[rank++] = x->dim[i];
	return op_out(g, n, 0, 0, dim, rank);
}

bool infer_pad(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t dim[MODEL_RANK];
	const int64_t *pads;
	uint32_t pads_n;

	pads = op_ints(g, n, 1, "pads", &pads_n);
	if (!pads || op_in(g, n, 3))
		return true;
	if (pads_n != 2 * (uint32_t)x->rank)
		return op_fail(g, n, "pads has another rank than the input");
	for (int i = 0; i < x->rank; i++)
		if (__builtin_add_overflow(x->dim[i], pads[i], &dim[i]) ||
		    __builtin_add_overflow(dim[i], pads[i + x->rank], &dim[i]))
			return op_fail(g, n, "a pad is out of range");
	return op_out(g, n, 0, 0, dim, x->rank);
}

/* Scales: an input, or of Upsample before opset 9 an attribute, whose numbers follow a tag each */
static bool scale(const struct graph *g, const struct node *n, uint32_t input, int i, int rank, float *ret)
{
	const struct value *v = op_in(g, n, input);
	const struct attr *a = op_attr(n, "scales");

	if (v && v->raw && v->type == MODEL_FLOAT && v->raw_len == 4 * (uint64_t)rank)
		memcpy(ret, v->raw + 4 * i, 4);
	else if (!v && a && a->floats && a->floats_n == (uint32_t)rank)
		memcpy(ret, a->floats + 5 * i, 4);
	else
		return false;
	return true;
}

bool infer_resize(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	bool old = text_is(n->type, "Upsample") || g->opset < 11;
	int64_t dim[MODEL_RANK];
	const int64_t *sizes;
	uint32_t sizes_n;
	float by;

	sizes = op_ints(g, n, old ? -1 : 3, NULL, &sizes_n);
	if (sizes && sizes_n == (uint32_t)x->rank)
		return op_out(g, n, 0, 0, sizes, x->rank);
	for (int i = 0; i < x->rank; i++) {
		if (!scale(g, n, old ? 1 : 2, i, x->rank, &by))
			return true;
		if (!(by > 0 && by < 65536) || x->dim[i] > INT32_MAX)
			return op_fail(g, n, "a scale is out of range");
		dim[i] = (int64_t)((double)x->dim[i] * by);
	}
	return op_out(g, n, 0, 0, dim, x->rank);
}

bool infer_expand(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t dim[MODEL_RANK];
	const int64_t *by;
	uint32_t by_n;
	int rank = x->rank;

	by = op_ints(g, n, 1, NULL, &by_n);
	if (!by)
		return true;
	memcpy(dim, x->dim, sizeof(dim));
	if (by_n > MODEL_RANK)
		return op_fail(g, n, "more than 8 dimensions");
	if (text_is(n->type, "Expand"))
		return broadcast(g, n, dim, &rank, by, (int)by_n) && op_out(g, n, 0, 0, dim, rank);
	if (by_n != (uint32_t)rank)
		return op_fail(g, n, "repeats has another rank than the input");
	for (int i = 0; i < rank; i++)
		if (__builtin_mul_overflow(dim[i], by[i], &dim[i]))
			return op_fail(g, n, "a repeat is out of range");
	return op_out(g, n, 0, 0, dim, rank);
}
