/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of protobuf messages, pulled by nanopb; for the reader only. */
#ifndef TWILL_MODEL_WIRE_H
#define TWILL_MODEL_WIRE_H

#include <pb_decode.h>

#include "model/graph.h"

/* All return false with g->error set if the file is not as it must be. */
bool wire_full(struct graph *g);
bool wire_malformed(struct graph *g, const char *what);
/** wire_next() - the next field; false at the end too, then without an error */
bool wire_next(struct graph *g, pb_istream_t *s, pb_wire_type_t *wire, uint32_t *tag);
bool wire_skip(struct graph *g, pb_istream_t *s, pb_wire_type_t wire);
/** wire_bytes() - where a field with a length lies; @len may be NULL */
bool wire_bytes(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, struct text *t, uint64_t *len);
bool wire_text(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, struct text *t);
/** wire_enter() - a message in a field, as a stream of its own */
bool wire_enter(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, pb_istream_t *sub);
bool wire_int(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, int64_t *i);
/** wire_ints() - append one number of a repeated field, or all packed ones, up to @max + 1 */
bool wire_ints(struct graph *g, pb_istream_t *s, pb_wire_type_t wire, int64_t **ints, uint32_t *n,
	       uint32_t max);

#endif
