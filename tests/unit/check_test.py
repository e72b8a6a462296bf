#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/check: plants failures of every kind and expects each to be counted."""
import tempfile
from pathlib import Path

import tap

check = tap.load("tests/check")


def planted(command, deadline=30):
    with tempfile.TemporaryDirectory() as build:
        check.BUILD = Path(build)
        step = check.Step("planted", deadline, command).run()
    return step.passed, step.failed, len(step.skipped)


def test_silent_success_is_one_test():
    assert planted("true") == (1, 0, 0)


def test_silent_failure_fails():
    assert planted("false") == (0, 1, 0)


def test_tap_is_counted():
    assert planted("echo 1..3; echo ok 1 - a; echo 'ok 2 - b # SKIP none'; echo ok 3") == (2, 0, 1)


def test_failed_line_fails_whatever_the_exit_status():
    assert planted("echo 1..2; echo ok 1; echo not ok 2 - b; exit 1") == (1, 1, 0)
    assert planted("echo 1..1; echo not ok 1 - b") == (0, 1, 0)


def test_exit_status_fails_though_all_lines_are_ok():
    assert planted("echo 1..1; echo ok 1; exit 3") == (1, 1, 0)


def test_unmet_or_missing_plan_fails():
    assert planted("echo 1..3; echo ok 1") == (1, 1, 0)
    assert planted("echo ok 1") == (1, 1, 0)
    assert planted("echo 1..2") == (0, 1, 0)


def test_hang_fails():
    assert planted("echo 1..1; exec tail -f /dev/null", 1) == (0, 1, 0)


tap.run(dict(globals()))
