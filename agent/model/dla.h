/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which operators of a network a DLA can run, through the TensorRT of a JetPack,
 * and into how many pieces that cuts the network. What the compiler decides later
 * (its buffers, what it fuses) is not known here: canRunOnDLA() has the last word.
 */
#ifndef TWILL_MODEL_DLA_H
#define TWILL_MODEL_DLA_H

#include "model/graph.h"

#define DLA_LOADABLES	16	/* in one core at a time */
#define DLA_WORTH_PCT	90	/* of the MACs, from which a network is said to suit a DLA; ours */
#define DLA_JETPACK	"6.2"	/* unless something is said */
#define DLA_BOARD	"orin-nx-16gb"

/**
 * struct dla_board - what has how many
 * @name: as --board has it
 * @title: as its maker has it
 * @cores: DLAs
 * @agx: an AGX Orin
 */
struct dla_board {
	const char *name, *title;
	uint32_t cores;
	bool agx;
};

/**
 * struct dla_release - a JetPack
 * @major, @minor, @patch: the first of those that are alike
 * @tensorrt: its TensorRT, for people
 * @version: the same as a number, 80612 for 8.6.12
 * @none: without DLAs; @agx_only: with those of an AGX Orin
 * @source: of all that
 */
struct dla_release {
	uint32_t major, minor, patch, version;
	const char *tensorrt;
	bool none, agx_only;
	const char *source;
};

/** dla_board_find() - NULL if there is none of that name */
const struct dla_board *dla_board_find(const char *name);
/** dla_release_find() - of "6.2" or "7.2.1"; NULL if no source tells of it */
const struct dla_release *dla_release_find(const char *jetpack);
/** dla_names() - all boards (@jetpacks: JetPacks), separated by commas */
void dla_names(bool jetpacks, char *to, size_t len);

enum dla_rule {
	DLA_FITS,
	/* The board, the release, the operator */
	DLA_NO_CORE, DLA_NO_RELEASE, DLA_UNLISTED, DLA_UNSUPPORTED, DLA_REWRITE, DLA_LATER,
	/* Any operator */
	DLA_SHAPE, DLA_TYPE, DLA_BATCH, DLA_SIZE, DLA_RANK,
	/* Convolutions and products */
	DLA_CONSTANT, DLA_KERNEL, DLA_PAD, DLA_PAD_KERNEL, DLA_STRIDE, DLA_DILATION, DLA_GROUPS,
	DLA_CHANNELS, DLA_WEIGHTS, DLA_TRANSPOSED,
	/* Transposed convolutions */
	DLA_UP_KERNEL, DLA_UP_PAD, DLA_UP_GROUPS, DLA_UP_DILATION, DLA_UP_SQUARE, DLA_UP_STRIDE,
	/* Pools */
	DLA_WINDOW, DLA_POOL_PAD, DLA_POOL_STRIDE, DLA_POOL_DILATION, DLA_GLOBAL_AVERAGE,
	/* The rest */
	DLA_CLIP_LOW, DLA_CLIP_HIGH, DLA_CONCAT_AXIS, DLA_CONCAT_INPUTS, DLA_LRN_WINDOW, DLA_SLOPE,
	DLA_BATCH_KEPT, DLA_RESIZE_OUTER, DLA_RESIZE_WHOLE, DLA_NEAREST, DLA_LINEAR, DLA_RESIZE_MODE,
	DLA_SOFTMAX_AXIS, DLA_SOFTMAX_ALONE, DLA_SOFTMAX_AMONG,
	DLA_RULES
};

/**
 * struct dla_rule_row - a rule
 * @name: for programs
 * @what: what is held against its limits, or a whole sentence where it has none
 * @min, @max: limits
 * @source: where they are published
 */
struct dla_rule_row {
	const char *name, *what;
	int64_t min, max;
	const char *source;
};

extern const struct dla_rule_row dla_rules[DLA_RULES];

/**
 * struct dla_op - where one operator of a network goes
 * @rule: DLA_FITS: to the DLA; else what keeps it on the GPU
 * @got: what was held against the rule's limits
 * @segment: index into the segments; none for what is folded
 */
struct dla_op {
	uint8_t rule;
	int64_t got;
	uint32_t segment;
};

/** struct dla_segment - operators that run on one side between two changes of it */
struct dla_segment {
	bool dla;
	uint32_t operators;
	uint64_t macs;
	int64_t batch;
};

/**
 * struct dla_verdict - of a network
 * @op: for each node of the graph
 * @segment: in the order in which they run; one on the DLA is a loadable
 * @dla_operators, @gpu_operators: folded ones are neither
 * @suits: it is worth it
 * @why: that, in a sentence
 */
struct dla_verdict {
	struct dla_op *op;
	struct dla_segment *segment;
	uint32_t segments, loadables, switches, dla_operators, gpu_operators;
	uint64_t dla_macs, gpu_macs;
	bool suits;
	char why[400];
};

/**
 * dla_check() - whether an operator of a known shape fits
 * @got: what was held against the limits of the rule that is returned
 */
enum dla_rule dla_check(const struct graph *g, const struct node *n, const struct dla_release *r,
			int64_t *got);
/** dla_batch() - all dimensions but the last three, of which DLAs take channels, rows and columns */
int64_t dla_batch(const struct value *v);

/**
 * dla_judge() - look at a whole graph, after model_sum()
 *
 * Return: false with g->error if its arena is full.
 */
bool dla_judge(struct graph *g, const struct dla_board *board, const struct dla_release *release,
	       struct dla_verdict *v);

/** dla_reason() - why an operator stays on the GPU, as a sentence part */
void dla_reason(enum dla_rule rule, int64_t got, char *to, size_t len);

#endif
