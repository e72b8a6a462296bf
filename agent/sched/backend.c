// SPDX-License-Identifier: GPL-2.0-or-later
/* backend - see backend.h */
#include <stddef.h>
#include <string.h>

#include "sched/backend.h"

static const char *const names[BACKENDS] = {
	[BACKEND_OBSERVE] = "observe",
	[BACKEND_NICE] = "nice",
	[BACKEND_AFFINITY] = "affinity",
	[BACKEND_SCHED_EXT] = "sched_ext",
};

const char *backend_name(enum backend b)
{
	return b < BACKENDS ? names[b] : NULL;
}

void backend_init(struct backend_ladder *l, enum backend highest)
{
	memset(l, 0, sizeof(*l));
	l->highest = highest;
}

void backend_urgent(struct backend_ladder *l, uint64_t now_ns)
{
	l->urgent_ns = now_ns;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void note_crowd(struct backend_ladder *l, uint64_t ns, bool crowded)
{
	if (crowded)
		l->crowd_ns = least(l->crowd_ns + ns, BACKEND_FULL_NS);
	else
		l->crowd_ns -= least(l->crowd_ns, ns / 2);
}

static bool at_risk(const struct backend_ladder *l, uint64_t now_ns)
{
	if (!l->urgent_ns || now_ns > l->urgent_ns + BACKEND_URGENT_NS)
		return false;
	return l->engaged ? l->crowd_ns > 0 : l->crowd_ns >= BACKEND_ENGAGE_NS;
}

static void note_held(struct backend_rung *r, uint64_t ns)
{
	r->held_ns += ns;
	if (r->held_ns >= BACKEND_HELD_NS)
		r->wait_ns = 0;
}

enum backend backend_look(struct backend_ladder *l, uint64_t now_ns, bool crowded)
{
	uint64_t ns = l->looked_ns ? least(now_ns - l->looked_ns, BACKEND_LOOK_NS) : 0;
	enum backend b;

	l->looked_ns = now_ns;
	note_crowd(l, ns, crowded);
	note_held(&l->rung[l->on], ns);
	l->engaged = at_risk(l, now_ns);
	if (!l->engaged)
		return BACKEND_OBSERVE;
	for (b = l->highest; b > BACKEND_OBSERVE; b--)
		if (now_ns >= l->rung[b].retry_ns)
			break;
	return b;
}

void backend_took(struct backend_ladder *l, enum backend b)
{
	l->on = b;
}

void backend_fell(struct backend_ladder *l, uint64_t now_ns, enum backend b, bool never)
{
	struct backend_rung *r = &l->rung[b];

	r->wait_ns = r->wait_ns ? least(2 * r->wait_ns, BACKEND_WAIT_MAX_NS) : BACKEND_WAIT_NS;
	if (never)
		r->wait_ns = BACKEND_WAIT_MAX_NS;
	r->retry_ns = now_ns + r->wait_ns;
	r->held_ns = 0;
	if (l->on == b)
		l->on = BACKEND_OBSERVE;
}
