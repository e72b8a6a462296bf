/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spec - the protocol's tree of attributes, from the YNL spec by spec.py. Set
 * 0 is the top level; attribute N of a set is entry N - 1.
 */
#ifndef SPEC_H
#define SPEC_H

#include <stdint.h>

enum kind {
	KIND_U32,
	KIND_U64,
	KIND_STRING,
	KIND_BINARY,
	KIND_NEST,
};

struct spec_attr {
	enum kind kind;
	unsigned int set;	/* of a nest */
	uint32_t low, high;	/* range; of a string, the greatest length */
};

struct spec_set {
	const struct spec_attr *attrs;
	unsigned int n;
};

extern const struct spec_set spec_sets[];
extern const unsigned int spec_n_sets;

#endif
