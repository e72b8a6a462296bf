/* SPDX-License-Identifier: GPL-2.0-or-later */
/* who - become somebody else: another user, one with few capabilities, root of a container. */
#ifndef WHO_H
#define WHO_H

#include <stdint.h>
#include <sys/types.h>

#define CAPS(cap)	(1ULL << (cap))

/* Become that user with these capabilities and no others. 0 or negative errno. */
int who_user(uid_t uid, uint64_t caps);
/* Be root of a user namespace of one's own, and of what @flags of unshare(2) say. */
int who_container(int flags);
/* Die when the parent does, even if it has since the fork. Its pid, as its child sees it. */
void who_dies_with(pid_t maker);
/*
 * A process that does nothing, in this one's memory, so that hundreds are
 * cheap; it dies with the thread that made it. Its pid or negative errno.
 */
pid_t who_idler(void);

#endif
