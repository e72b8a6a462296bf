// SPDX-License-Identifier: GPL-2.0-or-later
/* platform - discovery of a board and what it is; the rest is in the files beside. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/fs.h"

int platform_open(const char *sysroot, struct platform **ret)
{
	char sys[PATH_MAX];
	struct platform *p;
	struct stat st;
	int i;

	if (snprintf(sys, sizeof(sys), "%s/sys", sysroot) >= (int)sizeof(sys))
		return -ENAMETOOLONG;
	if (stat(sys, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	memcpy(p->sysroot, sysroot, strlen(sysroot) + 1);
	for (i = 0; i < PLATFORM_RAILS; i++)
		p->rail[i].volt_fd = p->rail[i].curr_fd = -1;
	for (i = 0; i < PLATFORM_OCS; i++)
		p->oc[i].fd = -1;
	p->gpu_load_fd = -1;

	platform_find_board(p);
	platform_find_rails(p);
	platform_find_clocks(p);
	platform_find_dlas(p);
	platform_find_thermal(p);
	*ret = p;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

struct platform *platform_close(struct platform *p)
{
	int i;

	if (!p)
		return NULL;
	for (i = 0; i < PLATFORM_RAILS; i++) {
		close_fd(p->rail[i].volt_fd);
		close_fd(p->rail[i].curr_fd);
	}
	for (i = 0; i < PLATFORM_OCS; i++)
		close_fd(p->oc[i].fd);
	close_fd(p->gpu_load_fd);
	free(p);
	return NULL;
}

/* The device tree: /proc/device-tree is a link to the other place. */
static int read_dt(struct platform *p, const char *name, char *buf, size_t size)
{
	static const char *const base[] = { "/proc/device-tree", "/sys/firmware/devicetree/base" };
	char path[PLATFORM_PATH];
	unsigned int i;
	int n = -ENOENT;

	for (i = 0; i < 2 && n < 0; i++) {
		fs_path(path, "%s/%s", base[i], name);
		n = fs_read_raw(p->sysroot, path, buf, size);
	}
	return n;
}

void platform_find_board(struct platform *p)
{
	int i, n;

	n = read_dt(p, "model", p->model, sizeof(p->model));
	p->model[n < 0 ? 0 : n] = '\0';
	n = read_dt(p, "compatible", p->compatible, sizeof(p->compatible));
	if (n < 0)
		n = 0;
	while (n && !p->compatible[n - 1])
		n--;
	p->compatible[n] = '\0';
	for (i = 0; i < n; i++)
		if (!p->compatible[i])
			p->compatible[i] = ' ';
	if (fs_exists(p->sysroot, "/dev/nvgpu/igpu0/sched"))
		fs_path(p->gpu_sched, "/dev/nvgpu/igpu0/sched");
	else if (fs_exists(p->sysroot, "/dev/nvhost-sched-gpu"))
		fs_path(p->gpu_sched, "/dev/nvhost-sched-gpu");
}

bool platform_is(const struct platform *p, const char *name)
{
	size_t len = strlen(name);
	const char *s = p->compatible;

	while (len && (s = strstr(s, name))) {
		if ((s == p->compatible || s[-1] == ' ') && (s[len] == ' ' || !s[len]))
			return true;
		s += len;
	}
	return false;
}

const char *platform_missing(const struct platform *p, uint32_t i)
{
	const struct {
		bool missing;
		const char *what;
	} part[] = {
		{ !p->compatible[0], "device tree (model and compatible)" },
		{ !p->sensor[0], "power sensor (hwmon ina3221)" },
		{ p->rail[PLATFORM_VDD_IN].volt_fd < 0, "rail VDD_IN" },
		{ p->rail[PLATFORM_VDD_CPU_GPU_CV].volt_fd < 0, "rail VDD_CPU_GPU_CV" },
		{ p->rail[PLATFORM_VDD_SOC].volt_fd < 0, "rail VDD_SOC" },
		{ !p->gpu.path[0], "GPU clock (devfreq)" },
		{ p->gpu_load_fd < 0, "GPU load (nvgpu)" },
		{ !p->clusters, "CPU clocks (cpufreq)" },
		{ !p->dla[0].path[0], "clock cap of dla0" },
		{ !p->dla[1].path[0], "clock cap of dla1" },
		{ !p->oc[0].path[0], "over-current counters (hwmon soctherm_oc)" },
		{ !p->zones, "thermal zones" },
		{ !p->gpu_sched[0], "GPU scheduling node of nvgpu" },
	};
	uint32_t k;

	for (k = 0; k < sizeof(part) / sizeof(part[0]); k++)
		if (part[k].missing && !i--)
			return part[k].what;
	return NULL;
}
