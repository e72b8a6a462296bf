/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paper - what the paper leaves open. */
#ifndef TWILL_POLICY_PAPER_H
#define TWILL_POLICY_PAPER_H

#include "policy/policy.h"

/**
 * struct paper_setting - one way to read it; all false is the policy named paper
 * @slices: equals share the GPU by time slices; else they go one after another
 * @queues: equals go one after another on a DLA, too, frozen; else they queue there
 * @arrival: among equals the order is that of their begin; else short classes first
 * @stays: a network whose DLAs are taken waits there; else it takes the GPU if that
 *	is free, and its next job migrates back
 * @gpu_best: a network's best accelerator is the GPU where that is free, and a DLA its
 *	second best; else the other way round
 * @rests: under the budget the last in order that goes piece by piece rests before
 *	clocks go low; else clocks go down step by step first, and up while below
 */
struct paper_setting {
	bool slices;
	bool queues;
	bool arrival;
	bool stays;
	bool gpu_best;
	bool rests;
};

#endif
