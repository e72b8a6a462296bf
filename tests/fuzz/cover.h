/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cover - which edges of twill.ko a task of ours has gone over, through KCOV.
 * What has been seen is shared by all processes that inherit a map.
 */
#ifndef COVER_H
#define COVER_H

#include <stdbool.h>
#include <stdint.h>

#define COVER_EDGES	(1 << 18)
#define COVER_PCS	(1 << 18)	/* instructions of the module, at most */

struct cover_map {
	uint64_t base, size;	/* of the module's memory */
	uint32_t edges, pcs;	/* different ones so far */
	uint8_t edge[COVER_EDGES];
	uint8_t pc[COVER_PCS];
};

/* Find the module in memory; false if the kernel does not say where it is. */
bool cover_find(struct cover_map *map);
/* Count what this task does from now on; false without KCOV. Needs root. */
bool cover_open(void);
bool cover_start(void);
void cover_reset(void);
/* Whether an edge was new since cover_reset(). */
bool cover_take(struct cover_map *map);

#endif
