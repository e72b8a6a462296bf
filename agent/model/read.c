// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * read - an ONNX file to a graph, by nanopb.
 *
 * Fields are pulled one by one and not through nanopb's descriptors: these
 * would copy what they decode, and weights are only looked at where they lie.
 * Graphs inside nodes (If, Loop) are skipped, so nothing here recurses.
 */
#include <string.h>

#include "model/wire.h"
#include "onnx.pb.h"

static bool set_rank(struct graph *g, struct value *v, uint32_t n)
{
	if (n > MODEL_RANK)
		return graph_fail(g, "tensor '%.*s' has more than %d dimensions", TEXT(v->name), MODEL_RANK);
	v->rank = (int8_t)n;
	return true;
}

static bool take_contents(struct graph *g, struct value *v, int64_t *ints, uint32_t ints_n)
{
	int64_t elements = 1;
	uint32_t i, size = v->type == MODEL_INT32 ? 4 : 8;

	for (i = 0; i < (uint32_t)v->rank; i++) {
		if (v->dim[i] < 0)
			return graph_fail(g, "tensor '%.*s' has a negative size", TEXT(v->name));
		if (__builtin_mul_overflow(elements, v->dim[i], &elements) || elements > MODEL_INT_MAX)
			return graph_fail(g, "tensor '%.*s' has more than 2^53 elements", TEXT(v->name));
	}
	if (elements > MODEL_KNOWN || (v->type != MODEL_INT64 && v->type != MODEL_INT32))
		return true;
	if (ints_n == elements && elements) {
		v->ints = ints;
		v->ints_n = ints_n;
	} else if (v->raw && v->raw_len == (uint64_t)elements * size) {
		v->ints = arena_take(&g->arena, (elements + 1) * sizeof(*v->ints));
		if (!v->ints)
			return wire_full(g);
		v->ints_n = (uint32_t)elements;
		for (i = 0; i < v->ints_n; i++) {
			int32_t narrow;

			if (size == 8) {
				memcpy(&v->ints[i], v->raw + 8 * i, 8);
				continue;
			}
			memcpy(&narrow, v->raw + 4 * i, 4);
			v->ints[i] = narrow;
		}
	}
	return true;
}

static bool read_tensor(struct graph *g, pb_istream_t s, struct value *v)
{
	int64_t *dims = NULL, *ints = NULL, n;
	uint32_t dims_n = 0, ints_n = 0, tag;
	pb_wire_type_t wire;
	struct text t;
	bool ok = true;

	while (ok && wire_next(g, &s, &wire, &tag)) {
		switch (tag) {
		case onnx_TensorProto_dims_tag:
			ok = wire_ints(g, &s, wire, &dims, &dims_n, MODEL_RANK);
			break;
		case onnx_TensorProto_data_type_tag:
			ok = wire_int(g, &s, wire, &n);
			v->type = (int32_t)n;
			break;
		case onnx_TensorProto_name_tag:
			ok = wire_text(g, &s, wire, &v->name);
			break;
		case onnx_TensorProto_int32_data_tag:
		case onnx_TensorProto_int64_data_tag:
			ok = wire_ints(g, &s, wire, &ints, &ints_n, MODEL_KNOWN);
			break;
		case onnx_TensorProto_float_data_tag:
			/* Packed, it lies there as raw_data would */
			if (wire != PB_WT_STRING) {
				ok = wire_skip(g, &s, wire);
				break;
			}
			/* fall through */
		case onnx_TensorProto_raw_data_tag:
			ok = wire_bytes(g, &s, wire, &t, &v->raw_len);
			v->raw = (const uint8_t *)t.s;
			break;
		case onnx_TensorProto_data_location_tag:
			ok = wire_int(g, &s, wire, &n);
			g->external |= n == 1;
			break;
		default:
			ok = wire_skip(g, &s, wire);
		}
	}
	if (g->error[0] || !set_rank(g, v, dims_n))
		return false;
	for (n = 0; n < dims_n; n++)
		v->dim[n] = dims[n];
	v->initializer = v->constant = true;
	return take_contents(g, v, ints, ints_n);
}

static bool read_initializer(struct graph *g, pb_istream_t s)
{
	struct value v = { .rank = -1 };
	uint32_t at;

	if (!read_tensor(g, s, &v))
		return false;
	if (!v.name.len)
		return graph_fail(g, "an initializer has no name");
	at = graph_value(g, v.name);
	if (!at)
		return wire_full(g);
	g->value[at] = v;
	return true;
}

static bool read_attr(struct graph *g, pb_istream_t s, struct attr *a)
{
	pb_wire_type_t wire;
	pb_istream_t sub;
	uint32_t tag;
	bool ok = true;

	while (ok && wire_next(g, &s, &wire, &tag)) {
		switch (tag) {
		case onnx_AttributeProto_name_tag:
			ok = wire_text(g, &s, wire, &a->name);
			break;
		case onnx_AttributeProto_s_tag:
			ok = wire_text(g, &s, wire, &a->s);
			break;
		case onnx_AttributeProto_i_tag:
			ok = wire_int(g, &s, wire, &a->i);
			a->has_i = true;
			break;
		case onnx_AttributeProto_f_tag:
			ok = wire == PB_WT_32BIT ? pb_decode_fixed32(&s, &a->f) : wire_skip(g, &s, wire);
			break;
		case onnx_AttributeProto_ints_tag:
			ok = wire_ints(g, &s, wire, &a->ints, &a->ints_n, MODEL_KNOWN);
			a->has_ints = true;
			break;
		case onnx_AttributeProto_floats_tag:
			/* Unpacked, as onnx writes them: a tag of one byte before each */
			if (wire == PB_WT_32BIT && !a->floats)
				a->floats = s.state;
			a->floats_n++;
			ok = wire_skip(g, &s, wire);
			break;
		case onnx_AttributeProto_t_tag:
			a->t = arena_take(&g->arena, sizeof(*a->t));
			if (!a->t)
				return wire_full(g);
			ok = wire_enter(g, &s, wire, &sub) && read_tensor(g, sub, a->t);
			break;
		default:
			ok = wire_skip(g, &s, wire);
		}
	}
	return !g->error[0] && (ok || wire_malformed(g, "attribute"));
}

static bool add_name(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, uint32_t **list, uint32_t *n)
{
	struct text t;
	uint32_t *p;

	if (!wire_text(g, s, wire, &t))
		return false;
	p = arena_grow(&g->arena, *list, *n, sizeof(*p));
	if (!p)
		return wire_full(g);
	*list = p;
	p[*n] = graph_value(g, t);
	if (t.len && !p[*n])
		return wire_full(g);
	(*n)++;
	return true;
}

static bool read_node(struct graph *g, pb_istream_t s)
{
	struct node *nodes = arena_grow(&g->arena, g->node, g->nodes, sizeof(*nodes)), n = { 0 };
	pb_wire_type_t wire;
	pb_istream_t sub;
	struct attr *a;
	uint32_t tag;
	bool ok = true;

	if (!nodes)
		return wire_full(g);
	g->node = nodes;
	while (ok && wire_next(g, &s, &wire, &tag)) {
		switch (tag) {
		case onnx_NodeProto_input_tag:
			ok = add_name(g, &s, wire, &n.in, &n.in_n);
			break;
		case onnx_NodeProto_output_tag:
			ok = add_name(g, &s, wire, &n.out, &n.out_n);
			break;
		case onnx_NodeProto_name_tag:
			ok = wire_text(g, &s, wire, &n.name);
			break;
		case onnx_NodeProto_op_type_tag:
			ok = wire_text(g, &s, wire, &n.type);
			break;
		case onnx_NodeProto_domain_tag:
			ok = wire_text(g, &s, wire, &n.domain);
			break;
		case onnx_NodeProto_attribute_tag:
			a = arena_grow(&g->arena, n.attr, n.attrs_n, sizeof(*a));
			if (!a)
				return wire_full(g);
			n.attr = a;
			a[n.attrs_n] = (struct attr){ 0 };
			ok = wire_enter(g, &s, wire, &sub) && read_attr(g, sub, &a[n.attrs_n]);
			n.attrs_n++;
			break;
		default:
			ok = wire_skip(g, &s, wire);
		}
	}
	g->node[g->nodes++] = n;
	return !g->error[0];
}

/* A dimension's size or name */
static bool read_dim(struct graph *g, pb_istream_t s, struct value *v, uint32_t at)
{
	pb_wire_type_t wire;
	struct text name = { 0 };
	uint32_t tag;
	bool ok = true;

	v->dim[at] = -1;
	while (ok && wire_next(g, &s, &wire, &tag)) {
		if (tag == onnx_TensorShapeProto_Dimension_dim_value_tag)
			ok = wire_int(g, &s, wire, &v->dim[at]);
		else if (tag == onnx_TensorShapeProto_Dimension_dim_param_tag)
			ok = wire_text(g, &s, wire, &name);
		else
			ok = wire_skip(g, &s, wire);
	}
	/* Some exporters write -1 for "any" */
	if (v->dim[at] < 0)
		v->dim[at] = -1;
	if (!name.len)
		return !g->error[0];
	if (!v->param)
		v->param = arena_take(&g->arena, MODEL_RANK * sizeof(*v->param));
	if (!v->param)
		return wire_full(g);
	v->param[at] = name;
	return !g->error[0];
}

static bool read_shape(struct graph *g, pb_istream_t s, struct value *v)
{
	pb_wire_type_t wire;
	pb_istream_t sub;
	uint32_t tag, n = 0;
	bool ok = true;

	while (ok && wire_next(g, &s, &wire, &tag)) {
		if (tag != onnx_TensorShapeProto_dim_tag)
			ok = wire_skip(g, &s, wire);
		else if (n >= MODEL_RANK)
			return set_rank(g, v, n + 1);
		else
			ok = wire_enter(g, &s, wire, &sub) && read_dim(g, sub, v, n++);
	}
	return !g->error[0] && set_rank(g, v, n);
}

/* TypeProto (of which only tensors are looked at), or TypeProto.Tensor */
static bool read_type(struct graph *g, pb_istream_t s, struct value *v, bool inner)
{
	pb_wire_type_t wire;
	pb_istream_t sub;
	uint32_t tag;
	int64_t type;
	bool ok = true;

	while (ok && wire_next(g, &s, &wire, &tag)) {
		if (!inner && tag == onnx_TypeProto_tensor_type_tag) {
			ok = wire_enter(g, &s, wire, &sub) && read_type(g, sub, v, true);
		} else if (inner && tag == onnx_TypeProto_Tensor_elem_type_tag) {
			ok = wire_int(g, &s, wire, &type);
			v->type = (int32_t)type;
		} else if (inner && tag == onnx_TypeProto_Tensor_shape_tag) {
			ok = wire_enter(g, &s, wire, &sub) && read_shape(g, sub, v);
		} else {
			ok = wire_skip(g, &s, wire);
		}
	}
	return !g->error[0];
}

static bool read_value(struct graph *g, pb_istream_t s, uint32_t *ret)
{
	struct value v = { .rank = -1 };
	pb_wire_type_t wire;
	pb_istream_t sub;
	uint32_t tag;
	bool ok = true;

	while (ok && wire_next(g, &s, &wire, &tag)) {
		if (tag == onnx_ValueInfoProto_name_tag)
			ok = wire_text(g, &s, wire, &v.name);
		else if (tag == onnx_ValueInfoProto_type_tag)
			ok = wire_enter(g, &s, wire, &sub) && read_type(g, sub, &v, false);
		else
			ok = wire_skip(g, &s, wire);
	}
	if (g->error[0])
		return false;
	if (!v.name.len)
		return graph_fail(g, "an input or output has no name");
	*ret = graph_value(g, v.name);
	if (!*ret)
		return wire_full(g);
	/* Initializers may be listed as inputs too; their own shape counts */
	v.declared = true;
	if (!g->value[*ret].initializer)
		g->value[*ret] = v;
	return true;
}

static bool read_output(struct graph *g, pb_istream_t s)
{
	uint32_t at, *p;

	if (!read_value(g, s, &at))
		return false;
	p = arena_grow(&g->arena, g->output, g->outputs, sizeof(*p));
	if (!p)
		return wire_full(g);
	g->output = p;
	p[g->outputs++] = at;
	return true;
}

/* Twice, because an input's meaning depends on the initializers, which follow or precede it */
static bool read_graph(struct graph *g, pb_istream_t s, bool inputs)
{
	pb_wire_type_t wire;
	pb_istream_t sub;
	uint32_t tag, at;
	bool ok = true;

	while (ok && wire_next(g, &s, &wire, &tag)) {
		if (inputs != (tag == onnx_GraphProto_input_tag) || wire != PB_WT_STRING) {
			ok = wire_skip(g, &s, wire);
			continue;
		}
		if (!wire_enter(g, &s, wire, &sub))
			break;
		if (tag == onnx_GraphProto_node_tag)
			ok = read_node(g, sub);
		else if (tag == onnx_GraphProto_initializer_tag)
			ok = read_initializer(g, sub);
		else if (tag == onnx_GraphProto_output_tag)
			ok = read_output(g, sub);
		else if (tag == onnx_GraphProto_value_info_tag)
			ok = read_value(g, sub, &at);
		else if (tag == onnx_GraphProto_input_tag) {
			ok = read_value(g, sub, &at);
			g->value[ok ? at : 0].input = ok && !g->value[at].initializer;
		}
	}
	return !g->error[0];
}

/* The version of ONNX's own operators */
static bool read_opset(struct graph *g, pb_istream_t s)
{
	struct text domain = { 0 };
	pb_wire_type_t wire;
	int64_t version = 0;
	uint32_t tag;
	bool ok = true;

	while (ok && wire_next(g, &s, &wire, &tag)) {
		if (tag == onnx_OperatorSetIdProto_domain_tag)
			ok = wire_text(g, &s, wire, &domain);
		else if (tag == onnx_OperatorSetIdProto_version_tag)
			ok = wire_int(g, &s, wire, &version);
		else
			ok = wire_skip(g, &s, wire);
	}
	if (!domain.len || text_is(domain, "ai.onnx"))
		g->opset = version;
	return !g->error[0];
}

bool graph_read(struct graph *g, const void *data, size_t len)
{
	pb_istream_t s = pb_istream_from_buffer(data, len), sub;
	pb_wire_type_t wire;
	uint32_t tag;
	bool ok = true, graph = false;

	g->value = arena_take(&g->arena, sizeof(*g->value));
	if (!g->value)
		return wire_full(g);
	g->value[0].rank = -1;
	g->values = 1;
	while (ok && wire_next(g, &s, &wire, &tag)) {
		if (tag == onnx_ModelProto_producer_name_tag) {
			ok = wire_text(g, &s, wire, &g->producer);
		} else if (tag == onnx_ModelProto_opset_import_tag) {
			ok = wire_enter(g, &s, wire, &sub) && read_opset(g, sub);
		} else if (tag == onnx_ModelProto_graph_tag) {
			graph = true;
			ok = wire_enter(g, &s, wire, &sub) && read_graph(g, sub, false) &&
			     read_graph(g, sub, true);
		} else {
			ok = wire_skip(g, &s, wire);
		}
	}
	if (g->error[0])
		return false;
	if (!graph || !g->nodes)
		return graph_fail(g, "it has no graph: it is no ONNX file, or an empty one");
	if (g->opset < 7)
		return graph_fail(g, "opset %lld is older than 7: convert it with onnx.version_converter",
				  (long long)g->opset);
	return true;
}
