# SPDX-License-Identifier: GPL-2.0-or-later
# Guest script: twillctl against the real module, and without it. TAP.
bin=/test/bin
export PATH=$bin:$PATH
n=0
bad=0

ok() { # ok CONDITION-STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=$((bad + 1)); fi
}

# try CODE NAME COMMAND...: runs it, standard output in /tmp/o, error in /tmp/e
try() {
	want=$1 name=$2
	shift 2
	"$@" >/tmp/o 2>/tmp/e
	got=$?
	[ $got = "$want" ]
	ok $? "$name"
	[ $got = "$want" ] || { echo "# exit $got, not $want: $*"; sed 's/^/# /' /tmp/o /tmp/e; }
}

said() { # said NAME PATTERN: the last command's standard error has it
	grep -q -- "$2" /tmp/e
	ok $? "$1"
	grep -q -- "$2" /tmp/e || sed 's/^/# /' /tmp/e
}

at() { jsoncheck "$1" </tmp/o 2>/dev/null; } # at PATH: of the last command's output

is() { # is NAME PATH VALUE
	[ "$(at "$2")" = "$3" ]
	ok $? "$1"
	[ "$(at "$2")" = "$3" ] || { echo "# $2 is '$(at "$2")', not '$3'"; sed 's/^/# /' /tmp/o; }
}

# pass SECONDS: where time itself is what is tested, and no event can be waited for
pass() { sleep "$1"; }

# until_true SECONDS COMMAND...: waits for a condition; the wait is no part of the result
until_true() {
	end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt $end ] || return 1
		pass 0.05
	done
}

state() { # state PID
	twillctl --json status | jsoncheck "tasks.#" >/dev/null || return
	twillctl status | awk -v p="$1" '$2 == p { print $6 }'
}
state_is() { [ "$(state "$1")" = "$2" ]; }

user() { asuser 65534 "$@"; }
chmod 777 /tmp /out

spin() { # a process that does nothing but run; its pid is in $spinner
	sh -c 'while :; do :; done' &
	spinner=$!
}

echo "# without the module"
[ -e /proc/sys/kernel/modprobe ] && echo >/proc/sys/kernel/modprobe
try 3 "status without the module" twillctl status
said "says what is missing" "module twill is not loaded"
said "and the way out" "modprobe twill"
try 3 "the same in JSON" twillctl --json status
is "names the code" error.code 3
for c in "tag $$" "untag $$" "run true" "freeze $$" "thaw $$" "budget" "budget 15W" "monitor" "gate" \
	"gate gpu --mode off" "gate gpu --mode off --admin"; do
	# shellcheck disable=SC2086
	try 3 "$c without the module" twillctl $c
done
try 3 "doctor without the module" twillctl --json doctor
is "doctor names the module first" checks.0.check module
is "and that it failed" checks.0.verdict failed
try 0 "restore needs no module" twillctl --json restore
is "nothing to restore" "entries.#" 0
try 2 "bad input is usage, module or not" twillctl budget 15kW

libtwill_test absent || bad=1
echo "# with the module"
insmod /lib/modules/twill.ko
ok $? "the module loads"
try 0 "status of nothing" twillctl --json status
is "no task" "tasks.#" 0
is "no agent" agent ""
try 0 "status as a table" twillctl status
grep -q '^agent   none' /tmp/o
ok $? "the table says that there is no agent"

libtwill_test || bad=1
overrun_test || bad=1
spin
try 0 "tag" twillctl --json tag $spinner --priority 7 --class llm --can-use gpu,dla1 --group 3 --inherit
is "pid" pid $spinner
is "priority" priority 7
is "class" class llm
is "can-use" can_use.1 dla1
is "group" group 3
is "inherit" inherit true
id=$(at id)
start=$(at start_time)
[ "$start" = "$(cut -d' ' -f22 /proc/$spinner/stat)" ]
ok $? "start time is that of /proc"
try 0 "tag again changes what is named only" twillctl --json tag $spinner --priority 9 --no-inherit
is "priority changed" priority 9
is "inherit changed" inherit false
is "class kept" class llm
is "id kept" id "$id"
try 0 "status lists it" twillctl --json status
is "its pid" tasks.0.pid $spinner
exec 5</proc/self/stat
try 2 "a descriptor that is no pidfd" twillctl tag --pidfd 5
exec 5<&-
try 2 "a descriptor that is not open" twillctl tag --pidfd 77

for c in "tag" "tag x" "tag -5" "tag 0" "tag 1x" "tag 99999999999" "tag $spinner --priority 256" \
	"tag $spinner --priority -1" "tag $spinner --priority 1e2" "tag $spinner --class cnn" \
	"tag $spinner --can-use gpu,tpu" "tag $spinner --can-use ," "tag $spinner --group -1" \
	"tag $spinner $spinner" "tag $spinner --pidfd 3" "tag $spinner --bogus" "frob" "status extra" \
	"run" "run --priority 999 true" "freeze" "freeze $spinner --ttl 0" "freeze $spinner --ttl 600001" \
	"freeze id:0" "freeze $spinner --for x" "thaw" "budget 999" "budget 1000001" "budget -1" \
	"budget 15W extra" "budget --window 9" "budget --window 600001" "restore x" "doctor x" \
	"monitor --count 0" "--json" "--frob status" "tag pidfd:x" "tag pidfd:77" "gate tpu" "gate none" \
	"gate --mode off" "gate gpu --mode on" "gate gpu --capacity 0" "gate gpu --capacity 65" \
	"gate gpu --order fifo" "gate gpu --admin" "gate gpu --for 5" "gate gpu cpu" \
	"gate gpu --mode off --admin --for 5"; do
	# shellcheck disable=SC2086
	try 2 "usage: $c" twillctl $c
done
twillctl --json status >/tmp/o
is "bad input has changed nothing of the task" tasks.0.priority 9
is "nor of the budget" budget.mw 0

echo "# pids that are not"
gone=$(sh -c 'echo $$')
try 1 "a pid that does not exist" twillctl tag "$gone"
said "says so" "no such process"
try 1 "freeze of a pid that does not exist" twillctl freeze "$gone"
try 1 "freeze of a process that is not tagged" twillctl freeze $$
said "says so" "not tagged"
try 1 "an id that does not exist" twillctl freeze id:4000000000
try 1 "a kernel thread" twillctl tag 2
try 1 "freeze of init" sh -c 'twillctl tag 1 && twillctl freeze 1'
twillctl untag 1 2>/dev/null

echo "# freeze"
# freeze_bg ARG...: in the background, until its line is there
freeze_bg() {
	: >/tmp/o
	twillctl --json freeze "$@" >/tmp/o 2>/tmp/e &
	freezer=$!
	until_true 20 test -s /tmp/o
}
cpu_of() { cut -d' ' -f14 /proc/$spinner/stat; } # its name has no blank
freeze_bg $spinner
is "freeze answers" pid $spinner
until_true 10 state_is $spinner frozen
ok $? "the task is frozen"
before=$(cpu_of)
pass 1
[ -n "$before" ] && [ "$before" = "$(cpu_of)" ]
ok $? "and uses no CPU for a second"
kill -INT $freezer
wait $freezer
ok $? "^C ends it with 0"
state_is $spinner running
ok $? "and the task runs"
freeze_bg $spinner
kill -9 $freezer
wait $freezer 2>/dev/null
until_true 1 state_is $spinner running
ok $? "kill -9 of the holder: it runs within a second"
freeze_bg id:"$id" --ttl 300
pass 1.5
state_is $spinner frozen
ok $? "held for longer than its time to live"
try 0 "thaw ends it" twillctl --json thaw $spinner
is "it runs" state running
wait $freezer
ok $? "and the holder ends with 0"
try 1 "thaw of what is not frozen" twillctl thaw $spinner
said "says so" "not frozen"
try 0 "freeze --for ends by itself" timeout 20 twillctl freeze $spinner --for 100
freeze_bg $spinner --ttl 400
kill -STOP $freezer
until_true 5 state_is $spinner running
ok $? "a holder that hangs: thawed by the time to live"
kill -CONT $freezer
wait $freezer
got=$?
[ $got = 1 ]
ok $? "and it ends with 1 when it comes to ($got)"
said "and says why" "thawed"
freeze_bg $spinner
kill -9 $spinner
wait $freezer
ok $? "a frozen task can be killed; the holder ends"
said "and says so" "has ended"
until_true 5 sh -c "[ \$(twillctl --json status | jsoncheck tasks.#) = 0 ]"
ok $? "it is no task any more"

echo "# run"
try 0 "run tags and the tag survives exec" twillctl run --priority 42 --class dnn -- \
	twillctl --json status
is "is listed with its priority" tasks.0.priority 42
is "under its new name" tasks.0.comm twillctl
try 7 "run gives the command's exit status" twillctl run -- sh -c 'exit 7'
try 1 "run of what does not exist" twillctl run -- /nonexistent
said "says so" "cannot run /nonexistent"

# More than one message's worth, and than twillctl makes room for at first
twillctl run --inherit -- sh -c 'i=0; while [ $i -lt 80 ]; do tail -f /dev/null & i=$((i + 1)); done; wait' &
many=$!
until_true 30 sh -c "[ \$(twillctl --json status | jsoncheck tasks.#) = 81 ]"
ok $? "children inherit the tag, and a long list is whole"
twillctl --json status >/tmp/o
is "sorted by id" tasks.80.priority 100
[ "$(twillctl status | awk '$3 == "tail" { print $1 }' | sort -n -u | wc -l)" = 80 ]
ok $? "each once"
for p in $(twillctl status | awk '$3 == "tail" { print $2 }') $many; do kill -9 "$p"; done
wait $many 2>/dev/null
until_true 10 sh -c "[ \$(twillctl --json status | jsoncheck tasks.#) = 0 ]"
ok $? "and empty when they have ended"

echo "# budget"
try 0 "budget" twillctl --json budget 15W --window 500
is "set" mw 15000
is "window" window_ms 500
try 0 "the window alone" twillctl --json budget --window 1000
is "keeps the budget" mw 15000
try 0 "read" twillctl budget
grep -q '^budget 15000 mW over 1000 ms' /tmp/o
ok $? "in words"
try 0 "off" twillctl --json budget off
is "is none" mw 0

echo "# gates"
# gate_bg ARG...: holds a setting in the background, until its line is there
gate_bg() {
	: >/tmp/o
	twillctl --json gate "$@" >/tmp/o 2>/tmp/e &
	holder=$!
	until_true 20 test -s /tmp/o
}
gate_is() { [ "$(twillctl --json gate "$1" | jsoncheck "$2")" = "$3" ]; } # gate_is GATE PATH VALUE
try 0 "gates" twillctl --json gate
is "one for each accelerator" "gates.#" 4
is "in order" gates.1.accelerator gpu
is "off at first" gates.1.mode off
gate_bg gpu --mode enforce --capacity 2
is "a setting answers" mode enforce
gate_is gpu capacity 2 && ! gate_is gpu portid 0
ok $? "and holds"
try 1 "one socket at a time overrides a gate" twillctl gate gpu --mode observe
said "says so" "overrides"
try 0 "status has the gates" twillctl --json status
is "and what they are set to" gates.1.mode enforce
twillctl status | grep -q '^gpu .*enforce'
ok $? "in words too"
kill -9 $holder
wait $holder 2>/dev/null
until_true 1 gate_is gpu mode off
ok $? "kill -9 of the holder: the administrator's setting is back within a second"
gate_bg dla0 --order strict --ttl 300
pass 1.5
gate_is dla0 order strict
ok $? "held for longer than its time to live"
kill -INT $holder
wait $holder
ok $? "^C ends it with 0"
gate_is dla0 order weighted
ok $? "and the setting"
try 0 "gate --for ends by itself" timeout 20 twillctl gate cpu --mode observe --for 100
gate_bg gpu --mode observe --ttl 400
kill -STOP $holder
until_true 5 gate_is gpu mode off
ok $? "a holder that hangs: undone by the time to live"
kill -CONT $holder
wait $holder
[ $? = 1 ]
ok $? "and it ends with 1 when it comes to"
said "and says why" "before it was renewed"
twillctl --json monitor --count 1 >/tmp/lines 2>/tmp/e &
watcher=$!
i=1
while kill -0 $watcher 2>/dev/null && [ $i -lt 200 ]; do
	twillctl gate gpu --capacity $((1 + i % 64)) --admin >/dev/null
	i=$((i + 1))
done
wait $watcher
[ "$(jsoncheck object </tmp/lines)" = gate ] && [ "$(jsoncheck gate.accelerator </tmp/lines)" = gpu ]
ok $? "monitor tells of a gate"
try 0 "the administrator's setting" twillctl --json gate gpu --mode observe --capacity 3 --order strict --admin
is "is shown" capacity 3
[ "$(cat /sys/kernel/twill/gate/gpu/mode /sys/kernel/twill/gate/gpu/order | tr '\n' ' ')" = "observe strict " ]
ok $? "and is that of sysfs"
gate_bg gpu --mode off
try 0 "set while it is overridden" twillctl gate gpu --mode enforce --admin
said "it says when it counts" "overrides the gate"
kill $holder
wait $holder
gate_is gpu mode enforce
ok $? "and so it is"
try 0 "off again" twillctl gate gpu --mode off --capacity 1 --order weighted --admin

echo "# monitor"
twillctl --json monitor --count 2 >/tmp/lines 2>/tmp/e &
watcher=$!
# It is subscribed when its list has been read; until then changes are made
i=0
while kill -0 $watcher 2>/dev/null && [ $i -lt 200 ]; do
	twillctl budget $((15000 + i)) >/dev/null
	i=$((i + 1))
done
wait $watcher
ok $? "monitor sees changes"
[ "$(jsoncheck object </tmp/lines | sort -u)" = budget ]
ok $? "its lines are JSON, about the budget"
try 0 "monitor --for ends by itself" timeout 20 twillctl monitor --for 100
twillctl monitor --for 60000 >/tmp/lines 2>/tmp/e &
watcher=$!
# shellcheck disable=SC2016
until_true 20 sh -c 'twillctl budget $((15000 + RANDOM % 1000)) && test -s /tmp/lines'
rmmod twill
ok $? "the module can go while monitor listens"
insmod /lib/modules/twill.ko
until_true 20 grep -q '^module new' /tmp/lines
ok $? "and come back"
grep -q '^module gone' /tmp/lines
ok $? "monitor has said that it went"
twillctl budget 20W >/dev/null
until_true 20 grep -q '20000 mW' /tmp/lines
ok $? "and it hears what comes after"
kill $watcher
wait $watcher 2>/dev/null

echo "# no permission"
spin
try 0 "tag for a user to try" twillctl tag $spinner
try 1 "a user may not tag another's process" user twillctl tag $spinner --priority 1
said "says what is needed" "CAP_SYS_NICE"
said "and the way out" "Try as root"
try 1 "nor freeze it" user twillctl freeze $spinner
try 1 "nor set the budget" user twillctl --json budget 15W
is "in JSON" error.code 1
try 1 "nor override a gate" user twillctl gate gpu --mode off
said "says what is needed" "CAP_SYS_ADMIN"
try 1 "nor set one for good" user twillctl gate gpu --mode off --admin
said "says so" "Permission denied"
try 0 "may read the gates" user twillctl gate
try 0 "may read the budget" user twillctl budget
try 0 "sees no task of others" user twillctl --json status
is "none" "tasks.#" 0
try 0 "may run a task of lower priority" user twillctl run --priority 1 -- true
try 1 "not of a higher one" user twillctl run --priority 255 -- true
freeze_bg $spinner
try 1 "may not thaw what root holds" user twillctl thaw $spinner
state_is $spinner frozen
ok $? "which stays frozen"
kill $freezer
wait $freezer
kill -9 $spinner
try 1 "doctor sees the module, and no agent" twillctl --json doctor
is "module is fine" checks.0.verdict ok

echo "1..$n"
rmmod twill
[ $bad = 0 ]
