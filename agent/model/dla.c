// SPDX-License-Identifier: GPL-2.0-or-later
/* dla - see dla.h */
#include <stdio.h>
#include <string.h>

#include "model/dla.h"
#include "model/op.h"

/*
 * Segments alternate: even ones are on the DLA. A node goes into the first of its
 * side that is not before any of those it reads from, so that branches which could
 * run side by side share one. TensorRT may cut finer, never coarser along a path.
 */
struct cut {
	struct graph *g;
	struct dla_verdict *v;
	uint32_t *made;		/* per value: 1 + segment it comes out of */
	uint32_t last;		/* highest in use */
};

static uint32_t place(struct cut *c, const struct node *n, bool dla, int64_t batch)
{
	uint32_t s = !dla;

	for (uint32_t i = 0; i < n->in_n; i++)
		if (n->in[i] && c->made[n->in[i]] > s + 1)
			s = c->made[n->in[i]] - 1;
	s += (s & 1) == dla;
	/* All of a loadable has one batch */
	if (dla && c->v->segment[s].operators && c->v->segment[s].batch != batch)
		s = (c->last & ~1u) + 2;
	c->last = s > c->last ? s : c->last;
	return s;
}

static void put(struct cut *c, uint32_t i)
{
	const struct node *n = &c->g->node[i];
	bool dla = c->v->op[i].rule == DLA_FITS;
	int64_t batch = dla ? dla_batch(&c->g->value[n->out[0]]) : 0;
	uint32_t s = place(c, n, dla, batch);
	struct dla_segment *to = &c->v->segment[s];

	to->dla = dla;
	to->batch = batch;
	to->operators++;
	to->macs += n->macs;
	c->v->op[i].segment = s;
	for (uint32_t k = 0; k < n->out_n; k++)
		c->made[n->out[k]] = s + 1;
	*(dla ? &c->v->dla_operators : &c->v->gpu_operators) += 1;
	*(dla ? &c->v->dla_macs : &c->v->gpu_macs) += n->macs;
}

/* Leave out the numbers that nothing went into, and join what then is side by side */
static bool close_gaps(struct cut *c)
{
	uint32_t *to = arena_take(&c->g->arena, ((size_t)c->last + 1) * sizeof(*to)), n = 0, i;
	struct dla_verdict *v = c->v;

	if (!to)
		return false;
	for (i = 0; i <= c->last; i++) {
		struct dla_segment *s = &v->segment[i], *before = n ? &v->segment[n - 1] : NULL;

		if (!s->operators)
			continue;
		if (before && !before->dla && !s->dla) {
			before->operators += s->operators;
			before->macs += s->macs;
		} else {
			v->segment[n++] = *s;
		}
		to[i] = n - 1;
	}
	for (i = 0; i < c->g->nodes; i++)
		if (!c->g->node[i].folded)
			v->op[i].segment = to[v->op[i].segment];
	v->segments = n;
	for (i = 0; i < n; i++) {
		v->loadables += v->segment[i].dla;
		v->switches += i && v->segment[i].dla != v->segment[i - 1].dla;
	}
	return true;
}

/* What keeps most on the GPU: by MACs, and by count where there are none */
static const struct node *worst(const struct graph *g, const struct dla_verdict *v, uint32_t *ret_op)
{
	struct { uint64_t macs; uint32_t count, first; } sum[DLA_RULES] = { 0 }, *most = NULL;

	for (uint32_t i = 0; i < g->nodes; i++) {
		uint32_t rule = v->op[i].rule;

		if (g->node[i].folded || rule == DLA_FITS)
			continue;
		if (!sum[rule].count++)
			sum[rule].first = i;
		/* The first that has MACs speaks for its rule */
		if (!sum[rule].macs && g->node[i].macs)
			sum[rule].first = i;
		sum[rule].macs += g->node[i].macs;
		if (!most || sum[rule].macs > most->macs ||
		    (sum[rule].macs == most->macs && sum[rule].count > most->count))
			most = &sum[rule];
	}
	if (!most)
		return NULL;
	*ret_op = most->first;
	return &g->node[most->first];
}

/* A node's type, as far as it can be printed */
static void type_of(const struct node *n, char *to, size_t len)
{
	snprintf(to, len, "%.*s", TEXT(n->type));
	for (; *to; to++)
		if ((unsigned char)*to <= ' ' || (unsigned char)*to >= 0x7f)
			*to = '?';
}

static void say(const struct graph *g, struct dla_verdict *v)
{
	uint64_t macs = v->dla_macs + v->gpu_macs;
	double pct = macs ? 100.0 * (double)v->dla_macs / (double)macs : 0;
	char reason[160] = "", type[81] = "";
	const struct node *n;
	uint32_t i;

	n = worst(g, v, &i);
	if (n) {
		type_of(n, type, sizeof(type));
		dla_reason(v->op[i].rule, v->op[i].got, reason, sizeof(reason));
	}
	v->suits = macs && pct >= DLA_WORTH_PCT && v->loadables <= DLA_LOADABLES;
	if (!macs)
		snprintf(v->why, sizeof(v->why), "no: it has no convolutions or products, for which a DLA is made");
	else if (pct < DLA_WORTH_PCT)
		snprintf(v->why, sizeof(v->why),
			 "no: %.1f %% of its multiply-accumulates could run there; what keeps %s off: %s",
			 pct, type, reason);
	else if (!v->suits)
		snprintf(v->why, sizeof(v->why),
			 "no: %.1f %% of its multiply-accumulates could run there, but in %u pieces, and a core holds %d; what keeps %s off: %s",
			 pct, v->loadables, DLA_LOADABLES, type, reason);
	else if (!n)
		snprintf(v->why, sizeof(v->why), "yes: all of it can run there");
	else
		snprintf(v->why, sizeof(v->why),
			 "yes: %.1f %% of its multiply-accumulates can run there, in %u %s; the GPU keeps %u; what keeps %s off: %s",
			 pct, v->loadables, v->loadables == 1 ? "piece" : "pieces", v->gpu_operators, type, reason);
}

bool dla_judge(struct graph *g, const struct dla_board *board, const struct dla_release *release,
	       struct dla_verdict *v)
{
	bool none = release->none || (release->agx_only && !board->agx);
	struct cut c = { .g = g, .v = v };

	memset(v, 0, sizeof(*v));
	v->op = arena_take(&g->arena, ((size_t)g->nodes + 1) * sizeof(*v->op));
	/* A node opens at most two, one of them empty */
	v->segment = arena_take(&g->arena, (2 * (size_t)g->nodes + 4) * sizeof(*v->segment));
	c.made = arena_take(&g->arena, ((size_t)g->values + 1) * sizeof(*c.made));
	if (!v->op || !v->segment || !c.made)
		return graph_fail(g, "its graph is too large: split it");
	for (uint32_t i = 0; i < g->nodes; i++) {
		struct dla_op *op = &v->op[i];

		if (g->node[i].folded)
			continue;
		op->rule = !board->cores ? DLA_NO_CORE : none ? DLA_NO_RELEASE :
			   dla_check(g, &g->node[i], release, &op->got);
		put(&c, i);
	}
	if (!close_gaps(&c))
		return graph_fail(g, "its graph is too large: split it");
	say(g, v);
	if (!board->cores)
		snprintf(v->why, sizeof(v->why), "no: an %s has no DLA", board->title);
	else if (none)
		snprintf(v->why, sizeof(v->why), "no: TensorRT %s of that JetPack has no DLA on an %s",
			 release->tensorrt, board->title);
	return true;
}
