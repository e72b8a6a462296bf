/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record - what a timeline shows of a run, while the run goes.
 *
 * Bars that a picture could not tell apart become one as they come, so that what is
 * kept grows with the picture's width and not with the number of jobs or units.
 */
#ifndef TWILL_REPORT_RECORD_H
#define TWILL_REPORT_RECORD_H

#include "sim/load.h"
#include "sim/watch.h"

#define RECORD_POWERS	600	/* values of power, at most */

enum record_kind {
	RECORD_WAIT,	/* has arrived, and has not been placed */
	RECORD_JOB,	/* placed, not ended */
	RECORD_UNIT,	/* on the engine, time slices of others included */
	RECORD_FROZEN,
	RECORD_KINDS
};

struct record_bar {
	uint8_t kind, model, engine;
	uint64_t from_ns, to_ns;
};

/**
 * struct record_power - between two samples some hundredths of the span apart
 * @mean_mw: over that time
 * @window_mw: highest mean of a whole window that ended in it; 0 before there is one
 */
struct record_power {
	uint32_t mean_mw;
	uint32_t window_mw;
};

/**
 * struct record - a span of a run
 * @from_ns: what is over before is not kept
 * @to_ns: nor what begins after; cut to the end of the run by record_finish()
 * @bars: in the order of their end, clipped to the span
 * @power: of each @power_ns from @from_ns on
 * @short_of_memory: bars are missing
 */
struct record {
	uint64_t from_ns, to_ns;
	struct record_bar *bars;
	size_t bars_n;
	struct record_power power[RECORD_POWERS];
	uint32_t power_n;
	uint64_t power_ns;
	bool short_of_memory;

	/* private: */
	const struct sim_load *load;
	struct sim_watch watch;
	size_t room;
	uint64_t gap_ns;
	uint32_t last[RECORD_KINDS][SIM_MODELS][ORIN_SIM_ENGINES];	/* bar, and one more */
	struct {
		uint8_t engine;		/* ORIN_SIM_ENGINES: no job has been placed */
		uint64_t placed_ns, frozen_ns;
		uint64_t held_from_ns, held_to_ns;	/* frozen before its job was placed */
		bool frozen;
	} model[SIM_MODELS];
	uint64_t sample_uj;
	uint64_t sample_ns;
	uint32_t window_mw;
};

/** record_init() - of @load's next run, from @from_ns to @to_ns; &record->watch goes to sim_run() */
void record_init(struct record *r, const struct sim_load *load, uint64_t from_ns, uint64_t to_ns);
/** record_finish() - the run is over, and ended at @end_ns */
void record_finish(struct record *r, uint64_t end_ns);
void record_free(struct record *r);

#endif
