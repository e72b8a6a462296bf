/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal - old values of knobs, kept so that they can always be put back.
 *
 * Before a file is written for the first time its value goes to
 * /run/twill/journal (below the sysroot), one entry a file, replaced
 * atomically. Whoever comes later - twilld on its way out, the service's stop
 * step after a kill -9, twillctl restore - reads the entries and puts the
 * values back, byte for byte.
 *
 * An entry is `pending` from before a write until the value that the kernel
 * made of it has been read back: whatever the file holds meanwhile is taken to
 * be ours. A settled entry tells our value from an outside writer's; a value
 * that is neither ours nor the saved one is left alone.
 */
#ifndef TWILL_JOURNAL_H
#define TWILL_JOURNAL_H

#include <stdbool.h>

#define JOURNAL_DIR		"/run/twill/journal"
#define JOURNAL_VALUE_MAX	4096	/* a sysfs file holds no more than a page */

struct journal;

/**
 * journal_open() - open the journal for writing knobs
 * @sysroot: prefix of every path; "" on a board
 * @ret: receives the journal on success, is left alone on failure
 *
 * Creates the directory. Entries of an earlier owner stay; restore them first.
 * Return: 0; -EPERM if the directory belongs to someone else or others may
 * write to it; another negative errno.
 */
int journal_open(const char *sysroot, struct journal **ret);
/** journal_close() - close; restores nothing. Accepts and returns NULL. */
struct journal *journal_close(struct journal *j);

/**
 * journal_write() - set a knob, its old value saved first
 * @j: journal
 * @path: absolute path without the sysroot, below /sys/
 * @value: text to write
 *
 * Allocates nothing. Return: 0; -ESTALE when an outside writer changed the
 * knob since (nothing is written); -EINVAL for a path that is not below /sys/;
 * or why a step failed, in which case the entry, if any, still restores.
 */
int journal_write(struct journal *j, const char *path, const char *value);
/**
 * journal_put_back() - restore one knob and drop its entry
 *
 * Return: 0, also when there is no entry; -ESTALE when an outside writer's
 * value was left alone (the entry is dropped); or why it could not be restored.
 */
int journal_put_back(struct journal *j, const char *path);

/* What became of one entry. */
enum journal_outcome {
	JOURNAL_RESTORED,	/* the saved value is back */
	JOURNAL_UNCHANGED,	/* the file held the saved value already */
	JOURNAL_FOREIGN,	/* an outside writer's value was left alone */
	JOURNAL_GONE,		/* the file exists no more */
	JOURNAL_FAILED,		/* could not be read, written or parsed; the entry stays */
};

/** journal_outcome_name() - "restored" for JOURNAL_RESTORED, and so on */
const char *journal_outcome_name(enum journal_outcome outcome);

/**
 * journal_fn - told of each entry
 * @path: the knob, without the sysroot
 * @outcome: what became of it
 * @error: negative errno for JOURNAL_FAILED, else 0
 * @arg: as given
 */
typedef void (*journal_fn)(const char *path, enum journal_outcome outcome, int error, void *arg);

/**
 * journal_restore() - put every saved value back
 * @sysroot: prefix of every path; "" on a board
 * @fn: told of each entry, or NULL
 * @arg: for @fn
 *
 * Safe at any time and as often as wanted; needs no journal to exist.
 * Return: number of entries that failed (0: all is as it was), or a negative
 * errno if the journal itself cannot be read.
 */
int journal_restore(const char *sysroot, journal_fn fn, void *arg);

/** journal_entries() - number of entries, 0 when there is no journal; negative errno */
int journal_entries(const char *sysroot);

#endif
