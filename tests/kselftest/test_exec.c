// SPDX-License-Identifier: GPL-2.0-or-later
/* Exec in the middle of a freeze: the new image is held before its first instruction. */
#define _GNU_SOURCE
#include <linux/ptrace.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"
#include "tracer.h"

#define QUIET_MS	50	/* how long a frozen counter is watched */

/* What outlives an exec: a page in a file that the new image maps again. */
struct board {
	atomic_ullong images;	/* that have begun */
	atomic_ullong counter;	/* of the image there is */
};

static struct board *board;
static int board_fd;

static struct board *map_board(int fd)
{
	void *at = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

static bool make_board(void)
{
	board_fd = memfd_create("board", 0);
	if (board_fd < 0 || ftruncate(board_fd, sizeof(struct board)))
		return false;
	board = map_board(board_fd);
	return board;
}

static void drop_board(void)
{
	munmap(board, sizeof(*board));
	close(board_fd);
}

/* @todo: "count", or "again" to be replaced over and over by each thread in turn. */
static void exec_image(const char *todo)
{
	char fd[16];

	snprintf(fd, sizeof(fd), "%d", board_fd);
	execl("/proc/self/exe", "twill_test", "--image", todo, fd, (char *)NULL);
	_exit(98);
}

static void *exec_again(void *data)
{
	(void)data;
	exec_image("again");
	return NULL;
}

/* The new image; called by main(). */
int exec_main(const char *todo, const char *fd)
{
	pthread_t t;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	board_fd = atoi(fd);
	board = map_board(board_fd);
	if (!board)
		return 98;
	if (todo[0] == 'a' && atomic_fetch_add(&board->images, 1) & 1)
		exec_again(NULL);
	if (todo[0] == 'a')
		pthread_create(&t, NULL, exec_again, NULL);
	else
		atomic_fetch_add(&board->images, 1);
	for (;;)
		atomic_fetch_add(&board->counter, 1);
}

static void *exec_when_told(void *data)
{
	struct victim *v = data;

	atomic_store(&v->tids[0], gettid());
	while (!atomic_load(&v->note))
		;
	exec_image("count");
	return NULL;
}

static void *rest(void *data)
{
	struct victim *v = data;

	atomic_store(&v->tids[1], gettid());
	for (;;)
		pause();
	return NULL;
}

static void leader_execs(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, rest, v);
	while (!atomic_load(&v->tids[1]))
		usleep(1000);
	exec_when_told(v);
}

static void thread_execs(struct victim *v)
{
	pthread_t t;

	pthread_create(&t, NULL, rest, v);
	while (!atomic_load(&v->tids[1]))
		usleep(1000);
	pthread_create(&t, NULL, exec_when_told, v);
	for (;;)
		atomic_fetch_add(&v->spins[0], 1);
}

static pid_t known(atomic_int *tid)
{
	while (!atomic_load(tid))
		pass(1);
	return atomic_load(tid);
}

/* Frozen with a new image that has not run; thawed it does. */
static void expect_held_image(struct nlc *c, struct victim *v, uint32_t id)
{
	EXPECT(until_state(c, v->pid, TWILL_TASK_STATE_FROZEN, SOON), "the new image is not held");
	EXPECT_EQ(task_u32(c, TWILL_A_TASK_THREADS), 1);
	EXPECT_EQ(task_u32(c, TWILL_A_TASK_ID), id);
	pass(QUIET_MS);
	EXPECT_EQ(atomic_load(&board->images), 0);
	EXPECT_EQ(thaw(c, v->pid), 0);
	EXPECT(grows(&board->counter, SOON));
	EXPECT_EQ(atomic_load(&board->images), 1);
	EXPECT_EQ(freeze(c, v->pid, 60000), 0);
	EXPECT(still(&board->counter, QUIET_MS));
}

static void exec_end(struct nlc *c, struct victim *v)
{
	victim_end(v);
	EXPECT(until_knob("tasks", 0, SOON), "%ld tasks", knob("tasks"));
	EXPECT_EQ(knob("frozen"), 0);
	nlc_close(c);
	drop_board();
}

/*
 * A debugger holds the thread at the entry of execve, so it is frozen with the
 * entry pending and passes no boundary before the new image. Its siblings are
 * parked or blocked then; the exec kills them.
 */
static void exec_frozen(void (*fn)(struct victim *v))
{
	struct victim *v;
	struct nlc c;
	uint32_t id;
	pid_t tid;

	REQUIRE(make_board());
	v = victim_run(fn);
	REQUIRE_EQ(nlc_open(&c), 0);
	tid = known(&v->tids[0]);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	id = task_u32(&c, TWILL_A_TASK_ID);
	EXPECT(tracer_seize(tid, 0));
	EXPECT(tracer_interrupt(tid, SOON));
	atomic_store(&v->note, 1);
	REQUIRE(tracer_enter(tid, SYS_execve));
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	if (tid != v->pid)
		EXPECT(until_parked(&c, v->pid, 1, SOON));
	EXPECT(tracer_detach(tid));
	expect_held_image(&c, v, id);
	exec_end(&c, v);
}

void test_exec_frozen(void) { exec_frozen(leader_execs); }
void test_exec_by_thread_frozen(void) { exec_frozen(thread_execs); }

/*
 * Deep in the exec: the siblings are killed, but one of them belongs to a
 * debugger, and the exec waits until that has reaped it. It is frozen there.
 */
static void exec_waiting(void (*fn)(struct victim *v))
{
	struct victim *v;
	struct nlc c;
	pid_t tid, other;
	uint32_t id;

	REQUIRE(make_board());
	v = victim_run(fn);
	REQUIRE_EQ(nlc_open(&c), 0);
	tid = known(&v->tids[0]);
	other = known(&v->tids[1]);
	REQUIRE_EQ(tag(&c, v->pid), 0);
	id = task_u32(&c, TWILL_A_TASK_ID);
	EXPECT(tracer_seize(other, 0));
	atomic_store(&v->note, 1);
	REQUIRE(until_blocked(tid, SYS_execve, SOON), "the exec does not wait");
	EXPECT_EQ(freeze(&c, v->pid, 60000), 0);
	EXPECT_EQ(task_u32(&c, TWILL_A_TASK_PARKED), 0);
	EXPECT_EQ(atomic_load(&board->images), 0);
	EXPECT(tracer_wait(other, SOON) != -1);
	expect_held_image(&c, v, id);
	exec_end(&c, v);
}

void test_exec_waiting(void) { exec_waiting(leader_execs); }
void test_exec_by_thread_waiting(void) { exec_waiting(thread_execs); }

static void begin_again(struct victim *v)
{
	(void)v;
	exec_image("again");
}

/* Replaced by its leader and by another thread in turn, frozen at any point of that. */
void test_exec_storm(void)
{
	int rounds = slow_kernel() ? 10 : 30;
	struct victim *v;
	struct nlc c;
	uint32_t id;

	REQUIRE(make_board());
	v = victim_run(begin_again);
	REQUIRE_EQ(nlc_open(&c), 0);
	EXPECT(grows(&board->images, SOON));
	REQUIRE_EQ(tag(&c, v->pid), 0);
	id = task_u32(&c, TWILL_A_TASK_ID);
	for (int i = 0; i < rounds && !tap_failed(); i++) {
		unsigned long long images, n;

		EXPECT(grows(&board->images, SOON), "round %d: nothing is executed", i);
		EXPECT_EQ(freeze(&c, v->pid, 0), 0);
		EXPECT_EQ(task_u32(&c, TWILL_A_TASK_ID), id);
		images = atomic_load(&board->images);
		n = atomic_load(&board->counter);
		pass(i % 8 ? 5 : 50);
		EXPECT(atomic_load(&board->images) == images, "round %d: an image began", i);
		EXPECT(atomic_load(&board->counter) == n, "round %d: a thread ran", i);
		EXPECT_EQ(thaw(&c, v->pid), 0);
	}
	exec_end(&c, v);
}
