// SPDX-License-Identifier: GPL-2.0-or-later
/* board - what a kind of board draws at most, from a profile. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "power/board.h"

#define MW_MAX	200000

static int take_points(struct board_curve *c, const char *value, char *error)
{
	unsigned int khz, mw;
	int len;

	for (c->n = 0; *value; value += len, c->n++) {
		len = 0;
		if (sscanf(value, "%9u:%9u%n", &khz, &mw, &len) != 2 || !len || !khz ||
		    mw > MW_MAX || c->n == BOARD_POINTS ||
		    (c->n && (khz <= c->khz[c->n - 1] || mw < c->mw[c->n - 1]))) {
			snprintf(error, CONF_ERROR_MAX,
				 "'%.40s' does not go on a list of at most %d kHz:mW, clocks rising and power not falling",
				 value, BOARD_POINTS);
			return -EINVAL;
		}
		c->khz[c->n] = khz;
		c->mw[c->n] = mw;
		while (value[len] == ' ' || value[len] == '\t')
			len++;
	}
	return 0;
}

static int take_key(const char *section, const char *key, const char *value, void *arg, char *error)
{
	static const char *const part[BOARD_PARTS] = { "gpu", "cpu", "dla" };
	struct board_profile *b = arg;
	int i;

	if (!strcmp(section, "board")) {
		if (!strcmp(key, "name"))
			return ini_text(value, b->name, sizeof(b->name), error);
		if (!strcmp(key, "compatible"))
			return ini_text(value, b->compatible, sizeof(b->compatible), error);
		if (!strcmp(key, "idle_mw"))
			return ini_number(value, 1, MW_MAX, &b->idle_mw, error);
		if (!strcmp(key, "max_mw"))
			return ini_number(value, 1, MW_MAX, &b->max_mw, error);
	}
	for (i = 0; i < BOARD_PARTS; i++)
		if (!strcmp(section, part[i]) && !strcmp(key, "busy_mw"))
			return take_points(&b->part[i], value, error);
	snprintf(error, CONF_ERROR_MAX, "unknown key '%.40s' in section [%.40s]", key, section);
	return -EINVAL;
}

int board_read(struct board_profile *ret, const char *path, char error[CONF_ERROR_MAX])
{
	struct board_profile b = { .name = "" };
	const char *lacks = NULL;
	int err;

	err = ini_read(path, take_key, &b, error);
	if (err)
		return err;
	if (!b.name[0])
		lacks = "[board] name";
	else if (!b.compatible[0])
		lacks = "[board] compatible";
	else if (!b.idle_mw)
		lacks = "[board] idle_mw";
	else if (!b.part[BOARD_GPU].n)
		lacks = "[gpu] busy_mw";
	else if (!b.part[BOARD_CPU].n)
		lacks = "[cpu] busy_mw";
	if (lacks) {
		snprintf(error, CONF_ERROR_MAX, "%.400s: lacks %s", path, lacks);
		return -EINVAL;
	}
	if (b.max_mw <= b.idle_mw) {
		snprintf(error, CONF_ERROR_MAX, "%.400s: max_mw must be above idle_mw", path);
		return -EINVAL;
	}
	*ret = b;
	return 0;
}

uint32_t board_mw(const struct board_profile *b, enum board_part part, uint32_t khz)
{
	const struct board_curve *c = &b->part[part];
	uint64_t dx, dy;
	uint32_t i;

	if (!c->n)
		return 0;
	for (i = 0; i < c->n && c->khz[i] < khz; i++)
		;
	if (!i)
		return c->mw[0];
	if (i == c->n)
		return (uint64_t)c->mw[i - 1] * khz / c->khz[i - 1];
	dx = c->khz[i] - c->khz[i - 1];
	dy = c->mw[i] - c->mw[i - 1];
	return c->mw[i - 1] + (dy * (khz - c->khz[i - 1]) + dx - 1) / dx;
}
