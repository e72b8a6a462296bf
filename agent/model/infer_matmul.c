// SPDX-License-Identifier: GPL-2.0-or-later
/* infer_matmul - matrix products and recurrent layers. */
#include <string.h>

#include "model/op.h"

bool infer_gemm(struct graph *g, struct node *n)
{
	const struct value *a = op_in(g, n, 0), *b = op_in(g, n, 1);
	bool ta = op_int(n, "transA", 0), tb = op_int(n, "transB", 0);
	int64_t dim[2];

	if (a->rank != 2 || b->rank != 2 || a->dim[!ta] != b->dim[tb])
		return op_fail(g, n, "the matrices do not fit");
	dim[0] = a->dim[ta];
	dim[1] = b->dim[!tb];
	return op_out(g, n, 0, 0, dim, 2) && op_macs(g, n, dim[0], dim[1], a->dim[!ta]);
}

static bool product(struct graph *g, struct node *n, const struct value *a, const struct value *b)
{
	int64_t dim[MODEL_RANK], m, k, c, batch = 1;
	int rank = a->rank > 2 ? a->rank - 2 : 0, i;

	if (a->rank < 1 || b->rank < 1)
		return op_fail(g, n, "a factor is a scalar");
	m = a->rank > 1 ? a->dim[a->rank - 2] : 1;
	k = a->dim[a->rank - 1];
	c = b->rank > 1 ? b->dim[b->rank - 1] : 1;
	if (k != (b->rank > 1 ? b->dim[b->rank - 2] : b->dim[0]))
		return op_fail(g, n, "the matrices do not fit");
	memcpy(dim, a->dim, rank * sizeof(*dim));
	if (!broadcast(g, n, dim, &rank, b->dim, b->rank > 2 ? b->rank - 2 : 0))
		return false;
	for (i = 0; i < rank; i++)
		if (__builtin_mul_overflow(batch, dim[i], &batch))
			return op_fail(g, n, "too many matrices");
	if (a->rank > 1)
		dim[rank++] = m;
	if (b->rank > 1)
		dim[rank++] = c;
	if (__builtin_mul_overflow(batch, m, &batch))
		return op_fail(g, n, "too many rows");
	return op_out(g, n, 0, 0, dim, rank) && op_macs(g, n, batch, c, k);
}

bool infer_matmul(struct graph *g, struct node *n)
{
	return product(g, n, op_in(g, n, 0), op_in(g, n, 1));
}

bool infer_matmul_quantised(struct graph *g, struct node *n)
{
	return product(g, n, op_in(g, n, 0), op_in(g, n, 3));
}

/* LSTM, GRU, RNN: one product with the input and one with the state, per step */
bool infer_recurrent(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0), *w = op_in(g, n, 1), *r = op_in(g, n, 2);
	int64_t dim[4], state[3], steps;
	bool by_batch = op_int(n, "layout", 0);

	if (x->rank != 3 || w->rank != 3 || r->rank != 3 || w->dim[2] != x->dim[2] ||
	    r->dim[0] != w->dim[0] || r->dim[1] != w->dim[1])
		return op_fail(g, n, "input and weights do not fit");
	dim[0] = x->dim[0];
	dim[1] = by_batch ? x->dim[1] : w->dim[0];
	dim[2] = by_batch ? w->dim[0] : x->dim[1];
	dim[3] = r->dim[2];
	state[0] = by_batch ? x->dim[0] : w->dim[0];
	state[1] = by_batch ? w->dim[0] : x->dim[1];
	state[2] = r->dim[2];
	if (__builtin_mul_overflow(x->dim[0], x->dim[1], &steps))
		return op_fail(g, n, "too many steps");
	return op_out(g, n, 0, 0, dim, 4) && op_out(g, n, 1, 0, state, 3) && op_out(g, n, 2, 0, state, 3) &&
	       op_macs(g, n, steps, value_elements(w), 1) && op_macs(g, n, steps, value_elements(r), 1);
}
