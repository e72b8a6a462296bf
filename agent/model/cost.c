// SPDX-License-Identifier: GPL-2.0-or-later
/* cost - sums over a graph. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "model/op.h"

static uint32_t bits(int32_t type)
{
	switch (type) {
	case MODEL_UINT4: case MODEL_INT4: case MODEL_FLOAT4:
		return 4;
	case MODEL_UINT8: case MODEL_INT8: case MODEL_BOOL:
		return 8;
	case MODEL_UINT16: case MODEL_INT16: case MODEL_FLOAT16: case MODEL_BFLOAT16:
		return 16;
	case MODEL_INT64: case MODEL_DOUBLE: case MODEL_UINT64: case MODEL_COMPLEX64:
		return 64;
	case MODEL_COMPLEX128:
		return 128;
	default:
		return type >= MODEL_F8_FIRST && type <= MODEL_F8_LAST ? 8 : 32;
	}
}

static bool learned(int32_t type)
{
	switch (type) {
	case MODEL_FLOAT: case MODEL_FLOAT16: case MODEL_BFLOAT16: case MODEL_DOUBLE:
	case MODEL_INT8: case MODEL_UINT8: case MODEL_INT4: case MODEL_UINT4: case MODEL_FLOAT4:
		return true;
	default:
		return type >= MODEL_F8_FIRST && type <= MODEL_F8_LAST;
	}
}

static uint64_t bytes(const struct value *v)
{
	int64_t e = value_elements(v);

	return e < 0 ? 0 : ((uint64_t)e * bits(v->type) + 7) / 8;
}

/* Sums of many tensors of 2^53 elements could wrap */
static bool add(struct graph *g, uint64_t *sum, uint64_t more)
{
	if (more > ((uint64_t)1 << 62) - *sum)
		return graph_fail(g, "its sizes add up to more than 2^62: no such model can run");
	*sum += more;
	return true;
}

static struct model_kind *kind_of(struct graph *g, struct model_cost *c, struct text type)
{
	struct model_kind *p;

	for (uint32_t i = 0; i < c->kinds; i++)
		if (text_same(c->kind[i].type, type))
			return &c->kind[i];
	/* A hostile file may invent a type per node: what is beyond shares the last row */
	if (c->kinds == 256)
		return &c->kind[255];
	p = arena_grow(&g->arena, c->kind, c->kinds, sizeof(*p));
	if (!p)
		return NULL;
	c->kind = p;
	p[c->kinds] = (struct model_kind){ .type = type };
	return &p[c->kinds++];
}

static int by_macs(const void *a, const void *b)
{
	const struct model_kind *x = a, *y = b;

	if (x->macs != y->macs)
		return x->macs < y->macs ? 1 : -1;
	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static void note_uncounted(struct model_cost *c, const struct node *n)
{
	const char *why = n->op ? "its shapes depend on data, or come from an operator that is not counted" :
			  "the operator is not known here";

	if (!c->uncounted++)
		snprintf(c->why_uncounted, sizeof(c->why_uncounted), "%.*s '%.*s': %s", TEXT(n->type),
			 TEXT(n->name), why);
}

/* Alive from its producer to its last reader */
static bool peak(struct graph *g, struct model_cost *c)
{
	uint32_t *last = arena_take(&g->arena, g->values * sizeof(*last)), i, k;
	uint64_t alive = 0;

	if (!last)
		return graph_fail(g, "its graph is too large: split it");
	for (i = 0; i < g->nodes; i++)
		for (k = 0; k < g->node[i].in_n; k++)
			last[g->node[i].in[k]] = i + 1;
	for (i = 0; i < g->outputs; i++)
		last[g->output[i]] = UINT32_MAX;
	for (i = 1; i < g->values; i++)
		if (g->value[i].input && !add(g, &alive, bytes(&g->value[i])))
			return false;
	c->peak_bytes = alive;
	for (i = 0; i < g->nodes; i++) {
		const struct node *n = &g->node[i];

		for (k = 0; k < n->out_n; k++)
			if (n->out[k] && !n->folded && !add(g, &alive, bytes(&g->value[n->out[k]])))
				return false;
		if (alive > c->peak_bytes)
			c->peak_bytes = alive;
		for (k = 0; k < n->out_n; k++)
			if (n->out[k] && !n->folded && !last[n->out[k]])
				alive -= bytes(&g->value[n->out[k]]);
		for (k = 0; k < n->in_n; k++) {
			struct value *v = &g->value[n->in[k]];

			if (!n->in[k] || last[n->in[k]] != i + 1 || v->constant)
				continue;
			/* Once, though a node may read it twice; and only what was added */
			last[n->in[k]] = UINT32_MAX;
			if (v->input || v->declared || v->rank >= 0)
				alive -= bytes(v) < alive ? bytes(v) : alive;
		}
	}
	return true;
}

bool model_sum(struct graph *g, struct model_cost *c)
{
	uint32_t i, k;

	for (i = 1; i < g->values; i++) {
		const struct value *v = &g->value[i];

		if (!v->initializer)
			continue;
		if (!add(g, &c->weight_bytes, bytes(v)))
			return false;
		if (v->parameter && v->rank > 0 && learned(v->type) &&
		    !add(g, &c->parameters, (uint64_t)value_elements(v)))
			return false;
	}
	for (i = 0; i < g->nodes; i++) {
		const struct node *n = &g->node[i];
		struct model_kind *kind = kind_of(g, c, n->type);

		if (!kind)
			return graph_fail(g, "its graph is too large: split it");
		kind->count++;
		c->folded += n->folded;
		if (!add(g, &kind->macs, n->macs) || !add(g, &c->macs, n->macs))
			return false;
		if (!n->known) {
			kind->uncounted++;
			note_uncounted(c, n);
		}
		for (k = 0; !n->folded && k < n->out_n; k++)
			if (n->out[k] && !add(g, &c->activation_bytes, bytes(&g->value[n->out[k]])))
				return false;
	}
	if (c->kinds)
		qsort(c->kind, c->kinds, sizeof(*c->kind), by_macs);
	for (char *p = c->why_uncounted; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	return peak(g, c);
}
