// SPDX-License-Identifier: GPL-2.0-only
/* The jobs at a gate: their order in the line, what is counted and what is learnt. */
#include "kunit.h"

#include "../../kmod/gate_line.c"

#define JOBS	24

struct line {
	struct twill_gate gate;
	struct twill_task task[4];
	struct twill_job job[JOBS];
};

static int line_init(struct kunit *test)
{
	struct line *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	int i;

	if (!l)
		return -ENOMEM;
	test->priv = l;
	l->gate.accelerator = TWILL_ACCELERATOR_GPU;
	for (i = 0; i < TWILL_PRIORITIES; i++)
		l->gate.waiting[i] = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&l->gate.oldest);
	INIT_LIST_HEAD(&l->gate.running);
	for (i = 0; i < JOBS; i++) {
		l->job[i].task = &l->task[i % 4];
		l->job[i].gate = &l->gate;
		l->job[i].accelerator = TWILL_ACCELERATOR_GPU;
		l->job[i].predicted_us = 1000 + i * 7919 % 100 * 1000;
	}
	for (i = 0; i < 4; i++)
		l->task[i].priority = i * 85;
	kunit_now = NSEC_PER_SEC;
	return 0;
}

static struct twill_job *first_at(struct twill_gate *gate, int priority)
{
	return rb_entry(rb_first_cached(&gate->waiting[priority]), struct twill_job, wait);
}

/* Breaks if: the shortest of a priority is not the leftmost, or a bit outlives its last job. */
static void line_order(struct kunit *test)
{
	struct line *l = test->priv;
	struct twill_job *first;
	u32 before;
	int i, top;

	for (i = 0; i < JOBS; i++)
		twill_line_wait(&l->gate, &l->job[i], TWILL_JOB_STATE_QUEUED, kunit_now);
	KUNIT_EXPECT_EQ(test, l->gate.n_waiting, JOBS);
	for (top = 255; top >= 0; top -= 85) {
		KUNIT_ASSERT_EQ(test, twill_line_top(&l->gate), top);
		before = 0;
		while (twill_line_top(&l->gate) == top) {
			first = first_at(&l->gate, top);
			KUNIT_EXPECT_GE(test, first->claim.remaining_us, before);
			before = first->claim.remaining_us;
			twill_line_wait_end(&l->gate, first, kunit_now);
		}
	}
	KUNIT_EXPECT_EQ(test, twill_line_top(&l->gate), -1);
	KUNIT_EXPECT_EQ(test, l->gate.n_waiting, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&l->gate.oldest));
}

/* Breaks if: a job that came in at once is counted among those that waited. */
static void line_counts(struct kunit *test)
{
	struct line *l = test->priv;
	struct twill_job *job = &l->job[0];
	int i;

	twill_line_wait(&l->gate, job, TWILL_JOB_STATE_QUEUED, kunit_now);
	twill_line_wait_end(&l->gate, job, kunit_now);
	for (i = 0; i < TWILL_HISTOGRAM_BUCKETS; i++)
		KUNIT_EXPECT_EQ(test, l->gate.stats.histogram[i], 0);
	twill_line_wait(&l->gate, job, TWILL_JOB_STATE_PREEMPTED, kunit_now);
	kunit_now += NSEC_PER_MSEC;
	KUNIT_EXPECT_EQ(test, twill_line_waited_ns(job), NSEC_PER_MSEC);
	twill_line_wait_end(&l->gate, job, kunit_now);
	KUNIT_EXPECT_EQ(test, l->gate.stats.wait_ns, NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, l->task[0].gates.wait_ns, NSEC_PER_MSEC);
	twill_line_run(&l->gate, job, kunit_now);
	kunit_now += 2 * NSEC_PER_MSEC;
	twill_line_run_end(&l->gate, job, kunit_now);
	KUNIT_EXPECT_EQ(test, job->ran_ns, 2 * NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, job->waited_ns, NSEC_PER_MSEC);
}

/* Breaks if: a wait falls into the bucket beside its own. */
static void line_buckets(struct kunit *test)
{
	static const struct {
		u64 us;
		int bucket;
	} waits[] = {
		{ 0, 0 }, { 63, 0 }, { 64, 1 }, { 127, 1 }, { 128, 2 }, { 1023, 4 }, { 1024, 5 },
		{ U64_MAX / NSEC_PER_USEC, TWILL_HISTOGRAM_BUCKETS - 1 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		struct twill_stats stats = {};

		note_wait(&stats, waits[i].us * NSEC_PER_USEC);
		KUNIT_EXPECT_EQ_MSG(test, stats.histogram[waits[i].bucket], 1, "%llu us",
				    waits[i].us);
	}
}

/* Breaks if: a mean wraps, is lost, or the first job does not count in full. */
static void line_learns(struct kunit *test)
{
	u32 mean = 0;
	int i;

	learn(&mean, 1000);
	KUNIT_EXPECT_EQ(test, mean, 1000);
	learn(&mean, 2000);
	KUNIT_EXPECT_EQ(test, mean, 1250);
	for (i = 0; i < 100; i++)
		learn(&mean, U64_MAX);
	KUNIT_EXPECT_GT(test, mean, U32_MAX - 16);
	mean = 0;
	learn(&mean, 0);
	KUNIT_EXPECT_EQ(test, mean, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(line_order),
	KUNIT_CASE(line_counts),
	KUNIT_CASE(line_buckets),
	KUNIT_CASE(line_learns),
	{}
};

static struct kunit_suite suite = { .name = "twill_line", .init = line_init, .test_cases = cases };

kunit_test_suite(suite);
