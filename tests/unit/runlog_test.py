#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/orin/runlog.py: figures follow from logs, and logs that cannot be believed are refused."""
import json
import os
import tempfile

import tap

runlog = tap.load("tests/orin/runlog.py")
SCALE, START = 10, 2_000_000_000
TRUTH = ("model_ns vdd_in_mw cpu_gpu_cv_mw soc_mw sensor_vdd_in_mw gpu_khz cpu0_khz cpu1_khz dla0_khz dla1_khz "
         "gpu_pid dla0_pid dla1_pid gpu_busy_permille")
TRACE = [(100000, "m", 200, 0, 0), (200000, "n", 20, 0, 0), (2500000, "m", 200, 0, 0)]
JOBS = {"m": ["m 100000000 100000000 150000000 200000000 gpu 1", "m 2500000000 2500000000 2510000000 2600000000 dla0 1"],
        "n": ["n 200000000 210000000 220000000 2800000000 gpu 40"]}


def watts(t):
    return 20000 if 1.5 < t <= 1.75 else 10000


def run(jobs=None, trace=None, power=watts, decisions=None, drop=None, seconds=4.0, task=0, done=None):
    """A run whose logs are as stated; times in the truth log are model time since boot."""
    jobs = JOBS if jobs is None else jobs
    with tempfile.TemporaryDirectory() as d:
        for i, (model, lines) in enumerate(jobs.items()):
            head = f"# {model} pid={100 + i} task={task + i if task else 0} priority=1 scale={SCALE} start_ns={START}"
            with open(os.path.join(d, model + ".jobs"), "w", encoding="utf-8") as f:
                f.write("\n".join([head, *lines, f"# done {len(lines) if done is None else done}"]) + "\n")
        with open(os.path.join(d, "truth"), "w", encoding="utf-8") as f:
            f.write(TRUTH + "\n")
            for i in range(-5, round(seconds * 100) + 1):
                if i != drop:
                    ns = START // SCALE + i * 10_000_000
                    f.write(f"{ns} {power(i / 100)} 1 1 1 510000 1 1 1 1 0 0 0 0\n")
        if decisions is not None:
            with open(os.path.join(d, "decisions"), "w", encoding="utf-8") as f:
                f.writelines(json.dumps(x) + "\n" for x in decisions)
        return runlog.Run("test", d, TRACE if trace is None else trace)


def test_latency_is_from_arrival_to_end():
    m = run().measures(2.8, 15000)
    assert m["jobs"] == 3 and abs(m["mean_ms"] - (100 + 100 + 2600) / 3) < 0.01
    assert m["p50_ms"] == 100 and m["p99_ms"] == 2600 and m["high_prio_p99_ms"] == 100


def test_energy_is_the_sum_to_the_common_end_and_idles_on():
    assert abs(run().energy_j(3.0) - (10 * 3.0 + 10 * 0.25)) < 0.01
    assert abs(run().energy_j(6.0) - (10 * 6.0 + 10 * 0.25)) < 0.01


def test_every_second_after_the_first_is_a_window():
    r = run()
    windows = r.windows()
    # The load ends at 2.8 s: 180 samples after the first second.
    assert len(windows) == 180 - 99 and abs(max(windows) - 12500) < 1 and min(windows) >= 10000


def test_excess_of_one_window_is_seen():
    assert run().measures(2.8, 12499)["windows_over_budget"] > 0
    assert run().measures(2.8, 12500)["windows_over_budget"] == 0
    early = run(power=lambda t: 90000 if t <= 1.0 else 10000)
    assert early.measures(2.8, 12500)["windows_over_budget"] == 0


def test_lost_job_is_counted():
    assert run().lost() == 0
    assert run(jobs={**JOBS, "m": JOBS["m"][:1]}).lost() == 1


def test_job_that_nobody_asked_for_refused():
    extra = {**JOBS, "m": JOBS["m"] + ["m 2700000000 2700000000 2700000000 2700000001 gpu 1"]}
    tap.refused(runlog.Broken, run(jobs=extra).lost)
    tap.refused(runlog.Broken, run(jobs={**JOBS, "m": JOBS["m"][:1] * 2}).lost)


def test_migration_is_a_change_of_accelerator_within_a_task():
    assert run().migrations() == 1


def test_program_that_did_not_end_refused():
    assert "did not end" in tap.refused(runlog.Broken, run, done=9)


def test_program_without_a_log_refused():
    assert "left no log" in tap.refused(runlog.Broken, run, jobs={"m": JOBS["m"]})


def test_gap_in_the_truth_refused():
    assert "gap" in tap.refused(runlog.Broken, run, drop=130)


def test_truth_that_ends_early_refused():
    assert "before the load" in tap.refused(runlog.Broken, run, seconds=2.5)


def test_job_that_ends_before_it_begins_refused():
    bad = {**JOBS, "n": ["n 200000000 210000000 220000000 215000000 gpu 40"]}
    assert "out of order" in tap.refused(runlog.Broken, run, jobs=bad)


def test_freezes_become_intervals():
    at = [{"ns": START + int(t * 1e9) * SCALE, "what": what, "task": 8} for t, what in ((0.3, "freeze"), (0.5, "thaw"),
                                                                                       (0.9, "freeze"))]
    r = run(task=7, decisions=at)
    assert r.freeze_count == 2
    assert [(f["model"], round(f["begin"], 3), round(f["end"], 3)) for f in r.freezes] == [("n", 0.3, 0.5),
                                                                                         ("n", 0.9, 2.8)]


def test_decisions_that_are_not_json_refused():
    assert "no decision" in tap.refused(runlog.Broken, run, decisions=["word"])


def test_quantile_is_a_value_that_was_seen():
    assert runlog.quantile([3, 1, 2], 0.5) == 2 and runlog.quantile(range(1, 101), 0.99) == 99
    assert runlog.quantile([], 0.5) is None and runlog.quantile([5], 0.99) == 5


tap.run(globals())
