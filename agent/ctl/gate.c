// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl gate: show the gates, hold a setting, or set the administrator's. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/json.h"
#include "ctl/keep.h"
#include "ctl/lists.h"
#include "ctl/parse.h"
#include "twill.h"

/**
 * struct line - what the command line says
 * @keep: --ttl, --for
 * @accelerator: 0 for all
 * @opts: settings
 * @admin: write the administrator's
 */
struct line {
	struct keep keep;
	uint32_t accelerator;
	struct twnl_gate_opts opts;
	bool admin;
};

static const char *name_of(const char *name)
{
	return name ? name : "?";
}

void gate_print_head(void)
{
	printf("%-5s %-8s %8s %-8s %7s %7s %8s %8s %7s %5s %9s %s\n", "GATE", "MODE", "CAPACITY",
	       "ORDER", "RUNNING", "WAITING", "RUNS", "WAITS", "PREEMPT", "AGED", "WAIT-MS",
	       "SET-BY");
}

void gate_print(const struct twnl_gate *gate)
{
	char by[24] = "administrator";

	if (gate->portid)
		snprintf(by, sizeof(by), "port %" PRIu32, gate->portid);
	printf("%-5s %-8s %8u %-8s %7u %7u %8" PRIu64 " %8" PRIu64 " %7" PRIu64 " %5" PRIu64
	       " %9" PRIu64 " %s\n", name_of(twill_accelerator_name(gate->accelerator)),
	       name_of(twnl_gate_mode_name(gate->mode)), gate->capacity,
	       name_of(twnl_gate_order_name(gate->order)), gate->running, gate->waiting,
	       gate->stats.runs, gate->stats.waits, gate->stats.preemptions, gate->stats.aged,
	       gate->stats.wait_ns / 1000000, by);
}

static void print_one(struct ctl *ctl, const struct twnl_gate *gate)
{
	if (ctl->json) {
		json_print(json_gate(gate));
	} else {
		gate_print_head();
		gate_print(gate);
	}
	/* Scripts wait for this line */
	fflush(stdout);
}

static int show_all(struct ctl *ctl)
{
	struct json_object *whole, *array;
	struct twnl_gate *gates;
	int n = list_gates(ctl->nl, &gates);

	if (n < 0)
		return ctl_refused(ctl, n, "cannot list the gates");
	if (ctl->json) {
		whole = json_object_new_object();
		array = json_object_new_array();
		for (int i = 0; i < n; i++)
			json_object_array_add(array, json_gate(&gates[i]));
		json_object_object_add(whole, "gates", array);
		json_print(whole);
	} else {
		gate_print_head();
		for (int i = 0; i < n; i++)
			gate_print(&gates[i]);
	}
	free(gates);
	return CTL_OK;
}

/* 0 or an exit code, said */
static int show(struct ctl *ctl, uint32_t accelerator)
{
	struct twnl_gate gate;
	int r;

	if (!accelerator)
		return show_all(ctl);
	r = twnl_gate_get(ctl->nl, accelerator, &gate);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot read the gate");
	print_one(ctl, &gate);
	return CTL_OK;
}

static int write_knob(struct ctl *ctl, const char *gate, const char *knob, const char *value)
{
	char path[256];
	ssize_t n;
	int fd, err;

	snprintf(path, sizeof(path), "%s/sys/kernel/twill/gate/%s/%s", ctl->sysroot, gate, knob);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : write(fd, value, strlen(value));
	err = errno;
	if (fd >= 0)
		close(fd);
	return n >= 0 ? 0 : ctl_refuse(ctl, strerror(err), err == EACCES ? "Try as root" : NULL,
				       "cannot write %s", path);
}

/* The mode last, so that a gate that comes into force has the rest right; 0 or an exit code */
static int set_admin(struct ctl *ctl, const struct line *line)
{
	const char *gate = twill_accelerator_name(line->accelerator);
	struct twnl_gate now;
	char number[16];
	int r = 0;

	snprintf(number, sizeof(number), "%" PRIi64, line->opts.capacity);
	if (line->opts.capacity != TWNL_KEEP)
		r = write_knob(ctl, gate, "capacity", number);
	if (r == 0 && line->opts.order != TWNL_KEEP)
		r = write_knob(ctl, gate, "order", twnl_gate_order_name((uint32_t)line->opts.order));
	if (r == 0 && line->opts.mode != TWNL_KEEP)
		r = write_knob(ctl, gate, "mode", twnl_gate_mode_name((uint32_t)line->opts.mode));
	if (r)
		return r;
	if (twnl_gate_get(ctl->nl, line->accelerator, &now) == 0 && now.portid)
		fprintf(stderr, "twillctl: port %u overrides the gate: this counts afterwards\n",
			now.portid);
	return show(ctl, line->accelerator);
}

static int lost(struct keep *keep)
{
	return ctl_refuse(keep->ctl, "its lease ended before it was renewed",
			  "Give it more time: --ttl", "the gate is the administrator's again");
}

static int let_go(struct keep *keep)
{
	const struct line *line = (struct line *)((char *)keep - offsetof(struct line, keep));
	int r = twnl_gate_del(keep->ctl->nl, line->accelerator);

	return r < 0 && r != -ENOENT ? ctl_refused(keep->ctl, r, "cannot let go of the gate") :
				       CTL_OK;
}

static int hold(struct ctl *ctl, struct line *line)
{
	const char *name = twill_accelerator_name(line->accelerator);
	struct twnl_gate gate;
	int r;

	line->keep.lost = lost;
	line->keep.end = let_go;
	r = keep_prepare(&line->keep);
	if (r)
		return r;
	r = twnl_gate_set(ctl->nl, line->accelerator, &line->opts, line->keep.ttl_ms, &gate);
	if (r == -EBUSY)
		return ctl_refuse(ctl, twnl_error(ctl->nl), "See which port: twillctl gate",
				  "cannot set the gate of %s", name);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot set the gate of %s", name);
	print_one(ctl, &gate);
	return keep_hold(&line->keep, "the gate");
}

/* One of the names that @name_at knows; negative to go on, or an exit code */
static int parse_name(struct ctl *ctl, const char *option, const char *text,
		      const char *(*name_at)(uint32_t), int64_t *ret)
{
	for (uint32_t i = 0; name_at(i); i++) {
		if (strcmp(text, name_at(i)) != 0)
			continue;
		*ret = i;
		return -1;
	}
	return ctl_usage(ctl, "%s cannot be `%s'", option, text);
}

static int parse_option(struct ctl *ctl, int c, struct line *line)
{
	uint64_t value = 0;
	int r = -1;

	switch (c) {
	case 'm':
		return parse_name(ctl, "--mode", optarg, twnl_gate_mode_name, &line->opts.mode);
	case 'o':
		return parse_name(ctl, "--order", optarg, twnl_gate_order_name, &line->opts.order);
	case 'c':
		r = ctl_number(ctl, "--capacity", optarg, 1, TWILL_CAPACITY_MAX, &value);
		line->opts.capacity = (int64_t)value;
		return r;
	case 't':
		r = ctl_number(ctl, "--ttl", optarg, 1, TWILL_TTL_MS_MAX, &value);
		line->keep.ttl_ms = (uint32_t)value;
		return r;
	case 'f':
		r = ctl_number(ctl, "--for", optarg, 1, UINT32_MAX, &value);
		line->keep.for_ms = (uint32_t)value;
		return r;
	case 'a':
		line->admin = true;
		return -1;
	}
	return ctl_option(ctl, c);
}

static bool sets(const struct line *line)
{
	return line->opts.mode != TWNL_KEEP || line->opts.capacity != TWNL_KEEP ||
	       line->opts.order != TWNL_KEEP;
}

static int parse_line(struct ctl *ctl, int argc, char **argv, struct line *line)
{
	static const struct option options[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "capacity", required_argument, NULL, 'c' },
		{ "order", required_argument, NULL, 'o' },
		{ "ttl", required_argument, NULL, 't' },
		{ "for", required_argument, NULL, 'f' },
		{ "admin", no_argument, NULL, 'a' },
		CTL_OPTIONS
	};
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		r = parse_option(ctl, c, line);
		if (r >= 0)
			return r;
	}
	if (argc - optind > 1)
		return ctl_usage(ctl, "too many arguments: %s", argv[optind + 1]);
	if (optind < argc) {
		r = twill_accelerator_parse(argv[optind]);
		if (r <= TWILL_ACCELERATOR_NONE)
			return ctl_usage(ctl, "a gate is one of cpu, gpu, dla0 and dla1, not `%s'",
					 argv[optind]);
		line->accelerator = (uint32_t)r;
	}
	if (sets(line) && !line->accelerator)
		return ctl_usage(ctl, "name the gate to set: cpu, gpu, dla0 or dla1");
	if (!sets(line) && (line->admin || line->keep.ttl_ms || line->keep.for_ms))
		return ctl_usage(ctl, "say what to set: --mode, --capacity or --order");
	if (line->admin && (line->keep.ttl_ms || line->keep.for_ms))
		return ctl_usage(ctl, "--admin sets for good: neither --ttl nor --for");
	return -1;
}

int ctl_gate(struct ctl *ctl, int argc, char **argv)
{
	struct line line = { .opts = TWNL_GATE_OPTS_KEEP };
	int r;

	keep_init(&line.keep, ctl);
	r = parse_line(ctl, argc, argv, &line);
	if (r >= 0)
		return r;
	r = ctl_connect(ctl, NULL);
	if (r)
		return r;
	if (!sets(&line))
		return show(ctl, line.accelerator);
	if (line.admin)
		return set_admin(ctl, &line);
	r = hold(ctl, &line);
	keep_dispose(&line.keep);
	return r;
}
