/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options - what tests/policy/bench.c is asked to run. */
#ifndef TWILL_TESTS_POLICY_OPTIONS_H
#define TWILL_TESTS_POLICY_OPTIONS_H

#include "power/board.h"
#include "sim/gen.h"
#include "sim/thermal.h"

#define POLICIES	24

/**
 * struct options - the command line, and what was read for it
 * @gen: --load
 * @plan: of that load; only per_s of it comes from the command line
 * @first: seeds from here
 * @last: to there
 * @names: --policies
 * @wrong: --wrong, as it was given
 * @silicon: the board, with --silicon
 * @board: what the agent believes of its power, with --wrong
 * @belief: and of times
 * @thermal: --heat, --leak and --oc
 * @hot: whether there is any
 */
struct options {
	struct gen gen;
	struct gen_plan plan;
	uint64_t first, last;
	const char *names[POLICIES];
	int policies;
	const char *models, *board_path;
	char *wrong;
	struct silicon silicon;
	struct board_profile board;
	struct sim_belief belief;
	struct thermal_setup thermal;
	bool hot;
	uint32_t budget_mw;
	int64_t switch_ns;
	uint32_t dlas;
	bool alone, plan_only;
};

/** die() - say it and exit with 1 */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/** options_read() - the command line, the board's profile and the plan, or die */
void options_read(struct options *o, int argc, char **argv);

#endif
