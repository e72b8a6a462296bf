// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <linux/genetlink.h>

#include "nlc.h"

#define HEADS	(NLMSG_HDRLEN + GENL_HDRLEN)
#define DEADLINE_S	20

static void put(struct nlc *c, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)(c->out + c->len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy(c->out + c->len + NLA_HDRLEN, data, len);
	c->len += NLA_ALIGN(a->nla_len);
}

static void begin(struct nlc *c, uint16_t family, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *h = (struct nlmsghdr *)c->out;
	struct genlmsghdr *g = (struct genlmsghdr *)(c->out + NLMSG_HDRLEN);

	memset(c->out, 0, sizeof(c->out));
	h->nlmsg_type = family;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++c->seq;
	g->cmd = cmd;
	g->version = 1;
	c->len = HEADS;
	c->nest = 0;
}

void nlc_begin(struct nlc *c, uint8_t cmd) { begin(c, c->family, cmd, NLM_F_ACK); }
void nlc_u32(struct nlc *c, uint16_t attr, uint32_t value) { put(c, attr, &value, 4); }
void nlc_u64(struct nlc *c, uint16_t attr, uint64_t value) { put(c, attr, &value, 8); }
void nlc_str(struct nlc *c, uint16_t attr, const char *s) { put(c, attr, s, strlen(s) + 1); }

void nlc_nest(struct nlc *c, uint16_t object)
{
	c->nest = c->len;
	put(c, object | NLA_F_NESTED, NULL, 0);
}

void nlc_nest_end(struct nlc *c)
{
	((struct nlattr *)(c->out + c->nest))->nla_len = c->len - c->nest;
	c->nest = 0;
}

static int transmit(struct nlc *c)
{
	struct nlmsghdr *h = (struct nlmsghdr *)c->out;

	if (c->nest)
		nlc_nest_end(c);
	h->nlmsg_len = c->len;
	c->ack[0] = 0;
	return send(c->fd, c->out, c->len, 0) < 0 ? -errno : 0;
}

/* Text of an ack: attributes follow the header of the message it is about. */
static int take_error(struct nlc *c, struct nlmsghdr *h)
{
	struct nlmsgerr *e = NLMSG_DATA(h);
	size_t at = NLMSG_HDRLEN + sizeof(*e);

	if (!(h->nlmsg_flags & NLM_F_CAPPED) && e->error)
		at += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
	while (h->nlmsg_flags & NLM_F_ACK_TLVS && at + NLA_HDRLEN <= h->nlmsg_len) {
		struct nlattr *a = (struct nlattr *)((char *)h + at);

		if (a->nla_len < NLA_HDRLEN)
			break;
		if (a->nla_type == NLMSGERR_ATTR_MSG)
			snprintf(c->ack, sizeof(c->ack), "%.*s", a->nla_len - NLA_HDRLEN,
				 (char *)a + NLA_HDRLEN);
		at += NLA_ALIGN(a->nla_len);
	}
	return e->error;
}

static void keep(struct nlc *c, const struct nlmsghdr *h)
{
	memmove(c->in, h, h->nlmsg_len);
	c->in_len = h->nlmsg_len;
}

/* Receive until the ack or the end of the dump. */
static int receive(struct nlc *c, void (*fn)(struct nlc *c, void *data), void *data)
{
	/* No more than this at once, so that a long dump comes in several messages. */
	static _Thread_local _Alignas(8) unsigned char buf[8192];

	for (;;) {
		ssize_t n = recv(c->fd, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buf;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_seq != c->seq || h->nlmsg_pid != c->portid)
				continue;	/* a notification in between */
			if (h->nlmsg_type == NLMSG_ERROR)
				return take_error(c, h);
			if (h->nlmsg_type == NLMSG_DONE)
				return h->nlmsg_len >= NLMSG_LENGTH(4) ? *(int *)NLMSG_DATA(h) : 0;
			keep(c, h);
			if (fn)
				fn(c, data);
		}
	}
}

int nlc_do(struct nlc *c)
{
	int err = transmit(c);

	c->in_len = 0;
	return err ? err : receive(c, NULL, NULL);
}

int nlc_dump(struct nlc *c, uint8_t cmd, void (*fn)(struct nlc *c, void *data), void *data)
{
	int err;

	begin(c, c->family, cmd, NLM_F_DUMP | NLM_F_ACK);
	err = transmit(c);
	return err ? err : receive(c, fn, data);
}

int nlc_event(struct nlc *c, int ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return -ETIMEDOUT;
	n = recv(c->fd, c->in, sizeof(c->in), 0);
	if (n < 0)
		return -errno;
	c->in_len = n;
	return 0;
}

static const struct nlattr *find(const unsigned char *at, size_t len, uint16_t type)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const struct nlattr *)at;
		size_t step = NLA_ALIGN(a->nla_len);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if (step > len)
			return NULL;
		at += step;
		len -= step;
	}
	return NULL;
}

static const struct nlattr *attr_of(const struct nlc *c, uint16_t object, uint16_t attr)
{
	const struct nlattr *o;

	if (c->in_len < HEADS)
		return NULL;
	o = find(c->in + HEADS, c->in_len - HEADS, object);
	if (!o || !attr)
		return o;
	return find((const unsigned char *)o + NLA_HDRLEN, o->nla_len - NLA_HDRLEN, attr);
}

bool nlc_has(const struct nlc *c, uint16_t object, uint16_t attr)
{
	return attr_of(c, object, attr);
}

uint32_t nlc_get(const struct nlc *c, uint16_t object, uint16_t attr)
{
	const struct nlattr *a = attr_of(c, object, attr);
	uint32_t v = UINT32_MAX;

	if (a)
		memcpy(&v, (const char *)a + NLA_HDRLEN, 4);
	return v;
}

uint64_t nlc_get64(const struct nlc *c, uint16_t object, uint16_t attr)
{
	const struct nlattr *a = attr_of(c, object, attr);
	uint64_t v = UINT64_MAX;

	if (a)
		memcpy(&v, (const char *)a + NLA_HDRLEN, 8);
	return v;
}

const char *nlc_text(const struct nlc *c, uint16_t object, uint16_t attr)
{
	const struct nlattr *a = attr_of(c, object, attr);

	return a ? (const char *)a + NLA_HDRLEN : "";
}

static int resolve(struct nlc *c)
{
	const struct nlattr *a, *g;
	int err;

	begin(c, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	nlc_str(c, CTRL_ATTR_FAMILY_NAME, TWILL_FAMILY_NAME);
	err = nlc_do(c);
	if (err)
		return err;
	a = attr_of(c, CTRL_ATTR_FAMILY_ID, 0);
	memcpy(&c->family, (const char *)a + NLA_HDRLEN, 2);
	g = attr_of(c, CTRL_ATTR_MCAST_GROUPS, 1);	/* the first group's nest */
	if (!g)
		return -ENOENT;
	a = find((const unsigned char *)g + NLA_HDRLEN, g->nla_len - NLA_HDRLEN,
		 CTRL_ATTR_MCAST_GRP_ID);
	memcpy(&c->group, (const char *)a + NLA_HDRLEN, 4);
	return 0;
}

int nlc_open(struct nlc *c)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	struct timeval tv = { .tv_sec = DEADLINE_S };
	socklen_t len = sizeof(addr);
	int one = 1, err;

	memset(c, 0, offsetof(struct nlc, out));
	c->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (c->fd < 0)
		return -errno;
	setsockopt(c->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (bind(c->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(c->fd, (struct sockaddr *)&addr, &len)) {
		err = -errno;
		goto close;
	}
	c->portid = addr.nl_pid;
	err = resolve(c);
	if (!err)
		return 0;
close:
	close(c->fd);
	c->fd = -1;
	return err;
}

void nlc_close(struct nlc *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

int nlc_join(struct nlc *c)
{
	return setsockopt(c->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &c->group, sizeof(c->group)) ?
	       -errno : 0;
}
