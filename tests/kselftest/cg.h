/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cg - control groups of the guest, version 2, below /sys/fs/cgroup. Groups are
 * the test's own and one level deep; each call says with an errno what failed.
 */
#ifndef CG_H
#define CG_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether there are any: tests skip otherwise. */
bool cg_there(void);
int cg_make(const char *group);
/* Move what is left to the root, and remove the group. */
void cg_remove(const char *group);
/* Write to a file of a group; NULL is the root. */
int cg_write(const char *group, const char *file, const char *value);
int cg_move(const char *group, pid_t pid);
int cg_freeze(const char *group, bool on);
/* Until cgroup.events says so. */
bool cg_until_frozen(const char *group, bool on, int ms);
bool cg_frozen(const char *group);

#endif
