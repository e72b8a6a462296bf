/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * twillctl: a command is a row of the table in ctl.c and a handler in the file
 * of its noun. Handlers return an exit code; whoever finds a failure says it,
 * once, through ctl_usage() or ctl_refuse().
 */
#ifndef TWILL_CTL_H
#define TWILL_CTL_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "nl.h"

enum ctl_exit {
	CTL_OK,
	CTL_REFUSED,		/* by the kernel, or it could not be done */
	CTL_USAGE,		/* the command line is wrong; nothing was changed */
	CTL_NO_MODULE,
};

struct ctl;

/**
 * struct ctl_command - a row of the table
 * @name: first word
 * @args: the rest, for usage
 * @help: one line
 * @more: what else one should know; paragraphs, or NULL
 * @run: handler; argv[0] is the command's name
 */
struct ctl_command {
	const char *name;
	const char *args;
	const char *help;
	const char *more;
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

/**
 * struct ctl - one invocation
 * @command: the row
 * @json: print JSON
 * @sysroot: prefix of the paths of files, "" on a board
 * @nl: opened by ctl_connect()
 */
struct ctl {
	const struct ctl_command *command;
	bool json;
	const char *sysroot;
	struct twnl *nl;
};

extern const struct ctl_command ctl_commands[];

/* Options that every command has. ctl_option() handles them in a getopt loop. */
#define CTL_OPTIONS \
	{ "json", no_argument, NULL, 'j' }, \
	{ "sysroot", required_argument, NULL, 'R' }, \
	{ "help", no_argument, NULL, 'h' }, \
	{ 0 }

/**
 * ctl_option() - the case of an option that the command itself does not know
 *
 * Return: negative to go on; else the exit code to return at once.
 */
int ctl_option(struct ctl *ctl, int c);

/** ctl_plain() - parse a command line of common options and at most @max words */
int ctl_plain(struct ctl *ctl, int argc, char **argv, int max);

/** ctl_usage() - say what is wrong with the command line; returns CTL_USAGE */
__attribute__((format(printf, 2, 3)))
int ctl_usage(struct ctl *ctl, const char *format, ...);

/**
 * ctl_refuse() - say that something could not be done
 * @reason: why, as a sentence part
 * @way_out: what to do about it, or NULL
 * @what: format of what it is about
 *
 * Return: CTL_REFUSED.
 */
__attribute__((format(printf, 4, 5)))
int ctl_refuse(struct ctl *ctl, const char *reason, const char *way_out, const char *what, ...);

/**
 * ctl_refused() - the same for a request to the module that failed with @err
 *
 * Reason and way out come from the module and from @err.
 * Return: CTL_NO_MODULE for -ENOPKG, else CTL_REFUSED.
 */
__attribute__((format(printf, 3, 4)))
int ctl_refused(struct ctl *ctl, int err, const char *what, ...);

/** ctl_connect() - open ctl->nl, with ctl as @handler's arg; 0 or an exit code, said */
int ctl_connect(struct ctl *ctl, void (*handler)(void *arg, const struct twnl_event *event));

/* gate.c, for status too: the table's head, and a line of it */
void gate_print_head(void);
void gate_print(const struct twnl_gate *gate);

/* Handlers */
int ctl_status(struct ctl *ctl, int argc, char **argv);
int ctl_tag(struct ctl *ctl, int argc, char **argv);
int ctl_untag(struct ctl *ctl, int argc, char **argv);
int ctl_run(struct ctl *ctl, int argc, char **argv);
int ctl_freeze(struct ctl *ctl, int argc, char **argv);
int ctl_thaw(struct ctl *ctl, int argc, char **argv);
int ctl_budget(struct ctl *ctl, int argc, char **argv);
int ctl_gate(struct ctl *ctl, int argc, char **argv);
int ctl_restore(struct ctl *ctl, int argc, char **argv);
int ctl_doctor(struct ctl *ctl, int argc, char **argv);
int ctl_monitor(struct ctl *ctl, int argc, char **argv);
int ctl_simulate(struct ctl *ctl, int argc, char **argv);
int ctl_model(struct ctl *ctl, int argc, char **argv);
int ctl_advise(struct ctl *ctl, int argc, char **argv);

#endif
