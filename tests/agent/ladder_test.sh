#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2317,SC2016,SC2154
#
# Guest test of the ladder of CPU backends in twilld: nothing while CPUs are idle or nothing
# is urgent; the sched_ext policy while both press; what is below it when the kernel ends
# the policy or never had it; up again; and nothing left behind, whoever dies.
#
# Runs under tests/vm/run --orin with twilld, twillctl and infer in /test/bin,
# twill.ko and orin_sim.ko in /test, and the profiles.
. /test/guest_lib.sh

SCALE=1
HOGS=4		# for two CPUs, one of each cluster: eight that are busy take an emulator long
n=0
bad=0
t() {
	n=$((n + 1))
	if eval "$2"; then echo "ok $n - $1"; else echo "not ok $n - $1"; bad=1; fi
}
soon() { until_true 30 eval "$1"; }
show() { twillctl status; twillctl doctor | grep cpus; tail -n 20 /out/twilld.log; }

agent() {
	printf '[twilld]\n' >/out/twill.conf
	for line; do echo "$line" >>/out/twill.conf; done
	twilld --config /out/twill.conf 2>>/out/twilld.log &
	twilld=$!
	renice -n -10 -p $twilld	# as the service has it
	soon agent_present || { cat /out/twilld.log; die "twilld did not take the agent's role"; }
}
stop_agent() { kill "$twilld" && wait "$twilld"; }
said() { grep -q "$1" /out/twilld.log; }
backend() { [ "$(sed -n 's/^backend = //p' /run/twill/sched 2>/dev/null)" = "$1" ]; }
count() { sed -n "s/^$1 = //p" /run/twill/sched; }
fair() { [ "$(cat /sys/kernel/sched_ext/state)" = disabled ]; }
ours() { [ "$(cat /sys/kernel/sched_ext/*/ops 2>/dev/null)" = twill ]; }
# Of every thread of a process.
nice_is() { for s in /proc/"$1"/task/*/stat; do [ "$(sed 's/.*) //' "$s" | cut -d ' ' -f 17)" = "$2" ] || return 1; done; }
on_cpus() { grep -q "^Cpus_allowed_list:	$2\$" /proc/"$1"/status; }
tasks() { [ "$(cat /sys/kernel/twill/tasks)" = "$1" ]; }

# program NAME PROFILE PRIORITY MS: a tagged program that has a request each 20 ms for so long
program() {
	{
		echo "twill-trace 1"
		seq 0 20000 "$4"000 | sed "s/\$/ $2 $3 0 0/"
	} >/out/"$1".trace
	infer --profile "/test/profiles/$2.ini" --trace /out/"$1".trace --twill --log /out/"$1".jobs 2>/out/"$1".err &
	eval "$1=$!"
}
hogs_start() {
	hogs=
	for _ in $(seq $HOGS); do
		sh -c 'while :; do :; done' &
		hogs="$hogs $!"
	done
}
ticks() { cut -d ' ' -f 14 /proc/"$1"/stat; }
# Each hog gets the CPU.
hogs_run() {
	for h in $hogs; do
		was=$(ticks "$h")
		until_true 20 eval "[ \$(ticks $h) -gt $was ]" || return 1
	done
}

# 6.12 warns when a CPU with one goes.
for f in /sys/kernel/debug/sched/fair_server/cpu*/runtime; do echo 0 >"$f"; done
for cpu in 1 2 3 5 6 7; do echo 0 >/sys/devices/system/cpu/cpu$cpu/online; done
load_board $SCALE
load_twill $SCALE

agent
program calm resnet-50 200 1000
t "urgent, and CPUs are idle: the program ends" "wait $calm"
t "and nothing was done" '[ "$(count attaches)" = 0 ] && backend observe && fair' || show
hogs_start
program low resnet-50 20 100000
t "CPUs taken, and nothing urgent" 'soon "tasks 1"'
program high resnet-50 200 100000
t "both: the policy is attached" 'soon "backend sched_ext && ours"' || show
t "status says so" 'twillctl status | grep -q "^cpus    sched_ext$"' || show
t "and doctor" 'twillctl doctor | grep -q "cpus.*sched_ext; 1 times in effect"' || show
t "it took the place of nothing before" '[ "$(count attaches)" = 1 ] && [ "$(count falls)" = 0 ]'
echo "# attaching took $(count switch_us) us"
t "and no seconds, as twilld does nothing else meanwhile" '[ "$(count switch_us)" -lt 1500000 ]'
t "every hog runs" hogs_run
t "nobody has less nice" "nice_is $high 0"
rmmod twill 2>/out/err
t "twill.ko cannot be unloaded meanwhile" "[ $? != 0 ] && grep -qi 'temporarily unavailable\|in use\|busy' /out/err" || cat /out/err
for cpu in 4 0 4; do
	echo 0 >/sys/devices/system/cpu/cpu$cpu/online
	echo 1 >/sys/devices/system/cpu/cpu$cpu/online
done
t "CPUs that go and come do not end it" 'ours && [ "$(count falls)" = 0 ]' || show

# The kernel ends the policy: here because somebody asks for it, as a watchdog would.
echo S >/proc/sysrq-trigger
t "ended by the kernel: down to affinity" 'soon "backend affinity"' || show
t "with the reason" 'grep -q "^failed = sched_ext" /run/twill/sched && grep -q "^why = .*sysrq" /run/twill/sched' || show
t "in the log" 'said "no sched_ext for the CPUs, trying again later: .*sysrq"' || show
t "in status" 'twillctl status | grep -q "^cpus    affinity; no sched_ext: .*sysrq"' || show
t "up again when some time has passed" 'soon "backend sched_ext && ours"' || show
t "and the urgent threads are as before" "soon 'nice_is $high 0'"
t "and the background's CPUs" "soon 'on_cpus $low 0-7'"

kill -9 "$twilld"
wait "$twilld" 2>/dev/null
t "killed: the fair class has every thread within a second" 'until_true 1 fair'
t "every hog runs" hogs_run
rm -f /run/twill/sched

# A kernel without BTF.
mount -t tmpfs none /sys/kernel/btf
agent
t "without BTF: affinity" 'soon "backend affinity"' || show
t "said once, as no fault" '[ "$(grep -c "no sched_ext for the CPUs: the kernel has no BTF" /out/twilld.log)" = 1 ]' || show
t "the urgent threads have less nice" "soon 'nice_is $high -9'"
t "the background does not" "nice_is $low 0"
t "and keeps to one cluster" "soon 'on_cpus $low 4-7'" || grep Cpus_allowed_list /proc/"$low"/status
t "the urgent ones may go anywhere" "on_cpus $high 0-7"
t "every hog runs" hogs_run
kill -9 "$twilld"
wait "$twilld" 2>/dev/null
t "killed: the background may go anywhere within a second" "until_true 1 on_cpus $low 0-7"
twilld --restore 2>/out/err
t "the stop step lowers what was raised" "nice_is $high 0 && [ -z \"\$(ls /run/twill/raised)\" ]" || ls /run/twill/raised
t "and takes the state away" '[ ! -e /run/twill/sched ]'

agent "sched = nice"
t "no more than nice, if that is wished" 'soon "backend nice"' || show
t "the urgent threads have less nice" "soon 'nice_is $high -9'"
t "the background goes where it likes" "on_cpus $low 0-7"
stop_agent
t "stopped: as before" "nice_is $high 0"
agent "sched = nice"
soon "backend nice" || show
kill "$high"
wait "$high" 2>/dev/null
t "the urgent program is gone: let go within seconds" 'soon "backend observe"' || show
t "and forgotten" '[ -z "$(ls /run/twill/raised)" ]'
stop_agent
umount /sys/kernel/btf

agent
program high resnet-50 200 100000
soon "backend sched_ext && ours" || show
kill "$high"
wait "$high" 2>/dev/null
t "detached as well when nothing is urgent" 'soon "backend observe && fair"' || show
echo "# detaching took $(count switch_us) us"
t "without a fall" '[ "$(count falls)" = 0 ]'
lines=$(wc -l </out/twilld.log)
program high resnet-50 200 100000
soon "backend sched_ext" || show
t "attaching again is not logged" '[ "$(wc -l </out/twilld.log)" = "$lines" ]' || show
# shellcheck disable=SC2086 # several
kill $hogs
t "the CPUs are idle: detached" 'soon "backend observe && fair"' || show
stop_agent
t "it ends with 0" "[ $? = 0 ]"

# The watchdog: two that never rest, of unlike priority, on one CPU. The lesser gets none.
agent "policy = static"
taskset 1 spin 250 &
more=$!
taskset 1 spin 240 &
less=$!
t "two that never rest: the policy is attached" 'soon "backend sched_ext"' || show
t "the kernel ends it, and something else is in effect" 'soon "backend affinity"' || show
t "with the watchdog's reason" 'twillctl status | grep -q "^cpus    affinity; no sched_ext: .*stall.*spin"' || show
t "and its dump, which doctor knows" \
	'grep -q spin /run/twill/sched.dump && twillctl doctor | grep -q "/run/twill/sched.dump"' || show
was=$(ticks $less)
t "both run" 'soon "[ \$(ticks $less) -gt $was ]"'
kill $more $less
wait $more $less 2>/dev/null
stop_agent

for p in $(pidof infer); do kill "$p"; done
wait 2>/dev/null
t "and twill.ko can go" 'soon "rmmod twill"'
rmmod orin_sim
echo "1..$n"
exit $bad
