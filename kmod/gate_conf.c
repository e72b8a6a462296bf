// SPDX-License-Identifier: GPL-2.0-only
/*
 * gate_conf.c - settings of the gates: the administrator's, below
 * /sys/kernel/twill/gate/, and those that a lease puts in their place.
 */
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "gate.h"

static void use(struct twill_gate *gate, const struct twill_gate_conf *conf)
{
	gate->conf = *conf;
	twill_gate_settle(gate);
	twill_event_gate(gate);
}

/**
 * twill_gate_override() - put other settings in place of the administrator's
 * @owner: who
 * @gate: whose
 * @conf: all of them
 * @deadline: end of the lease, twill_now()
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: 0; -EBUSY while another owner overrides them; -ENOSPC.
 */
int twill_gate_override(struct twill_owner *owner, struct twill_gate *gate,
			const struct twill_gate_conf *conf, u64 deadline,
			struct netlink_ext_ack *ack)
{
	int err;

	lockdep_assert_held(&twill_mutex);
	if (gate->overridden && gate->lease.owner != owner) {
		NL_SET_ERR_MSG(ack, "another socket overrides this gate until its lease ends");
		return -EBUSY;
	}
	if (gate->overridden) {
		twill_lease_renew(&gate->lease, deadline);
	} else {
		gate->lease.gate = gate;
		err = twill_lease_start(&gate->lease, owner, TWILL_LEASE_GATE, deadline, ack);
		if (err)
			return err;
		gate->overridden = true;
	}
	use(gate, conf);
	return 0;
}

/**
 * twill_gate_override_end() - back to the administrator's settings
 * @gate: an overridden gate
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_gate_override_end(struct twill_gate *gate)
{
	lockdep_assert_held(&twill_mutex);
	twill_lease_stop(&gate->lease);
	gate->overridden = false;
	use(gate, &gate->admin);
}

static void set_admin(struct twill_gate *gate, const struct twill_gate_conf *conf)
{
	gate->admin = *conf;
	if (!gate->overridden)
		use(gate, conf);
}

/* ---- sysfs: one directory an accelerator, one value a file ---- */

static const char *const names[TWILL_ACCELERATORS] = {
	[TWILL_ACCELERATOR_CPU] = "cpu",
	[TWILL_ACCELERATOR_GPU] = "gpu",
	[TWILL_ACCELERATOR_DLA0] = "dla0",
	[TWILL_ACCELERATOR_DLA1] = "dla1",
};

static const char *const modes[] = {
	[TWILL_GATE_MODE_OFF] = "off",
	[TWILL_GATE_MODE_OBSERVE] = "observe",
	[TWILL_GATE_MODE_ENFORCE] = "enforce",
};

static const char *const orders[] = {
	[TWILL_GATE_ORDER_WEIGHTED] = "weighted",
	[TWILL_GATE_ORDER_STRICT] = "strict",
};

static struct kobject *dir, *dirs[TWILL_ACCELERATORS];

static struct twill_gate *gate_at(const struct kobject *k)
{
	int i;

	for (i = 1; i < TWILL_ACCELERATORS - 1; i++)
		if (!strcmp(names[i], kobject_name(k)))
			break;
	return twill_gate_of(i);
}

static struct twill_gate_conf admin_of(const struct kobject *k)
{
	struct twill_gate_conf conf;

	twill_lock();
	conf = gate_at(k)->admin;
	twill_unlock();
	return conf;
}

/* Of @values, the one that matches goes to the number at @offset in the settings. */
static ssize_t store_name(const struct kobject *k, const char *const *values, size_t n_values,
			  size_t offset, const char *buf, size_t n)
{
	struct twill_gate_conf conf;
	int i = __sysfs_match_string(values, n_values, buf);

	if (i < 0)
		return i;
	twill_lock();
	conf = gate_at(k)->admin;
	*(u32 *)((char *)&conf + offset) = i;
	set_admin(gate_at(k), &conf);
	twill_unlock();
	return n;
}

static ssize_t mode_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%s\n", modes[admin_of(k).mode]);
}

static ssize_t mode_store(struct kobject *k, struct kobj_attribute *a, const char *buf, size_t n)
{
	return store_name(k, modes, ARRAY_SIZE(modes), offsetof(struct twill_gate_conf, mode),
			  buf, n);
}

static struct kobj_attribute mode_attr = __ATTR_RW(mode);

static ssize_t order_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%s\n", orders[admin_of(k).order]);
}

static ssize_t order_store(struct kobject *k, struct kobj_attribute *a, const char *buf, size_t n)
{
	return store_name(k, orders, ARRAY_SIZE(orders), offsetof(struct twill_gate_conf, order),
			  buf, n);
}

static struct kobj_attribute order_attr = __ATTR_RW(order);

static ssize_t capacity_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%u\n", admin_of(k).capacity);
}

static ssize_t capacity_store(struct kobject *k, struct kobj_attribute *a,
			      const char *buf, size_t n)
{
	struct twill_gate_conf conf;
	u32 capacity;
	int err = kstrtou32(buf, 0, &capacity);

	if (err)
		return err;
	if (!capacity || capacity > TWILL_CAPACITY_MAX)
		return -ERANGE;
	twill_lock();
	conf = gate_at(k)->admin;
	conf.capacity = capacity;
	set_admin(gate_at(k), &conf);
	twill_unlock();
	return n;
}

static struct kobj_attribute capacity_attr = __ATTR_RW(capacity);

static struct attribute *attrs[] = {
	&mode_attr.attr,
	&capacity_attr.attr,
	&order_attr.attr,
	NULL,
};

static const struct attribute_group group = { .attrs = attrs };

/**
 * twill_gate_sysfs_fini() - remove the gates' directories; waits for readers and writers
 *
 * Context: may sleep.
 */
void twill_gate_sysfs_fini(void)
{
	int i;

	for (i = 1; i < TWILL_ACCELERATORS; i++) {
		if (!dirs[i])
			continue;
		sysfs_remove_group(dirs[i], &group);
		kobject_put(dirs[i]);
		dirs[i] = NULL;
	}
	kobject_put(dir);
}

/**
 * twill_gate_sysfs_init() - make the gates' directories
 * @parent: /sys/kernel/twill
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM or the error of sysfs.
 */
int twill_gate_sysfs_init(struct kobject *parent)
{
	int i, err = -ENOMEM;

	dir = kobject_create_and_add("gate", parent);
	if (!dir)
		return -ENOMEM;
	for (i = 1; i < TWILL_ACCELERATORS; i++) {
		dirs[i] = kobject_create_and_add(names[i], dir);
		if (!dirs[i])
			goto fini;
		err = sysfs_create_group(dirs[i], &group);
		if (err) {
			kobject_put(dirs[i]);
			dirs[i] = NULL;
			goto fini;
		}
	}
	return 0;

fini:
	twill_gate_sysfs_fini();
	return err;
}
