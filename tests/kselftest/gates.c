// SPDX-License-Identifier: GPL-2.0-or-later
#include "gates.h"
#include "tap.h"

int gate_set(struct nlc *c, uint32_t accelerator, uint32_t mode, uint32_t capacity,
	     uint32_t order, uint32_t ttl_ms)
{
	nlc_begin(c, TWILL_CMD_GATE_SET);
	nlc_nest(c, TWILL_A_GATE);
	nlc_u32(c, TWILL_A_GATE_ACCELERATOR, accelerator);
	nlc_u32(c, TWILL_A_GATE_MODE, mode);
	nlc_u32(c, TWILL_A_GATE_CAPACITY, capacity);
	nlc_u32(c, TWILL_A_GATE_ORDER, order);
	nlc_nest_end(c);
	nlc_nest(c, TWILL_A_LEASE);
	nlc_u32(c, TWILL_A_LEASE_TTL_MS, ttl_ms);
	return nlc_do(c);
}

int gate_op(struct nlc *c, uint8_t cmd, uint32_t accelerator)
{
	nlc_begin(c, cmd);
	nlc_nest(c, TWILL_A_GATE);
	if (accelerator != (uint32_t)-1)
		nlc_u32(c, TWILL_A_GATE_ACCELERATOR, accelerator);
	return nlc_do(c);
}

uint32_t gate_u32(struct nlc *c, uint32_t accelerator, uint16_t attr)
{
	return gate_op(c, TWILL_CMD_GATE_GET, accelerator) ? UINT32_MAX :
	       nlc_get(c, TWILL_A_GATE, attr);
}

int enforce(struct nlc *c, uint32_t order)
{
	return gate_set(c, TWILL_ACCELERATOR_GPU, TWILL_GATE_MODE_ENFORCE, 1, order, 600000);
}

void open_gate(struct nlc *c, uint32_t order)
{
	REQUIRE_EQ(nlc_open(c), 0);
	REQUIRE_EQ(set_knob("ageing_ms", "600000"), 0);
	REQUIRE_EQ(enforce(c, order), 0);
}

void close_gate(struct nlc *c)
{
	nlc_close(c);
	EXPECT_EQ(set_knob("ageing_ms", "1000"), 0);
}
