// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands, and what all of them share: options, errors, the socket. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <json-c/json.h>

#include "ctl/ctl.h"

#define TASK_OPTIONS \
	"  --priority N    0 (background) to 255 (critical)\n" \
	"  --class NAME    other, dnn, transformer or llm\n" \
	"  --can-use LIST  of cpu, gpu, dla0, dla1, separated by commas\n" \
	"  --group N       freeze group; tasks of one group are frozen together\n" \
	"  --inherit       processes that it forks are tagged likewise\n"

#define MODEL_OPTIONS \
	"  --dim NAME=N    size of a symbolic dimension, or of dimension AXIS of an input\n" \
	"                  with INPUT.AXIS as its name; may be repeated\n" \
	"  --board NAME    whose DLAs; default orin-nx-16gb\n" \
	"  --jetpack V     whose TensorRT; default 6.2\n"

const struct ctl_command ctl_commands[] = {
	{ "status", "", "show tasks, jobs, gates, caps, budget, power and agent", NULL, ctl_status },
	{ "tag", "PID|--pidfd FD [OPTIONS]", "tag a process, or change its tag",
	  TASK_OPTIONS "  --no-inherit    they are not\n", ctl_tag },
	{ "untag", "PID|id:N|--pidfd FD", "remove a tag and all that it caused", NULL, ctl_untag },
	{ "run", "[OPTIONS] [--] COMMAND [ARGUMENT...]", "run a command as a tagged task",
	  TASK_OPTIONS "The exit status is the command's; 1 if it cannot be started.\n", ctl_run },
	{ "freeze", "PID|id:N|--pidfd FD [--ttl MS] [--for MS]",
	  "hold a task frozen while this command runs",
	  "Stays in the foreground: the task is frozen until ^C, until --for has passed, or\n"
	  "until `twillctl thaw`. When this command dies the kernel thaws the task.\n"
	  "  --ttl MS        should this command hang, thaw after that long (default: the\n"
	  "                  freeze_ttl_ms knob)\n"
	  "  --for MS        end after that long\n", ctl_freeze },
	{ "thaw", "PID|id:N|--pidfd FD", "end what `twillctl freeze` holds",
	  "Ends the freezes of a task that commands of the same user hold (root: of any).\n"
	  "What the agent holds frozen is the agent's to thaw.\n", ctl_thaw },
	{ "budget", "[MW|off] [--window MS]", "show or set the power budget",
	  "MW is milliwatts of the board's total rail, 1000 to 1000000; 15W will do, too.\n"
	  "  --window MS     average over that long, 10 to 600000\n", ctl_budget },
	{ "gate", "[cpu|gpu|dla0|dla1] [OPTIONS]", "show the gates of accelerators, or set one",
	  "What is set holds while this command runs, in the foreground: until ^C or --for. When\n"
	  "it dies the kernel puts the administrator's settings back.\n"
	  "  --mode NAME     off, observe or enforce\n"
	  "  --capacity N    that many jobs run at once, 1 to 64\n"
	  "  --order NAME    weighted or strict\n"
	  "  --ttl MS        should this command hang, the settings end after that long\n"
	  "                  (default: the freeze_ttl_ms knob)\n"
	  "  --for MS        end after that long\n"
	  "  --admin         change the administrator's settings instead, and return\n", ctl_gate },
	{ "restore", "[--force]", "put clock files back as they were before the agent",
	  "Needs neither module nor agent.\n"
	  "  --force         also while an agent runs, which may set them again\n", ctl_restore },
	{ "doctor", "", "check what Twill needs, and say what to do",
	  "Exit status 1 if a check failed, 3 if the module is not loaded.\n", ctl_doctor },
	{ "monitor", "[--count N] [--for MS]", "print changes as they happen, one a line",
	  "What changed is read after the kernel said that something did: of changes in quick\n"
	  "succession the last is shown.\n"
	  "  --count N       end after N lines\n"
	  "  --for MS        end after that long\n", ctl_monitor },
	{ "simulate", "TRACE|--generate LOAD [OPTIONS]", "replay a trace of requests on a model of a board",
	  "Needs neither board nor module. Times and watts are the model's: compare policies.\n"
	  "TRACE is CSV (time,model,priority,deadline,...), JSON, or what workload made;\n"
	  "LOAD is mix, cameras, clients, pipeline, hog, unmarked or cpu, and settings (mix=,\n"
	  "arrivals=, rho=, seconds=, seed=, units=, tokens=), as cameras,rho=0.7,seed=3.\n"
	  "  --policy NAME   timeslice (nobody schedules, static clocks that hold the budget),\n"
	  "                  timeslice-hindsight (the best of them for this trace), or one of\n"
	  "                  twilld's; default twill. May be repeated, or all\n"
	  "  --budget MW     to hold, as 15W; default none\n"
	  "  --board NAME    power profile that the policy believes in; default orin-nx-16gb\n"
	  "  --models DIR    profiles of the trace's models\n"
	  "  --units NAME    engine (default) or layer: what is submitted at once\n"
	  "  --switch-us N   cost of a change between programs on the GPU; default 220\n"
	  "  --gain-ppm N    the sensor's error, -30000 (shows too little) to 30000; default 0\n"
	  "  --out FILE      write each request to FILE.csv or FILE.json\n"
	  "  --svg FILE      draw what ran where\n"
	  "  --html FILE     write a page with tables and pictures, of all policies named\n"
	  "  --span FROM:TO  seconds that are drawn; default 0:5\n",
	  ctl_simulate },
	{ "model", "FILE [OPTIONS]", "say what a network in an ONNX file costs, and whether it suits a DLA",
	  "Weights are not read. Sizes that the file leaves open must be given.\n\n"
	  MODEL_OPTIONS, ctl_model },
	{ "advise", "FILE [OPTIONS]", "say where a network would best run, what it takes and draws there",
	  "As model; the clocks are the highest that the budget allows while nothing else runs.\n"
	  "Times and watts are those of a model of the board, with its errors beside them.\n\n"
	  MODEL_OPTIONS
	  "  --budget MW     milliwatts of the board, as 15W; default none\n", ctl_advise },
	{ 0 }
};

static void print_usage(const struct ctl_command *command)
{
	printf("Usage: twillctl %s %s\n\nTo %s.\n%s"
	       "  --json          print JSON\n"
	       "  --sysroot DIR   look for files below DIR\n",
	       command->name, command->args, command->help, command->more ? command->more : "");
}

int ctl_option(struct ctl *ctl, int c)
{
	switch (c) {
	case 'j':
		ctl->json = true;
		return -1;
	case 'R':
		ctl->sysroot = optarg;
		return -1;
	case 'h':
		print_usage(ctl->command);
		return CTL_OK;
	}
	/* getopt has said what is wrong */
	fprintf(stderr, "Usage: twillctl %s %s\n", ctl->command->name, ctl->command->args);
	return CTL_USAGE;
}

int ctl_plain(struct ctl *ctl, int argc, char **argv, int max)
{
	static const struct option options[] = { CTL_OPTIONS };
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		r = ctl_option(ctl, c);
		if (r >= 0)
			return r;
	}
	if (argc - optind > max)
		return ctl_usage(ctl, "too many arguments: %s", argv[optind + max]);
	return -1;
}

int ctl_usage(struct ctl *ctl, const char *format, ...)
{
	va_list args;

	fputs("twillctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (ctl->command)
		fprintf(stderr, "\nUsage: twillctl %s %s\n", ctl->command->name,
			ctl->command->args);
	else
		fputs("\nSee twillctl --help.\n", stderr);
	return CTL_USAGE;
}

static int say(struct ctl *ctl, int code, const char *reason, const char *way_out,
	       const char *what, va_list args)
{
	struct json_object *whole, *error;
	char text[256];

	vsnprintf(text, sizeof(text), what, args);
	fprintf(stderr, "twillctl: %s: %s%s%s\n", text, reason, way_out ? ". " : "",
		way_out ? way_out : "");
	if (!ctl->json)
		return code;
	whole = json_object_new_object();
	error = json_object_new_object();
	json_object_object_add(error, "what", json_object_new_string(text));
	json_object_object_add(error, "reason", json_object_new_string(reason));
	if (way_out)
		json_object_object_add(error, "way_out", json_object_new_string(way_out));
	json_object_object_add(error, "code", json_object_new_int(code));
	json_object_object_add(whole, "error", error);
	puts(json_object_to_json_string_ext(whole, JSON_C_TO_STRING_PLAIN));
	json_object_put(whole);
	return code;
}

int ctl_refuse(struct ctl *ctl, const char *reason, const char *way_out, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	say(ctl, CTL_REFUSED, reason, way_out, what, args);
	va_end(args);
	return CTL_REFUSED;
}

static const char *way_out_of(int err)
{
	switch (-err) {
	case ENOPKG:
		return geteuid() == 0 ? "Load it: modprobe twill. See also: twillctl doctor" :
			"Load it as root: modprobe twill. See also: twillctl doctor";
	case EPERM:
	case EACCES:
		return geteuid() == 0 ?
			"This root lacks CAP_SYS_NICE, or CAP_SYS_ADMIN for budget and gates" :
			"Try as root: only a process's own tag needs no privilege";
	case ESRCH:
		return "Tagged tasks are listed by: twillctl status";
	case EBUSY:
		return "See who the agent is: twillctl status";
	case ENOBUFS:
	case EAGAIN:
	case ETIMEDOUT:
		return "Try again; if it stays so, look at dmesg";
	case ENOSPC:
		return "The module's limit is reached: untag what is no longer needed";
	}
	return NULL;
}

int ctl_refused(struct ctl *ctl, int err, const char *what, ...)
{
	const char *reason = ctl->nl ? twnl_error(ctl->nl) : "";
	int code = err == -ENOPKG ? CTL_NO_MODULE : CTL_REFUSED;
	va_list args;

	va_start(args, what);
	say(ctl, code, *reason ? reason : strerror(-err), way_out_of(err), what, args);
	va_end(args);
	return code;
}

int ctl_connect(struct ctl *ctl, void (*handler)(void *arg, const struct twnl_event *event))
{
	int r;

	r = twnl_open(&ctl->nl, handler, ctl);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot open a netlink socket");
	if (twnl_present(ctl->nl))
		return 0;
	return ctl_refused(ctl, -ENOPKG, "%s", ctl->command->name);
}
