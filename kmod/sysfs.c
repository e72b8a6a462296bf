// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs.c - the administrator's knobs below /sys/kernel/twill, one value a file.
 */
#include <linux/kobject.h>
#include <linux/pid_namespace.h>
#include <linux/sysfs.h>

#include "gate.h"

static const char *const backends[] = {
	[TWILL_BACKEND_TASK_WORK] = "task_work",
	[TWILL_BACKEND_SIGNAL] = "signal",
};

static struct kobject *dir;
static bool no_task_work;	/* the kernel does not allow it; fixed at load */

static int parse(const char *buf, u32 min, u32 max, u32 *to)
{
	u32 value;
	int err = kstrtou32(buf, 0, &value);

	if (err)
		return err;
	if (value < min || value > max)
		return -ERANGE;
	*to = value;
	return 0;
}

static ssize_t show_u32(const u32 *value, char *buf)
{
	u32 v;

	twill_lock();
	v = *value;
	twill_unlock();
	return sysfs_emit(buf, "%u\n", v);
}

static ssize_t store_u32(u32 *value, u32 min, u32 max, const char *buf, size_t n)
{
	u32 v;
	int err = parse(buf, min, max, &v);

	if (err)
		return err;
	twill_lock();
	*value = v;
	twill_unlock();
	return n;
}

#define KNOB(name, min, max)								\
static ssize_t name##_show(struct kobject *k, struct kobj_attribute *a, char *buf)	\
{											\
	return show_u32(&twill_knobs.name, buf);					\
}											\
static ssize_t name##_store(struct kobject *k, struct kobj_attribute *a,		\
			    const char *buf, size_t n)					\
{											\
	return store_u32(&twill_knobs.name, min, max, buf, n);				\
}											\
static struct kobj_attribute name##_attr = __ATTR_RW(name)

KNOB(freeze_ttl_ms, 1, TWILL_TTL_MS_MAX);
KNOB(default_priority, 0, TWILL_PRIORITY_MAX);

static ssize_t store_gates(u32 *value, const char *buf, size_t n)
{
	u32 v;
	int err = parse(buf, 1, TWILL_TTL_MS_MAX, &v);

	if (err)
		return err;
	twill_lock();
	*value = v;
	twill_gate_settle_all();
	twill_unlock();
	return n;
}

static ssize_t strict_max_ms_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_u32(&twill_knobs.strict_max_ms, buf);
}

static ssize_t strict_max_ms_store(struct kobject *k, struct kobj_attribute *a,
				   const char *buf, size_t n)
{
	return store_gates(&twill_knobs.strict_max_ms, buf, n);
}

static struct kobj_attribute strict_max_ms_attr = __ATTR_RW(strict_max_ms);

static ssize_t ageing_ms_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_u32(&twill_knobs.ageing_ms, buf);
}

static ssize_t ageing_ms_store(struct kobject *k, struct kobj_attribute *a,
			       const char *buf, size_t n)
{
	return store_gates(&twill_knobs.ageing_ms, buf, n);
}

static struct kobj_attribute ageing_ms_attr = __ATTR_RW(ageing_ms);

static ssize_t freeze_max_ms_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_u32(&twill_knobs.freeze_max_ms, buf);
}

static ssize_t freeze_max_ms_store(struct kobject *k, struct kobj_attribute *a,
				   const char *buf, size_t n)
{
	u32 v;
	int err = parse(buf, 0, U32_MAX, &v);

	if (err)
		return err;
	twill_lock();
	twill_knobs.freeze_max_ms = v;
	/* What is frozen already may have been so for longer than this. */
	twill_lease_watch(twill_now());
	twill_unlock();
	return n;
}

static struct kobj_attribute freeze_max_ms_attr = __ATTR_RW(freeze_max_ms);

static ssize_t store_budget(const char *buf, size_t n, u32 min, u32 max, bool window)
{
	u32 v;
	int err = parse(buf, min, max, &v);

	if (err)
		return err;
	twill_lock();
	err = twill_budget_set(window ? NULL : &v, window ? &v : NULL, NULL);
	twill_unlock();
	return err ?: n;
}

static ssize_t budget_mw_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_u32(&twill_knobs.budget_mw, buf);
}

static ssize_t budget_mw_store(struct kobject *k, struct kobj_attribute *a,
			       const char *buf, size_t n)
{
	return store_budget(buf, n, 0, U32_MAX, false);
}

static struct kobj_attribute budget_mw_attr = __ATTR_RW(budget_mw);

static ssize_t budget_window_ms_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_u32(&twill_knobs.budget_window_ms, buf);
}

static ssize_t budget_window_ms_store(struct kobject *k, struct kobj_attribute *a,
				      const char *buf, size_t n)
{
	return store_budget(buf, n, 10, 600000, true);
}

static struct kobj_attribute budget_window_ms_attr = __ATTR_RW(budget_window_ms);

static ssize_t freeze_backend_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%s\n", backends[READ_ONCE(twill_knobs.freeze_backend)]);
}

static ssize_t freeze_backend_store(struct kobject *k, struct kobj_attribute *a,
				    const char *buf, size_t n)
{
	int i = sysfs_match_string(backends, buf);

	if (i < 0)
		return i;
	if (i == TWILL_BACKEND_TASK_WORK && no_task_work)
		return -EOPNOTSUPP;
	twill_lock();
	WRITE_ONCE(twill_knobs.freeze_backend, i);
	twill_unlock();
	return n;
}

static struct kobj_attribute freeze_backend_attr = __ATTR_RW(freeze_backend);

static ssize_t version_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%s\n", TWILL_VERSION);
}

static struct kobj_attribute version_attr = __ATTR_RO(version);

static ssize_t agent_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	pid_t pid;

	twill_lock();
	pid = twill_agent.owner ? pid_nr_ns(twill_agent.owner->tgid, ns) : 0;
	twill_unlock();
	return sysfs_emit(buf, "%d\n", pid);
}

static struct kobj_attribute agent_attr = __ATTR_RO(agent);

static ssize_t tasks_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_u32(&twill_n_tasks, buf);
}

static struct kobj_attribute tasks_attr = __ATTR_RO(tasks);

static ssize_t frozen_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_u32(&twill_n_frozen, buf);
}

static struct kobj_attribute frozen_attr = __ATTR_RO(frozen);

static struct attribute *attrs[] = {
	&budget_mw_attr.attr,
	&budget_window_ms_attr.attr,
	&freeze_backend_attr.attr,
	&freeze_ttl_ms_attr.attr,
	&freeze_max_ms_attr.attr,
	&default_priority_attr.attr,
	&strict_max_ms_attr.attr,
	&ageing_ms_attr.attr,
	&version_attr.attr,
	&agent_attr.attr,
	&tasks_attr.attr,
	&frozen_attr.attr,
	NULL,
};

static const struct attribute_group group = { .attrs = attrs };

/**
 * twill_sysfs_init() - make /sys/kernel/twill
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM or the error of sysfs.
 */
int twill_sysfs_init(void)
{
	int err;

	no_task_work = twill_knobs.freeze_backend == TWILL_BACKEND_SIGNAL;
	dir = kobject_create_and_add("twill", kernel_kobj);
	if (!dir)
		return -ENOMEM;
	err = sysfs_create_group(dir, &group);
	if (err)
		goto put_dir;
	err = twill_gate_sysfs_init(dir);
	if (err)
		goto remove_group;
	return 0;

remove_group:
	sysfs_remove_group(dir, &group);
put_dir:
	kobject_put(dir);
	return err;
}

/**
 * twill_sysfs_fini() - remove it; waits for readers and writers
 *
 * Context: may sleep.
 */
void twill_sysfs_fini(void)
{
	twill_gate_sysfs_fini();
	sysfs_remove_group(dir, &group);
	kobject_put(dir);
}
