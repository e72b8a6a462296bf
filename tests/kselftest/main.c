// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twill_test - does the module keep its promises? Runs in a guest as root,
 * with the module loaded: twill_test [TEST...], or --kills N for that one
 * test in full. Prints TAP.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit.h"
#include "tap.h"

#define TEST(name) { #name, test_##name }

static const struct tap_test tests[] = {
	TEST(tag), TEST(untagged_at_exit), TEST(foreign_attributes_refused),
	TEST(fork_inherits), TEST(exec_keeps_tag), TEST(exec_setuid_drops_tag),
	TEST(pid_namespace),
	TEST(freeze_holds_all), TEST(freeze_repeated), TEST(freeze_forking),
	TEST(freeze_cloning), TEST(freeze_vfork), TEST(freeze_group),
	TEST(freeze_signal_backend), TEST(freeze_closes_files), TEST(kill_frozen),
	TEST(suspend_frozen),
	TEST(close_before_park), TEST(close_nested_before_park), TEST(close_after_freeze),
	TEST(refreeze_blocked),
	TEST(fork_beside_frozen), TEST(vfork_child_frozen), TEST(vfork_child_killed),
	TEST(vfork_parent_frozen), TEST(vfork_thaw_parent_first),
	TEST(vfork_thaw_child_first), TEST(clone_vm_apart),
	TEST(ptrace_before_freeze), TEST(ptrace_after_freeze), TEST(ptrace_in_syscall),
	TEST(ptrace_debugger_dies),
	TEST(kill_pending), TEST(kill_while_parking), TEST(handler_after_thaw),
	TEST(stop_before_freeze), TEST(stop_after_freeze),
	TEST(core_after_thaw), TEST(core_others_parked), TEST(core_frozen_meanwhile),
	TEST(core_races_freeze),
	TEST(exec_frozen), TEST(exec_by_thread_frozen), TEST(exec_waiting),
	TEST(exec_by_thread_waiting), TEST(exec_storm),
	TEST(exit_pending), TEST(exit_group_pending), TEST(exit_by_sigpipe),
	TEST(leader_exited), TEST(oom_kill_frozen),
	TEST(owner_killed), TEST(owner_exits_socket_open), TEST(ttl), TEST(renew),
	TEST(owners_nest), TEST(freeze_max),
	TEST(refusals), TEST(unprivileged),
	TEST(owner_passes_socket), TEST(owner_hung), TEST(owners_die_in_turn),
	TEST(exec_setuid_drops_leases), TEST(agent_never_frozen), TEST(agent_port_reused),
	TEST(setuid_of_task),
	TEST(owner_kills),
	TEST(permission_own), TEST(permission_same), TEST(permission_nice),
	TEST(permission_nice_same), TEST(permission_nice_kill), TEST(permission_kill),
	TEST(permission_admin), TEST(permission_maker), TEST(permission_inside),
	TEST(permission_userns), TEST(permission_container), TEST(permission_pidns),
	TEST(permission_netns), TEST(container_hears_nothing),
	TEST(limit_owners), TEST(limit_many_uids), TEST(limit_tasks), TEST(limit_leases),
	TEST(job), TEST(job_limits), TEST(agent), TEST(events), TEST(budget),
	TEST(gate_queue), TEST(gate_preempts), TEST(gate_orders), TEST(gate_units),
	TEST(gate_ageing), TEST(gate_group), TEST(gate_inherits), TEST(gate_frozen_holder),
	TEST(gate_two_jobs), TEST(gate_past_blocked),
	TEST(gate_lease), TEST(gate_observe), TEST(gate_freeze_max), TEST(trace),
	TEST(fault_injection),
	TEST(clusters), TEST(bind_stray), TEST(bind_chain),
	TEST(bind_hotplug),
	TEST(cap_cpufreq), TEST(cap_device), TEST(cap_target_removed),
	TEST(cgroup_after), TEST(cgroup_before), TEST(cgroup_moved), TEST(cgroup_nested),
	TEST(cgroup_race),
	TEST(cpu_loop), TEST(cpuset_shrinks), TEST(affinity_outside), TEST(bind_forking),
	TEST(suspend_ttl), TEST(io_uring), TEST(pid_reused), TEST(cap_owners), TEST(cap_hotplug),
	TEST(tag_exited), TEST(dump_interrupted),
	TEST(freeze_many_cloning), TEST(freeze_undone), TEST(untag_frozen),
	TEST(socket_netns), TEST(socket_protocol), TEST(job_refusals),
	TEST(gate_claimed), TEST(gate_reorders), TEST(gate_agent), TEST(gate_signal_backend),
	TEST(gate_frozen_waiter), TEST(gate_group_forking),
	TEST(unload_frozen), TEST(unload_forking),
	{ NULL, NULL },
};

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--pause"))
		for (;;)
			pause();
	if (argc == 3 && !strcmp(argv[1], "--kills")) {
		static char *only[] = { "owner_kills" };

		kills_wanted = atoi(argv[2]);
		return tap_run(tests, 1, only);
	}
	if (argc == 2 && !strcmp(argv[1], "--collect-core"))
		return core_main();
	if (argc == 4 && !strcmp(argv[1], "--image"))
		return exec_main(argv[2], argv[3]);
	return tap_run(tests, argc - 1, argv + 1);
}
