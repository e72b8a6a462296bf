// SPDX-License-Identifier: GPL-2.0-only
/* Spares kept for forks: taken, filled up again, given back; none is lost. */
#include <linux/delay.h>
#include <linux/kthread.h>

#include "kunit.h"

#include "../../kmod/spare.c"

/* Of the module, as far as a task that nobody holds needs it. */
static unsigned int n_tasks;	/* allocated and not put */

struct twill_task *twill_task_alloc(gfp_t gfp)
{
	struct twill_task *task = kzalloc(sizeof(*task), gfp);

	if (!task)
		return NULL;
	INIT_LIST_HEAD(&task->deferred);
	n_tasks++;
	return task;
}

void twill_task_put(struct twill_task *task)
{
	n_tasks--;
	kfree(task);
}

static unsigned int count(const struct list_head *list)
{
	const struct list_head *at;
	unsigned int n = 0;

	list_for_each(at, list)
		n++;
	return n;
}

/* What is counted is there, in both lists. */
static void holds(struct kunit *test, const struct twill_spares *s, unsigned int threads,
		  unsigned int tasks)
{
	KUNIT_EXPECT_EQ(test, s->n_threads, threads);
	KUNIT_EXPECT_EQ(test, s->n_tasks, tasks);
	KUNIT_EXPECT_EQ(test, count(&s->threads), threads);
	KUNIT_EXPECT_EQ(test, count(&s->tasks), tasks);
}

static int fill(struct twill_spares *s, unsigned int threads, unsigned int tasks)
{
	int err;

	mutex_lock(&twill_mutex);
	err = twill_spares_fill(s, threads, tasks);
	mutex_unlock(&twill_mutex);
	return err;
}

static void trim(struct twill_spares *s, unsigned int threads, unsigned int tasks)
{
	mutex_lock(&twill_mutex);
	twill_spares_trim(s, threads, tasks);
	mutex_unlock(&twill_mutex);
}

static struct twill_thread *take_thread(struct twill_spares *s)
{
	struct twill_thread *thread;

	raw_spin_lock(&twill_spin);
	thread = __twill_spare_thread(s);
	raw_spin_unlock(&twill_spin);
	return thread;
}

static struct twill_task *take_task(struct twill_spares *s)
{
	struct twill_task *task;

	raw_spin_lock(&twill_spin);
	task = __twill_spare_task(s);
	raw_spin_unlock(&twill_spin);
	return task;
}

static int spare_init(struct kunit *test)
{
	struct twill_spares *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	INIT_LIST_HEAD(&s->threads);
	INIT_LIST_HEAD(&s->tasks);
	test->priv = s;
	return 0;
}

static void spare_exit(struct kunit *test)
{
	if (test->priv)
		twill_spares_drain(test->priv);
	twill_spares_drain(&twill_reserve);
	KUNIT_EXPECT_EQ(test, n_tasks, 0);
	n_tasks = 0;
}

/* Breaks if: fewer or more are had than were asked for, or those there are not counted. */
static void spare_filled(struct kunit *test)
{
	struct twill_spares *s = test->priv;

	KUNIT_EXPECT_EQ(test, fill(s, 5, 3), 0);
	holds(test, s, 5, 3);
	KUNIT_EXPECT_EQ(test, fill(s, 4, 3), 0);
	holds(test, s, 5, 3);
	KUNIT_EXPECT_EQ(test, fill(s, 0, 7), 0);
	holds(test, s, 5, 7);
	holds(test, &twill_reserve, 0, 0);
	KUNIT_EXPECT_EQ(test, n_tasks, 7);
}

/* Breaks if: one that is taken is still counted or still listed, or is given to two. */
static void spare_taken(struct kunit *test)
{
	struct twill_spares *s = test->priv;
	struct twill_thread *thread[2];
	struct twill_task *task[2];
	int i;

	KUNIT_ASSERT_EQ(test, fill(s, 4, 4), 0);
	for (i = 0; i < 2; i++) {
		thread[i] = take_thread(s);
		task[i] = take_task(s);
		KUNIT_ASSERT_NOT_NULL(test, thread[i]);
		KUNIT_ASSERT_NOT_NULL(test, task[i]);
		KUNIT_EXPECT_TRUE(test, list_empty(&thread[i]->node));
		KUNIT_EXPECT_TRUE(test, list_empty(&task[i]->deferred));
		KUNIT_EXPECT_EQ(test, s->n_threads, 3 - i);
		KUNIT_EXPECT_EQ(test, s->n_tasks, 3 - i);
	}
	KUNIT_ASSERT_PTR_NE(test, thread[0], thread[1]);
	KUNIT_ASSERT_PTR_NE(test, task[0], task[1]);
	holds(test, s, 2, 2);
	/* Filled up to where it was, and no further. */
	KUNIT_EXPECT_EQ(test, fill(s, 4, 4), 0);
	holds(test, s, 4, 4);
	for (i = 0; i < 2; i++) {
		kfree(thread[i]);
		twill_task_put(task[i]);
	}
}

/* Breaks if: the reserve is not drawn on, is drawn on first, or has more than it holds. */
static void spare_reserve(struct kunit *test)
{
	struct twill_spares *s = test->priv;
	struct twill_thread *thread;
	struct twill_task *task;
	int i;

	KUNIT_ASSERT_EQ(test, fill(s, 1, 1), 0);
	KUNIT_ASSERT_EQ(test, fill(&twill_reserve, 2, 2), 0);
	for (i = 0; i < 3; i++) {
		thread = take_thread(s);
		task = take_task(s);
		KUNIT_EXPECT_NOT_NULL(test, thread);
		KUNIT_EXPECT_NOT_NULL(test, task);
		holds(test, s, 0, 0);
		holds(test, &twill_reserve, 2 - i, 2 - i);
		kfree(thread);
		if (task)
			twill_task_put(task);
	}
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_NULL(test, take_thread(s));
		KUNIT_EXPECT_NULL(test, take_task(s));
	}
	holds(test, s, 0, 0);
	holds(test, &twill_reserve, 0, 0);
}

/* Breaks if: what the next freeze needs is thrown away, or what it does not is kept. */
static void spare_trimmed(struct kunit *test)
{
	struct twill_spares *s = test->priv;

	KUNIT_ASSERT_EQ(test, fill(s, 8, 6), 0);
	trim(s, 4, 3);
	holds(test, s, 8, 6);
	trim(s, 4, 2);
	holds(test, s, 0, 0);
	KUNIT_EXPECT_EQ(test, n_tasks, 0);
	KUNIT_ASSERT_EQ(test, fill(s, 8, 6), 0);
	trim(s, 3, 6);
	holds(test, s, 0, 0);
}

/* Breaks if: what is drained is counted on, or is not freed. */
static void spare_drained(struct kunit *test)
{
	struct twill_spares *s = test->priv;

	KUNIT_ASSERT_EQ(test, fill(s, 3, 3), 0);
	twill_spares_drain(s);
	holds(test, s, 0, 0);
	KUNIT_EXPECT_EQ(test, n_tasks, 0);
	KUNIT_EXPECT_NULL(test, take_thread(s));
	KUNIT_EXPECT_EQ(test, fill(s, 2, 2), 0);
	holds(test, s, 2, 2);
}

#define TAKERS		3
#define TAKES		200	/* by each */

struct taker {
	struct twill_spares *spares;
	struct task_struct *thread;
	unsigned int got, missed;
};

/* As fork probes do, on whatever CPU they run. */
static int take_many(void *data)
{
	struct taker *t = data;
	struct twill_thread *thread;
	int i;

	for (i = 0; i < TAKES; i++) {
		thread = take_thread(t->spares);
		t->got += !!thread;
		t->missed += !thread;
		kfree(thread);
		cond_resched();
	}
	while (!kthread_should_stop())
		usleep_range(500, 1000);
	return 0;
}

/* Breaks if: one is lost, made up or given to two while several take and one fills. */
static void spare_raced(struct kunit *test)
{
	static struct taker taker[TAKERS];
	struct twill_spares *s = test->priv;
	unsigned int taken = 0;
	int i;

	KUNIT_ASSERT_EQ(test, fill(s, 8, 0), 0);
	for (i = 0; i < TAKERS; i++) {
		taker[i] = (struct taker){ .spares = s };
		taker[i].thread = kthread_run(take_many, &taker[i], "twill_taker");
		KUNIT_ASSERT_FALSE(test, IS_ERR(taker[i].thread));
	}
	for (i = 0; i < TAKES; i++) {
		KUNIT_EXPECT_EQ(test, fill(s, 8, 0), 0);
		KUNIT_EXPECT_LE(test, READ_ONCE(s->n_threads), 8);
	}
	for (i = 0; i < TAKERS; i++) {
		kthread_stop(taker[i].thread);
		KUNIT_EXPECT_EQ(test, taker[i].got + taker[i].missed, TAKES);
		taken += taker[i].got;
	}
	KUNIT_EXPECT_GT(test, taken, 0);
	holds(test, s, count(&s->threads), 0);
	kunit_info(test, "%u of %u takers found one", taken, TAKERS * TAKES);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(spare_filled),
	KUNIT_CASE(spare_taken),
	KUNIT_CASE(spare_reserve),
	KUNIT_CASE(spare_trimmed),
	KUNIT_CASE(spare_drained),
	KUNIT_CASE(spare_raced),
	{}
};

static struct kunit_suite suite = {
	.name = "twill_spare",
	.init = spare_init,
	.exit = spare_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
