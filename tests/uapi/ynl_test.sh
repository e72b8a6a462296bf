# SPDX-License-Identifier: GPL-2.0-or-later
# Guest script: the client against the module on the board.
insmod /test/orin_sim.ko && insmod /test/twill.ko || exit 1
export PYTHONDONTWRITEBYTECODE=1 LD_LIBRARY_PATH=/test/lib
python3 -S /test/ynl_client.py /test/spec/twill.json /test/spec/plant-*.json
