# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What scripts in the virtual Orin share. Sourced.

truth=/sys/kernel/debug/orin_sim
GPU=/sys/class/devfreq/17000000.gpu
EMC=/sys/kernel/nvpmodel_clk_cap/emc

die() { echo "FAILED: $*"; exit 1; }

# until_true SECONDS COMMAND...: wait for it, to a deadline
until_true() {
	left=$(($1 * 100))
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		usleep 10000
	done
}

# The rails must be served by the kernel's own driver, not by anything of ours.
real_driver() {
	for h in /sys/class/hwmon/hwmon*; do
		[ "$(cat "$h/name" 2>/dev/null)" = ina3221 ] || continue
		[ "$(basename "$(readlink -f "$h/device/driver")")" = ina3221 ] || return 1
		[ "$(basename "$(readlink -f "$h/device/driver/module")")" = ina3221 ]
		return
	done
	return 1
}

load_board() {
	insmod /lib/modules/regmap-i2c.ko || die "regmap-i2c.ko"
	insmod /lib/modules/ina3221.ko || die "ina3221.ko"
	insmod /test/orin_sim.ko scale="$1" || die "orin_sim.ko"
	until_true 10 real_driver || die "the rails are not served by the kernel's ina3221 driver"
	[ -e "$GPU" ] || GPU=$(echo /sys/class/devfreq/*gpu*)
}

dla_caps() { find /sys/devices -path '*/clk_cap/dla*_core'; }

hold_clocks_at_caps() {
	echo performance >"$GPU/governor" || die "devfreq has no performance governor"
	for p in /sys/devices/system/cpu/cpufreq/policy*; do
		echo performance >"$p/scaling_governor" || die "cpufreq has no performance governor"
	done
}

# cap_clocks GPU_KHZ CPU_KHZ DLA_KHZ EMC_KHZ
cap_clocks() {
	[ "$1" = 0 ] || echo "$1"000 >"$GPU/max_freq" || die "GPU cap"
	for p in /sys/devices/system/cpu/cpufreq/policy*; do
		[ "$2" = 0 ] || echo "$2" >"$p/scaling_max_freq" || die "CPU cap"
	done
	for f in $(dla_caps); do
		[ "$3" = 0 ] || echo "$3"000 >"$f" || die "DLA cap"
	done
	[ "$4" = 0 ] || echo "$4"000 >"$EMC" || die "EMC cap"
}

# Every knob that Twill may touch, with its value, and what the user has set.
knobs() {
	find /sys/devices/system/cpu/cpufreq/ "$GPU/" \( -name scaling_min_freq -o -name scaling_max_freq \
		-o -name scaling_governor -o -name min_freq -o -name max_freq -o -name governor \) 2>/dev/null |
		sort | while read -r f; do echo "$f $(cat "$f")"; done
	find /sys/devices "${EMC%/*}" -path '*clk_cap/*' -type f | sort | while read -r f; do
		echo "$f $(cat "$f")"
	done
	for f in /sys/kernel/twill/* /sys/kernel/twill/*/*; do
		case $f in
		*/tasks | */frozen | */agent | */version) ;;
		*) [ ! -f "$f" ] || echo "$f $(cat "$f")" ;;
		esac
	done
}

agent_present() { [ -n "$(cat /sys/kernel/twill/agent)" ] && [ "$(cat /sys/kernel/twill/agent)" != 0 ]; }

# All times of the board are stretched by the scale, so those of Twill are too.
load_twill() {
	insmod /test/twill.ko || die "twill.ko"
	for f in budget_window_ms freeze_ttl_ms freeze_max_ms; do
		echo $(($(cat /sys/kernel/twill/$f) * $1)) >/sys/kernel/twill/$f || die "$f"
	done
}

# start_twill BUDGET_MW ARG...
start_twill() {
	mw=$1
	shift
	twillctl budget "$mw" || die "budget $mw refused"
	twilld "$@" 2>/out/twilld.log &
	twilld=$!
	until_true 20 agent_present || { cat /out/twilld.log; die "twilld did not take the agent's role"; }
}

stop_twill() {
	kill "$twilld"
	wait "$twilld" || die "twilld ended with $?"
}

# start_load MODE UNITS: one program per model, all with one start of time
start_load() {
	read -r uptime idle </proc/uptime
	hundredths=${uptime#*.}
	start_ns=$((${uptime%.*} * 100 + ${hundredths#0} + 100))0000000
	programs=
	for profile in /test/load/*.ini; do
		model=$(basename "$profile" .ini)
		set -- "$1" "$2"
		options=
		[ "$1" != twill ] || options=--twill
		layer=$2
		case $(sed -n 's/^unit = //p' "$profile") in token) layer=engine ;; esac
		infer --profile "$profile" --trace /test/trace --log "/out/$model.jobs" --start "$start_ns" \
			--units "$layer" $options 2>"/out/$model.err" &
		programs="$programs $!"
	done
	echo 1 >$truth/reset
	echo "start_ns $start_ns"
}

wait_load() {
	failed=0
	for p in $programs; do wait "$p" || failed=1; done
	cat /out/*.err
	return $failed
}

bring_home() {
	cat $truth/truth >/out/truth || die "no truth"
	uname -r >/out/kernel
	cut -d, -f1 /sys/module/orin_sim/parameters/gain_ppm >/out/gain_ppm
}
