/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim.h - what the files of orin_sim.ko share.
 *
 * One spinlock, sim_lock, guards the board and everything that depends on it.
 * An operation is sim_begin(), which takes the lock and brings the board to
 * the present; calls on the board; sim_end(), which hands out completions, sets
 * the timer to the next event and drops the lock. Whatever alters the course of
 * the board says sim_touch() between the two.
 *
 * All times are nanoseconds of model time: CLOCK_MONOTONIC divided by `scale`.
 */
#ifndef ORIN_SIM_SIM_H
#define ORIN_SIM_SIM_H

#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "orin_sim.h"
#include "sim/board.h"
#include "sim/clocks.h"

#define SIM_MS		1000000ULL	/* model nanoseconds */
#define SIM_TICK	(10 * SIM_MS)	/* one line of the truth log */
#define SIM_RAILS	3
#define SIM_SLOTS	64		/* results kept in one context */

/**
 * struct sim_slot - one unit that was submitted
 * @seq: its number; zero when the slot was never used
 * @start: first moment on the engine
 * @end: when it ended
 * @done: it has ended
 */
struct sim_slot {
	u64 seq;
	u64 start;
	u64 end;
	bool done;
};

/**
 * struct sim_ctx - one engine opened by one file, guarded by sim_lock
 * @client: the board's number, -1 before ORIN_SIM_OPEN
 * @engine: enum orin_sim_engine
 * @pid: thread group of the opener, in the initial namespace
 * @last: number of the unit submitted last
 * @timeslice_us: GPU: as nvgpu reports it
 * @interleave: GPU: 0 low, 1 medium, 2 high
 * @wait: woken at each completion
 * @slot: the last units, at their number modulo SIM_SLOTS
 */
struct sim_ctx {
	s32 client;
	u32 engine;
	pid_t pid;
	u64 last;
	u32 timeslice_us;
	u32 interleave;
	wait_queue_head_t wait;
	struct sim_slot slot[SIM_SLOTS];
};

/* core.c */
extern spinlock_t sim_lock;
extern struct board *sim_board;
extern struct sim_ctx *sim_ctx[BOARD_CLIENTS];
extern pid_t sim_pid[BOARD_CLIENTS];
extern u64 sim_now;		/* the board's present */
extern u64 sim_changed;		/* when anything last altered its course */
extern unsigned int sim_scale;
int sim_core_init(void);
void sim_core_stop(void);
void sim_core_exit(void);
unsigned long sim_begin(void);
void sim_end(unsigned long flags);
void sim_touch(void);
pid_t sim_engine_pid(enum orin_sim_engine engine);

/* clock.c */
void sim_clock_init(void);
void sim_clock_ask(enum sim_clk clk, u32 khz);
u32 sim_clock_khz(enum sim_clk clk);
u32 sim_clock_shown(enum sim_clk clk);
bool sim_clock_throttled(void);
u32 sim_clock_asked(enum sim_clk clk);
void sim_clock_throttle(bool on);
u64 sim_clock_next(void);
void sim_clock_step(void);

/* truth.c */
int sim_truth_init(void);
void sim_truth_exit(void);
u64 sim_truth_next(void);
bool sim_truth_quiet(void);
void sim_truth_sample(u64 ticks);
u32 sim_truth_gpu_load(void);

/* chip.c */
void sim_chip_init(void);
u64 sim_chip_next(void);
bool sim_chip_quiet(void);
void sim_chip_latch(void);
u64 sim_chip_last_before(u64 limit);
void sim_chip_skip(u64 to);
u32 sim_chip_vdd_in_mw(void);
u16 sim_chip_read(u8 reg);
void sim_chip_write(u8 reg, u16 value);

/* thermal.c */
void sim_thermal_init(void);
void sim_thermal_step(u32 vdd_in_mw, u64 ticks);

/* overcurrent.c */
void sim_oc_check(void);
u64 sim_oc_next(void);
void sim_oc_average(u32 vdd_in_mw, u64 ticks);

/* sched.c: called with sim_lock held */
void sim_sched_opened(struct sim_ctx *ctx);
void sim_sched_closed(struct sim_ctx *ctx);
int sim_sched_init(void);
void sim_sched_exit(void);

/* engine.c */
extern atomic_t sim_restarts;
int sim_engine_init(void);
void sim_engine_exit(void);
void sim_engine_done(const struct board_done *done);

/* cpu.c */
int sim_cpu_init(void);
void sim_cpu_exit(void);
u32 sim_cpu_cluster(unsigned int cpu);

/* emc.c */
int sim_emc_init(void);
void sim_emc_exit(void);

extern struct platform_driver sim_i2c_driver;
extern struct platform_driver sim_gpu_driver;
extern struct platform_driver sim_dla_driver;
extern struct platform_driver sim_thermal_driver;
extern struct platform_driver sim_oc_driver;

#endif
