// SPDX-License-Identifier: GPL-2.0-or-later
/* pm - see pm.h */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kit.h"
#include "pm.h"
#include "tap.h"

#define DELAY	"/sys/module/suspend/parameters/pm_test_delay"
#define TEST	"/sys/power/pm_test"
#define ALARM	"/sys/class/rtc/rtc0/wakealarm"

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/*
 * To idle, until the clock of the board wakes it; without a driver for idle
 * states, as here, the kernel's clock goes on meanwhile. That alarm must not be
 * over before the machine sleeps: where that may take long, the kernel's own
 * test only freezes user space and waits, which costs too much under -icount.
 */
int pm_prepare(void)
{
	return slow_kernel() ? put(DELAY, "5") ?: put(TEST, "freezer") : put(TEST, "none");
}

int pm_suspend(void)
{
	return (slow_kernel() ? 0 : put(ALARM, "+8")) ?: put("/sys/power/state", "freeze");
}

bool pm_can(void)
{
	if (!access(TEST, W_OK) &&
	    !access(slow_kernel() ? DELAY : ALARM, W_OK))
		return true;
	tap_skip("the guest cannot suspend and wake again");
	return false;
}
