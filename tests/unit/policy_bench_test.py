#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/policy/bench-policy: cells are what the file says, and figures what they claim."""
import math
import tempfile
from pathlib import Path

import tap

b = tap.load("tests/policy/bench-policy")
cells = b.cell_file


def read(text):
    with tempfile.NamedTemporaryFile("w", suffix=".cells") as f:
        f.write(text)
        f.flush()
        return cells.read(Path(f.name))


def row(policy, seed, mean, slowdown=1.0, over=0):
    return {"policy": policy, "seed": seed, "mean_ms": mean, "slowdown": slowdown, "over": over, "max_mw": 1, "jobs": 2,
            "ended": 2, "energy_j": 1, "end_s": 1, "models": {"a": [5, 1.0], "hog": [0, 0.0]}}


def result(ours, theirs, load="mix,rho=0.5", group="headline", high=None):
    rows = {("twill", s): row("twill", s, m) for s, m in enumerate(ours)}
    rows.update({("static", s): row("static", s, m) for s, m in enumerate(theirs)})
    return b.Result(cells.Cell(group, len(ours), 15000, load), rows, high or {}, ["static", "twill"])


def test_choices_are_multiplied():
    got = read("# a comment\nheadline 3 budget=15000/0;dlas=1 mix,rho={0.3|0.5},mix={role|adverse}\n")
    assert len(got) == 8 and len(set(got)) == 8
    assert {c.budget for c in got} == {15000, 0} and {c.mix for c in got} == {"role", "adverse"}
    assert all(c.seeds == 3 and c.options == ("--dlas", "1") for c in got)
    assert {c.load for c in got} == {f"mix,rho={r},mix={m}" for r in ("0.3", "0.5") for m in ("role", "adverse")}


def test_malformed_cells_are_refused():
    for text in ("headline 3 budget=1\n", "headline x budget=1 mix\n", "headline 3 budget=1;speed=2 mix\n", "headline 3 dlas=1 mix\n"):
        tap.refused(SystemExit, read, text)


def test_the_committed_cells_are_enough():
    got = cells.read(Path(b.HERE) / "cells")
    assert sum(c.seeds for c in got) >= 1000
    assert {(c.mix, c.budget, c.value("rho", "")) for c in got if c.group == "headline"} == {
        (m, w, r) for m in ("role", "random", "adverse") for w in (15000, 20000, 25000, 0) for r in ("0.3", "0.5", "0.7", "0.8")}


def test_reduction_is_of_means():
    assert math.isclose(result([10, 30], [40, 40]).reduction("static"), 50)


def test_excess_is_only_what_is_sure():
    low, half = result([10, 12, 11, 9, 10, 12], [10, 10, 11, 10, 11, 11]).excess("static")
    assert low < 0 < half
    low, _ = result([12, 12.1, 11.9, 12], [10, 10, 10, 10]).excess("static")
    assert 15 < low < 20


def test_the_measure_is_by_mix():
    assert result([1, 1], [1, 1]).measure == "mean_ms"
    assert result([1, 1], [1, 1], load="mix,mix=random").measure == "slowdown"


def test_who_disturbs_is_not_the_rarest():
    assert result([1, 1], [1, 1]).rarest() == 10


def test_units_added():
    high = {"high_p99_ms": 21.5, "alone_p99_ms": 10, "longest_unit_ms": 20}
    assert math.isclose(b.added_units(high), 0.5)


tap.run(globals())
