# SPDX-License-Identifier: GPL-2.0-or-later
# Guest script on the virtual Orin: what twillctl says of a board and an agent. TAP.
# shellcheck disable=SC2154 # twilld and programs come from there
. /test/guest_lib.sh
n=0
bad=0

ok() { # ok CONDITION-STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=$((bad + 1)); fi
}

# check NAME CODE WORDS COMMAND...: exit status, and WORDS in what it prints
check() {
	name=$1 code=$2 words=$3
	shift 3
	"$@" >/tmp/o 2>&1
	got=$?
	[ $got = "$code" ] && { [ -z "$words" ] || grep -q -- "$words" /tmp/o; }
	status=$?
	ok $status "$name"
	[ $status = 0 ] || { echo "# exit $got: $*"; sed 's/^/# /' /tmp/o; }
}

load_board 1
load_twill 1
check "doctor without an agent fails" 1 'systemctl start twilld' twillctl doctor
check "but sees the model" 1 'ok .* board .*Orin NX' twillctl doctor
check "and a rail's power" 1 'ok .* power .*VDD_IN [0-9]* mW' twillctl doctor
check "and both clusters' clocks" 1 'ok .* clock .*CPUs 4-7' twillctl doctor
check "and the DLAs' caps" 1 'ok .* clock .*DLA1 capped at' twillctl doctor
grep '^failed' /tmp/o | grep -v agent
[ $? = 1 ]
ok $? "nothing else is wrong"
knobs >/tmp/before

start_twill 15000
check "status says who the agent is" 0 "agent   pid $twilld, policy" twillctl status
check "doctor finds nothing wrong" 0 'ok .* agent' twillctl doctor
check "a budget that the board cannot keep is refused" 1 'can keep [0-9]* mW and more' twillctl budget 1W
check "and the old one stays" 0 '15000 mW' twillctl budget
check "the agent cannot be frozen" 1 'agent' sh -c "twillctl tag $twilld; twillctl freeze $twilld"
twillctl untag "$twilld"
check "restore beside the agent is refused" 1 'systemctl stop twilld' twillctl restore
check "a second agent is refused" 1 '' twilld

# Something to cap: a tight budget and a program that is busy
twillctl budget "$(twillctl --json budget | sed 's/.*"min_mw":\([0-9]*\).*/\1/')" >/dev/null
start_load twill engine
until_true 60 sh -c "twillctl --json status | grep -q '\"caps\":\[{'"
ok $? "status lists caps"
until_true 60 sh -c "twillctl status | grep -q '^power   [1-9]'"
ok $? "and the power that the agent measured"
kill -9 "$twilld"
wait "$twilld" 2>/dev/null
until_true 5 sh -c "twillctl --json status | grep -q '\"agent\":null'"
ok $? "the agent killed: status knows of none"
check "its caps are gone" 0 '"caps":\[\]' twillctl --json status
for p in $programs; do kill -9 "$p"; done
if [ "$(find /run/twill/journal -type f 2>/dev/null | wc -l)" -gt 0 ]; then
	check "doctor sees what it left" 1 'twillctl restore' twillctl doctor
fi
check "restore puts it back" 0 '' twillctl restore
twillctl budget off >/dev/null
knobs >/tmp/after
diff /tmp/before /tmp/after
ok $? "every knob is as it was"
check "again there is nothing to do" 0 '"entries":\[\]' twillctl --json restore
echo "1..$n"
rmmod twill
[ $bad = 0 ]
