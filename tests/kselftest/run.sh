#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: load the module, run the tests named (or all), unload.
#	tests/vm/run --name kselftest --add KO:/test/twill.ko \
#		--add PROGRAM:/test/bin/twill_test tests/kselftest/run.sh [TWILL_X=Y...] [TEST...]
set -e
while :; do
	case $1 in
	TWILL_*=*) export "${1?}" && shift ;;
	*) break ;;
	esac
done
for ko in /test/orin_sim.ko /test/twill.ko; do
	[ ! -e $ko ] || insmod $ko
done
status=0
twill_test "$@" || status=$?
rmmod twill
exit $status
