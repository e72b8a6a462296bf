// SPDX-License-Identifier: GPL-2.0-only
/* A module that builds with a warning, for tests/build/selftest. */
#include <linux/module.h>

int planted(void);
int planted(void)
{
	int unset;

	return unset;
}

MODULE_DESCRIPTION("Planted warning");
MODULE_LICENSE("GPL");
