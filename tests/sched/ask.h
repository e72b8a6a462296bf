/* SPDX-License-Identifier: GPL-2.0-only */
/* ask.h - struct twill_sched as kmod/sched.h has it, for both sides of the test. */
#ifndef ASK_H
#define ASK_H

struct twill_sched {
	unsigned long long deadline_ns;
	unsigned int tagged;
	unsigned int cls;
	unsigned int priority;
	unsigned int clusters;
	unsigned int jobs;
	unsigned int frozen;
};

#endif
