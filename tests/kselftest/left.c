// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>

#include "kit.h"
#include "left.h"

#define OWNERS	128	/* sockets that may hold leases */

static void count_message(struct nlc *c, void *data)
{
	int *n = data;

	(void)c;
	++*n;
}

static void count_override(struct nlc *c, void *data)
{
	int *n = data;

	*n += nlc_get(c, TWILL_A_GATE, TWILL_A_GATE_PORTID) != 0;
}

static int count(struct nlc *c, uint8_t cmd, void (*fn)(struct nlc *c, void *data))
{
	int n = 0;

	return nlc_dump(c, cmd, fn, &n) ? -1 : n;
}

static const char *listed(struct nlc *c)
{
	if (count(c, TWILL_CMD_JOB_GET, count_message))
		return "a job is under way";
	if (count(c, TWILL_CMD_CAP_GET, count_message))
		return "there is a cap";
	if (count(c, TWILL_CMD_GATE_GET, count_override))
		return "a gate is overridden";
	nlc_begin(c, TWILL_CMD_AGENT_GET);
	if (nlc_do(c) != -ENOENT)
		return "there is an agent";
	return NULL;
}

/* A dead owner would have a place of the table. */
static const char *all_can_own(struct nlc *c, int n, pid_t pid)
{
	static char why[96];
	uint32_t owners;

	if (tag(&c[0], pid))
		return "a process cannot be tagged";
	for (int i = 0; i < n; i++) {
		int err = freeze(&c[i], pid, TWILL_TTL_MS_MAX);

		if (!err)
			continue;
		snprintf(why, sizeof(why), "socket %d of %d cannot freeze: %d", i, n, err);
		return why;
	}
	owners = task_u32(&c[n - 1], TWILL_A_TASK_OWNERS);
	if (owners == (uint32_t)n)
		return NULL;
	snprintf(why, sizeof(why), "of %d sockets' freezes there are %u", n, owners);
	return why;
}

const char *left_behind(pid_t pid)
{
	static struct nlc c[OWNERS];
	const char *why = NULL;
	int n;

	for (n = 0; n < OWNERS && !why; n++)
		if (nlc_open(&c[n]))
			why = "a socket does not open";
	if (!why)
		why = listed(&c[0]);
	/* Else, where a freeze takes a second, the first has ended before the last began. */
	if (!why && set_knob("freeze_max_ms", "0"))
		why = "freeze_max_ms cannot be set";
	if (!why)
		why = all_can_own(c, n, pid);
	if (set_knob("freeze_max_ms", "60000") && !why)
		why = "freeze_max_ms cannot be set back";
	while (n--)
		nlc_close(&c[n]);
	return why;
}
