// SPDX-License-Identifier: GPL-2.0-or-later
/* conf - the agent's configuration, and the one reader of ini files. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

#define LINE_MAX_BYTES	1024

/* ini */

static char *strip(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

__attribute__((format(printf, 2, 3)))
static int refuse(char error[CONF_ERROR_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, CONF_ERROR_MAX, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int take_line(char *line, char section[64], ini_fn fn, void *arg, char *why)
{
	char *s = strip(line), *eq, *end;

	if (!*s || *s == '#' || *s == ';')
		return 0;
	if (*s == '[') {
		end = strchr(s, ']');
		if (!end || end[1] || end == s + 1 || end - s > 63)
			return refuse(why, "'%.40s' is not a section, such as [twilld]", s);
		memcpy(section, s + 1, end - s - 1);
		section[end - s - 1] = '\0';
		return 0;
	}
	eq = strchr(s, '=');
	if (!eq || eq == s)
		return refuse(why, "'%.40s' is not of the form key = value", s);
	*eq = '\0';
	if (!*section)
		return refuse(why, "key '%.40s' stands before any section", strip(s));
	if (!*strip(eq + 1))
		return refuse(why, "key '%.40s' has no value", strip(s));
	return fn(section, strip(s), strip(eq + 1), arg, why);
}

int ini_read(const char *path, ini_fn fn, void *arg, char error[CONF_ERROR_MAX])
{
	char line[LINE_MAX_BYTES], section[64] = "", why[CONF_ERROR_MAX];
	unsigned int n = 0;
	int err = 0;
	FILE *f;

	f = fopen(path, "re");
	if (!f) {
		err = -errno;
		snprintf(error, CONF_ERROR_MAX, "%s: %s", path, strerror(-err));
		return err;
	}
	while (!err && fgets(line, sizeof(line), f)) {
		n++;
		if (!strchr(line, '\n') && !feof(f))
			err = refuse(why, "the line is longer than %d bytes", LINE_MAX_BYTES - 1);
		else
			err = take_line(line, section, fn, arg, why);
	}
	if (err) {
		snprintf(error, CONF_ERROR_MAX, "%.200s:%u: %.290s", path, n, why);
	} else if (ferror(f)) {
		err = -EIO;
		snprintf(error, CONF_ERROR_MAX, "%s: cannot be read", path);
	}
	fclose(f);
	return err;
}

int ini_number(const char *value, uint32_t min, uint32_t max, uint32_t *ret,
	       char error[CONF_ERROR_MAX])
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(value, &end, 10);
	if (!isdigit((unsigned char)*value) || *end || errno || v < min || v > max)
		return refuse(error, "'%.40s' is not a number from %u to %u", value, min, max);
	*ret = v;
	return 0;
}

int ini_text(const char *value, char *buf, size_t size, char error[CONF_ERROR_MAX])
{
	if (strlen(value) >= size)
		return refuse(error, "'%.40s...' is longer than %zu bytes", value, size - 1);
	strcpy(buf, value);
	return 0;
}

/* twill.conf */

void conf_default(struct conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	strcpy(conf->policy, "twill");
	strcpy(conf->boards, CONF_BOARDS);
	conf->starve_windows = 10;
	conf->sched = BACKEND_SCHED_EXT;
	conf->urgent_priority = 128;
}

static int take_sched(const char *value, enum backend *to, char *error)
{
	enum backend b;

	for (b = 0; backend_name(b); b++) {
		if (strcmp(value, backend_name(b)))
			continue;
		*to = b;
		return 0;
	}
	return refuse(error, "'%.40s' is none of observe, nice, affinity, sched_ext", value);
}

static int take_key(const char *section, const char *key, const char *value, void *arg, char *error)
{
	struct conf *c = arg;

	if (strcmp(section, "twilld"))
		return refuse(error, "unknown section [%.40s]; there is [twilld]", section);
	if (!strcmp(key, "policy"))
		return ini_text(value, c->policy, sizeof(c->policy), error);
	if (!strcmp(key, "boards"))
		return ini_text(value, c->boards, sizeof(c->boards), error);
	if (!strcmp(key, "log_decisions"))
		return ini_text(value, c->log_decisions, sizeof(c->log_decisions), error);
	if (!strcmp(key, "starve_windows"))
		return ini_number(value, 1, 10000, &c->starve_windows, error);
	if (!strcmp(key, "sched"))
		return take_sched(value, &c->sched, error);
	if (!strcmp(key, "urgent_priority"))
		return ini_number(value, 0, 255, &c->urgent_priority, error);
	if (!strcmp(key, "board")) {
		if (!strcmp(value, "auto")) {
			c->board[0] = '\0';
			return 0;
		}
		return ini_text(value, c->board, sizeof(c->board), error);
	}
	return refuse(error, "unknown key '%.40s'; see twill.conf(5)", key);
}

int conf_read(struct conf *conf, const char *path, char error[CONF_ERROR_MAX])
{
	struct conf c = *conf;
	int err;

	err = ini_read(path, take_key, &c, error);
	if (!err)
		*conf = c;
	return err;
}
