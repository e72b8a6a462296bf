// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cg.h"
#include "kit.h"

#define ROOT	"/sys/fs/cgroup"

static void file_of(char *path, size_t size, const char *group, const char *file)
{
	snprintf(path, size, ROOT "/%s/%s", group ? group : "", file);
}

bool cg_there(void)
{
	return !access(ROOT "/cgroup.controllers", R_OK);
}

int cg_write(const char *group, const char *file, const char *value)
{
	char path[256];
	int fd, err = 0;

	file_of(path, sizeof(path), group, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int cg_make(const char *group)
{
	char path[256];

	file_of(path, sizeof(path), group, "");
	return mkdir(path, 0755) ? -errno : 0;
}

int cg_move(const char *group, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return cg_write(group, "cgroup.procs", text);
}

static bool gone(void *data)
{
	/* Busy until the last process that was killed in it has been reaped. */
	return !rmdir(data) || errno == ENOENT;
}

void cg_remove(const char *group)
{
	char path[256];
	FILE *f;
	int pid;

	file_of(path, sizeof(path), group, "cgroup.procs");
	f = fopen(path, "r");
	while (f && fscanf(f, "%d", &pid) == 1)
		cg_move(NULL, pid);
	if (f)
		fclose(f);
	file_of(path, sizeof(path), group, "");
	until(gone, path, SOON);
}

int cg_freeze(const char *group, bool on)
{
	return cg_write(group, "cgroup.freeze", on ? "1" : "0");
}

bool cg_frozen(const char *group)
{
	char path[256], text[256], *at;
	FILE *f;

	file_of(path, sizeof(path), group, "cgroup.events");
	f = fopen(path, "r");
	if (!f)
		return false;
	text[fread(text, 1, sizeof(text) - 1, f)] = 0;
	fclose(f);
	at = strstr(text, "frozen ");
	return at && at[7] == '1';
}

struct frozen_want {
	const char *group;
	bool on;
};

static bool frozen_is(void *data)
{
	struct frozen_want *w = data;

	return cg_frozen(w->group) == w->on;
}

bool cg_until_frozen(const char *group, bool on, int ms)
{
	return until(frozen_is, &(struct frozen_want){ group, on }, ms);
}
