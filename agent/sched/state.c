// SPDX-License-Identifier: GPL-2.0-or-later
/* state - see state.h */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sched/state.h"

#define NEW	".new"

static int replace(const char *sysroot, const char *path, const char *text, size_t len)
{
	char to[PATH_MAX], from[PATH_MAX + sizeof(NEW)];
	int err = 0;
	FILE *f;

	snprintf(to, sizeof(to), "%s%s", sysroot, path);
	snprintf(from, sizeof(from), "%s" NEW, to);
	f = fopen(from, "we");
	if (!f)
		return -errno;
	if (fwrite(text, 1, len, f) != len || fchmod(fileno(f), 0644))
		err = -errno;
	if (fclose(f) && !err)
		err = -errno;
	if (!err && rename(from, to))
		err = -errno;
	if (err)
		unlink(from);
	return err;
}

int state_write(const char *sysroot, const struct sched_state *s)
{
	char text[1024];
	int n;

	n = snprintf(text, sizeof(text), "[sched]\npid = %u\nbackend = %s\nattaches = %u\nfalls = %u\n"
		     "switch_us = %u\n", s->pid, s->backend, s->attaches, s->falls, s->switch_us);
	if (*s->failed)
		n += snprintf(text + n, sizeof(text) - n, "failed = %s\nwhy = %s\n", s->failed,
			      *s->why ? s->why : "unknown");
	return replace(sysroot, STATE_FILE, text, n);
}

int state_dump(const char *sysroot, const char *dump)
{
	return replace(sysroot, STATE_DUMP, dump, strlen(dump));
}

static int take_key(const char *section, const char *key, const char *value, void *arg, char *error)
{
	struct sched_state *s = arg;

	(void)section;
	if (!strcmp(key, "pid"))
		return ini_number(value, 1, UINT32_MAX, &s->pid, error);
	if (!strcmp(key, "backend"))
		return ini_text(value, s->backend, sizeof(s->backend), error);
	if (!strcmp(key, "failed"))
		return ini_text(value, s->failed, sizeof(s->failed), error);
	if (!strcmp(key, "why"))
		return ini_text(value, s->why, sizeof(s->why), error);
	if (!strcmp(key, "attaches"))
		return ini_number(value, 0, UINT32_MAX, &s->attaches, error);
	if (!strcmp(key, "falls"))
		return ini_number(value, 0, UINT32_MAX, &s->falls, error);
	if (!strcmp(key, "switch_us"))
		return ini_number(value, 0, UINT32_MAX, &s->switch_us, error);
	/* Of a newer twilld. */
	return 0;
}

int state_read(const char *sysroot, struct sched_state *s, char error[CONF_ERROR_MAX])
{
	char path[PATH_MAX];

	memset(s, 0, sizeof(*s));
	snprintf(path, sizeof(path), "%s" STATE_FILE, sysroot);
	return ini_read(path, take_key, s, error);
}

void state_remove(const char *sysroot)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s" STATE_FILE, sysroot);
	unlink(path);
}
