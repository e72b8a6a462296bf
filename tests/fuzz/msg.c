// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/twill.h>
#include <string.h>

#include "msg.h"
#include "spec.h"

#define HEADS	(NLMSG_HDRLEN + GENL_HDRLEN)

void msg_begin(struct msg *m, uint8_t cmd, uint16_t flags)
{
	memset(m, 0, sizeof(*m));
	m->cmd = cmd;
	m->version = TWILL_FAMILY_VERSION;
	m->flags = NLM_F_REQUEST | flags;
}

struct node *msg_add(struct msg *m, unsigned int depth, uint16_t type, enum value value)
{
	static struct node over;	/* written to and forgotten when there is no room */
	struct node *node = m->n < MSG_NODES ? &m->node[m->n++] : &over;

	memset(node, 0, sizeof(*node));
	node->depth = depth;
	node->type = type | (value == VALUE_NEST ? NLA_F_NESTED : 0);
	node->value = value;
	return node;
}

void msg_add_number(struct msg *m, unsigned int depth, uint16_t type, uint64_t number, int size)
{
	struct node *node = msg_add(m, depth, type, VALUE_DATA);

	node->len = size;
	memcpy(node->data, &number, size);
}

/* Objects are numbered as their sets are: the first sets are those of the top level, in order. */
enum value msg_lookup(unsigned int set, uint16_t type)
{
	if (set == TWILL_A_TASK && type == TWILL_A_TASK_ID)
		return VALUE_TASK;
	if (set == TWILL_A_TASK && type == TWILL_A_TASK_PID)
		return VALUE_PID;
	if (set == TWILL_A_TASK && type == TWILL_A_TASK_START_TIME)
		return VALUE_START;
	if (set == TWILL_A_JOB && type == TWILL_A_JOB_ID)
		return VALUE_JOB;
	if (set == TWILL_A_CAP && type == TWILL_A_CAP_ID)
		return VALUE_CAP;
	return VALUE_DATA;
}

/* Half of them small, because most numbers that mean something are. */
static uint64_t number(const struct spec_attr *a, struct rng *r)
{
	uint64_t span = (uint64_t)a->high - a->low + 1;

	if (rng_one_in(r, 2) && span > 64)
		span = 64;
	return a->low + rng_next(r) % span;
}

static void add_string(struct node *node, const struct spec_attr *a, struct rng *r)
{
	unsigned int n = 1 + rng_below(r, a->high);

	if (n >= MSG_DATA)
		n = MSG_DATA - 1;
	for (unsigned int i = 0; i < n; i++)
		node->data[i] = 'a' + rng_below(r, 26);
	node->len = n + 1;
}

void msg_add_right(struct msg *m, unsigned int depth, unsigned int set, uint16_t type,
		   struct rng *r)
{
	const struct spec_attr *a = &spec_sets[set].attrs[type - 1];
	enum value value = a->kind == KIND_NEST ? VALUE_NEST : msg_lookup(set, type);
	struct node *node = msg_add(m, depth, type, value);
	uint64_t v;

	node->which = rng_next(r);
	if (value != VALUE_DATA)
		return;
	if (a->kind == KIND_STRING) {
		add_string(node, a, r);
		return;
	}
	v = a->kind == KIND_U64 ? rng_next(r) >> rng_below(r, 64) : number(a, r);
	node->len = a->kind == KIND_U64 ? 8 : a->kind == KIND_U32 ? 4 : rng_below(r, MSG_DATA);
	memcpy(node->data, &v, sizeof(v));
}

struct writer {
	unsigned char *out;
	size_t len;
	size_t open[MSG_DEPTH + 1];	/* nests under way, and the lie of each */
	int lie[MSG_DEPTH + 1];
	unsigned int depth;
};

static void set_len(struct writer *w, size_t at, int lie)
{
	uint16_t len = w->len - at + lie;

	memcpy(w->out + at, &len, sizeof(len));
}

static void close_to(struct writer *w, unsigned int depth)
{
	while (w->depth > depth) {
		w->depth--;
		set_len(w, w->open[w->depth], w->lie[w->depth]);
	}
}

static void write_node(struct writer *w, const struct node *node)
{
	struct nlattr a = { .nla_type = node->type };
	size_t at = w->len, len = node->len;
	uint64_t v;

	memcpy(w->out + at, &a, sizeof(a));
	w->len += NLA_HDRLEN;
	if (node->value == VALUE_NEST) {
		w->open[w->depth] = at;
		w->lie[w->depth++] = node->lie;
		return;
	}
	if (node->value == VALUE_DATA) {
		memcpy(w->out + w->len, node->data, len < MSG_DATA ? len : MSG_DATA);
	} else {
		v = stage_value(node->value, node->which);
		len = node->value == VALUE_START ? 8 : 4;
		memcpy(w->out + w->len, &v, len);
	}
	w->len += len;
	set_len(w, at, node->lie);
	w->len = at + NLA_ALIGN(w->len - at);
}

static void smash(const struct msg *m, unsigned char *out, size_t len)
{
	for (int i = 0; i < 4; i++)
		if (m->smash[i] && len > HEADS)
			out[HEADS + m->smash[i] % (len - HEADS)] ^= 0xff;
}

size_t msg_encode(const struct msg *m, uint16_t family, uint32_t seq, unsigned char *out)
{
	struct nlmsghdr h = { .nlmsg_type = family, .nlmsg_flags = m->flags, .nlmsg_seq = seq };
	struct genlmsghdr g = { .cmd = m->cmd, .version = m->version };
	struct writer w = { .out = out, .len = HEADS };

	memset(out, 0, MSG_MAX);
	memcpy(out + NLMSG_HDRLEN, &g, sizeof(g));
	for (int i = 0; i < m->n; i++) {
		const struct node *node = &m->node[i];

		if (w.len + NLA_HDRLEN + node->len + NLA_ALIGNTO > MSG_MAX)
			break;
		close_to(&w, node->depth);
		if (w.depth <= MSG_DEPTH)
			write_node(&w, node);
	}
	close_to(&w, 0);
	w.len -= m->cut < w.len ? m->cut : w.len - 1;
	h.nlmsg_len = w.len + m->lie;
	memcpy(out, &h, w.len < sizeof(h) ? w.len : sizeof(h));
	smash(m, out, w.len);
	return w.len;
}

int msg_is_answered(const struct msg *m)
{
	return !m->lie && !m->cut && (m->flags & NLM_F_ACK) && (m->flags & NLM_F_REQUEST);
}
