/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page - what a simulation showed, as one page of HTML that needs nothing else. */
#ifndef TWILL_REPORT_PAGE_H
#define TWILL_REPORT_PAGE_H

#include <stdio.h>

#include "report/record.h"
#include "sim/latency.h"

/**
 * struct report_run - one policy's run, summed up
 * @policy: its name
 * @all: latencies of all requests
 * @high: of the models of the highest priority
 * @model: of each model
 * @result: of the run
 * @quantiles: of each model, and behind them of all; for sim_quantile()
 * @record: what its timeline shows
 */
struct report_run {
	const char *policy;
	struct sim_latency all, high, model[SIM_MODELS];
	struct sim_result result;
	double quantiles[SIM_MODELS + 1][SIM_QUANTILES];
	struct record record;
};

/**
 * struct page - what is to be shown
 * @trace: name of the file
 * @board: power profile that policies believe in
 * @setup: what all runs had
 * @by_layer: engines were submitted layer by layer
 * @load: what ran
 * @runs: one for each policy
 * @runs_n: how many
 */
struct page {
	const char *trace, *board;
	const struct sim_setup *setup;
	bool by_layer;
	const struct sim_load *load;
	const struct report_run *runs;
	uint32_t runs_n;
};

/** page_write() - write it; who writes looks at ferror() of @f */
void page_write(FILE *f, const struct page *page);

#endif
