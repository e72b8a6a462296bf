// SPDX-License-Identifier: GPL-2.0-or-later
/* spin PRIORITY: a tagged program whose only job never ends, and that computes all the while. */
#include <stdio.h>
#include <stdlib.h>

#include "twill.h"

int main(int argc, char **argv)
{
	struct twill_task_opts opts = { .priority = argc > 1 ? atoi(argv[1]) : 0 };
	struct twill *tw;
	int64_t err;

	err = twill_open(&tw);
	if (!err)
		err = twill_tag(tw, &opts);
	if (err >= 0)
		err = twill_job_begin(tw, "spin", NULL);
	if (err < 0) {
		fprintf(stderr, "spin: %s\n", twill_error(tw));
		return 1;
	}
	for (;;)
		;
}
