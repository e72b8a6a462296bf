# SPDX-License-Identifier: GPL-2.0-or-later
# Guest test of orin_sim.ko: loading and unloading here, the rest in sim_test.c.
# Runs under tests/vm/run --orin with orin_sim.ko in /lib/modules and sim_test
# in /test/bin.
M=/lib/modules
n=0
bad=0
t() {
	n=$((n + 1))
	if eval "$2"; then echo "ok $n - $1"; else echo "not ok $n - $1"; bad=1; fi
}
quiet() { "$@" 2>/dev/null; }
loaded() { grep -q '^orin_sim ' /proc/modules; }

insmod $M/regmap-i2c.ko && insmod $M/ina3221.ko || exit 1

t "scale=0 is refused" '! quiet insmod $M/orin_sim.ko scale=0'
t "it loads" 'insmod $M/orin_sim.ko'
sim_test || bad=1
exec 5<>/dev/orin_sim
t "with a file open it cannot be unloaded" '! quiet rmmod orin_sim && loaded'
exec 5>&-
exec 5</sys/kernel/debug/orin_sim/truth
t "nor with the truth log open" '! quiet rmmod orin_sim && loaded'
exec 5<&-
t "with none it can" 'rmmod orin_sim && ! loaded'
t "nothing of it stays" '[ ! -e /dev/orin_sim ] && [ ! -e /dev/nvgpu/igpu0/sched ] &&
	[ ! -e /sys/class/devfreq/17000000.gpu ] && [ ! -e /sys/devices/platform/gpu.0 ] &&
	[ ! -e /sys/bus/i2c/devices/1-0040 ] && [ ! -e /sys/kernel/nvpmodel_clk_cap ]'

insmod $M/orin_sim.ko scale=1 oc_limit_mw=9000 || bad=1
sim_test overcurrent || bad=1
rmmod orin_sim

# A kernel that sees what is left behind sees it the first times.
times=20
[ ! -e /sys/kernel/debug/kmemleak ] || times=4
i=0
while [ $i -lt $times ]; do
	insmod $M/orin_sim.ko && rmmod orin_sim || break
	i=$((i + 1))
done
t "it loads and unloads $times times" '[ $i = $times ]'
echo "1..$n"
exit $bad
