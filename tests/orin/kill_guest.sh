#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# In the guest: kill -9 the agent in mid-run while it holds tasks frozen. Every
# task must run within one second, and once the service's stop step has been
# taken every knob must be as it was before the agent came. Prints TAP.
. /test/guest_lib.sh

SCALE=10
BUDGET=11000	# tight, so that caps in files are moved as well
n=0 bad=0
t() {
	what=$1
	shift
	n=$((n + 1))
	if "$@"; then echo "ok $n - $what"; else echo "not ok $n - $what"; bad=1; fi
}

frozen() { cat /sys/kernel/twill/frozen; }
some_frozen() { [ "$(frozen)" -gt 0 ]; }
none_frozen() { [ "$(frozen)" = 0 ]; }
same() { diff "$1" "$2" | sed 's/^/# /'; cmp -s "$1" "$2"; }
centiseconds() { read -r up idle </proc/uptime; hundredths=${up#*.}; echo $((${up%.*} * 100 + ${hundredths#0})); }

dla_sum() { cat $(dla_caps) | tr '\n' ' '; }
held() { some_frozen && [ "$(dla_sum)" != "$dla_before" ]; }

# Stop the agent at a moment when it holds something frozen and has written to
# files, so that the state it is killed in is the state that was looked at.
stop_while_frozen() {
	tries=0
	while [ $tries -lt 50 ]; do
		until_true 90 held || return 1
		kill -STOP "$twilld"
		held && return 0
		kill -CONT "$twilld"
		tries=$((tries + 1))
	done
	return 1
}

all_jobs_done() {
	for profile in /test/load/*.ini; do
		model=$(basename "$profile" .ini)
		[ "$(grep -c " $model " /test/trace)" = "$(grep -c "^$model " "/out/$model.jobs")" ] || return 1
	done
}

moved() { diff /out/before /out/during | grep -q "^+.*$1"; }
moved_both() { moved _freq && moved clk_cap; }

echo 1..12
load_board $SCALE
load_twill $SCALE
hold_clocks_at_caps
twillctl budget $BUDGET >/dev/null || die "the budget was refused"
knobs >/out/before
[ "$(wc -l </out/before)" -gt 10 ] || die "too few knobs to compare"

dla_before=$(dla_sum)
start_twill $BUDGET --log-decisions /out/decisions
start_load twill engine
t "under load the agent freezes tasks" stop_while_frozen
knobs >/out/during
t "and has moved knobs, caps in files among them" moved_both
echo "# $(frozen) frozen, agent $twilld"

from=$(centiseconds)
kill -9 "$twilld"
t "after kill -9 every task runs" until_true 10 none_frozen
took=$(($(centiseconds) - from))
echo "# within $((took * 10)) ms of guest time"
t "within one second" [ $took -le 100 ]
wait "$twilld" 2>/dev/null
t "the role is free" eval '! agent_present'
twillctl status --json >/out/status.json
t "the module shows no task frozen" eval '! grep -q "\"state\":[ ]*\"fr" /out/status.json'

t "the stop step succeeds" twilld --restore
knobs >/out/after
t "every knob is as it was" same /out/before /out/after
t "the stop step can be taken twice" twilld --restore

start_twill $BUDGET
t "a new agent takes over in mid-run" agent_present
t "no job is lost" eval 'wait_load && all_jobs_done'
kill "$twilld"
wait "$twilld"
twilld --restore
knobs >/out/end
t "and leaves every knob as it was" same /out/before /out/end
[ $n = 12 ] || exit 1
exit $bad
