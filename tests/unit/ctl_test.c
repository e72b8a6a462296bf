// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl's parts: words of the command line, /proc, holders' names, JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/hold.h"
#include "ctl/json.h"
#include "ctl/parse.h"
#include "proc.h"
#include "tap.h"
#include "twill.h"

static struct ctl ctl = { .sysroot = "" };

static void test_numbers(void)
{
	static const char *const bad[] = {
		"", " 1", "1 ", "+1", "-1", "1x", "0x10", "1.5", "1e3", "\xef\xbc\x91",
	};
	uint64_t v = 42;

	ok(parse_number("0", 0, 9, &v) == 0 && v == 0, "zero");
	ok(parse_number("007", 0, 9, &v) == 0 && v == 7, "leading zeros are decimal");
	ok(parse_number("18446744073709551615", 0, UINT64_MAX, &v) == 0 && v == UINT64_MAX,
	   "the largest");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(parse_number(bad[i], 0, UINT64_MAX, &v) == -EINVAL, "no number: `%s'", bad[i]);
	ok(parse_number("18446744073709551616", 0, UINT64_MAX, &v) == -ERANGE &&
	   parse_number("256", 0, 255, &v) == -ERANGE && parse_number("9", 10, 20, &v) == -ERANGE,
	   "out of range");
	ok(v == UINT64_MAX, "the output is left alone");
}

static void test_power(void)
{
	uint64_t mw = 0;

	ok(parse_power("15000", 1000, 1000000, &mw) == 0 && mw == 15000, "milliwatts");
	ok(parse_power("15W", 1000, 1000000, &mw) == 0 && mw == 15000, "watts");
	ok(parse_power("2500mW", 1000, 1000000, &mw) == 0 && mw == 2500, "milliwatts by name");
	ok(parse_power("15", 1000, 1000000, &mw) == -ERANGE, "15 is not 15 W");
	ok(parse_power("15kW", 1000, 1000000, &mw) == -EINVAL &&
	   parse_power("W", 1000, 1000000, &mw) == -EINVAL &&
	   parse_power("18446744073709551W", 0, UINT64_MAX, &mw) == 0 &&
	   parse_power("18446744073709552W", 0, UINT64_MAX, &mw) == -ERANGE, "units, overflow");
}

static void test_can_use(void)
{
	static const char *const bad[] = {
		"", ",", "gpu,", ",gpu", "gpu,,dla0", "none", "gpu dla0", "tpu",
		"averyveryverylongname",
	};
	uint32_t mask = 0;

	ok(parse_can_use("gpu", &mask) == 0 && mask == 1u << TWILL_ACCELERATOR_GPU, "gpu");
	ok(parse_can_use("dla1,cpu,dla1", &mask) == 0 &&
	   mask == (1u << TWILL_ACCELERATOR_DLA1 | 1u << TWILL_ACCELERATOR_CPU), "a list");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(parse_can_use(bad[i], &mask) == -EINVAL, "no list: `%s'", bad[i]);
}

static void test_stat(void)
{
	static const char *const rest =
		"R 1 2 3 0 -1 4194560 5 0 0 0 6 7 0 0 20 0 1 0 %s 8 9 18446744073709551615 1\n";
	static const char *const names[] = {
		"cat", "a) b (c", ")", "(((", "a b c d e f g h", "1) R 1 2 3 4", "",
	};
	char line[512], tail[256];
	uint64_t start = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(tail, sizeof(tail), rest, "987654321");
		snprintf(line, sizeof(line), "17 (%s) %s", names[i], tail);
		ok(proc_parse_stat(line, &start) == 0 && start == 987654321, "stat of (%s)",
		   names[i]);
		start = 0;
	}
	snprintf(tail, sizeof(tail), rest, "x");
	snprintf(line, sizeof(line), "17 (cat) %s", tail);
	ok(proc_parse_stat(line, &start) == -EINVAL && proc_parse_stat("", &start) == -EINVAL &&
	   proc_parse_stat("17 (cat", &start) == -EINVAL &&
	   proc_parse_stat("17 (cat) R 1 2", &start) == -EINVAL, "what is no stat line");
}

static void test_processes(void)
{
	uint64_t start = 0, again = 1;
	uint32_t pid = 0;
	pid_t child;
	int fd, other;

	ok(proc_start_time((uint32_t)getpid(), &start) == 0 && start > 0 &&
	   proc_start_time((uint32_t)getpid(), &again) == 0 && start == again, "own start time");
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	fd = proc_open((uint32_t)child);
	ok(fd >= 0 && proc_alive(fd) && proc_pid(fd, &pid) == 0 && pid == (uint32_t)child,
	   "a pidfd's process");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ok(!proc_alive(fd) && proc_pid(fd, &pid) == -ESRCH, "has ended");
	ok(proc_open((uint32_t)child) == -ESRCH &&
	   proc_start_time((uint32_t)child, &start) == -ESRCH, "its pid names nobody");
	close(fd);
	other = eventfd(0, EFD_CLOEXEC);
	ok(proc_pid(other, &pid) == -EINVAL, "a descriptor that is no pidfd");
	close(other);
	ok(proc_pid(other, &pid) == -EBADF, "a descriptor that is not open");
	ok(proc_parse_fdinfo("pos:\t0\nPid:\t0\n", &pid) == -EXDEV, "a process not visible here");
}

static void test_targets(void)
{
	struct ctl_target t;

	ok(ctl_target_parse(&ctl, "17", NULL, &t) < 0 && t.ref.pid == 17 && !t.ref.id, "a pid");
	ok(ctl_target_parse(&ctl, "id:17", NULL, &t) < 0 && t.ref.id == 17 && !t.ref.pid, "an id");
	ok(ctl_target_parse(&ctl, NULL, "3", &t) < 0 && t.pidfd == 3 && t.given, "a pidfd");
	fclose(stderr);
	ok(ctl_target_parse(&ctl, NULL, NULL, &t) == CTL_USAGE &&
	   ctl_target_parse(&ctl, "1", "3", &t) == CTL_USAGE &&
	   ctl_target_parse(&ctl, "0", NULL, &t) == CTL_USAGE &&
	   ctl_target_parse(&ctl, "2147483648", NULL, &t) == CTL_USAGE &&
	   ctl_target_parse(&ctl, "id:", NULL, &t) == CTL_USAGE &&
	   ctl_target_parse(&ctl, "id:0", NULL, &t) == CTL_USAGE &&
	   ctl_target_parse(&ctl, "id:4294967296", NULL, &t) == CTL_USAGE &&
	   ctl_target_parse(&ctl, NULL, "-1", &t) == CTL_USAGE, "none, two, and bad ones");
}

static void test_holders(void)
{
	static const char *const line =
		"0000000000000000: 00000002 00000000 00010000 0005 01 4242 @twill/freeze/7/1234\n";
	int fd, connection, refused = 0;
	pid_t child;
	int status;

	ok(hold_parse(line, 7) == 1234, "a holder");
	ok(hold_parse(line, 71) == 0 && hold_parse("x @twill/freeze/7/\n", 7) == 0 &&
	   hold_parse("x @twill/freeze/7/12x\n", 7) == 0 && hold_parse("", 7) == 0 &&
	   hold_parse("x /tmp/@twill/freeze/7/12\n", 7) == 0, "what is none");
	fd = hold_listen(4000000000u);
	ok(fd >= 0, "listen");
	child = fork();
	if (child == 0) {
		int n = hold_release(4000000000u, &refused);

		_exit(n == 1 && refused == 0 ? 0 : 1);
	}
	do
		connection = hold_accept(fd);
	while (connection == -EAGAIN);
	ok(connection >= 0, "the same user is let in");
	hold_answer(connection, 0);
	ok(waitpid(child, &status, 0) == child && status == 0, "and told that it is done");
	close(fd);
	ok(hold_release(4000000000u, &refused) == 0 && refused == 0, "no holder is left");
}

static bool has(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *found;

	return json_object_object_get_ex(object, key, &found) &&
		json_object_get_type(found) == type;
}

static void test_json(void)
{
	struct twnl_task task = {
		.id = 1, .pid = 2, .start_time = UINT64_MAX, .cls = TWILL_CLASS_LLM,
		.can_use = 1u << TWILL_ACCELERATOR_GPU | 1u << 9, .placement = 77,
		.comm = "a\"b\\c\n\xff",
	};
	struct twnl_gate gate = { .accelerator = TWILL_ACCELERATOR_DLA1,
				  .order = TWILL_GATE_ORDER_STRICT };
	struct twnl_cap cap = { .kind = TWILL_CAP_KIND_DEVICE, .device = "17000000.gpu" };
	struct json_object *object = json_task(&task), *again, *found;

	ok(has(object, "id", json_type_int) && has(object, "comm", json_type_string) &&
	   has(object, "inherit", json_type_boolean) && has(object, "can_use", json_type_array) &&
	   has(object, "class", json_type_string) && has(object, "state", json_type_string),
	   "a task's shape");
	ok(has(object, "placement", json_type_int), "a value without a name is a number");
	again = json_tokener_parse(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	ok(again && json_object_object_get_ex(again, "comm", &found) &&
	   !strcmp(json_object_get_string(found), task.comm), "an odd name comes through");
	ok(again && json_object_object_get_ex(again, "start_time", &found) &&
	   json_object_get_uint64(found) == UINT64_MAX, "64 bits come through");
	json_object_put(again);
	json_object_put(object);
	object = json_gate(&gate);
	ok(has(object, "stats", json_type_object) && has(object, "accelerator", json_type_string) &&
	   json_object_object_get_ex(object, "order", &found) &&
	   !strcmp(json_object_get_string(found), "strict"), "a gate's shape");
	json_object_put(object);
	object = json_cap(&cap);
	ok(has(object, "device", json_type_string) && !has(object, "cpu", json_type_int),
	   "a cap says what it is on");
	json_object_put(object);
}

int main(void)
{
	test_numbers();
	test_power();
	test_can_use();
	test_stat();
	test_processes();
	test_holders();
	test_json();
	test_targets();
	return tap_done();
}
