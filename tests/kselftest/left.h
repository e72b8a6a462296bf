/* SPDX-License-Identifier: GPL-2.0-or-later */
/* left - whether owners that are gone have left something behind. */
#ifndef LEFT_H
#define LEFT_H

#include <sys/types.h>

/*
 * NULL if nothing is held by anybody: no job, cap, agent or gate setting, and
 * as many sockets as may hold leases at all can freeze this process. It is
 * tagged and runs afterwards. Else what is left.
 */
const char *left_behind(pid_t pid);

#endif
