/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scx - load, attach and watch the sched_ext policy of bpf/.
 *
 * Not for several threads at once. The kernel ends the policy when its holder dies,
 * whatever way, and the fair class goes on with every thread.
 */
#ifndef TWILL_SCX_H
#define TWILL_SCX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bpf/intf.h"

struct scx;

/**
 * struct scx_shape - the CPUs that the policy is for
 * @cpus: possible ones, numbered from 0; at most SCHED_CPUS
 * @clusters: how many; at most SCHED_CLUSTERS
 * @cluster_of: cluster of each CPU
 */
struct scx_shape {
	uint32_t cpus;
	uint32_t clusters;
	uint32_t cluster_of[SCHED_CPUS];
};

/**
 * struct scx_end - why the kernel ended the policy
 * @kind: enum scx_exit_kind of the kernel: 64 and above are by request, 1024 and above errors
 * @reason: the kernel's words for @kind
 * @message: what happened, may be empty
 */
struct scx_end {
	int kind;
	char reason[SCHED_REASON];
	char message[SCHED_REASON];
};

/**
 * struct scx_options - what is for tests only; zeroes otherwise
 * @timeout_ms: the kernel's patience with a thread that is not run; 0: the policy's own
 * @stall: leave threads that feed an accelerator without a CPU
 */
struct scx_options {
	uint32_t timeout_ms;
	bool stall;
};

/**
 * scx_open() - load the policy, which takes most of the time
 * @to: the policy; for scx_close()
 * @o: or NULL
 * @why: the reason of a refusal, in words
 *
 * Nothing is scheduled by it yet, but twill.ko cannot be unloaded while it is loaded.
 * Return: 0; -EINVAL for a shape that it is not made for; -EOPNOTSUPP where the kernel
 * has no sched_ext, no BTF or the module no kfuncs; what the kernel says otherwise.
 */
int scx_open(struct scx **to, const struct scx_shape *shape, const struct scx_options *o,
	     char *why, size_t n);

/** scx_close() - detach and unload it; NULL is legal; returns NULL */
struct scx *scx_close(struct scx *s);

/**
 * scx_attach() - from now on every thread of the fair class is scheduled by the policy
 *
 * It begins afresh: counts are zero, no end is known.
 * Return: 0; -EBUSY while another scheduler is attached; what the kernel says otherwise.
 */
int scx_attach(struct scx *s, char *why, size_t n);

/** scx_detach() - hand all threads back to the fair class; it stays loaded */
void scx_detach(struct scx *s);

/** scx_ended() - whether the kernel has ended the policy, and why; it is still to be detached */
bool scx_ended(const struct scx *s, struct scx_end *end);

/** scx_dump() - the kernel's dump of queues and threads when it ended the policy, or "" */
const char *scx_dump(const struct scx *s);

/** scx_count() - what became of threads of a band, of all CPUs together */
struct sched_count scx_count(const struct scx *s, enum sched_band band);

/** scx_cost() - instructions that the verifier looked at in the i-th program, and its name; 0 after the last */
uint32_t scx_cost(const struct scx *s, uint32_t i, const char **name);

#endif
