/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stage - what the fuzzer's processes share: whom requests may name, ids that
 * answers told, the requests kept because they reached something new, counts.
 * One process at a time has the turn, so nothing here needs a lock.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../kselftest/kit.h"
#include "cover.h"
#include "msg.h"

enum who { ROOT, NOBODY, CONTAINER, WORKERS };
extern const char *const who_names[WORKERS];

/* Targets: those above IDLERS do nothing and are many. */
enum {
	SELF,			/* whoever sends */
	FIRST_WORKER,
	CONDUCTOR = FIRST_WORKER + WORKERS,
	INIT,
	KTHREAD,
	GONE,
	NAPPER,
	OTHER_NAPPER,
	NOBODYS,		/* of user nobody */
	FORKER,
	CONTAINED,		/* of the container's user */
	IDLERS,
	TARGETS = IDLERS + 48,
};

struct target {
	pid_t pid;
	uint64_t start;
	uint32_t id;		/* as told last, zero if never */
};

#define CORPUS	4096
#define IDS	64
#define ERRNOS	140

struct counts {
	uint64_t sent;
	uint64_t from[WORKERS];
	uint64_t dumps, half_read, batches;
	uint64_t refused[ERRNOS];	/* by errno; entry 0: accepted */
	uint64_t unanswered;		/* not asked for, or lost in a full socket */
	uint64_t longest_ns, spent_ns;	/* in send() */
};

struct stage {
	struct target target[TARGETS];
	uint32_t job[IDS], cap[IDS];
	unsigned int n_jobs, n_caps;	/* ever told; the last IDS are kept */
	struct counts count;
	struct cover_map cover;
	bool covers;			/* KCOV is there */
	struct msg last;		/* sent last */
	char fault[256];		/* what a worker found wrong */
	unsigned int n_corpus;		/* ever kept */
	struct msg corpus[CORPUS];
};

extern struct stage *stage;

bool stage_set(void);
void stage_clear(void);
/* Whoever has died is replaced. */
void stage_renew(struct rng *r);
/* Whether everybody that is ours runs: false and a number if not. */
bool stage_all_run(int *which);
void stage_name(unsigned int which, pid_t pid);

void stage_keep(const struct msg *m, struct rng *r);
const struct msg *stage_pick(struct rng *r);
void stage_learn_job(uint32_t id);
void stage_learn_cap(uint32_t id);
void stage_learn_task(pid_t pid, uint32_t id);

#endif
