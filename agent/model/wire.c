// SPDX-License-Identifier: GPL-2.0-or-later
/* wire - see wire.h; and the table of names. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/wire.h"

bool graph_fail(struct graph *g, const char *format, ...)
{
	va_list ap;

	if (g->error[0])
		return false;
	va_start(ap, format);
	vsnprintf(g->error, sizeof(g->error), format, ap);
	va_end(ap);
	/* Names come from the file, and go to a terminal */
	for (char *c = g->error; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
			*c = '?';
	return false;
}

bool wire_full(struct graph *g)
{
	return graph_fail(g, "its graph takes more than %zu MiB to describe: split it", g->arena.size >> 20);
}

static uint32_t hash(struct text t)
{
	uint32_t h = 2166136261u;

	for (uint32_t i = 0; i < t.len; i++)
		h = (h ^ (uint8_t)t.s[i]) * 16777619u;
	return h ^ h >> 15;
}

static bool rehash(struct graph *g)
{
	uint32_t slots = g->slots ? g->slots * 2 : 256, i, at;
	uint32_t *slot = arena_take(&g->arena, slots * sizeof(*slot));

	if (!slot)
		return false;
	for (i = 1; i < g->values; i++) {
		for (at = hash(g->value[i].name) & (slots - 1); slot[at]; at = (at + 1) & (slots - 1))
			;
		slot[at] = i;
	}
	g->slot = slot;
	g->slots = slots;
	return true;
}

uint32_t graph_value(struct graph *g, struct text name)
{
	struct value *v;
	uint32_t at;

	if (!name.len)
		return 0;
	if (g->values * 2 >= g->slots && !rehash(g))
		return 0;
	for (at = hash(name) & (g->slots - 1); g->slot[at]; at = (at + 1) & (g->slots - 1)) {
		struct text other = g->value[g->slot[at]].name;

		if (other.len == name.len && !memcmp(other.s, name.s, name.len))
			return g->slot[at];
	}
	v = arena_grow(&g->arena, g->value, g->values, sizeof(*v));
	if (!v)
		return 0;
	g->value = v;
	v[g->values] = (struct value){ .name = name, .rank = -1 };
	g->slot[at] = g->values;
	return g->values++;
}

bool wire_malformed(struct graph *g, const char *what)
{
	return graph_fail(g, "malformed %s: it is no ONNX file, or a damaged one", what);
}

/* The next field; false at the end, or with g->error */
bool wire_next(struct graph *g, pb_istream_t *s, pb_wire_type_t *wire, uint32_t *tag)
{
	bool end = false;

	if (pb_decode_tag(s, wire, tag, &end))
		return true;
	if (!end)
		wire_malformed(g, "field");
	return false;
}

bool wire_skip(struct graph *g, pb_istream_t *s, pb_wire_type_t wire)
{
	return pb_skip_field(s, wire) || wire_malformed(g, "field");
}

/* A field that has a length: where it lies */
bool wire_bytes(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, struct text *t,
		       uint64_t *len)
{
	pb_istream_t sub;

	if (wire != PB_WT_STRING || !pb_make_string_substream(s, &sub))
		return wire_malformed(g, "field");
	t->s = sub.state;
	t->len = (uint32_t)sub.bytes_left;
	if (len)
		*len = sub.bytes_left;
	return pb_close_string_substream(s, &sub) || wire_malformed(g, "field");
}

bool wire_text(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, struct text *t)
{
	return wire_bytes(g, s, wire, t, NULL);
}

bool wire_enter(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, pb_istream_t *sub)
{
	struct text t;

	if (!wire_text(g, s, wire, &t))
		return false;
	*sub = pb_istream_from_buffer((const pb_byte_t *)t.s, t.len);
	return true;
}

bool wire_int(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, int64_t *i)
{
	uint64_t v;

	if (wire != PB_WT_VARINT || !pb_decode_varint(s, &v))
		return wire_malformed(g, "number");
	*i = (int64_t)v;
	return true;
}

/* One number of a repeated field, or all of them packed */
bool wire_ints(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, int64_t **ints,
		      uint32_t *n, uint32_t max)
{
	pb_istream_t sub = *s, *from = s;
	int64_t *p, v;

	if (wire == PB_WT_STRING) {
		if (!wire_enter(g, s, wire, &sub))
			return false;
		from = &sub;
	} else if (wire != PB_WT_VARINT) {
		return wire_malformed(g, "number");
	}
	do {
		if (from == &sub && !sub.bytes_left)
			break;
		if (!wire_int(g, from, PB_WT_VARINT, &v))
			return false;
		if (*n > max)
			continue;
		p = arena_grow(&g->arena, *ints, *n, sizeof(*p));
		if (!p)
			return wire_full(g);
		*ints = p;
		p[(*n)++] = v;
	} while (from == &sub);
	return true;
}
