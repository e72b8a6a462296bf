// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dlas - clock cap files of the two deep learning accelerators.
 *
 * The file is <device>/clk_cap/dlaN_core on JetPack 6 and 7 and
 * <device>/acm/clk_cap/dlaN_core on JetPack 5; the device is a child of host1x,
 * whose own address and parent differ too. Hz, read and written; only the journal
 * writes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/fs.h"

#define HZ_MAX	10000000000LL

static bool try_device(struct platform *p, const char *dir, const char *name)
{
	static const char *const sub[] = { "clk_cap", "acm/clk_cap" };
	const char *kind = strstr(name, ".nvdla");
	char path[PLATFORM_PATH];
	unsigned int core, i;
	char end;

	if (!kind || sscanf(kind, ".nvdla%u%c", &core, &end) != 1 || core >= PLATFORM_DLAS ||
	    p->dla[core].path[0])
		return false;
	for (i = 0; i < 2; i++) {
		fs_path(path, "%s/%s/%s/dla%u_core", dir, name, sub[i], core);
		if (path[0] && fs_exists(p->sysroot, path)) {
			memcpy(p->dla[core].path, path, sizeof(path));
			return false;
		}
	}
	return false;
}

static bool try_host1x(struct platform *p, const char *dir, const char *name)
{
	char path[PLATFORM_PATH];

	if (strstr(name, ".host1x")) {
		fs_path(path, "%s/%s", dir, name);
		(void)fs_each(p->sysroot, path, try_device, p);
	}
	return false;
}

void platform_find_dlas(struct platform *p)
{
	static const char *const parent[] = { "/sys/devices/platform/bus@0",
					      "/sys/devices/platform", "/sys/devices" };
	unsigned int i;

	for (i = 0; i < 3; i++)
		(void)fs_each(p->sysroot, parent[i], try_host1x, p);
	/* Whatever the parent is: the bus has links to all devices. */
	(void)fs_each(p->sysroot, "/sys/bus/platform/devices", try_device, p);
}

int platform_dla_cap(const struct platform *p, uint32_t core, uint32_t *ret_khz)
{
	int64_t hz = 0;
	int fd, err;

	if (core >= PLATFORM_DLAS || !p->dla[core].path[0])
		return -ENODEV;
	fd = fs_open(p->sysroot, p->dla[core].path);
	if (fd < 0)
		return fd;
	err = fs_number(fd, &hz);
	close(fd);
	if (!err && (hz < 1000 || hz > HZ_MAX))
		err = -ERANGE;
	if (!err)
		*ret_khz = hz / 1000;
	return err;
}
