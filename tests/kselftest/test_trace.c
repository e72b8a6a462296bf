// SPDX-License-Identifier: GPL-2.0-or-later
/* Each decision is a tracepoint, with what it was judged by. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rival.h"
#include "tap.h"

#define TRACING "/sys/kernel/tracing/"

static int put(const char *name, const char *value)
{
	char path[128];
	int fd, err;

	snprintf(path, sizeof(path), TRACING "%s", name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* Whether a line of the trace has each of the words. */
static bool seen(const char *event, const char *what, const char *more)
{
	FILE *f = fopen(TRACING "trace", "re");
	char line[1024];
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, event) && strstr(line, what) && strstr(line, more);
	fclose(f);
	return found;
}

void test_trace(void)
{
	struct rival *low = rival_start(10, 0), *high = rival_start(200, 0);
	char id[32], job[32];
	struct nlc c, gate;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(nlc_open(&gate), 0);
	REQUIRE_EQ(put("trace", ""), 0);
	REQUIRE_EQ(put("events/twill/enable", "1"), 0);
	EXPECT_EQ(freeze(&c, rival_pid(low), 60000), 0);
	snprintf(id, sizeof(id), "id=%u ", task_u32(&c, TWILL_A_TASK_ID));
	EXPECT_EQ(thaw(&c, rival_pid(low)), 0);
	EXPECT_EQ(freeze(&c, rival_pid(low), 1), 0);
	EXPECT(grows(rival_spins(low), PROMISE));
	nlc_begin(&gate, TWILL_CMD_GATE_SET);
	nlc_nest(&gate, TWILL_A_GATE);
	nlc_u32(&gate, TWILL_A_GATE_ACCELERATOR, TWILL_ACCELERATOR_GPU);
	nlc_u32(&gate, TWILL_A_GATE_MODE, TWILL_GATE_MODE_ENFORCE);
	nlc_u32(&gate, TWILL_A_GATE_ORDER, TWILL_GATE_ORDER_STRICT);
	EXPECT_EQ(nlc_do(&gate), 0);
	EXPECT_EQ(rival_begin(low, TWILL_ACCELERATOR_GPU, 5000, 0), 0);
	snprintf(job, sizeof(job), "job=%u ", rival_job(low));
	EXPECT_EQ(rival_begin(high, TWILL_ACCELERATOR_GPU, 5000, 0), 0);
	EXPECT_EQ(rival_finish(high), 0);
	EXPECT_EQ(rival_finish(low), 0);
	nlc_close(&gate);
	EXPECT_EQ(put("events/twill/enable", "0"), 0);
	EXPECT(seen("twill_task:", id, "change=changed"));
	EXPECT(seen("twill_freeze:", id, "err=0"));
	EXPECT(seen("twill_thaw:", id, "frozen_ns="));
	EXPECT(seen("twill_lease_end:", "kind=freeze", "why=expired"));
	EXPECT(seen("twill_gate_conf:", "accelerator=gpu mode=2", "leased=1"));
	EXPECT(seen("twill_gate:", job, "why=enters state=running"));
	EXPECT(seen("twill_gate:", job, "why=preempted"));
	EXPECT(seen("twill_gate:", job, "why=turn"));
	EXPECT(seen("twill_gate:", job, "why=leaves"));
	EXPECT(seen("twill_job:", "model=rival", "change=gone"));
	EXPECT(seen("twill_lease_end:", "kind=gate", "why=owner"));
	EXPECT_EQ(put("trace", ""), 0);
	rival_end(low);
	rival_end(high);
	nlc_close(&c);
}
