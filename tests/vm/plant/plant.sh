# SPDX-License-Identifier: GPL-2.0-or-later
# Guest script of tests/vm/selftest: plant one failure and go on as if all were well.
case $1 in
fail) echo "not ok 1 - planted"; exit 3 ;;
silent) poweroff -f ;;
*) insmod /test/plant.ko what="$1" || exit 1 ;;
esac
echo "ok 1 - $1"
