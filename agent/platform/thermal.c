// SPDX-License-Identifier: GPL-2.0-or-later
/* thermal - over-current counters and temperatures, the board's own alarms. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "platform/fs.h"

#define MC_MIN	-40000
#define MC_MAX	150000

static bool try_hwmon(struct platform *p, const char *dir, const char *name)
{
	char path[PLATFORM_PATH], text[PLATFORM_NAME];
	int i, n = 0;

	fs_path(path, "%s/%s/name", dir, name);
	if (fs_read(p->sysroot, path, text, sizeof(text)) || strcmp(text, "soctherm_oc"))
		return false;
	for (i = 1; i <= PLATFORM_OCS; i++) {
		struct platform_oc *oc = &p->oc[n];

		fs_path(oc->path, "%s/%s/oc%d_event_cnt", dir, name, i);
		oc->fd = fs_open(p->sysroot, oc->path);
		if (oc->fd < 0)
			oc->path[0] = '\0';
		else
			n++;
	}
	return n;
}

/* JetPack 5 writes CPU-therm or CPU, later ones cpu-thermal. */
static bool try_zone(struct platform *p, const char *dir, const char *name)
{
	struct platform_zone *z = &p->zone[p->zones];
	char path[PLATFORM_PATH];
	char *s;

	if (p->zones == PLATFORM_ZONES)
		return true;
	if (strncmp(name, "thermal_zone", 12))
		return false;
	fs_path(path, "%s/%s/type", dir, name);
	if (fs_read(p->sysroot, path, z->type, sizeof(z->type)))
		return false;
	for (s = z->type; *s; s++)
		*s = tolower((unsigned char)*s);
	s = strstr(z->type, "-therm");
	if (s)
		*s = '\0';
	fs_path(z->path, "%s/%s/temp", dir, name);
	if (z->type[0] && z->path[0])
		p->zones++;
	return false;
}

void platform_find_thermal(struct platform *p)
{
	(void)fs_each(p->sysroot, "/sys/class/hwmon", try_hwmon, p);
	(void)fs_each(p->sysroot, "/sys/class/thermal", try_zone, p);
}

int platform_oc_events(const struct platform *p, uint64_t *ret)
{
	uint64_t sum = 0;
	int64_t v;
	int i, err;

	if (p->oc[0].fd < 0)
		return -ENODEV;
	for (i = 0; i < PLATFORM_OCS && p->oc[i].fd >= 0; i++) {
		err = fs_number(p->oc[i].fd, &v);
		if (err)
			return err;
		if (v < 0)
			return -ERANGE;
		sum += v;
	}
	*ret = sum;
	return 0;
}

int platform_temp(const struct platform *p, const char *type, int32_t *ret_mc)
{
	int64_t mc = 0;
	uint32_t i;
	int fd, err;

	for (i = 0; i < p->zones && strcmp(p->zone[i].type, type); i++)
		;
	if (i == p->zones)
		return -ENOENT;
	fd = fs_open(p->sysroot, p->zone[i].path);
	if (fd < 0)
		return fd;
	err = fs_number(fd, &mc);
	close(fd);
	if (!err && (mc < MC_MIN || mc > MC_MAX))
		err = -ERANGE;
	if (!err)
		*ret_mc = mc;
	return err;
}
