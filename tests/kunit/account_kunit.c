// SPDX-License-Identifier: GPL-2.0-only
/* What each user may take of the shared tables. */
#include "kunit.h"

#include "../../kmod/account.c"

static struct cred *user(struct kunit *test, uid_t uid, bool admin)
{
	struct cred *cred = prepare_creds();

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cred->uid = make_kuid(&init_user_ns, uid);
	cap_clear(cred->cap_effective);
	if (admin)
		cap_raise(cred->cap_effective, CAP_SYS_ADMIN);
	return cred;
}

static int charge(const struct cred *cred, u32 in_use, bool exempt, struct twill_account **account)
{
	int err;

	raw_spin_lock(&twill_spin);
	err = __twill_account_charge(cred, TWILL_QUOTA_OWNERS, in_use, exempt, account);
	raw_spin_unlock(&twill_spin);
	return err;
}

static void uncharge(struct twill_account *account)
{
	raw_spin_lock(&twill_spin);
	__twill_account_uncharge(account, TWILL_QUOTA_OWNERS);
	raw_spin_unlock(&twill_spin);
}

/* Breaks if: one user can take more than half of what all share, or gets nothing back. */
static void account_share(struct kunit *test)
{
	const u32 half = (TWILL_OWNERS_MAX - TWILL_OWNERS_MAX / 4) / 2;
	struct cred *a = user(test, 1000, false), *b = user(test, 1001, false);
	struct twill_account *account, *other;
	u32 i;

	for (i = 0; i < half; i++)
		KUNIT_ASSERT_EQ(test, charge(a, i, false, &account), 0);
	KUNIT_EXPECT_EQ(test, charge(a, half, false, &other), -EDQUOT);
	KUNIT_EXPECT_EQ(test, charge(b, half, false, &other), 0);
	KUNIT_EXPECT_PTR_NE(test, account, other);
	uncharge(other);
	uncharge(account);
	KUNIT_EXPECT_EQ(test, charge(a, half, false, &account), 0);
	for (i = 0; i < half; i++)
		uncharge(account);
	abort_creds(a);
	abort_creds(b);
}

/* Breaks if: users can fill what is kept for the administrator, or he cannot have it. */
static void account_kept(struct kunit *test)
{
	const u32 shared = TWILL_OWNERS_MAX - TWILL_OWNERS_MAX / 4;
	struct cred *a = user(test, 1000, false), *root = user(test, 0, true);
	struct twill_account *account;

	KUNIT_EXPECT_EQ(test, charge(a, shared, false, &account), -ENOSPC);
	KUNIT_EXPECT_EQ(test, charge(root, shared, true, &account), 0);
	KUNIT_EXPECT_NULL(test, account);
	KUNIT_EXPECT_EQ(test, charge(root, TWILL_OWNERS_MAX, true, &account), -ENOSPC);
	abort_creds(a);
	abort_creds(root);
}

/* Breaks if: the table of users overflows, or an account is not free once nothing is held. */
static void account_users(struct kunit *test)
{
	static struct twill_account *account[ACCOUNTS_MAX];
	struct cred *cred = user(test, 0, false);
	struct twill_account *more;
	int i;

	for (i = 0; i < ACCOUNTS_MAX; i++) {
		cred->uid = make_kuid(&init_user_ns, 2000 + i);
		KUNIT_ASSERT_EQ(test, charge(cred, 0, false, &account[i]), 0);
	}
	cred->uid = make_kuid(&init_user_ns, 9000);
	KUNIT_EXPECT_EQ(test, charge(cred, 0, false, &more), -EUSERS);
	uncharge(account[7]);
	KUNIT_EXPECT_EQ(test, charge(cred, 0, false, &account[7]), 0);
	for (i = 0; i < ACCOUNTS_MAX; i++)
		uncharge(account[i]);
	abort_creds(cred);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(account_share),
	KUNIT_CASE(account_kept),
	KUNIT_CASE(account_users),
	{}
};

static struct kunit_suite suite = { .name = "twill_account", .test_cases = cases };

kunit_test_suite(suite);
