/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Naming a process so that a reused pid is never taken for it. */
#ifndef TWILL_PROC_H
#define TWILL_PROC_H

#include <stddef.h>
#include <stdint.h>

/**
 * proc_parse_stat() - start time from the text of /proc/PID/stat
 *
 * The name, between the first ( and the last ), may hold blanks and brackets.
 * Return: 0 or -EINVAL.
 */
int proc_parse_stat(const char *text, uint64_t *ret_start_time);

/** proc_start_time() - of a process; -ESRCH if there is none */
int proc_start_time(uint32_t pid, uint64_t *ret_start_time);

/** proc_open() - a pidfd; -ESRCH, or -EINVAL if @pid is a thread but no process */
int proc_open(uint32_t pid);

/** proc_alive() - whether the process of a pidfd has not ended */
int proc_alive(int pidfd);

/**
 * proc_pid() - pid of a pidfd, in the caller's pid namespace
 *
 * Return: 0; -EBADF if it is not open; -EINVAL if it is no pidfd; -ESRCH if the
 * process has ended; -EXDEV if it is not visible from here.
 */
int proc_pid(int pidfd, uint32_t *ret_pid);

/** proc_parse_fdinfo() - the same from the text of /proc/self/fdinfo/FD */
int proc_parse_fdinfo(const char *text, uint32_t *ret_pid);

/** proc_read() - a whole small file, ended by a zero; its length or -errno */
int proc_read(const char *path, char *buffer, size_t size);

#endif
