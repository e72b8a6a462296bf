/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operators: what shape comes out of them, and what they cost. */
#ifndef TWILL_MODEL_OP_H
#define TWILL_MODEL_OP_H

#include "model/graph.h"

/**
 * struct op - an operator of ONNX's own set
 * @infer: sets the outputs' shapes and the node's MACs. All inputs are there
 *	up to @needs, and the shapes of those that are there are known. false with
 *	g->error if the node contradicts itself; true with an output's rank left at
 *	-1 if its shape depends on data.
 * @needs: inputs it cannot do without
 * @settings: mask of inputs that are settings or statistics, not parameters
 */
struct op {
	const char *name;
	bool (*infer)(struct graph *g, struct node *n);
	uint8_t needs;
	uint32_t settings;
};

/** op_find() - NULL if not ONNX's own, or not known */
const struct op *op_find(const struct node *n);

/* What operators are made of; op_in() is NULL for an input that is not given */
const struct value *op_in(const struct graph *g, const struct node *n, uint32_t i);
const struct attr *op_attr(const struct node *n, const char *name);
int64_t op_int(const struct node *n, const char *name, int64_t otherwise);
/** op_ints() - whole numbers in input @i (-1: none) or else attribute @name; NULL if neither is known */
const int64_t *op_ints(const struct graph *g, const struct node *n, int i, const char *name,
		       uint32_t *ret_n);
/** op_fail() - a contradiction in @n, with its name */
bool op_fail(struct graph *g, const struct node *n, const char *why);
/** op_out() - shape of output @i, its type as of input @like (-1: leave) */
bool op_out(struct graph *g, struct node *n, uint32_t i, int like, const int64_t *dim, int rank);
/** op_axis() - @axis, negative from the end, in 0 .. @rank - 1 */
bool op_axis(struct graph *g, const struct node *n, int64_t axis, int rank, int *ret);
/** op_macs() - add a * b * c multiply-accumulates */
bool op_macs(struct graph *g, struct node *n, int64_t a, int64_t b, int64_t c);
/** value_elements() - product of sizes; -1 if not known */
int64_t value_elements(const struct value *v);
/** op_fold() - contents of the outputs, for whole numbers that become shapes */
bool op_fold(struct graph *g, struct node *n);

bool infer_same(struct graph *g, struct node *n);
bool infer_broadcast(struct graph *g, struct node *n);
bool broadcast(struct graph *g, const struct node *n, int64_t *dim, int *rank, const int64_t *with,
	       int with_rank);
bool infer_conv(struct graph *g, struct node *n);
bool infer_conv_quantised(struct graph *g, struct node *n);
bool infer_conv_transpose(struct graph *g, struct node *n);
bool infer_pool(struct graph *g, struct node *n);
bool infer_global_pool(struct graph *g, struct node *n);
bool infer_gemm(struct graph *g, struct node *n);
bool infer_matmul(struct graph *g, struct node *n);
bool infer_matmul_quantised(struct graph *g, struct node *n);
bool infer_recurrent(struct graph *g, struct node *n);
bool infer_reduce(struct graph *g, struct node *n);
bool infer_arg(struct graph *g, struct node *n);
bool infer_constant(struct graph *g, struct node *n);
bool infer_constant_of_shape(struct graph *g, struct node *n);
bool infer_shape(struct graph *g, struct node *n);
bool infer_reshape(struct graph *g, struct node *n);
bool infer_flatten(struct graph *g, struct node *n);
bool infer_transpose(struct graph *g, struct node *n);
bool infer_concat(struct graph *g, struct node *n);
bool infer_split(struct graph *g, struct node *n);
bool infer_slice(struct graph *g, struct node *n);
bool infer_squeeze(struct graph *g, struct node *n);
bool infer_unsqueeze(struct graph *g, struct node *n);
bool infer_gather(struct graph *g, struct node *n);
bool infer_pad(struct graph *g, struct node *n);
bool infer_resize(struct graph *g, struct node *n);
bool infer_expand(struct graph *g, struct node *n);
bool infer_cast(struct graph *g, struct node *n);
bool infer_compare(struct graph *g, struct node *n);
bool infer_where(struct graph *g, struct node *n);

#endif
