/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How `twillctl thaw` finds and ends what `twillctl freeze` holds.
 *
 * A freeze belongs to the socket of the command that asked for it, so only that
 * command can end it. It listens on an abstract unix socket whose name has the
 * task's id, which goes away with it: no file is left behind by a kill -9.
 */
#ifndef TWILL_CTL_HOLD_H
#define TWILL_CTL_HOLD_H

#include <stdint.h>

/** hold_listen() - be found as the holder of a freeze; fd or -errno */
int hold_listen(uint32_t task);

/**
 * hold_accept() - take one request to let go
 *
 * Return: a connection to give to hold_answer(), if the other is of the same
 * user or root; -EPERM if not (it has been told); other negative errno.
 */
int hold_accept(int listener);

/** hold_answer() - tell what came of it, 0 or a negative errno, and close */
void hold_answer(int connection, int result);

/**
 * hold_release() - ask all holders of a task's freezes to let go, and wait for it
 * @ret_refused: number of holders that did not
 *
 * Return: number of holders that did; negative errno if they cannot be listed.
 */
int hold_release(uint32_t task, int *ret_refused);

/** hold_parse() - pid from a line of /proc/net/unix if it is a holder of @task, else 0 */
uint32_t hold_parse(const char *line, uint32_t task);

#endif
