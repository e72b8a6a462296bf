/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of the command line. */
#ifndef TWILL_CTL_PARSE_H
#define TWILL_CTL_PARSE_H

#include "ctl/ctl.h"

/**
 * parse_number() - a whole decimal number and nothing else
 *
 * Return: 0; -EINVAL for anything but digits; -ERANGE outside @min .. @max.
 */
int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/** parse_power() - milliwatts, from 15000, 15000mW or 15W; -EINVAL, -ERANGE */
int parse_power(const char *text, uint64_t min, uint64_t max, uint64_t *ret_mw);

/** parse_can_use() - mask from names separated by commas; -EINVAL */
int parse_can_use(const char *text, uint32_t *ret_mask);

/** ctl_number() - parse_number() of an argument, or say what is wrong and return CTL_USAGE */
int ctl_number(struct ctl *ctl, const char *name, const char *text, uint64_t min, uint64_t max,
	       uint64_t *ret);

/** enum ctl_task_option - values of getopt for options that describe a task */
enum ctl_task_option {
	CTL_PRIORITY = 256,
	CTL_CLASS,
	CTL_CAN_USE,
	CTL_GROUP,
	CTL_INHERIT,
	CTL_NO_INHERIT,
	CTL_PIDFD,
};

#define CTL_TASK_OPTIONS \
	{ "priority", required_argument, NULL, CTL_PRIORITY }, \
	{ "class", required_argument, NULL, CTL_CLASS }, \
	{ "can-use", required_argument, NULL, CTL_CAN_USE }, \
	{ "group", required_argument, NULL, CTL_GROUP }, \
	{ "inherit", no_argument, NULL, CTL_INHERIT }

/** ctl_task_option() - take one of them; negative to go on, or an exit code */
int ctl_task_option(struct ctl *ctl, int c, struct twnl_task_opts *opts);

/**
 * struct ctl_target - the task that a command is about
 * @ref: for requests
 * @pidfd: held so that the pid stays the process's; -1 for an id
 * @given: the pidfd is the caller's
 * @name: for messages
 */
struct ctl_target {
	struct twnl_ref ref;
	int pidfd;
	bool given;
	char name[48];
};

/**
 * ctl_target_parse() - from the words left by getopt, and --pidfd
 * @word: PID, id:N or pidfd:N, or NULL
 * @pidfd: argument of --pidfd, or NULL
 *
 * Looks at the words only. Return: negative if @ret is filled; else an exit
 * code, said.
 */
int ctl_target_parse(struct ctl *ctl, const char *word, const char *pidfd,
		     struct ctl_target *ret);
/**
 * ctl_target_open() - connect to the module, and find the process that is meant
 *
 * Takes hold of it until ctl_target_close(), and reads its start time.
 * Return: negative to go on; else an exit code, said.
 */
int ctl_target_open(struct ctl *ctl, struct ctl_target *target);
/** ctl_target_close() - let go of the process */
void ctl_target_close(struct ctl_target *target);

#endif
