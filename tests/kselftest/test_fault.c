// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of every request fails once: by fail-nth of the fault
 * injection the first, then the second and so on, until a request meets none
 * that fails. It must be refused, or done; and nothing may be left of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

#define MOST	400	/* allocations in one request, those of the socket layer included */

static int fail_nth;		/* of this thread, open */
static pid_t victim_pid;

static int put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static void arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(fail_nth, text, len, 0) != len)
		exit(99);
}

/* Whether the failure that was armed has come; disarms it. */
static bool came(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		exit(99);
	arm(0);
	return atoi(text) == 0;
}

struct request {
	const char *name;
	int (*ask)(struct nlc *c);
	void (*undo)(struct nlc *c);	/* what it did when it was not refused */
};

static int ask_tag(struct nlc *c)
{
	return tag(c, victim_pid);
}

static void undo_tag(struct nlc *c)
{
	EXPECT_EQ(untag(c, victim_pid), 0);
}

static int ask_freeze(struct nlc *c)
{
	return freeze(c, victim_pid, 600000);
}

static void undo_freeze(struct nlc *c)
{
	EXPECT_EQ(thaw(c, victim_pid), 0);
}

static int ask_job(struct nlc *c)
{
	nlc_begin(c, TWILL_CMD_JOB_BEGIN);
	nlc_nest(c, TWILL_A_JOB);
	nlc_str(c, TWILL_A_JOB_MODEL, "m");
	nlc_u32(c, TWILL_A_JOB_ACCELERATOR, TWILL_ACCELERATOR_GPU);
	return nlc_do(c);
}

/* One job holds the gate, so that this one is queued, and with it its message. */
static void undo_job(struct nlc *c)
{
	EXPECT_EQ(nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_STATE), TWILL_JOB_STATE_QUEUED);
	EXPECT_EQ(job_step(c, TWILL_CMD_JOB_END, nlc_get(c, TWILL_A_JOB, TWILL_A_JOB_ID)), 0);
}

static int gate_request(struct nlc *c, uint8_t cmd, bool mode)
{
	nlc_begin(c, cmd);
	nlc_nest(c, TWILL_A_GATE);
	nlc_u32(c, TWILL_A_GATE_ACCELERATOR, TWILL_ACCELERATOR_GPU);
	if (mode)
		nlc_u32(c, TWILL_A_GATE_MODE, TWILL_GATE_MODE_ENFORCE);
	return nlc_do(c);
}

static int ask_gate(struct nlc *c)
{
	return gate_request(c, TWILL_CMD_GATE_SET, true);
}

static void undo_gate(struct nlc *c)
{
	EXPECT_EQ(gate_request(c, TWILL_CMD_GATE_DEL, false), 0);
}

static int ask_place(struct nlc *c)
{
	return place(c, victim_pid, TWILL_ACCELERATOR_GPU, 1);
}

static void undo_place(struct nlc *c)
{
	EXPECT_EQ(place(c, victim_pid, TWILL_ACCELERATOR_NONE, 0), 0);
}

static int ask_get(struct nlc *c)
{
	return get_task(c, victim_pid);
}

static int ask_dump(struct nlc *c)
{
	return nlc_dump(c, TWILL_CMD_TASK_GET, NULL, NULL);
}

static void undo_nothing(struct nlc *c)
{
	(void)c;
}

/* Fail each in turn; how many failed. */
static int each(struct nlc *c, const struct request *r)
{
	int n, err, refused = 0;

	for (n = 1; n <= MOST; n++) {
		arm(n);
		err = r->ask(c);
		if (!came()) {
			EXPECT_EQ(err, 0);
			if (!err)
				r->undo(c);
			break;
		}
		/* ESRCH: it was this program's look for the start time that failed. */
		EXPECT(err == 0 || err == -ENOMEM || err == -ENOBUFS || err == -EAGAIN ||
		       err == -ESRCH,
		       "%s: allocation %d: %d", r->name, n, err);
		refused += err < 0;
		if (!err)
			r->undo(c);
	}
	EXPECT(n <= MOST, "%s: allocations without end", r->name);
	printf("# %s: %d allocations failed in turn, %d requests refused\n", r->name, n - 1,
	       refused);
	return refused;
}

void test_fault_injection(void)
{
	static const struct request untagged = { "task-set", ask_tag, undo_tag };
	static const struct request requests[] = {
		{ "task-freeze", ask_freeze, undo_freeze },
		{ "task-place", ask_place, undo_place },
		{ "task-get", ask_get, undo_nothing },
		{ "task-get dump", ask_dump, undo_nothing },
		{ "job-begin", ask_job, undo_job },
	};
	static const struct request gate = { "gate-set", ask_gate, undo_gate };
	struct victim *v;
	struct nlc c;

	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0) {
		tap_skip("this kernel injects no faults");
		return;
	}
	/* Also those that may wait, from any cache, and without a word. */
	REQUIRE_EQ(put("/sys/kernel/debug/failslab/ignore-gfp-wait", "N"), 0);
	REQUIRE_EQ(put("/sys/kernel/debug/failslab/verbose", "0"), 0);
	/* Nothing runs out while a slow kernel takes its time. */
	REQUIRE_EQ(set_knob("freeze_ttl_ms", "600000"), 0);
	v = victim_start();
	victim_pid = v->pid;
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT(each(&c, &untagged) > 0);
	EXPECT(each(&c, &gate) > 0);
	REQUIRE_EQ(agent_set(&c), 0);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	REQUIRE_EQ(tag(&c, 0), 0);
	REQUIRE_EQ(ask_gate(&c), 0);
	REQUIRE_EQ(ask_job(&c), 0);
	for (unsigned int i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		EXPECT(each(&c, &requests[i]) > 0);
	/* Nobody is held any more, and nothing is left over. */
	EXPECT_EQ(knob("frozen"), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	EXPECT_EQ(untag(&c, 0), 0);
	EXPECT_EQ(untag(&c, v->pid), 0);
	EXPECT_EQ(knob("tasks"), 0);
	nlc_close(&c);
	EXPECT_EQ(set_knob("freeze_ttl_ms", "5000"), 0);
	victim_end(v);
	close(fail_nth);
}
