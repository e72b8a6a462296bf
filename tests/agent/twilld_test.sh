#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2317,SC2064
#
# Guest test of twilld on the virtual Orin: it comes before the module, places,
# freezes, holds clocks; is killed; survives a reload; leaves nothing behind.
#
# Runs under tests/vm/run --orin with twilld, twillctl and infer in /test/bin,
# twill.ko and orin_sim.ko in /test, and the profiles.
. /test/guest_lib.sh

SCALE=10
n=0
bad=0
t() {
	n=$((n + 1))
	if eval "$2"; then echo "ok $n - $1"; else echo "not ok $n - $1"; bad=1; fi
}
# A fact that takes time to come true.
soon() { until_true 60 eval "$1"; }
log() { tail -n 40 /out/twilld.log; }

agent() {
	twilld --log-decisions /out/decisions 2>>/out/twilld.log &
	twilld=$!
}
stop_agent() { kill "$twilld" && wait "$twilld"; }
said() { grep -q "$1" /out/twilld.log; }
decided() { grep -q "\"what\":\"$1\".*\"reason\":\"$2\"" /out/decisions; }
placed() { grep -q '"what":"place"' /out/decisions; }
board_knobs() { knobs | grep -v ^/sys/kernel/twill/; }
frozen() { [ "$(cat /sys/kernel/twill/frozen)" = "$1" ]; }
tasks() { [ "$(cat /sys/kernel/twill/tasks)" = "$1" ]; }
below() { [ "$(cat "$1")" -lt "$2" ]; }

# Highest mean of a second of true power, a line of the log being 10 ms of it.
worst_second() {
	awk 'NR > 1 { sum += $2 - ring[NR % 100]; ring[NR % 100] = $2
		if (NR > 200 && sum > worst) worst = sum } END { print int(worst / 100) }' $truth/truth
}

# program NAME PROFILE REQUEST...: a tagged program that works on requests
program() {
	name=$1 profile=$2
	shift 2
	echo "twill-trace 1" >/out/$name.trace
	for request in "$@"; do echo "$request" >>/out/$name.trace; done
	infer --profile "/test/profiles/$profile.ini" --trace /out/$name.trace --twill \
		--log /out/$name.jobs 2>/out/$name.err &
}

load_board $SCALE
hold_clocks_at_caps
board_knobs >/out/before
dla0=$(dla_caps | grep dla0_core | head -n 1)

# Wrong input: 2, and nothing is touched.
twilld --policy nope 2>/out/err
t "an unknown policy is refused with 2" "[ $? = 2 ] && grep -q \"unknown policy 'nope'\" /out/err"
echo "[gpu]" >/out/bad.ini
echo "busy_mw = 1" >>/out/bad.ini
twilld --board /out/bad.ini 2>/out/err
t "a malformed profile is refused with 2" "[ $? = 2 ] && grep -q '/out/bad.ini:2: ' /out/err"
echo "policy = paper" >/out/bad.conf
twilld --config /out/bad.conf 2>/out/err
t "a malformed configuration is refused with 2" \
	"[ $? = 2 ] && grep -q '/out/bad.conf:1: ' /out/err"
twilld --check-config 2>/out/err
t "a right one passes" "[ $? = 0 ]"

# It comes before the module.
agent
t "without the module it waits and says so" 'soon "said \"twill.ko is not loaded: waiting\""'
load_twill $SCALE
t "and takes its role when the module comes" 'soon agent_present' || log
t "the agent is twilld" '[ "$(cat /sys/kernel/twill/agent)" = "$twilld" ]'
twilld 2>/out/err
t "a second agent ends with 1" "[ $? = 1 ] && grep -q 'another agent is at work' /out/err"
t "and the first one stays" '[ "$(cat /sys/kernel/twill/agent)" = "$twilld" ]'
twillctl budget 4000 >/out/err 2>&1
t "a budget below the idle board's power is refused" "[ $? = 1 ]"
t "and changes nothing" '[ "$(cat /sys/kernel/twill/budget_mw)" = 0 ]'
t "idle, it touches no knob" 'board_knobs | cmp -s - /out/before'
twillctl budget 15000 >/dev/null || bad=1

# Work: a language model in the background, then requests that matter more.
program low llama-3.2-1b "0 llama-3.2-1b 20 128 2000"
t "a task comes, and with it caps" 'soon "tasks 1" && soon "below $GPU/max_freq 1173000000"' || log
t "it is placed" 'soon placed'
program high bert-large "200000 bert-large 200 0 0" "2000000 bert-large 200 0 0"
t "a higher priority freezes it" 'soon "decided freeze higher"' || log
t "and it resumes" 'soon "frozen 0 && decided thaw affinity"'
# While another's unit is on the GPU a network is sooner done elsewhere.
every() { seq 0 50000 2950000 | sed "s/\$/ $1 100 0 0/"; }
IFS='
'
# shellcheck disable=SC2046 # a request a line
program busy bert-large $(every bert-large)
# shellcheck disable=SC2046
program cnn resnet-152 $(every resnet-152)
unset IFS
t "a network goes to a DLA when the GPU is taken" 'soon "grep -q dla /out/cnn.jobs"' || cat /out/cnn.err
t "the high one ends" 'soon "[ \"\$(grep -vc ^# /out/high.jobs)\" -ge 2 ]"' || cat /out/high.err
echo "# worst second: $(worst_second) mW"
t "no second of true power above the budget" '[ "$(worst_second)" -le 15000 ]' || worst_second

# A low budget and no sensor: down to where nothing can exceed it, DLAs included. Then the worst end.
driver=/sys/bus/i2c/drivers/ina3221
unread="VDD_IN) cannot be read"
twillctl budget 12200 >/dev/null
echo 1-0040 >$driver/unbind
t "a sensor that cannot be read is said" 'soon "said \"\$unread\""' || log
t "blind, it caps the DLAs" 'soon "below $dla0 614400000"' || log
t "their old values are in the journal" '[ "$(ls /run/twill/journal | wc -l)" = 2 ]'
# A second one in the background that must wait: something is frozen when the agent dies.
program low2 llama-3.2-1b "0 llama-3.2-1b 20 128 2000"
t "a second language model waits its turn" 'soon "frozen 1"' || log
t "the sensor is spoken of once" '[ "$(grep -c "$unread" /out/twilld.log)" = 1 ]'
kill -9 "$twilld"
wait "$twilld" 2>/dev/null
t "killed: every task runs within a second" 'until_true 1 frozen 0'
t "and the GPU's and CPUs' clocks are as before" \
	'board_knobs | grep -v clk_cap >/out/now; grep -v clk_cap /out/before | cmp -s - /out/now'
t "only the DLAs' files are left" '! board_knobs | cmp -s - /out/before'
twilld --restore 2>/out/err
t "the stop step restores them" "[ $? = 0 ]"
t "byte for byte" 'board_knobs | cmp -s - /out/before' || board_knobs | diff /out/before -
t "and leaves an empty journal" '[ -z "$(ls /run/twill/journal)" ]'

# It comes late, to tasks and jobs that are there.
agent
t "started late, it takes up what it finds" \
	'soon agent_present && soon "frozen 1" && soon "below $dla0 614400000"' || log

# The module goes and comes back.
rmmod twill
t "the module can go" "[ $? = 0 ]"
t "the agent says so" 'soon "said \"twill.ko is gone\""' || log
t "and puts the clocks back" 'soon "board_knobs | cmp -s - /out/before"'
load_twill $SCALE
t "it takes its role again" 'soon agent_present' || log
twillctl budget 12200 >/dev/null
program again resnet-50 "0 resnet-50 100 0 0" "20000000 resnet-50 100 0 0"
t "and goes on" 'soon "below $dla0 614400000"' || log

echo 1-0040 >$driver/bind
t "the sensor is found again" 'soon "said \"board power can be read again\""' || log

stop_agent
t "stopped by a signal, it ends with 0" "[ $? = 0 ]"
t "and every knob is as before" 'board_knobs | cmp -s - /out/before' || board_knobs | diff /out/before -
t "no complaint about the module" '! said "cannot freeze\|cannot place\|cannot cap\|cannot thaw"' || log

for p in $(pidof infer); do kill "$p"; done
wait 2>/dev/null
rmmod twill
rmmod orin_sim
echo "1..$n"
exit $bad
