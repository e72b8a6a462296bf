// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <linux/genetlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest/who.h"
#include "worker.h"

#define SOCKETS	6
#define BATCH	4

static enum who me;
static struct rng rng;
static struct nlc sockets[SOCKETS];
static bool congested[SOCKETS];	/* told so once: what does not fit is dropped until it is empty */
static uint32_t seq;
static unsigned char out[MSG_MAX * BATCH];

#define FAULT(...) snprintf(stage->fault, sizeof(stage->fault), __VA_ARGS__)

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* ---- sockets ---- */

static void reopen(struct nlc *c)
{
	int one = 1, small = 1;

	nlc_close(c);
	congested[c - sockets] = false;
	if (nlc_open(c)) {
		FAULT("a socket does not open");
		return;
	}
	seq = c->seq > seq ? c->seq : seq;
	if (rng_one_in(&rng, 4))
		(void)nlc_join(c);
	if (rng_one_in(&rng, 4))
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (rng_one_in(&rng, 4))
		setsockopt(c->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	if (rng_one_in(&rng, 4))
		setsockopt(c->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
}

/* Ids that an answer tells. */
static void learn(const struct nlmsghdr *h)
{
	static struct nlc answer;
	const struct genlmsghdr *g = NLMSG_DATA(h);

	if (h->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN) || h->nlmsg_len > sizeof(answer.in))
		return;
	memcpy(answer.in, h, h->nlmsg_len);
	answer.in_len = h->nlmsg_len;
	if (g->cmd == TWILL_CMD_JOB_BEGIN)
		stage_learn_job(nlc_get(&answer, TWILL_A_JOB, TWILL_A_JOB_ID));
	else if (g->cmd == TWILL_CMD_CAP_SET)
		stage_learn_cap(nlc_get(&answer, TWILL_A_CAP, TWILL_A_CAP_ID));
	else if (g->cmd == TWILL_CMD_TASK_SET)
		stage_learn_task(nlc_get(&answer, TWILL_A_TASK, TWILL_A_TASK_PID),
				 nlc_get(&answer, TWILL_A_TASK, TWILL_A_TASK_ID));
}

struct answer {
	uint32_t first, last;	/* sequence numbers asked about */
	unsigned int want;	/* acks and ends of dumps */
	unsigned int got;
	bool lost;		/* there was no room for something */
};

static void take(struct answer *a, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);

	if (h->nlmsg_seq < a->first || h->nlmsg_seq > a->last)
		return;		/* an event, or of an earlier dump */
	if (h->nlmsg_type == NLMSG_ERROR) {
		a->got++;
		stage->count.refused[e->error > -ERRNOS && e->error <= 0 ? -e->error : EPROTO]++;
	} else if (h->nlmsg_type == NLMSG_DONE) {
		a->got++;
		stage->count.refused[0]++;
	} else {
		learn(h);
	}
}

/* Receive what is wanted or, if that does not come, what is there; at most @times @size bytes. */
static void receive(struct nlc *c, struct answer *a, int times, size_t size)
{
	while (times-- && a->got < a->want) {
		ssize_t n = recv(c->fd, c->in, size, MSG_DONTWAIT | MSG_TRUNC);
		struct nlmsghdr *h = (struct nlmsghdr *)c->in;

		if (n < 0 && errno == ENOBUFS) {
			congested[c - sockets] = true;
			a->lost = true;
			continue;
		}
		if (n < 0) {
			congested[c - sockets] = false;
			return;
		}
		if ((size_t)n > size) {
			a->lost = true;
			n = size;
		}
		for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n))
			take(a, h);
	}
}

/* ---- requests ---- */

static void choose(struct msg *m)
{
	const struct msg *kept = stage_pick(&rng), *other = stage_pick(&rng);
	uint32_t dice = rng_below(&rng, 100);

	if (!kept || dice < 35) {
		msg_seed(m, msg_seeds, &rng);
		return;
	}
	if (dice < 45) {
		msg_any(m, &rng);
		return;
	}
	*m = *kept;
	if (dice < 55)
		for (int i = 0; i < m->n; i++)
			m->node[i].which = rng_next(&rng);
	else
		msg_mutate(m, other, &rng);
}

/* How much of the answer is read: mostly all. */
static void read_answer(struct nlc *c, struct answer *a, bool dump)
{
	static const size_t sizes[] = { 64, 512, 2048, sizeof(c->in) };
	size_t size = sizeof(c->in);
	int times = 1000;

	if (dump && rng_one_in(&rng, 3)) {
		times = rng_below(&rng, 3);
		a->lost = true;
		stage->count.half_read++;
	}
	if (dump || rng_one_in(&rng, 32))
		size = sizes[rng_below(&rng, 4)];
	receive(c, a, times, size);
}

static void check_answer(const struct answer *a, const struct msg *m, uint64_t spent)
{
	if (spent > stage->count.longest_ns)
		stage->count.longest_ns = spent;
	stage->count.spent_ns += spent;
	if (spent > SLOW_NS)
		FAULT("%s: command %u took %llu ms", who_names[me], m->cmd,
		      (unsigned long long)(spent / 1000000));
	if (a->got)
		return;
	if (!a->lost && a->want == 1 && msg_is_answered(m))
		FAULT("%s: command %u, flags %#x was not answered", who_names[me], m->cmd, m->flags);
	stage->count.unanswered++;
}

static void send_some(struct nlc *c, struct msg *m, int n)
{
	struct answer a = {
		.first = seq + 1, .last = seq + n, .want = n, .lost = congested[c - sockets],
	};
	bool dump = false;
	uint64_t begin;
	size_t len = 0;

	for (int i = 0; i < n; i++) {
		len += NLMSG_ALIGN(msg_encode(&m[i], c->family, ++seq, out + len));
		dump |= (m[i].flags & NLM_F_DUMP) == NLM_F_DUMP;
	}
	stage->last = m[0];
	stage->count.dumps += dump;
	begin = now_ns();
	(void)!send(c->fd, out, len, MSG_DONTWAIT);
	begin = now_ns() - begin;
	read_answer(c, &a, dump);
	check_answer(&a, m, begin);
	stage->count.sent += n;
	stage->count.from[me] += n;
}

static void once(void)
{
	struct nlc *c = &sockets[rng_below(&rng, SOCKETS)];
	static struct msg m[BATCH];
	int n = rng_one_in(&rng, 16) ? 2 + rng_below(&rng, BATCH - 1) : 1;

	if (rng_one_in(&rng, 256))
		reopen(c);
	for (int i = 0; i < n; i++)
		choose(&m[i]);
	stage->count.batches += n > 1;
	if (stage->covers)
		cover_reset();
	send_some(c, m, n);
	if (stage->covers && cover_take(&stage->cover))
		for (int i = 0; i < n; i++)
			stage_keep(&m[i], &rng);
}

/* ---- its life ---- */

static bool become(enum who who)
{
	bool covers = cover_open();

	if (who == NOBODY && who_user(65534, 0))
		return false;
	if (who == CONTAINER && who_container(CLONE_NEWNET))
		return false;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	stage->covers = covers && cover_start();
	return true;
}

static void serve(int turn, int done)
{
	uint64_t end;
	uint32_t n;

	while (write(done, "", 1) == 1 && read(turn, &n, sizeof(n)) == sizeof(n) && n)
		for (end = stage->count.sent + n; stage->count.sent < end && !stage->fault[0];)
			once();
}

struct worker worker_start(enum who who, uint64_t seed, int done)
{
	struct worker w;
	int turn[2];

	if (pipe(turn))
		_exit(99);
	fflush(stdout);
	w.turn = turn[1];
	w.pid = fork();
	if (w.pid) {
		close(turn[0]);
		return w;
	}
	close(turn[1]);
	me = who;
	rng.state = seed * WORKERS + who;
	if (!become(who))
		FAULT("cannot become %s", who_names[who]);
	for (int i = 0; i < SOCKETS; i++) {
		sockets[i].fd = -1;
		reopen(&sockets[i]);
	}
	serve(turn[0], done);
	_exit(0);
}
