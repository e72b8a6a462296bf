// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The knob journal. It is compiled in here with its system calls counted, so
 * that a child can be killed before each of them in turn; whatever it left must
 * restore to the old value, byte for byte.
 */
#include <ftw.h>
#include <signal.h>
#include <sys/wait.h>

#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int steps, kill_at;	/* kill before this step; 0: never */

static void step(void)
{
	if (++steps == kill_at)
		raise(SIGKILL);
}

#define open(...)	(step(), open(__VA_ARGS__))
#define openat(...)	(step(), openat(__VA_ARGS__))
#define read(...)	(step(), read(__VA_ARGS__))
#define write(...)	(step(), write(__VA_ARGS__))
#define fsync(...)	(step(), fsync(__VA_ARGS__))
#define renameat(...)	(step(), renameat(__VA_ARGS__))
#define unlinkat(...)	(step(), unlinkat(__VA_ARGS__))
#define close(...)	(step(), close(__VA_ARGS__))
#include "../../agent/journal.c"
#undef open
#undef openat
#undef read
#undef write
#undef fsync
#undef renameat
#undef unlinkat
#undef close

#define KNOB	"/sys/devices/a b%2F/clk_cap"
#define OLD	"614400000\n"

static char root[64] = "/tmp/journal_test.XXXXXX";

static const char *at(const char *path)
{
	static char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static void put(const char *path, const char *data, size_t len)
{
	int fd = open(at(path), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
}

static bool holds(const char *path, const char *data, size_t len)
{
	char buf[2 * JOURNAL_VALUE_MAX];
	int fd = open(at(path), O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)len && !memcmp(buf, data, len);
}

static int rm(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void fresh(void)
{
	(void)nftw(root, rm, 16, FTW_DEPTH | FTW_PHYS);
	if (mkdir(root, 0700) || mkdir(at("/sys"), 0700) || mkdir(at("/sys/devices"), 0700) ||
	    mkdir(at("/sys/devices/a b%2F"), 0700))
		abort();
	put(KNOB, OLD, strlen(OLD));
}

static enum journal_outcome last;
static int told;

static void tell(const char *path, enum journal_outcome outcome, int error, void *arg)
{
	(void)path;
	(void)error;
	(void)arg;
	last = outcome;
	told++;
}

static int restore(void)
{
	told = 0;
	return journal_restore(root, tell, NULL);
}

static void test_round_trip(void)
{
	struct journal *j;

	fresh();
	ok(restore() == 0 && !told, "restore without a journal does nothing");
	ok(journal_open(root, &j) == 0, "opens");
	ok(journal_write(j, KNOB, "115000000") == 0 && holds(KNOB, "115000000", 9), "writes");
	ok(journal_write(j, KNOB, "153600000") == 0, "writes again");
	ok(journal_entries(root) == 1, "one entry for one knob");
	ok(journal_write(j, "/etc/passwd", "x") == -EINVAL, "path outside /sys refused");
	ok(journal_write(j, "/sys/../etc/x", "x") == -EINVAL, "path with .. refused");
	ok(journal_write(j, "/sys/nothing", "x") == -ENOENT && journal_entries(root) == 1,
	   "missing knob refused, no entry left");
	journal_close(j);
	ok(restore() == 0 && told == 1 && last == JOURNAL_RESTORED, "restores");
	ok(holds(KNOB, OLD, strlen(OLD)), "byte for byte");
	ok(restore() == 0 && !told && !journal_entries(root), "second restore has nothing to do");
}

static void test_put_back(void)
{
	struct journal *j;

	fresh();
	(void)journal_open(root, &j);
	ok(journal_put_back(j, KNOB) == 0, "put back without an entry is fine");
	(void)journal_write(j, KNOB, "1");
	ok(journal_put_back(j, KNOB) == 0 && holds(KNOB, OLD, strlen(OLD)), "puts one knob back");
	ok(!journal_entries(root), "and drops its entry");
	journal_close(j);
}

static void test_odd_values(void)
{
	static const char odd[] = "a\0b\n\n";
	static char big[JOURNAL_VALUE_MAX];
	struct journal *j;

	fresh();
	(void)journal_open(root, &j);
	put(KNOB, odd, sizeof(odd));
	ok(!journal_write(j, KNOB, "1") && !journal_put_back(j, KNOB) &&
	   holds(KNOB, odd, sizeof(odd)), "binary value comes back");
	put(KNOB, "", 0);
	ok(!journal_write(j, KNOB, "1") && !journal_put_back(j, KNOB) && holds(KNOB, "", 0),
	   "empty value comes back");
	put(KNOB, big, sizeof(big) - 1);
	ok(!journal_write(j, KNOB, "1") && !journal_put_back(j, KNOB) &&
	   holds(KNOB, big, sizeof(big) - 1), "a page less a byte comes back");
	put(KNOB, big, sizeof(big));
	ok(journal_write(j, KNOB, "1") == -EFBIG && holds(KNOB, big, sizeof(big)),
	   "a larger file is refused untouched");
	journal_close(j);
}

static void test_outside_writer(void)
{
	struct journal *j;

	fresh();
	(void)journal_open(root, &j);
	(void)journal_write(j, KNOB, "1");
	put(KNOB, "7", 1);
	ok(journal_write(j, KNOB, "2") == -ESTALE && holds(KNOB, "7", 1),
	   "outside writer seen, its value left alone");
	ok(restore() == 0 && last == JOURNAL_FOREIGN && holds(KNOB, "7", 1),
	   "restore leaves it alone and says so");
	ok(!journal_entries(root), "and forgets the entry");
	put(KNOB, OLD, strlen(OLD));
	(void)journal_write(j, KNOB, "1");
	put(KNOB, OLD, strlen(OLD));
	ok(journal_write(j, KNOB, "2") == 0, "a knob that someone restored is ours to write");
	put(KNOB, OLD, strlen(OLD));
	ok(restore() == 0 && last == JOURNAL_UNCHANGED, "restored by someone else is told apart");
	(void)journal_write(j, KNOB, "1");
	(void)unlink(at(KNOB));
	ok(restore() == 0 && last == JOURNAL_GONE && !journal_entries(root), "vanished knob");
	journal_close(j);
}

static void test_bad_entries(void)
{
	static const char *const bad[] = {
		"", "twill journal 1 settled 3 0\nab", "twill journal 2 settled 0 0\n",
		"twill journal 1 odd 0 0\n", "twill journal 1 settled 9999 0\n",
		"twill journal 1 settled -1 2\nx", "garbage without end",
	};
	const char *entry = JOURNAL_DIR "/%2Fsys%2Fdevices%2Fx";
	struct journal *j;
	size_t i;

	fresh();
	(void)journal_open(root, &j);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put("/sys/devices/x", "1", 1);
		put(entry, bad[i], strlen(bad[i]));
		ok(restore() == 1 && last == JOURNAL_FAILED && holds("/sys/devices/x", "1", 1),
		   "malformed entry %zu fails, touches nothing", i);
		ok(journal_write(j, "/sys/devices/x", "2") == -EBADMSG,
		   "and is not written over");
	}
	(void)unlink(at(entry));
	put(JOURNAL_DIR "/%2Fetc%2Fpasswd", "twill journal 1 pending 1 0\nx", 29);
	ok(restore() == 1 && last == JOURNAL_FAILED, "entry for a path outside /sys fails");
	journal_close(j);
	(void)chmod(at(JOURNAL_DIR), 0777);
	ok(restore() == -EPERM, "a journal that others can write is refused");
}

/* Runs fn in a child that is killed before step n; false once it got through. */
static bool killed(int n, void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		steps = 0;
		kill_at = n;
		fn();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		abort();
	return WIFSIGNALED(status);
}

static void child_write(void)
{
	struct journal *j;

	if (journal_open(root, &j) || journal_write(j, KNOB, "115000000") ||
	    journal_write(j, KNOB, "153600000") || journal_write(j, KNOB, "115000000"))
		_exit(1);
	_exit(0);
}

static void child_restore(void)
{
	_exit(journal_restore(root, NULL, NULL) != 0);
}

static void test_kill_while_writing(void)
{
	int n, bad = 0;

	for (n = 1; n < 1000; n++) {
		bool more;

		fresh();
		more = killed(n, child_write);
		bad += restore() != 0 || !holds(KNOB, OLD, strlen(OLD)) || journal_entries(root);
		bad += told && (last == JOURNAL_FOREIGN || last == JOURNAL_FAILED);
		if (!more)
			break;
	}
	ok(n > 30 && n < 1000 && !bad, "killed before each of %d steps of three writes", n - 1);
}

static void test_kill_while_restoring(void)
{
	int n, bad = 0;

	for (n = 1; n < 1000; n++) {
		bool more;

		fresh();
		(void)killed(0, child_write);
		more = killed(n, child_restore);
		bad += restore() != 0 || !holds(KNOB, OLD, strlen(OLD)) || journal_entries(root);
		bad += told && (last == JOURNAL_FOREIGN || last == JOURNAL_FAILED);
		if (!more)
			break;
	}
	ok(n > 15 && n < 1000 && !bad, "killed before each of %d steps of a restore", n - 1);
}

int main(void)
{
	if (!mkdtemp(root))
		return 1;
	test_round_trip();
	test_put_back();
	test_odd_values();
	test_outside_writer();
	test_bad_entries();
	test_kill_while_writing();
	test_kill_while_restoring();
	(void)nftw(root, rm, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
