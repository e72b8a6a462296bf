/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pm - suspend to idle, and wake again after some seconds. */
#ifndef PM_H
#define PM_H

#include <stdbool.h>

/* Whether it can be done here; skips the test if not. */
bool pm_can(void);
int pm_prepare(void);
/* No shell: what a lease lives through outside the suspend is to be short. */
int pm_suspend(void);

#endif
