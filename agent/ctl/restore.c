// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl restore: what the knob journal holds, put back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/json.h"
#include "ctl/ctl.h"
#include "journal.h"
#include "sched/fair.h"

struct report {
	bool json;
	struct json_object *entries;
};

static void take_entry(const char *path, enum journal_outcome outcome, int error, void *arg)
{
	struct report *report = arg;
	struct json_object *entry;

	if (outcome == JOURNAL_FAILED)
		fprintf(stderr, "twillctl: %s: cannot be restored: %s\n", path, strerror(-error));
	if (!report->json) {
		if (outcome != JOURNAL_FAILED)
			printf("%s: %s\n", path, journal_outcome_name(outcome));
		return;
	}
	entry = json_object_new_object();
	json_put_string(entry, "path", path);
	json_put_string(entry, "outcome", journal_outcome_name(outcome));
	if (error)
		json_put_string(entry, "error", strerror(-error));
	json_object_array_add(report->entries, entry);
}

/* An agent would set them again, and take our values for an outside writer's. 0 if there is none */
static int refuse_beside_agent(struct ctl *ctl)
{
	struct twnl_agent agent;
	struct twnl *nl;
	int r;

	if (*ctl->sysroot || twnl_open(&nl, NULL, NULL) < 0)
		return 0;
	r = twnl_agent_get(nl, &agent);
	twnl_close(nl);
	if (r < 0)
		return 0;
	return ctl_refuse(ctl, "it would set the knobs again",
			  "Stop it first: systemctl stop twilld; or use --force",
			  "the agent runs (pid %u)", agent.pid);
}

static int finish(struct ctl *ctl, struct report *report, int r)
{
	struct json_object *whole;

	if (r < 0) {
		json_object_put(report->entries);
		return ctl_refuse(ctl, strerror(-r), geteuid() ? "Try as root" : NULL,
				  "%s%s", ctl->sysroot, JOURNAL_DIR);
	}
	if (ctl->json) {
		whole = json_object_new_object();
		json_object_object_add(whole, "entries", report->entries);
		json_put_number(whole, "failed", (uint64_t)r);
		json_print(whole);
	}
	if (r > 0)
		fprintf(stderr, "twillctl: %d knobs are not as they were%s\n", r,
			geteuid() ? ". Try as root" : "; their entries are kept for another try");
	return r > 0 ? CTL_REFUSED : CTL_OK;
}

int ctl_restore(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		CTL_OPTIONS
	};
	struct report report = { 0 };
	bool force = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'f') {
			force = true;
			continue;
		}
		r = ctl_option(ctl, c);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return ctl_usage(ctl, "too many arguments: %s", argv[optind]);
	r = force ? 0 : refuse_beside_agent(ctl);
	if (r)
		return r;
	report.json = ctl->json;
	report.entries = ctl->json ? json_object_new_array() : NULL;
	r = journal_restore(ctl->sysroot, take_entry, &report);
	c = fair_restore(ctl->sysroot);
	if (c < 0 && r >= 0)
		c = 1;
	return finish(ctl, &report, r < 0 ? r : r + c);
}
