/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile - what one model asks of the board, read from models/NAME.ini.
 *
 * A profile states the work of one inference in the board's own measures:
 * multiply-accumulates, bytes of DRAM traffic, cycles of one CPU core. Each
 * figure in the file has a NAME_source beside it, a published source or
 * "derived: how"; a figure without one is refused. Documentation/virtual-orin.rst
 * describes the format.
 *
 * One inference is a sequence of units: profile_units() counts them,
 * profile_unit() gives each, in order. The CPU stages before and after are the
 * caller's to submit to the cpu engine.
 */
#ifndef TWILL_SIM_PROFILE_H
#define TWILL_SIM_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/board.h"

#define PROFILE_NAME_LEN	32

enum profile_class {	/* the same order as TWILL_CLASS_* of linux/twill.h */
	PROFILE_OTHER,
	PROFILE_DNN,
	PROFILE_TRANSFORMER,
	PROFILE_LLM,
};

enum profile_unit_kind {
	PROFILE_ENGINE,		/* one unit an inference, divisible into layers */
	PROFILE_TOKEN,		/* prefill batches, then one unit a token */
};

/**
 * struct profile_work - what a unit computes
 * @kind: enum orin_sim_kind
 * @macs: multiply-accumulates, at the precision that the kind's rate is stated for
 * @bytes: DRAM traffic
 */
struct profile_work {
	uint32_t kind;
	uint64_t macs;
	uint64_t bytes;
};

/**
 * struct profile - one model
 * @name: what [model] name says; must equal the file's name
 * @cls: enum profile_class
 * @accelerators: mask of 1 << enum orin_sim_engine: engines it has been built for
 * @unit: enum profile_unit_kind
 * @resident_bytes: memory that the loaded model occupies
 * @pre_cycles: CPU stage before the first unit, cycles of one core
 * @post_cycles: CPU stage after the last unit
 * @layers: units that an inference, a prefill batch or a token has if it is submitted by layer
 * @engine: PROFILE_ENGINE: one whole inference
 * @batch_tokens: PROFILE_TOKEN: most prompt tokens in one prefill unit
 * @prefill: PROFILE_TOKEN: kind and MACs of one prompt token; bytes of one batch
 * @token: PROFILE_TOKEN: one generated token with an empty context
 * @context_bytes: PROFILE_TOKEN: key and value cache read for each earlier token
 */
struct profile {
	char name[PROFILE_NAME_LEN];
	enum profile_class cls;
	uint32_t accelerators;
	enum profile_unit_kind unit;
	uint64_t resident_bytes;
	uint64_t pre_cycles;
	uint64_t post_cycles;
	uint32_t layers;

	struct profile_work engine;

	uint32_t batch_tokens;
	struct profile_work prefill;
	struct profile_work token;
	uint64_t context_bytes;
};

/**
 * struct profile_request - one inference
 * @by_layer: submit layer by layer instead of as one unit an inference, batch or token
 * @prompt: PROFILE_TOKEN: prompt tokens, 1 .. 131072
 * @output: PROFILE_TOKEN: tokens to generate, 1 .. 131072; the first comes out of prefill
 */
struct profile_request {
	bool by_layer;
	uint32_t prompt;
	uint32_t output;
};

/**
 * profile_load() - read and check a profile
 * @path: the file, NAME.ini
 * @p: filled in on success, left as it was on failure
 * @err: receives "FILE: [section] key: reason"; may be NULL
 * @len: room in @err
 *
 * Return: 0; -ENOENT and the like if the file cannot be read; -EINVAL if it is
 * malformed: unknown or repeated section or key, missing figure or source,
 * number out of range, name that differs from the file's.
 */
int profile_load(const char *path, struct profile *p, char *err, size_t len);

/** profile_units() - number of units in @req; 0 if @req does not fit the profile */
uint32_t profile_units(const struct profile *p, const struct profile_request *req);

/**
 * profile_unit() - unit @i of a request, ready to be submitted
 * @p: the model
 * @req: the request
 * @i: 0 .. profile_units() - 1
 * @cmd: filled in on success
 *
 * Return: 0 or -ERANGE.
 */
int profile_unit(const struct profile *p, const struct profile_request *req, uint32_t i,
		 struct board_cmd *cmd);

/** profile_class_name() - "dnn", "transformer", "llm" or "other" */
const char *profile_class_name(enum profile_class cls);

#endif
