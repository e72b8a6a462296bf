// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads that never reach user mode, and pids that are used again. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

/* A ring of one entry that a thread of the kernel polls; only what a NOP needs. */
struct ring {
	int fd;
	atomic_uint *sq_tail;
	atomic_uint *sq_flags;
	atomic_uint *cq_tail;
	unsigned int *sq_array;
	struct io_uring_sqe *sqes;
	unsigned int submitted;
};

static int ring_open(struct ring *r)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SQPOLL,
		.sq_thread_idle = 10,
	};
	char *sq, *cq;

	r->submitted = 0;
	r->fd = syscall(SYS_io_uring_setup, 1, &p);
	if (r->fd < 0)
		return -errno;
	sq = mmap(NULL, p.sq_off.array + sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		  IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + 2 * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
		  MAP_SHARED, r->fd, IORING_OFF_CQ_RING);
	r->sqes = mmap(NULL, sizeof(*r->sqes), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		       IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || r->sqes == MAP_FAILED)
		return -ENOMEM;
	r->sq_tail = (atomic_uint *)(sq + p.sq_off.tail);
	r->sq_flags = (atomic_uint *)(sq + p.sq_off.flags);
	r->sq_array = (unsigned int *)(sq + p.sq_off.array);
	r->cq_tail = (atomic_uint *)(cq + p.cq_off.tail);
	return 0;
}

/* Have the polling thread do nothing, and wait until it has. */
static void ring_nop(struct ring *r)
{
	memset(r->sqes, 0, sizeof(*r->sqes));
	r->sqes->opcode = IORING_OP_NOP;
	*r->sq_array = 0;
	atomic_store(r->sq_tail, ++r->submitted);
	if (atomic_load(r->sq_flags) & IORING_SQ_NEED_WAKEUP)
		syscall(SYS_io_uring_enter, r->fd, 1, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
	while (atomic_load(r->cq_tail) != r->submitted)
		usleep(1000);
}

static void use_ring(struct victim *v)
{
	struct ring r = {};
	int err = ring_open(&r);

	atomic_store(&v->note, err ? err : 1);
	for (;;) {
		if (!err && atomic_load(&v->kids) > atomic_load(&v->forks)) {
			ring_nop(&r);
			atomic_fetch_add(&v->forks, 1);
		}
		atomic_fetch_add(&v->spins[0], 1);
	}
}

static bool noted(void *data)
{
	return atomic_load(&((struct victim *)data)->note);
}

static bool has_worker(void *data)
{
	struct victim *v = data;
	char command[96];
	FILE *f;
	int n = 0;

	snprintf(command, sizeof(command), "ls /proc/%d/task | wc -l", v->pid);
	f = popen(command, "r");
	if (f && fscanf(f, "%d", &n) != 1)
		n = 0;
	if (f)
		pclose(f);
	return n == 2;
}

/*
 * A thread that polls an io_uring is in the list of threads and never reaches
 * user mode: left alone, and not waited for. Did a freeze give it an entry, that
 * would stay queued; were it counted, the task would never be called frozen.
 */
void test_io_uring(void)
{
	struct victim *v = victim_run(use_ring);
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE(until(noted, v, SOON));
	if (atomic_load(&v->note) < 0) {
		tap_skip("the guest has no io_uring");
		goto out;
	}
	EXPECT(until(has_worker, v, SOON));
	atomic_store(&v->kids, 1);
	EXPECT(grows(&v->forks, SOON) || atomic_load(&v->forks));
	EXPECT_EQ(tag(&c, v->pid), 0);
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT(until_state(&c, v->pid, TWILL_TASK_STATE_FROZEN, SOON));
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 1);
	EXPECT(has_worker(v));
	EXPECT(still(&v->spins[0], 100));
	EXPECT_EQ(thaw(&c, v->pid), 0);
	EXPECT(grows(&v->spins[0], PROMISE));
	atomic_store(&v->kids, 2);
	EXPECT(grows(&v->forks, SOON));
	/* And it dies with the rest while frozen. */
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	kill(v->pid, SIGKILL);
	EXPECT(victim_reap(v, PROMISE));
	EXPECT(until_knob("tasks", 0, SOON));
out:
	victim_end(v);
	nlc_close(&c);
}

static void count_up(struct victim *v)
{
	for (;;)
		atomic_fetch_add(&v->spins[0], 1);
}

/* A child of the very pid wanted, or negative errno. */
static pid_t fork_as(pid_t pid)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&pid,
		.set_tid_size = 1,
	};
	long ret = syscall(SYS_clone3, &args, sizeof(args));

	return ret < 0 ? -errno : ret;
}

static int by_start(struct nlc *c, uint8_t cmd, pid_t pid, uint64_t start)
{
	nlc_begin(c, cmd);
	nlc_nest(c, TWILL_A_TASK);
	nlc_u32(c, TWILL_A_TASK_PID, pid);
	nlc_u64(c, TWILL_A_TASK_START_TIME, start);
	return nlc_do(c);
}

/*
 * A frozen task dies and its pid is given to another process at once: that one
 * runs, is not tagged, and no request that means the first reaches it.
 */
void test_pid_reused(void)
{
	struct victim *v = victim_run(count_up);
	uint64_t start = start_time(v->pid);
	pid_t pid = v->pid, again;
	uint32_t id;
	struct nlc c;

	REQUIRE_EQ(nlc_open(&c), 0);
	REQUIRE_EQ(tag(&c, pid), 0);
	id = task_u32(&c, TWILL_A_TASK_ID);
	EXPECT_EQ(freeze(&c, pid, 60000), 0);
	pass(30);	/* start times have ten milliseconds to tell them apart */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	again = fork_as(pid);
	if (!again) {
		count_up(v);
	}
	if (again != pid) {
		tap_skip("the guest does not give a pid on demand");
		v->pid = again > 0 ? again : 0;
		goto out;
	}
	EXPECT(start_time(pid) != start);
	EXPECT(grows(&v->spins[0], PROMISE));
	EXPECT_EQ(by_start(&c, TWILL_CMD_TASK_FREEZE, pid, start), -ESRCH);
	EXPECT(*c.ack);
	EXPECT_EQ(by_start(&c, TWILL_CMD_TASK_SET, pid, start), -ESRCH);
	EXPECT_EQ(by_start(&c, TWILL_CMD_TASK_GET, pid, start_time(pid)), -ESRCH);
	nlc_begin(&c, TWILL_CMD_TASK_THAW);
	nlc_nest(&c, TWILL_A_TASK);
	nlc_u32(&c, TWILL_A_TASK_ID, id);
	EXPECT_EQ(nlc_do(&c), -ESRCH);
	EXPECT_EQ(knob("tasks"), 0);
	EXPECT_EQ(knob("frozen"), 0);
	/* It may be tagged for itself. */
	EXPECT_EQ(tag(&c, pid), 0);
	EXPECT(task_u32(&c, TWILL_A_TASK_ID) != id);
	EXPECT_EQ(freeze(&c, pid, 60000), 0);
	EXPECT(still(&v->spins[0], 50));
out:
	victim_end(v);
	nlc_close(&c);
}
