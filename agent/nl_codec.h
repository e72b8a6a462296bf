/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the netlink layer: how the family's nests become structs. */
#ifndef TWILL_AGENT_NL_CODEC_H
#define TWILL_AGENT_NL_CODEC_H

#include <stddef.h>
#include <stdint.h>

struct nlattr;

enum twnl_type { TWNL_U32, TWNL_U64, TWNL_STRING, TWNL_BYTES, TWNL_STATS };

/** struct twnl_field - one attribute and its place in a struct */
struct twnl_field {
	uint16_t attr;
	uint16_t offset;
	uint16_t size;
	uint16_t type;
};

/** struct twnl_layout - one nest and its struct */
struct twnl_layout {
	int nest;
	int max_attr;
	size_t size;
	const struct twnl_field *fields;
	size_t n_fields;
};

extern const struct twnl_layout twnl_layout_task;
extern const struct twnl_layout twnl_layout_job;
extern const struct twnl_layout twnl_layout_cluster;
extern const struct twnl_layout twnl_layout_cap;
extern const struct twnl_layout twnl_layout_agent;
extern const struct twnl_layout twnl_layout_budget;
extern const struct twnl_layout twnl_layout_gate;
extern const struct twnl_layout twnl_layout_lease;
extern const struct twnl_layout twnl_layout_event;

/** struct twnl_lease - lease nest of an answer */
struct twnl_lease {
	uint32_t ttl_ms;
	uint32_t count;
};

/** struct twnl_head - event nest */
struct twnl_head {
	uint32_t object;
	uint32_t change;
	uint32_t seq;
	uint32_t generation;
};

/** twnl_layout_of() - layout of an object kind TWILL_OBJECT_*; NULL if unknown */
const struct twnl_layout *twnl_layout_of(uint32_t object);

/**
 * twnl_decode() - fill a struct from a nest
 *
 * What the nest does not have is zero; attributes that are not known, as of a
 * newer module, are skipped; a wrong length refuses the nest.
 * Return: 0 or -EBADMSG; @object is zeroed first.
 */
int twnl_decode(const struct twnl_layout *layout, const struct nlattr *nest, void *object);

#endif
