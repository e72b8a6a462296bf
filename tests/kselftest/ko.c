// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kit.h"
#include "ko.h"

int ko_load(void)
{
	const char *path = getenv("TWILL_KO");
	int fd = open(path ? path : "/test/twill.ko", O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0))
		err = -errno;
	close(fd);
	return err;
}

int ko_unload(void)
{
	return syscall(SYS_delete_module, "twill", O_NONBLOCK) ? -errno : 0;
}

static bool unused(void *data __attribute__((unused)))
{
	FILE *f = fopen("/sys/module/twill/refcnt", "re");
	int n = -1;

	if (!f)
		return false;
	if (fscanf(f, "%d", &n) != 1)
		n = -1;
	fclose(f);
	return !n;
}

bool ko_until_unused(int ms)
{
	return until(unused, NULL, ms);
}
