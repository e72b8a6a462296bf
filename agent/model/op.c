// SPDX-License-Identifier: GPL-2.0-or-later
/* op - the table of operators, and what they are made of. */
#include <string.h>

#include "model/op.h"

#define SAME(name)	{ name, infer_same, 1, 0 }
#define BOTH(name)	{ name, infer_broadcast, 1, 0 }
#define TEST(name)	{ name, infer_compare, 2, 0 }
#define REDUCE(name)	{ name, infer_reduce, 1, ~1u }

static const struct op ops[] = {
	SAME("Abs"), SAME("Acos"), SAME("Acosh"), SAME("Asinh"), SAME("Atanh"), SAME("Cosh"), SAME("Sinh"),
	 SAME("Asin"), SAME("Atan"), SAME("Ceil"), SAME("Celu"),
	SAME("Cos"), SAME("Elu"), SAME("Erf"), SAME("Exp"), SAME("Floor"), SAME("Gelu"),
	SAME("HardSigmoid"), SAME("HardSwish"), SAME("Hardmax"), SAME("Identity"), SAME("LRN"),
	SAME("LeakyRelu"), SAME("Log"), SAME("LogSoftmax"), SAME("LpNormalization"), SAME("Mish"),
	SAME("Neg"), SAME("Not"), SAME("Reciprocal"), SAME("Relu"), SAME("Round"), SAME("Selu"),
	SAME("Shrink"), SAME("Sigmoid"), SAME("Sign"), SAME("Sin"), SAME("Softmax"), SAME("Softplus"),
	SAME("Softsign"), SAME("Sqrt"), SAME("Swish"), SAME("Tan"), SAME("Tanh"),
	SAME("ThresholdedRelu"), SAME("MeanVarianceNormalization"), SAME("InstanceNormalization"),
	SAME("LayerNormalization"), SAME("GroupNormalization"), SAME("RMSNormalization"), SAME("PRelu"),
	SAME("ScatterElements"), SAME("ScatterND"), SAME("Scatter"),
	{ "BatchNormalization", infer_same, 5, 1u << 3 | 1u << 4 },
	{ "Clip", infer_same, 1, ~1u }, { "CumSum", infer_same, 2, ~1u },
	{ "Dropout", infer_same, 1, ~1u }, { "Trilu", infer_same, 1, ~1u },
	BOTH("Add"), BOTH("Sub"), BOTH("Mul"), BOTH("Div"), BOTH("Pow"), BOTH("Mod"), BOTH("Min"),
	BOTH("Max"), BOTH("Sum"), BOTH("Mean"), BOTH("And"), BOTH("Or"), BOTH("Xor"),
	TEST("Equal"), TEST("Less"), TEST("Greater"), TEST("LessOrEqual"), TEST("GreaterOrEqual"),
	REDUCE("ReduceMean"), REDUCE("ReduceSum"), REDUCE("ReduceMax"), REDUCE("ReduceMin"),
	REDUCE("ReduceProd"), REDUCE("ReduceL1"), REDUCE("ReduceL2"), REDUCE("ReduceLogSum"),
	REDUCE("ReduceLogSumExp"), REDUCE("ReduceSumSquare"),
	{ "ArgMax", infer_arg, 1, 0 }, { "ArgMin", infer_arg, 1, 0 },
	{ "Conv", infer_conv, 2, 0 }, { "ConvInteger", infer_conv, 2, ~3u },
	{ "QLinearConv", infer_conv_quantised, 8, 0xf6 },
	{ "ConvTranspose", infer_conv_transpose, 2, 0 },
	{ "MaxPool", infer_pool, 1, 0 }, { "AveragePool", infer_pool, 1, 0 },
	{ "LpPool", infer_pool, 1, 0 }, { "GlobalAveragePool", infer_global_pool, 1, 0 },
	{ "GlobalMaxPool", infer_global_pool, 1, 0 }, { "GlobalLpPool", infer_global_pool, 1, 0 },
	{ "Gemm", infer_gemm, 2, 0 }, { "MatMul", infer_matmul, 2, 0 },
	{ "MatMulInteger", infer_matmul, 2, ~3u },
	{ "QLinearMatMul", infer_matmul_quantised, 8, 0xf6 },
	{ "LSTM", infer_recurrent, 3, 0x10 }, { "GRU", infer_recurrent, 3, 0x10 },
	{ "RNN", infer_recurrent, 3, 0x10 },
	{ "Constant", infer_constant, 0, 0 },
	{ "ConstantOfShape", infer_constant_of_shape, 1, 1 },
	{ "Shape", infer_shape, 1, 0 }, { "Size", infer_shape, 1, 0 },
	{ "Reshape", infer_reshape, 2, 2 }, { "Flatten", infer_flatten, 1, 0 },
	{ "Transpose", infer_transpose, 1, 0 }, { "Concat", infer_concat, 1, 0 },
	{ "Split", infer_split, 1, 2 }, { "Slice", infer_slice, 1, ~1u },
	{ "Squeeze", infer_squeeze, 1, 2 }, { "Unsqueeze", infer_unsqueeze, 1, 2 },
	{ "Gather", infer_gather, 2, 2 }, { "Pad", infer_pad, 1, ~1u },
	{ "Resize", infer_resize, 1, ~1u }, { "Upsample", infer_resize, 1, ~1u },
	{ "Expand", infer_expand, 2, 2 }, { "Tile", infer_expand, 2, 2 },
	{ "Cast", infer_cast, 1, 0 }, { "QuantizeLinear", infer_cast, 2, 6 },
	{ "DequantizeLinear", infer_cast, 2, 6 }, { "Where", infer_where, 3, 0 },
};

const struct op *op_find(const struct node *n)
{
	if (n->domain.len && !text_is(n->domain, "ai.onnx"))
		return NULL;
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (text_is(n->type, ops[i].name))
			return &ops[i];
	return NULL;
}

const struct value *op_in(const struct graph *g, const struct node *n, uint32_t i)
{
	return i < n->in_n && n->in[i] ? &g->value[n->in[i]] : NULL;
}

const struct attr *op_attr(const struct node *n, const char *name)
{
	for (uint32_t i = 0; i < n->attrs_n; i++)
		if (text_is(n->attr[i].name, name))
			return &n->attr[i];
	return NULL;
}

int64_t op_int(const struct node *n, const char *name, int64_t otherwise)
{
	const struct attr *a = op_attr(n, name);

	return a && a->has_i ? a->i : otherwise;
}

const int64_t *op_ints(const struct graph *g, const struct node *n, int i, const char *name,
		       uint32_t *ret_n)
{
	const struct value *v = i < 0 ? NULL : op_in(g, n, i);
	const struct attr *a;

	*ret_n = 0;
	if (v) {
		*ret_n = v->ints_n;
		return v->ints;
	}
	a = name ? op_attr(n, name) : NULL;
	if (!a || !a->has_ints || a->ints_n > MODEL_KNOWN)
		return NULL;
	*ret_n = a->ints_n;
	return a->ints;
}

bool op_fail(struct graph *g, const struct node *n, const char *why)
{
	return graph_fail(g, "%.*s '%.*s': %s: the file contradicts itself, or was not bound by --dim as it was exported",
			  TEXT(n->type), TEXT(n->name), why);
}

int64_t value_elements(const struct value *v)
{
	int64_t e = 1;

	if (v->rank < 0)
		return -1;
	for (int i = 0; i < v->rank; i++) {
		if (v->dim[i] < 0)
			return -1;
		/* Held below 2^53 wherever a shape is set */
		e *= v->dim[i];
	}
	return e;
}

bool op_out(struct graph *g, struct node *n, uint32_t i, int like, const int64_t *dim, int rank)
{
	int64_t elements = 1;
	struct value *v;
	int32_t type;

	if (i >= n->out_n || !n->out[i])
		return true;
	v = &g->value[n->out[i]];
	if (rank > MODEL_RANK)
		return op_fail(g, n, "more than 8 dimensions");
	type = like >= 0 && op_in(g, n, like) ? op_in(g, n, like)->type : v->type;
	for (int d = 0; d < rank; d++) {
		/* An empty dimension must not hide that the others overflow */
		int64_t size = dim[d] ? dim[d] : 1;

		if (dim[d] < 0)
			return op_fail(g, n, "an output's size is negative");
		if (__builtin_mul_overflow(elements, size, &elements) || elements > MODEL_INT_MAX)
			return op_fail(g, n, "an output has more than 2^53 elements");
	}
	if (rank)
		memmove(v->dim, dim, rank * sizeof(*dim));
	v->rank = (int8_t)rank;
	v->type = type;
	return true;
}

bool op_axis(struct graph *g, const struct node *n, int64_t axis, int rank, int *ret)
{
	if (axis < -rank || axis >= rank)
		return op_fail(g, n, "an axis is out of range");
	*ret = (int)(axis < 0 ? axis + rank : axis);
	return true;
}

bool op_macs(struct graph *g, struct node *n, int64_t a, int64_t b, int64_t c)
{
	uint64_t m;

	if (__builtin_mul_overflow((uint64_t)a, (uint64_t)b, &m) ||
	    __builtin_mul_overflow(m, (uint64_t)c, &m) || m > MODEL_INT_MAX ||
	    n->macs + m > MODEL_INT_MAX)
		return op_fail(g, n, "more than 2^53 multiply-accumulates");
	n->macs += m;
	return true;
}
