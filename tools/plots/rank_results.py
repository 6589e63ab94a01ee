#!/usr/bin/env python3
"""Ranks devices by their files in docs/results: rank_results.py FILE... prints a Markdown table, the fastest
first. Files of scripts/gpu.sh bring several models; each model has its own table."""

import json
import pathlib
import sys

ROWS = ["picture, batch 1", "picture, batch 32", "step, batch 1", "decode"]


def value_of(device, name):
    row = next((row for row in device["rows"] if row["name"] == name), {})
    return row.get("value", row.get("median"))


def entries(files):
    """(model, device's name, device) of every measurement."""
    for name in files:
        report = json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
        for run in (report, *report.get("more", [])):
            model = f"{run['model']['name']}, {run['model']['weights']}"
            for device in run["devices"]:
                driver = f" ({device['driver']})" if device["driver"] else ""
                yield model, device["name"] + driver, device


def table(model, devices):
    measured = [entry for entry in devices if value_of(entry[1], ROWS[0]) is not None]
    measured.sort(key=lambda entry: value_of(entry[1], ROWS[0]))
    lines = [f"## {model}", "", "| | device | " + " | ".join(f"{row}, ms" for row in ROWS) + " |",
             "|--:|---|" + "--:|" * len(ROWS)]
    for place, (name, device) in enumerate(measured, 1):
        values = [value_of(device, row) for row in ROWS]
        cells = " | ".join("–" if value is None else f"{value:.4g}" for value in values)
        lines.append(f"| {place} | {name} | {cells} |")
    return "\n".join(lines) + "\n"


def main(files):
    if not files:
        sys.exit(__doc__)
    models = {}
    for model, name, device in entries(files):
        models.setdefault(model, []).append((name, device))
    print("\n".join(table(model, devices) for model, devices in models.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
