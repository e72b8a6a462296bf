// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rails - the INA3221 power monitor: found by the driver's name, channels by label.
 *
 * The driver gives millivolts and milliamperes and no power; they are multiplied
 * here. An Orin NX's VDD_IN includes the other rails: nothing is added up.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "platform/fs.h"

#define CHANNELS	3
/* The chip measures up to 26 V; 30 A is four times an Orin NX's critical current. */
#define MV_MIN		3000
#define MV_MAX		26000
#define MA_MAX		30000

static const char *const label[PLATFORM_RAILS] = {
	[PLATFORM_VDD_IN] = "VDD_IN",
	[PLATFORM_VDD_CPU_GPU_CV] = "VDD_CPU_GPU_CV",
	[PLATFORM_VDD_SOC] = "VDD_SOC",
};

static void take_channel(struct platform *p, const char *dir, int ch, struct platform_rail *rail)
{
	char curr[PLATFORM_PATH];
	int v, c;

	fs_path(rail->path, "%s/in%d_input", dir, ch);
	fs_path(curr, "%s/curr%d_input", dir, ch);
	v = fs_open(p->sysroot, rail->path);
	c = fs_open(p->sysroot, curr);
	if (v < 0 || c < 0) {
		if (v >= 0)
			close(v);
		if (c >= 0)
			close(c);
		rail->path[0] = '\0';
		return;
	}
	rail->volt_fd = v;
	rail->curr_fd = c;
}

static void take_sensor(struct platform *p, const char *dir)
{
	char path[PLATFORM_PATH], text[PLATFORM_NAME];
	int ch, i, fd;
	int64_t ms;

	for (ch = 1; ch <= CHANNELS; ch++) {
		fs_path(path, "%s/in%d_label", dir, ch);
		if (fs_read(p->sysroot, path, text, sizeof(text)))
			continue;
		for (i = 0; i < PLATFORM_RAILS; i++)
			if (!strcmp(text, label[i]) && p->rail[i].volt_fd < 0)
				take_channel(p, dir, ch, &p->rail[i]);
	}
	fs_path(path, "%s/update_interval", dir);
	fd = fs_open(p->sysroot, path);
	if (fd < 0)
		return;
	if (!fs_number(fd, &ms) && ms > 0 && ms < 60000)
		p->sensor_ms = ms;
	close(fd);
}

static bool try_hwmon(struct platform *p, const char *dir, const char *name)
{
	char path[PLATFORM_PATH], text[PLATFORM_NAME];

	fs_path(path, "%s/%s/name", dir, name);
	if (fs_read(p->sysroot, path, text, sizeof(text)) || strcmp(text, "ina3221"))
		return false;
	fs_path(path, "%s/%s", dir, name);
	if (!p->sensor[0])
		memcpy(p->sensor, path, sizeof(path));
	take_sensor(p, path);
	return false;	/* a board may have several */
}

static void forget(struct platform_rail *rail)
{
	if (rail->volt_fd >= 0)
		close(rail->volt_fd);
	if (rail->curr_fd >= 0)
		close(rail->curr_fd);
	rail->volt_fd = -1;
	rail->curr_fd = -1;
	rail->path[0] = '\0';
}

void platform_find_rails(struct platform *p)
{
	int i;

	p->sensor[0] = '\0';
	for (i = 0; i < PLATFORM_RAILS; i++) {
		p->rail[i].label = label[i];
		forget(&p->rail[i]);
	}
	(void)fs_each(p->sysroot, "/sys/class/hwmon", try_hwmon, p);
}

int platform_power(const struct platform *p, enum platform_rail_id rail, uint32_t *ret_mw)
{
	const struct platform_rail *r = &p->rail[rail];
	int64_t mv, ma;
	int err;

	err = fs_number(r->volt_fd, &mv);
	if (!err)
		err = fs_number(r->curr_fd, &ma);
	if (err)
		return err;
	if (mv < MV_MIN || mv > MV_MAX || ma < 0 || ma > MA_MAX)
		return -ERANGE;
	/* The module's input cannot be without current while this runs. */
	if (rail == PLATFORM_VDD_IN && !ma)
		return -ERANGE;
	*ret_mw = mv * ma / 1000;
	return 0;
}
