/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board - what a kind of board draws at most, from a profile.
 *
 * Each part of a board has points: what it adds to the idle board when it is
 * as busy as it can be, at a clock. Between points the line counts, which for
 * a convex curve is too much rather than too little; beyond the ends, the end
 * point scaled with the clock upwards, and the end point itself downwards.
 */
#ifndef TWILL_POWER_BOARD_H
#define TWILL_POWER_BOARD_H

#include <stdint.h>

#include "conf.h"

#define BOARD_POINTS	32
#define BOARD_PARTS	3

enum board_part { BOARD_GPU, BOARD_CPU, BOARD_DLA };	/* CPU: one core. DLA: one of them */

struct board_curve {
	uint32_t n;
	uint32_t khz[BOARD_POINTS];	/* ascending */
	uint32_t mw[BOARD_POINTS];	/* not falling */
};

/**
 * struct board_profile - a kind of board
 * @name: for people
 * @compatible: string of the device tree's compatible list
 * @idle_mw: the idle board
 * @max_mw: a reading above this is absurd
 * @part: what each part adds
 */
struct board_profile {
	char name[64];
	char compatible[64];
	uint32_t idle_mw;
	uint32_t max_mw;
	struct board_curve part[BOARD_PARTS];
};

/**
 * board_read() - read a profile
 *
 * Return: 0; -EINVAL with a sentence in @error; errno of the file. @ret is left
 * alone on failure.
 */
int board_read(struct board_profile *ret, const char *path, char error[CONF_ERROR_MAX]);

/** board_mw() - what one busy @part adds at a clock; 0 for a part without points */
uint32_t board_mw(const struct board_profile *b, enum board_part part, uint32_t khz);

#endif
