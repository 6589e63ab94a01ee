"""Writes the report: Markdown, and the pictures beside it."""
import os

from . import findings, plots

SHORT = {"sampler": "sampler", "steps": "steps", "schedule": "schedule", "temperature": "temperature",
         "choice_temperature": "choice temp.", "cfg_scale": "guidance", "cfg_schedule": "guidance schedule",
         "eta": "eta", "loop": "loop", "recheck_rounds": "rounds", "recheck_threshold": "threshold",
         "top_k": "top-k", "top_p": "top-p"}


def half(entry, percent=False):
    """Value and half the width of its interval."""
    if entry is None:
        return ""
    value, span = entry
    scale, end = (100, " %") if percent else (1, "")
    shown = f"{value * scale:.1f}" if percent else f"{value:.2f}"
    if span is None:
        return shown + end
    wide = (span[1] - span[0]) / 2 * scale
    return f"{shown} ± {wide:.1f}{end}" if percent else f"{shown} ± {wide:.2f}"


def span(entry):
    value, between = entry
    shown = findings.text(value)
    return f"{shown} ({findings.text(between[0])} to {findings.text(between[1])})" if between else shown


def score_cells(scores):
    return [span(scores["frechet"]), half(scores["precision"]), half(scores["recall"]),
            half(scores["top1"], True), half(scores["top5"], True), half(scores.get("diversity")),
            f"{scores['nearest'][0]:.3f}", half(scores["copied"], True)]


SCORES = ["Fréchet", "precision", "recall", "top-1", "top-5", "diversity", "nearest", "copied"]


def markdown(head, rows, left):
    """A table whose first `left` columns are text."""
    lines = ["| " + " | ".join(head) + " |",
             "|" + "|".join(["---"] * left + ["--:"] * (len(head) - left)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def _shown(value):
    return f"{value:g}" if isinstance(value, float) else str(value)


def table_text(table, scored, clock):
    """One table of the plan; the columns are the settings that its rows name."""
    names = []
    for row in table.rows:
        names += [name for name in row.named if name not in names]
    labels = any(row.label for row in table.rows)
    head = (["row"] if labels else []) + [SHORT[name] for name in names] + ["passes", "s/picture"] + SCORES
    rows = []
    for row, scores in scored:
        cells = [row.label] if labels else []
        cells += [_shown(row.settings[name]) if name in row.settings else "–" for name in names]
        rows.append(cells + [row.passes(), findings.text(clock.seconds(row.settings))] + score_cells(scores))
    return markdown(head, rows, len(names) + labels)


def real_table(real):
    """real: [(name, scores)] of pictures that no transformer drew."""
    return markdown(["pictures", *SCORES], [[name] + score_cells(scores) for name, scores in real], 1)


def draw_plots(folder, tables, clock):
    """{table name: file name}. tables: {name: (Table, [(Row, scores)])}."""
    os.makedirs(folder, exist_ok=True)
    made = {}
    panels = [("frechet", "Fréchet distance (less is better)"), ("recall", "recall (more is better)")]
    for name, (table, scored) in tables.items():
        if table.axis and table.lines:
            series = {}
            for row, scores in scored:
                x = row.passes() if table.axis == "passes" else row.settings[table.axis]
                series.setdefault(str(row.settings[table.lines]), []).append((x, scores))
            made[name] = f"{name}.svg"
            plots.lines(os.path.join(folder, made[name]), series,
                        "forward passes" if table.axis == "passes" else table.axis, panels)
    if "guidance" in tables:
        scored = tables["guidance"][1]
        points = [(row.settings["cfg_scale"], scores) for row, scores in scored
                  if "cfg_schedule" not in row.settings]
        marks = [(f"{row.settings['cfg_schedule']}", row.settings["cfg_scale"], scores)
                 for row, scores in scored if "cfg_schedule" in row.settings]
        if len(points) > 1:
            made["guidance"] = "guidance.svg"
            plots.guidance(os.path.join(folder, made["guidance"]), points, marks)
    return made


def time_plot(folder, tables, clock):
    """All rows that were measured with as many pictures, by sampler."""
    everything = {}
    for table, scored in tables.values():
        for row, scores in scored:
            everything[(clock.store.key(row.settings), row.rounds)] = (row, scores)
    counts = [rounds for _, rounds in everything]
    usual = max(set(counts), key=counts.count)
    series = {}
    ordered = sorted(everything.items(), key=lambda entry: entry[1][0].settings["sampler"])
    for (_, rounds), (row, scores) in ordered:
        if rounds == usual:
            series.setdefault(row.settings["sampler"], []).append((clock.seconds(row.settings), scores))
    plots.seconds(os.path.join(folder, "time.svg"), series)
    return usual


def frontier(tables, clock, usual):
    """Rows that no other measured one beats in both time and distance."""
    found = {}
    for table, scored in tables.values():
        for row, scores in scored:
            if row.rounds == usual:
                found[clock.store.key(row.settings)] = (clock.seconds(row.settings), scores["frechet"][0],
                                                        row, scores)
    best, rows = float("inf"), []
    for seconds, value, row, scores in sorted(found.values(), key=lambda entry: entry[:2]):
        if value < best:
            best = value
            settings = ", ".join(f"{SHORT[name]} {_shown(value)}" for name, value in row.settings.items())
            rows.append([settings, row.passes(), findings.text(seconds), *score_cells(scores)])
    return markdown(["settings", "passes", "s/picture", *SCORES], rows, 1)


def template(name, **values):
    """A text beside this file, its {fields} filled in."""
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as stream:
        return stream.read().format(**values)


def write(path, parts):
    """Puts the page together: whole or not at all."""
    with open(path + ".tmp", "w", encoding="utf-8") as stream:
        stream.write("\n".join(part.rstrip() + "\n" for part in parts))
    os.replace(path + ".tmp", path)
