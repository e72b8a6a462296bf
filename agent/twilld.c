// SPDX-License-Identifier: GPL-2.0-or-later
/* twilld - the agent: options, and what has to be there before the loop starts. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "sched/fair.h"
#include "twilld.h"

#define EXIT_USAGE	2

static const char help[] =
"Usage: twilld [OPTION...]\n"
"Decides where tagged tasks run, who waits, and how fast the clocks may go.\n"
"\n"
"  -c, --config=FILE          configuration, instead of " CONF_FILE "\n"
"  -b, --board=FILE           board profile, instead of the one for this board\n"
"  -p, --policy=NAME          policy, instead of the configured one\n"
"  -l, --log-decisions=FILE   append one JSON line per decision\n"
"      --sysroot=DIR          find the board below DIR\n"
"      --check-config         check configuration and board profile, and exit\n"
"      --restore              put back what a twilld that died left, and exit\n"
"  -h, --help                 this\n"
"      --version              version\n"
"\n"
"Exit status: 0 stopped by a signal, 1 it could not do its work (another agent\n"
"runs, or something could not be restored), 2 wrong options or configuration.\n";

struct options {
	const char *config, *board, *policy, *log, *sysroot;
	bool check, restore;
};

enum { OPT_SYSROOT = 256, OPT_CHECK, OPT_RESTORE, OPT_VERSION };

static const struct option longopts[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "board", required_argument, NULL, 'b' },
	{ "policy", required_argument, NULL, 'p' },
	{ "log-decisions", required_argument, NULL, 'l' },
	{ "sysroot", required_argument, NULL, OPT_SYSROOT },
	{ "check-config", no_argument, NULL, OPT_CHECK },
	{ "restore", no_argument, NULL, OPT_RESTORE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static void parse(int argc, char **argv, struct options *o)
{
	int c;

	o->sysroot = "";
	while ((c = getopt_long(argc, argv, "c:b:p:l:h", longopts, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'b':
			o->board = optarg;
			break;
		case 'p':
			o->policy = optarg;
			break;
		case 'l':
			o->log = optarg;
			break;
		case OPT_SYSROOT:
			o->sysroot = optarg;
			break;
		case OPT_CHECK:
			o->check = true;
			break;
		case OPT_RESTORE:
			o->restore = true;
			break;
		case 'h':
			fputs(help, stdout);
			exit(EXIT_SUCCESS);
		case OPT_VERSION:
			puts("twilld " TWILL_VERSION);
			exit(EXIT_SUCCESS);
		default:
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		log_error("unexpected argument '%s'; see twilld --help", argv[optind]);
		exit(EXIT_USAGE);
	}
}

/* Restoring. */

static void tell_restored(const char *path, enum journal_outcome outcome, int error, void *arg)
{
	(void)arg;
	if (outcome == JOURNAL_FAILED)
		log_error("%s: cannot be restored: %s", path, strerror(-error));
	else if (outcome == JOURNAL_FOREIGN)
		log_warning("%s: %s", path, journal_outcome_name(outcome));
	else
		log_info("%s: %s", path, journal_outcome_name(outcome));
}

int twilld_restore(const char *sysroot)
{
	int n = journal_restore(sysroot, tell_restored, NULL), lowered = fair_restore(sysroot);

	if (n < 0)
		log_error("%s%s: %s", sysroot, JOURNAL_DIR, strerror(-n));
	if (lowered < 0)
		log_error("%s%s: %s", sysroot, FAIR_DIR, strerror(-lowered));
	else if (lowered)
		log_error("%d processes still have less nice than before", lowered);
	state_remove(sysroot);
	return n || lowered ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Configuration. */

static int read_config(struct twilld *d, const struct options *o)
{
	char why[CONF_ERROR_MAX];
	uint32_t i;
	int err;

	conf_default(&d->conf);
	err = conf_read(&d->conf, o->config ? o->config : CONF_FILE, why);
	if (err && (err != -ENOENT || o->config)) {
		log_error("%s", why);
		return err;
	}
	if (o->policy && ini_text(o->policy, d->conf.policy, sizeof(d->conf.policy), why)) {
		log_error("policy: %s", why);
		return -EINVAL;
	}
	d->log_decisions = o->log;
	if (!o->log && d->conf.log_decisions[0])
		d->log_decisions = d->conf.log_decisions;
	d->policy = policy_find(d->conf.policy);
	if (d->policy)
		return 0;
	log_error("unknown policy '%s'; there is:", d->conf.policy);
	for (i = 0; policy_name(i); i++)
		log_error("  %s", policy_name(i));
	return -EINVAL;
}

/* The profile in the directory that names this board; -ENOENT if none does. */
static int find_profile(struct twilld *d, char *why)
{
	char path[PATH_MAX + NAME_MAX + 2];
	struct board_profile b;
	struct dirent *de;
	int err = -ENOENT;
	DIR *dir;

	dir = opendir(d->conf.boards);
	if (!dir)
		return -errno;
	while (err == -ENOENT && (de = readdir(dir))) {
		size_t len = strlen(de->d_name);

		if (len < 4 || strcmp(de->d_name + len - 4, ".ini"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", d->conf.boards, de->d_name);
		err = board_read(&b, path, why);
		if (err)
			continue;
		if (platform_is(d->platform, b.compatible))
			d->board = b;
		else
			err = -ENOENT;
	}
	closedir(dir);
	return err;
}

static int read_board(struct twilld *d, const struct options *o)
{
	const char *file = o->board ? o->board : d->conf.board;
	char why[CONF_ERROR_MAX] = "";
	int err;

	err = *file ? board_read(&d->board, file, why) : find_profile(d, why);
	if (!err)
		return 0;
	if (why[0]) {
		log_error("%s", why);
		return err;
	}
	/* Not a reason to stay away: placing and freezing need no watts. */
	log_warning("no profile for this board (%s) in %s: no budget can be held",
		    d->platform->model[0] ? d->platform->model : "unknown", d->conf.boards);
	return 0;
}

static int configure(struct twilld *d, const struct options *o)
{
	int err;

	err = read_config(d, o);
	if (err)
		return err;
	d->sysroot = o->sysroot;
	err = platform_open(o->sysroot, &d->platform);
	if (err) {
		log_error("cannot look at the board below '%s/sys': %s", o->sysroot,
			  strerror(-err));
		return err;
	}
	return read_board(d, o);
}

static int prepare(struct twilld *d)
{
	const char *what;
	uint32_t i;
	int err;

	for (i = 0; (what = platform_missing(d->platform, i)); i++)
		log_info("not found on this board: %s", what);
	err = journal_open(d->sysroot, &d->journal);
	if (err) {
		log_error("%s%s: %s", d->sysroot, JOURNAL_DIR, strerror(-err));
		return err;
	}
	power_init(d);
	sched_init(d);
	if (!d->log_decisions)
		return 0;
	d->decisions = fopen(d->log_decisions, "ae");
	if (!d->decisions) {
		err = -errno;
		log_error("%s: %s", d->log_decisions, strerror(-err));
	}
	return err;
}

int main(int argc, char **argv)
{
	static struct twilld d;
	struct options o = { .check = false };
	int status = EXIT_USAGE;

	parse(argc, argv, &o);
	if (o.restore)
		return twilld_restore(o.sysroot);
	if (!configure(&d, &o)) {
		status = EXIT_SUCCESS;
		if (!o.check)
			status = prepare(&d) ? EXIT_FAILURE : twilld_run(&d);
	}
	if (d.decisions)
		fclose(d.decisions);
	d.journal = journal_close(d.journal);
	d.platform = platform_close(d.platform);
	return status;
}
