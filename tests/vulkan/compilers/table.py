#!/usr/bin/env python3
"""The table of docs/VENDORS.md from what compilers.py --keep has left: table.py FILE... prints Markdown."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compilers import lost, subgroups  # noqa: E402

COLUMNS = ["linear", "linear_fp16", "linear_int8", "linear_coopmat", "conv2d", "conv2d_fp16",
           "conv2d_coopmat", "attention"]
TILE_M, TILE_N, SOURCE = 5, 6, 13  # specialization constants, as in shaders/um_shared.h


def largest_tile(report, name):
    """The kernel in its largest tile, which does most of the work of a batch."""
    kernels = [k for k in report["kernels"] if k["kernel"] == name and k["constants"][SOURCE] == 0]
    return max(kernels, default=None,
               key=lambda k: (k["constants"][TILE_M] * k["constants"][TILE_N], k["share"]))


def cell(kernel):
    if kernel is None:
        return "–"
    figures = kernel["statistics"]
    tile = f"{kernel['constants'][TILE_M]}x{kernel['constants'][TILE_N]}"
    spilled = sum(v for k, v in lost(figures).items() if "spill" in k.lower())
    spills = f", spills {spilled}" if spilled else ""
    return f"{tile}: {figures.get('VGPRs', '?')}, {subgroups(figures)}{spills}"


def main(files):
    reports = []
    for name in files:
        with open(name, encoding="utf-8") as file:
            reports.append(json.load(file))
    print("| device | driver | kernels | " + " | ".join(COLUMNS) + " |")
    print("|---|---|---|" + "---|" * len(COLUMNS))
    for report in reports:
        device = report["device"].replace("Null hardware (RADV ", "").rstrip(")")
        spilling = sum(bool(lost(k["statistics"])) for k in report["kernels"])
        count = f"{len(report['kernels'])}{f', {spilling} spill' if spilling else ''}"
        cells = " | ".join(cell(largest_tile(report, name)) for name in COLUMNS)
        print(f"| {device} | {report['driver'].split('-')[0]} | {count} | {cells} |")


if __name__ == "__main__":
    main(sys.argv[1:])
