#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/orin/timeline.py: the picture is XML, is to scale and shows every job once."""
import xml.etree.ElementTree as ET

import tap

timeline = tap.load("tests/orin/timeline.py")
SVG = "{http://www.w3.org/2000/svg}"


def job(model, accelerator, arrival, first, end):
    return {"model": model, "accelerator": accelerator, "arrival": arrival, "first": first, "end": end, "units": 1}


def run(jobs, freezes=(), mw=9000, end=4.0):
    return {"name": "a <run> & more", "facts": "facts", "jobs": jobs, "freezes": list(freezes), "models": ["m", "n"],
            "power": [(i / 100, mw) for i in range(1, int(end * 100))], "end": end,
            "clocks": {"GPU": [(0.0, 500.0), (2.0, 1000.0)]}, "limits": {"GPU": 1000.0}}


def tree(runs, **more):
    return ET.fromstring(timeline.draw(runs, 15000, "title", "subtitle", **more))


def tips(root):
    return [t.text for t in root.iter(SVG + "title")]


def test_picture_is_xml_of_the_stated_width():
    root = tree([run([job("m", "gpu", 0.1, 0.2, 0.3)])])
    assert root.tag == SVG + "svg" and root.get("width") == "1600"


def test_every_job_in_the_section_is_drawn_once():
    jobs = [job("m", "gpu", i * 0.1, i * 0.1, i * 0.1 + 0.05) for i in range(20)] + [job("n", "dla1", 1, 1, 2)]
    assert len(tips(tree([run(jobs)]))) == 21
    assert sum("dla1" in t for t in tips(tree([run(jobs)]))) == 1


def test_jobs_of_one_row_do_not_overlap():
    jobs = [job("m", "gpu", 0, i * 0.3, i * 0.3 + 1.0) for i in range(12)]
    rows, placed = timeline.pack(jobs)
    assert rows == 4
    for a, row in placed:
        for b, other in placed:
            assert a is b or row != other or a["end"] <= b["first"] or b["end"] <= a["first"]


def test_scale_is_linear_and_bounded():
    s = timeline.Scale(1.0, 3.0)
    assert s(1.0) == timeline.LEFT and s(3.0) == timeline.LEFT + timeline.PLOT
    assert abs(s(2.0) - timeline.LEFT - timeline.PLOT / 2) < 1e-9 and s(0) == s(1) and s(9) == s(3)


def test_sliding_mean_is_the_mean_of_one_second():
    samples = [(i / 100, 1000 if i <= 100 else 3000) for i in range(1, 301)]
    got = {round(t, 2): v for t, v in timeline.sliding(samples)}
    assert min(got) == 1.01 and abs(got[1.5] - 2000) < 1e-6 and abs(got[3.0] - 3000) < 1e-6


def test_section_is_where_most_is_asked_for():
    late = [job("m", "gpu", 20 + i / 100, 20, 30) for i in range(50)]
    early = [job("m", "gpu", i, i, i + 1) for i in range(9)]
    begin = timeline.busiest([run(early + late), run(early + late)], 5.0)
    assert 15 <= begin <= 20.5


def test_freezes_are_hatched():
    plain = timeline.draw([run([job("m", "gpu", 0, 0, 1)])], 15000, "t", "s")
    cold = timeline.draw([run([job("m", "gpu", 0, 0, 1)], [{"model": "m", "begin": 0.2, "end": 0.4}])], 15000, "t", "s")
    assert cold.count("url(#ice)") == plain.count("url(#ice)") + 1


def test_power_above_the_budget_stays_in_the_picture():
    root = tree([run([job("m", "gpu", 0, 0, 1)], mw=40000)])
    height = float(root.get("height"))
    for p in root.iter(SVG + "path"):
        for point in p.get("d")[1:].split("L"):
            assert 0 <= float(point.split(",")[1]) <= height


def test_steps_hold_until_the_next():
    s = timeline.Scale(1.0, 3.0)
    points = timeline.steps([(0, 1), (2.0, 5)], s, lambda v: v)
    assert [y for _, y in points] == [1, 1, 5, 5] and points[1][0] == points[2][0] == s(2.0)


tap.run(globals())
