/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jobs - what became of each request, for other programs: a row for each, in the order of the trace. */
#ifndef TWILL_REPORT_JOBS_H
#define TWILL_REPORT_JOBS_H

#include <stdio.h>

#include "sim/load.h"

enum jobs_form { JOBS_CSV, JOBS_JSON };

/** jobs_form() - by the end of a file's name; negative for neither .csv nor .json */
int jobs_form(const char *path);

/**
 * jobs_write() - write them
 * @si: what they ran on
 * @load: after a run
 * @form: enum jobs_form
 *
 * Whole numbers throughout: the same run gives the same bytes. Who writes looks at
 * ferror() of @f.
 */
void jobs_write(FILE *f, const struct silicon *si, const struct sim_load *load,
		enum jobs_form form);

#endif
