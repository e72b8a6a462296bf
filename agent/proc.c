// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc and pidfds. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc.h"

/* Fields between the name and the start time, which is number 22 */
#define SKIP_FIELDS	19

int proc_read(const char *path, char *buffer, size_t size)
{
	size_t have = 0;
	ssize_t n = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	while (n > 0 && have < size - 1) {
		n = read(fd, buffer + have, size - 1 - have);
		if (n > 0)
			have += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			r = -errno;
	}
	close(fd);
	buffer[have] = '\0';
	return r < 0 ? r : (int)have;
}

int proc_parse_stat(const char *text, uint64_t *ret_start_time)
{
	const char *at = strrchr(text, ')');
	unsigned long long value;
	char *end;

	for (int i = 0; at && i <= SKIP_FIELDS; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (!at || *at < '0' || *at > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(at, &end, 10);
	if (errno || (*end != ' ' && *end != '\n' && *end != '\0'))
		return -EINVAL;
	*ret_start_time = value;
	return 0;
}

int proc_start_time(uint32_t pid, uint64_t *ret_start_time)
{
	char path[64], text[2048];
	int r;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	r = proc_read(path, text, sizeof(text));
	if (r == -ENOENT)
		return -ESRCH;
	return r < 0 ? r : proc_parse_stat(text, ret_start_time);
}

int proc_open(uint32_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);

	return fd < 0 ? -errno : fd;
}

int proc_alive(int pidfd)
{
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };

	return poll(&pfd, 1, 0) == 0;
}

int proc_parse_fdinfo(const char *text, uint32_t *ret_pid)
{
	const char *at = !strncmp(text, "Pid:", 4) ? text : strstr(text, "\nPid:");
	long value;

	if (!at)
		return -EINVAL;
	value = strtol(strchr(at, ':') + 1, NULL, 10);
	if (value == -1)
		return -ESRCH;
	if (value == 0)
		return -EXDEV;
	if (value < 0 || value > INT32_MAX)
		return -EINVAL;
	*ret_pid = (uint32_t)value;
	return 0;
}

int proc_pid(int pidfd, uint32_t *ret_pid)
{
	char path[64], text[1024];
	int r;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	r = proc_read(path, text, sizeof(text));
	if (r == -ENOENT)
		return -EBADF;
	return r < 0 ? r : proc_parse_fdinfo(text, ret_pid);
}
