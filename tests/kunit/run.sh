#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: the suites run as the module loads; show what each reported.
insmod /test/twill_kunit.ko || exit 1
status=0
suites=0
for f in /sys/kernel/debug/kunit/twill_*/results; do
	[ -e "$f" ] || break
	suites=$((suites + 1))
	echo "# ${f%/results}"
	# What is indented is of the cases; the suite's own line would count them twice.
	sed -n 's/^    \(ok\|not ok\|1\.\.\|# [a-z]\)/\1/p' "$f"
	grep -q '^ok' "$f" || status=1
done
cases=$(cat /sys/kernel/debug/kunit/twill_*/results | grep -c '^    \(not \)\?ok ')
[ $suites = 5 ] && [ "$cases" = 20 ] || { echo "# $suites suites and $cases cases reported, not 5 and 20"; status=1; }
rmmod twill_kunit
exit $status
