// SPDX-License-Identifier: GPL-2.0-or-later
/* Caps: they reach the clocks, and vanish with their owner or their target. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpus.h"
#include "kit.h"
#include "tap.h"

#define POLICY0	"/sys/devices/system/cpu/cpufreq/policy0"

static long read_long(const char *path)
{
	FILE *f = fopen(path, "r");
	long v = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &v) != 1)
		v = -1;
	fclose(f);
	return v;
}

static void count(struct nlc *c, void *data)
{
	int *n = data;

	if (nlc_has(c, TWILL_A_CAP, TWILL_A_CAP_ID))
		++*n;
}

static int caps(struct nlc *c)
{
	int n = 0, err = nlc_dump(c, TWILL_CMD_CAP_GET, count, &n);

	return err ? err : n;
}

static int cap_set_on(struct nlc *c, const char *device, uint32_t cpu, uint32_t khz)
{
	nlc_begin(c, TWILL_CMD_CAP_SET);
	nlc_nest(c, TWILL_A_CAP);
	nlc_u32(c, TWILL_A_CAP_KIND, device ? TWILL_CAP_KIND_DEVICE : TWILL_CAP_KIND_CPUFREQ);
	if (device)
		nlc_str(c, TWILL_A_CAP_DEVICE, device);
	else
		nlc_u32(c, TWILL_A_CAP_CPU, cpu);
	nlc_u32(c, TWILL_A_CAP_MAX_KHZ, khz);
	return nlc_do(c);
}

static int cap_set(struct nlc *c, const char *device, uint32_t khz)
{
	return cap_set_on(c, device, 0, khz);
}

static int cap_change(struct nlc *c, uint32_t id, uint32_t khz)
{
	nlc_begin(c, TWILL_CMD_CAP_SET);
	nlc_nest(c, TWILL_A_CAP);
	nlc_u32(c, TWILL_A_CAP_ID, id);
	nlc_u32(c, TWILL_A_CAP_MAX_KHZ, khz);
	return nlc_do(c);
}

struct file_want {
	const char *path;
	long value;
};

static bool file_is(void *data)
{
	struct file_want *w = data;

	return read_long(w->path) == w->value;
}

static bool until_file(const char *path, long value)
{
	return until(file_is, &(struct file_want){ path, value }, SOON);
}

void test_cap_cpufreq(void)
{
	long max = read_long(POLICY0 "/scaling_max_freq"), min;
	uint32_t id;
	struct nlc c, d;

	if (max < 0) {
		tap_skip("this machine has no cpufreq");
		return;
	}
	min = read_long(POLICY0 "/cpuinfo_min_freq");
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(nlc_open(&d), 0);
	EXPECT_EQ(cap_set(&c, NULL, min), 0);
	id = nlc_get(&c, TWILL_A_CAP, TWILL_A_CAP_ID);
	EXPECT(until_file(POLICY0 "/scaling_max_freq", min));
	EXPECT_EQ(caps(&d), 1);
	EXPECT_EQ(cap_change(&d, id, max), -EPERM);
	EXPECT(*d.ack);
	EXPECT_EQ(cap_change(&c, id, max), 0);
	EXPECT(until_file(POLICY0 "/scaling_max_freq", max));
	EXPECT_EQ(cap_change(&c, id, min), 0);
	EXPECT(until_file(POLICY0 "/scaling_max_freq", min));
	nlc_close(&c);
	EXPECT(until_file(POLICY0 "/scaling_max_freq", max));
	nlc_close(&d);
}

#define GPU		"17000000.gpu"
#define NO_CLOCK	"13e00000.host1x"	/* on the bus, and nothing to cap */
#define GPU_MAX		"/sys/class/devfreq/" GPU "/max_freq"
#define GPU_FREQS	"/sys/class/devfreq/" GPU "/available_frequencies"

void test_cap_device(void)
{
	long max = read_long(GPU_MAX), lowest = read_long(GPU_FREQS);
	struct nlc c;
	int n;

	if (max < 0) {
		tap_skip("this machine has no GPU devfreq");
		return;
	}
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(cap_set(&c, NO_CLOCK, 1000), -EOPNOTSUPP);
	EXPECT(*c.ack);
	EXPECT_EQ(cap_set(&c, GPU, lowest / 1000), 0);
	EXPECT(until_file(GPU_MAX, lowest));
	nlc_close(&c);
	EXPECT(until_file(GPU_MAX, max));
	/* At the limit. */
	REQUIRE_EQ(nlc_open(&c), 0);
	for (n = 0; n < 1000 && !cap_set(&c, GPU, max / 1000); n++)
		;
	EXPECT_EQ(n, 64);
	EXPECT(*c.ack);
	nlc_close(&c);
	EXPECT(until_file(GPU_MAX, max));
}

#define SIM	"/test/orin_sim.ko"

static int load_sim(void)
{
	int fd = open(SIM, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

static bool no_caps(void *data)
{
	return caps(data) == 0;
}

/* The policy and the device go while they are capped: so do the caps, and nothing dangles. */
void test_cap_target_removed(void)
{
	struct nlc c;

	if (access(SIM, R_OK) || read_long(GPU_MAX) < 0) {
		tap_skip("this machine has no virtual devices");
		return;
	}
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(cap_set(&c, NULL, 1000000), 0);
	EXPECT_EQ(cap_set(&c, GPU, 500000), 0);
	EXPECT_EQ(caps(&c), 2);
	if (syscall(SYS_delete_module, "orin_sim", O_NONBLOCK)) {
		tap_skip("the virtual devices are in use");
	} else {
		EXPECT(until(no_caps, &c, SOON), "%d caps are left", caps(&c));
		EXPECT_EQ(load_sim(), 0);
	}
	nlc_close(&c);
}

static bool is_below(void *data)
{
	return read_long(POLICY0 "/scaling_max_freq") < *(long *)data;
}

/* Of several caps the lowest limits; each owner's end frees what only that limited. */
void test_cap_owners(void)
{
	long max = read_long(POLICY0 "/scaling_max_freq"), min, mid;
	struct nlc c, d;

	if (max < 0) {
		tap_skip("this machine has no cpufreq");
		return;
	}
	min = read_long(POLICY0 "/cpuinfo_min_freq");
	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(nlc_open(&d), 0);
	EXPECT_EQ(cap_set(&d, NULL, (min + max) / 2), 0);
	EXPECT(until(is_below, &max, SOON));
	mid = read_long(POLICY0 "/scaling_max_freq");
	EXPECT(mid > min);
	EXPECT_EQ(cap_set(&c, NULL, min), 0);
	EXPECT_EQ(cap_set(&d, NULL, max), 0);
	EXPECT(until_file(POLICY0 "/scaling_max_freq", min));
	EXPECT_EQ(caps(&c), 3);
	nlc_close(&c);
	EXPECT(until_file(POLICY0 "/scaling_max_freq", mid));
	nlc_close(&d);
	EXPECT(until_file(POLICY0 "/scaling_max_freq", max));
}

#define POLICY4	"/sys/devices/system/cpu/cpufreq/policy4"

/* The last CPU of a policy goes: its caps stay, and hold when it is back; or end meanwhile. */
void test_cap_hotplug(void)
{
	long max = read_long(POLICY4 "/scaling_max_freq"), min;
	cpu_set_t cpus;
	struct nlc c;

	if (max < 0) {
		tap_skip("this machine has no second cpufreq policy");
		return;
	}
	min = read_long(POLICY4 "/cpuinfo_min_freq");
	cpus_parse("4-7", &cpus);
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT_EQ(cap_set_on(&c, NULL, 4, min), 0);
	EXPECT(until_file(POLICY4 "/scaling_max_freq", min));
	EXPECT_EQ(cpus_online(&cpus, false), 0);
	EXPECT_EQ(caps(&c), 1);
	EXPECT_EQ(cap_set_on(&c, NULL, 4, min), -ENODEV);
	EXPECT(*c.ack);
	EXPECT_EQ(cpus_online(&cpus, true), 0);
	EXPECT(until_file(POLICY4 "/scaling_max_freq", min));
	EXPECT_EQ(cpus_online(&cpus, false), 0);
	nlc_close(&c);
	EXPECT_EQ(cpus_online(&cpus, true), 0);
	EXPECT(until_file(POLICY4 "/scaling_max_freq", max));
}
