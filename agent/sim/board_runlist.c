// SPDX-License-Identifier: GPL-2.0-or-later
/* board_runlist - the order in which the GPU serves its clients, as nvgpu lays it out. */
#include "sim/board_state.h"

/* One who may go on the GPU at this level, round robin, or NOBODY. */
static s32 pick(struct board *b, u32 level)
{
	u32 i, n;

	for (i = 1; i <= BOARD_CLIENTS; i++) {
		const struct client *c;

		n = (b->cursor[level] + i) % BOARD_CLIENTS;
		c = &b->clients[n];
		if (c->count && c->engine == ORIN_SIM_GPU && c->level == level)
			return (s32)n;
	}
	return NOBODY;
}

static u32 waiting(const struct board *b, u32 level)
{
	u32 i, n = 0;

	for (i = 0; i < BOARD_CLIENTS; i++)
		n += b->clients[i].count && b->clients[i].engine == ORIN_SIM_GPU &&
		     b->clients[i].level == level;
	return n;
}

/* The driver's runlist: each entry of a level is preceded by a pass over the one above. */
s32 board_runlist_next(struct board *b)
{
	s32 n = NOBODY;
	u32 level, up;

	for (level = LEVELS; level-- > 0;) {
		if (level && !b->turns[level])
			continue;
		n = pick(b, level);
		if (n != NOBODY)
			break;
	}
	if (n == NOBODY) {
		/* Nobody below: the levels above start a pass of their own. */
		for (level = 1; level < LEVELS && n == NOBODY; level++)
			n = pick(b, level);
		if (n == NOBODY)
			return NOBODY;
		level--;
		b->turns[level] = waiting(b, level);
	}
	b->cursor[level] = (u32)n;
	if (b->turns[level])
		b->turns[level]--;
	for (up = level + 1; up < LEVELS; up++)
		b->turns[up] = waiting(b, up);
	return n;
}
