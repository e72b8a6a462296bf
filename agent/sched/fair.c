// SPDX-License-Identifier: GPL-2.0-or-later
/* fair - see fair.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc.h"
#include "sched/fair.h"

static int get(pid_t tid, struct sched_attr *a)
{
	return syscall(SYS_sched_getattr, tid, a, sizeof(*a), 0) ? -errno : 0;
}

static int set(pid_t tid, struct sched_attr *a)
{
	a->size = sizeof(*a);
	return syscall(SYS_sched_setattr, tid, a, 0) ? -errno : 0;
}

static bool untouched(const struct sched_attr *a)
{
	return a->sched_policy == SCHED_NORMAL && !a->sched_nice &&
	       !(a->sched_flags & SCHED_FLAG_RESET_ON_FORK);
}

static bool raised(const struct sched_attr *a)
{
	return a->sched_policy == SCHED_NORMAL && a->sched_nice == FAIR_NICE &&
	       a->sched_flags & SCHED_FLAG_RESET_ON_FORK;
}

static int raise_one(pid_t tid, bool *clamp)
{
	struct sched_attr a = { 0 };
	int err = get(tid, &a);

	if (err || !untouched(&a))
		return err;
	a = (struct sched_attr){ .sched_nice = FAIR_NICE, .sched_runtime = FAIR_SLICE_NS,
				 .sched_flags = SCHED_FLAG_RESET_ON_FORK };
	if (*clamp) {
		a.sched_flags |= SCHED_FLAG_UTIL_CLAMP_MIN;
		a.sched_util_min = FAIR_UTIL;
	}
	err = set(tid, &a);
	if (err != -EOPNOTSUPP || !*clamp)
		return err;
	*clamp = false;
	return raise_one(tid, clamp);
}

static int lower_one(pid_t tid, bool *clamp)
{
	struct sched_attr a = { 0 };
	int err = get(tid, &a);

	(void)clamp;
	if (err || !raised(&a))
		return err;
	err = a.sched_util_min == FAIR_UTIL;
	a = (struct sched_attr){ .sched_flags = err ? SCHED_FLAG_UTIL_CLAMP_MIN : 0 };
	return set(tid, &a);
}

/* Threads that come or go meanwhile do not matter: the former are not raised. */
static int each_thread(uint32_t pid, int (*fn)(pid_t tid, bool *clamp), bool *clamp)
{
	struct dirent *de;
	char path[32];
	int err = 0, one;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task", pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while ((de = readdir(dir))) {
		if (*de->d_name == '.')
			continue;
		one = fn(atoi(de->d_name), clamp);
		if (one && one != -ESRCH)
			err = one;
	}
	closedir(dir);
	return err;
}

/* FAIR_DIR, for root alone; it and the directory above are made if need be. */
static int open_dir(const char *sysroot, bool make)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s%s", sysroot, FAIR_DIR);
	if (make) {
		*strrchr(path, '/') = 0;
		(void)mkdir(path, 0755);
		path[strlen(path)] = '/';
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int note(int dir, const char *name, uint64_t start_time)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	char text[24];
	int n, err = 0;

	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text), "%" PRIu64 "\n", start_time);
	if (write(fd, text, n) != n)
		err = -EIO;
	close(fd);
	if (err)
		unlinkat(dir, name, 0);
	return err;
}

static uint64_t noted(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[24] = "";

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		*text = 0;
	close(fd);
	return strtoull(text, NULL, 10);
}

int fair_raise(const char *sysroot, uint32_t pid, uint64_t start_time, bool *clamp)
{
	int dir = open_dir(sysroot, true), err;
	uint64_t now;
	char name[16];

	if (dir < 0)
		return dir;
	snprintf(name, sizeof(name), "%" PRIu32, pid);
	err = proc_start_time(pid, &now);
	if (!err && now != start_time)
		err = -ESRCH;
	/* Before the first is raised: a death of ours in between leaves nothing unknown. */
	if (!err && noted(dir, name) != start_time)
		err = note(dir, name, start_time);
	close(dir);
	return err ? err : each_thread(pid, raise_one, clamp);
}

static int lower(int dir, const char *name)
{
	uint64_t then = noted(dir, name), now;
	uint32_t pid = strtoul(name, NULL, 10);
	int err = proc_start_time(pid, &now);

	/*
	 * Another process that has its number is none of our business. An empty file is of
	 * somebody who died before he raised anything.
	 */
	if (!err && now == then)
		err = each_thread(pid, lower_one, NULL);
	if (err && err != -ESRCH)
		return err;
	return unlinkat(dir, name, 0) && errno != ENOENT ? -errno : 0;
}

int fair_lower(const char *sysroot, uint32_t pid)
{
	int dir = open_dir(sysroot, false), err;
	char name[16];

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	snprintf(name, sizeof(name), "%" PRIu32, pid);
	err = lower(dir, name);
	close(dir);
	return err;
}

int fair_restore(const char *sysroot)
{
	int fd = open_dir(sysroot, false), failed = 0;
	struct dirent *de;
	DIR *dir;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((de = readdir(dir)))
		if (*de->d_name >= '1' && *de->d_name <= '9')
			failed += lower(fd, de->d_name) < 0;
	closedir(dir);
	return failed;
}
