/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nlc - a netlink client of its own, so that the tests depend on none of the
 * libraries that they help to test. It keeps the extended ack text.
 */
#ifndef NLC_H
#define NLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/netlink.h>
#include <linux/twill.h>

struct nlc {
	int fd;
	uint32_t portid;
	uint16_t family;
	uint32_t group;		/* id of the multicast group */
	uint32_t seq;
	char ack[256];		/* why the last request was refused; empty if unsaid */
	size_t len;
	size_t nest;
	_Alignas(8) unsigned char out[1024];
	_Alignas(8) unsigned char in[32768];
	size_t in_len;		/* of the reply kept in @in */
};

/* 0 or negative errno; -ENOENT when the module is not loaded. */
int nlc_open(struct nlc *c);
void nlc_close(struct nlc *c);
int nlc_join(struct nlc *c);

void nlc_begin(struct nlc *c, uint8_t cmd);
void nlc_nest(struct nlc *c, uint16_t object);
void nlc_nest_end(struct nlc *c);
void nlc_u32(struct nlc *c, uint16_t attr, uint32_t value);
void nlc_u64(struct nlc *c, uint16_t attr, uint64_t value);
void nlc_str(struct nlc *c, uint16_t attr, const char *value);

/* Send what was begun and wait for the answer: 0 or negative errno. */
int nlc_do(struct nlc *c);
/* The same for a dump; @fn is called with each message in c->in. */
int nlc_dump(struct nlc *c, uint8_t cmd, void (*fn)(struct nlc *c, void *data), void *data);
/* Send without waiting; receive one notification within @ms: 0 or -ETIMEDOUT, errno. */
int nlc_event(struct nlc *c, int ms);

/* From the message kept: whether it is there, and its value. */
bool nlc_has(const struct nlc *c, uint16_t object, uint16_t attr);
uint32_t nlc_get(const struct nlc *c, uint16_t object, uint16_t attr);
uint64_t nlc_get64(const struct nlc *c, uint16_t object, uint16_t attr);
const char *nlc_text(const struct nlc *c, uint16_t object, uint16_t attr);

#endif
