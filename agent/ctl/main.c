// SPDX-License-Identifier: GPL-2.0-or-later
/* The program itself; apart, so that tests can link all the rest. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

static const struct ctl_command *find(const char *name)
{
	for (const struct ctl_command *c = ctl_commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static void print_help(FILE *to)
{
	fputs("Usage: twillctl [--json] COMMAND [ARGUMENTS]\n\n", to);
	for (const struct ctl_command *c = ctl_commands; c->name; c++)
		fprintf(to, "  %-9s %s\n", c->name, c->help);
	fputs("\ntwillctl COMMAND --help tells more. All commands take --json.\n"
	      "A task is named by PID, by id:N with the N of `twillctl status`, or by pidfd:N.\n"
	      "Exit status: 0 done, 1 refused, 2 wrong usage, 3 module not loaded.\n", to);
}

static int finish(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fprintf(stderr, "twillctl: cannot write the output: %s\n", strerror(errno));
	return code == CTL_OK ? CTL_REFUSED : code;
}

/* Options before the command; -1 to go on */
static int leading_options(struct ctl *ctl, int argc, char **argv, int *first)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--json")) {
			ctl->json = true;
		} else if (!strcmp(argv[i], "--sysroot") && i + 1 < argc) {
			ctl->sysroot = argv[++i];
		} else if (!strncmp(argv[i], "--sysroot=", 10)) {
			ctl->sysroot = argv[i] + 10;
		} else if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			print_help(stdout);
			return finish(CTL_OK);
		} else if (!strcmp(argv[i], "--version")) {
			puts("twillctl " TWILL_VERSION);
			return finish(CTL_OK);
		} else {
			return ctl_usage(ctl, "unknown option %s", argv[i]);
		}
	}
	*first = i;
	return -1;
}

int main(int argc, char **argv)
{
	static char name[64];
	struct ctl ctl = { .sysroot = "" };
	int first = 1, code;

	code = leading_options(&ctl, argc, argv, &first);
	if (code >= 0)
		return code;
	if (first >= argc) {
		print_help(stderr);
		return CTL_USAGE;
	}
	if (!strcmp(argv[first], "help")) {
		print_help(stdout);
		return finish(CTL_OK);
	}
	ctl.command = find(argv[first]);
	if (!ctl.command)
		return ctl_usage(&ctl, "unknown command %s", argv[first]);
	/* What getopt puts before its complaints */
	snprintf(name, sizeof(name), "twillctl %s", ctl.command->name);
	argv[first] = name;
	code = ctl.command->run(&ctl, argc - first, argv + first);
	twnl_close(ctl.nl);
	return finish(code);
}
