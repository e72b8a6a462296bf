/* SPDX-License-Identifier: GPL-2.0-only */
/* intf.h - what the policy and its loader both know: constants and plain structs. */
#ifndef TWILL_BPF_INTF_H
#define TWILL_BPF_INTF_H

#define SCHED_CPUS	64	/* beyond these the loader refuses */
#define SCHED_CLUSTERS	8	/* likewise */
#define SCHED_REASON	128	/* bytes kept of what the kernel says at the end */
#define SCHED_DUMP	8192	/* and of its dump of queues and threads */

/* How a thread is scheduled, the more urgent the higher. */
enum sched_band {
	SCHED_PLAIN,	/* without a tag, or its task has no job */
	SCHED_FEED,	/* its task works on a job: it feeds an accelerator */
	SCHED_BANDS
};

/**
 * struct sched_count - what became of threads on one CPU, counted from the attach
 * @picked: went straight to an idle CPU
 * @queued: had to queue
 * @ran_ns: time on the CPU
 */
struct sched_count {
	unsigned long long picked;
	unsigned long long queued;
	unsigned long long ran_ns;
};

#endif
