// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "who.h"

static int set_caps(uint64_t caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = caps, .permitted = caps },
		{ .effective = caps >> 32, .permitted = caps >> 32 },
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

int who_user(uid_t uid, uint64_t caps)
{
	if (setgroups(0, NULL) || prctl(PR_SET_KEEPCAPS, 1) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid) || prctl(PR_SET_KEEPCAPS, 0))
		return -errno;
	return set_caps(caps);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int who_container(int flags)
{
	char map[32];
	int err;

	snprintf(map, sizeof(map), "0 %u 1\n", geteuid());
	/* Whoever has changed users does not own the files below /proc until he says so. */
	if (prctl(PR_SET_DUMPABLE, 1) || unshare(CLONE_NEWUSER | flags))
		return -errno;
	err = write_file("/proc/self/setgroups", "deny");
	return err ? err : write_file("/proc/self/uid_map", map);
}

#define STACK	16384

void who_dies_with(pid_t maker)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have gone before that. */
	if (getppid() != maker)
		_exit(0);
}

static int idle(void *data)
{
	who_dies_with((intptr_t)data);
	for (;;)
		pause();
	return 0;
}

pid_t who_idler(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (stack == MAP_FAILED)
		return -errno;
	pid = clone(idle, stack + STACK, CLONE_VM | SIGCHLD, (void *)(intptr_t)getpid());
	return pid < 0 ? -errno : pid;
}
