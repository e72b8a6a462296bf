#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# In the guest: what is wrong is refused with a clear sentence and the stated
# exit code, and nothing has changed. Prints TAP.
. /test/guest_lib.sh

SCALE=10
n=0 bad=0

everything() { knobs; cat /sys/kernel/twill/agent /sys/kernel/twill/tasks /sys/kernel/twill/frozen; }

# refused WHAT CODE WORDS COMMAND...: exits with CODE, says WORDS on stderr, changes nothing
refused() {
	what=$1 code=$2 words=$3
	shift 3
	n=$((n + 1))
	[ ! -e /sys/kernel/twill ] || everything >/tmp/before
	"$@" >/tmp/stdout 2>/tmp/stderr
	got=$?
	why=
	[ $got = "$code" ] || why="exit code $got, not $code"
	grep -qi "$words" /tmp/stderr || why="$why; does not say '$words'"
	if [ -e /sys/kernel/twill ]; then
		everything >/tmp/after
		cmp -s /tmp/before /tmp/after || why="$why; something changed: $(diff /tmp/before /tmp/after)"
	fi
	sed 's/^/# /' /tmp/stderr
	if [ -z "$why" ]; then echo "ok $n - $what"; else echo "not ok $n - $what ($why)"; bad=1; fi
}

try_infer() { infer --trace /test/trace --log /tmp/jobs "$@"; }
model() { sed "$1" /test/load/vgg-19.ini >/tmp/vgg-19.ini; }

echo 1..20
refused "twillctl without the module" 3 "modprobe\|not loaded" twillctl status
refused "infer without a board" 1 "/dev/orin_sim" try_infer --profile /test/load/vgg-19.ini
load_board $SCALE
load_twill $SCALE

refused "unknown model" 2 "unknown model.*nosuch" try_infer --profile /test/load/nosuch.ini
model 's/^macs = .*/macs = many/'
refused "profile with a word for a number" 2 "malformed profile.*macs" try_infer --profile /tmp/vgg-19.ini
model '/^macs_source/d'
refused "profile without a source" 2 "malformed profile.*source" try_infer --profile /tmp/vgg-19.ini
model 's/^layers = /colour = /'
refused "profile with an unknown key" 2 "malformed profile.*colour" try_infer --profile /tmp/vgg-19.ini
: >/tmp/vgg-19.ini
refused "empty profile" 2 "malformed profile" try_infer --profile /tmp/vgg-19.ini
echo "1 vgg-19 1 0 0" >/tmp/trace
refused "trace without its first line" 2 "/tmp/trace:1: no trace" \
	infer --profile /test/load/vgg-19.ini --trace /tmp/trace --log /tmp/jobs
refused "engine that the model was not built for" 2 "not been built for dla0" \
	try_infer --profile /test/load/bert-base.ini --engine dla0
refused "infer told nothing" 2 "are needed" infer
[ ! -e /tmp/jobs ] || die "a refused infer left a log"

cp -r /usr/share/twill/boards /tmp/boards
sed -i 's/^idle_mw = .*/idle_mw = little/' /tmp/boards/*.ini
printf '[twilld]\nboards = /tmp/boards\n' >/tmp/twill.conf
refused "agent with a malformed board profile" 2 "orin-nx-16gb.ini:[0-9]*:.*little" twilld --config /tmp/twill.conf
printf '[twilld]\npolicy = guess\n' >/tmp/twill.conf
refused "agent with an unknown policy" 2 "guess" twilld --config /tmp/twill.conf

start_twill 15000
refused "budget below what the board needs when idle" 1 "budget" twillctl budget 4000
refused "budget that is a word" 2 "budget" twillctl budget plenty
refused "second agent" 1 "agent" twilld
refused "tag of a pid that does not exist" 1 "99999" twillctl tag 99999 --priority 10
refused "freeze of a pid that does not exist" 1 "99999" twillctl freeze 99999
refused "freeze of what is not tagged" 1 "not tagged" twillctl freeze "$twilld"
refused "priority above the highest" 2 "255" twillctl tag $$ --priority 256
refused "unknown command" 2 "unknown command" twillctl enlighten
stop_twill
exit $bad
