/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_test.h - files, units and rival processes for tests of the virtual board. */
#ifndef ORIN_SIM_TEST_H
#define ORIN_SIM_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../unit/tap.h"
#include "orin_sim.h"
#include "sim/nvgpu_sched.h"

#define DEVFREQ "/sys/class/devfreq/17000000.gpu/"
#define GPU "/sys/devices/platform/17000000.gpu/"
#define HOST1X "/sys/devices/platform/bus@0/13e00000.host1x/"
#define DLA0 HOST1X "15880000.nvdla0/clk_cap/"
#define HWMON "/sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon*/"
#define CPUFREQ "/sys/devices/system/cpu/cpufreq/"
#define OC "/sys/devices/platform/soctherm-oc-event/hwmon/hwmon*/"
#define THERMAL "/sys/class/thermal/"
#define EMC "/sys/kernel/nvpmodel_clk_cap/emc"
#define DEBUGFS "/sys/kernel/debug/orin_sim/"
#define MS 1000000.0

struct span {
	double start; /* model ns */
	double end;
};

static uint32_t scale;

static inline void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The first file a pattern matches, its last newline removed. */
static inline const char *slurp(const char *pattern)
{
	static char buf[4096];
	glob_t g;
	ssize_t n;
	int fd;

	buf[0] = 0;
	if (glob(pattern, 0, NULL, &g))
		return buf;
	fd = open(g.gl_pathv[0], O_RDONLY);
	globfree(&g);
	n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);
	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = 0;
	if (n > 0 && buf[n - 1] == '\n')
		buf[n - 1] = 0;
	return buf;
}

static inline long number(const char *pattern)
{
	return strtol(slurp(pattern), NULL, 0);
}

/* 0 or the errno of the write. */
static inline int spit(const char *pattern, const char *text)
{
	int fd = -1, err = ENOENT;
	glob_t g;

	if (!glob(pattern, 0, NULL, &g)) {
		fd = open(g.gl_pathv[0], O_WRONLY);
		globfree(&g);
		err = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : errno;
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static inline double monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (t.tv_sec * 1e9 + t.tv_nsec) / scale;
}

/* Wait until a file shows a number, for ten seconds at most. */
static inline bool shows(const char *pattern, long value)
{
	double end = monotonic() + 1e10 / scale;

	while (number(pattern) != value) {
		if (monotonic() > end)
			return false;
		poll(NULL, 0, 5);
	}
	return true;
}

static inline int context(uint32_t engine)
{
	int fd = open("/dev/orin_sim", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, ORIN_SIM_OPEN, &engine))
		die("/dev/orin_sim");
	return fd;
}

static inline uint64_t submit(int fd, uint32_t kind, uint64_t macs)
{
	struct orin_sim_cmd cmd = { .kind = kind, .macs = macs };

	return ioctl(fd, ORIN_SIM_SUBMIT, &cmd) ? 0 : cmd.seq;
}

static inline struct span finish(int fd, uint64_t seq)
{
	struct orin_sim_wait w = { .seq = seq };

	if (ioctl(fd, ORIN_SIM_WAIT, &w))
		die("ORIN_SIM_WAIT");
	return (struct span){ (double)w.start_ns / scale, (double)w.end_ns / scale };
}

/* Milliseconds that one unit takes. */
static inline double unit_ms(uint32_t engine, uint32_t kind, uint64_t macs)
{
	int fd = context(engine);
	struct span s = finish(fd, submit(fd, kind, macs));

	close(fd);
	return (s.end - s.start) / MS;
}

/* As many operations as take this long, at the clocks as they are. */
static inline uint64_t work_of(uint32_t engine, uint32_t kind, double ms)
{
	return (uint64_t)(1e9 * ms / unit_ms(engine, kind, 1000000000));
}

static inline bool near(double got, double want, double share)
{
	return got > want * (1 - share) && got < want * (1 + share);
}

static inline void pin_gpu(const char *hz)
{
	spit(DEVFREQ "governor", "performance");
	spit(DEVFREQ "max_freq", hz);
	if (!shows(DEVFREQ "cur_freq", atol(hz)))
		printf("# GPU clock stays at %s, not %s\n", slurp(DEVFREQ "cur_freq"), hz);
}

static inline void pin_thread(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* Several processes at once, each with one unit on an engine of its own choice. */
struct rival {
	uint32_t engine;
	uint64_t macs;
	pid_t pid;
	struct span span; /* filled in by the process */
};

static inline struct rival *rivals_new(int n)
{
	struct rival *r = mmap(NULL, n * sizeof(*r), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (r == MAP_FAILED)
		die("mmap");
	return r;
}

/* Each opens its context, waits until the other end of the pipe is closed, and runs. */
static inline int rivals_open(struct rival *r, int n)
{
	int go[2], ready[2];
	char c;

	if (pipe(go) || pipe(ready))
		die("pipe");
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid) {
			int fd = context(r[i].engine);

			close(go[1]);
			if (write(ready[1], "", 1) != 1 || read(go[0], &c, 1))
				_exit(1);
			r[i].span = finish(fd, submit(fd, ORIN_SIM_CONV, r[i].macs));
			_exit(0);
		}
		r[i].pid = pid;
	}
	for (int i = 0; i < n; i++)
		if (read(ready[0], &c, 1) != 1)
			die("pipe");
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	return go[1];
}

static inline void rivals_run(struct rival *r, int n, int go)
{
	close(go);
	for (int i = 0; i < n; i++)
		waitpid(r[i].pid, NULL, 0);
}

#endif
