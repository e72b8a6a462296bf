#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/report: what it writes it reads, what is malformed it refuses."""
import contextlib
import copy
import io
import json
import os
import subprocess
import tempfile

import tap

report = tap.load("tests/report")
GOOD = {"command": "c", "commit": "abc", "kernel": "k",
        "targets": [{"name": "n", "value": 3, "op": ">=", "goal": 2, "met": True, "note": ""}]}


def changed(**fields):
    r = copy.deepcopy(GOOD)
    r["targets"][0].update(fields)
    return r


def show(text):
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "x.json"), "w", encoding="utf-8") as f:
            f.write(text)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stderr(err):
            bad = report.show([d], out)
        return bad, out.getvalue(), err.getvalue()


def test_written_report_is_read_back():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "sub", "a.json")
        report.write(path, "cmd", "6.12", [report.target("n", 1.5, "<=", 2, "why")], extra={"x": [1]})
        got = report.read(path)
        assert got["extra"] == {"x": [1]} and got["targets"][0]["met"] and got["commit"]
        assert os.listdir(os.path.join(d, "sub")) == ["a.json"]


def test_every_operator_decides():
    for value, op, goal, met in ((1, ">=", 1, True), (1, ">", 1, False), (1, "<=", 1, True), (1, "<", 1, False),
                                 (1, "==", 1, True), (2, "==", 1, False), (None, ">=", 0, False)):
        assert report.target("n", value, op, goal)["met"] is met, (value, op, goal)


def test_target_that_lies_refused():
    assert "deny" in tap.refused(report.Malformed, report.check, changed(met=False))
    assert "deny" in tap.refused(report.Malformed, report.check, changed(value=1))
    assert "deny" in tap.refused(report.Malformed, report.check, changed(met=1))


def test_target_of_wrong_form_refused():
    for fields in ({"op": "~"}, {"goal": "2"}, {"goal": None}, {"value": "3"}, {"value": True}, {"note": None},
                   {"name": ""}, {"more": 1}):
        tap.refused(report.Malformed, report.check, changed(**fields))
    for key in GOOD["targets"][0]:
        r = copy.deepcopy(GOOD)
        del r["targets"][0][key]
        tap.refused(report.Malformed, report.check, r)


def test_report_of_wrong_form_refused():
    for key in GOOD:
        r = copy.deepcopy(GOOD)
        del r[key]
        assert key in tap.refused(report.Malformed, report.check, r)
    tap.refused(report.Malformed, report.check, [])
    r = copy.deepcopy(GOOD)
    r["targets"] *= 2
    assert "one name" in tap.refused(report.Malformed, report.check, r)


def test_failed_write_leaves_the_old_report():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "a.json")
        report.write(path, "cmd", "k", [])
        tap.refused(ValueError, report.write, path, "cmd", "k", [], x=float("nan"))
        assert report.read(path)["command"] == "cmd" and os.listdir(d) == ["a.json"]


def test_show_prints_targets_and_misses():
    bad, out, _ = show(json.dumps(changed(value=1, met=False)))
    assert bad == 0 and "MISSED" in out and ">= 2" in out
    bad, out, _ = show(json.dumps(GOOD))
    assert bad == 0 and "MISSED" not in out and "met" in out


def test_show_counts_malformed():
    for text in ("", "{", "[]", "{}", '{"command": NaN}', json.dumps(changed(op="~"))):
        bad, _, err = show(text)
        assert bad == 1 and "x.json" in err, text


def test_program_writes_and_shows():
    tool = str(tap.TOP / "tests/report")
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "r.json")
        done = subprocess.run([tool, "write", path, "--command", "me"], text=True, check=False,
                              input='{"a": 1, "targets": [{"name": "t", "value": 1, "op": "==", "goal": 1}]}')
        assert done.returncode == 0 and report.read(path)["a"] == 1
        assert subprocess.run([tool, "show", d], stdout=subprocess.PIPE, check=False).returncode == 0
        with open(path, "w", encoding="utf-8") as f:
            f.write("no")
        done = subprocess.run([tool, "show", d], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 1
        done = subprocess.run([tool, "write", path, "--command", "me"], text=True, input="[]",
                              stderr=subprocess.PIPE, check=False)
        assert done.returncode == 1 and "not written" in done.stderr


tap.run(globals())
