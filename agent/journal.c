// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * journal - old values of knobs, kept so that they can always be put back.
 *
 * An entry is a file named after its knob ('/' and '%' escaped) that holds
 *
 *	twill journal 1 settled 10 10\n
 *	<10 bytes: the saved value><10 bytes: our value as read back>
 *
 * and comes into place by rename. The lengths make a torn file, which rename
 * excludes, visible all the same. Order of a write, with what a kill leaves:
 *
 *	1. entry `pending`, saved = value now	knob untouched, entry restores to the same
 *	2. knob written				pending entry: whatever is there is ours
 *	3. knob read back			likewise
 *	4. entry `settled`, ours = read back	settled entry: ours restores, else foreign
 *
 * Writers and restorers exclude each other by a lock on the directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"

#define HEAD_MAX	64
#define TMP_NAME	".new"

struct value {
	uint32_t len;
	char data[JOURNAL_VALUE_MAX];
};

struct entry {
	bool pending;
	struct value saved;
	struct value ours;
};

struct journal {
	int dir;
	char sysroot[PATH_MAX];
	/* Scratch, so that a write allocates nothing. */
	struct entry entry;
	struct value now;
	char raw[HEAD_MAX + 2 * JOURNAL_VALUE_MAX];
};

/* Names. */

static int check_path(const char *path)
{
	if (strncmp(path, "/sys/", 5) || strstr(path, "/../") || strchr(path, '\n'))
		return -EINVAL;
	return 0;
}

static int name_of(const char *path, char name[NAME_MAX + 1])
{
	size_t n = 0;

	for (; *path; path++) {
		const char *esc = *path == '/' ? "%2F" : *path == '%' ? "%25" : NULL;

		if (n + 3 > NAME_MAX)
			return -ENAMETOOLONG;
		if (esc) {
			memcpy(name + n, esc, 3);
			n += 3;
		} else {
			name[n++] = *path;
		}
	}
	name[n] = '\0';
	return 0;
}

static int path_of(const char *name, char path[NAME_MAX + 1])
{
	size_t n = 0;

	for (; *name; name++) {
		if (*name != '%') {
			path[n++] = *name;
		} else if (!strncmp(name, "%2F", 3) || !strncmp(name, "%25", 3)) {
			path[n++] = name[2] == 'F' ? '/' : '%';
			name += 2;
		} else {
			return -EINVAL;
		}
	}
	path[n] = '\0';
	return check_path(path);
}

/* Whole files. */

static int read_at(int dir, const char *name, char *buf, size_t size, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n;
	int fd, err = 0;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	while (len < size) {
		n = read(fd, buf + len, size - len);
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		len += n;
	}
	close(fd);
	if (!err && len == size)
		err = -EFBIG;
	if (!err)
		*ret_len = len;
	return err;
}

static int knob_path(const struct journal *j, const char *path, char full[PATH_MAX])
{
	if (snprintf(full, PATH_MAX, "%s%s", j->sysroot, path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

static int knob_read(const struct journal *j, const char *path, struct value *v)
{
	char full[PATH_MAX];
	size_t len;
	int err;

	err = knob_path(j, path, full);
	if (!err)
		err = read_at(AT_FDCWD, full, v->data, sizeof(v->data), &len);
	if (!err)
		v->len = len;
	return err;
}

/* One write(2): sysfs takes a value whole or not at all. */
static int knob_write(const struct journal *j, const char *path, const char *data, size_t len)
{
	char full[PATH_MAX];
	ssize_t n;
	int fd, err;

	err = knob_path(j, path, full);
	if (err)
		return err;
	fd = open(full, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	n = write(fd, data, len);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != len)
		err = -EIO;
	close(fd);
	return err;
}

static bool same(const struct value *a, const struct value *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

/* Entries. */

static int entry_parse(const char *raw, size_t len, struct entry *e)
{
	unsigned int saved, ours;
	char state[8];
	int head = 0;

	if (!memchr(raw, '\n', len < HEAD_MAX ? len : HEAD_MAX) ||
	    sscanf(raw, "twill journal 1 %7s %4u %4u%n", state, &saved, &ours, &head) != 3 ||
	    raw[head] != '\n' || saved > JOURNAL_VALUE_MAX || ours > JOURNAL_VALUE_MAX ||
	    len != (size_t)head + 1 + saved + ours)
		return -EBADMSG;
	if (!strcmp(state, "pending"))
		e->pending = true;
	else if (!strcmp(state, "settled"))
		e->pending = false;
	else
		return -EBADMSG;
	raw += head + 1;
	e->saved.len = saved;
	memcpy(e->saved.data, raw, saved);
	e->ours.len = ours;
	memcpy(e->ours.data, raw + saved, ours);
	return 0;
}

static int entry_read(struct journal *j, const char *name)
{
	size_t len;
	int err;

	err = read_at(j->dir, name, j->raw, sizeof(j->raw) - 1, &len);
	if (err)
		return err;
	j->raw[len] = '\0';
	return entry_parse(j->raw, len, &j->entry);
}

static int entry_write(struct journal *j, const char *name)
{
	const struct entry *e = &j->entry;
	size_t len;
	int fd, err = 0;

	len = snprintf(j->raw, HEAD_MAX, "twill journal 1 %s %u %u\n",
		       e->pending ? "pending" : "settled", e->saved.len, e->ours.len);
	memcpy(j->raw + len, e->saved.data, e->saved.len);
	len += e->saved.len;
	memcpy(j->raw + len, e->ours.data, e->ours.len);
	len += e->ours.len;

	fd = openat(j->dir, TMP_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, j->raw, len) != (ssize_t)len)
		err = -EIO;
	else if (fsync(fd))
		err = -errno;
	close(fd);
	if (!err && renameat(j->dir, TMP_NAME, j->dir, name))
		err = -errno;
	if (!err && fsync(j->dir))
		err = -errno;
	return err;
}

static int entry_drop(struct journal *j, const char *name)
{
	if (unlinkat(j->dir, name, 0) && errno != ENOENT)
		return -errno;
	return fsync(j->dir) ? -errno : 0;
}

/* The directory. */

static int make_dir(const char *sysroot)
{
	char full[PATH_MAX];
	char *p;

	if (snprintf(full, sizeof(full), "%s" JOURNAL_DIR, sysroot) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	for (p = full + strlen(sysroot) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(full, 0755) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	if (mkdir(full, 0700) && errno != EEXIST)
		return -errno;
	return 0;
}

/* Whoever can write here chooses what root writes to sysfs: refuse a foreign directory. */
static int open_dir(const char *sysroot, struct journal **ret)
{
	char full[PATH_MAX];
	struct journal *j;
	struct stat st;
	int err;

	if (snprintf(full, sizeof(full), "%s" JOURNAL_DIR, sysroot) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	memcpy(j->sysroot, sysroot, strlen(sysroot) + 1);
	j->dir = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (j->dir < 0) {
		err = -errno;
		free(j);
		return err;
	}
	if (fstat(j->dir, &st) || st.st_uid != geteuid() || (st.st_mode & 0022)) {
		journal_close(j);
		return -EPERM;
	}
	*ret = j;
	return 0;
}

int journal_open(const char *sysroot, struct journal **ret)
{
	int err = make_dir(sysroot);

	return err ? err : open_dir(sysroot, ret);
}

struct journal *journal_close(struct journal *j)
{
	if (!j)
		return NULL;
	close(j->dir);
	free(j);
	return NULL;
}

static int lock(struct journal *j)
{
	while (flock(j->dir, LOCK_EX))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void unlock(struct journal *j)
{
	flock(j->dir, LOCK_UN);
}

/* Writing. */

static int write_locked(struct journal *j, const char *path, const char *name, const char *value)
{
	struct entry *e = &j->entry;
	int err, werr;

	err = knob_read(j, path, &j->now);
	if (err)
		return err;
	err = entry_read(j, name);
	if (err == -ENOENT) {
		e->saved = j->now;
		e->ours.len = 0;
	} else if (err) {
		return err;	/* never replace an entry that cannot be understood */
	} else if (!e->pending && !same(&j->now, &e->ours) && !same(&j->now, &e->saved)) {
		return -ESTALE;
	}

	e->pending = true;
	err = entry_write(j, name);
	if (err)
		return err;
	werr = knob_write(j, path, value, strlen(value));
	err = knob_read(j, path, &e->ours);
	if (err)
		return err;	/* stays pending: restores whatever is there */
	e->pending = false;
	err = entry_write(j, name);
	return werr ? werr : err;
}

int journal_write(struct journal *j, const char *path, const char *value)
{
	char name[NAME_MAX + 1];
	int err;

	err = check_path(path);
	if (!err)
		err = name_of(path, name);
	if (!err)
		err = lock(j);
	if (err)
		return err;
	err = write_locked(j, path, name, value);
	unlock(j);
	return err;
}

/* Restoring. */

static int restore_value(struct journal *j, const char *path, const char *name,
			 enum journal_outcome *ret)
{
	struct entry *e = &j->entry;
	int err;

	err = knob_read(j, path, &j->now);
	if (err == -ENOENT || err == -ENODEV) {
		*ret = JOURNAL_GONE;
		return 0;
	}
	if (err)
		return err;
	if (same(&j->now, &e->saved)) {
		*ret = JOURNAL_UNCHANGED;
		return 0;
	}
	if (!e->pending && !same(&j->now, &e->ours)) {
		*ret = JOURNAL_FOREIGN;
		return 0;
	}
	/* Pending again, for whoever comes after a kill between here and entry_drop(). */
	e->pending = true;
	err = entry_write(j, name);
	if (!err)
		err = knob_write(j, path, e->saved.data, e->saved.len);
	if (!err)
		err = knob_read(j, path, &j->now);
	if (!err && !same(&j->now, &e->saved))
		err = -EIO;
	*ret = JOURNAL_RESTORED;
	return err;
}

static enum journal_outcome restore_entry(struct journal *j, const char *path, const char *name,
					  int *ret_err)
{
	enum journal_outcome outcome = JOURNAL_FAILED;
	int err;

	err = entry_read(j, name);
	if (!err)
		err = restore_value(j, path, name, &outcome);
	if (!err)
		err = entry_drop(j, name);
	*ret_err = err;
	return err ? JOURNAL_FAILED : outcome;
}

int journal_put_back(struct journal *j, const char *path)
{
	enum journal_outcome outcome;
	char name[NAME_MAX + 1];
	int err;

	err = check_path(path);
	if (!err)
		err = name_of(path, name);
	if (!err)
		err = lock(j);
	if (err)
		return err;
	outcome = restore_entry(j, path, name, &err);
	unlock(j);
	if (err == -ENOENT)
		return 0;
	return outcome == JOURNAL_FOREIGN ? -ESTALE : err;
}

static int restore_all(struct journal *j, DIR *d, journal_fn fn, void *arg)
{
	enum journal_outcome outcome;
	char path[NAME_MAX + 1];
	struct dirent *de;
	int err, failed = 0;

	while ((errno = 0, de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;	/* also a half-written .new: nothing was done on it yet */
		err = path_of(de->d_name, path);
		outcome = JOURNAL_FAILED;
		if (!err)
			outcome = restore_entry(j, path, de->d_name, &err);
		failed += outcome == JOURNAL_FAILED;
		if (fn)
			fn(path, outcome, err, arg);
	}
	return errno ? -errno : failed;
}

static DIR *list(struct journal *j)
{
	int fd = openat(j->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !d)
		close(fd);
	return d;
}

int journal_restore(const char *sysroot, journal_fn fn, void *arg)
{
	struct journal *j;
	DIR *d;
	int err;

	err = open_dir(sysroot, &j);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = lock(j);
	d = err ? NULL : list(j);
	if (!err && !d)
		err = -errno;
	if (!err) {
		err = restore_all(j, d, fn, arg);
		closedir(d);
	}
	journal_close(j);	/* and with it the lock */
	return err;
}

int journal_entries(const char *sysroot)
{
	struct journal *j;
	struct dirent *de;
	int err, n = 0;
	DIR *d;

	err = open_dir(sysroot, &j);
	if (err)
		return err == -ENOENT ? 0 : err;
	d = list(j);
	err = d ? 0 : -errno;
	while (d && (de = readdir(d)))
		n += de->d_name[0] != '.';
	if (d)
		closedir(d);
	journal_close(j);
	return err ? err : n;
}

const char *journal_outcome_name(enum journal_outcome outcome)
{
	switch (outcome) {
	case JOURNAL_RESTORED:
		return "restored";
	case JOURNAL_UNCHANGED:
		return "unchanged";
	case JOURNAL_FOREIGN:
		return "changed by someone else, left alone";
	case JOURNAL_GONE:
		return "gone";
	case JOURNAL_FAILED:
		return "failed";
	}
	return "unknown";
}
