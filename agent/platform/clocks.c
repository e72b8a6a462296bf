// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clocks - GPU devfreq and cpufreq policies with their frequency tables.
 *
 * Only read here: limits go through the module's QoS requests.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/fs.h"

#define TABLE_MAX	2048
#define KHZ_MAX		10000000	/* 10 GHz: above this a table is nonsense */

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* A table in any order, in units of 1/div kHz; entries that make no sense are left out. */
static void take_table(struct platform_clock *c, const char *text, uint32_t div)
{
	unsigned long long v;
	uint32_t i, n = 0;
	char *end;

	for (; n < PLATFORM_FREQS; text = end) {
		v = strtoull(text, &end, 10);
		if (end == text)
			break;
		v /= div;
		if (v && v <= KHZ_MAX)
			c->khz[n++] = v;
	}
	qsort(c->khz, n, sizeof(c->khz[0]), by_value);
	for (i = 0; i < n; i++)
		if (!i || c->khz[i] != c->khz[i - 1])
			c->khz[c->n++] = c->khz[i];
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* JetPack 6 and 7 say 17000000.gpu, JetPack 5 17000000.ga10b. */
static bool is_gpu(struct platform *p, const char *dir, const char *name)
{
	char path[PLATFORM_PATH], text[PLATFORM_NAME];

	if (ends_with(name, ".gpu") || ends_with(name, ".ga10b"))
		return true;
	fs_path(path, "%s/%s/device/of_node/name", dir, name);
	if (fs_read(p->sysroot, path, text, sizeof(text)))
		return false;
	return !strcmp(text, "gpu") || !strcmp(text, "ga10b");
}

static bool try_devfreq(struct platform *p, const char *dir, const char *name)
{
	char path[PLATFORM_PATH], text[TABLE_MAX];

	if (!is_gpu(p, dir, name) || strlen(name) >= sizeof(p->gpu.device))
		return false;
	fs_path(path, "%s/%s/available_frequencies", dir, name);
	if (fs_read(p->sysroot, path, text, sizeof(text)))
		return false;
	take_table(&p->gpu, text, 1000);
	if (!p->gpu.n)
		return false;
	strcpy(p->gpu.device, name);
	fs_path(p->gpu.path, "%s/%s", dir, name);
	fs_path(path, "%s/%s/device/load", dir, name);
	p->gpu_load_fd = fs_open(p->sysroot, path);
	return true;
}

static uint32_t count_cpus(const char *text)
{
	uint32_t n = 0;
	char *end;

	for (;; text = end) {
		(void)strtoul(text, &end, 10);
		if (end == text)
			return n;
		n++;
	}
}

/* Without a table (a driver need not have one) its ends are known all the same. */
static void take_ends(struct platform *p, const char *dir, struct platform_clock *c)
{
	static const char *const file[] = { "cpuinfo_min_freq", "cpuinfo_max_freq" };
	char path[PLATFORM_PATH], text[2][PLATFORM_NAME], both[2 * PLATFORM_NAME + 1];
	int i;

	for (i = 0; i < 2; i++) {
		fs_path(path, "%s/%s", dir, file[i]);
		if (fs_read(p->sysroot, path, text[i], sizeof(text[i])))
			return;
	}
	snprintf(both, sizeof(both), "%s %s", text[0], text[1]);
	take_table(c, both, 1);
}

static bool try_policy(struct platform *p, const char *dir, const char *name)
{
	struct platform_clock c = { .n = 0 };
	char path[PLATFORM_PATH], text[TABLE_MAX];
	uint32_t i;

	if (p->clusters == PLATFORM_CLUSTERS || sscanf(name, "policy%u", &c.cpu) != 1)
		return false;
	fs_path(c.path, "%s/%s", dir, name);
	fs_path(path, "%s/related_cpus", c.path);
	if (!fs_read(p->sysroot, path, text, sizeof(text)))
		c.cpus = count_cpus(text);
	fs_path(path, "%s/scaling_available_frequencies", c.path);
	if (!fs_read(p->sysroot, path, text, sizeof(text)))
		take_table(&c, text, 1);
	if (!c.n)
		take_ends(p, c.path, &c);
	if (!c.n || !c.cpus)
		return false;
	for (i = p->clusters++; i && p->cpu[i - 1].cpu > c.cpu; i--)
		p->cpu[i] = p->cpu[i - 1];
	p->cpu[i] = c;
	return false;
}

void platform_find_clocks(struct platform *p)
{
	(void)fs_each(p->sysroot, "/sys/class/devfreq", try_devfreq, p);
	(void)fs_each(p->sysroot, "/sys/devices/system/cpu/cpufreq", try_policy, p);
}

int platform_gpu_load(const struct platform *p, uint32_t *ret_pm)
{
	int64_t pm;
	int err;

	if (p->gpu_load_fd < 0)
		return -ENODEV;
	err = fs_number(p->gpu_load_fd, &pm);
	if (err)
		return err;
	if (pm < 0 || pm > 1000)
		return -ERANGE;
	*ret_pm = (uint32_t)pm;
	return 0;
}
