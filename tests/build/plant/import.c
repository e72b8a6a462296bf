// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that imports what Debian exports by a patch of its own and no stock
 * kernel has, for tests/build/selftest.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/task_work.h>

static void planted_run(struct callback_head *work)
{
}

static struct callback_head planted;

static int __init planted_init(void)
{
	init_task_work(&planted, planted_run);
	return task_work_add(current, &planted, TWA_RESUME);
}
module_init(planted_init);

MODULE_DESCRIPTION("Planted import");
MODULE_LICENSE("GPL");
