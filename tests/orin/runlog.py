#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What one run on the virtual board left behind, and what follows from it.

Run(directory, trace) reads the job logs, the truth log and the agent's
decisions; measures() computes what issue and report call by these names.
All times are seconds of model time since the start of load.
"""
import json
import math
import os
import re

TICK = 0.01		# the truth log's
WINDOW = 1.0
WARM_UP = 1.0		# windows begin here at the earliest
HEAD = re.compile(r"# (\S+) pid=\d+ task=(?P<task>\d+) priority=\d+ scale=(?P<scale>\d+) start_ns=(?P<start>\d+)$")


class Broken(Exception):
    """A run whose logs cannot be believed."""


def quantile(values, q):
    """Nearest rank: a value that was seen."""
    values = sorted(values)
    return values[max(math.ceil(q * len(values)), 1) - 1] if values else None


class Run:
    def __init__(self, name, directory, trace):
        self.name, self.directory, self.trace = name, directory, trace
        self.jobs, self.tasks = [], {}
        self.start_ns = self.scale = None
        self.read_jobs()
        self.read_truth()
        self.freezes = []
        self.freeze_count = 0
        if os.path.exists(os.path.join(directory, "decisions")):
            self.read_decisions()

    def lines(self, name):
        with open(os.path.join(self.directory, name), encoding="utf-8") as f:
            return f.read().splitlines()

    def read_jobs(self):
        priority = {j[1]: j[2] for j in self.trace}
        for model in priority:
            try:
                lines = self.lines(model + ".jobs")
            except OSError as e:
                raise Broken(f"{self.name}: {model} left no log: {e.strerror}") from e
            head = HEAD.match(lines[0] if lines else "")
            if not head or head[1] != model:
                raise Broken(f"{self.name}: {model}.jobs has no head")
            self.scale = int(head["scale"])
            start = int(head["start"]) / self.scale
            if self.start_ns not in (None, start):
                raise Broken(f"{self.name}: programs started apart")
            self.start_ns = start
            if int(head["task"]):
                self.tasks[int(head["task"])] = model
            done = [line for line in lines[1:] if not line.startswith("#")]
            self.jobs += [self.job(line, priority[model]) for line in done]
            if lines[-1] != f"# done {len(done)}":
                raise Broken(f"{self.name}: {model} did not end")
        self.jobs.sort(key=lambda j: (j["arrival"], j["model"]))

    def job(self, line, priority):
        words = line.split()
        try:
            arrival, begin, first, end = (int(w) / 1e9 for w in words[1:5])
            units = int(words[6])
        except (ValueError, IndexError):
            raise Broken(f"{self.name}: not a job: {line}") from None
        if not arrival <= begin <= first <= end:
            raise Broken(f"{self.name}: a job out of order: {line}")
        return {"model": words[0], "arrival": arrival, "begin": begin, "first": first, "end": end,
                "accelerator": words[5], "units": units, "priority": priority}

    def read_truth(self):
        lines = self.lines("truth")
        names = lines[0].split()
        self.truth = []
        for line in lines[1:]:
            row = dict(zip(names, map(int, line.split())))
            row["t"] = (row["model_ns"] - self.start_ns) / 1e9
            self.truth.append(row)
        if not self.truth or self.truth[0]["t"] > TICK + 1e-6:
            raise Broken(f"{self.name}: the truth log begins after the load")
        for a, b in zip(self.truth, self.truth[1:]):
            if abs(b["t"] - a["t"] - TICK) > 1e-6:
                raise Broken(f"{self.name}: the truth log has a gap at {a['t']:.2f} s")
        if self.truth[-1]["t"] < self.end():
            raise Broken(f"{self.name}: the truth log ends before the load")

    def end(self):
        return max(j["end"] for j in self.jobs)

    def power(self):
        """(end of each 10 ms, true mW), from the start of load on."""
        return [(r["t"], r["vdd_in_mw"]) for r in self.truth if r["t"] > 0]

    def windows(self):
        """Mean true power of every one-second window, each 10 ms, that begins after the warm-up."""
        n = round(WINDOW / TICK)
        rows = [r["vdd_in_mw"] for r in self.truth if WARM_UP <= r["t"] - TICK and r["t"] - TICK < self.end()]
        total = sum(rows[:n])
        out = [total / n] if len(rows) >= n else []
        for i in range(n, len(rows)):
            total += rows[i] - rows[i - n]
            out.append(total / n)
        return out

    def energy_j(self, until):
        """From the start of load to a time; past the end of the log the board idles on."""
        power = self.power()
        joule = sum(mw for t, mw in power if t <= until) * TICK / 1000
        idle = [mw for _, mw in power[-50:]]
        return joule + max(until - power[-1][0], 0) * sum(idle) / len(idle) / 1000

    def migrations(self):
        """Jobs that ran on another accelerator than the same task's job before."""
        last, count = {}, 0
        for j in sorted(self.jobs, key=lambda j: j["begin"]):
            count += last.get(j["model"], j["accelerator"]) != j["accelerator"]
            last[j["model"]] = j["accelerator"]
        return count

    def lost(self):
        """Requests of the trace that are not in the logs, once each."""
        done = sorted((round(j["arrival"] * 1e6), j["model"]) for j in self.jobs)
        wanted = sorted((j[0], j[1]) for j in self.trace)
        if len(set(done)) != len(done) or not set(done) <= set(wanted):
            raise Broken(f"{self.name}: jobs in the logs that nobody asked for, or twice")
        return len(wanted) - len(done)

    def read_decisions(self):
        """Freezes as intervals, from the agent's log: one JSON object a line."""
        open_ = {}
        for n, line in enumerate(self.lines("decisions"), 1):
            try:
                d = json.loads(line)
                self.note_decision(d, open_)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise Broken(f"{self.name}: decisions:{n} is no decision: {line}") from None
        for model, begin in open_.items():
            self.freezes.append({"model": model, "begin": begin, "end": self.end()})

    def note_decision(self, d, open_):
        model = self.tasks.get(d.get("task"))
        t = (d["ns"] / self.scale - self.start_ns) / 1e9
        if d["what"] == "freeze" and model:
            self.freeze_count += model not in open_
            open_.setdefault(model, t)
        elif d["what"] == "thaw" and model in open_:
            self.freezes.append({"model": model, "begin": open_.pop(model), "end": t})

    def by_model(self):
        out = {}
        for model in dict.fromkeys(j["model"] for j in sorted(self.jobs, key=lambda j: (-j["priority"], j["model"]))):
            ms = [1000 * (j["end"] - j["arrival"]) for j in self.jobs if j["model"] == model]
            where = {}
            for j in self.jobs:
                if j["model"] == model:
                    where[j["accelerator"]] = where.get(j["accelerator"], 0) + 1
            out[model] = {"jobs": len(ms), "mean_ms": mean(ms), "p99_ms": rounded(quantile(ms, 0.99)), "ran_on": where}
        return out

    def measures(self, common_end, budget_mw):
        ms = [1000 * (j["end"] - j["arrival"]) for j in self.jobs]
        top = max(j["priority"] for j in self.jobs)
        high = [1000 * (j["end"] - j["arrival"]) for j in self.jobs if j["priority"] == top]
        windows = self.windows()
        energy = self.energy_j(common_end)
        return {
            "jobs": len(ms), "mean_ms": mean(ms), "p50_ms": rounded(quantile(ms, 0.5)),
            "p99_ms": rounded(quantile(ms, 0.99)), "high_prio_p99_ms": rounded(quantile(high, 0.99)),
            "energy_j": rounded(energy), "mean_mw": rounded(1000 * energy / common_end),
            "max_window_mw": rounded(max(windows, default=None)), "windows": len(windows),
            "windows_over_budget": sum(w > budget_mw for w in windows),
            "freezes": self.freeze_count, "migrations": self.migrations(), "lost_jobs": self.lost(),
            "end_s": rounded(self.end()), "models": self.by_model(),
        }


def mean(values):
    return rounded(sum(values) / len(values))


def rounded(x):
    return None if x is None else round(x, 3)
