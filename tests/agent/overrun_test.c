// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In a guest: more events than a socket has room for. An agent and a member of
 * the group are told that some were lost, and read what is true. TAP.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl_priv.h"
#include "tap.h"

#define FLOOD	3000
#define SOON_MS	20000

struct reader {
	struct twnl *nl;
	struct twnl_budget known;
	int lost, changes, full, after;
	uint32_t seq;
};

static void on_event(void *arg, const struct twnl_event *event)
{
	struct reader *r = arg;

	if (event->kind == TWNL_EVENT_LOST) {
		r->lost++;
		r->after = 0;
		if (twnl_budget_get(r->nl, &r->known) < 0)
			r->known.mw = 0;
		return;
	}
	r->changes++;
	r->after++;
	r->full += event->full;
	r->seq = event->seq;
	if (event->object == TWILL_OBJECT_BUDGET && event->full)
		r->known = event->budget;
	else if (event->object == TWILL_OBJECT_BUDGET)
		twnl_budget_get(r->nl, &r->known);
}

static void open_reader(struct reader *r, const char *what)
{
	const int small = 16384;

	if (!ok(twnl_open(&r->nl, on_event, r) == 0, "overrun: %s", what))
		exit(tap_done());
	setsockopt(r->nl->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
}

/* All that has come, until nothing does and the reader knows @mw */
static bool settles(struct reader *r, uint32_t mw)
{
	struct pollfd pfd = { .fd = twnl_fd(r->nl), .events = POLLIN };

	while (r->known.mw != mw || poll(&pfd, 1, 0) == 1) {
		if (poll(&pfd, 1, SOON_MS) <= 0)
			return false;
		twnl_dispatch(r->nl);
	}
	return true;
}

static void check(struct reader *r, const char *what, uint32_t mw)
{
	ok(settles(r, mw), "overrun: %s knows the budget as it is (%u mW)", what, r->known.mw);
	ok(r->lost > 0 && r->changes < FLOOD, "overrun: %s was told that some were lost (%d seen)",
	   what, r->changes);
}

int main(void)
{
	struct twnl_agent_opts opts = { .policy = "paper", .power_mw = TWNL_KEEP,
					.decisions = TWNL_KEEP, .min_mw = TWNL_KEEP };
	struct reader agent = { 0 }, member = { 0 };
	struct twnl *nl;
	int bad = 0;

	open_reader(&agent, "an agent");
	open_reader(&member, "a member of the group");
	ok(twnl_agent_set(agent.nl, &opts, 600000, NULL) == 0, "overrun: has the role (%s)",
	   twnl_error(agent.nl));
	ok(twnl_subscribe(member.nl) == 0, "overrun: has joined");
	ok(twnl_open(&nl, NULL, NULL) == 0, "overrun: somebody else");
	for (uint32_t i = 0; i < FLOOD; i++)
		bad += twnl_budget_set(nl, 10000 + i, TWNL_KEEP, NULL) < 0;
	ok(bad == 0, "overrun: changes faster than anybody reads (%d failed)", bad);
	check(&agent, "the agent", 10000 + FLOOD - 1);
	check(&member, "the member", 10000 + FLOOD - 1);
	/* And it goes on as if nothing had been */
	agent.lost = member.lost = 0;
	ok(twnl_budget_set(nl, 9000, TWNL_KEEP, NULL) == 0 && settles(&agent, 9000) &&
	   settles(&member, 9000) && !agent.lost && !member.lost,
	   "overrun: what comes afterwards is heard, with no further loss");
	ok(agent.full > 0 && member.full == 0, "overrun: the agent alone was sent objects");
	twnl_budget_set(nl, 0, TWNL_KEEP, NULL);
	twnl_close(nl);
	twnl_close(agent.nl);
	twnl_close(member.nl);
	return tap_done();
}
