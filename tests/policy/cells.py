# SPDX-License-Identifier: LGPL-2.1-or-later
"""The cells of a bench of policies: what is run, and how it is written down."""
import itertools
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One kind of load under one budget.

    group    what it counts for, see the file `cells`
    seeds    how many workloads
    budget   milliwatts, 0 for none
    load     as policy_bench takes it
    options  further options of policy_bench
    """

    group: str
    seeds: int
    budget: int
    load: str
    options: tuple = ()

    @property
    def name(self):
        watts = f"{self.budget // 1000} W" if self.budget else "no budget"
        return " ".join((self.load, watts, *(f"{k[2:]} {v}" for k, v in zip(self.options[::2], self.options[1::2]))))

    def value(self, key, default):
        found = re.search(rf"\b{key}=([^,]+)", self.load)
        return found[1] if found else default

    @property
    def mix(self):
        return self.value("mix", "role")


OPTIONS = {"dlas": "--dlas", "switch": "--switch-us"}


def expand(load):
    """Every choice of each {a|b}."""
    parts = re.split(r"\{([^}]*)\}", load)
    choices = [p.split("|") if i % 2 else [p] for i, p in enumerate(parts)]
    return ["".join(c) for c in itertools.product(*choices)]


def parse(line):
    group, seeds, options, load = line.split()
    settings = dict(o.split("=") for o in options.split(";"))
    budgets = [int(b) for b in settings.pop("budget").split("/")]
    more = tuple(w for k, v in settings.items() for w in (OPTIONS[k], v))
    return [Cell(group, int(seeds), b, one, more) for b in budgets for one in expand(load)]


def read(path):
    cells = []
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        try:
            cells += parse(line)
        except (ValueError, KeyError) as e:
            raise SystemExit(f"{path}:{n}: it is not GROUP SEEDS OPTIONS LOAD: {e}") from None
    return cells
