// SPDX-License-Identifier: GPL-2.0-or-later
/* classify - of what kind a network is, and how one can tell. */
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "model/op.h"

#define HOPS		8	/* between a product and its softmax */
#define VOCABULARY	1024	/* rows from which a table that is gathered from is one of words */

/* Its first operand comes, through what does not mix elements, from a product of two activations */
static bool from_scores(const struct graph *g, const uint32_t *producer, uint32_t value)
{
	for (int hop = 0; hop < HOPS; hop++) {
		const struct node *n;
		uint32_t next = 0;

		if (!producer[value])
			return false;
		n = &g->node[producer[value] - 1];
		if (text_is(n->type, "MatMul"))
			return n->in_n == 2 && !g->value[n->in[0]].constant && !g->value[n->in[1]].constant;
		for (uint32_t i = 0; i < n->in_n && !next; i++)
			if (producer[n->in[i]] && !g->value[n->in[i]].constant)
				next = n->in[i];
		/* Where(mask, scores, low) and Add(scores, mask) alike: what is computed */
		if (!next)
			return false;
		value = next;
	}
	return false;
}

static bool begins(struct text t, const char *s)
{
	size_t len = strlen(s);

	return t.len >= len && !memcmp(t.s, s, len);
}

static bool causal(const struct graph *g, const struct node *n)
{
	if (text_is(n->type, "Trilu"))
		return true;
	if (op_int(n, "unidirectional", 0) || op_int(n, "is_causal", 0))
		return true;
	/* A square mask that is part of the file, as GPT-2's "bias" */
	if (!text_is(n->type, "Where") && !text_is(n->type, "Add") && !text_is(n->type, "Slice"))
		return false;
	for (uint32_t i = 0; i < n->in_n; i++) {
		const struct value *v = &g->value[n->in[i]];

		if (v->constant && v->rank >= 2 && v->rank <= 4 && v->dim[v->rank - 1] > 1 &&
		    v->dim[v->rank - 1] == v->dim[v->rank - 2] && value_elements(v) ==
		    v->dim[v->rank - 1] * v->dim[v->rank - 1] && (v->type == MODEL_BOOL || v->rank > 2))
			return true;
	}
	return false;
}

struct signs {
	uint64_t convolved;
	int64_t vocabulary;
	bool causal, logits, cache;
};

static struct signs look(struct graph *g, struct model_cost *c, uint32_t *producer)
{
	struct signs s = { 0 };
	uint32_t i, k;

	for (i = 0; i < g->nodes; i++) {
		const struct node *n = &g->node[i];

		for (k = 0; k < n->out_n; k++)
			producer[n->out[k]] = i + 1;
		producer[0] = 0;
		if (begins(n->type, "Conv") || text_is(n->type, "QLinearConv"))
			s.convolved += n->macs;
		c->attention += (text_is(n->type, "Softmax") && n->in_n && from_scores(g, producer, n->in[0])) ||
				text_is(n->type, "Attention") || text_is(n->type, "MultiHeadAttention") ||
				text_is(n->type, "GroupQueryAttention");
		s.causal |= causal(g, n);
		if (text_is(n->type, "Gather") && n->in_n == 2 && g->value[n->in[0]].initializer &&
		    g->value[n->in[0]].rank == 2 && g->value[n->in[0]].dim[0] > s.vocabulary)
			s.vocabulary = g->value[n->in[0]].dim[0];
	}
	for (i = 0; i < g->outputs; i++) {
		const struct value *v = &g->value[g->output[i]];

		s.logits |= s.vocabulary >= VOCABULARY && v->rank >= 2 && v->dim[v->rank - 1] == s.vocabulary;
	}
	for (i = 1; i < g->values; i++)
		s.cache |= g->value[i].input && begins(g->value[i].name, "past");
	return s;
}

bool model_classify(struct graph *g, struct model_cost *c)
{
	uint32_t *producer = arena_take(&g->arena, g->values * sizeof(*producer));
	struct signs s;
	int share;

	if (!producer)
		return graph_fail(g, "its graph is too large: split it");
	s = look(g, c, producer);
	share = c->macs ? (int)((double)s.convolved * 100 / (double)c->macs + 0.5) : 0;
	if (!c->attention || s.convolved * 2 > c->macs) {
		c->cls = MODEL_DNN;
		snprintf(c->evidence, sizeof(c->evidence),
			 "%u attention blocks; convolutions do %d %% of the multiply-accumulates",
			 c->attention, share);
	} else if (s.logits && (s.causal || s.cache)) {
		c->cls = MODEL_LLM;
		snprintf(c->evidence, sizeof(c->evidence),
			 "%u attention blocks, %s, and an output over the %lld words that it embeds",
			 c->attention, s.cache ? "a cache of past tokens as input" : "a causal mask",
			 (long long)s.vocabulary);
	} else {
		c->cls = MODEL_TRANSFORMER;
		snprintf(c->evidence, sizeof(c->evidence),
			 "%u attention blocks; convolutions do %d %% of the multiply-accumulates; %s",
			 c->attention, share,
			 s.logits ? "an output over words, but neither causal mask nor cache" :
				    "no output over words");
	}
	return true;
}
