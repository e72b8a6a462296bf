#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: run.sh MESSAGES SEED. kmemleak takes two thirds of the time of a
# request, so it looks at a twentieth first and is then off; what is bounded by the
# other's memory is looked at in all.
status=0
leaks=/sys/kernel/debug/kmemleak
round() {
	insmod /test/twill.ko && fuzz "$@" || status=1
	rmmod twill || status=1
}

round $(($1 / 20)) "$2"
# It reports no object younger than five seconds, and none at the first look.
sleep 6 &
echo scan >$leaks || exit
wait $!
echo scan >$leaks
# What it found is read again, and judged, when the guest ends.
[ -z "$(head -c1 $leaks)" ] || exit 1
echo off >$leaks
round "$1" "$2"
exit $status
