/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The graph of an ONNX file. Names, attributes' strings and tensors' contents
 * point into the mapped file; everything else is in one bounded arena.
 */
#ifndef TWILL_MODEL_GRAPH_H
#define TWILL_MODEL_GRAPH_H

#include "model/arena.h"

#define MODEL_RANK	8	/* most dimensions of a tensor */
#define MODEL_KNOWN	64	/* most elements of a tensor whose contents are followed */
#define MODEL_ERROR	512
#define MODEL_INT_MAX	((int64_t)1 << 53)	/* elements, bytes, MACs: beyond is refused */

/* TensorProto.DataType */
enum model_type {
	MODEL_FLOAT = 1, MODEL_UINT8 = 2, MODEL_INT8 = 3, MODEL_UINT16 = 4, MODEL_INT16 = 5,
	MODEL_INT32 = 6, MODEL_INT64 = 7, MODEL_STRING = 8, MODEL_BOOL = 9, MODEL_FLOAT16 = 10,
	MODEL_DOUBLE = 11, MODEL_UINT32 = 12, MODEL_UINT64 = 13, MODEL_COMPLEX64 = 14,
	MODEL_COMPLEX128 = 15, MODEL_BFLOAT16 = 16, MODEL_F8_FIRST = 17, MODEL_F8_LAST = 20,
	MODEL_UINT4 = 21, MODEL_INT4 = 22, MODEL_FLOAT4 = 23,
};

struct text {
	const char *s;
	uint32_t len;
};

/**
 * struct value - a tensor by its name
 * @type: enum model_type, 0 if not known
 * @rank: number of dimensions, -1 if not known
 * @dim: sizes; -1 is not known
 * @param: names of symbolic dimensions, or NULL
 * @declared: shape and type are the file's, of an output or between nodes
 * @input: given by the caller, not an initializer
 * @initializer: the file has its contents, or says where they are
 * @constant: known when an engine is built
 * @made: input, initializer, or output of a node that was looked at
 * @parameter: an initializer that some node uses as other than a setting
 * @ints: contents, if few and integer; @ints_n of them
 * @raw: contents as the file has them, little-endian; NULL if elsewhere
 */
struct value {
	struct text name;
	int32_t type;
	int8_t rank;
	bool declared, input, initializer, constant, made, parameter;
	int64_t dim[MODEL_RANK];
	struct text *param;
	int64_t *ints;
	uint32_t ints_n;
	const uint8_t *raw;
	uint64_t raw_len;
};

struct attr {
	struct text name, s;
	int64_t i;
	float f;
	int64_t *ints;
	uint32_t ints_n, floats_n;
	const uint8_t *floats;		/* the first, if they are packed */
	struct value *t;
	bool has_i, has_ints;
};

struct op;

/**
 * struct node - an operator
 * @in: indices into graph.value; 0 is "not given"
 * @macs: multiply-accumulates, set by shape inference
 * @known: shapes were inferred, so that @macs is right
 * @folded: all inputs are constant: nothing of it is left in an engine
 */
struct node {
	struct text type, domain, name;
	uint32_t *in, *out;
	uint32_t in_n, out_n, attrs_n;
	struct attr *attr;
	const struct op *op;
	uint64_t macs;
	bool known, folded;
};

/**
 * struct dim_binding - --dim NAME=SIZE
 * @used: some dimension has that name
 */
struct dim_binding {
	const char *name;
	int64_t size;
	bool used;
};

struct graph {
	struct arena arena;
	struct value *value;		/* [0] is no value */
	uint32_t values;
	uint32_t *slot, slots;		/* hash table of names: open addressing, powers of two */
	struct node *node;
	uint32_t nodes;
	uint32_t *output, outputs;
	int64_t opset;
	struct text producer;
	bool external;			/* some contents are in another file */
	char error[MODEL_ERROR];
};

/** graph_fail() - note why and return false; the first reason stays */
__attribute__((format(printf, 2, 3)))
bool graph_fail(struct graph *g, const char *format, ...);

/** graph_value() - index of the value of that name, made if need be; 0 if the arena is full */
uint32_t graph_value(struct graph *g, struct text name);

/** graph_read() - decode @len bytes at @data; false with g->error */
bool graph_read(struct graph *g, const void *data, size_t len);

/** graph_infer() - bind symbolic dimensions, then shapes and MACs of every node in order */
bool graph_infer(struct graph *g, struct dim_binding *dims, uint32_t dims_n);

static inline bool text_is(struct text t, const char *s)
{
	return t.len == __builtin_strlen(s) && !__builtin_memcmp(t.s, s, t.len);
}

static inline bool text_same(struct text a, struct text b)
{
	return a.len == b.len && (!a.len || !__builtin_memcmp(a.s, b.s, a.len));
}

#define TEXT(t) ((int)((t).len > 80 ? 80 : (t).len)), ((t).s ? (t).s : "")

#endif
