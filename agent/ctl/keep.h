/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command that holds something by a lease: it stays in the foreground, renews,
 * and lets go at ^C, after --for, or when it is asked to. If it dies or hangs,
 * the kernel lets go.
 */
#ifndef TWILL_CTL_KEEP_H
#define TWILL_CTL_KEEP_H

#include <poll.h>
#include <stdint.h>

#include "ctl/ctl.h"

enum { KEEP_SIGNAL, KEEP_RENEW, KEEP_END, KEEP_ASKED, KEEP_MAX };

/**
 * struct keep - what is held
 * @ctl: the invocation
 * @ttl_ms: time to live of the lease; 0 for the knob's
 * @for_ms: how long to hold; 0 for no end
 * @lost: no lease is left: says why, and returns an exit code
 * @end: lets go; returns an exit code
 * @asked: pfd[KEEP_ASKED] is readable; an exit code, or negative to go on; NULL
 *	if nobody can ask
 * @pfd: what ends it or keeps it; keep_prepare() makes all but KEEP_ASKED
 */
struct keep {
	struct ctl *ctl;
	uint32_t ttl_ms;
	uint32_t for_ms;
	int (*lost)(struct keep *keep);
	int (*end)(struct keep *keep);
	int (*asked)(struct keep *keep);
	struct pollfd pfd[KEEP_MAX];
};

/** keep_init() - with no descriptor open */
void keep_init(struct keep *keep, struct ctl *ctl);

/** keep_prepare() - all that can fail, before anything is held; 0 or an exit code, said */
int keep_prepare(struct keep *keep);

/** keep_hold() - until it ends; @name for messages; returns an exit code */
int keep_hold(struct keep *keep, const char *name);

/** keep_dispose() - close what is open */
void keep_dispose(struct keep *keep);

#endif
