/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state - what twilld's ladder of CPU backends stands at, for whoever asks.
 *
 * twilld writes it at each change, twillctl reads it: a small ini file below /run/twill,
 * replaced atomically, and beside it the kernel's dump of the last sched_ext policy that
 * it ended. Both are bounded.
 */
#ifndef TWILL_SCHED_STATE_H
#define TWILL_SCHED_STATE_H

#include <stdint.h>

#include "conf.h"

#define STATE_FILE	"/run/twill/sched"
#define STATE_DUMP	"/run/twill/sched.dump"
#define STATE_WHY	320

/**
 * struct sched_state - the ladder, as far as it is shown
 * @pid: of the twilld that wrote it; one that is not alive left it
 * @backend: in effect, by backend_name()
 * @why: why the last one that was tried or in effect is not, or ""
 * @failed: which that was, or ""
 * @attaches: how often a backend took effect since twilld started
 * @falls: how often one was refused or ended
 * @switch_us: what the last change took, microseconds
 */
struct sched_state {
	uint32_t pid;
	char backend[16];
	char failed[16];
	char why[STATE_WHY];
	uint32_t attaches;
	uint32_t falls;
	uint32_t switch_us;
};

/** state_write() - replace the file; 0 or negative errno */
int state_write(const char *sysroot, const struct sched_state *s);

/** state_dump() - keep the kernel's dump; 0 or negative errno */
int state_dump(const char *sysroot, const char *dump);

/** state_read() - 0; -ENOENT if no twilld has a ladder; -EINVAL with a reason in @error */
int state_read(const char *sysroot, struct sched_state *s, char error[CONF_ERROR_MAX]);

/** state_remove() - the writer goes; the dump stays */
void state_remove(const char *sysroot);

#endif
