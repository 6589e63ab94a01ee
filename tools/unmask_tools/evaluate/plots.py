"""The pictures of the report: small SVG files. Needs matplotlib (Debian: python3-matplotlib)."""
import os

COLOURS = ("#0b6e99", "#e08a1e", "#5b8c3a", "#7a4fa3", "#b3404a", "#57606a", "#1f9e89", "#c2579e")
INK, PALE = "#24292f", "#d8dee4"


def _pyplot():
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "unmask", "svg.fonttype": "none",
                                "font.family": "DejaVu Sans", "font.size": 9})
    from matplotlib import pyplot
    return pyplot


def _figure(panels):
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(1, panels, figsize=(1.4 + 4.3 * panels, 3.5), squeeze=False)
    for one in axes[0]:
        for side in ("top", "right"):
            one.spines[side].set_visible(False)
        for side in ("bottom", "left"):
            one.spines[side].set_color(PALE)
        one.tick_params(length=0, colors=INK)
        one.grid(color=PALE, linewidth=0.6)
        one.set_axisbelow(True)
    return figure, list(axes[0])


def _save(figure, path):
    pyplot = _pyplot()
    figure.tight_layout()
    figure.savefig(path + ".tmp", format="svg", facecolor="white", metadata={"Date": None})
    pyplot.close(figure)
    with open(path + ".tmp", encoding="utf-8") as stream:
        lines = [line.rstrip() for line in stream]
    with open(path + ".tmp", "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
    os.replace(path + ".tmp", path)


def _bars(axes, x, entries, colour, label, line="-"):
    """Values with their intervals; entries: (value, (low, high) or None)."""
    y = [value for value, _ in entries]
    low = [value - span[0] if span else 0 for value, span in entries]
    high = [span[1] - value if span else 0 for value, span in entries]
    axes.errorbar(x, y, yerr=[[max(0, v) for v in low], [max(0, v) for v in high]], color=colour, label=label,
                  linestyle=line, marker="o", markersize=3.5, linewidth=1.3, elinewidth=0.8, capsize=2)


def _whole_ticks(axes, values):
    axes.set_xscale("log", base=2)
    axes.set_xticks(values, [f"{value:g}" for value in values])
    axes.xaxis.set_minor_formatter(lambda *_: "")
    axes.minorticks_off()


def lines(path, series, label, panels):
    """series: {name: [(x, scores)]}; panels: [(score, title)]; x is on a logarithmic axis."""
    figure, axes = _figure(len(panels))
    values = sorted({x for points in series.values() for x, _ in points})
    for one, (score, title) in zip(axes, panels):
        for (name, points), colour in zip(series.items(), COLOURS):
            points = sorted(points, key=lambda point: point[0])
            _bars(one, [x for x, _ in points], [scores[score] for _, scores in points], colour, name)
        _whole_ticks(one, values)
        one.set_xlabel(label, color=INK)
        one.set_title(title, loc="left", fontsize=9.5, color=INK)
        one.set_ylim(bottom=0)
    axes[-1].legend(frameon=False, fontsize=8, loc="best")
    _save(figure, path)


def guidance(path, points, marks):
    """points: [(scale, scores)]; marks: [(name, scale, scores)], other ways to reach that scale."""
    shown = (("frechet", "Fréchet distance (less is better)"), ("top1", "recognised, top-1"),
             ("diversity", "diversity (real pictures: 1)"))
    figure, axes = _figure(len(shown))
    points = sorted(points, key=lambda point: point[0])
    for one, (score, title) in zip(axes, shown):
        have = [(x, scores[score]) for x, scores in points if score in scores]
        _bars(one, [x for x, _ in have], [entry for _, entry in have], COLOURS[0], "constant")
        for (name, scale, scores), colour in zip(marks, COLOURS[1:]):
            if score in scores:
                _bars(one, [scale], [scores[score]], colour, name, "none")
        one.set_xlabel("guidance scale", color=INK)
        one.set_title(title, loc="left", fontsize=9.5, color=INK)
    axes[0].legend(frameon=False, fontsize=8, loc="best")
    _save(figure, path)


def seconds(path, series):
    """Quality against time: {name: [(seconds, scores)]}."""
    figure, (axes, other) = _figure(2)
    for (name, points), colour in zip(series.items(), COLOURS):
        points = sorted(points, key=lambda point: point[0])
        _bars(axes, [x for x, _ in points], [scores["frechet"] for _, scores in points], colour, name, "none")
        other.plot([scores["precision"][0] for _, scores in points],
                   [scores["recall"][0] for _, scores in points], "o", color=colour, label=name, markersize=4)
    axes.set_xscale("log")
    every = [x for points in series.values() for x, _ in points]
    ticks = [d * 10.0 ** e for e in range(-4, 4) for d in (1, 2, 5)]
    shown = [x for x in ticks if min(every) / 1.5 <= x <= max(every) * 1.5]
    axes.set_xticks(shown, [f"{x:g}" for x in shown])
    axes.minorticks_off()
    axes.set_xlabel("seconds a picture", color=INK)
    axes.set_ylim(bottom=0)
    axes.set_title("Fréchet distance (less is better)", loc="left", fontsize=9.5, color=INK)
    other.set_xlabel("precision", color=INK)
    other.set_title("recall (more is better)", loc="left", fontsize=9.5, color=INK)
    other.legend(frameon=False, fontsize=8, loc="best")
    _save(figure, path)
