// SPDX-License-Identifier: GPL-2.0-or-later
/* fs - small files and directories below a sysroot. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/fs.h"

int fs_open(const char *sysroot, const char *path)
{
	char full[PATH_MAX];
	int fd;

	if (snprintf(full, sizeof(full), "%s%s", sysroot, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

bool fs_exists(const char *sysroot, const char *path)
{
	char full[PATH_MAX];

	return snprintf(full, sizeof(full), "%s%s", sysroot, path) < (int)sizeof(full) &&
	       !access(full, F_OK);
}

int fs_read_raw(const char *sysroot, const char *path, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 0;
	int fd, err = 0;

	fd = fs_open(sysroot, path);
	if (fd < 0)
		return fd;
	while (len < size) {
		n = read(fd, buf + len, size - len);
		if (n <= 0)
			break;
		len += n;
	}
	if (n < 0)
		err = -errno;
	else if (len == size)
		err = -EFBIG;
	close(fd);
	return err ? err : (int)len;
}

int fs_read(const char *sysroot, const char *path, char *buf, size_t size)
{
	int len = fs_read_raw(sysroot, path, buf, size);

	if (len < 0)
		return len;
	while (len && isspace((unsigned char)buf[len - 1]))
		len--;
	buf[len] = '\0';
	return 0;
}

int fs_number(int fd, int64_t *ret)
{
	char buf[32], *end;
	long long v;
	ssize_t n;

	if (fd < 0)
		return -ENODEV;
	n = pread(fd, buf, sizeof(buf) - 1, 0);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	errno = 0;
	v = strtoll(buf, &end, 10);
	if (errno || end == buf || (*end && *end != '\n'))
		return -ERANGE;
	*ret = v;
	return 0;
}

void fs_path(char path[PLATFORM_PATH], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, PLATFORM_PATH, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= PLATFORM_PATH)
		path[0] = '\0';
}

bool fs_each(const char *sysroot, const char *dir,
	     bool (*fn)(struct platform *p, const char *dir, const char *name), struct platform *p)
{
	struct dirent **names;
	char full[PATH_MAX];
	bool done = false;
	int i, n;

	if (snprintf(full, sizeof(full), "%s%s", sysroot, dir) >= (int)sizeof(full))
		return false;
	n = scandir(full, &names, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (!done && names[i]->d_name[0] != '.')
			done = fn(p, dir, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return done;
}
