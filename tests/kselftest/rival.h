/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rival - a tagged process that brings jobs to a gate when told to, and spins
 * in user mode in between, so that it is seen whether it is parked.
 */
#ifndef RIVAL_H
#define RIVAL_H

#include "kit.h"

struct rival;

/* Tagged with that priority, able to use everything; @group zero for none. */
struct rival *rival_start(uint32_t priority, uint32_t group);
/* The same of that user, without any capability; of at most the default priority. */
struct rival *rival_start_as(uid_t uid, uint32_t priority);
void rival_end(struct rival *r);
pid_t rival_pid(const struct rival *r);
atomic_ullong *rival_spins(struct rival *r);

/* Each of these asks through the rival's own socket: 0 or negative errno. */
int rival_begin(struct rival *r, uint32_t accelerator, uint32_t predicted_us, uint32_t units);
int rival_unit(struct rival *r);
int rival_finish(struct rival *r);	/* the job begun last */
/* Wait for the grant of the job begun last. */
int rival_wait(struct rival *r, int ms);
/* Let go of the mailbox at once: to ask for something while the rival may be parked. */
void rival_post_finish(struct rival *r);
bool rival_done(struct rival *r, int ms);
/* From the answer of the last request. */
uint32_t rival_state(struct rival *r);
uint32_t rival_job(struct rival *r);
/* As the module has it now, asked through @c. */
uint32_t job_state(struct nlc *c, struct rival *r);

#endif
