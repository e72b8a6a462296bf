#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draw what happened on the virtual board: one timeline per run, as SVG.

draw() takes runs as dictionaries:

    name      heading
    facts     one line of text below it
    jobs      [{"model", "accelerator", "arrival", "first", "end", "units"}]   seconds
    freezes   [{"model", "begin", "end"}]                              seconds
    power     [(time, mW)]                     one sample per 10 ms of model time
    clocks    {"GPU": [(time, MHz)], ...}      a value holds until the next
    limits    {"GPU": highest MHz, ...}
    end       seconds

All runs share one scale of time and one of power. The upper strip of each shows
power over the whole run, the rest a section of it, wide enough to read.
"""
import bisect
import html

WIDTH = 1600
LEFT = 150
RIGHT = 24
PLOT = WIDTH - LEFT - RIGHT
INK = "#1f2328"
MUTED = "#667085"
GRID = "#e4e7ec"
BUDGET = "#d92d20"
POWER = "#344054"
BAR = 11		# height of one row of jobs
GAP = 2

# Told apart also by those who do not see red and green differently.
MODEL_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#7a5cc9", "#56b4e9", "#8c564b", "#b0a000")
CLOCK_COLOURS = ("#0b6e4f", "#b54708", "#6941c6", "#175cd3", "#c11574")
LANES = ("gpu", "dla0", "dla1")


class Canvas:
    def __init__(self):
        self.parts = []

    def add(self, text):
        self.parts.append(text)

    def rect(self, x, y, w, h, fill, **more):
        self.add(f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(w, 0.6):.2f}" height="{h:.2f}" '
                 f'fill="{fill}"{attributes(more)}/>')

    def line(self, x1, y1, x2, y2, stroke, **more):
        self.add(f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" '
                 f'stroke="{stroke}"{attributes(more)}/>')

    def text(self, x, y, text, size=12, fill=INK, **more):
        self.add(f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" fill="{fill}"'
                 f'{attributes(more)}>{html.escape(text)}</text>')

    def path(self, points, stroke, **more):
        if points:
            d = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
            self.add(f'<path d="{d}" fill="none" stroke="{stroke}"{attributes(more)}/>')


def attributes(more):
    return "".join(f' {k.replace("_", "-")}="{v}"' for k, v in more.items())


class Scale:
    """Seconds to pixels, over one section of the run."""

    def __init__(self, begin, end):
        self.begin, self.end = begin, max(end, begin + 1e-6)

    def __call__(self, t):
        t = min(max(t, self.begin), self.end)
        return LEFT + PLOT * (t - self.begin) / (self.end - self.begin)

    def shows(self, begin, end):
        return end > self.begin and begin < self.end

    def ticks(self):
        for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600):
            if (self.end - self.begin) / step <= 12:
                break
        n = int(-(-self.begin // step))
        while n * step <= self.end + 1e-9:
            yield n * step, f"{n * step:g} s"
            n += 1


def pack(jobs):
    """Give each job a row such that no two in one row overlap. Returns (rows, [(job, row)])."""
    free = []
    placed = []
    for job in sorted(jobs, key=lambda j: (j["first"], j["end"])):
        for row, until in enumerate(free):
            if until <= job["first"]:
                break
        else:
            row = len(free)
            free.append(0)
        free[row] = job["end"]
        placed.append((job, row))
    return max(len(free), 1), placed


def busiest(runs, span):
    """Begin of the section in which most units are asked for: known before any run, so none is favoured."""
    asked = sorted({(j["arrival"], j["model"], j["units"]) for r in runs for j in r["jobs"]})
    times = [a[0] for a in asked]
    total = [0]
    for _, _, units in asked:
        total.append(total[-1] + units)
    best = (0, 0.0)
    t = 0.0
    while times and t <= times[-1]:
        count = total[bisect.bisect(times, t + span)] - total[bisect.bisect(times, t)]
        best = max(best, (count, t), key=lambda b: (b[0], -b[1]))
        t += 0.5
    return best[1]


def sliding(samples, window=1.0):
    """Mean over the window that ends at each sample, once a whole one has passed."""
    out = []
    total = 0.0
    first = 0
    for i, (t, mw) in enumerate(samples):
        total += mw
        while samples[first][0] <= t - window + 1e-9:
            total -= samples[first][1]
            first += 1
        if t >= samples[0][0] + window - 1e-9:
            out.append((t, total / (i - first + 1)))
    return out


def thin(points, scale):
    """At most one span from lowest to highest per pixel, so that the file stays small."""
    columns = {}
    for t, y in points:
        if scale.begin <= t <= scale.end:
            x = scale(t)
            lo, hi = columns.get(int(x), ((x, y), (x, y)))
            columns[int(x)] = (min(lo, (x, y), key=lambda p: p[1]), max(hi, (x, y), key=lambda p: p[1]))
    out = []
    for x in sorted(columns):
        out += sorted(columns[x])
    return out


def steps(samples, scale, value):
    """A quantity that holds from one sample to the next, only where it changes."""
    out = []
    last = None
    for t, v in samples:
        if t > scale.end:
            break
        if v == last:
            continue
        if t > scale.begin and last is not None:
            out.append((scale(t), value(last)))
        elif t <= scale.begin:
            out = []
        out.append((scale(t), value(v)))
        last = v
    if last is not None:
        out.append((scale(scale.end), value(last)))
    return out


def time_axis(c, scale, top, bottom, labels=True):
    for t, text in scale.ticks():
        c.line(scale(t), top, scale(t), bottom, GRID)
        if labels:
            c.text(scale(t), bottom + 14, text, 11, MUTED, text_anchor="middle")


def power_strip(c, run, scale, y, height, top_mw, budget, title):
    def value(mw):
        return y + height * (1 - mw / top_mw)

    time_axis(c, scale, y, y + height)
    c.line(LEFT, y + height, LEFT + PLOT, y + height, MUTED)
    c.text(LEFT - 10, y + 12, title, 12, INK, text_anchor="end")
    step = 5000 if top_mw <= 30000 else 10000
    for mw in range(0, int(top_mw) + 1, step):
        c.text(LEFT - 10, value(mw) + 4, f"{mw // 1000} W", 10, MUTED, text_anchor="end") \
            if value(mw) > y + 20 else None
        c.line(LEFT, value(mw), LEFT + PLOT, value(mw), GRID)
    points = [(x, value(mw)) for x, mw in thin(run["power"], scale)]
    c.path(points, POWER, stroke_width="0.7", opacity="0.45")
    mean = [(scale(t), value(mw)) for t, mw in sliding(run["power"]) if scale.begin <= t <= scale.end]
    c.path(mean, POWER, stroke_width="2")
    c.line(LEFT, value(budget), LEFT + PLOT, value(budget), BUDGET, stroke_width="1.6",
           stroke_dasharray="7 4")
    c.text(LEFT + PLOT - 4, value(budget) - 5, f"budget {budget / 1000:g} W", 11, BUDGET,
           text_anchor="end")


def lane(c, scale, y, title, jobs, colours):
    """One accelerator. A thin line leads from the arrival of a request to where it first ran."""
    rows, placed = pack([j for j in jobs if scale.shows(j["first"], j["end"])])
    height = rows * (BAR + GAP)
    c.text(LEFT - 10, y + height / 2 + 4, title, 12, INK, text_anchor="end")
    c.rect(LEFT, y, PLOT, height, "#f8fafc")
    for job, row in placed:
        top = y + row * (BAR + GAP) + GAP / 2
        colour = colours[job["model"]]
        tip = (f"{job['model']} on {job['accelerator']}: arrived {job['arrival']:.3f} s, "
               f"{1000 * (job['end'] - job['arrival']):.1f} ms")
        c.add(f"<g><title>{html.escape(tip)}</title>")
        c.rect(scale(job["first"]), top, scale(job["end"]) - scale(job["first"]), BAR, colour,
               stroke="#ffffff", stroke_width="0.4")
        c.add("</g>")
    return y + height + 8


def waiting_lane(c, scale, y, jobs, colours):
    """How many requests have arrived and not yet ended, by model: the height is what users feel."""
    height, unit = 46.0, 4.0
    events = sorted([(j["arrival"], 1, j["model"]) for j in jobs] + [(j["end"], -1, j["model"]) for j in jobs])
    counts = dict.fromkeys(colours, 0)
    c.text(LEFT - 10, y + height / 2 + 4, "requests open", 12, INK, text_anchor="end")
    c.rect(LEFT, y, PLOT, height, "#f8fafc")
    last = 0.0
    for t, step, model in events + [(scale.end, 0, None)]:
        if scale.shows(last, t) and any(counts.values()):
            base = y + height
            for name, n in counts.items():
                h = min(n * unit, base - y)
                if h > 0:
                    c.rect(scale(last), base - h, scale(t) - scale(last), h, colours[name])
                    base -= h
        if model:
            counts[model] += step
        last = t
    return y + height + 8


def freeze_lane(c, scale, y, freezes, colours):
    order = [m for m in colours if any(f["model"] == m for f in freezes)]
    height = max(len(order), 1) * (BAR + GAP)
    c.text(LEFT - 10, y + height / 2 + 4, "frozen", 12, INK, text_anchor="end")
    c.rect(LEFT, y, PLOT, height, "#f8fafc")
    if not freezes:
        c.text(LEFT + 8, y + BAR, "none", 11, MUTED)
    for f in freezes:
        if scale.shows(f["begin"], f["end"]):
            top = y + order.index(f["model"]) * (BAR + GAP) + GAP / 2
            for fill in (colours[f["model"]], "url(#ice)"):
                c.rect(scale(f["begin"]), top, scale(f["end"]) - scale(f["begin"]), BAR, fill)
    return y + height + 8


def clock_lane(c, scale, y, run, colours):
    height = 64
    c.text(LEFT - 10, y + height / 2 + 4, "clocks", 12, INK, text_anchor="end")
    c.text(LEFT - 10, y + height / 2 + 18, "share of highest", 10, MUTED, text_anchor="end")
    c.rect(LEFT, y, PLOT, height, "#f8fafc")
    for name, samples in run["clocks"].items():
        top = run["limits"][name]
        points = steps(samples, scale, lambda mhz, top=top: y + height - 2 - (height - 4) * mhz / top)
        c.path(points, colours[name], stroke_width="1.6")
    return y + height + 8


def panel(c, run, y, scale, whole, top_mw, budget, colours, clock_colours):
    c.text(24, y + 18, run["name"], 18, INK, font_weight="600")
    c.text(24 + 11 * len(run["name"]) + 14, y + 18, run["facts"], 13, MUTED)
    y += 34
    power_strip(c, run, whole, y, 70, top_mw, budget, "power, whole run")
    x = whole(scale.begin)
    c.rect(x, y, whole(scale.end) - x, 70, "#fdb022", opacity="0.22")
    y += 96
    top = y
    for accelerator in LANES:
        y = lane(c, scale, y, accelerator.upper(),
                 [j for j in run["jobs"] if j["accelerator"] == accelerator], colours)
    y = waiting_lane(c, scale, y, run["jobs"], colours)
    y = freeze_lane(c, scale, y, run["freezes"], colours)
    y = clock_lane(c, scale, y, run, clock_colours)
    power_strip(c, run, scale, y, 120, top_mw, budget, "power")
    grid = Canvas()
    time_axis(grid, scale, top, y, labels=False)

    c.parts += [p.replace("<line ", '<line opacity="0.8" ') for p in grid.parts]
    return y + 120 + 34


def legend(c, y, colours, clock_colours):
    x = 24
    for name, colour in colours.items():
        c.rect(x, y - 10, 14, 11, colour)
        c.text(x + 19, y, name, 12)
        x += 19 + 7 * len(name) + 22
    c.rect(x, y - 10, 14, 11, "#98a2b3")
    c.rect(x, y - 10, 14, 11, "url(#ice)")
    c.text(x + 19, y, "frozen", 12)
    x += 85
    for name, colour in clock_colours.items():
        c.line(x, y - 4, x + 16, y - 4, colour, stroke_width="2.4")
        c.text(x + 21, y, f"{name} clock", 12)
        x += 21 + 7 * (len(name) + 6) + 20
    c.line(x, y - 4, x + 16, y - 4, POWER, stroke_width="2.4")
    c.text(x + 21, y, "true power, mean of 1 s (pale: 10 ms)", 12)


def draw(runs, budget_mw, title, subtitle, span=5.0):
    """The picture as text."""
    end = max(r["end"] for r in runs)
    whole = Scale(0.0, end)
    begin = min(busiest(runs, span), max(end - span, 0.0))
    section = Scale(begin, min(begin + span, end))
    models = list(dict.fromkeys(m for r in runs for m in r["models"]))
    colours = {m: MODEL_COLOURS[i % len(MODEL_COLOURS)] for i, m in enumerate(models)}
    clocks = list(dict.fromkeys(n for r in runs for n in r["clocks"]))
    clock_colours = {n: CLOCK_COLOURS[i % len(CLOCK_COLOURS)] for i, n in enumerate(clocks)}
    peak = max([mw for r in runs for _, mw in r["power"]] + [budget_mw])
    c = Canvas()
    c.text(24, 36, title, 22, INK, font_weight="600")
    c.text(24, 58, subtitle, 13, MUTED)
    legend(c, 86, colours, clock_colours)
    y = 112.0
    for run in runs:
        y = panel(c, run, y, section, whole, peak * 1.08, budget_mw, colours, clock_colours)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y:.0f}" '
            f'viewBox="0 0 {WIDTH} {y:.0f}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif">\n'
            '<defs><pattern id="ice" width="5" height="5" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><rect width="2.4" height="5" fill="#ffffff" '
            'opacity="0.75"/></pattern></defs>\n'
            f'<rect width="{WIDTH}" height="{y:.0f}" fill="#ffffff"/>\n')
    return head + "\n".join(p for p in c.parts if p) + "\n</svg>\n"
