/* SPDX-License-Identifier: GPL-2.0-or-later */
/* twillctl simulate: what is wanted, runs, and what they print and write. */
#ifndef TWILL_CTL_SIMULATE_H
#define TWILL_CTL_SIMULATE_H

#include "ctl/ctl.h"
#include "power/board.h"
#include "report/page.h"
#include "sim/gen.h"
#include "sim/still.h"

#define SIM_POLICIES	16

/**
 * struct wanted - the command line
 * @trace: the file, or the specification of what is made in its place
 * @made: it is one
 * @gen: what it says
 * @models: directory, or NULL for the installed one
 * @board: name or file
 * @policies: names, known to exist
 * @policies_n: how many
 * @budget_mw: 0 for none
 * @switch_us: meaningful with @has_switch
 * @gain_ppm: of the sensor
 * @by_layer: everything is submitted layer by layer
 * @out: file for the requests, or NULL
 * @svg: for the timeline
 * @html: for the page
 * @from_ns: span of timelines
 * @to_ns: likewise
 */
struct wanted {
	const char *trace, *models, *board;
	const char *policies[SIM_POLICIES];
	uint32_t policies_n;
	uint64_t budget_mw, switch_us;
	int32_t gain_ppm;
	bool made, has_switch, by_layer;
	struct gen gen;
	const char *out, *svg, *html;
	uint64_t from_ns, to_ns;
};

/** simulate_load() - read the trace, or make it; 0 or an exit code, said */
int simulate_load(struct ctl *ctl, const struct wanted *w, struct sim_load *load);
/** simulate_setup() - all but the policy and its clocks; 0 or an exit code, said */
int simulate_setup(struct ctl *ctl, const struct wanted *w, const struct sim_load *load,
		   struct board_profile *board, struct sim_setup *setup);
/**
 * simulate_run() - run one policy and sum it up
 * @setup: as all runs have it
 * @run: its record is to be freed if this succeeds
 *
 * Return: 0 or an exit code, said.
 */
int simulate_run(struct ctl *ctl, const struct wanted *w, const struct sim_setup *setup,
		 struct sim_load *load, const char *policy, struct report_run *run);

/* simulate_print.c: to standard output */
void simulate_print(const struct ctl *ctl, const struct page *page);

/* simulate_files.c: after the only run, and after the last; 0 or an exit code, said. */
int simulate_write_run(struct ctl *ctl, const struct wanted *w, const struct sim_load *load,
		       const struct report_run *run);
int simulate_write_page(struct ctl *ctl, const struct wanted *w, const struct page *page);

#endif
