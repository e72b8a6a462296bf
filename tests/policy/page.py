# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bench of policies as one page: no script, nothing from elsewhere."""
from html import escape

STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #1d2530; background: #fff; margin: 2em auto; max-width: 76em; padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { padding: .2em .7em; text-align: right; border-bottom: 1px solid #dde3ea; white-space: nowrap }
th:first-child, td:first-child { text-align: left } th { font-weight: 600; background: #f3f6f9 }
td.ours { font-weight: 600 } td.worse { background: #fdeadb } .missed { color: #a33a00 } .met { color: #0b5fa5 }
.bar { display: inline-block; height: .7em; background: #0b5fa5; vertical-align: middle } .bar.other { background: #9fb3c8 }
p.note { color: #55606e; max-width: 60em }
"""

TITLES = {
    "headline": ("The mix of five models", "Each model carries an equal share of the load; Poisson arrivals."),
    "other": ("Other loads", "Cameras, clients, pipelines, bursts, long requests, and programs that disturb."),
    "layer": ("Layer by layer", "Networks and encoders submit each layer by itself."),
    "dlas": ("Fewer DLAs", ""),
    "switch": ("Cost of a switch", "Between two programs on the GPU, microseconds; 220 where nothing is said."),
    "overload": ("Overload", "More arrives than timeslice can carry: jobs ended per second, and those that did not end."),
}


def number(v):
    return "" if v is None else f"{v:.0f}" if abs(v) >= 100 else f"{v:.1f}" if abs(v) >= 10 else f"{v:.2f}"


def cell(text, cls=""):
    return f'<td class="{cls}">{text}</td>' if cls else f"<td>{text}</td>"


def targets_table(targets):
    rows = "".join(f"<tr><td>{escape(t['name'])}</td>{cell(number(t['value']))}{cell(escape(t['op']) + ' ' + number(t['goal']))}"
                   f"{cell('met' if t['met'] else 'missed', 'met' if t['met'] else 'missed')}</tr>" for t in targets)
    return f"<table><tr><th>target</th><th>value</th><th>goal</th><th></th></tr>{rows}</table>"


def bar(value, most, cls=""):
    return f'<span class="bar {cls}" style="width:{80 * value / most:.0f}px"></span>' if most else ""


def policy_cells(c, policies, ours):
    measure = c["measure"]
    most = max(c["policies"][p][measure] for p in policies)
    best = min(c["policies"][p][measure] for p in policies if p != ours) if len(policies) > 1 else None
    out = []
    for p in policies:
        v = c["policies"][p]
        text = f"{bar(v[measure], most, '' if p == ours else 'other')} {number(v[measure])}"
        if v["windows_over"]:
            text += f' <span class="missed" title="windows over the budget">({v["windows_over"]} over)</span>'
        out.append(cell(text, "ours worse" if p == ours and best and v[measure] > best else "ours" if p == ours else ""))
    return "".join(out)


def group_table(cells, policies, ours):
    out = []
    for c in cells:
        high = c["policies"][ours]
        out.append(f"<tr><td>{escape(c['cell'])}</td>{cell('ms' if c['measure'] == 'mean_ms' else 'slowdown')}"
                   f"{policy_cells(c, policies, ours)}{cell(number(high['high_p99_ms']))}{cell(number(high['alone_p99_ms']))}"
                   f"{cell(number(high['goodput_per_s']))}{cell(high['unended'])}</tr>")
    head = "".join(f"<th>{escape(p)}</th>" for p in policies)
    return (f"<table><tr><th>load and budget</th><th>measure</th>{head}<th>high p99, ms</th><th>alone</th><th>jobs/s</th>"
            f"<th>unended</th></tr>{''.join(out)}</table>")


def render(details, targets, ours="twill"):
    # Ours first: with all ways to read the paper, the table is wider than a screen.
    policies = sorted(details["cells"][0]["policies"] if details["cells"] else [], key=lambda p: p != ours)
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><title>Policies</title><style>{STYLE}</style>",
             "<h1>How good the policies are</h1>",
             f'<p class=note>Simulated: {escape(details["board"])}, seeds from {details["seed_base"]}. Ratios between policies on the same jobs '
             "are what to read; milliseconds are a model's. Mean latency where priorities follow roles, else the geometric mean of slowdown "
             "weighted by priority: below 1 is quicker than alone at steady clocks. A shaded figure of ours is above the best of the others.</p>",
             targets_table(targets)]
    for group, (title, text) in TITLES.items():
        cells = [c for c in details["cells"] if c["group"] == group]
        if cells:
            parts += [f"<h2>{title}</h2>", f"<p class=note>{text}</p>" if text else "", group_table(cells, policies, ours)]
    return "".join(parts) + "</html>\n"


def write(path, details, targets):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(details, targets), encoding="utf-8")
