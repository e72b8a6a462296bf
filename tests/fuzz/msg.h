/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msg - a request as a tree of attributes, which can be right or wrong in each
 * part. What names something that lives, a process or a job, is looked up when
 * the request is sent, so that one kept for later still means something.
 */
#ifndef MSG_H
#define MSG_H

#include <stddef.h>
#include <stdint.h>

#include "rng.h"

#define MSG_NODES	24
#define MSG_DATA	72
#define MSG_DEPTH	6
#define MSG_MAX		8192	/* bytes of one, encoded */

enum value {
	VALUE_DATA,	/* as it is in the node */
	VALUE_NEST,	/* the nodes after it that are deeper */
	VALUE_PID,	/* these are of target number @which */
	VALUE_START,
	VALUE_TASK,
	VALUE_JOB,
	VALUE_CAP,
};

/* One attribute. */
struct node {
	uint16_t type;		/* with the flag bits */
	int16_t lie;		/* added to its length, though nothing else moves */
	uint16_t len;		/* of the data; zeroes after what is in @data */
	uint8_t value;		/* enum value */
	uint8_t depth;
	uint8_t which;
	unsigned char data[MSG_DATA];
};

struct msg {
	uint8_t cmd, version;
	uint8_t n;
	uint16_t flags;		/* of the netlink header */
	int16_t lie;		/* added to its length */
	uint16_t cut;		/* bytes taken off the end */
	uint16_t smash[4];	/* places of bytes that are inverted, zero for none */
	struct node node[MSG_NODES];
};

/* What a value that is looked up stands for now. */
uint64_t stage_value(enum value value, unsigned int which);

void msg_begin(struct msg *m, uint8_t cmd, uint16_t flags);
struct node *msg_add(struct msg *m, unsigned int depth, uint16_t type, enum value value);
void msg_add_number(struct msg *m, unsigned int depth, uint16_t type, uint64_t number, int size);
/* Add attribute @type of set @set, right by the spec, with a value of the generator's. */
void msg_add_right(struct msg *m, unsigned int depth, unsigned int set, uint16_t type,
		   struct rng *r);
/* How its value is looked up, if it is: by set and attribute. */
enum value msg_lookup(unsigned int set, uint16_t type);

/* Bytes used of @out, which has room for MSG_MAX. */
size_t msg_encode(const struct msg *m, uint16_t family, uint32_t seq, unsigned char *out);
/* Whether the kernel takes it for one whole request that must be answered. */
int msg_is_answered(const struct msg *m);

/* mutate.c: make one part of it wrong, or otherwise right. */
void msg_mutate(struct msg *m, const struct msg *other, struct rng *r);
/* seed.c: a right request of a random kind; @i if less than the number of kinds. */
void msg_seed(struct msg *m, unsigned int i, struct rng *r);
extern const unsigned int msg_seeds;
/* seed.c: any objects and attributes, each right by itself. */
void msg_any(struct msg *m, struct rng *r);

#endif
