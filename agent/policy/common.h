/* SPDX-License-Identifier: GPL-2.0-or-later */
/* common - what all policies do alike, once they know who comes before whom. */
#ifndef TWILL_POLICY_COMMON_H
#define TWILL_POLICY_COMMON_H

#include "policy/policy.h"

#define POLICY_DLAS (POLICY_BIT(TWILL_ACCELERATOR_DLA0) | POLICY_BIT(TWILL_ACCELERATOR_DLA1))

/** policy_usable() - accelerators that a task can use and the board has */
uint32_t policy_usable(const struct policy_snapshot *s, const struct policy_task *t);

/** policy_in_flight() - its one unit is submitted: there is nothing to withhold any more */
bool policy_in_flight(const struct policy_task *t);

/**
 * policy_sort() - order the tasks that have a job
 * @before: whether one is due before another; a strict total order
 *
 * Return: how many there are in @d->order.
 */
uint32_t policy_sort(const struct policy_snapshot *s, struct policy_decision *d,
		     bool (*before)(const struct policy_task *a, const struct policy_task *b));

/** policy_order() - the same of @n tasks that are in @d->order already */
void policy_order(const struct policy_snapshot *s, struct policy_decision *d, uint32_t n,
		  bool (*before)(const struct policy_task *a, const struct policy_task *b));

/**
 * policy_place_fixed() - networks to the DLAs, all else to the GPU
 *
 * Sets each placement. Where there are two DLAs a task stays on the one that it has;
 * new ones are shared out evenly, in the order of their ids.
 */
void policy_place_fixed(const struct policy_snapshot *s, struct policy_decision *d);

/**
 * policy_let_aged_run() - one task that has waited long enough runs beside the others
 * @n: tasks in @d->order, with verdicts
 *
 * For a turn, one such task at a time, beside whatever runs: the k-th of those that
 * wait is frozen no longer than starve_pct + (k - 1) * turn_pct.
 */
void policy_let_aged_run(const struct policy_snapshot *s, struct policy_decision *d, uint32_t n);

/** policy_join_groups() - a freeze group is frozen together or not at all */
void policy_join_groups(const struct policy_snapshot *s, struct policy_decision *d);

/**
 * policy_rest() - for the budget, the least of the tasks rests, or all do
 * @n: tasks in @d->order, with verdicts
 * @pieces: the least is the last in order that submits its work piece by piece, and
 *	if it waits already that is rest enough; else the last that would run
 *
 * Only those on, or bound for, the GPU and the DLAs draw much.
 */
void policy_rest(const struct policy_snapshot *s, struct policy_decision *d, uint32_t n,
		 bool pieces);

#endif
