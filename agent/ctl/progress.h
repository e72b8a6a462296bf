/* SPDX-License-Identifier: GPL-2.0-or-later */
/* progress - a bar on standard error, for those who wait at a terminal. */
#ifndef TWILL_CTL_PROGRESS_H
#define TWILL_CTL_PROGRESS_H

#include "sim/watch.h"

/**
 * struct progress - a bar
 * @watch: to be given to the run
 */
struct progress {
	struct sim_watch watch;

	/* private: */
	const char *name;
	uint64_t done, total, start_ns, shown_ns;
};

/** progress_start() - of a run of @total jobs; false, and no bar, where nobody would see it */
bool progress_start(struct progress *p, const char *name, uint64_t total);
/** progress_end() - take it away */
void progress_end(struct progress *p);

#endif
