// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol of a thread's list of works, against the kernel's own side of it:
 * threads run what is on their list as they exit.
 */
#include "kunit.h"

#include "../../kmod/taskwork.c"

#define ENTRIES	64
#define ROUNDS	50
#define PACE_US	20	/* between two entries: as long in all as an exit takes */
#define TRIES	5000	/* of a millisecond, for a thread to finish its exit */

struct entry {
	struct callback_head work;
	atomic_t ran;
	bool cancelled;
};

struct works {
	struct task_struct *thread;
	struct entry entry[ENTRIES];
	unsigned int accepted;
	bool done;
};

static void ran(struct callback_head *work)
{
	atomic_inc(&container_of(work, struct entry, work)->ran);
}

/* Not the test's own: when one fails half-way a thread may still be at it. */
static struct works works;

static struct works *start(struct kunit *test)
{
	struct works *w = &works;
	int i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < ENTRIES; i++)
		init_task_work(&w->entry[i].work, ran);
	w->thread = kthread_run(idle_thread, NULL, "twill_works");
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->thread));
	get_task_struct(w->thread);
	return w;
}

/* Ends the thread and waits until it runs no more works. */
static void stop(struct kunit *test, struct works *w)
{
	int i;

	kthread_stop(w->thread);
	for (i = 0; i < TRIES && READ_ONCE(w->thread->task_works) != sentinel; i++)
		usleep_range(500, 1000);
	KUNIT_EXPECT_PTR_EQ(test, READ_ONCE(w->thread->task_works), sentinel);
}

static int taskwork_setup(struct kunit *test)
{
	return twill_taskwork_init();
}

/* Breaks if: a cancelled entry runs, another one does not, or any does twice. */
static void taskwork_runs(struct kunit *test)
{
	struct works *w = start(test);
	int i;

	for (i = 0; i < ENTRIES; i++)
		KUNIT_ASSERT_EQ(test, twill_taskwork_add(w->thread, &w->entry[i].work, i & 1), 0);
	for (i = 0; i < ENTRIES; i += 3)
		KUNIT_EXPECT_TRUE(test, twill_taskwork_cancel(w->thread, &w->entry[i].work));
	stop(test, w);
	for (i = 0; i < ENTRIES; i++) {
		KUNIT_EXPECT_EQ_MSG(test, atomic_read(&w->entry[i].ran), i % 3 ? 1 : 0,
				    "entry %d", i);
		KUNIT_EXPECT_FALSE(test, twill_taskwork_cancel(w->thread, &w->entry[i].work));
	}
	put_task_struct(w->thread);
}

/* Breaks if: an entry is accepted by a thread that will never run it. */
static void taskwork_too_late(struct kunit *test)
{
	struct works *w = start(test);

	stop(test, w);
	KUNIT_EXPECT_EQ(test, twill_taskwork_add(w->thread, &w->entry[0].work, true), -ESRCH);
	KUNIT_EXPECT_FALSE(test, twill_taskwork_cancel(w->thread, &w->entry[0].work));
	KUNIT_EXPECT_EQ(test, atomic_read(&w->entry[0].ran), 0);
	put_task_struct(w->thread);
}

static int add_all(void *data)
{
	struct works *w = data;
	int i;

	for (i = 0; i < ENTRIES; i++) {
		w->accepted += !twill_taskwork_add(w->thread, &w->entry[i].work, false);
		udelay(PACE_US);
	}
	smp_store_release(&w->done, true);	/* what was accepted is counted */
	return 0;
}

/* Breaks if: pushing races with the exit and an accepted entry is lost. */
static void taskwork_races_exit(struct kunit *test)
{
	unsigned int round, all = 0, some = 0, sum;
	struct task_struct *adder;
	struct works *w;
	int i;

	for (round = 0; round < ROUNDS; round++) {
		w = start(test);
		adder = kthread_run(add_all, w, "twill_adder");
		KUNIT_ASSERT_FALSE(test, IS_ERR(adder));
		stop(test, w);
		/* Pairs with the release in add_all(). */
		for (i = 0; i < TRIES && !smp_load_acquire(&w->done); i++)
			usleep_range(500, 1000);
		KUNIT_ASSERT_TRUE(test, w->done);
		for (sum = 0, i = 0; i < ENTRIES; i++)
			sum += atomic_read(&w->entry[i].ran);
		KUNIT_EXPECT_EQ_MSG(test, sum, w->accepted, "round %u", round);
		all += w->accepted == ENTRIES;
		some += w->accepted && w->accepted < ENTRIES;
		put_task_struct(w->thread);
	}
	kunit_info(test, "%u rounds: all accepted in %u, some in %u", round, all, some);
}

static int cancel_all(void *data)
{
	struct works *w = data;
	int i;

	for (i = 0; i < ENTRIES; i++) {
		w->entry[i].cancelled = twill_taskwork_cancel(w->thread, &w->entry[i].work);
		udelay(PACE_US);
	}
	smp_store_release(&w->done, true);	/* what was cancelled is noted */
	return 0;
}

/*
 * Breaks if: cancelling races with the exit and an entry is cancelled and runs,
 * or neither. Oldest first, so that each is deep in the list.
 */
static void cancel_races_exit(struct kunit *test)
{
	unsigned int round, all = 0, some = 0, sum;
	struct task_struct *canceller;
	struct works *w;
	int i;

	for (round = 0; round < ROUNDS; round++) {
		w = start(test);
		for (i = 0; i < ENTRIES; i++)
			KUNIT_ASSERT_EQ(test, twill_taskwork_add(w->thread, &w->entry[i].work,
								 false), 0);
		canceller = kthread_run(cancel_all, w, "twill_cancel");
		KUNIT_ASSERT_FALSE(test, IS_ERR(canceller));
		udelay(round * 16);
		stop(test, w);
		/* Pairs with the release in cancel_all(). */
		for (i = 0; i < TRIES && !smp_load_acquire(&w->done); i++)
			usleep_range(500, 1000);
		KUNIT_ASSERT_TRUE(test, w->done);
		for (sum = 0, i = 0; i < ENTRIES; i++) {
			KUNIT_EXPECT_EQ_MSG(test, atomic_read(&w->entry[i].ran),
					    w->entry[i].cancelled ? 0 : 1, "round %u, entry %d",
					    round, i);
			sum += w->entry[i].cancelled;
		}
		all += sum == ENTRIES;
		some += sum && sum < ENTRIES;
		put_task_struct(w->thread);
	}
	kunit_info(test, "%u rounds: all cancelled in %u, some in %u", round, all, some);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(taskwork_runs),
	KUNIT_CASE(taskwork_too_late),
	KUNIT_CASE(taskwork_races_exit),
	KUNIT_CASE(cancel_races_exit),
	{}
};

static struct kunit_suite suite = {
	.name = "twill_taskwork",
	.init = taskwork_setup,
	.test_cases = cases,
};

kunit_test_suite(suite);
