// SPDX-License-Identifier: GPL-2.0-or-later
/* dla_rule - what NVIDIA publishes as the limits of operators on a DLA, and from where. */
#include <stdio.h>

#include "model/dla.h"

/*
 * The short table of the present pages, and the long list of those for TensorRT 8.5:
 * that list was not at hand itself, its figures are as others have carried them over.
 */
#define LAYERS	"https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/dla-layer-restrictions.html"
#define LIST	"TensorRT 8.5 developer guide, Working with DLA: layer support and restrictions"
#define TABLE	"NVIDIA/Deep-Learning-Accelerator-SW, operators/README.md"
#define SOFTMAX	"https://docs.nvidia.com/deeplearning/tensorrt/api/c_api/classnvinfer1_1_1_i_soft_max_layer.html"

#define LIMIT(rule, name, what, min, max, source) [rule] = { name, what, min, max, source }
#define SAYING(rule, name, what, source) [rule] = { name, what, 1, 0, source }

const struct dla_rule_row dla_rules[DLA_RULES] = {
	SAYING(DLA_FITS, "fits", "a DLA takes it", TABLE),
	SAYING(DLA_NO_CORE, "board", "the board has no DLA", "data sheets of the modules"),
	SAYING(DLA_NO_RELEASE, "jetpack", "TensorRT of that JetPack has no DLA on this board", TABLE),
	SAYING(DLA_UNLISTED, "unlisted", "NVIDIA's table of operators does not have it", TABLE),
	SAYING(DLA_UNSUPPORTED, "unsupported", "TensorRT does not offer it on a DLA", TABLE),
	SAYING(DLA_REWRITE, "rewrite", "a DLA takes it only rewritten as other operators", TABLE),
	SAYING(DLA_LATER, "later", "a DLA takes it from TensorRT 8.6.12 on", TABLE),

	SAYING(DLA_SHAPE, "shape", "its shape is not known before it runs", LAYERS),
	SAYING(DLA_TYPE, "type", "it works on numbers that become neither FP16 nor INT8", LAYERS),
	LIMIT(DLA_BATCH, "batch", "its batch", 1, 4096, LAYERS),
	LIMIT(DLA_SIZE, "size", "a dimension beside the batch", 1, 8192, LAYERS),
	LIMIT(DLA_RANK, "rank", "the number of its dimensions", 4, 4, LAYERS),

	SAYING(DLA_CONSTANT, "constant", "its second operand is not a constant", TABLE),
	LIMIT(DLA_KERNEL, "kernel", "its kernel", 1, 32, LAYERS),
	LIMIT(DLA_PAD, "pad", "its padding", 0, 31, LIST),
	SAYING(DLA_PAD_KERNEL, "pad-kernel", "its padding is not less than its kernel", LIST),
	LIMIT(DLA_STRIDE, "stride", "its stride", 1, 8, LAYERS),
	LIMIT(DLA_DILATION, "dilation", "its dilation", 1, 32, LIST),
	LIMIT(DLA_GROUPS, "groups", "the number of its groups", 1, 8192, LIST),
	LIMIT(DLA_CHANNELS, "channels", "the number of its channels", 1, 8192, LAYERS),
	LIMIT(DLA_WEIGHTS, "weights", "the rank of its constant operand", 2, 2, TABLE),
	SAYING(DLA_TRANSPOSED, "transposed", "it transposes what is not a constant", TABLE),

	SAYING(DLA_UP_KERNEL, "up-kernel", "its kernel is neither 1 to 32 each way nor 1 by 64, 96 or 128", LIST),
	LIMIT(DLA_UP_PAD, "up-pad", "its padding", 0, 0, LAYERS),
	LIMIT(DLA_UP_GROUPS, "up-groups", "the number of its groups", 1, 1, LAYERS),
	LIMIT(DLA_UP_DILATION, "up-dilation", "its dilation", 1, 1, LAYERS),
	SAYING(DLA_UP_SQUARE, "up-square", "its kernel is a square of 23 to 32", LIST),
	LIMIT(DLA_UP_STRIDE, "up-stride", "its stride", 1, 22, LIST),

	LIMIT(DLA_WINDOW, "window", "its window", 1, 8, LIST),
	LIMIT(DLA_POOL_PAD, "pool-pad", "its padding", 0, 7, LIST),
	LIMIT(DLA_POOL_STRIDE, "pool-stride", "its stride", 1, 16, LIST),
	LIMIT(DLA_POOL_DILATION, "pool-dilation", "its dilation", 1, 1, LIST),
	SAYING(DLA_GLOBAL_AVERAGE, "global-average",
	       "TensorRT does not offer it on a DLA; as an AveragePool of at most 8 by 8 it would fit", TABLE),

	SAYING(DLA_CLIP_LOW, "clip-low", "it does not clip at 0", LIST),
	LIMIT(DLA_CLIP_HIGH, "clip-high", "its upper bound", 1, 127, LIST),
	LIMIT(DLA_CONCAT_AXIS, "concat-axis", "the axis it joins along", 1, 1, LAYERS),
	LIMIT(DLA_CONCAT_INPUTS, "concat-inputs", "the number of its inputs", 2, 8192, LAYERS),
	SAYING(DLA_LRN_WINDOW, "lrn-window", "its window is not 3, 5, 7 or 9", LAYERS),
	SAYING(DLA_SLOPE, "slope", "its slope is not a constant", LAYERS),
	SAYING(DLA_BATCH_KEPT, "batch-kept", "it changes or moves the batch dimension", LIST),
	SAYING(DLA_RESIZE_OUTER, "resize-outer", "it resizes batch or channels", LIST),
	SAYING(DLA_RESIZE_WHOLE, "resize-whole", "its scale is not a whole number", LIST),
	LIMIT(DLA_NEAREST, "nearest", "its scale, nearest", 1, 32, LIST),
	LIMIT(DLA_LINEAR, "linear", "its scale, linear", 1, 4, LIST),
	SAYING(DLA_RESIZE_MODE, "resize-mode", "its mode is neither nearest nor linear", LIST),
	SAYING(DLA_SOFTMAX_AXIS, "softmax-axis", "its axis is the batch", SOFTMAX),
	LIMIT(DLA_SOFTMAX_ALONE, "softmax-alone", "its axis, all others being 1,", 1, 8192, SOFTMAX),
	LIMIT(DLA_SOFTMAX_AMONG, "softmax-among", "its axis, others not being 1,", 1, 1024, SOFTMAX),
};

void dla_reason(enum dla_rule rule, int64_t got, char *to, size_t len)
{
	const struct dla_rule_row *r = &dla_rules[rule];

	if (r->min > r->max)
		snprintf(to, len, "%s", r->what);
	else if (r->min == r->max)
		snprintf(to, len, "%s is %lld, not %lld", r->what, (long long)got, (long long)r->min);
	else
		snprintf(to, len, "%s is %lld, not %lld to %lld", r->what, (long long)got, (long long)r->min,
			 (long long)r->max);
}
