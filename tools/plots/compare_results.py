#!/usr/bin/env python3
"""Draws one comparison picture from result files of `unmask bench -o json`: pictures a second in every batch
size, and which share of its limit each device reaches.

Usage: compare_results.py RESULT.json [RESULT.json ...] -o PICTURE.svg [-o PICTURE.png]
Needs matplotlib (Debian: python3-matplotlib).
"""
import argparse
import json
import pathlib
import sys

COLOURS = {1: "#0b6e99", 8: "#e08a1e", 32: "#5b8c3a"}
INK, PALE = "#24292f", "#d8dee4"


class Device:
    """What the picture shows of one device in one file."""

    def __init__(self, result, device):
        rows = {row["name"]: row for row in device["rows"]}
        self.steps = result["settings"]["steps"]
        self.model = f"{result['model']['name']} {result['model']['weights']}"
        self.name = device["name"].split(" (")[0]
        self.detail = device["driver"].split(" (")[0] or f"{device['paths']}, {device['threads']} threads"
        self.speed, self.shaky, self.reason = {}, {}, {}
        for batch in COLOURS:
            row = rows.get(f"picture, batch {batch}", {"status": "failed", "reason": "not measured"})
            if row["status"] in ("ok", "unstable"):
                self.speed[batch] = row["images_per_s"]
                self.shaky[batch] = row["status"] == "unstable"
            else:
                skipped = row["status"] == "skipped"
                self.reason[batch] = "left out" if skipped else row["reason"].split(":")[0]
        self.serial = rows.get("picture, token by token", {}).get("images_per_s")
        step, decode = rows.get("step, all kernels", {}), rows.get("decode, all kernels", {})
        self.shares = [("step", step.get("share_of_limit")), ("decode", decode.get("share_of_limit"))]

    @property
    def label(self):
        return f"{self.name}\n{self.detail}\n{self.model}, {self.steps} steps"


def read(paths):
    """All devices of all files, the fastest first."""
    devices = []
    for path in paths:
        result = json.loads(pathlib.Path(path).read_text())
        if result.get("schema") not in (1, 2):
            sys.exit(f"{path}: not a result of unmask bench, schema 1 or 2")
        devices += [Device(result, device) for device in result["devices"]]
    if not devices:
        sys.exit("no device in these files")
    return sorted(devices, key=lambda d: -max(d.speed.values(), default=0))


def figures(value):
    """Three significant digits without an exponent."""
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}" if value >= 0.995 else f"{value:.2g}"


def clean(axes):
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    axes.tick_params(length=0, colors=INK)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=PALE, linewidth=0.7)


def draw_speed(axes, devices):
    fastest = max(max(d.speed.values(), default=0) for d in devices) or 1
    slowest = min([v for d in devices for v in [*d.speed.values(), d.serial or fastest]], default=1)
    axes.set_xscale("log")
    left = slowest / 3
    axes.set_xlim(left, fastest * 4)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda *_: "")
    for index, device in enumerate(devices):
        for place, (batch, colour) in enumerate(COLOURS.items()):
            y = index + (place - 1.5) * 0.2
            if batch in device.speed:
                value = device.speed[batch]
                axes.barh(y, value - left, left=left, height=0.17, color=colour)
                mark = " (unstable)" if device.shaky[batch] else ""
                axes.text(value * 1.08, y, figures(value) + mark, va="center", color=INK, fontsize=8.5)
            else:
                axes.text(left * 1.08, y, device.reason[batch], va="center", color="#8c959f", fontsize=8.5)
        if device.serial:
            y = index + 0.3
            axes.barh(y, device.serial - left, left=left, height=0.17, color="#8c959f")
            axes.text(device.serial * 1.08, y, figures(device.serial), va="center", color=INK,
                      fontsize=8.5)
    axes.set_yticks(range(len(devices)), [d.label for d in devices], fontsize=9)
    axes.set_title("pictures a second (logarithmic)", loc="left", fontsize=10, color=INK)
    axes.set_ylim(len(devices) - 0.45, -0.55)


def draw_shares(axes, devices):
    for index, device in enumerate(devices):
        for place, (name, share) in enumerate(device.shares):
            y = index + (place - 0.5) * 0.26
            axes.barh(y, 100 * (share or 0), height=0.22, color=("#7a4fa3", "#b48ad6")[place])
            text = f"{name} {100 * share:.0f} %" if share else f"{name}: not measured"
            axes.text(100 * (share or 0) + 2, y, text, va="center", color=INK, fontsize=8.5)
    axes.set_xlim(0, 160)
    axes.set_xticks([0, 50, 100], ["0", "50 %", "100 %"])
    axes.set_yticks([])
    axes.set_title("share of the device's own limit", loc="left", fontsize=10, color=INK)
    axes.set_ylim(len(devices) - 0.45, -0.55)


def draw(devices):
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "unmask", "svg.fonttype": "none",
                                "font.family": "DejaVu Sans"})
    from matplotlib import pyplot
    from matplotlib.patches import Patch
    height = 1.6 + 1.25 * len(devices)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, height),
                                            gridspec_kw={"width_ratios": (2.2, 1)})
    figure.subplots_adjust(left=0.235, right=0.985, top=1 - 0.75 / height, bottom=0.75 / height,
                           wspace=0.06)
    for axes in (left, right):
        clean(axes)
    draw_speed(left, devices)
    draw_shares(right, devices)
    keys = [Patch(color=colour, label=f"batch {batch}") for batch, colour in COLOURS.items()]
    if any(device.serial for device in devices):
        keys.append(Patch(color="#8c959f", label="token by token"))
    figure.legend(handles=keys, loc="lower left", bbox_to_anchor=(0.225, 0.0), ncols=len(keys),
                  frameon=False, fontsize=9)
    figure.suptitle("unmask bench", x=0.015, y=1 - 0.12 / height, va="top", ha="left", fontsize=13,
                    fontweight="bold", color=INK)
    return figure


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("results", nargs="+")
    parser.add_argument("-o", "--output", action="append", required=True,
                        help=".svg or .png; may be repeated")
    options = parser.parse_args(arguments)
    figure = draw(read(options.results))
    for path in options.output:
        kind = pathlib.Path(path).suffix.lower()
        if kind not in (".svg", ".png"):
            sys.exit(f"{path}: .svg or .png, please")
        figure.savefig(path, dpi=160, facecolor="white", metadata={"Date": None} if kind == ".svg" else None)


if __name__ == "__main__":
    main()
