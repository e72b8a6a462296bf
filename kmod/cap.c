// SPDX-License-Identifier: GPL-2.0-only
/*
 * cap.c - upper limits of clocks, as QoS requests of the kernel.
 *
 * A request overwrites nothing: the lowest of all limits counts, and when it is
 * removed the others count again. The core frees what a request hangs on when
 * the cpufreq policy or the device goes, so notifiers take our requests off
 * first, under cap_lock alone, which is held across looking a target up and
 * adding a request to it. A policy cannot be found any more by then. A device
 * can, until its driver is unbound, while the core clears what requests it finds
 * without regard to us: so what is leaving is remembered, and refused.
 */
#include <linux/cpufreq.h>
#include <linux/device.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "twill.h"

LIST_HEAD(twill_caps);			/* twill_mutex and cap_lock to change, either to read */
static DEFINE_MUTEX(cap_lock);		/* inside twill_mutex */
static u32 n_caps;			/* twill_mutex */
static u32 last_id;			/* twill_mutex */
static bool any_gone;			/* cap_lock to set */
static LIST_HEAD(leaving);		/* cap_lock */

/* A device with a clock, between the first word of its removal and the last. */
struct leaver {
	struct list_head node;
	const struct device *dev;	/* compared only */
};

/**
 * twill_cap_by_id() - the cap of that id
 * @id: number
 *
 * Context: caller holds twill_mutex, which keeps the cap.
 * Return: the cap or NULL.
 */
struct twill_cap *twill_cap_by_id(u32 id)
{
	struct twill_cap *cap;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry(cap, &twill_caps, node)
		if (cap->id == id)
			return cap;
	return NULL;
}

static int add_policy(struct twill_cap *cap, struct netlink_ext_ack *ack)
{
	struct cpufreq_policy *policy;
	int err;

	policy = cap->cpu < nr_cpu_ids ? cpufreq_cpu_get(cap->cpu) : NULL;
	if (!policy) {
		NL_SET_ERR_MSG(ack, "that CPU has no cpufreq policy");
		return -ENODEV;
	}
	cap->policy = policy;
	err = freq_qos_add_request(&policy->constraints, &cap->freq, FREQ_QOS_MAX, cap->max_khz);
	cpufreq_cpu_put(policy);
	return err;
}

static int is_devfreq(struct device *dev, void *unused)
{
	return dev->class && !strcmp(dev->class->name, "devfreq");
}

static struct leaver *leaver(const struct device *dev)
{
	struct leaver *l;

	lockdep_assert_held(&cap_lock);
	list_for_each_entry(l, &leaving, node)
		if (l->dev == dev)
			return l;
	return NULL;
}

static int add_device(struct twill_cap *cap, struct netlink_ext_ack *ack)
{
	int err;

	cap->dev = bus_find_device_by_name(&platform_bus_type, NULL, cap->device);
	if (!cap->dev) {
		NL_SET_ERR_MSG(ack, "no such device on the platform bus");
		return -ENODEV;
	}
	if (!device_for_each_child(cap->dev, NULL, is_devfreq)) {
		NL_SET_ERR_MSG(ack, "the device has no devfreq child, so no clock to cap");
		err = -EOPNOTSUPP;
	} else if (leaver(cap->dev)) {
		NL_SET_ERR_MSG(ack, "the device is being removed");
		err = -ENODEV;
	} else {
		err = dev_pm_qos_add_request(cap->dev, &cap->dev_freq, DEV_PM_QOS_MAX_FREQUENCY,
					     cap->max_khz);
	}
	if (err < 0)
		put_device(cap->dev);
	return err;
}

/* Take the request off, unless the core has done so. */
static void remove_request(struct twill_cap *cap)
{
	lockdep_assert_held(&cap_lock);
	if (cap->gone)
		return;
	if (cap->kind == TWILL_CAP_KIND_CPUFREQ) {
		freq_qos_remove_request(&cap->freq);
		return;
	}
	if (dev_pm_qos_request_active(&cap->dev_freq))
		dev_pm_qos_remove_request(&cap->dev_freq);
	put_device(cap->dev);
}

/**
 * twill_cap_create() - cap a clock
 * @owner: who
 * @kind: of the target
 * @cpu: names the policy, for TWILL_CAP_KIND_CPUFREQ
 * @device: names the device, for TWILL_CAP_KIND_DEVICE
 * @max_khz: upper limit in kHz
 * @deadline: end of the lease, twill_now()
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: the cap; -ENODEV, -EOPNOTSUPP, -ENOSPC, -ENOMEM.
 */
struct twill_cap *twill_cap_create(struct twill_owner *owner, u32 kind, u32 cpu,
				   const char *device, u32 max_khz, u64 deadline,
				   struct netlink_ext_ack *ack)
{
	struct twill_cap *cap;
	int err;

	lockdep_assert_held(&twill_mutex);
	if (n_caps >= TWILL_CAPS_MAX) {
		NL_SET_ERR_MSG(ack, "too many caps: change or delete one");
		return ERR_PTR(-ENOSPC);
	}
	cap = kzalloc(sizeof(*cap), GFP_KERNEL_ACCOUNT);
	if (!cap)
		return ERR_PTR(-ENOMEM);
	cap->kind = kind;
	cap->cpu = cpu;
	cap->max_khz = max_khz;
	if (device)
		strscpy(cap->device, device, sizeof(cap->device));
	err = twill_lease_start(&cap->lease, owner, TWILL_LEASE_CAP, deadline, ack);
	if (err)
		goto free_cap;
	cap->lease.cap = cap;

	mutex_lock(&cap_lock);
	err = kind == TWILL_CAP_KIND_CPUFREQ ? add_policy(cap, ack) : add_device(cap, ack);
	if (err >= 0)
		list_add_tail(&cap->node, &twill_caps);
	mutex_unlock(&cap_lock);
	if (err < 0)
		goto stop_lease;
	n_caps++;
	cap->id = ++last_id;
	twill_event_cap(cap, TWILL_CHANGE_NEW);
	return cap;

stop_lease:
	twill_lease_stop(&cap->lease);
free_cap:
	kfree(cap);
	return ERR_PTR(err);
}

/**
 * twill_cap_change() - give a cap another limit
 * @cap: a cap
 * @max_khz: upper limit in kHz
 * @ack: for the reason of a refusal
 *
 * Context: may sleep; caller holds twill_mutex.
 * Return: 0; -ENODEV if what it acted on is gone.
 */
int twill_cap_change(struct twill_cap *cap, u32 max_khz, struct netlink_ext_ack *ack)
{
	int err = -ENODEV;

	lockdep_assert_held(&twill_mutex);
	mutex_lock(&cap_lock);
	if (!cap->gone && cap->kind == TWILL_CAP_KIND_CPUFREQ)
		err = freq_qos_update_request(&cap->freq, max_khz);
	else if (!cap->gone && dev_pm_qos_request_active(&cap->dev_freq))
		err = dev_pm_qos_update_request(&cap->dev_freq, max_khz);
	mutex_unlock(&cap_lock);
	if (err < 0) {
		NL_SET_ERR_MSG(ack, "what the cap acted on was removed");
		return err;
	}
	cap->max_khz = max_khz;
	twill_event_cap(cap, TWILL_CHANGE_CHANGED);
	return 0;
}

/**
 * twill_cap_end() - remove a cap
 * @cap: a cap; freed
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_cap_end(struct twill_cap *cap)
{
	lockdep_assert_held(&twill_mutex);
	mutex_lock(&cap_lock);
	remove_request(cap);
	list_del(&cap->node);
	mutex_unlock(&cap_lock);
	n_caps--;
	twill_lease_stop(&cap->lease);
	twill_event_cap(cap, TWILL_CHANGE_GONE);
	kfree(cap);
}

static struct twill_cap *gone_cap(void)
{
	struct twill_cap *cap;

	list_for_each_entry(cap, &twill_caps, node)
		if (READ_ONCE(cap->gone))
			return cap;
	return NULL;
}

/**
 * twill_cap_settle() - end caps whose target was removed
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_cap_settle(void)
{
	struct twill_cap *cap;

	if (!READ_ONCE(any_gone))
		return;
	WRITE_ONCE(any_gone, false);
	while ((cap = gone_cap()))
		twill_cap_end(cap);
}

static void target_gone(const struct cpufreq_policy *policy, const struct device *dev)
{
	struct twill_cap *cap;
	bool kick = false;

	mutex_lock(&cap_lock);
	list_for_each_entry(cap, &twill_caps, node) {
		if (cap->gone || (policy ? cap->policy != policy : !dev || cap->dev != dev))
			continue;
		remove_request(cap);
		WRITE_ONCE(cap->gone, true);
		kick = true;
	}
	if (kick)
		WRITE_ONCE(any_gone, true);
	mutex_unlock(&cap_lock);
	if (kick)
		twill_kick();
}

static int policy_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == CPUFREQ_REMOVE_POLICY)
		target_gone(data, NULL);
	return NOTIFY_OK;
}

static void leave(struct device *dev)
{
	struct leaver *l;

	if (!device_for_each_child(dev, NULL, is_devfreq))
		return;
	/* A few bytes, seldom, where anything may sleep: it does not fail. */
	l = kmalloc(sizeof(*l), GFP_KERNEL | __GFP_NOFAIL);
	l->dev = dev;
	mutex_lock(&cap_lock);
	list_add(&l->node, &leaving);
	mutex_unlock(&cap_lock);
}

static void left(const struct device *dev)
{
	struct leaver *l;

	mutex_lock(&cap_lock);
	l = leaver(dev);
	if (l)
		list_del(&l->node);
	mutex_unlock(&cap_lock);
	kfree(l);
}

static int device_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == BUS_NOTIFY_DEL_DEVICE) {
		leave(data);
		target_gone(NULL, data);
	} else if (event == BUS_NOTIFY_REMOVED_DEVICE) {
		left(data);
	}
	return NOTIFY_OK;
}

static struct notifier_block policy_nb = { .notifier_call = policy_event };
static struct notifier_block device_nb = { .notifier_call = device_event };

/**
 * twill_cap_init() - watch for targets that are removed
 *
 * Return: 0 or the error of a notifier chain.
 */
int twill_cap_init(void)
{
	int err;

	err = cpufreq_register_notifier(&policy_nb, CPUFREQ_POLICY_NOTIFIER);
	if (err)
		return err;
	err = bus_register_notifier(&platform_bus_type, &device_nb);
	if (err)
		cpufreq_unregister_notifier(&policy_nb, CPUFREQ_POLICY_NOTIFIER);
	return err;
}

/**
 * twill_cap_fini() - watch no more; all caps have ended with their leases
 *
 * Context: may sleep.
 */
void twill_cap_fini(void)
{
	struct leaver *l, *next;

	bus_unregister_notifier(&platform_bus_type, &device_nb);
	list_for_each_entry_safe(l, next, &leaving, node)
		kfree(l);
	cpufreq_unregister_notifier(&policy_nb, CPUFREQ_POLICY_NOTIFIER);
}
