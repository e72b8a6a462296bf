// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl doctor: each check says what it saw and, where that is bad, what to do. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/json.h"
#include "proc.h"
#include "sched/state.h"
#include "journal.h"
#include "platform.h"

enum verdict { GOOD, NOTE, BAD };

/**
 * struct doctor - one examination
 * @checks: for JSON
 * @bad: number of checks that failed
 * @no_module: the module is not loaded
 */
struct doctor {
	struct ctl *ctl;
	struct json_object *checks;
	unsigned int bad;
	bool no_module;
};

static const char *const verdict_names[] = { [GOOD] = "ok", [NOTE] = "note", [BAD] = "failed" };

__attribute__((format(printf, 5, 6)))
static void check(struct doctor *d, enum verdict verdict, const char *name, const char *way_out,
		  const char *format, ...)
{
	struct json_object *one;
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	d->bad += verdict == BAD;
	if (!d->ctl->json) {
		printf("%-6s  %-8s  %s\n", verdict_names[verdict], name, text);
		if (way_out)
			printf("%18s%s\n", "-> ", way_out);
		return;
	}
	one = json_object_new_object();
	json_put_string(one, "check", name);
	json_put_string(one, "verdict", verdict_names[verdict]);
	json_put_string(one, "result", text);
	if (way_out)
		json_put_string(one, "way_out", way_out);
	json_object_array_add(d->checks, one);
}

/* The first line of a file below the sysroot; false if it cannot be read */
static bool read_line(struct doctor *d, const char *path, char *text, size_t size)
{
	char whole[4096];

	snprintf(whole, sizeof(whole), "%s%s", d->ctl->sysroot, path);
	if (proc_read(whole, text, size) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	return true;
}

static void check_version(struct doctor *d)
{
	char version[64];

	if (!read_line(d, "/sys/kernel/twill/version", version, sizeof(version)) &&
	    !read_line(d, "/sys/module/twill/version", version, sizeof(version)))
		check(d, NOTE, "module", NULL, "loaded; its version cannot be read");
	else if (strcmp(version, TWILL_VERSION) != 0)
		check(d, NOTE, "module", "Build and load the module of the same release",
		      "loaded, version %s; twillctl is %s", version, TWILL_VERSION);
	else
		check(d, GOOD, "module", NULL, "loaded, version %s", version);
}

static void check_module(struct doctor *d)
{
	char line[64];
	int r;

	r = twnl_open(&d->ctl->nl, NULL, NULL);
	if (r < 0) {
		check(d, BAD, "module",
		      "Is AF_NETLINK allowed here (seccomp, RestrictAddressFamilies=)?",
		      "cannot open a netlink socket: %s", strerror(-r));
		return;
	}
	if (twnl_present(d->ctl->nl)) {
		check_version(d);
		return;
	}
	d->no_module = true;
	if (read_line(d, "/sys/module/twill/initstate", line, sizeof(line)))
		check(d, BAD, "module", "Look at dmesg; rmmod twill, modprobe twill",
		      "loaded (%s), but its netlink family is not there", line);
	else
		check(d, BAD, "module", "modprobe twill; if there is none: dkms status twill",
		      "not loaded");
}

static void check_agent(struct doctor *d)
{
	struct twnl_budget budget;
	struct twnl_agent agent;
	int r;

	if (d->no_module || !d->ctl->nl)
		return;
	r = twnl_agent_get(d->ctl->nl, &agent);
	if (r == -ENOENT)
		check(d, BAD, "agent", "systemctl start twilld", "none: nothing is decided");
	else if (r < 0)
		check(d, BAD, "agent", NULL, "cannot be asked for: %s", twnl_error(d->ctl->nl));
	else
		check(d, GOOD, "agent", NULL, "pid %u, policy %s, %u mW measured, %" PRIu64
		      " decisions", agent.pid, agent.policy, agent.power_mw, agent.decisions);
	r = twnl_budget_get(d->ctl->nl, &budget);
	if (r < 0)
		check(d, BAD, "budget", NULL, "cannot be read: %s", twnl_error(d->ctl->nl));
	else if (budget.mw == 0)
		check(d, NOTE, "budget", "twillctl budget 15W", "none");
	else
		check(d, GOOD, "budget", NULL, "%u mW over %u ms", budget.mw, budget.window_ms);
}

static void check_journal(struct doctor *d)
{
	struct twnl_agent agent;
	int n = journal_entries(d->ctl->sysroot);

	if (n == 0)
		return;
	if (n < 0) {
		check(d, NOTE, "journal", geteuid() ? "Try as root" : NULL,
		      "%s cannot be read: %s", JOURNAL_DIR, strerror(-n));
		return;
	}
	if (!d->no_module && d->ctl->nl && twnl_agent_get(d->ctl->nl, &agent) == 0)
		check(d, GOOD, "journal", NULL,
		      "%d knobs are set by the agent, their old values kept", n);
	else
		check(d, BAD, "journal", "twillctl restore",
		      "%d knobs are still as an agent that is gone has set them", n);
}

static void check_power(struct doctor *d, const struct platform *p)
{
	static const char *const out =
		"Another sensor driver may have it, or it hangs: look at dmesg";
	uint32_t mw;
	int r;

	for (int i = 0; i < PLATFORM_RAILS; i++) {
		if (!*p->rail[i].path)
			continue;
		r = platform_power(p, i, &mw);
		if (r == 0)
			check(d, GOOD, "power", NULL, "%s %u mW", p->rail[i].label, mw);
		else if (r == -EACCES || r == -EPERM)
			check(d, BAD, "power", "Try as root", "%s cannot be read: %s",
			      p->rail[i].label, strerror(-r));
		else
			check(d, BAD, "power", out, "%s cannot be read: %s", p->rail[i].label,
			      r == -ERANGE ? "absurd reading" : strerror(-r));
	}
}

static void check_clock(struct doctor *d, const struct platform_clock *c, const char *name)
{
	if (c->n == 0)
		check(d, BAD, "clock", "Its driver gives no table: look at dmesg",
		      "%s: %s has no frequencies", name, c->path);
	else
		check(d, GOOD, "clock", NULL, "%s %u to %u kHz in %u steps: %s", name, c->khz[0],
		      c->khz[c->n - 1], c->n, c->path);
}

static void check_clocks(struct doctor *d, const struct platform *p)
{
	char name[32];
	uint32_t khz;
	int r;

	if (*p->gpu.path)
		check_clock(d, &p->gpu, "GPU");
	for (uint32_t i = 0; i < p->clusters; i++) {
		snprintf(name, sizeof(name), "CPUs %u-%u", p->cpu[i].cpu,
			 p->cpu[i].cpu + p->cpu[i].cpus - 1);
		check_clock(d, &p->cpu[i], name);
	}
	for (uint32_t i = 0; i < PLATFORM_DLAS; i++) {
		if (!*p->dla[i].path)
			continue;
		r = platform_dla_cap(p, i, &khz);
		if (r == 0)
			check(d, GOOD, "clock", NULL, "DLA%u capped at %u kHz: %s", i, khz,
			      p->dla[i].path);
		else
			check(d, BAD, "clock", geteuid() ? "Try as root" : "Look at dmesg",
			      "DLA%u: %s: %s", i, p->dla[i].path, strerror(-r));
	}
	if (*p->gpu_sched)
		check(d, GOOD, "gpu", NULL, "time slices can be set: %s", p->gpu_sched);
}

static void check_missing(struct doctor *d, const struct platform *p, const char *what)
{
	if (!*p->model)
		check(d, NOTE, "board", NULL, "%s not found", what);
	else if (strstr(what, "ina3221"))
		check(d, BAD, "board", "modprobe ina3221; without it no budget can be kept",
		      "%s not found", what);
	else
		check(d, BAD, "board", "Is its driver loaded? See dmesg. Twill goes on without it",
		      "%s not found", what);
}

static void check_board(struct doctor *d)
{
	struct platform *p;
	const char *what;
	int r;

	r = platform_open(d->ctl->sysroot, &p);
	if (r < 0) {
		check(d, BAD, "board", "Is /sys mounted there?", "%s/sys: %s", d->ctl->sysroot,
		      strerror(-r));
		return;
	}
	if (*p->model)
		check(d, GOOD, "board", NULL, "%s", p->model);
	else
		check(d, NOTE, "board", "Tasks can be tagged and frozen, no more",
		      "no device tree: this is no Jetson");
	check_power(d, p);
	check_clocks(d, p);
	for (uint32_t i = 0; (what = platform_missing(p, i)); i++)
		check_missing(d, p, what);
	platform_close(p);
}

/* How urgent jobs are served when the CPUs are short. */
static void check_sched(struct doctor *d)
{
	char why[CONF_ERROR_MAX], dump[96];
	struct sched_state s;
	int r = state_read(d->ctl->sysroot, &s, why);

	if (r == -ENOENT)
		return;
	if (r) {
		check(d, NOTE, "cpus", NULL, "%s", why);
		return;
	}
	snprintf(dump, sizeof(dump), "The kernel's dump: %s", STATE_DUMP);
	if (!*s.failed)
		check(d, GOOD, "cpus", NULL, "%s; %u times in effect", s.backend, s.attaches);
	else
		check(d, NOTE, "cpus", !strcmp(s.failed, "sched_ext") &&
		      read_line(d, STATE_DUMP, why, 2) ? dump : NULL,
		      "%s; %u times in effect, %u falls; no %s: %s", s.backend, s.attaches,
		      s.falls, s.failed, s.why);
}

static void check_kernel(struct doctor *d)
{
	struct utsname name;
	char line[256];

	if (uname(&name) == 0)
		check(d, GOOD, "kernel", NULL, "%s %s", name.release, name.machine);
	if (read_line(d, "/sys/kernel/sched_ext/state", line, sizeof(line)))
		check(d, GOOD, "kernel", NULL, "has sched_ext (%s)", line);
	else
		check(d, NOTE, "kernel", NULL, "has no sched_ext; clusters are kept by affinity");
	if (read_line(d, "/sys/module/module/parameters/sig_enforce", line, sizeof(line)) &&
	    *line == 'Y')
		check(d, NOTE, "kernel", "Sign twill.ko, as dkms does with an enrolled key",
		      "loads signed modules only");
	if (read_line(d, "/sys/kernel/security/lockdown", line, sizeof(line)) &&
	    !strstr(line, "[none]"))
		check(d, NOTE, "kernel", NULL, "is locked down: %s", line);
	if (geteuid() != 0)
		check(d, NOTE, "rights", "Try as root to see all",
		      "not root: only this user's own tasks can be seen and changed");
}

int ctl_doctor(struct ctl *ctl, int argc, char **argv)
{
	struct doctor d = { .ctl = ctl };
	struct json_object *whole;
	int r;

	r = ctl_plain(ctl, argc, argv, 0);
	if (r >= 0)
		return r;
	if (ctl->json)
		d.checks = json_object_new_array();
	check_module(&d);
	check_agent(&d);
	check_journal(&d);
	check_board(&d);
	check_sched(&d);
	check_kernel(&d);
	if (ctl->json) {
		whole = json_object_new_object();
		json_object_object_add(whole, "checks", d.checks);
		json_put_number(whole, "failed", d.bad);
		json_print(whole);
	}
	return d.no_module ? CTL_NO_MODULE : d.bad ? CTL_REFUSED : CTL_OK;
}
