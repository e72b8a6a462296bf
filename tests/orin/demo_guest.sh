#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# In the guest: run the workload once and bring home what happened.
#
#   demo_guest.sh timeslice|twill SCALE BUDGET_MW GPU_KHZ CPU_KHZ DLA_KHZ EMC_KHZ UNITS
#
# `timeslice` is the board as an administrator sets it up: caps in sysfs, no
# Twill. `twill` is the same board with no caps, under twilld. Governors hold
# each clock at its cap in both, as jetson_clocks does. Clocks of zero mean
# "as it is".
. /test/guest_lib.sh

mode=$1 scale=$2 budget=$3 gpu=$4 cpu=$5 dla=$6 emc=$7 units=$8

load_board "$scale"
hold_clocks_at_caps
case $mode in
timeslice) cap_clocks "$gpu" "$cpu" "$dla" "$emc" ;;
twill) load_twill "$scale" && start_twill "$budget" --log-decisions /out/decisions ;;
*) die "no mode '$mode'" ;;
esac

start_load "$mode" "$units"
wait_load || die "a program of the workload failed"
# A tail in which the board is idle, for what energy is counted to the common end.
sleep $((2 * scale))
bring_home
[ "$mode" != twill ] || stop_twill
