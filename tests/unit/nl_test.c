// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The netlink layer against a made-up kernel: a socket pair in place of the
 * netlink socket. What the kernel answers inside send() is put there before the
 * request is made; what was asked is read afterwards.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "nl_priv.h"
#include "tap.h"
#include "twill.h"

#define FAMILY	40

static struct twnl *nl;
static int kernel = -1;		/* the kernel's end */
static struct twnl_event got[600];
static int n_got;
static int in_handler;		/* what a request from the handler gave */

static void on_event(void *arg, const struct twnl_event *event)
{
	(void)arg;
	if (n_got < 600)
		got[n_got++] = *event;
	if (event->kind == TWNL_EVENT_CHANGE && event->object == TWILL_OBJECT_BUDGET)
		in_handler = twnl_lease_renew(nl, 5, NULL);
}

static void start(void)
{
	struct epoll_event on = { .events = EPOLLIN };
	int pair[2], size = 1 << 20;

	twnl_close(nl);
	if (kernel >= 0)
		close(kernel);
	if (twnl_open(&nl, on_event, NULL) < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		exit(1);
	/* The descriptor stays what libnl and epoll know; behind it is the pair */
	dup2(pair[0], nl->fd);
	close(pair[0]);
	epoll_ctl(nl->epoll_fd, EPOLL_CTL_ADD, nl->fd, &on);
	kernel = pair[1];
	setsockopt(kernel, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	nl->family = FAMILY;
	n_got = 0;
}

static struct nl_msg *message(uint16_t type, uint32_t seq, int flags, uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);

	genlmsg_put(msg, seq ? nl->portid : 0, seq, type, 0, flags, cmd, 1);
	/* Not NL_AUTO_PORT and NL_AUTO_SEQ: as it is */
	nlmsg_hdr(msg)->nlmsg_pid = seq ? nl->portid : 0;
	nlmsg_hdr(msg)->nlmsg_seq = seq;
	return msg;
}

static bool post(struct nl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	bool sent = send(kernel, hdr, hdr->nlmsg_len, 0) == (ssize_t)hdr->nlmsg_len;

	nlmsg_free(msg);
	return sent;
}

static void post_verdict(uint32_t seq, int err, const char *sentence)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlmsghdr *hdr = nlmsg_put(msg, nl->portid, seq, NLMSG_ERROR,
					 sizeof(struct nlmsgerr), NLM_F_CAPPED);
	struct nlmsgerr *verdict = nlmsg_data(hdr);

	memset(verdict, 0, sizeof(*verdict));
	verdict->error = err;
	if (sentence) {
		hdr->nlmsg_flags |= NLM_F_ACK_TLVS;
		nla_put_string(msg, NLMSGERR_ATTR_MSG, sentence);
	}
	post(msg);
}

static void post_done(uint32_t seq, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();
	int zero = 0;

	nlmsg_put(msg, nl->portid, seq, NLMSG_DONE, 0, NLM_F_MULTI | flags);
	nlmsg_append(msg, &zero, sizeof(zero), 0);
	post(msg);
}

static void post_task(uint32_t seq, int flags, uint32_t id)
{
	struct nl_msg *msg = message(FAMILY, seq, flags, TWILL_CMD_TASK_GET);
	struct nlattr *nest = nla_nest_start(msg, TWILL_A_TASK);

	nla_put_u32(msg, TWILL_A_TASK_ID, id);
	nla_put_string(msg, TWILL_A_TASK_COMM, "spin");
	nla_nest_end(msg, nest);
	post(msg);
}

static void post_family(uint32_t seq, uint8_t cmd, uint16_t id)
{
	struct nl_msg *msg = message(GENL_ID_CTRL, seq, 0, cmd);

	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, id);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, TWILL_FAMILY_NAME);
	post(msg);
}

static void post_event(uint32_t seq, uint32_t object, bool full, uint32_t id)
{
	struct nl_msg *msg = message(nl->family ? nl->family : FAMILY, 0, 0, TWILL_CMD_EVENT);
	struct nlattr *nest = nla_nest_start(msg, TWILL_A_EVENT);

	nla_put_u32(msg, TWILL_A_EVENT_OBJECT, object);
	nla_put_u32(msg, TWILL_A_EVENT_CHANGE, TWILL_CHANGE_NEW);
	nla_put_u32(msg, TWILL_A_EVENT_SEQ, seq);
	nla_put_u32(msg, TWILL_A_EVENT_GENERATION, 1);
	nla_nest_end(msg, nest);
	if (full) {
		nest = nla_nest_start(msg, twnl_layout_of(object)->nest);
		nla_put_u32(msg, 1, id);
		nla_nest_end(msg, nest);
	}
	post(msg);
}

/* The next request that was sent; attributes of its nest @type */
static struct nlmsghdr *asked(int type, struct nlattr **attrs, int max)
{
	static _Alignas(8) unsigned char buffer[4096];
	struct nlmsghdr *hdr = (struct nlmsghdr *)buffer;
	struct nlattr *top[TWILL_A_MAX + 1];
	ssize_t n = recv(kernel, buffer, sizeof(buffer), 0);

	if (n < 0 || !nlmsg_ok(hdr, (int)n) || genlmsg_parse(hdr, 0, top, TWILL_A_MAX, NULL) < 0)
		return NULL;
	if (type && (!top[type] || !nla_is_nested(top[type]) ||
		     nla_parse_nested(attrs, max, top[type], NULL) < 0))
		return NULL;
	return hdr;
}

static void test_decode(void)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *nest;
	struct twnl_task task;

	nest = nla_nest_start(msg, TWILL_A_TASK);
	for (int i = 1; i < TWILL_A_TASK_PAD; i++) {
		if (i == TWILL_A_TASK_COMM)
			nla_put_string(msg, i, "a name of fifteen and more");
		else if (i == TWILL_A_TASK_START_TIME || i == TWILL_A_TASK_FROZEN_NS ||
			 i == TWILL_A_TASK_JOBS_DONE)
			nla_put_u64(msg, i, (1ull << 40) + (unsigned int)i);
		else
			nla_put_u32(msg, i, 100 + (unsigned int)i);
	}
	nla_put_u32(msg, 1000, 1);
	nla_nest_end(msg, nest);
	ok(twnl_decode(&twnl_layout_task, nest, &task) == 0 &&
	   task.id == 100 + TWILL_A_TASK_ID && task.owners == 100 + TWILL_A_TASK_OWNERS &&
	   task.can_use == 100 + TWILL_A_TASK_CAN_USE &&
	   task.jobs_done == (1ull << 40) + TWILL_A_TASK_JOBS_DONE, "all fields are taken");
	ok(!strcmp(task.comm, "a name of fifte"), "a string too long is cut (%s)", task.comm);
	nlmsg_free(msg);

	msg = nlmsg_alloc();
	nest = nla_nest_start(msg, TWILL_A_TASK);
	nla_put_u64(msg, TWILL_A_TASK_ID, 1);
	nla_nest_end(msg, nest);
	ok(twnl_decode(&twnl_layout_task, nest, &task) == -EBADMSG, "a wrong length is refused");
	nlmsg_free(msg);

	msg = nlmsg_alloc();
	nest = nla_nest_start(msg, TWILL_A_TASK);
	nla_put(msg, TWILL_A_TASK_COMM, 3, "abc");
	nla_nest_end(msg, nest);
	ok(twnl_decode(&twnl_layout_task, nest, &task) == 0 && !strcmp(task.comm, "abc") &&
	   task.id == 0, "a string without its zero; what is missing is zero");
	nlmsg_free(msg);
}

static void test_request(void)
{
	struct twnl_task_opts opts = TWNL_TASK_OPTS_KEEP;
	struct twnl_ref ref = { .pid = 77, .start_time = 1ull << 33 };
	struct nlattr *a[TWILL_A_TASK_MAX + 1];
	struct twnl_task task;
	struct nlmsghdr *hdr;
	int r;

	start();
	opts.priority = 0;
	opts.can_use = 12;
	post_task(nl->seq + 1, 0, 9);
	post_verdict(nl->seq + 1, 0, NULL);
	r = twnl_task_set(nl, &ref, &opts, &task);
	ok(r == 0 && task.id == 9, "task-set gives the task");
	hdr = asked(TWILL_A_TASK, a, TWILL_A_TASK_MAX);
	ok(hdr && hdr->nlmsg_type == FAMILY && genlmsg_hdr(hdr)->cmd == TWILL_CMD_TASK_SET &&
	   hdr->nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK), "its header");
	ok(hdr && a[TWILL_A_TASK_PID] && nla_get_u32(a[TWILL_A_TASK_PID]) == 77 &&
	   a[TWILL_A_TASK_START_TIME] && nla_get_u64(a[TWILL_A_TASK_START_TIME]) == 1ull << 33 &&
	   a[TWILL_A_TASK_PRIORITY] && nla_get_u32(a[TWILL_A_TASK_PRIORITY]) == 0 &&
	   a[TWILL_A_TASK_CAN_USE] && nla_get_u32(a[TWILL_A_TASK_CAN_USE]) == 12 &&
	   !a[TWILL_A_TASK_ID] && !a[TWILL_A_TASK_CLASS] && !a[TWILL_A_TASK_GROUP],
	   "what is set is there, zero too, and nothing else");

	post_verdict(nl->seq + 1, 0, NULL);
	ok(twnl_task_del(nl, &(struct twnl_ref){ 0 }) == 0, "task-del of the sender itself");
	hdr = asked(TWILL_A_TASK, a, TWILL_A_TASK_MAX);
	ok(hdr && !a[TWILL_A_TASK_ID] && !a[TWILL_A_TASK_PID], "is an empty nest");

	opts.priority = 1ll << 32;
	ok(twnl_task_set(nl, &ref, &opts, &task) == -ERANGE, "a number beyond 32 bits");
	ok(!asked(0, NULL, 0), "is not sent");
}

static void test_refusal(void)
{
	struct twnl_budget budget = { .mw = 1 };
	struct twnl_task task = { .id = 5 };
	char name[5000];
	int r;

	start();
	post_verdict(nl->seq + 1, -EPERM, "that needs CAP_SYS_ADMIN");
	r = twnl_budget_set(nl, 15000, TWNL_KEEP, &budget);
	ok(r == -EPERM && !strcmp(twnl_error(nl), "that needs CAP_SYS_ADMIN"),
	   "the kernel's sentence is kept");
	ok(budget.mw == 1, "the output is left alone");
	post_verdict(nl->seq + 1, -EBUSY, NULL);
	r = twnl_budget_get(nl, &budget);
	ok(r == -EBUSY && !strcmp(twnl_error(nl), strerror(EBUSY)), "without one, the error's own");
	post_verdict(nl->seq + 1, 0, NULL);
	ok(twnl_task_get(nl, &(struct twnl_ref){ .id = 1 }, &task) == -EPROTO && task.id == 5,
	   "an answer without the object");
	post_task(nl->seq, 0, 3);
	ok(twnl_budget_get(nl, &budget) == -ETIMEDOUT, "no answer in time");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ok(twnl_agent_set(nl, &(struct twnl_agent_opts){ .policy = name }, 0, NULL) == -EMSGSIZE,
	   "a request beyond a message is not sent: %s", twnl_error(nl));
	ok(twnl_job_begin(nl, &(struct twnl_job_opts){ .model = "" }, NULL) == -EINVAL &&
	   twnl_job_begin(nl, &(struct twnl_job_opts){ .model = name }, NULL) == -EINVAL,
	   "a model's name empty or too long");
}

static void test_list(void)
{
	struct twnl_task tasks[2] = { 0 };
	struct nlmsghdr *hdr;
	int r;

	start();
	for (uint32_t i = 1; i <= 3; i++)
		post_task(nl->seq + 1, NLM_F_MULTI, i);
	post_done(nl->seq + 1, 0);
	r = twnl_task_list(nl, tasks, 2);
	ok(r == 3 && tasks[0].id == 1 && tasks[1].id == 2, "a list longer than there is room");
	hdr = asked(0, NULL, 0);
	ok(hdr && (hdr->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP, "is a dump");

	post_task(nl->seq + 1, NLM_F_MULTI, 1);
	post_task(nl->seq + 1, NLM_F_MULTI | NLM_F_DUMP_INTR, 2);
	post_done(nl->seq + 1, 0);
	post_task(nl->seq + 2, NLM_F_MULTI, 7);
	post_done(nl->seq + 2, 0);
	r = twnl_task_list(nl, tasks, 2);
	ok(r == 1 && tasks[0].id == 7, "a list that changed under way is read again");

	for (uint32_t i = 1; i <= 16; i++)
		post_done(nl->seq + i, NLM_F_DUMP_INTR);
	ok(twnl_task_list(nl, tasks, 2) == -EAGAIN && *twnl_error(nl), "but not for ever: %s",
	   twnl_error(nl));
	post_verdict(nl->seq + 1, -EPERM, "no");
	ok(twnl_task_list(nl, tasks, 2) == -EPERM, "a dump refused");
}

static void test_module_gone(void)
{
	struct twnl_agent agent;
	int r;

	start();
	post_verdict(nl->seq + 1, -ENOENT, "there is no agent");
	ok(twnl_agent_get(nl, &agent) == -ENOENT, "ENOENT with a sentence is the module's");
	post_verdict(nl->seq + 1, -ENOENT, NULL);
	post_verdict(nl->seq + 2, -ENOENT, NULL);
	r = twnl_agent_get(nl, &agent);
	ok(r == -ENOPKG && strstr(twnl_error(nl), "not loaded"), "without, the family is asked");
	ok(twnl_dispatch(nl) == 1 && got[0].kind == TWNL_EVENT_MODULE_DOWN, "its end is an event");
	post_verdict(nl->seq + 1, -ENOENT, NULL);
	ok(twnl_agent_get(nl, &agent) == -ENOPKG, "and the next request looks again");

	start();
	post_verdict(nl->seq + 1, -ENOENT, NULL);
	post_family(nl->seq + 2, CTRL_CMD_NEWFAMILY, FAMILY + 1);
	post_verdict(nl->seq + 2, 0, NULL);
	post_verdict(nl->seq + 3, -ENOENT, "there is no agent");
	r = twnl_agent_get(nl, &agent);
	ok(r == -ENOENT && nl->family == FAMILY + 1, "back under another number: asked again");
	ok(twnl_dispatch(nl) == 2 && got[0].kind == TWNL_EVENT_MODULE_DOWN &&
	   got[1].kind == TWNL_EVENT_MODULE_UP, "and both are events");

	start();
	post_event(5, TWILL_OBJECT_TASK, false, 0);
	post_family(0, CTRL_CMD_DELFAMILY, FAMILY);
	post_family(0, CTRL_CMD_NEWFAMILY, FAMILY + 2);
	twnl_present(nl);
	r = twnl_dispatch(nl);
	ok(r == 3 && got[0].kind == TWNL_EVENT_CHANGE && got[1].kind == TWNL_EVENT_MODULE_DOWN &&
	   got[2].kind == TWNL_EVENT_MODULE_UP && nl->family == FAMILY + 2,
	   "the module's reload is seen in the order it happened");
}

static void test_events(void)
{
	struct pollfd pfd;
	uint32_t count = 0;
	struct nl_msg *msg;
	struct nlattr *nest;
	int r;

	start();
	pfd = (struct pollfd){ .fd = twnl_fd(nl), .events = POLLIN };
	ok(poll(&pfd, 1, 0) == 0, "at first there is nothing to do");
	post_event(10, TWILL_OBJECT_TASK, true, 4);
	msg = message(FAMILY, nl->seq + 1, 0, TWILL_CMD_LEASE_RENEW);
	nest = nla_nest_start(msg, TWILL_A_LEASE);
	nla_put_u32(msg, TWILL_A_LEASE_COUNT, 6);
	nla_nest_end(msg, nest);
	post(msg);
	post_event(11, TWILL_OBJECT_JOB, true, 5);
	post_verdict(nl->seq + 1, 0, NULL);
	r = twnl_lease_renew(nl, 100, &count);
	ok(r == 0 && count == 6, "a request with events in between");
	ok(n_got == 0, "delivers none of them");
	ok(poll(&pfd, 1, 0) == 1, "but the descriptor says that there are some");
	r = twnl_dispatch(nl);
	ok(r == 2 && got[0].full && got[0].task.id == 4 && got[0].object == TWILL_OBJECT_TASK &&
	   got[1].job.id == 5 && got[1].seq == 11 && got[1].generation == 1,
	   "dispatch does, in order");
	ok(poll(&pfd, 1, 0) == 0, "then there is nothing to do");

	post_event(12, TWILL_OBJECT_TASK, false, 0);
	post_event(12, TWILL_OBJECT_TASK, true, 4);
	n_got = 0;
	ok(twnl_dispatch(nl) == 2 && !got[0].full && got[1].full,
	   "the group's and the agent's of one number are no gap");
	post_event(14, TWILL_OBJECT_TASK, true, 4);
	n_got = 0;
	ok(twnl_dispatch(nl) == 2 && got[0].kind == TWNL_EVENT_LOST && got[1].seq == 14,
	   "a gap is said before the next");

	n_got = 0;
	post_event(15, TWILL_OBJECT_BUDGET, true, 1);
	post_verdict(nl->seq + 1, -EPERM, "no");
	ok(twnl_dispatch(nl) == 1 && in_handler == -EPERM, "the handler may make requests");
}

static void test_overrun(void)
{
	start();
	post_event(1, TWILL_OBJECT_TASK, true, 1);
	post_event(2, TWILL_OBJECT_TASK, true, 2);
	twnl_take_overrun(nl);
	ok(twnl_dispatch(nl) == 1 && got[0].kind == TWNL_EVENT_LOST,
	   "what was in the socket when it overran is not delivered after the loss");
	n_got = 0;
	post_event(7, TWILL_OBJECT_TASK, true, 1);
	ok(twnl_dispatch(nl) == 1 && got[0].seq == 7, "what comes later is");
	n_got = 0;
	twnl_take_overrun(nl);
	post_event(8, TWILL_OBJECT_TASK, true, 1);
	post_event(12, TWILL_OBJECT_TASK, true, 1);
	post_event(13, TWILL_OBJECT_TASK, true, 1);
	ok(twnl_dispatch(nl) == 3 && got[0].kind == TWNL_EVENT_LOST && got[1].seq == 12 &&
	   got[2].seq == 13, "a gap is where it overran: what follows is delivered");
}

static void post_job(uint32_t seq, uint8_t cmd, uint32_t id, uint32_t state)
{
	struct nl_msg *msg = message(FAMILY, seq, 0, cmd);
	struct nlattr *nest = nla_nest_start(msg, TWILL_A_JOB);

	nla_put_u32(msg, TWILL_A_JOB_ID, id);
	nla_put_u32(msg, TWILL_A_JOB_STATE, state);
	nla_put_u64(msg, TWILL_A_JOB_WAIT_NS, 1ull << 40);
	nla_nest_end(msg, nest);
	post(msg);
}

static void answer_job(uint32_t seq, uint32_t id, uint32_t state)
{
	post_job(seq, TWILL_CMD_JOB_GET, id, state);
	post_verdict(seq, 0, NULL);
}

static void test_wait(void)
{
	struct twnl_job_opts opts = { .model = "m", .accelerator = 2, .predicted_us = 9 };
	struct nlattr *a[TWILL_A_JOB_MAX + 1];
	struct twnl_job job = { .id = 77 };
	struct pollfd pfd;
	int r;

	start();
	pfd = (struct pollfd){ .fd = twnl_fd(nl), .events = POLLIN };
	answer_job(nl->seq + 1, 5, TWILL_JOB_STATE_QUEUED);
	r = twnl_job_begin(nl, &opts, &job);
	ok(r == 0 && job.state == TWILL_JOB_STATE_QUEUED && job.wait_ns == 1ull << 40,
	   "a job that is queued at once");
	ok(asked(TWILL_A_JOB, a, TWILL_A_JOB_MAX) && a[TWILL_A_JOB_PREDICTED_US] &&
	   nla_get_u32(a[TWILL_A_JOB_ACCELERATOR]) == 2 && !a[TWILL_A_JOB_UNITS],
	   "what is known of it is sent, and nothing else");
	answer_job(nl->seq + 1, 5, TWILL_JOB_STATE_QUEUED);
	r = twnl_job_wait(nl, 5, 0, &job);
	ok(r == -ETIMEDOUT && *twnl_error(nl), "not to wait at all: %s", twnl_error(nl));

	/* The grant comes in the midst of the question whose answer is that it waits */
	post_job(nl->seq + 1, TWILL_CMD_JOB_GET, 5, TWILL_JOB_STATE_QUEUED);
	post_job(0, TWILL_CMD_JOB_GRANT, 5, TWILL_JOB_STATE_RUNNING);
	post_verdict(nl->seq + 1, 0, NULL);
	answer_job(nl->seq + 2, 5, TWILL_JOB_STATE_RUNNING);
	r = twnl_job_wait(nl, 5, 0, &job);
	ok(r == 0 && job.state == TWILL_JOB_STATE_RUNNING, "a grant that comes meanwhile");
	ok(poll(&pfd, 1, 0) == 0, "is taken in with it");

	/* One for an earlier wait is no grant */
	while (asked(0, NULL, 0))
		;
	post_job(0, TWILL_CMD_JOB_GRANT, 5, TWILL_JOB_STATE_RUNNING);
	answer_job(nl->seq + 1, 5, TWILL_JOB_STATE_QUEUED);
	answer_job(nl->seq + 2, 5, TWILL_JOB_STATE_QUEUED);
	ok(twnl_job_wait(nl, 5, 20, &job) == -ETIMEDOUT, "a stale one is not");

	post_job(0, TWILL_CMD_JOB_GRANT, 6, TWILL_JOB_STATE_RUNNING);
	post_verdict(nl->seq + 1, -EBUSY, NULL);
	(void)twnl_budget_get(nl, NULL);
	ok(poll(&pfd, 1, 0) == 1, "one taken in by another request leaves the descriptor readable");
	answer_job(nl->seq + 1, 6, TWILL_JOB_STATE_RUNNING);
	ok(twnl_job_wait(nl, 6, 0, &job) == 0 && poll(&pfd, 1, 0) == 0,
	   "until the job is looked at");
	post_verdict(nl->seq + 1, -ESRCH, "no such job");
	ok(twnl_job_wait(nl, 7, -1, &job) == -ESRCH && job.id == 6, "a job that is not");
}

/* A gate with @size bytes of a histogram whose first and sixteenth counters are 3 and 4 */
static void answer_gate(size_t size)
{
	const uint32_t histogram[24] = { 3, [15] = 4, [16] = 99 };
	struct nl_msg *msg = message(FAMILY, nl->seq + 1, 0, TWILL_CMD_GATE_SET);
	struct nlattr *nest = nla_nest_start(msg, TWILL_A_GATE), *stats;

	nla_put_u32(msg, TWILL_A_GATE_ACCELERATOR, 2);
	nla_put_u32(msg, TWILL_A_GATE_CAPACITY, 9);
	stats = nla_nest_start(msg, TWILL_A_GATE_STATS);
	nla_put_u64(msg, TWILL_A_STATS_AGED, 8);
	nla_put(msg, TWILL_A_STATS_HISTOGRAM, (int)size, histogram);
	nla_nest_end(msg, stats);
	nla_nest_end(msg, nest);
	post(msg);
	post_verdict(nl->seq + 1, 0, NULL);
}

static void test_gate(void)
{
	struct twnl_gate_opts opts = TWNL_GATE_OPTS_KEEP;
	struct nlattr *a[TWILL_A_GATE_MAX + 1];
	struct {
		struct twnl_gate gate;
		uint32_t beyond;
	} in = { .beyond = 7 };

	start();
	answer_gate(64);
	opts.order = TWILL_GATE_ORDER_STRICT;
	ok(twnl_gate_set(nl, 2, &opts, 0, &in.gate) == 0 && in.gate.capacity == 9 &&
	   in.gate.stats.aged == 8 && in.gate.stats.histogram[0] == 3 &&
	   in.gate.stats.histogram[15] == 4 && in.gate.stats.runs == 0, "a gate and its counts");
	ok(asked(TWILL_A_GATE, a, TWILL_A_GATE_MAX) && a[TWILL_A_GATE_ORDER] &&
	   !a[TWILL_A_GATE_MODE] && !a[TWILL_A_GATE_CAPACITY],
	   "what is the administrator's is left out");
	answer_gate(96);
	ok(twnl_gate_set(nl, 2, &opts, 0, &in.gate) == 0 && in.gate.stats.histogram[15] == 4 &&
	   in.beyond == 7, "of a histogram that has grown, what is known");
	answer_gate(8);
	ok(twnl_gate_set(nl, 2, &opts, 0, &in.gate) == 0 && in.gate.stats.histogram[0] == 3 &&
	   in.gate.stats.histogram[15] == 0, "of a shorter one, the rest is zero");
	start();
	post_event(1, TWILL_OBJECT_GATE, true, 3);
	ok(twnl_dispatch(nl) == 1 && got[0].full && got[0].gate.accelerator == 3,
	   "an event about a gate");
}

static void test_flood(void)
{
	struct twnl_budget budget;

	start();
	/* Taken in by requests, never delivered */
	for (uint32_t i = 0; i < TWNL_RING_SIZE + 10; i++) {
		post_event(i, TWILL_OBJECT_TASK, true, i);
		if (i % 8 == 0) {
			post_verdict(nl->seq + 1, -EBUSY, NULL);
			(void)twnl_budget_get(nl, &budget);
			while (asked(0, NULL, 0))
				;
		}
	}
	ok(twnl_dispatch(nl) >= 1 && got[0].kind == TWNL_EVENT_LOST, "a full queue is a loss");
	for (int i = 1; i < n_got; i++)
		if (got[i].seq < TWNL_RING_SIZE)
			n_got = -1;
	ok(n_got > 0, "and nothing older comes after");
}

static void test_garbage(void)
{
	_Alignas(8) unsigned char buffer[256];
	struct nlmsghdr *hdr = (struct nlmsghdr *)buffer;
	struct twnl_task task;
	int answered = 0;

	start();
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		size_t len = (size_t)random() % sizeof(buffer);

		for (size_t j = 0; j < sizeof(buffer); j++)
			buffer[j] = (unsigned char)(random() % 4 ? random() % 24 : random());
		hdr->nlmsg_len = (uint32_t)(random() % 4 ? len : (size_t)random() % 300);
		hdr->nlmsg_type = random() % 3 ? FAMILY : random() % 2 ? GENL_ID_CTRL : NLMSG_ERROR;
		hdr->nlmsg_seq = random() % 2 ? 0 : nl->seq + 1;
		hdr->nlmsg_pid = nl->portid;
		((struct genlmsghdr *)(hdr + 1))->cmd = (uint8_t)(random() % 24);
		(void)!send(kernel, buffer, len, 0);
		post_verdict(nl->seq + 1, 0, NULL);
		nl->family = FAMILY;
		answered += twnl_task_get(nl, &(struct twnl_ref){ .id = 1 }, &task) != -ETIMEDOUT;
		twnl_dispatch(nl);
		n_got = 0;
		while (asked(0, NULL, 0))
			;
	}
	ok(answered == 20000, "20000 messages of garbage are survived");
}

static void test_names(void)
{
	bool good = true;

	for (int i = 0; i <= TWILL_ACCELERATOR_DLA1; i++)
		good = good && twill_accelerator_parse(twill_accelerator_name((uint32_t)i)) == i;
	for (int i = 0; i <= TWILL_CLASS_LLM; i++)
		good = good && twill_class_parse(twill_class_name((uint32_t)i)) == i;
	ok(good, "names of accelerators and classes lead back");
	ok(!twill_accelerator_name(5) && !twill_class_name(4) && !twill_class_name(UINT32_MAX),
	   "no name beyond the last");
	ok(twill_accelerator_parse("GPU") == -EINVAL && twill_accelerator_parse("") == -EINVAL &&
	   twill_class_parse(NULL) == -EINVAL, "what is no name");
	ok(!strcmp(twnl_state_name(TWILL_TASK_STATE_FROZEN), "frozen") && !twnl_state_name(3) &&
	   !strcmp(twnl_object_name(TWILL_OBJECT_GATE), "gate") && !twnl_object_name(6) &&
	   !strcmp(twnl_change_name(TWILL_CHANGE_GONE), "gone") && !twnl_change_name(3) &&
	   !strcmp(twnl_cap_kind_name(TWILL_CAP_KIND_DEVICE), "device") && !twnl_cap_kind_name(2),
	   "the other names");
}

int main(void)
{
	test_names();
	test_decode();
	test_request();
	test_refusal();
	test_list();
	test_module_gone();
	test_events();
	test_overrun();
	test_wait();
	test_gate();
	test_flood();
	test_garbage();
	twnl_close(nl);
	close(kernel);
	return tap_done();
}
