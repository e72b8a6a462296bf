// SPDX-License-Identifier: GPL-2.0-only
/*
 * lease.c - owners, what they hold, and when it ends.
 *
 * An owner is a generic netlink socket, known by namespace and port. Its
 * leases end at the first of: the socket's release, the exit of the thread
 * group that first used it for a lease (a forked child or a passed descriptor
 * keeps the socket open), and each lease's time to live.
 *
 * That time stands still from the moment that a suspend begins until it is
 * over: the owner cannot renew while user space is frozen, and whether the
 * kernel's clock stops in the meantime depends on the machine.
 */
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>

#include "gate.h"
#include "trace.h"

static LIST_HEAD(owners);	/* both locks to change, either to read */
static u32 n_owners;		/* twill_mutex */
static u32 n_leases;		/* twill_mutex */
static u64 next_expiry = U64_MAX;	/* when the work runs; twill_mutex */
static bool quiet;		/* unloading: the work is not armed; twill_mutex */
static u64 slept;		/* in all suspends so far; twill_mutex */
static u64 asleep_since;	/* ktime_get_ns(), zero when awake; twill_mutex */

static void expire_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(expire_work, expire_fn);

static struct twill_owner *by_socket(const struct net *net, u32 portid)
{
	struct twill_owner *owner;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry(owner, &owners, node)
		if (owner->portid == portid && net_eq(owner->net, net))
			return owner;
	return NULL;
}

/**
 * twill_owner_find() - the owner that the sender of a request is
 * @net: its socket's namespace
 * @portid: its socket's port
 *
 * Context: the request's; caller holds twill_mutex, which keeps the owner.
 * Return: the owner; NULL if there is none, or if it is another process that
 * holds leases through this socket, or did until a moment ago.
 */
struct twill_owner *twill_owner_find(const struct net *net, u32 portid)
{
	struct twill_owner *owner = by_socket(net, portid);

	return owner && owner->tgid == task_tgid(current) ? owner : NULL;
}

/**
 * twill_owner_get() - the owner that the sender of a request is, made if need be
 * @net: its socket's namespace
 * @portid: its socket's port
 * @ack: for the reason of a refusal
 *
 * Called while the socket sends, so that its release comes later. One process
 * holds leases through one socket: of another one that asks for leases through
 * the same, the end would go unnoticed.
 *
 * Context: the request's, may sleep; caller holds twill_mutex, which keeps the owner.
 * Return: the owner; -EPERM, -ENOSPC, -EDQUOT, -EUSERS, -ENOMEM.
 */
struct twill_owner *twill_owner_get(struct net *net, u32 portid, struct netlink_ext_ack *ack)
{
	struct twill_owner *owner = by_socket(net, portid);
	int err;

	if (owner && owner->tgid == task_tgid(current))
		return owner;
	if (owner) {
		NL_SET_ERR_MSG(ack,
			       "another process holds leases through this socket: open your own");
		return ERR_PTR(-EPERM);
	}
	owner = kzalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);
	if (!owner)
		return ERR_PTR(-ENOMEM);
	owner->net = net;
	owner->portid = portid;
	owner->tgid = get_pid(task_tgid(current));
	INIT_LIST_HEAD(&owner->leases);
	raw_spin_lock(&twill_spin);
	err = __twill_account_charge(current_cred(), TWILL_QUOTA_OWNERS, n_owners,
				     twill_account_admin(current_cred()), &owner->account);
	if (!err)
		list_add_tail(&owner->node, &owners);
	raw_spin_unlock(&twill_spin);
	if (err) {
		put_pid(owner->tgid);
		kfree(owner);
		return ERR_PTR(twill_account_refuse(err, TWILL_QUOTA_OWNERS, n_owners, ack));
	}
	WRITE_ONCE(n_owners, n_owners + 1);
	return owner;
}

static void end(struct twill_lease *lease, bool is_expired)
{
	trace_twill_lease_end(lease, is_expired);
	switch (lease->kind) {
	case TWILL_LEASE_FREEZE:
		twill_hold_end(lease);
		break;
	case TWILL_LEASE_PLACE:
		twill_place_end(lease->task);
		break;
	case TWILL_LEASE_CAP:
		twill_cap_end(lease->cap);
		break;
	case TWILL_LEASE_GATE:
		twill_gate_override_end(lease->gate);
		break;
	}
}

static void owner_end(struct twill_owner *owner)
{
	struct twill_lease *lease;

	lockdep_assert_held(&twill_mutex);
	twill_agent_leave(owner);
	while ((lease = list_first_entry_or_null(&owner->leases, struct twill_lease, by_owner)))
		end(lease, false);
	raw_spin_lock(&twill_spin);
	list_del(&owner->node);
	__twill_account_uncharge(owner->account, TWILL_QUOTA_OWNERS);
	raw_spin_unlock(&twill_spin);
	WRITE_ONCE(n_owners, n_owners - 1);
	put_pid(owner->tgid);
	kfree(owner);
}

/**
 * __twill_owner_exit() - a thread group has exited, or is another by its exec
 * @tgid: whose
 * @kick: set if there is something to settle
 *
 * Context: exit or exec probe; caller holds twill_spin.
 */
void __twill_owner_exit(const struct pid *tgid, bool *kick)
{
	struct twill_owner *owner;

	lockdep_assert_held(&twill_spin);
	list_for_each_entry(owner, &owners, node) {
		if (owner->tgid != tgid)
			continue;
		WRITE_ONCE(owner->dead, true);
		*kick = true;
	}
}

/**
 * twill_lease_start() - put something under a lease
 * @lease: the lease; its task or cap is for the caller to set
 * @owner: who
 * @kind: what
 * @deadline: until when, twill_now()
 * @ack: for the reason of a refusal
 *
 * Context: the request's; caller holds twill_mutex.
 * Return: 0; -ENOSPC, -EDQUOT, -EUSERS.
 */
int twill_lease_start(struct twill_lease *lease, struct twill_owner *owner,
		      enum twill_lease_kind kind, u64 deadline, struct netlink_ext_ack *ack)
{
	int err;

	lockdep_assert_held(&twill_mutex);
	raw_spin_lock(&twill_spin);
	err = __twill_account_charge(current_cred(), TWILL_QUOTA_LEASES, n_leases,
				     twill_account_admin(current_cred()), &lease->account);
	raw_spin_unlock(&twill_spin);
	if (err)
		return twill_account_refuse(err, TWILL_QUOTA_LEASES, n_leases, ack);
	n_leases++;
	lease->owner = owner;
	lease->kind = kind;
	list_add_tail(&lease->by_owner, &owner->leases);
	twill_lease_renew(lease, deadline);
	return 0;
}

/**
 * twill_lease_stop() - take a lease off its owner's list
 * @lease: started
 *
 * Context: caller holds twill_mutex.
 */
void twill_lease_stop(struct twill_lease *lease)
{
	lockdep_assert_held(&twill_mutex);
	list_del(&lease->by_owner);
	n_leases--;
	raw_spin_lock(&twill_spin);
	__twill_account_uncharge(lease->account, TWILL_QUOTA_LEASES);
	raw_spin_unlock(&twill_spin);
}

/**
 * twill_now() - the time by which leases and freezes are measured
 *
 * Context: caller holds twill_mutex.
 * Return: nanoseconds; stands still in suspend.
 */
u64 twill_now(void)
{
	lockdep_assert_held(&twill_mutex);
	return (asleep_since ?: ktime_get_ns()) - slept;
}

/**
 * twill_lease_deadline() - when a time to live that starts now ends
 * @ttl_ms: milliseconds; zero for the administrator's default
 *
 * Context: caller holds twill_mutex.
 * Return: twill_now() then.
 */
u64 twill_lease_deadline(u32 ttl_ms)
{
	return twill_now() + (u64)(ttl_ms ?: twill_knobs.freeze_ttl_ms) * NSEC_PER_MSEC;
}

/**
 * twill_lease_renew() - give a lease another deadline
 * @lease: started
 * @deadline: twill_now()
 *
 * Context: caller holds twill_mutex.
 */
void twill_lease_renew(struct twill_lease *lease, u64 deadline)
{
	lease->deadline = deadline;
	twill_lease_watch(deadline);
}

/**
 * twill_owner_renew() - give all leases of an owner another deadline
 * @owner: who
 * @deadline: twill_now()
 *
 * Context: caller holds twill_mutex.
 * Return: how many.
 */
u32 twill_owner_renew(struct twill_owner *owner, u64 deadline)
{
	struct twill_lease *lease;
	u32 n = 0;

	lockdep_assert_held(&twill_mutex);
	list_for_each_entry(lease, &owner->leases, by_owner) {
		twill_lease_renew(lease, deadline);
		n++;
	}
	return n;
}

/**
 * twill_lease_watch() - look at all deadlines at this moment at the latest
 * @deadline: twill_now()
 *
 * Context: caller holds twill_mutex.
 */
void twill_lease_watch(u64 deadline)
{
	u64 now;

	lockdep_assert_held(&twill_mutex);
	/* While time stands still nothing runs out, and no timer need wake the machine. */
	if (quiet || asleep_since || deadline >= next_expiry)
		return;
	now = twill_now();
	next_expiry = deadline;
	mod_delayed_work(system_highpri_wq, &expire_work,
			 deadline > now ? nsecs_to_jiffies(deadline - now) + 1 : 0);
}

/* One lease that has run out, or NULL; @next becomes the earliest deadline of the others. */
static struct twill_lease *expired(u64 now, u64 *next)
{
	struct twill_owner *owner;
	struct twill_lease *lease;

	list_for_each_entry(owner, &owners, node) {
		list_for_each_entry(lease, &owner->leases, by_owner) {
			if (lease->deadline <= now)
				return lease;
			*next = min(*next, lease->deadline);
		}
	}
	return NULL;
}

static void expire_fn(struct work_struct *work)
{
	struct twill_lease *lease;
	u64 now, next;

	twill_lock();
	now = twill_now();
	next_expiry = U64_MAX;
	next = min(twill_freeze_expire(now), twill_gate_expire(now));
	while ((lease = expired(now, &next)))
		end(lease, true);
	if (next != U64_MAX)
		twill_lease_watch(next);
	twill_unlock();
}

static struct twill_owner *dead_owner(void)
{
	struct twill_owner *owner, *dead = NULL;

	raw_spin_lock(&twill_spin);
	list_for_each_entry(owner, &owners, node) {
		if (owner->dead) {
			dead = owner;
			break;
		}
	}
	raw_spin_unlock(&twill_spin);
	return dead;
}

/**
 * twill_lease_settle() - end the leases of thread groups that have exited
 *
 * Context: may sleep; caller holds twill_mutex.
 */
void twill_lease_settle(void)
{
	struct twill_owner *owner;

	while ((owner = dead_owner()))
		owner_end(owner);
}

static int released(struct notifier_block *nb, unsigned long event, void *data)
{
	struct netlink_notify *n = data;
	struct twill_owner *owner;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	/* Whatever this socket has asked for was done before its release began. */
	if (!READ_ONCE(n_owners) && !twill_job_any())
		return NOTIFY_DONE;
	twill_lock();
	/* Its jobs first: what ends with the owner must not grant them on a port that is free. */
	twill_job_drop_socket(n->net, n->portid);
	owner = by_socket(n->net, n->portid);
	if (owner)
		owner_end(owner);
	twill_unlock();
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = released };

static void fall_asleep(void)
{
	twill_lock();
	if (!asleep_since) {
		asleep_since = ktime_get_ns();
		next_expiry = U64_MAX;
		cancel_delayed_work(&expire_work);
	}
	twill_unlock();
}

static void come_awake(void)
{
	twill_lock();
	if (asleep_since) {
		slept += ktime_get_ns() - asleep_since;
		asleep_since = 0;
		twill_lease_watch(0);
	}
	twill_unlock();
}

static int slumber(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		fall_asleep();
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		come_awake();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block pm_notifier = { .notifier_call = slumber };

/**
 * twill_lease_init() - watch for sockets that are released, and for suspend
 *
 * Return: 0 or the error of a notifier chain.
 */
int twill_lease_init(void)
{
	int err = netlink_register_notifier(&notifier);

	if (err)
		return err;
	err = register_pm_notifier(&pm_notifier);
	if (err)
		netlink_unregister_notifier(&notifier);
	return err;
}

/**
 * twill_lease_quiet() - stop watching sockets and deadlines, before unloading
 *
 * Context: may sleep.
 */
void twill_lease_quiet(void)
{
	struct twill_task *task;
	unsigned long id;

	twill_lock();
	quiet = true;
	/*
	 * Once nobody tells of released sockets, they may go and their
	 * namespaces with them, while the tasks that are dropped later still
	 * make events and hand over: let there be nobody to send them to.
	 */
	xa_for_each(&twill_tasks, id, task)
		twill_job_drop_all(task);
	if (twill_agent.owner)
		twill_agent_leave(twill_agent.owner);
	twill_unlock();
	unregister_pm_notifier(&pm_notifier);
	netlink_unregister_notifier(&notifier);
	cancel_delayed_work_sync(&expire_work);
}

/**
 * twill_lease_fini() - end every lease
 *
 * Context: may sleep.
 */
void twill_lease_fini(void)
{
	struct twill_owner *owner;

	if (!quiet)
		twill_lease_quiet();
	twill_lock();
	while ((owner = list_first_entry_or_null(&owners, struct twill_owner, node)))
		owner_end(owner);
	twill_unlock();
}
