#!/usr/bin/env python3
"""Puts together what scripts/gpu.sh has measured: gpu_report.py FOLDER writes FOLDER/DEVICE.json, a file for
docs/results, and FOLDER/DEVICE.md, one page of Markdown. Needs nothing but Python."""

import json
import pathlib
import re
import sys

ROWS = ["first picture, cold", "picture, batch 1", "picture, batch 8", "picture, batch 32", "step, batch 1",
        "decode", "picture, token by token"]
LIMITS = ["copy", "fma", "matrix"]
ORDER = ["bundled", "imagenet256-f16", "imagenet256-f32", "imagenet256-q8_0", "imagenet512-f16",
         "imagenet512-f32", "imagenet512-q8_0"]


def read_runs(folder):
    """The measurements by name, the bundled model's first. Half a file is none."""
    runs = {}
    for name in ORDER:
        path = folder / f"{name}.part"
        if not path.exists():
            continue
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        if report.get("devices"):
            runs[name] = report
    return runs


def read_tests(folder):
    return {path.stem: path.read_text(encoding="utf-8").strip() for path in sorted(folder.glob("*.test"))}


def row_of(report, name):
    return next((row for row in report["devices"][0]["rows"] if row["name"] == name), None)


def cell(row):
    if row is None:
        return "–"
    if "median" not in row:
        return row["status"]
    share = f" ({row['share_of_limit']:.0%})" if "share_of_limit" in row else ""
    shaky = " ~" if row["status"] == "unstable" else ""
    return f"{row.get('value', row['median']):.4g} {row['unit']}{share}{shaky}"


def verdict(code):
    return {"0": "passed", "77": "skipped", "late": "no time left"}.get(code, f"FAILED ({code})")


def page(runs, tests, pytorch):
    first = next(iter(runs.values()))
    device = first["devices"][0]
    lines = [f"# unmask on {device['name']}", "",
             f"{device['driver'] or 'no driver'}; paths {device.get('paths') or 'none'};"
             f" unmask {first['version']} ({first['build']}); {first['system']}; {first.get('date', '')}", "",
             "Tests: " + (", ".join(f"{name} {verdict(code)}" for name, code in tests.items()) or "none"), "",
             "| | " + " | ".join(runs) + " |", "|---|" + "--:|" * len(runs)]
    for name in LIMITS + ROWS:
        lines.append(f"| {name} | " + " | ".join(cell(row_of(run, name)) for run in runs.values()) + " |")
    missing = [name for name in ORDER if name not in runs]
    lines += ["", "In brackets: the share of what the device can do at most. ~: runs vary by more than 5 %."]
    if missing:
        lines.append(f"Not measured, time or memory was short: {', '.join(missing)}.")
    return "\n".join(lines) + "\n" + (f"\n## PyTorch\n\n{pytorch}\n" if pytorch else "")


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    folder = pathlib.Path(arguments[0])
    runs, tests = read_runs(folder), read_tests(folder)
    if not runs:
        sys.exit(f"{folder}: nothing was measured; see its *.log")
    path = folder / "pytorch.md"
    pytorch = path.read_text(encoding="utf-8").strip() if path.exists() else None
    first = next(iter(runs.values()))
    result = {**first, "tests": tests, "more": [run for run in list(runs.values())[1:]]}
    if pytorch:
        result["pytorch"] = pytorch
    name = re.sub(r"[^a-z0-9]+", "-", first["devices"][0]["name"].lower()).strip("-") or "device"
    (folder / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False) + "\n", encoding="utf-8")
    text = page(runs, tests, pytorch)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)
    print(f"{folder / name}.json is for docs/results: send it as a pull request or attach it to an issue.")
    return 1 if any(verdict(code).startswith("FAILED") for code in tests.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
