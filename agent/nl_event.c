// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What arrives unasked: the family's events, grants of jobs, and the family coming
 * and going.
 *
 * It is queued, because it may arrive in the midst of a request, and delivered
 * by twnl_dispatch(). Whatever makes the queue doubtful (an overrun, a gap in
 * the numbers, the module gone) empties it: older states of objects must not be
 * delivered after the reader has been told to read everything again.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "nl_priv.h"

/* Datagrams taken in one dispatch, so that a flood does not starve the caller's loop */
#define DISPATCH_MAX	1024

/* Makes twnl_fd() readable; inside of dispatch there is no need, it looks again */
static void signal_queued(struct twnl *nl)
{
	const uint64_t one = 1;

	if (nl->signalled || nl->dispatching)
		return;
	nl->signalled = write(nl->event_fd, &one, sizeof(one)) == sizeof(one);
}

void twnl_clear_signal(struct twnl *nl)
{
	uint64_t count;

	if (nl->signalled && read(nl->event_fd, &count, sizeof(count)) == sizeof(count))
		nl->signalled = false;
}

static void empty_ring(struct twnl_ring *ring)
{
	ring->tail = ring->head;
}

static void lose(struct twnl *nl)
{
	empty_ring(nl->ring);
	nl->ring->stale = false;
	nl->ring->lost = true;
	nl->ring->have_seq = false;
	signal_queued(nl);
}

/*
 * The overrun is told before what the socket holds is read, and nothing is added
 * to it until it is empty. If the loss were told now, the reader would read
 * everything anew, and then be given the older states that are still to come,
 * the last of which nothing would ever correct.
 */
void twnl_take_overrun(struct twnl *nl)
{
	if (!nl->ring)
		return;
	empty_ring(nl->ring);
	nl->ring->stale = true;
	signal_queued(nl);
}

void twnl_take_empty(struct twnl *nl)
{
	if (nl->ring && nl->ring->stale)
		lose(nl);
}

void twnl_take_module(struct twnl *nl, bool up)
{
	struct twnl_ring *ring = nl->ring;

	if (!up)
		nl->family = 0;
	if (!ring)
		return;
	empty_ring(ring);
	ring->have_seq = false;
	ring->lost = false;
	ring->stale = false;
	ring->up = up;
	if (!up)
		ring->down = true;
	signal_queued(nl);
}

static int join(struct twnl *nl)
{
	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &nl->group,
		       sizeof(nl->group)) < 0)
		return twnl_fail(nl, -errno, "cannot subscribe to events: %m");
	return 0;
}

static uint32_t find_group(struct nlattr *groups)
{
	struct nlattr *attrs[CTRL_ATTR_MCAST_GRP_MAX + 1];
	struct nlattr *group;
	int left;

	nla_for_each_nested(group, groups, left) {
		if (nla_parse_nested(attrs, CTRL_ATTR_MCAST_GRP_MAX, group, NULL) < 0 ||
		    !attrs[CTRL_ATTR_MCAST_GRP_NAME] || !attrs[CTRL_ATTR_MCAST_GRP_ID] ||
		    nla_strcmp(attrs[CTRL_ATTR_MCAST_GRP_NAME], TWILL_MCGRP_EVENTS) != 0)
			continue;
		return nla_get_u32(attrs[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return 0;
}

static void family_is_there(struct twnl *nl, struct nlattr **attrs)
{
	uint16_t family = nla_get_u16(attrs[CTRL_ATTR_FAMILY_ID]);
	bool changed = nl->family && nl->family != family;

	/* Its end was missed: say so, everything that was held is gone */
	if (changed)
		twnl_take_module(nl, false);
	nl->family = family;
	nl->group = 0;
	if (attrs[CTRL_ATTR_MCAST_GROUPS])
		nl->group = find_group(attrs[CTRL_ATTR_MCAST_GROUPS]);
	if (nl->subscribed && nl->group)
		(void)join(nl);
	if (changed)
		twnl_take_module(nl, true);
}

void twnl_take_control(struct twnl *nl, struct nlmsghdr *hdr)
{
	struct nlattr *attrs[CTRL_ATTR_MAX + 1];
	const bool notice = hdr->nlmsg_seq == 0;
	uint8_t cmd;

	if (genlmsg_parse(hdr, 0, attrs, CTRL_ATTR_MAX, NULL) < 0 ||
	    !attrs[CTRL_ATTR_FAMILY_NAME] || !attrs[CTRL_ATTR_FAMILY_ID] ||
	    nla_strcmp(attrs[CTRL_ATTR_FAMILY_NAME], TWILL_FAMILY_NAME) != 0)
		return;
	cmd = genlmsg_hdr(hdr)->cmd;
	if (cmd == CTRL_CMD_NEWFAMILY) {
		family_is_there(nl, attrs);
		if (notice)
			twnl_take_module(nl, true);
	} else if (cmd == CTRL_CMD_DELFAMILY) {
		twnl_take_module(nl, false);
	}
}

/* Whether all events since the last are here; the group's and the agent's have one number */
static bool in_sequence(struct twnl_ring *ring, uint32_t seq)
{
	bool fine = !ring->have_seq || seq == ring->last_seq || seq == ring->last_seq + 1;

	ring->have_seq = true;
	ring->last_seq = seq;
	return fine;
}

static void decode_event(struct nlattr **attrs, const struct twnl_head *head,
			 struct twnl_event *event)
{
	const struct twnl_layout *layout = twnl_layout_of(head->object);

	*event = (struct twnl_event){
		.kind = TWNL_EVENT_CHANGE,
		.object = head->object,
		.change = head->change,
		.seq = head->seq,
		.generation = head->generation,
	};
	/* All members of the union begin at the same place */
	if (layout && attrs[layout->nest])
		event->full = twnl_decode(layout, attrs[layout->nest], &event->task) == 0;
}

static void take_event(struct twnl *nl, struct nlmsghdr *hdr)
{
	struct twnl_ring *ring = nl->ring;
	struct nlattr *attrs[TWILL_A_MAX + 1];
	struct twnl_head head;

	if (!ring || genlmsg_parse(hdr, 0, attrs, TWILL_A_MAX, NULL) < 0)
		return;
	if (!attrs[TWILL_A_EVENT] ||
	    twnl_decode(&twnl_layout_event, attrs[TWILL_A_EVENT], &head) < 0)
		return;
	if (!in_sequence(ring, head.seq)) {
		/* Also of what came after an overrun, the first */
		lose(nl);
		(void)in_sequence(ring, head.seq);
	}
	if (ring->stale)
		return;
	if (ring->head - ring->tail == TWNL_RING_SIZE) {
		lose(nl);
		return;
	}
	decode_event(attrs, &head, &ring->events[ring->head++ % TWNL_RING_SIZE]);
	signal_queued(nl);
}

/* Who waits for the job reads its state; for all others twnl_fd() stays readable */
static void take_grant(struct twnl *nl, struct nlmsghdr *hdr)
{
	struct nlattr *attrs[TWILL_A_MAX + 1];
	struct twnl_job job;

	if (genlmsg_parse(hdr, 0, attrs, TWILL_A_MAX, NULL) < 0 || !attrs[TWILL_A_JOB] ||
	    twnl_decode(&twnl_layout_job, attrs[TWILL_A_JOB], &job) < 0)
		return;
	if (nl->awaited && nl->awaited == job.id)
		nl->granted = true;
	else
		signal_queued(nl);
}

void twnl_take_notice(struct twnl *nl, struct nlmsghdr *hdr)
{
	if (!genlmsg_valid_hdr(hdr, 0))
		return;
	if (genlmsg_hdr(hdr)->cmd == TWILL_CMD_EVENT)
		take_event(nl, hdr);
	else if (genlmsg_hdr(hdr)->cmd == TWILL_CMD_JOB_GRANT)
		take_grant(nl, hdr);
}

/* A copy, because the handler's requests may queue more */
static bool pop(struct twnl_ring *ring, struct twnl_event *event)
{
	bool *flags[] = { &ring->down, &ring->up, &ring->lost };
	static const enum twnl_event_kind kinds[] = {
		TWNL_EVENT_MODULE_DOWN, TWNL_EVENT_MODULE_UP, TWNL_EVENT_LOST,
	};

	for (int i = 0; i < 3; i++) {
		if (!*flags[i])
			continue;
		*flags[i] = false;
		memset(event, 0, sizeof(*event));
		event->kind = kinds[i];
		return true;
	}
	if (ring->head == ring->tail)
		return false;
	*event = ring->events[ring->tail++ % TWNL_RING_SIZE];
	return true;
}

int twnl_dispatch(struct twnl *nl)
{
	struct twnl_event event;
	bool overrun = false;
	int delivered = 0, r = 1;

	if (!nl->ring)
		return 0;
	nl->dispatching = true;
	twnl_clear_signal(nl);
	for (int i = 0; i < DISPATCH_MAX && r != 0; i++) {
		r = twnl_receive(nl, NULL);
		if (r == -ENOBUFS)
			overrun = true;
		else if (r < 0)
			break;
		while (pop(nl->ring, &event)) {
			nl->handler(nl->arg, &event);
			delivered++;
		}
	}
	/* What was lost may have been the module's coming or going */
	if (overrun)
		(void)twnl_resolve(nl);
	nl->dispatching = false;
	if (nl->ring->head != nl->ring->tail || nl->ring->up || nl->ring->down || nl->ring->lost)
		signal_queued(nl);
	return delivered;
}

int twnl_subscribe(struct twnl *nl)
{
	nl->subscribed = true;
	if (!twnl_present(nl))
		return -ENOPKG;
	if (!nl->group)
		return twnl_fail(nl, -EPROTO, "the module has no group for events");
	return join(nl);
}
