// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "cover.h"

#define WORDS	(1 << 17)	/* of what the kernel writes: all its code, not just ours */

static uint64_t *area;		/* the number of words, and these */
static int fd = -1;

bool cover_find(struct cover_map *map)
{
	char name[64], rest[256];
	unsigned long long size, at;
	FILE *f = fopen("/proc/modules", "r");
	bool found = false;

	while (f && !found && fscanf(f, "%63s %llu %*s %*s %*s 0x%llx%255[^\n]", name, &size, &at,
				     rest) >= 3)
		found = !strcmp(name, "twill") && at;
	if (f)
		fclose(f);
	map->base = found ? at : 0;
	map->size = found ? size : 0;
	return found;
}

bool cover_open(void)
{
	fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, WORDS))
		return false;
	area = mmap(NULL, WORDS * sizeof(*area), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return area != MAP_FAILED;
}

bool cover_start(void)
{
	return !ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
}

void cover_reset(void)
{
	__atomic_store_n(&area[0], 0, __ATOMIC_RELAXED);
}

static bool take_edge(struct cover_map *map, uint64_t from, uint64_t to)
{
	uint64_t h = (from * 0x9e3779b97f4a7c15 + to) * 0xbf58476d1ce4e5b9;
	uint8_t *edge = &map->edge[(h >> 40) % COVER_EDGES];

	if (!map->pc[to / 4 % COVER_PCS]) {
		map->pc[to / 4 % COVER_PCS] = 1;
		map->pcs++;
	}
	if (*edge)
		return false;
	*edge = 1;
	map->edges++;
	return true;
}

bool cover_take(struct cover_map *map)
{
	uint64_t n = __atomic_load_n(&area[0], __ATOMIC_RELAXED), last = 0;
	bool fresh = false;

	for (uint64_t i = 1; i <= n && i < WORDS; i++) {
		uint64_t at = area[i] - map->base;

		if (at >= map->size)
			continue;
		fresh |= take_edge(map, last, at);
		last = at;
	}
	return fresh;
}
