// SPDX-License-Identifier: GPL-2.0-only
/*
 * account.c - what each user has taken of the tables that all share.
 *
 * A quarter of each table is for requests of those who may administrate the
 * board, and one user takes at most half of the rest: so nobody keeps the
 * others, nor the administrator, from tagging, freezing and marking jobs. All
 * of a user's own user namespaces pay from one account, whatever users they
 * are mapped to. There are as many accounts as users that hold something; the
 * table of them is fixed, because a fork probe charges as well.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "twill.h"

#define ACCOUNTS_MAX	128	/* users that hold something */

struct twill_account {
	kuid_t uid;
	u32 used[TWILL_N_QUOTAS];
};

/* Text of the refusals; what is refused names the way out. */
static const struct {
	u32 max;
	const char *full;
	const char *kept;
	const char *own;
} quotas[TWILL_N_QUOTAS] = {
	[TWILL_QUOTA_TASKS] = {
		TWILL_TASKS_MAX,
		"too many tagged processes: untag some first",
		"too many tagged processes, and the rest is kept for CAP_SYS_ADMIN: untag some first",
		"this user has too many tagged processes: untag some first",
	},
	[TWILL_QUOTA_OWNERS] = {
		TWILL_OWNERS_MAX,
		"too many sockets hold leases: close some first",
		"too many sockets hold leases, and the rest is kept for CAP_SYS_ADMIN: close some first",
		"too many sockets of this user hold leases: close some first",
	},
	[TWILL_QUOTA_LEASES] = {
		TWILL_LEASES_MAX,
		"too many leases: end some first",
		"too many leases, and the rest is kept for CAP_SYS_ADMIN: end some first",
		"this user has too many leases: end some first",
	},
};

static struct twill_account accounts[ACCOUNTS_MAX];	/* twill_spin */

/**
 * twill_account_admin() - whether somebody pays nothing
 * @cred: whose
 *
 * Read from the credentials and not asked of the security modules, because a
 * fork probe must not wait for their locks. It grants places in a table, no more.
 *
 * Context: any.
 * Return: true with CAP_SYS_ADMIN in the initial user namespace.
 */
bool twill_account_admin(const struct cred *cred)
{
	return cred->user_ns == &init_user_ns && cap_raised(cred->cap_effective, CAP_SYS_ADMIN);
}

/*
 * Who pays. Whoever makes a user namespace may have it mapped to many users;
 * he pays for them all. One that root made, for a container, pays as its root.
 */
static kuid_t payer(const struct cred *cred)
{
	struct user_namespace *ns = cred->user_ns;
	kuid_t root;

	if (ns == &init_user_ns)
		return cred->uid;
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	root = make_kuid(ns, 0);
	return uid_eq(ns->owner, GLOBAL_ROOT_UID) && uid_valid(root) ? root : ns->owner;
}

static bool unused(const struct twill_account *account)
{
	int i;

	for (i = 0; i < TWILL_N_QUOTAS; i++)
		if (account->used[i])
			return false;
	return true;
}

/* The user's account, or an unused one; NULL when there is neither. */
static struct twill_account *find(kuid_t uid)
{
	struct twill_account *account, *free = NULL;

	for (account = accounts; account < accounts + ACCOUNTS_MAX; account++) {
		if (unused(account))
			free = free ?: account;
		else if (uid_eq(account->uid, uid))
			return account;
	}
	if (free)
		free->uid = uid;
	return free;
}

/**
 * __twill_account_charge() - take one place of a table
 * @cred: who pays
 * @quota: which table
 * @in_use: places taken by all
 * @exempt: may have any place that is left
 * @account: set to what is to be given to __twill_account_uncharge() later
 *
 * Context: any; caller holds twill_spin.
 * Return: 0; -ENOSPC without a place left, or only those kept for
 * CAP_SYS_ADMIN; -EDQUOT if the user has its share; -EUSERS without an account.
 */
int __twill_account_charge(const struct cred *cred, enum twill_quota quota, u32 in_use,
			   bool exempt, struct twill_account **account)
{
	u32 max = quotas[quota].max, shared = max - max / 4;

	lockdep_assert_held(&twill_spin);
	*account = NULL;
	if (in_use >= (exempt ? max : shared))
		return -ENOSPC;
	if (twill_account_admin(cred))
		return 0;
	*account = find(payer(cred));
	if (!*account)
		return exempt ? 0 : -EUSERS;
	if (!exempt && (*account)->used[quota] >= shared / 2)
		return -EDQUOT;
	(*account)->used[quota]++;
	return 0;
}

/**
 * __twill_account_uncharge() - give a place of a table back
 * @account: what the charge has set; NULL if nobody paid
 * @quota: which table
 *
 * Context: any; caller holds twill_spin.
 */
void __twill_account_uncharge(struct twill_account *account, enum twill_quota quota)
{
	lockdep_assert_held(&twill_spin);
	if (account)
		account->used[quota]--;
}

/**
 * twill_account_refuse() - say why a charge was refused
 * @err: what it returned
 * @quota: which table
 * @in_use: places taken by all
 * @ack: for the reason
 *
 * Context: any.
 * Return: @err.
 */
int twill_account_refuse(int err, enum twill_quota quota, u32 in_use, struct netlink_ext_ack *ack)
{
	const char *why;

	if (err == -EUSERS)
		why = "too many users hold something: have one let go first";
	else if (err == -EDQUOT)
		why = quotas[quota].own;
	else
		why = in_use < quotas[quota].max ? quotas[quota].kept : quotas[quota].full;
	if (ack)
		ack->_msg = why;
	return err;
}
