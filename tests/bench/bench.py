# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the benches share: boot a guest, read what it measured, write the report.

A bench's program prints lines "MEASURE NUMBER NUMBER...", in nanoseconds unless
it says otherwise. Under -icount, shift 0, a nanosecond of the guest's clock is
an instruction.
"""
import json
import os
import re
import statistics
import subprocess
import sys
from importlib import machinery, util
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
BUILD = Path(os.environ.get("TWILL_BUILD", TOP / "build"))
MEASURE = re.compile(r"^([a-z]\w*)((?: \d+)+)$")

sys.dont_write_bytecode = True


def load(path):
    """A program of ours as a module, whatever its name ends in."""
    loader = machinery.SourceFileLoader(path.name.split(".")[0], str(path))
    module = util.module_from_spec(util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


report = load(TOP / "tests/report")


def module(name, flavour="fast"):
    """The path of a kernel module, built when it is not."""
    done = subprocess.run([TOP / "tests/vm/module", flavour, name], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def guest(name, script, *args, machine=("--icount", "--smp", "1"), add=(), flavour="fast", timeout=600):
    """Run a script in a guest: what it measured, {name: [numbers]}, and the kernel's name.

    Exits when the guest is not green: a bench of a broken run measures nothing.
    """
    command = [TOP / "tests/vm/run", "--name", name, "--flavour", flavour, "--quiet", "--timeout", str(timeout), *machine]
    for item in add:
        command += ["--add", item]
    if subprocess.run([*command, script, *args], check=False).returncode:
        sys.exit(f"{name}: the guest failed: see build/vm/{name}")
    work = BUILD / "vm" / name
    measures = {}
    for line in (work / "out/log").read_text(errors="replace").splitlines():
        got = MEASURE.match(line)
        if got:
            measures[got[1]] = [int(n) for n in got[2].split()]
    return measures, json.loads((work / "verdict.json").read_text())["kernel"]


def summary(numbers):
    """Median and worst, and of how many."""
    return {"median": statistics.median(numbers), "worst": max(numbers), "repetitions": len(numbers)}


def finish(name, command, kernel, targets, **details):
    """Write build/reports/NAME.json, show its targets; the exit status, 1 if one is missed."""
    path = BUILD / "reports" / f"{name}.json"
    written = report.write(str(path), command, kernel, targets, **details)
    report.show([str(path)])
    return 0 if all(t["met"] for t in written["targets"]) else 1
