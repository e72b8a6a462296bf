// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration and board profiles: what is right is taken, what is wrong is said. */
#include <string.h>

#include "conf.h"
#include "power/board.h"
#include "tap.h"
#include "tree.h"

#define FILE_PATH	"/x.ini"

static char error[CONF_ERROR_MAX];

static const char *file(const char *text)
{
	static char full[PATH_MAX];

	tree_put_raw(FILE_PATH, text, strlen(text));
	snprintf(full, sizeof(full), "%s" FILE_PATH, tree_root);
	return full;
}

static void test_conf(const char *shipped)
{
	struct conf c, before;

	conf_default(&c);
	before = c;
	ok(!conf_read(&c, shipped, error) && !memcmp(&c, &before, sizeof(c)),
	   "the shipped file says what counts without it %s", error);
	ok(!conf_read(&c, file("# x\n ; y\n\n[twilld]\npolicy=fifo\n  starve_windows =  3 \n"
			       "board = /b.ini\nboards = /d\nlog_decisions = /l"), error) &&
	   !strcmp(c.policy, "fifo") && c.starve_windows == 3 && !strcmp(c.board, "/b.ini") &&
	   !strcmp(c.boards, "/d") && !strcmp(c.log_decisions, "/l"), "all keys %s", error);
	ok(!conf_read(&c, file("[twilld]\nboard = auto\n"), error) && !c.board[0], "board = auto");
	ok(!conf_read(&c, file(""), error), "an empty file");
	ok(conf_read(&c, "/nonexistent/x", error) == -ENOENT && strstr(error, "/nonexistent/x"),
	   "a missing one: %s", error);
}

static void test_bad_conf(void)
{
	static const struct {
		const char *text, *says;
	} row[] = {
		{ "policy = paper\n", "FILE:1: key 'policy' stands before any section" },
		{ "[twilld]\n\npolicy\n", "FILE:3: 'policy' is not of the form key = value" },
		{ "[twilld]\n= x\n", "FILE:2: '= x' is not of the form key = value" },
		{ "[twilld]\npolicy =\n", "FILE:2: key 'policy' has no value" },
		{ "[twilld]\npolcy = x\n", "FILE:2: unknown key 'polcy'; see twill.conf(5)" },
		{ "[twill]\npolicy = x\n", "FILE:2: unknown section [twill]; there is [twilld]" },
		{ "[twilld\n", "FILE:1: '[twilld' is not a section, such as [twilld]" },
		{ "[]\n", "FILE:1: '[]' is not a section, such as [twilld]" },
		{ "[twilld]\nstarve_windows = 0\n",
		  "FILE:2: '0' is not a number from 1 to 10000" },
		{ "[twilld]\nstarve_windows = 5x\n",
		  "FILE:2: '5x' is not a number from 1 to 10000" },
		{ "[twilld]\nstarve_windows = -1\n",
		  "FILE:2: '-1' is not a number from 1 to 10000" },
		{ "[twilld]\nstarve_windows = 99999999999999999999\n",
		  "FILE:2: '99999999999999999999' is not a number from 1 to 10000" },
	};
	static char huge[3000];
	char want[CONF_ERROR_MAX];
	struct conf c, before;
	const char *path;
	size_t i;

	conf_default(&c);
	before = c;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		path = file(row[i].text);
		snprintf(want, sizeof(want), "%s%s", path, row[i].says + 4);
		ok(conf_read(&c, path, error) == -EINVAL && !strcmp(error, want) &&
		   !memcmp(&c, &before, sizeof(c)), "refused: %s", row[i].says);
	}
	memset(huge, 'a', sizeof(huge) - 1);
	ok(conf_read(&c, file(huge), error) == -EINVAL && strstr(error, "longer than 1023 bytes"),
	   "refused: a line without end");
	memcpy(huge, "[twilld]\npolicy = ", 18);
	huge[200] = '\0';
	ok(conf_read(&c, file(huge), error) == -EINVAL && strstr(error, "longer than 63 bytes"),
	   "refused: a name without end");
}

static void test_board(const char *shipped)
{
	struct board_profile b;

	memset(&b, 0, sizeof(b));
	ok(!board_read(&b, shipped, error), "the Orin NX profile reads %s", error);
	ok(!strcmp(b.compatible, "nvidia,p3767-0000") && b.idle_mw == 4600, "and names its board");
	/* What the figures were derived from: idle, eight cores, the GPU. */
	ok(b.idle_mw + 8 * board_mw(&b, BOARD_CPU, 1497600) + board_mw(&b, BOARD_GPU, 408000) ==
	   16940, "16.9 W at 408 MHz");
	ok(b.idle_mw + 8 * board_mw(&b, BOARD_CPU, 1497600) + board_mw(&b, BOARD_GPU, 1173000) ==
	   27610, "27.6 W at 1173 MHz");
	ok(board_mw(&b, BOARD_GPU, 100000) == 7340 && board_mw(&b, BOARD_GPU, 357000) == 7840 &&
	   board_mw(&b, BOARD_GPU, 2346000) == 38020, "below, between and above the points");
}

static void test_bad_board(void)
{
	static const char head[] = "[board]\nname = X\ncompatible = x\nidle_mw = 10\nmax_mw = 90\n";
	static const struct {
		const char *text, *says;
	} row[] = {
		{ "[gpu]\nbusy_mw = 1:1\n", "lacks [cpu] busy_mw" },
		{ "[cpu]\nbusy_mw = 1:1\n", "lacks [gpu] busy_mw" },
		{ "[gpu]\nbusy_mw = 10:5 9:6\n", "'9:6' does not go on a list" },
		{ "[gpu]\nbusy_mw = 10:5 20:4\n", "'20:4' does not go on a list" },
		{ "[gpu]\nbusy_mw = 10:5,20:6\n", "',20:6' does not go on a list" },
		{ "[gpu]\nbusy_mw = 10\n", "'10' does not go on a list" },
		{ "[gpu]\nbusy_mw = 0:1\n", "'0:1' does not go on a list" },
		{ "[gpu]\nbusy_mw = 1:200001\n", "does not go on a list" },
		{ "[gpu]\nidle = 3\n", "unknown key 'idle' in section [gpu]" },
		{ "[board]\nidle_mw = none\n", "'none' is not a number" },
		{ "[board]\nmax_mw = 10\n[cpu]\nbusy_mw = 1:1\n[gpu]\nbusy_mw = 1:1\n",
		  "max_mw must be above idle_mw" },
	};
	struct board_profile b, before;
	char text[1024];
	size_t i;

	memset(&b, 7, sizeof(b));
	before = b;
	ok(board_read(&b, file("[gpu]\nbusy_mw = 1:1\n"), error) == -EINVAL &&
	   strstr(error, "lacks [board] name"), "refused: a nameless board");
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", head, row[i].text);
		ok(board_read(&b, file(text), error) == -EINVAL && strstr(error, row[i].says) &&
		   !memcmp(&b, &before, sizeof(b)), "refused: %s", row[i].says);
	}
}

int main(int argc, char **argv)
{
	char conf[PATH_MAX], board[PATH_MAX];
	const char *top = argc > 1 ? argv[1] : ".";

	snprintf(conf, sizeof(conf), "%s/agent/twill.conf", top);
	snprintf(board, sizeof(board), "%s/agent/boards/orin-nx-16gb.ini", top);
	tree_new();
	test_conf(conf);
	test_bad_conf();
	test_board(board);
	test_bad_board();
	tree_remove();
	return tap_done();
}
