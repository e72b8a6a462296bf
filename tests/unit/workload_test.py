#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/orin/workload: the traces are what they say, and repeat."""
import tempfile

import tap

w = tap.load("tests/orin/workload")
MODELS = [w.Model("vgg-19", "dnn", 7.0), w.Model("resnet-152", "dnn", 4.0), w.Model("bert-base", "transformer", 8.0),
          w.Model("bert-large", "transformer", 24.0), w.Model("tiny-llm", "llm", 1500.0)]


def make(seed=1, mix="role", rate=60.0, seconds=600.0):
    return w.make(MODELS, mix, seed, w.rates(MODELS, rate), seconds)


def test_same_seed_same_trace():
    assert make() == make() and make(seed=2) != make()


def test_file_reads_back():
    with tempfile.NamedTemporaryFile("w", suffix=".trace") as f:
        jobs = make(seconds=5)
        f.write(w.text(jobs, {"seed": 1}))
        f.flush()
        assert w.read(f.name) == jobs


def test_malformed_trace_refused():
    for text in ("", "twill-trace 2\n", w.MAGIC + "\n1 m 1 1\n", w.MAGIC + "\n1 m 1 1 1 1\n", w.MAGIC + "\nx m 1 1 1\n"):
        with tempfile.NamedTemporaryFile("w") as f:
            f.write(text)
            f.flush()
            tap.refused(w.Bad, w.read, f.name)


def test_arrivals_are_in_order_and_in_time():
    times = [j[0] for j in make()]
    assert times == sorted(times) and 0 <= times[0] and times[-1] < 600e6


def test_each_model_carries_an_equal_share():
    jobs = make(seconds=20000.0, rate=20.0)
    load = {m.name: m.work_ms * sum(j[1] == m.name for j in jobs) for m in MODELS}
    share = {n: v / sum(load.values()) for n, v in load.items()}
    assert all(abs(s - 0.2) < 0.02 for s in share.values()), share


def test_total_rate_is_what_was_asked():
    assert abs(len(make(rate=60.0)) / 600.0 - 60.0) < 1.2


def test_gaps_are_exponential():
    times = [j[0] / 1e6 for j in make(seconds=3000.0) if j[1] == "vgg-19"]
    gaps = [b - a for a, b in zip(times, times[1:])]
    mean = sum(gaps) / len(gaps)
    square = sum(g * g for g in gaps) / len(gaps)
    assert abs(square / mean ** 2 - 2.0) < 0.1


def test_other_load_is_the_same_trace_denser():
    slow = [j for j in make(rate=30.0, seconds=200.0) if j[1] == "vgg-19"]
    fast = [j for j in make(rate=60.0, seconds=100.0) if j[1] == "vgg-19"]
    assert len(slow) == len(fast) and all(abs(a[0] - 2 * b[0]) <= 2 for a, b in zip(slow, fast))


def test_one_model_less_leaves_the_others_alone():
    rate = w.rates(MODELS, 60.0)["vgg-19"]
    alone = list(w.arrivals("vgg-19", rate, 50.0, 1))
    assert [int(t * 1e6) for t in alone] == [j[0] for j in make(seconds=50.0) if j[1] == "vgg-19"]


def test_tokens_only_for_language_models_and_in_range():
    llm = [j for j in make(seconds=20000.0) if j[1] == "tiny-llm"]
    assert all(j[3:] == (0, 0) for j in make() if j[1] != "tiny-llm")
    assert min(j[3] for j in llm) >= 32 and max(j[3] for j in llm) <= 256
    assert min(j[4] for j in llm) >= 16 and max(j[4] for j in llm) <= 64 and len({j[3] for j in llm}) > 50


def test_role_puts_perception_high():
    p = w.priorities(MODELS, "role", 1)
    assert p == {"vgg-19": 200, "resnet-152": 200, "bert-base": 150, "bert-large": 100, "tiny-llm": 20}


def test_adverse_puts_long_jobs_high():
    p = w.priorities(MODELS, "adverse", 1)
    assert sorted(p, key=lambda n: (-p[n], n))[-1] == "resnet-152" and p["tiny-llm"] == 200


def test_random_depends_on_the_seed_alone():
    got = [tuple(sorted(w.priorities(MODELS, "random", s).items())) for s in range(20)]
    assert len(set(got)) > 5 and got[3] == tuple(sorted(w.priorities(MODELS[::-1], "random", 3).items()))


def test_unknown_mix_refused():
    assert "role" in tap.refused(w.Bad, w.priorities, MODELS, "nice", 1)


tap.run(globals())
