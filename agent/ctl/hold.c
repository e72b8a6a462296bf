// SPDX-License-Identifier: GPL-2.0-or-later
/* Holders of freezes: a name, a question, an answer. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/hold.h"

#define PREFIX		"twill/freeze/"
#define ANSWER_S	5

static socklen_t address(struct sockaddr_un *to, uint32_t task, uint32_t pid)
{
	int len;

	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	/* The leading zero makes it abstract */
	len = snprintf(to->sun_path + 1, sizeof(to->sun_path) - 1, PREFIX "%" PRIu32 "/%" PRIu32,
		       task, pid);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
}

static int open_socket(int flags)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);

	return fd < 0 ? -errno : fd;
}

int hold_listen(uint32_t task)
{
	struct sockaddr_un name;
	socklen_t len = address(&name, task, (uint32_t)getpid());
	int fd = open_socket(SOCK_NONBLOCK), r;

	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&name, len) < 0 || listen(fd, 4) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

int hold_accept(int listener)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    (peer.uid == 0 || peer.uid == geteuid()))
		return fd;
	hold_answer(fd, -EPERM);
	return -EPERM;
}

void hold_answer(int connection, int result)
{
	int32_t answer = result;

	/* The other may be gone; that changes nothing here */
	(void)send(connection, &answer, sizeof(answer), MSG_NOSIGNAL);
	close(connection);
}

uint32_t hold_parse(const char *line, uint32_t task)
{
	unsigned long holder;
	const char *at = strstr(line, " @" PREFIX);
	char *end;

	if (!at)
		return 0;
	at += strlen(" @" PREFIX);
	if (strtoul(at, &end, 10) != task || *end != '/')
		return 0;
	at = end + 1;
	holder = strtoul(at, &end, 10);
	if (end == at || (*end != '\0' && *end != '\n') || holder > INT32_MAX)
		return 0;
	return (uint32_t)holder;
}

/* Connecting is the question. The answer comes when the freeze is dropped. */
static int release_one(uint32_t task, uint32_t pid)
{
	const struct timeval patience = { .tv_sec = ANSWER_S };
	struct sockaddr_un name;
	socklen_t len = address(&name, task, pid);
	int32_t answer = -EPIPE;
	int fd = open_socket(0);

	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (struct sockaddr *)&name, len) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		answer = -errno;
	close(fd);
	return answer;
}

int hold_release(uint32_t task, int *ret_refused)
{
	char line[256];
	int released = 0, r;
	uint32_t pid;
	FILE *all = fopen("/proc/net/unix", "re");

	if (!all)
		return -errno;
	*ret_refused = 0;
	while (fgets(line, sizeof(line), all)) {
		pid = hold_parse(line, task);
		if (!pid)
			continue;
		r = release_one(task, pid);
		if (r == 0)
			released++;
		/* Ended in the meantime, which is as good; and a connection has a line as well */
		else if (r != -ECONNREFUSED)
			(*ret_refused)++;
	}
	fclose(all);
	return released;
}
