// SPDX-License-Identifier: GPL-2.0-or-later
/* What is done to a request that was right: its values, lengths, nests, order and header. */
#include <linux/netlink.h>
#include <linux/twill.h>
#include <string.h>

#include "msg.h"
#include "spec.h"

static const uint64_t edges[] = {
	0, 1, 2, 3, 4, 5, 15, 16, 31, 32, 63, 64, 65, 255, 256, 1023, 1024, 599999, 600000, 600001,
	0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000,
	0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
};

#define PICK(array, r)	((array)[rng_below(r, sizeof(array) / sizeof((array)[0]))])

static struct node *any(struct msg *m, struct rng *r)
{
	return &m->node[rng_below(r, m->n)];
}

static void change_value(struct msg *m, struct rng *r)
{
	struct node *node = any(m, r);
	uint64_t v = PICK(edges, r);

	if (node->value != VALUE_DATA) {
		node->which = rng_next(r);
		return;
	}
	switch (rng_below(r, 4)) {
	case 0:
		v = rng_next(r) >> rng_below(r, 64);
		/* fallthrough */
	case 1:
		memcpy(node->data, &v, sizeof(v));
		break;
	case 2:
		node->data[rng_below(r, node->len < MSG_DATA ? node->len + 1 : MSG_DATA)] ^=
			1 << rng_below(r, 8);
		break;
	default:
		memset(node->data, rng_next(r), MSG_DATA);
		break;
	}
}

/* A number in the place of what is looked up, or the other way round. */
static void change_kind(struct msg *m, struct rng *r)
{
	struct node *node = any(m, r);
	uint64_t v = PICK(edges, r);

	node->which = rng_next(r);
	if (node->value == VALUE_DATA) {
		node->value = VALUE_PID + rng_below(r, VALUE_CAP - VALUE_PID + 1);
		return;
	}
	node->value = VALUE_DATA;
	node->len = rng_one_in(r, 4) ? rng_below(r, 16) : 4;
	memcpy(node->data, &v, sizeof(v));
}

static void change_length(struct msg *m, struct rng *r)
{
	static const uint16_t lengths[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 63, 64, 65, 71, 72, 300, 4000 };

	any(m, r)->len = PICK(lengths, r);
}

static void lie(struct msg *m, struct rng *r)
{
	static const int16_t lies[] = { -64, -8, -5, -4, -3, -1, 1, 2, 3, 4, 8, 64, 1000, 0x7fff, -0x8000 };

	any(m, r)->lie = PICK(lies, r);
}

static void change_type(struct msg *m, struct rng *r)
{
	struct node *node = any(m, r);

	switch (rng_below(r, 4)) {
	case 0:
		node->type ^= NLA_F_NESTED;
		break;
	case 1:
		node->type ^= NLA_F_NET_BYTEORDER;
		break;
	case 2:
		node->type = rng_below(r, TWILL_A_TASK_MAX + 3) | (node->type & NLA_F_NESTED);
		break;
	default:
		node->type = rng_next(r);
		break;
	}
}

static void move_depth(struct msg *m, struct rng *r)
{
	struct node *node = any(m, r);

	switch (rng_below(r, 3)) {
	case 0:
		node->depth = rng_below(r, MSG_DEPTH);
		break;
	case 1:
		node->value = VALUE_NEST;
		break;
	default:	/* everything after it into it */
		for (struct node *n = node + 1; n < m->node + m->n; n++)
			n->depth += n->depth < MSG_DEPTH;
		node->value = VALUE_NEST;
		break;
	}
}

static void insert(struct msg *m, unsigned int at, const struct node *what)
{
	struct node copy = *what;	/* it may be one that moves */

	if (m->n == MSG_NODES)
		return;
	memmove(&m->node[at + 1], &m->node[at], (m->n - at) * sizeof(copy));
	m->node[at] = copy;
	m->n++;
}

static void duplicate(struct msg *m, struct rng *r)
{
	insert(m, rng_below(r, m->n + 1), any(m, r));
}

static void drop(struct msg *m, struct rng *r)
{
	unsigned int at = rng_below(r, m->n);

	m->n--;
	memmove(&m->node[at], &m->node[at + 1], (m->n - at) * sizeof(m->node[0]));
}

static void swap(struct msg *m, struct rng *r)
{
	struct node *a = any(m, r), *b = any(m, r), copy = *a;

	*a = *b;
	*b = copy;
}

/* An attribute that is right, of a set that may not be. */
static void add_attr(struct msg *m, struct rng *r)
{
	unsigned int set = rng_below(r, spec_n_sets);
	struct msg one;

	one.n = 0;
	msg_add_right(&one, rng_below(r, 3), set, 1 + rng_below(r, spec_sets[set].n), r);
	insert(m, rng_below(r, m->n + 1), &one.node[0]);
}

/* The tail of another request after the head of this. */
static void splice(struct msg *m, const struct msg *other, struct rng *r)
{
	unsigned int at = rng_below(r, m->n + 1), from = rng_below(r, other->n + 1);

	while (at < MSG_NODES && from < other->n)
		m->node[at++] = other->node[from++];
	if (at > m->n || rng_one_in(r, 2))
		m->n = at;
}

static void change_head(struct msg *m, struct rng *r)
{
	static const uint16_t flags[] = {
		NLM_F_ACK, NLM_F_ECHO, NLM_F_DUMP, NLM_F_ROOT, NLM_F_MATCH, NLM_F_ATOMIC,
		NLM_F_MULTI, NLM_F_DUMP_INTR, NLM_F_REQUEST, 0x800, 0x8000,
	};
	static const int16_t lies[] = { -64, -17, -16, -4, -1, 1, 3, 4, 16, 4096 };

	switch (rng_below(r, 8)) {
	case 0:
		m->cmd = rng_below(r, TWILL_CMD_MAX + 3);
		break;
	case 1:
		m->version = rng_next(r);
		break;
	case 2:
		m->lie = PICK(lies, r);
		break;
	case 3:
		m->cut = 1 + rng_below(r, 40);
		break;
	default:
		m->flags ^= PICK(flags, r);
		break;
	}
}

static void mutate_once(struct msg *m, const struct msg *other, struct rng *r)
{
	static void (*const tree[])(struct msg *m, struct rng *r) = {
		change_value, change_value, change_value, change_kind, change_length, lie,
		change_type, move_depth, duplicate, drop, swap, add_attr, add_attr,
	};

	if (rng_one_in(r, 6))
		change_head(m, r);
	else if (rng_one_in(r, 12))
		splice(m, other, r);
	else if (rng_one_in(r, 20))
		m->smash[rng_below(r, 4)] = 1 + rng_below(r, 200);
	else if (!m->n)
		add_attr(m, r);
	else
		PICK(tree, r)(m, r);
}

void msg_mutate(struct msg *m, const struct msg *other, struct rng *r)
{
	do
		mutate_once(m, other, r);
	while (rng_one_in(r, 2));
}
