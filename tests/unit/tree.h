/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree - a made-up sysroot for unit tests: files with their directories, removed at the end. */
#ifndef TWILL_TESTS_TREE_H
#define TWILL_TESTS_TREE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree_root[64];

static inline int tree_rm(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void tree_remove(void)
{
	if (tree_root[0])
		(void)nftw(tree_root, tree_rm, 16, FTW_DEPTH | FTW_PHYS);
}

/* An empty tree in place of the one before. */
static inline void tree_new(void)
{
	tree_remove();
	strcpy(tree_root, "/tmp/twill_test.XXXXXX");
	if (!mkdtemp(tree_root)) {
		perror("mkdtemp");
		exit(1);
	}
}

static inline void tree_put_raw(const char *path, const char *data, size_t len)
{
	char full[PATH_MAX];
	char *p;
	int fd;

	snprintf(full, sizeof(full), "%s%s", tree_root, path);
	for (p = full + strlen(tree_root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(full, 0755) && errno != EEXIST)
			exit(1);
		*p = '/';
	}
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len) {
		perror(full);
		exit(1);
	}
	close(fd);
}

/* A line, as sysfs gives it; the path may be a format. */
__attribute__((format(printf, 2, 3)))
static inline void tree_put(const char *text, const char *fmt, ...)
{
	char path[PATH_MAX], line[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "%s\n", text);
	tree_put_raw(path, line, strlen(line));
}

static inline void tree_del(const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", tree_root, path);
	(void)unlink(full);
}

/* The text of a file without its newline; "" when there is none. */
static inline const char *tree_get(const char *path)
{
	static char text[4096];
	char full[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(full, sizeof(full), "%s%s", tree_root, path);
	fd = open(full, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n > 0 ? n : 0] = '\0';
	return text;
}

#endif
