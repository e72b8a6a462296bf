// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The socket: open, close, and one transaction.
 *
 * libnl makes the socket and writes and reads attributes. Sending and receiving
 * is done here, because libnl allocates a buffer for each datagram, and because
 * answers and events come on one socket in any order: what is not the answer
 * waited for goes to nl_event.c.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "nl_priv.h"

#define ANSWER_MS	1000
#define DUMP_TRIES	16

int twnl_fail(struct twnl *nl, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(nl->error, sizeof(nl->error), format, args);
	va_end(args);
	return err;
}

/* Asks for room for events; with less than wanted, some may be lost, which is noticed */
static void set_options(struct twnl *nl)
{
	const int one = 1, room = 1 << 20;

	(void)setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	(void)setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (nl->handler && setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		(void)setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

static int open_socket(struct twnl *nl)
{
	nl->sock = nl_socket_alloc();
	nl->msg = nlmsg_alloc();
	if (!nl->sock || !nl->msg)
		return -ENOMEM;
	/* libnl has its own error codes, and says in errno what socket() and bind() said */
	errno = 0;
	if (genl_connect(nl->sock) < 0)
		return errno ? -errno : -EIO;
	if (nl_socket_set_nonblocking(nl->sock) < 0)
		return -EIO;
	nl->fd = nl_socket_get_fd(nl->sock);
	nl->portid = nl_socket_get_local_port(nl->sock);
	nl->seq = (uint32_t)time(NULL) | 1;
	set_options(nl);
	return 0;
}

/* One descriptor that is readable for datagrams and for what requests took in alike */
static int open_poll(struct twnl *nl)
{
	struct epoll_event on = { .events = EPOLLIN };

	nl->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	nl->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (nl->event_fd < 0 || nl->epoll_fd < 0 ||
	    epoll_ctl(nl->epoll_fd, EPOLL_CTL_ADD, nl->fd, &on) < 0 ||
	    epoll_ctl(nl->epoll_fd, EPOLL_CTL_ADD, nl->event_fd, &on) < 0)
		return -errno;
	return 0;
}

static int open_events(struct twnl *nl)
{
	/* The control family's group for families that come and go has the family's number */
	const int group = GENL_ID_CTRL;

	nl->ring = calloc(1, sizeof(*nl->ring));
	if (!nl->ring)
		return -ENOMEM;
	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	return 0;
}

int twnl_open(struct twnl **ret,
	      void (*handler)(void *arg, const struct twnl_event *event), void *arg)
{
	struct twnl *nl = calloc(1, sizeof(*nl));
	int r;

	if (!nl)
		return -ENOMEM;
	nl->fd = -1;
	nl->epoll_fd = -1;
	nl->event_fd = -1;
	nl->handler = handler;
	nl->arg = arg;
	r = open_socket(nl);
	if (r == 0)
		r = open_poll(nl);
	if (r == 0 && handler)
		r = open_events(nl);
	if (r < 0) {
		twnl_close(nl);
		return r;
	}
	*ret = nl;
	return 0;
}

struct twnl *twnl_close(struct twnl *nl)
{
	if (!nl)
		return NULL;
	if (nl->epoll_fd >= 0)
		close(nl->epoll_fd);
	if (nl->event_fd >= 0)
		close(nl->event_fd);
	nlmsg_free(nl->msg);
	nl_socket_free(nl->sock);
	free(nl->ring);
	free(nl);
	return NULL;
}

int twnl_fd(const struct twnl *nl)
{
	return nl->epoll_fd;
}

uint32_t twnl_portid(const struct twnl *nl)
{
	return nl->portid;
}

const char *twnl_error(const struct twnl *nl)
{
	return nl->error;
}

/* The one message is used over and over */
static void begin(struct twnl *nl, int family, uint8_t cmd, uint8_t version, int flags)
{
	nlmsg_hdr(nl->msg)->nlmsg_len = NLMSG_HDRLEN;
	if (++nl->seq == 0)
		nl->seq = 1;
	nl->overflow = !genlmsg_put(nl->msg, nl->portid, nl->seq, family, 0,
				    NLM_F_REQUEST | NLM_F_ACK | flags, cmd, version);
}

int twnl_begin(struct twnl *nl, uint8_t cmd, int flags)
{
	int r;

	nl->error[0] = '\0';
	if (!nl->family) {
		r = twnl_resolve(nl);
		if (r < 0)
			return r;
	}
	begin(nl, nl->family, cmd, TWILL_FAMILY_VERSION, flags);
	return 0;
}

struct nlattr *twnl_nest(struct twnl *nl, int type)
{
	struct nlattr *nest = nla_nest_start(nl->msg, NLA_F_NESTED | type);

	nl->overflow |= !nest;
	return nest;
}

void twnl_nest_end(struct twnl *nl, struct nlattr *nest)
{
	/* An empty nest says something: the sender itself is meant */
	if (nest)
		nla_nest_end_keep_empty(nl->msg, nest);
}

void twnl_put_u32(struct twnl *nl, int type, uint32_t value)
{
	nl->overflow |= nla_put_u32(nl->msg, type, value) < 0;
}

void twnl_put_u64(struct twnl *nl, int type, uint64_t value)
{
	nl->overflow |= nla_put_u64(nl->msg, type, value) < 0;
}

void twnl_put_string(struct twnl *nl, int type, const char *value)
{
	nl->overflow |= nla_put_string(nl->msg, type, value) < 0;
}

/* Keeps the sentence that the kernel gives with a verdict */
static void take_sentence(struct twnl *nl, struct nlmsghdr *hdr, int payload)
{
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	const struct nlattr *text;

	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    nlmsg_parse(hdr, payload, attrs, NLMSGERR_ATTR_MAX, NULL) < 0)
		return;
	text = attrs[NLMSGERR_ATTR_MSG];
	if (text)
		snprintf(nl->error, sizeof(nl->error), "%.*s",
			 (int)strnlen(nla_data(text), nla_len(text)), (char *)nla_data(text));
}

static void take_verdict(struct twnl *nl, struct nlmsghdr *hdr, struct twnl_answer *answer)
{
	struct nlmsgerr *verdict = nlmsg_data(hdr);
	int payload = sizeof(*verdict);

	if (nlmsg_datalen(hdr) < (int)sizeof(verdict->error))
		return;
	answer->done = true;
	answer->err = verdict->error > 0 ? -EPROTO : verdict->error;
	if (hdr->nlmsg_type == NLMSG_DONE)
		payload = sizeof(verdict->error);
	/* NETLINK_CAP_ACK: of the request, a refusal quotes the header only */
	else if (answer->err && !(hdr->nlmsg_flags & NLM_F_CAPPED) &&
		 nlmsg_datalen(hdr) >= payload)
		payload += NLMSG_ALIGN(verdict->msg.nlmsg_len) - NLMSG_HDRLEN;
	take_sentence(nl, hdr, payload);
}

static int take_object(struct nlmsghdr *hdr, struct twnl_answer *answer)
{
	const struct twnl_layout *layout = answer->layout;
	struct nlattr *attrs[TWILL_A_MAX + 1];

	if (!layout)
		return 0;
	if (genlmsg_parse(hdr, 0, attrs, TWILL_A_MAX, NULL) < 0)
		return -EBADMSG;
	if (!attrs[layout->nest])
		return 0;
	if (answer->count++ >= answer->max)
		return 0;
	return twnl_decode(layout, attrs[layout->nest],
			   (char *)answer->objects + (answer->count - 1) * layout->size);
}

static int take_answer(struct twnl *nl, struct nlmsghdr *hdr, struct twnl_answer *answer)
{
	/* Only a question may be asked again: anything else would be done twice */
	if ((hdr->nlmsg_flags & NLM_F_DUMP_INTR) && (nlmsg_hdr(nl->msg)->nlmsg_flags & NLM_F_DUMP))
		answer->interrupted = true;
	if (hdr->nlmsg_type == NLMSG_ERROR || hdr->nlmsg_type == NLMSG_DONE) {
		take_verdict(nl, hdr, answer);
	} else if (hdr->nlmsg_type == GENL_ID_CTRL) {
		if (answer->count == 0)
			twnl_take_control(nl, hdr);
		answer->count++;
	} else if (hdr->nlmsg_type == nl->family) {
		return take_object(hdr, answer);
	}
	return 0;
}

static void take_message(struct twnl *nl, struct nlmsghdr *hdr, struct twnl_answer *answer)
{
	int r;

	if (hdr->nlmsg_pid == nl->portid && hdr->nlmsg_seq == nl->seq) {
		/* Nobody waits for the rest of an answer that came too late */
		if (!answer || answer->done)
			return;
		r = take_answer(nl, hdr, answer);
		if (r < 0) {
			answer->done = true;
			answer->err = twnl_fail(nl, r,
						"the module speaks another protocol version");
		}
	} else if (hdr->nlmsg_type == GENL_ID_CTRL && hdr->nlmsg_seq == 0) {
		twnl_take_control(nl, hdr);
	} else if (nl->family && hdr->nlmsg_type == nl->family) {
		twnl_take_notice(nl, hdr);
	}
}

int twnl_receive(struct twnl *nl, struct twnl_answer *answer)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = nl->buffer, .iov_len = sizeof(nl->buffer) };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
	};
	struct nlmsghdr *hdr = (struct nlmsghdr *)nl->buffer;
	ssize_t n;
	int left;

	do
		n = recvmsg(nl->fd, &msg, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN) {
		twnl_take_empty(nl);
		return 0;
	}
	if (n < 0 && errno == ENOBUFS) {
		twnl_take_overrun(nl);
		return -ENOBUFS;
	}
	if (n < 0)
		return -errno;
	/* Only the kernel is listened to */
	if (from.nl_pid != 0)
		return 1;
	if (msg.msg_flags & MSG_TRUNC) {
		twnl_take_overrun(nl);
		return 1;
	}
	for (left = (int)n; nlmsg_ok(hdr, left); hdr = nlmsg_next(hdr, &left))
		take_message(nl, hdr, answer);
	return 1;
}

/*
 * The kernel works a request off inside send, so its answer is waiting; a
 * dump goes on as we receive. Poll is for the case that this ever changes.
 */
static int wait_for_answer(struct twnl *nl, struct twnl_answer *answer)
{
	struct pollfd pfd = { .fd = nl->fd, .events = POLLIN };
	bool overrun = false;
	int r;

	while (!answer->done) {
		r = twnl_receive(nl, answer);
		if (r == -ENOBUFS)
			overrun = true;
		else if (r < 0)
			return twnl_fail(nl, r, "cannot receive from the kernel: %s", strerror(-r));
		if (r != 0)
			continue;
		if (overrun)
			return twnl_fail(nl, -ENOBUFS,
					 "the kernel's answer was lost, the socket being full");
		r = poll(&pfd, 1, ANSWER_MS);
		if (r == 0)
			return twnl_fail(nl, -ETIMEDOUT, "the kernel did not answer within %d ms",
					 ANSWER_MS);
	}
	return answer->err;
}

static int transact(struct twnl *nl, struct twnl_answer *answer)
{
	struct nlmsghdr *hdr = nlmsg_hdr(nl->msg);
	ssize_t n;

	answer->count = 0;
	answer->err = 0;
	answer->done = false;
	answer->interrupted = false;
	if (nl->overflow)
		return twnl_fail(nl, -EMSGSIZE, "the request is longer than a message may be");
	do
		n = send(nl->fd, hdr, hdr->nlmsg_len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return twnl_fail(nl, -errno, "cannot send to the kernel: %m");
	return wait_for_answer(nl, answer);
}

/*
 * The kernel says ENOENT for a family that is gone. If it is, say that; if it
 * came back under another number, ask that one.
 */
static int after_enoent(struct twnl *nl, struct twnl_answer *answer)
{
	_Alignas(8) unsigned char request[512];
	struct nlmsghdr *hdr = nlmsg_hdr(nl->msg);
	const uint16_t family = nl->family;
	const uint32_t len = hdr->nlmsg_len;
	int r;

	if (len > sizeof(request))
		return -ENOENT;
	memcpy(request, hdr, len);
	r = twnl_resolve(nl);
	if (r < 0)
		return r;
	if (nl->family == family)
		return -ENOENT;
	memcpy(hdr, request, len);
	hdr->nlmsg_type = nl->family;
	hdr->nlmsg_seq = ++nl->seq;
	return transact(nl, answer);
}

int twnl_transact(struct twnl *nl, struct twnl_answer *answer)
{
	struct nlmsghdr *hdr = nlmsg_hdr(nl->msg);
	int r = -EINTR;

	for (int i = 0; i < DUMP_TRIES; i++) {
		r = transact(nl, answer);
		if (r == -ENOENT && !nl->error[0])
			r = after_enoent(nl, answer);
		if (!answer->interrupted || r < 0)
			break;
		hdr->nlmsg_seq = ++nl->seq;
		r = -EAGAIN;
	}
	if (r == -EAGAIN && !nl->error[0])
		twnl_fail(nl, r, "the list changed while it was read, %d times over", DUMP_TRIES);
	else if (r < 0 && !nl->error[0])
		twnl_fail(nl, r, "%s", strerror(-r));
	return r;
}

int twnl_resolve(struct twnl *nl)
{
	struct twnl_answer answer = { 0 };
	int r;

	begin(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	twnl_put_string(nl, CTRL_ATTR_FAMILY_NAME, TWILL_FAMILY_NAME);
	r = transact(nl, &answer);
	if (r == -ENOENT) {
		if (nl->family)
			twnl_take_module(nl, false);
		return twnl_fail(nl, -ENOPKG, "the kernel module twill is not loaded");
	}
	if (r == 0 && !nl->family)
		return twnl_fail(nl, -EPROTO, "the kernel's answer about the family has no number");
	return r;
}

bool twnl_present(struct twnl *nl)
{
	return nl->family || twnl_resolve(nl) == 0;
}
