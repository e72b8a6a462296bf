// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl budget */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/json.h"
#include "ctl/parse.h"

#define MW_MIN		1000
#define MW_MAX		1000000
#define WINDOW_MIN	10
#define WINDOW_MAX	600000

static int parse_mw(struct ctl *ctl, const char *word, int64_t *ret)
{
	uint64_t mw;

	if (!strcmp(word, "off")) {
		*ret = 0;
		return -1;
	}
	if (parse_power(word, MW_MIN, MW_MAX, &mw) < 0)
		return ctl_usage(ctl, "the budget must be off or %d to %d mW (as 15W), not `%s'",
				 MW_MIN, MW_MAX, word);
	*ret = (int64_t)mw;
	return -1;
}

/* 0 for both left alone */
static int parse_line(struct ctl *ctl, int argc, char **argv, int64_t *mw, int64_t *window_ms)
{
	static const struct option options[] = {
		{ "window", required_argument, NULL, 'w' },
		CTL_OPTIONS
	};
	uint64_t value;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'w') {
			r = ctl_number(ctl, "--window", optarg, WINDOW_MIN, WINDOW_MAX, &value);
			*window_ms = (int64_t)value;
		} else {
			r = ctl_option(ctl, c);
		}
		if (r >= 0)
			return r;
	}
	if (argc - optind > 1)
		return ctl_usage(ctl, "too many arguments: %s", argv[optind + 1]);
	return optind < argc ? parse_mw(ctl, argv[optind], mw) : -1;
}

static void print_budget(struct ctl *ctl, const struct twnl_budget *budget)
{
	if (ctl->json) {
		json_print(json_budget(budget));
		return;
	}
	if (budget->mw)
		printf("budget %u mW over %u ms", budget->mw, budget->window_ms);
	else
		printf("no budget (window %u ms)", budget->window_ms);
	if (budget->min_mw)
		printf("; this board can keep %u mW and more", budget->min_mw);
	putchar('\n');
}

/* The kernel's sentence has no numbers in it; @before tells what the board can keep */
static int refused(struct ctl *ctl, int err, int64_t mw, const struct twnl_budget *before)
{
	char reason[64];

	if (err == -EPERM || mw <= 0 || mw >= before->min_mw)
		return ctl_refused(ctl, err, "budget");
	snprintf(reason, sizeof(reason), "this board can keep %u mW and more", before->min_mw);
	return ctl_refuse(ctl, reason, "Idle and the least active clocks need that much",
			  "budget of %" PRIi64 " mW", mw);
}

int ctl_budget(struct ctl *ctl, int argc, char **argv)
{
	int64_t mw = TWNL_KEEP, window_ms = TWNL_KEEP;
	struct twnl_budget before, budget;
	int r;

	r = parse_line(ctl, argc, argv, &mw, &window_ms);
	if (r >= 0)
		return r;
	r = ctl_connect(ctl, NULL);
	if (r)
		return r;
	r = twnl_budget_get(ctl->nl, &before);
	if (r < 0)
		return ctl_refused(ctl, r, "cannot read the budget");
	budget = before;
	if (mw != TWNL_KEEP || window_ms != TWNL_KEEP)
		r = twnl_budget_set(ctl->nl, mw, window_ms, &budget);
	if (r < 0)
		return refused(ctl, r, mw, &before);
	print_budget(ctl, &budget);
	return CTL_OK;
}
