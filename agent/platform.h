/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform - what a Jetson board offers: rails, clocks, counters, zones.
 *
 * Everything is found by name and label, never by number, below one sysroot, so
 * that the same code runs on a board, on the virtual Orin and on a made-up tree.
 * Discovery opens what is read often; reading afterwards allocates nothing.
 * What is missing is left empty and can be asked for; only the caller knows
 * whether it needs it. Paths in these structures do not include the sysroot.
 */
#ifndef TWILL_PLATFORM_H
#define TWILL_PLATFORM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define PLATFORM_FREQS		64	/* entries of one clock table */
#define PLATFORM_CLUSTERS	4	/* cpufreq policies */
#define PLATFORM_DLAS		2
#define PLATFORM_OCS		3
#define PLATFORM_ZONES		16
#define PLATFORM_NAME		64
#define PLATFORM_PATH		256

/* In the order of struct platform.rail. */
enum platform_rail_id {
	PLATFORM_VDD_IN,		/* the module's input; on an NX it includes the others */
	PLATFORM_VDD_CPU_GPU_CV,
	PLATFORM_VDD_SOC,
	PLATFORM_RAILS,
};

struct platform_rail {
	const char *label;		/* as the sensor names it */
	char path[PLATFORM_PATH];	/* of inN_input; empty when the rail is missing */
	int volt_fd, curr_fd;		/* inN_input and currN_input; -1 when missing */
};

/* A clock with a table. kHz, ascending. */
struct platform_clock {
	char path[PLATFORM_PATH];	/* directory of the devfreq or policy; empty: missing */
	char device[PLATFORM_NAME];	/* for a cap, such as 17000000.gpu; empty for CPUs */
	uint32_t cpu;			/* first CPU of the policy */
	uint32_t cpus;			/* number of CPUs of it */
	uint32_t n;
	uint32_t khz[PLATFORM_FREQS];
};

struct platform_dla {
	char path[PLATFORM_PATH];	/* clk_cap file of the core clock, Hz; empty when missing */
};

struct platform_oc {
	char path[PLATFORM_PATH];	/* ocN_event_cnt; empty when missing */
	int fd;
};

struct platform_zone {
	char type[PLATFORM_NAME];	/* without a trailing "-thermal", lower case */
	char path[PLATFORM_PATH];	/* its temp file */
};

struct platform {
	char sysroot[PATH_MAX];
	char model[PLATFORM_NAME];		/* of the device tree; empty when unknown */
	char compatible[4 * PLATFORM_NAME];	/* all strings of it, separated by spaces */
	char sensor[PLATFORM_PATH];		/* hwmon directory of the ina3221; empty: missing */
	uint32_t sensor_ms;			/* one pass of the sensor over its channels; 0: unknown */
	struct platform_rail rail[PLATFORM_RAILS];
	struct platform_clock gpu;
	uint32_t clusters;
	struct platform_clock cpu[PLATFORM_CLUSTERS];	/* by first CPU */
	struct platform_dla dla[PLATFORM_DLAS];
	struct platform_oc oc[PLATFORM_OCS];
	uint32_t zones;
	struct platform_zone zone[PLATFORM_ZONES];
	int gpu_load_fd;			/* nvgpu's load, beside the GPU's clock */
	char gpu_sched[PLATFORM_PATH];		/* nvgpu's control node; empty when missing */
};

/**
 * platform_open() - discover a board
 * @sysroot: prefix of every path; "" on a board
 * @ret: receives it on success, is left alone on failure
 *
 * Return: 0, even when nothing was found; -ENOTDIR or -ENOENT when the sysroot
 * has no /sys; -ENAMETOOLONG; -ENOMEM.
 */
int platform_open(const char *sysroot, struct platform **ret);
/** platform_close() - accepts and returns NULL */
struct platform *platform_close(struct platform *p);

/** platform_is() - true if the device tree's compatible list has @name */
bool platform_is(const struct platform *p, const char *name);

/**
 * platform_power() - power of one rail now
 * @ret_mw: milliwatts on success, left alone on failure
 *
 * Return: 0; -ENODEV when the rail is missing; -ERANGE for an absurd reading
 * (a supply outside 3-26 V, a current below zero or above 30 A); the driver's errno.
 */
int platform_power(const struct platform *p, enum platform_rail_id rail, uint32_t *ret_mw);
/**
 * platform_find_rails() - look for the sensor anew
 *
 * For when its driver was taken away and came back under another number.
 */
void platform_find_rails(struct platform *p);

/** platform_oc_events() - over-current events since boot, all counters; -ENODEV if there is none */
int platform_oc_events(const struct platform *p, uint64_t *ret);
/** platform_gpu_load() - busy part of the last 50 ms, permille; -ENODEV, -ERANGE, errno */
int platform_gpu_load(const struct platform *p, uint32_t *ret_pm);
/** platform_temp() - millidegrees of a zone; -ENOENT, -ERANGE outside -40..150 C, errno */
int platform_temp(const struct platform *p, const char *type, int32_t *ret_mc);
/** platform_dla_cap() - present cap of a DLA in kHz; -ENODEV, -ERANGE, errno */
int platform_dla_cap(const struct platform *p, uint32_t core, uint32_t *ret_khz);

/**
 * platform_missing() - what a board of this kind should have and was not found
 * @i: 0, 1, ... until NULL comes back
 *
 * Return: a phrase such as "rail VDD_SOC"; valid until platform_close().
 */
const char *platform_missing(const struct platform *p, uint32_t i);

#endif
