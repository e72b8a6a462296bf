// SPDX-License-Identifier: GPL-2.0-or-later
/* infer_conv - convolutions and pools. */
#include <string.h>

#include "model/op.h"

/* One spatial dimension's window; sizes are at least 1 */
struct window {
	int64_t kernel, stride, dilation, before, after;
};

static bool window(struct graph *g, struct node *n, int d, int spatial, int64_t kernel, struct window *w)
{
	const int64_t *strides, *dilations, *pads;
	uint32_t ns, nd, np;

	strides = op_ints(g, n, -1, "strides", &ns);
	dilations = op_ints(g, n, -1, "dilations", &nd);
	pads = op_ints(g, n, -1, "pads", &np);
	if ((strides && ns != (uint32_t)spatial) || (dilations && nd != (uint32_t)spatial) ||
	    (pads && np != 2 * (uint32_t)spatial))
		return op_fail(g, n, "strides, dilations or pads have another rank than the kernel");
	*w = (struct window){ kernel, strides ? strides[d] : 1, dilations ? dilations[d] : 1,
			      pads ? pads[d] : 0, pads ? pads[d + spatial] : 0 };
	if (w->kernel < 1 || w->kernel > INT32_MAX || w->stride < 1 || w->stride > INT32_MAX ||
	    w->dilation < 1 || w->dilation > INT32_MAX || w->before < 0 || w->before > INT32_MAX ||
	    w->after < 0 || w->after > INT32_MAX)
		return op_fail(g, n, "a kernel, stride, dilation or pad is out of range");
	return true;
}

/* Size after a window has slid over @in */
static bool slide(struct graph *g, struct node *n, const struct window *w, int64_t in, int64_t *out)
{
	const struct attr *pad = op_attr(n, "auto_pad");
	bool ceil = op_int(n, "ceil_mode", 0);
	int64_t room;

	if (pad && (text_is(pad->s, "SAME_UPPER") || text_is(pad->s, "SAME_LOWER"))) {
		*out = (in + w->stride - 1) / w->stride;
		return true;
	}
	room = in - ((w->kernel - 1) * w->dilation + 1);
	if (!pad || !text_is(pad->s, "VALID"))
		room += w->before + w->after;
	if (room < 0)
		return op_fail(g, n, "the kernel is larger than its input");
	*out = room / w->stride + 1;
	/* A window that would begin in the padding behind is left out */
	if (ceil && room % w->stride && *out * w->stride < in + w->before)
		(*out)++;
	return true;
}

static bool conv(struct graph *g, struct node *n, const struct value *x, const struct value *k)
{
	int64_t dim[MODEL_RANK], group = op_int(n, "group", 1);
	int spatial = x->rank - 2, i;
	struct window w;

	if (x->rank < 3 || k->rank != x->rank)
		return op_fail(g, n, "input and kernel differ in rank");
	if (group < 1 || group > x->dim[1] || x->dim[1] % group || k->dim[1] != x->dim[1] / group ||
	    k->dim[0] % group)
		return op_fail(g, n, "channels of input, kernel and groups do not fit");
	dim[0] = x->dim[0];
	dim[1] = k->dim[0];
	for (i = 0; i < spatial; i++)
		if (!window(g, n, i, spatial, k->dim[i + 2], &w) || !slide(g, n, &w, x->dim[i + 2], &dim[i + 2]))
			return false;
	if (!op_out(g, n, 0, 0, dim, x->rank) || !n->out_n || !n->out[0])
		return !g->error[0];
	/* Each output element takes one kernel: all of it but its first dimension */
	if (!k->dim[0])
		return true;
	return op_macs(g, n, value_elements(&g->value[n->out[0]]), value_elements(k) / k->dim[0], 1);
}

bool infer_conv(struct graph *g, struct node *n)
{
	return conv(g, n, op_in(g, n, 0), op_in(g, n, 1));
}

bool infer_conv_quantised(struct graph *g, struct node *n)
{
	return conv(g, n, op_in(g, n, 0), op_in(g, n, 3));
}

bool infer_conv_transpose(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0), *k = op_in(g, n, 1);
	int64_t dim[MODEL_RANK], group = op_int(n, "group", 1);
	const int64_t *extra, *shape;
	uint32_t extra_n, shape_n;
	const struct attr *pad = op_attr(n, "auto_pad");
	int spatial = x->rank - 2, i;
	struct window w;

	if (x->rank < 3 || k->rank != x->rank || group < 1 || k->dim[0] != x->dim[1] || k->dim[0] % group)
		return op_fail(g, n, "input, kernel and groups do not fit");
	extra = op_ints(g, n, -1, "output_padding", &extra_n);
	shape = op_ints(g, n, -1, "output_shape", &shape_n);
	if ((extra && extra_n != (uint32_t)spatial) || (shape && shape_n < (uint32_t)spatial))
		return op_fail(g, n, "output_padding or output_shape has another rank than the kernel");
	dim[0] = x->dim[0];
	if (__builtin_mul_overflow(k->dim[1], group, &dim[1]))
		return op_fail(g, n, "too many groups");
	for (i = 0; i < spatial; i++) {
		if (!window(g, n, i, spatial, k->dim[i + 2], &w))
			return false;
		if (x->dim[i + 2] > INT32_MAX || (extra && (extra[i] < 0 || extra[i] > INT32_MAX)))
			return op_fail(g, n, "a size is out of range");
		dim[i + 2] = (x->dim[i + 2] - 1) * w.stride + (w.kernel - 1) * w.dilation + 1 -
			     w.before - w.after + (extra ? extra[i] : 0);
		if (shape)
			dim[i + 2] = shape[shape_n - spatial + i];
		else if (pad && pad->s.len > 5 && !memcmp(pad->s.s, "SAME_", 5))
			dim[i + 2] = x->dim[i + 2] * w.stride;
	}
	/* Each input element meets one kernel: all of it but its first dimension */
	return op_out(g, n, 0, 0, dim, x->rank) &&
	       (!k->dim[0] || op_macs(g, n, value_elements(x), value_elements(k) / k->dim[0], 1));
}

bool infer_pool(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t dim[MODEL_RANK];
	const int64_t *kernel;
	struct window w;
	uint32_t kernel_n;
	int i;

	kernel = op_ints(g, n, -1, "kernel_shape", &kernel_n);
	if (x->rank < 3 || !kernel || kernel_n != (uint32_t)x->rank - 2)
		return op_fail(g, n, "kernel_shape does not fit the input");
	dim[0] = x->dim[0];
	dim[1] = x->dim[1];
	for (i = 0; i < x->rank - 2; i++)
		if (!window(g, n, i, x->rank - 2, kernel[i], &w) || !slide(g, n, &w, x->dim[i + 2], &dim[i + 2]))
			return false;
	return op_out(g, n, 0, 0, dim, x->rank) && op_out(g, n, 1, -1, dim, x->rank);
}

bool infer_global_pool(struct graph *g, struct node *n)
{
	const struct value *x = op_in(g, n, 0);
	int64_t dim[MODEL_RANK] = { 0 };

	if (x->rank < 2)
		return op_fail(g, n, "an input without channels");
	for (int i = 0; i < x->rank; i++)
		dim[i] = i < 2 ? x->dim[i] : 1;
	return op_out(g, n, 0, 0, dim, x->rank);
}
