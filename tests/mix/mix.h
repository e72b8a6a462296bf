/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mix - everything at once. Targets live in slots, fork, exec, make threads and
 * bring jobs; disturbers freeze and bind them, trace and signal them, move them
 * between control groups, take CPUs away, suspend the machine, unload the
 * module. All share this memory, also after an exec.
 */
#ifndef MIX_H
#define MIX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../fuzz/rng.h"
#include "../kselftest/kit.h"

enum { BUSY, BUSY_TOO, FORKING, VFORKING, EXECING, THREADING, AT_GATE, AT_GATE_TOO, SLOTS };

/* One target. Only its own threads tick, and only in user mode. */
struct slot {
	atomic_int pid;
	atomic_uint life;	/* counted up before another process takes the slot */
	atomic_ullong ticks;
};

enum { OWNER, OWNER_TOO, OWNERS_KILLED, AGENT, TRACER, SIGNALS, CGROUPS, HOTPLUG, SUSPEND, UNLOAD,
       DISTURBERS };

struct mix {
	struct slot slot[SLOTS];
	atomic_ullong did[DISTURBERS];
	atomic_ullong checked;		/* freezes after which it was looked for a tick */
	atomic_ullong made[SLOTS];	/* forks, vforks, execs, threads and jobs of targets */
	atomic_uint module;		/* counted up before each unload */
	atomic_uint released;		/* before and after a control group may let threads go */
	atomic_bool stop;
	atomic_bool wrong;
	char why[256];			/* of who was first to set @wrong */
	int fd;				/* of this memory */
	uint64_t seed;
};

extern struct mix *mix;

/* This is wrong, and the end. */
void mix_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int cpus_there(void);

/* Be the target of that slot, until killed. */
void target_live(int slot);
/* The program was run again by the target that executes itself. */
int target_main(int slot);

/* Do that disturber's deeds until mix->stop. */
void disturb(int who, struct rng *r);
void owner_disturb(int who, struct rng *r);
extern const char *const disturber_names[DISTURBERS];
extern const char *const slot_names[SLOTS];

#endif
