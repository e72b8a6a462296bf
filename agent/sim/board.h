/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board - how an Orin computes and draws power, in integers.
 *
 * Pure: no clock, no I/O, no allocation, no floating point. Time comes in as
 * an argument, in nanoseconds of model time. orin_sim.ko wraps it in a lock and
 * a timer; the host's tools wrap it in a loop. All constants are in a struct
 * silicon, which outlives the board.
 *
 * A board has engines; clients (one for each process and engine that it opened)
 * submit commands, each a unit that cannot be recalled. Between two events all
 * rates are constant: board_advance() moves progress and energy to a moment,
 * board_next() says when something happens next, board_pop() hands out what has
 * completed. The GPU runs its clients round robin in time slices and pays a
 * switch when the client changes; each DLA runs one command after another;
 * each CPU core runs one stage.
 */
#ifndef TWILL_SIM_BOARD_H
#define TWILL_SIM_BOARD_H

#include "sim/silicon.h"

#define BOARD_CLIENTS	64	/* open engine contexts, all engines together */
#define BOARD_QUEUE	16	/* commands queued in one context */
#define BOARD_NEVER	(~0ULL)

/* One unit, as a program submits it. */
struct board_cmd {
	u32 kind;	/* enum orin_sim_kind: selects the efficiency */
	u64 macs;	/* multiply-accumulates; CPU stages: cycles of one core */
	u64 bytes;	/* DRAM traffic */
	u64 cookie;	/* given back by board_pop() */
};

struct board_done {
	u32 client;
	u64 cookie;
	u64 start_ns;	/* first moment on the engine */
	u64 end_ns;
};

struct board_power {
	u32 vdd_in_mw;		/* the module's input: the total, includes the others */
	u32 vdd_cpu_gpu_cv_mw;
	u32 vdd_soc_mw;
};

struct board;

/* Size for whoever allocates one. */
u32 board_size(void);
/* Every clock at its highest, empty, now = 0. @switch_ns < 0: as the silicon says. */
void board_init(struct board *b, const struct silicon *silicon, s64 switch_ns);
const struct silicon *board_silicon(const struct board *b);

/* Clocks in kHz; zero gates the engine. Rounded up to nothing: the caller rounds to its table. */
void board_set_gpu_khz(struct board *b, u32 khz);
void board_set_dla_khz(struct board *b, u32 core, u32 khz);
void board_set_cpu_khz(struct board *b, u32 cluster, u32 khz);
void board_set_emc_khz(struct board *b, u32 khz);

/* Open a context: client number, -ENOSPC, or -EINVAL for an engine that is not there. */
s32 board_open(struct board *b, enum orin_sim_engine engine, u32 pid);
/* Close it; its queue is dropped, the unit on the engine runs to its end unseen. */
void board_close(struct board *b, u32 client);
/* CPU only: the cluster whose clock counts from the next submission on. */
void board_bind(struct board *b, u32 client, u32 cluster);
/* GPU only: time slice in us (1000..50000) and interleave level 0..2. */
void board_set_timeslice(struct board *b, u32 client, u32 us);
void board_set_interleave(struct board *b, u32 client, u32 level);

/* Queue one unit at the present moment; 0, -ENOSPC, -EINVAL. */
s32 board_submit(struct board *b, u32 client, const struct board_cmd *cmd);

/* Move everything to now_ns (never backwards); calls nothing. */
void board_advance(struct board *b, u64 now_ns);
/*
 * When the next internal event is due, or BOARD_NEVER. A caller that wants to
 * act on completions at their moment advances no further than this in one step.
 */
u64 board_next(const struct board *b);
/* Take one completion; false when there is none. */
bool board_pop(struct board *b, struct board_done *done);

/* What the rails draw now; energy so far in microjoule, per rail in the order of board_power. */
void board_power(const struct board *b, struct board_power *p);
void board_energy_uj(const struct board *b, u64 uj[3]);
/* Busy nanoseconds so far, per engine (CPU: core-nanoseconds). */
u64 board_busy_ns(const struct board *b, enum orin_sim_engine engine);
/* Client on the engine right now, or -1. */
s32 board_current(const struct board *b, enum orin_sim_engine engine);

/*
 * Closed form, no state: nanoseconds of one command alone at a clock; milliwatts
 * of the total with that engine busy and every other clock at its lowest.
 */
u64 board_alone_ns(const struct silicon *si, enum orin_sim_engine engine,
		   const struct board_cmd *cmd, u32 khz);
u32 board_alone_mw(const struct silicon *si, enum orin_sim_engine engine, u32 kind, u32 khz);

#endif
