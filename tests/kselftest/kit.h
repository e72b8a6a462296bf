/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kit - what the tests share: requests in short form, and victims: processes
 * whose threads count, sleep and block, and say so in memory shared with the
 * test.
 */
#ifndef KIT_H
#define KIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "nlc.h"

/* Whether this kernel checks itself so much that a fork takes a tenth of a second. */
#define slow_kernel() (!access("/sys/kernel/debug/kmemleak", F_OK))
/* Milliseconds in which a process that was let go must be seen to run: the promise. */
#define PROMISE	(slow_kernel() ? 10000 : 1000)
#define SOON	20000	/* milliseconds: a deadline for what should be at once */

/* Counters of one victim, in shared memory. */
struct victim {
	pid_t pid;
	int pipe[2];
	atomic_ullong spins[2];	/* busy in user mode */
	atomic_ullong naps;	/* short sleeps */
	atomic_ullong reads;	/* bytes taken from the pipe */
	atomic_ullong forks;	/* children and clones made */
	atomic_ullong kids;	/* counted up by these */
	atomic_uint word;	/* futex, waited on while zero */
	atomic_bool woken;	/* the futex wait ended */
	atomic_bool slept;	/* the endless sleep ended */
	atomic_uint eintr;	/* system calls that were interrupted */
	atomic_uint ready;	/* threads under way */
	atomic_bool stop;
	atomic_int note;	/* for the test's own use */
	atomic_int tids[4];	/* likewise: threads that the test wants to reach */
};

uint64_t start_time(pid_t pid);
/* Poll @cond until it holds or @ms have passed. */
bool until(bool (*cond)(void *data), void *data, int ms);
bool until_int(atomic_int *word, int value, int ms);
/* Whether a thread sleeps in the system call of that number. */
bool until_blocked(pid_t tid, long nr, int ms);
bool grows(atomic_ullong *counter, int ms);
bool still(atomic_ullong *counter, int ms);
/* Let @ms pass. Only for "nothing happens in this time". */
void pass(int ms);
long knob(const char *name);
int set_knob(const char *name, const char *value);
bool until_knob(const char *name, long value, int ms);

/* A victim with two spinners, a napper, an endless sleeper, a reader and a futex waiter. */
struct victim *victim_start(void);
/* A victim that runs @fn in its only thread. */
struct victim *victim_run(void (*fn)(struct victim *v));
/* Kill it, wait for it, free it. */
void victim_end(struct victim *v);
bool victim_reap(struct victim *v, int ms);
/* Reap as well, and say how it ended: a status as of waitpid(2). */
bool victim_status(struct victim *v, int *status, int ms);

/* Requests: 0 or negative errno; the answer stays in @c. @ttl_ms zero: none stated. */
void name_pid(struct nlc *c, pid_t pid);
int tag(struct nlc *c, pid_t pid);
int tag_inherit(struct nlc *c, pid_t pid);
int tag_group(struct nlc *c, pid_t pid, uint32_t group);
int untag(struct nlc *c, pid_t pid);
int get_task(struct nlc *c, pid_t pid);
int freeze(struct nlc *c, pid_t pid, uint32_t ttl_ms);
int thaw(struct nlc *c, pid_t pid);
int agent_set(struct nlc *c);
int place(struct nlc *c, pid_t pid, int placement, int clusters);
int job_begin(struct nlc *c, const char *model);
int job_step(struct nlc *c, uint8_t cmd, uint32_t id);
uint32_t task_u32(struct nlc *c, uint16_t attr);
bool until_state(struct nlc *c, pid_t pid, uint32_t state, int ms);
bool until_parked(struct nlc *c, pid_t pid, uint32_t n, int ms);

/* What the program does when it is run again by a test, or for one by the kernel. */
int exec_main(const char *todo, const char *fd);
int core_main(void);

/* The groups of tests. */
void test_tag(void);
void test_foreign_attributes_refused(void);
void test_fork_inherits(void);
void test_exec_keeps_tag(void);
void test_exec_setuid_drops_tag(void);
void test_untagged_at_exit(void);
void test_pid_namespace(void);
void test_freeze_holds_all(void);
void test_freeze_forking(void);
void test_freeze_cloning(void);
void test_freeze_vfork(void);
void test_freeze_group(void);
void test_freeze_signal_backend(void);
void test_freeze_closes_files(void);
void test_freeze_repeated(void);
void test_kill_frozen(void);
void test_close_before_park(void);
void test_close_nested_before_park(void);
void test_close_after_freeze(void);
void test_refreeze_blocked(void);
void test_fork_beside_frozen(void);
void test_vfork_child_frozen(void);
void test_vfork_child_killed(void);
void test_vfork_parent_frozen(void);
void test_vfork_thaw_parent_first(void);
void test_vfork_thaw_child_first(void);
void test_clone_vm_apart(void);
void test_ptrace_before_freeze(void);
void test_ptrace_after_freeze(void);
void test_ptrace_in_syscall(void);
void test_ptrace_debugger_dies(void);
void test_kill_pending(void);
void test_kill_while_parking(void);
void test_handler_after_thaw(void);
void test_stop_before_freeze(void);
void test_stop_after_freeze(void);
void test_core_after_thaw(void);
void test_core_others_parked(void);
void test_core_frozen_meanwhile(void);
void test_core_races_freeze(void);
void test_exec_frozen(void);
void test_exec_by_thread_frozen(void);
void test_exec_waiting(void);
void test_exec_by_thread_waiting(void);
void test_exec_storm(void);
void test_exit_pending(void);
void test_exit_group_pending(void);
void test_exit_by_sigpipe(void);
void test_leader_exited(void);
void test_oom_kill_frozen(void);
void test_suspend_frozen(void);
void test_owner_killed(void);
void test_owner_exits_socket_open(void);
void test_ttl(void);
void test_renew(void);
void test_owners_nest(void);
void test_freeze_max(void);
void test_refusals(void);
void test_unprivileged(void);
void test_owner_passes_socket(void);
void test_owner_hung(void);
void test_owners_die_in_turn(void);
void test_exec_setuid_drops_leases(void);
void test_agent_never_frozen(void);
void test_agent_port_reused(void);
void test_setuid_of_task(void);
void test_permission_own(void);
void test_permission_same(void);
void test_permission_nice(void);
void test_permission_nice_same(void);
void test_permission_nice_kill(void);
void test_permission_kill(void);
void test_permission_admin(void);
void test_permission_maker(void);
void test_permission_inside(void);
void test_permission_userns(void);
void test_permission_container(void);
void test_permission_pidns(void);
void test_permission_netns(void);
void test_container_hears_nothing(void);
extern int kills_wanted;
void test_owner_kills(void);
void test_limit_owners(void);
void test_limit_many_uids(void);
void test_limit_tasks(void);
void test_limit_leases(void);
void test_job(void);
void test_job_limits(void);
void test_agent(void);
void test_events(void);
void test_budget(void);
void test_gate_queue(void);
void test_gate_preempts(void);
void test_gate_orders(void);
void test_gate_units(void);
void test_gate_ageing(void);
void test_gate_group(void);
void test_gate_inherits(void);
void test_gate_frozen_holder(void);
void test_gate_lease(void);
void test_gate_observe(void);
void test_gate_freeze_max(void);
void test_gate_two_jobs(void);
void test_gate_past_blocked(void);
void test_trace(void);
void test_fault_injection(void);
void test_clusters(void);
void test_bind_stray(void);
void test_bind_chain(void);
void test_bind_hotplug(void);
void test_cap_cpufreq(void);
void test_cap_device(void);
void test_cap_target_removed(void);
void test_cgroup_after(void);
void test_cgroup_before(void);
void test_cgroup_moved(void);
void test_cgroup_nested(void);
void test_cgroup_race(void);
void test_cpu_loop(void);
void test_cpuset_shrinks(void);
void test_affinity_outside(void);
void test_bind_forking(void);
void test_suspend_ttl(void);
void test_io_uring(void);
void test_pid_reused(void);
void test_cap_owners(void);
void test_cap_hotplug(void);
void test_unload_frozen(void);
void test_unload_forking(void);
void test_tag_exited(void);
void test_dump_interrupted(void);
void test_freeze_many_cloning(void);
void test_freeze_undone(void);
void test_untag_frozen(void);
void test_socket_netns(void);
void test_socket_protocol(void);
void test_gate_claimed(void);
void test_gate_reorders(void);
void test_gate_agent(void);
void test_gate_signal_backend(void);
void test_gate_frozen_waiter(void);
void test_gate_group_forking(void);
void test_job_refusals(void);

#endif
