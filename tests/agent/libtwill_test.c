// SPDX-License-Identifier: GPL-2.0-or-later
/* libtwill_test [absent]: in a guest with the module, or without it. TAP. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/netlink.h>

#include "tap.h"
#include "twill.h"

static void test_absent(void)
{
	struct twill *tw = (struct twill *)&tap_count;

	ok(twill_open(&tw) == -ENOENT, "libtwill: no module, no handle");
	ok(tw == (struct twill *)&tap_count, "libtwill: the output is left alone");
	ok(!twill_close(NULL), "libtwill: closing nothing");
}

static void test_task(struct twill *tw)
{
	const struct twill_task_opts opts = {
		.cls = TWILL_CLASS_DNN, .priority = 50,
		.can_use = 1u << TWILL_ACCELERATOR_GPU | 1u << TWILL_ACCELERATOR_DLA0,
	};
	struct twill_task_opts bad = opts;
	int64_t id;

	ok(twill_job_begin(tw, "vgg-19", NULL) == -ESRCH && *twill_error(tw),
	   "libtwill: a job needs a task: %s", twill_error(tw));
	ok(twill_untag(tw) == -ESRCH, "libtwill: nor is there a tag to remove");
	id = twill_tag(tw, &opts);
	ok(id > 0, "libtwill: tag (%s)", twill_error(tw));
	ok(twill_tag(tw, NULL) == id, "libtwill: again, with defaults, is the same task");
	bad.priority = 256;
	ok(twill_tag(tw, &bad) < 0, "libtwill: priority 256: %s", twill_error(tw));
	bad.priority = -2;
	ok(twill_tag(tw, &bad) < 0, "libtwill: priority -2: %s", twill_error(tw));
	bad = opts;
	bad.cls = 77;
	ok(twill_tag(tw, &bad) < 0, "libtwill: class 77: %s", twill_error(tw));
}

static void test_jobs(struct twill *tw)
{
	const struct twill_job_opts opts = { .deadline_us = 1000, .units = 3 };
	char name[TWILL_NAME_MAX + 2];
	int64_t first, second;
	uint64_t latency = 0;
	int where;

	first = twill_job_begin(tw, "vgg-19", &opts);
	second = twill_job_begin(tw, "bert-base", NULL);
	ok(first > 0 && second > 0 && first != second, "libtwill: two jobs");
	where = twill_job_place(tw, first);
	ok(where >= 0 && twill_accelerator_name((uint32_t)where), "libtwill: placed on %s",
	   where >= 0 ? twill_accelerator_name((uint32_t)where) : twill_error(tw));
	ok(twill_job_end(tw, first, &latency) == 0 && latency > 0, "libtwill: ended");
	latency = 42;
	ok(twill_job_end(tw, first, &latency) == -ESRCH && latency == 42,
	   "libtwill: ended twice is refused, the output left alone");
	ok(twill_job_place(tw, first) == -ESRCH && twill_job_end(tw, -1, NULL) == -ESRCH &&
	   twill_job_end(tw, 1ll << 40, NULL) == -ESRCH, "libtwill: jobs that are not");
	memset(name, 'n', sizeof(name));
	name[TWILL_NAME_MAX + 1] = '\0';
	ok(twill_job_begin(tw, name, NULL) == -EINVAL && twill_job_begin(tw, "", NULL) == -EINVAL &&
	   twill_job_begin(tw, NULL, NULL) == -EINVAL, "libtwill: bad names");
	name[TWILL_NAME_MAX] = '\0';
	ok(twill_job_begin(tw, name, NULL) > 0, "libtwill: the longest name");
	ok(twill_job_end(tw, second, NULL) == 0, "libtwill: ended without asking for the latency");
}

static void test_handles(struct twill *tw)
{
	struct twill *other;
	int64_t job = twill_job_begin(tw, "left-open", NULL);
	int status;
	pid_t child;

	ok(twill_open(&other) == 0, "libtwill: a second handle of the process");
	ok(twill_job_end(other, job, NULL) == 0, "libtwill: sees the process's jobs");
	twill_close(other);
	child = fork();
	if (child == 0) {
		int bad = twill_open(&other) || twill_job_begin(other, "x", NULL) != -ESRCH;

		_exit(bad);
	}
	ok(waitpid(child, &status, 0) == child && status == 0,
	   "libtwill: a child is not tagged unless it is said so");
	ok(twill_untag(tw) == 0, "libtwill: untag");
}

/* ---- gates ---- */

#define SOON_MS		20000
#define MANY		24

/* So long that nobody is preempted for another of the same length, nor thought overdue */
static const struct twill_job_opts on_gpu = {
	.accelerator = TWILL_ACCELERATOR_GPU, .predicted_us = 900000000,
};

static void set_knob(const char *knob, const char *value)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/twill/%s", knob);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		ok(0, "libtwill: cannot set %s: %m", knob);
	close(fd);
}

/* Another process with a job on the GPU, that ends it when it is told to */
struct rival {
	pid_t pid;
	int to, from;
};

static void serve(int from, int to)
{
	struct twill_task_opts opts = { .priority = -1 };
	struct twill *tw;
	int64_t job = -1;
	char c;

	if (twill_open(&tw) || twill_tag(tw, &opts) < 0)
		_exit(1);
	while (read(from, &c, 1) == 1) {
		if (c == 'b')
			job = twill_job_begin(tw, "rival", &on_gpu);
		else if (twill_job_end(tw, job, NULL) < 0)
			_exit(1);
		if (write(to, &c, 1) != 1)
			break;
	}
	_exit(0);
}

static struct rival rival_start(void)
{
	struct rival r = { 0 };
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		exit(1);
	r.pid = fork();
	if (r.pid == 0) {
		/* Or it would keep itself from seeing the end */
		close(to[1]);
		serve(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	r.to = to[1];
	r.from = from[0];
	return r;
}

static void tell(const struct rival *r, char c)
{
	if (write(r->to, &c, 1) != 1 || read(r->from, &c, 1) != 1)
		ok(0, "libtwill: the rival does not answer");
}

static void rival_end(struct rival *r)
{
	int status;

	close(r->to);
	close(r->from);
	waitpid(r->pid, &status, 0);
}

static void test_gate_off(struct twill *tw)
{
	/* As a program passes them that was built when there were two fields */
	const uint32_t old[4] = { 1000, 3, 77777, 5 };
	extern int64_t begin_of_old(struct twill *tw, const char *model, const void *opts)
		__asm__("twill_job_begin");
	struct twill_job_opts dla = { .accelerator = TWILL_ACCELERATOR_DLA1 };
	int64_t job = twill_job_begin(tw, "resnet-152", &on_gpu);

	ok(twill_job_state(tw, job) == TWILL_JOB_STATE_RUNNING && twill_job_wait(tw, job, -1) == 0 &&
	   twill_job_unit(tw, job) == 0 && twill_job_end(tw, job, NULL) == 0,
	   "libtwill: a gate that is off lets every job run");
	job = twill_job_begin(tw, "resnet-152", NULL);
	ok(twill_job_state(tw, job) == TWILL_JOB_STATE_BEGUN && twill_job_unit(tw, job) == -EINVAL &&
	   twill_job_place(tw, job) == TWILL_ACCELERATOR_NONE && twill_job_wait(tw, job, -1) == 0 &&
	   twill_job_end(tw, job, NULL) == 0, "libtwill: where nobody has said, there is no gate");
	ok(twill_job_begin(tw, "resnet-152", &dla) == -EINVAL,
	   "libtwill: an accelerator that it cannot use: %s", twill_error(tw));
	job = begin_of_old(tw, "resnet-152", old);
	ok(job > 0 && twill_job_state(tw, job) == TWILL_JOB_STATE_BEGUN &&
	   twill_job_end(tw, job, NULL) == 0, "libtwill: a program of before: %s", twill_error(tw));
	ok(twill_job_wait(tw, job, 0) == -ESRCH && twill_job_state(tw, -1) == -ESRCH &&
	   twill_job_unit(tw, job) == -ESRCH && twill_job_wait(tw, 1ll << 40, 0) == -ESRCH,
	   "libtwill: no waiting for jobs that are not");
}

static void on_alarm(int number)
{
	(void)number;
}

static void test_withdrawn(struct twill *tw, const struct rival *rival)
{
	const struct itimerval soon = { .it_value.tv_usec = 50000, .it_interval.tv_usec = 50000 };
	const struct itimerval never = { 0 };
	int64_t job;
	int r;

	tell(rival, 'b');
	job = twill_job_begin(tw, "resnet-152", &on_gpu);
	ok(twill_job_state(tw, job) == TWILL_JOB_STATE_QUEUED, "libtwill: queued behind another");
	r = twill_job_wait(tw, job, 50);
	ok(r == -ETIMEDOUT && strstr(twill_error(tw), "withdrawn"), "libtwill: waits no longer: %s",
	   twill_error(tw));
	ok(twill_job_end(tw, job, NULL) == -ESRCH, "libtwill: and is withdrawn");
	job = twill_job_begin(tw, "resnet-152", &on_gpu);
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &soon, NULL);
	r = twill_job_wait(tw, job, -1);
	setitimer(ITIMER_REAL, &never, NULL);
	ok(r == -EINTR && strstr(twill_error(tw), "withdrawn"), "libtwill: a signal ends it: %s",
	   twill_error(tw));
	ok(twill_job_end(tw, job, NULL) == -ESRCH, "libtwill: and it is withdrawn, too");
	tell(rival, 'e');
}

static void test_granted(struct twill *tw, const struct rival *rival)
{
	struct pollfd pfd = { .fd = twill_fd(tw), .events = POLLIN };
	int64_t job;

	tell(rival, 'b');
	job = twill_job_begin(tw, "resnet-152", &on_gpu);
	ok(twill_job_state(tw, job) == TWILL_JOB_STATE_QUEUED && poll(&pfd, 1, 0) == 0,
	   "libtwill: nothing to read while it is queued");
	tell(rival, 'e');
	ok(poll(&pfd, 1, SOON_MS) == 1 && twill_job_state(tw, job) == TWILL_JOB_STATE_RUNNING,
	   "libtwill: the grant can be polled for");
	ok(poll(&pfd, 1, 0) == 0 && twill_job_wait(tw, job, 0) == 0, "libtwill: and is taken in");
	twill_job_end(tw, job, NULL);

	tell(rival, 'b');
	job = twill_job_begin(tw, "resnet-152", &on_gpu);
	if (write(rival->to, "e", 1) != 1)
		ok(0, "libtwill: the rival is gone");
	ok(twill_job_wait(tw, job, SOON_MS) == 0, "libtwill: a wait ends with the grant: %s",
	   twill_error(tw));
	ok(read(rival->from, &(char){ 0 }, 1) == 1 && twill_job_end(tw, job, NULL) == 0,
	   "libtwill: and the job goes on");
}

/* Of the process's netlink sockets the newest, which is the handle's opened last */
static int netlink_fd(unsigned long *ret_inode)
{
	struct stat st;
	socklen_t len;
	int domain, found = -1;

	for (int fd = 3; fd < 64; fd++) {
		len = sizeof(domain);
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) || domain != AF_NETLINK ||
		    fstat(fd, &st))
			continue;
		found = fd;
		*ret_inode = st.st_ino;
	}
	return found;
}

static unsigned long drops_of(unsigned long inode)
{
	unsigned long drops, number;
	char line[256];
	FILE *all = fopen("/proc/net/netlink", "re");
	unsigned long result = 0;

	while (all && fgets(line, sizeof(line), all))
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &drops, &number) == 2 &&
		    number == inode)
			result = drops;
	if (all)
		fclose(all);
	return result;
}

static void test_lost(const struct rival *rival)
{
	const int least = 0, room = 1 << 20;
	int64_t jobs[MANY];
	unsigned long inode = 0;
	struct twill *tw;
	int good = 0, fd;

	if (!ok(twill_open(&tw) == 0, "libtwill: a handle to drown"))
		return;
	fd = netlink_fd(&inode);
	tell(rival, 'b');
	for (int i = 0; i < MANY; i++)
		jobs[i] = twill_job_begin(tw, "resnet-152", &on_gpu);
	ok(twill_job_state(tw, jobs[MANY - 1]) == TWILL_JOB_STATE_QUEUED, "libtwill: many queued");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	set_knob("gate/gpu/mode", "off");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	ok(drops_of(inode) > 0, "libtwill: grants were lost: %lu", drops_of(inode));
	for (int i = 0; i < MANY; i++)
		good += twill_job_wait(tw, jobs[i], SOON_MS) == 0;
	ok(good == MANY, "libtwill: and all %d jobs are found granted (%s)", good, twill_error(tw));
	tell(rival, 'e');
	twill_close(tw);
}

static void test_gates(struct twill *tw)
{
	struct rival rival;

	if (!ok(twill_tag(tw, NULL) > 0, "libtwill: tagged for the gate"))
		return;
	test_gate_off(tw);
	/* Nothing ages while a busy machine takes its time */
	set_knob("ageing_ms", "600000");
	set_knob("gate/gpu/mode", "enforce");
	rival = rival_start();
	test_withdrawn(tw, &rival);
	test_granted(tw, &rival);
	test_lost(&rival);
	rival_end(&rival);
	set_knob("ageing_ms", "1000");
	ok(twill_untag(tw) == 0, "libtwill: untagged");
}

int main(int argc, char **argv)
{
	struct twill *tw;

	if (argc > 1 && !strcmp(argv[1], "absent")) {
		test_absent();
		return tap_done();
	}
	if (!ok(twill_open(&tw) == 0, "libtwill: open"))
		return tap_done();
	test_task(tw);
	test_jobs(tw);
	test_handles(tw);
	test_gates(tw);
	twill_close(tw);
	return tap_done();
}
