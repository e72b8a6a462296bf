// SPDX-License-Identifier: GPL-2.0-or-later
/* dla_check - one operator against the table and the rules. */
#include <string.h>

#include "model/dla.h"
#include "model/op.h"

struct look {
	const struct graph *g;
	const struct node *n;
	const struct value *x, *y;	/* first input and output; of known shape */
	enum dla_rule rule;
	int64_t got;
};

static bool breaks(struct look *l, enum dla_rule rule, int64_t got)
{
	l->rule = rule;
	l->got = got;
	return false;
}

static bool within(struct look *l, enum dla_rule rule, int64_t got)
{
	if (got >= dla_rules[rule].min && got <= dla_rules[rule].max)
		return true;
	return breaks(l, rule, got);
}

static bool two_spatial(struct look *l)
{
	return within(l, DLA_RANK, l->x->rank) && within(l, DLA_RANK, l->y->rank);
}

/* Entry @i of a list that shape inference has found to be as long as it must be */
static int64_t entry(const struct look *l, const char *name, int i, int64_t otherwise)
{
	const int64_t *list;
	uint32_t n;

	list = op_ints(l->g, l->n, -1, name, &n);
	return list && (uint32_t)i < n ? list[i] : otherwise;
}

/* Pads are not looked at where auto_pad makes them: those are less than the kernel */
static int64_t pad(const struct look *l, int i)
{
	const struct attr *a = op_attr(l->n, "auto_pad");

	return a && a->s.len && !text_is(a->s, "NOTSET") ? 0 : entry(l, "pads", i, 0);
}

static bool constant(struct look *l)
{
	const struct value *w = op_in(l->g, l->n, 1);

	return (w && w->constant) || breaks(l, DLA_CONSTANT, 0);
}

static bool fits_conv(struct look *l)
{
	const struct value *k = op_in(l->g, l->n, 1);

	if (!two_spatial(l) || !constant(l))
		return false;
	for (int i = 0; i < 2; i++)
		if (!within(l, DLA_KERNEL, k->dim[2 + i]) || !within(l, DLA_STRIDE, entry(l, "strides", i, 1)) ||
		    !within(l, DLA_DILATION, entry(l, "dilations", i, 1)))
			return false;
	for (int i = 0; i < 4; i++)
		if (!within(l, DLA_PAD, pad(l, i)) ||
		    (pad(l, i) >= k->dim[2 + i % 2] && !breaks(l, DLA_PAD_KERNEL, pad(l, i))))
			return false;
	return within(l, DLA_GROUPS, op_int(l->n, "group", 1)) && within(l, DLA_CHANNELS, l->x->dim[1]) &&
	       within(l, DLA_CHANNELS, l->y->dim[1]);
}

static bool long_kernel(int64_t a, int64_t b)
{
	return a == 1 && (b == 64 || b == 96 || b == 128);
}

static bool fits_conv_transpose(struct look *l)
{
	const struct value *k = op_in(l->g, l->n, 1);
	int64_t a, b;

	if (!two_spatial(l) || !constant(l))
		return false;
	a = k->dim[2];
	b = k->dim[3];
	if ((a < 1 || a > 32 || b < 1 || b > 32) && !long_kernel(a, b) && !long_kernel(b, a))
		return breaks(l, DLA_UP_KERNEL, a > b ? a : b);
	if (a == b && a >= 23)
		return breaks(l, DLA_UP_SQUARE, a);
	for (int i = 0; i < 2; i++)
		if (!within(l, DLA_UP_STRIDE, entry(l, "strides", i, 1)) ||
		    !within(l, DLA_UP_DILATION, entry(l, "dilations", i, 1)))
			return false;
	for (int i = 0; i < 4; i++)
		if (!within(l, DLA_UP_PAD, pad(l, i)))
			return false;
	return within(l, DLA_UP_GROUPS, op_int(l->n, "group", 1)) && within(l, DLA_CHANNELS, l->x->dim[1]) &&
	       within(l, DLA_CHANNELS, l->y->dim[1]);
}

/* Becomes a convolution of one by one: the constant's two sizes are its channels */
static bool fits_product(struct look *l)
{
	const struct value *w = op_in(l->g, l->n, 1);

	return constant(l) && within(l, DLA_WEIGHTS, w->rank) &&
	       (!op_int(l->n, "transA", 0) || breaks(l, DLA_TRANSPOSED, 0)) &&
	       within(l, DLA_CHANNELS, w->dim[0]) && within(l, DLA_CHANNELS, w->dim[1]);
}

static bool fits_pool(struct look *l)
{
	if (!two_spatial(l))
		return false;
	for (int i = 0; i < 2; i++)
		if (!within(l, DLA_WINDOW, entry(l, "kernel_shape", i, 1)) ||
		    !within(l, DLA_POOL_STRIDE, entry(l, "strides", i, 1)) ||
		    !within(l, DLA_POOL_DILATION, entry(l, "dilations", i, 1)))
			return false;
	for (int i = 0; i < 4; i++)
		if (!within(l, DLA_POOL_PAD, pad(l, i)))
			return false;
	return true;
}

/* A bound of Clip: an input, or before opset 11 an attribute; false if it is not known */
static bool bound(const struct look *l, uint32_t input, const char *name, float *to)
{
	const struct value *v = op_in(l->g, l->n, input);
	const struct attr *a = op_attr(l->n, name);

	if (v && v->raw && v->type == MODEL_FLOAT && v->raw_len == sizeof(*to))
		memcpy(to, v->raw, sizeof(*to));
	else if (!v && a)
		*to = a->f;
	else
		return false;
	return true;
}

static bool fits_clip(struct look *l)
{
	float low, high;

	if (!two_spatial(l))
		return false;
	if (!bound(l, 1, "min", &low) || low != 0)
		return breaks(l, DLA_CLIP_LOW, 0);
	/* Rounded away from the limits, so that 127.5 does not pass for 127 */
	if (!bound(l, 2, "max", &high) || !(high >= 1 && high <= 127))
		return breaks(l, DLA_CLIP_HIGH, !(high < 1e6F) ? 1000000 : high < 1 ? 0 : (int64_t)high + 1);
	return true;
}

static bool fits_concat(struct look *l)
{
	int64_t axis = op_int(l->n, "axis", 1);

	return two_spatial(l) && within(l, DLA_CONCAT_AXIS, axis < 0 ? axis + l->x->rank : axis) &&
	       within(l, DLA_CONCAT_INPUTS, l->n->in_n);
}

static bool fits_lrn(struct look *l)
{
	int64_t size = op_int(l->n, "size", 0);

	return two_spatial(l) && ((size >= 3 && size <= 9 && size % 2) || breaks(l, DLA_LRN_WINDOW, size));
}

static bool fits_prelu(struct look *l)
{
	const struct value *slope = op_in(l->g, l->n, 1);

	return two_spatial(l) && ((slope && slope->constant) || breaks(l, DLA_SLOPE, 0));
}

static bool fits_move(struct look *l)
{
	const int64_t *perm;
	uint32_t n;

	if (!two_spatial(l))
		return false;
	perm = op_ints(l->g, l->n, -1, "perm", &n);
	if (l->x->dim[0] != l->y->dim[0] || (text_is(l->n->type, "Transpose") && (!perm || perm[0])))
		return breaks(l, DLA_BATCH_KEPT, 0);
	return true;
}

static bool fits_resize(struct look *l)
{
	const struct attr *mode = op_attr(l->n, "mode");
	bool linear = mode && text_is(mode->s, "linear");

	if (!two_spatial(l))
		return false;
	if (mode && !linear && !text_is(mode->s, "nearest"))
		return breaks(l, DLA_RESIZE_MODE, 0);
	for (int i = 0; i < 4; i++) {
		int64_t from = l->x->dim[i], to = l->y->dim[i];

		if (i < 2 && from != to)
			return breaks(l, DLA_RESIZE_OUTER, 0);
		if (i < 2)
			continue;
		if (!from || to % from)
			return breaks(l, DLA_RESIZE_WHOLE, 0);
		if (!within(l, linear ? DLA_LINEAR : DLA_NEAREST, to / from))
			return false;
	}
	return true;
}

/* Before opset 13 all dimensions from the axis on are one */
static bool fits_softmax(struct look *l)
{
	bool old = l->g->opset < 13;
	int64_t size = 1, axis = op_int(l->n, "axis", old ? 1 : -1);
	bool alone = true;

	axis += axis < 0 ? l->x->rank : 0;
	if (axis < 1 || axis >= l->x->rank)
		return breaks(l, DLA_SOFTMAX_AXIS, axis);
	for (int i = 1; i < l->x->rank; i++)
		if (i == axis || (old && i > axis))
			size *= l->x->dim[i];
		else
			alone &= l->x->dim[i] == 1;
	return within(l, alone ? DLA_SOFTMAX_ALONE : DLA_SOFTMAX_AMONG, size);
}

static bool fits_global_average(struct look *l)
{
	for (int i = 2; i < l->x->rank; i++)
		if (l->x->dim[i] > dla_rules[DLA_WINDOW].max)
			return breaks(l, DLA_UNSUPPORTED, 0);
	return breaks(l, DLA_GLOBAL_AVERAGE, 0);
}

static bool fits_any(struct look *l)
{
	(void)l;
	return true;
}

static bool rewritten(struct look *l)
{
	return breaks(l, DLA_REWRITE, 0);
}

static bool unsupported(struct look *l)
{
	return breaks(l, DLA_UNSUPPORTED, 0);
}

#define SINCE	80612

/* What is in NVIDIA's table and not here is unsupported; what is nowhere is not in it */
static const struct {
	const char *op;
	bool (*fits)(struct look *l);
	uint32_t since;
} table[] = {
	{ "Abs", fits_any, 0 }, { "Add", two_spatial, 0 }, { "Atanh", fits_any, SINCE },
	{ "AveragePool", fits_pool, 0 }, { "BatchNormalization", two_spatial, 0 }, { "Clip", fits_clip, 0 },
	{ "Concat", fits_concat, 0 }, { "Conv", fits_conv, 0 }, { "ConvTranspose", fits_conv_transpose, 0 },
	{ "Cos", fits_any, SINCE }, { "Div", two_spatial, SINCE }, { "Equal", two_spatial, 0 },
	{ "Gemm", fits_product, 0 }, { "GlobalAveragePool", fits_global_average, 0 },
	{ "GlobalMaxPool", fits_any, SINCE }, { "Greater", two_spatial, SINCE },
	{ "LRN", fits_lrn, 0 }, { "LeakyRelu", two_spatial, 0 }, { "Less", two_spatial, SINCE },
	{ "MatMul", fits_product, 0 }, { "Max", two_spatial, 0 }, { "MaxPool", fits_pool, 0 },
	{ "Mul", two_spatial, 0 }, { "PRelu", fits_prelu, 0 }, { "Relu", two_spatial, 0 },
	{ "Reshape", fits_move, 0 }, { "Resize", fits_resize, 0 }, { "Sigmoid", two_spatial, 0 },
	{ "Sin", fits_any, SINCE }, { "Slice", fits_move, 0 }, { "Softmax", fits_softmax, 0 },
	{ "Split", fits_move, 0 }, { "Sub", two_spatial, 0 }, { "Sum", two_spatial, 0 },
	{ "Tanh", two_spatial, 0 }, { "Transpose", fits_move, 0 }, { "Upsample", fits_resize, 0 },
	{ "And", rewritten, 0 }, { "CumSum", rewritten, 0 }, { "DepthToSpace", rewritten, 0 },
	{ "DequantizeLinear", rewritten, 0 }, { "GRU", rewritten, 0 }, { "Gather", rewritten, 0 },
	{ "GatherElements", rewritten, 0 }, { "GatherND", rewritten, 0 }, { "Identity", rewritten, 0 },
	{ "LSTM", rewritten, 0 }, { "Neg", rewritten, 0 }, { "Not", rewritten, 0 }, { "Or", rewritten, 0 },
	{ "QuantizeLinear", rewritten, 0 }, { "RNN", rewritten, 0 }, { "ReduceSum", rewritten, 0 },
	{ "Scatter", rewritten, 0 }, { "ScatterElements", rewritten, 0 }, { "SpaceToDepth", rewritten, 0 },
	{ "Where", rewritten, 0 }, { "Xor", rewritten, 0 },
};

static const char *const refused[] = {
	"Acos", "Acosh", "Asin", "Asinh", "Atan", "Cast", "Ceil", "Celu", "Cosh", "Einsum", "Elu", "Erf", "Exp",
	"Expand", "Flatten", "Floor", "Gelu", "GlobalLpPool", "GreaterOrEqual", "GridSample",
	"GroupNormalization", "HardSigmoid", "HardSwish", "InstanceNormalization", "LayerNormalization",
	"LessOrEqual", "Log", "LogSoftmax", "LpNormalization", "LpPool", "Mean", "MeanVarianceNormalization",
	"Min", "Mish", "Mod", "NonMaxSuppression", "Pad", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum",
	"ReduceLogSumExp", "ReduceMean", "ReduceMin", "ReduceSumSquare", "RoiAlign", "Round", "Selu", "Shrink",
	"Sign", "Sinh", "Softplus", "Softsign", "Sqrt", "Squeeze", "Tan", "ThresholdedRelu", "Tile",
	"Unsqueeze",
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool listed(struct look *l, const struct dla_release *r)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		if (!text_is(l->n->type, table[i].op))
			continue;
		if (table[i].fits == rewritten)
			return rewritten(l);
		if (r->version < table[i].since)
			return breaks(l, DLA_LATER, 0);
		/* Nothing else can be asked of what has no shape */
		if (!l->n->known || !l->x || !l->y || l->x->rank < 0 || l->y->rank < 0)
			return breaks(l, DLA_SHAPE, 0);
		return table[i].fits(l);
	}
	for (size_t i = 0; i < COUNT(refused); i++)
		if (text_is(l->n->type, refused[i]))
			return unsupported(l);
	return breaks(l, DLA_UNLISTED, 0);
}

int64_t dla_batch(const struct value *v)
{
	int64_t batch = v->rank > 0 ? v->dim[0] : 1;

	for (int i = 1; i < v->rank - 3; i++)
		batch *= v->dim[i];
	return batch;
}

static bool fits_sizes(struct look *l, const struct value *v)
{
	if (!within(l, DLA_BATCH, dla_batch(v)))
		return false;
	for (int i = v->rank > 3 ? v->rank - 3 : 1; i < v->rank; i++)
		if (!within(l, DLA_SIZE, v->dim[i]))
			return false;
	return true;
}

static bool halved(int32_t type)
{
	return !type || type == MODEL_FLOAT || type == MODEL_FLOAT16 || type == MODEL_INT8;
}

static bool fits_tensors(struct look *l)
{
	for (uint32_t i = 0; i < l->n->in_n; i++) {
		const struct value *v = op_in(l->g, l->n, i);

		if (!v || v->constant)
			continue;
		if (!halved(v->type))
			return breaks(l, DLA_TYPE, v->type);
		if (!fits_sizes(l, v))
			return false;
	}
	return fits_sizes(l, l->y);
}

enum dla_rule dla_check(const struct graph *g, const struct node *n, const struct dla_release *r,
			int64_t *got)
{
	struct look l = {
		.g = g, .n = n, .x = op_in(g, n, 0),
		.y = n->out_n && n->out[0] ? &g->value[n->out[0]] : NULL,
	};

	if (n->domain.len && !text_is(n->domain, "ai.onnx"))
		breaks(&l, DLA_UNLISTED, 0);
	else if (listed(&l, r))
		fits_tensors(&l);
	*got = l.got;
	return l.rule;
}
