/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the netlink layer: the handle, and one transaction. */
#ifndef TWILL_AGENT_NL_PRIV_H
#define TWILL_AGENT_NL_PRIV_H

#include "nl.h"
#include "nl_codec.h"

struct nl_msg;
struct nl_sock;
struct nlattr;

/* The kernel fills no dump message beyond 32 KiB */
#define TWNL_RECV_SIZE	32768
#define TWNL_RING_SIZE	256

/**
 * struct twnl_answer - what a transaction waits for
 * @layout: object of the answers, NULL if only the verdict counts
 * @objects: room for @max of them
 * @count: how many came
 * @err: the verdict
 * @done: it has come
 * @interrupted: the dump changed under way
 */
struct twnl_answer {
	const struct twnl_layout *layout;
	void *objects;
	size_t max;
	size_t count;
	int err;
	bool done;
	bool interrupted;
};

/**
 * struct twnl_ring - events that have arrived and are not delivered
 * @up, @down, @lost: stand before all events that are in the ring; @down
 *	before @up before @lost
 * @stale: the socket overran and is not empty since: what is in it is older
 */
struct twnl_ring {
	unsigned int head;
	unsigned int tail;
	bool up;
	bool down;
	bool lost;
	bool stale;
	bool have_seq;
	uint32_t last_seq;
	struct twnl_event events[TWNL_RING_SIZE];
};

/**
 * struct twnl - a handle
 * @awaited: the job that twnl_job_wait() waits for; 0 for none
 * @granted: a grant of it has been taken in since it was last looked at
 * @signalled: twnl_fd() is readable for what requests have taken in
 */
struct twnl {
	struct nl_sock *sock;
	struct nl_msg *msg;
	int fd;
	int epoll_fd;
	int event_fd;
	uint32_t portid;
	uint32_t seq;
	uint16_t family;
	uint32_t group;
	uint32_t awaited;
	bool overflow;
	bool subscribed;
	bool signalled;
	bool granted;
	bool dispatching;
	void (*handler)(void *arg, const struct twnl_event *event);
	void *arg;
	struct twnl_ring *ring;
	char error[256];
	_Alignas(8) unsigned char buffer[TWNL_RECV_SIZE];
};

/** twnl_fail() - keep a sentence and return @err */
__attribute__((format(printf, 3, 4)))
int twnl_fail(struct twnl *nl, int err, const char *format, ...);

/** twnl_begin() - start a request; -ENOPKG if there is no module */
int twnl_begin(struct twnl *nl, uint8_t cmd, int flags);

/* Attributes of it. A failure is remembered and reported by twnl_transact(). */
struct nlattr *twnl_nest(struct twnl *nl, int type);
void twnl_nest_end(struct twnl *nl, struct nlattr *nest);
void twnl_put_u32(struct twnl *nl, int type, uint32_t value);
void twnl_put_u64(struct twnl *nl, int type, uint64_t value);
void twnl_put_string(struct twnl *nl, int type, const char *value);

/**
 * twnl_ask() - send the request; one object is wanted
 *
 * @ret, which may be NULL, is left alone unless the object came.
 */
int twnl_ask(struct twnl *nl, const struct twnl_layout *layout, void *ret);

/** twnl_transact() - send the request and take in the answer */
int twnl_transact(struct twnl *nl, struct twnl_answer *answer);

/** twnl_receive() - take in one datagram; 1, or 0 if there is none, or -errno */
int twnl_receive(struct twnl *nl, struct twnl_answer *answer);

/** twnl_resolve() - ask for the family; -ENOPKG if there is none */
int twnl_resolve(struct twnl *nl);

/* nl_event.c: what is not an answer */
struct nlmsghdr;
void twnl_take_notice(struct twnl *nl, struct nlmsghdr *hdr);
void twnl_take_control(struct twnl *nl, struct nlmsghdr *hdr);
/** twnl_take_overrun() - the socket was full: what is still in it is from before that */
void twnl_take_overrun(struct twnl *nl);
/** twnl_take_empty() - there is nothing in the socket */
void twnl_take_empty(struct twnl *nl);
void twnl_take_module(struct twnl *nl, bool up);
/** twnl_clear_signal() - twnl_fd() is readable no longer for what requests have taken in */
void twnl_clear_signal(struct twnl *nl);

#endif
