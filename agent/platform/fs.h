/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fs - small files and directories below a sysroot. */
#ifndef TWILL_PLATFORM_FS_H
#define TWILL_PLATFORM_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform.h"

/* Text of a file without trailing white space; -EFBIG if it does not fit. */
int fs_read(const char *sysroot, const char *path, char *buf, size_t size);
/* As it is, zero bytes and all; the length. */
int fs_read_raw(const char *sysroot, const char *path, char *buf, size_t size);
/* Opened for reading, or negative errno. */
int fs_open(const char *sysroot, const char *path);
bool fs_exists(const char *sysroot, const char *path);
/* A number from an open file, read anew from its start; refuses trailing text. */
int fs_number(int fd, int64_t *ret);

/* Into a path field, "" when too long (then treated as missing). */
__attribute__((format(printf, 2, 3)))
void fs_path(char path[PLATFORM_PATH], const char *fmt, ...);

/*
 * Calls fn for each name in a directory, in order, until it returns true. Returns
 * whether it did; a directory that is not there has no names.
 */
bool fs_each(const char *sysroot, const char *dir,
	     bool (*fn)(struct platform *p, const char *dir, const char *name), struct platform *p);

/* The parts of discovery. */
void platform_find_board(struct platform *p);
void platform_find_clocks(struct platform *p);
void platform_find_dlas(struct platform *p);
void platform_find_thermal(struct platform *p);

#endif
