// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests that are right: what each operation takes, as uapi.rst and the spec
 * say, with values that are right each by itself.
 */
#include <linux/netlink.h>
#include <linux/twill.h>

#include "msg.h"
#include "spec.h"

#define MAX	12

/* Attributes of an object that are given all, and with one chance in two each. */
struct part {
	uint16_t object;
	uint8_t must[MAX];
	uint8_t may[MAX];
};

struct seed {
	uint8_t cmd;
	uint16_t flags;
	struct part part[3];
};

#define A(object, attr)	TWILL_A_##object##_##attr
#define BY_ID	{ A(TASK, ID) }
#define BY_PID	{ A(TASK, PID), A(TASK, START_TIME) }
#define TAG	{ A(TASK, CLASS), A(TASK, PRIORITY), A(TASK, INHERIT), A(TASK, CAN_USE), A(TASK, GROUP) }
#define LEASE	{ TWILL_A_LEASE, { A(LEASE, TTL_MS) }, { 0 } }
#define MAY_LEASE	{ TWILL_A_LEASE, { 0 }, { A(LEASE, TTL_MS) } }
#define JOB(...)	{ { TWILL_A_JOB, { __VA_ARGS__ }, { 0 } } }
#define NONE	{ { 0, { 0 }, { 0 } } }
#define ON_TASK(cmd)						\
	{ TWILL_CMD_TASK_##cmd, 0, { { TWILL_A_TASK, BY_PID, { 0 } } } },	\
	{ TWILL_CMD_TASK_##cmd, 0, { { TWILL_A_TASK, BY_ID, { 0 } } } }
#define DUMP(cmd)	{ TWILL_CMD_##cmd##_GET, NLM_F_DUMP, NONE }

static const struct seed seeds[] = {
	{ TWILL_CMD_TASK_SET, 0, { { TWILL_A_TASK, BY_PID, TAG } } },
	{ TWILL_CMD_TASK_SET, 0, { { TWILL_A_TASK, BY_PID, { 0 } } } },
	{ TWILL_CMD_TASK_SET, 0, { { TWILL_A_TASK, BY_ID, TAG } } },
	{ TWILL_CMD_TASK_SET, 0, { { TWILL_A_TASK, { A(TASK, CAN_USE) }, TAG } } },
	ON_TASK(GET), ON_TASK(DEL), ON_TASK(THAW),
	{ TWILL_CMD_TASK_FREEZE, 0, { { TWILL_A_TASK, BY_PID, { 0 } }, MAY_LEASE } },
	{ TWILL_CMD_TASK_FREEZE, 0, { { TWILL_A_TASK, BY_ID, { 0 } }, LEASE } },
	{ TWILL_CMD_TASK_PLACE, 0, { { TWILL_A_TASK, { A(TASK, PID), A(TASK, START_TIME),
						       A(TASK, PLACEMENT), A(TASK, CLUSTERS) },
				       { 0 } }, LEASE } },
	{ TWILL_CMD_TASK_PLACE, 0, { { TWILL_A_TASK, BY_ID, { A(TASK, PLACEMENT),
							      A(TASK, CLUSTERS) } }, LEASE } },
	{ TWILL_CMD_JOB_BEGIN, 0, { { TWILL_A_JOB, { A(JOB, MODEL) },
				      { A(JOB, ACCELERATOR), A(JOB, DEADLINE_US), A(JOB, UNITS),
					A(JOB, PREDICTED_US) } } } },
	{ TWILL_CMD_JOB_BEGIN, 0, { { TWILL_A_JOB, { A(JOB, MODEL), A(JOB, ACCELERATOR) },
				      { A(JOB, UNITS), A(JOB, PREDICTED_US) } } } },
	{ TWILL_CMD_JOB_PLACE, 0, JOB(A(JOB, ID)) },
	{ TWILL_CMD_JOB_UNIT, 0, JOB(A(JOB, ID)) },
	{ TWILL_CMD_JOB_END, 0, JOB(A(JOB, ID)) },
	{ TWILL_CMD_JOB_GET, 0, JOB(A(JOB, ID)) },
	{ TWILL_CMD_JOB_SET, 0, JOB(A(JOB, ID), A(JOB, PREDICTED_US)) },
	{ TWILL_CMD_CAP_SET, 0, { { TWILL_A_CAP, { A(CAP, KIND), A(CAP, CPU), A(CAP, MAX_KHZ) },
				    { 0 } }, LEASE } },
	{ TWILL_CMD_CAP_SET, 0, { { TWILL_A_CAP, { A(CAP, KIND), A(CAP, DEVICE), A(CAP, MAX_KHZ) },
				    { 0 } }, LEASE } },
	{ TWILL_CMD_CAP_SET, 0, { { TWILL_A_CAP, { A(CAP, ID), A(CAP, MAX_KHZ) }, { 0 } },
				  MAY_LEASE } },
	{ TWILL_CMD_CAP_DEL, 0, { { TWILL_A_CAP, { A(CAP, ID) }, { 0 } } } },
	{ TWILL_CMD_GATE_SET, 0, { { TWILL_A_GATE, { A(GATE, ACCELERATOR), A(GATE, MODE) },
				     { A(GATE, CAPACITY), A(GATE, ORDER) } }, LEASE } },
	{ TWILL_CMD_GATE_DEL, 0, { { TWILL_A_GATE, { A(GATE, ACCELERATOR) }, { 0 } } } },
	{ TWILL_CMD_GATE_GET, 0, { { TWILL_A_GATE, { A(GATE, ACCELERATOR) }, { 0 } } } },
	{ TWILL_CMD_AGENT_SET, 0, { { TWILL_A_AGENT, { A(AGENT, POLICY) },
				      { A(AGENT, POWER_MW), A(AGENT, DECISIONS) } },
				    { TWILL_A_BUDGET, { 0 }, { A(BUDGET, MIN_MW) } }, LEASE } },
	{ TWILL_CMD_AGENT_GET, 0, NONE },
	{ TWILL_CMD_BUDGET_SET, 0, { { TWILL_A_BUDGET, { A(BUDGET, MW) },
				       { A(BUDGET, WINDOW_MS) } } } },
	{ TWILL_CMD_BUDGET_GET, 0, NONE },
	{ TWILL_CMD_LEASE_RENEW, 0, { LEASE } },
	DUMP(TASK), DUMP(JOB), DUMP(CLUSTER), DUMP(CAP), DUMP(GATE),
};

#define N	(sizeof(seeds) / sizeof(seeds[0]))
const unsigned int msg_seeds = N;

static void add_part(struct msg *m, const struct part *p, struct rng *r)
{
	unsigned int set = spec_sets[0].attrs[p->object - 1].set, from = m->n + 1;
	uint8_t which = rng_next(r);

	msg_add(m, 0, p->object, VALUE_NEST);
	for (int i = 0; i < MAX && p->must[i]; i++)
		msg_add_right(m, 1, set, p->must[i], r);
	for (int i = 0; i < MAX && p->may[i]; i++)
		if (rng_one_in(r, 2))
			msg_add_right(m, 1, set, p->may[i], r);
	/* A pid and the start that goes with it. */
	for (unsigned int i = from; i < m->n; i++)
		m->node[i].which = which;
}

void msg_seed(struct msg *m, unsigned int i, struct rng *r)
{
	const struct seed *seed = &seeds[i < N ? i : rng_below(r, N)];

	msg_begin(m, seed->cmd, NLM_F_ACK | seed->flags);
	for (int k = 0; k < 3 && seed->part[k].object; k++)
		add_part(m, &seed->part[k], r);
}

void msg_any(struct msg *m, struct rng *r)
{
	unsigned int set;
	uint16_t object;

	msg_begin(m, rng_below(r, TWILL_CMD_MAX + 2), NLM_F_ACK);
	do {
		object = 1 + rng_below(r, spec_sets[0].n);
		set = spec_sets[0].attrs[object - 1].set;
		msg_add(m, 0, object, VALUE_NEST);
		do
			msg_add_right(m, 1, set, 1 + rng_below(r, spec_sets[set].n), r);
		while (rng_one_in(r, 2));
	} while (rng_one_in(r, 3));
}
