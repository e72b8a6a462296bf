#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: load the modules that are there, measure, unload.
#	tests/vm/run --add KO:/test/twill.ko --add PROGRAM:/test/bin/PROGRAM tests/bench/run.sh PROGRAM [ARG...]
set -e
for ko in /test/orin_sim.ko /test/twill.ko; do
	[ ! -e $ko ] || insmod $ko
done
status=0
"$@" || status=$?
rmmod twill
exit $status
