// SPDX-License-Identifier: GPL-2.0-only
/*
 * plant - do one thing wrong, so that the VM runner can show that it notices.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *what = "nothing";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "warn, leak, hang, lockdep, several of them, or nothing");

static DEFINE_SPINLOCK(first);
static DEFINE_SPINLOCK(second);

static void take(spinlock_t *outer, spinlock_t *inner)
{
	spin_lock(outer);
	spin_lock(inner);
	spin_unlock(inner);
	spin_unlock(outer);
}

static void leak(void)
{
	int i;

	/* Some of many: a stale copy of one pointer may hide its object. */
	for (i = 0; i < 16; i++)
		(void)!kmalloc(1000, GFP_KERNEL);
}

static int __init plant_init(void)
{
	if (strstr(what, "warn"))
		WARN(1, "planted warning\n");
	if (strstr(what, "leak"))
		leak();
	if (strstr(what, "hang"))
		for (;;)
			msleep(1000);
	if (strstr(what, "lockdep")) {
		take(&first, &second);
		take(&second, &first);
	}
	return 0;
}

static void __exit plant_exit(void)
{
}

module_init(plant_init);
module_exit(plant_exit);
MODULE_DESCRIPTION("Planted failures for the test harness");
MODULE_LICENSE("GPL");
