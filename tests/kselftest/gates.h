/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gates - requests about the gates, in short form: 0 or negative errno. */
#ifndef GATES_H
#define GATES_H

#include "kit.h"

int gate_set(struct nlc *c, uint32_t accelerator, uint32_t mode, uint32_t capacity,
	     uint32_t order, uint32_t ttl_ms);
/* A request that names a gate, -1 for none, and says no more. */
int gate_op(struct nlc *c, uint8_t cmd, uint32_t accelerator);
/* An attribute of a gate, as it is now. */
uint32_t gate_u32(struct nlc *c, uint32_t accelerator, uint16_t attr);
/* One job at a time at the GPU's gate, in that order. */
int enforce(struct nlc *c, uint32_t order);
/* The same through a new socket, with nothing that ages while a slow machine takes its time. */
void open_gate(struct nlc *c, uint32_t order);
void close_gate(struct nlc *c);

#endif
