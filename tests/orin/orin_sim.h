/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-3-Clause */
/*
 * orin_sim.h - how a program hands work to a virtual Orin's engines.
 *
 * open("/dev/orin_sim"), ORIN_SIM_OPEN an engine (once per file), then
 * ORIN_SIM_SUBMIT a unit and ORIN_SIM_WAIT for it. What has been submitted
 * cannot be recalled. Closing the file drops what is queued.
 */
#ifndef ORIN_SIM_H
#define ORIN_SIM_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/ioctl.h>
#else
#include <stdint.h>
#include <sys/ioctl.h>
#endif

#include "sim/engine.h"

/**
 * struct orin_sim_cmd - one unit
 * @kind: enum orin_sim_kind
 * @flags: zero
 * @macs: multiply-accumulates (CPU engine: core cycles)
 * @bytes: DRAM traffic
 * @seq: out: number to wait for
 */
struct orin_sim_cmd {
	uint32_t kind;
	uint32_t flags;
	uint64_t macs;
	uint64_t bytes;
	uint64_t seq;
};

/**
 * struct orin_sim_wait - wait for a unit
 * @seq: from orin_sim_cmd
 * @start_ns: out: CLOCK_MONOTONIC when it first ran (guest time, scaled)
 * @end_ns: out: when it ended
 */
struct orin_sim_wait {
	uint64_t seq;
	uint64_t start_ns;
	uint64_t end_ns;
};

#define ORIN_SIM_OPEN	_IOW('O', 1, uint32_t)			/* engine; EBUSY if opened, ENOSPC */
#define ORIN_SIM_SUBMIT	_IOWR('O', 2, struct orin_sim_cmd)	/* EAGAIN when the queue is full */
#define ORIN_SIM_WAIT	_IOWR('O', 3, struct orin_sim_wait)	/* sleeps; EINTR/restart on a signal */
#define ORIN_SIM_SCALE	_IOR('O', 4, uint32_t)			/* guest nanoseconds for one of model time */

#endif
