/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Model Interpreter: what a network in an ONNX file costs, and of what kind it is. */
#ifndef TWILL_MODEL_MODEL_H
#define TWILL_MODEL_MODEL_H

#include "model/graph.h"

enum model_class { MODEL_DNN, MODEL_TRANSFORMER, MODEL_LLM };

/**
 * struct model_kind - how many operators of one type there are
 * @count: all of them
 * @uncounted: those whose cost is not in the sums
 * @macs: of all of them
 */
struct model_kind {
	struct text type;
	uint32_t count, uncounted;
	uint64_t macs;
};

/**
 * struct model_cost - sums over the graph, at the bound sizes and the file's precision
 * @macs: multiply-accumulates of products and convolutions; one MAC is two FLOPs
 * @parameters: elements of initializers of real or 8-bit types that have a
 *	dimension and are not a setting (as Resize's scales) or a statistic (as
 *	BatchNormalization's mean and variance)
 * @weight_bytes: all initializers
 * @activation_bytes: outputs of all operators that are not folded
 * @peak_bytes: most of those and of the inputs alive at once, in the file's order
 * @uncounted: operators whose cost is not in the sums
 * @why_uncounted: the first of them, and why
 * @cls: class
 * @evidence: why, in a sentence
 */
struct model_cost {
	uint64_t macs, parameters, weight_bytes, activation_bytes, peak_bytes;
	uint32_t folded, uncounted, attention, kinds;
	struct model_kind *kind;	/* most MACs first, then most operators */
	char why_uncounted[200];
	enum model_class cls;
	char evidence[240];
};

struct model {
	struct graph graph;
	struct model_cost cost;
	const void *data;
	size_t len;
};

/**
 * model_read() - map a file and work it all out
 * @m: filled in; model_close() it also after a failure
 * @path: the file
 * @dims: sizes of symbolic dimensions; @used is set in those that there are
 *
 * Takes at most 256 MiB beside the mapped file, of which weights are not touched.
 * Return: false with m->graph.error, which says why and what to do.
 */
bool model_read(struct model *m, const char *path, struct dim_binding *dims, uint32_t dims_n);
/** model_decode() - the same of @len bytes at @data, within @room bytes */
bool model_decode(struct model *m, const void *data, size_t len, size_t room,
		  struct dim_binding *dims, uint32_t dims_n);
void model_close(struct model *m);

/** model_sum() - fill in @c from a graph whose shapes are inferred */
bool model_sum(struct graph *g, struct model_cost *c);
/** model_classify() - class and evidence, after model_sum() */
bool model_classify(struct graph *g, struct model_cost *c);

const char *model_class_name(enum model_class cls);

#endif
