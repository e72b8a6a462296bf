/* SPDX-License-Identifier: GPL-2.0-or-later */
/* board_state - what board.c and board_runlist.c know of the board between two events. */
#ifndef TWILL_SIM_BOARD_STATE_H
#define TWILL_SIM_BOARD_STATE_H

#include "sim/board.h"

#define CLUSTERS	SILICON_CLUSTERS
#define CORES		SILICON_CORES
#define SLOT_GPU	0
#define SLOT_DLA	1	/* and 2 */
#define SLOT_CPU	3	/* then one a core, cluster by cluster */
#define SLOTS		(SLOT_CPU + CLUSTERS * CORES)
#define LEVELS		3
#define NOBODY		(-1)
#define DONE_MAX	(BOARD_CLIENTS * BOARD_QUEUE)

struct unit {
	struct board_cmd cmd;
	u32 cluster;
	u32 khz;		/* of core_ns; 0 before the first time on the engine */
	u32 emc_khz;
	u32 traffic;		/* ppm of the DRAM's peak, when alone */
	u64 seq;		/* order of submission, all clients */
	u64 start_ns;
	u64 core_ns;
	u64 mem_ns;
	u64 full_ns;		/* the whole unit under the conditions of left_ns */
	u64 left_ns;
};

struct client {
	enum orin_sim_engine engine;
	bool open;
	bool started;		/* the first in the queue has been on the engine */
	u32 pid;
	u32 cluster;
	u32 level;
	u32 head;
	u32 count;		/* queued, the one on the engine included */
	u32 unread;		/* completed, not popped yet */
	u64 slice_ns;
	struct unit queue[BOARD_QUEUE];
};

struct board {
	const struct silicon *silicon;
	u64 now;
	u64 seq;
	u64 switch_ns;

	u32 gpu_khz;
	u32 dla_khz[SILICON_DLAS];
	u32 cpu_khz[CLUSTERS];
	u32 emc_khz;

	s32 on[SLOTS];		/* client whose first unit is there */
	u64 switch_left;	/* GPU: the new client's context is being loaded */
	u64 slice_left;
	s32 gpu_last;		/* whose context is loaded */
	u32 cursor[LEVELS];
	u32 turns[LEVELS];	/* left in the pass over this level */

	struct board_power power;	/* until the next change */
	u64 energy_uj[3];
	u32 energy_pj[3];		/* not yet a microjoule */
	u64 busy_ns[ORIN_SIM_ENGINES];

	u32 done_head;
	u32 done_count;
	struct board_done done[DONE_MAX];
	struct client clients[BOARD_CLIENTS];
};

/* Who is next on the GPU, or NOBODY; takes the turn. */
s32 board_runlist_next(struct board *b);

#endif
