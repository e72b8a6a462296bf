/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf - the agent's configuration, and the one reader of ini files.
 *
 * Every key is known, every value is checked; what is wrong is said with file
 * and line, and nothing half-read is handed out.
 */
#ifndef TWILL_CONF_H
#define TWILL_CONF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sched/backend.h"

#define CONF_FILE	"/etc/twill/twill.conf"
#define CONF_BOARDS	"/usr/share/twill/boards"
#define CONF_ERROR_MAX	512

/**
 * struct conf - /etc/twill/twill.conf
 * @policy: name of the policy
 * @board: file of the board profile; empty to choose by the device tree
 * @boards: directory of board profiles
 * @log_decisions: file for one JSON line per decision; empty for none
 * @starve_windows: longest time a job is kept frozen, in budget windows
 * @sched: the most that may be done about the CPUs
 * @urgent_priority: jobs of tasks with this priority or more are urgent, as is a deadline
 */
struct conf {
	char policy[64];
	char board[PATH_MAX];
	char boards[PATH_MAX];
	char log_decisions[PATH_MAX];
	uint32_t starve_windows;
	enum backend sched;
	uint32_t urgent_priority;
};

/** conf_default() - what counts without a file */
void conf_default(struct conf *conf);

/**
 * conf_read() - read a configuration file over what @conf has
 * @error: receives a sentence on failure
 *
 * Return: 0; -EINVAL for a line or value that is wrong; errno of the file.
 * @conf is left alone on failure.
 */
int conf_read(struct conf *conf, const char *path, char error[CONF_ERROR_MAX]);

/* One key of an ini file; @error is for the reason, without file and line. */
typedef int (*ini_fn)(const char *section, const char *key, const char *value, void *arg,
		      char error[CONF_ERROR_MAX]);

/**
 * ini_read() - call @fn for each `key = value` of a file
 *
 * Comments begin with # or ; at the start of a line. A key outside a section, a
 * line without =, an empty value and a line over 1023 bytes are errors.
 * Return: 0; -EINVAL or what @fn returned, with "FILE:LINE: reason" in @error; errno of the file.
 */
int ini_read(const char *path, ini_fn fn, void *arg, char error[CONF_ERROR_MAX]);
/** ini_number() - decimal number within limits; -EINVAL and a reason otherwise */
int ini_number(const char *value, uint32_t min, uint32_t max, uint32_t *ret,
	       char error[CONF_ERROR_MAX]);
/** ini_text() - a string that must fit; -EINVAL and a reason otherwise */
int ini_text(const char *value, char *buf, size_t size, char error[CONF_ERROR_MAX]);

#endif
