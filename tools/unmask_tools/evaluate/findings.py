"""Sentences that follow from the numbers: what the papers say, what is measured here, whether that agrees.

Two values differ significantly if their intervals do not overlap; only then is one called better.
"""
import math


def text(value, digits=3):
    """A number with that many significant digits, without an exponent."""
    if value == 0:
        return "0"
    before = math.floor(math.log10(abs(value))) + 1
    return f"{value:.{max(0, digits - before)}f}"


def frechet(scores):
    value, span = scores["frechet"]
    return f"{text(value)} ({text(span[0])} to {text(span[1])})" if span else text(value)


def compare(a, b):
    """-1: a's Frechet distance is smaller beyond the intervals, 1: larger, 0: the intervals overlap."""
    a, b = a["frechet"][1], b["frechet"][1]
    return -1 if a[1] < b[0] else 1 if a[0] > b[1] else 0


WORDS = {-1: "better", 0: "not distinguishable", 1: "worse"}


def _best(rows):
    return min(rows, key=lambda row: row[1]["frechet"][0])


def _by(rows, name):
    found = {}
    for row, scores in rows:
        found.setdefault(row.settings[name], []).append((row, scores))
    return found


def _which_schedule(rows, steps):
    """("cubic with 4 steps (not distinguishable: cosine)", whether cosine is first or among these)."""
    first = _best(rows)
    like = [row.settings["schedule"] for row, scores in rows
            if row is not first[0] and compare(scores, first[1]) == 0]
    name = first[0].settings["schedule"]
    return (f"{name} with {steps} steps" + (f" (not distinguishable: {', '.join(like)})" if like else ""),
            "cosine" in (name, *like))


def schedules(rows):
    """rows: [(Row, scores)]."""
    by_name, lines = _by(rows, "schedule"), []
    # Where one schedule alone was drawn, it has won nothing.
    duels = [_which_schedule(found, steps) for steps, found in sorted(_by(rows, "steps").items())
             if len(found) > 1]
    if duels:
        always = all(cosine for _, cosine in duels)
        lines.append("- *Which schedule.* The paper: cosine is best (FID 6.06 against 7.51 for linear, 7.26 "
                     "for cubic, 12.33 for sqrt, each at its best step count). Here the best schedules "
                     f"are {', '.join(said for said, _ in duels)}: cosine is "
                     f"{'always' if always else 'not always'} the best or not distinguishable from the best.")
    if "cosine" in by_name:
        ordered = sorted(by_name["cosine"], key=lambda row: row[0].settings["steps"])
        best, most = _best(ordered), ordered[-1]
        same = most[0] is best[0] or compare(most[1], best[1]) == 0
        end = "do no measurable harm, unlike in the paper" if same else "are worse, as in the paper"
        lines.append("- *How many steps.* The paper: with cosine, 8 to 12 steps are best and more steps "
                     "are worse (FID 6.0 at 10 steps, 7.2 at 16, 10.7 at 32). Here cosine is best with "
                     f"{best[0].settings['steps']} steps, {frechet(best[1])}; with "
                     f"{most[0].settings['steps']} steps it has {frechet(most[1])}. More steps {end}.")
    return lines


def samplers(rows):
    """Every sampler against the paper's at the same number of forward passes."""
    base = {row.passes(): scores for row, scores in rows if row.settings["sampler"] == "confidence"}
    lines = []
    for name, said in (("halton", "its paper: at least 2 FID points better"),
                       ("remdm-cap", "its paper: no gain at 16 steps, a small one at 32, more at 64"),
                       ("remdm-rescale", "its paper: no gain at 16 steps, none at 32, the best at 64"),
                       ("remdm-conf", "its paper: between the other two ReMDM samplers"),
                       ("recheck", "no published numbers")):
        parts = []
        for row, scores in sorted(rows, key=lambda entry: entry[0].passes()):
            if row.settings["sampler"] == name and row.passes() in base:
                other = base[row.passes()]
                given = row.named.get("recheck_threshold")
                among = f" (threshold {given:g})" if given is not None else ""
                parts.append(f"{row.passes()} passes{among}: {text(scores['frechet'][0])} and "
                             f"{text(other['frechet'][0])}, {WORDS[compare(scores, other)]}")
        if parts:
            lines.append(f"- *{name}* compared with confidence at the same number of passes ({said}): "
                         f"{'; '.join(parts)}.")
    return lines


def guidance(rows):
    constant = sorted(((row.settings["cfg_scale"], scores) for row, scores in rows
                       if "cfg_schedule" not in row.settings), key=lambda entry: entry[0])
    if len(constant) < 2:
        return []
    (low, first), (high, last) = constant[0], constant[-1]
    best = min(constant, key=lambda entry: entry[1]["frechet"][0])
    names = {"precision": "precision", "recall": "recall", "top1": "top-1", "diversity": "diversity"}
    moves = [f"{shown} from {first[name][0]:.2f} to {last[name][0]:.2f}" for name, shown in names.items()
             if name in first and name in last]
    return [f"- *Guidance* (the paper has none). From scale {low:g} to scale {high:g}, "
            f"{', '.join(moves).replace(' from', ' goes from', 1)}. The smallest "
            f"distance is at scale {best[0]:g}, {frechet(best[1])}."]


def raster(rows, clock):
    """The parallel sampler first, then one token after another."""
    if len(rows) < 2:
        return causal(clock.bench())
    (row, ours), (slow, theirs) = rows[0], rows[-1]
    times = clock.seconds(slow.settings) / clock.seconds(row.settings)
    lines = ["- *Token by token.* The paper's autoregressive model of the same size has FID 18.65 with 256 "
             "passes, MaskGIT 6.18 with 8. Here the same weights, drawing one token per pass in raster "
             f"order, reach {frechet(theirs)} after {slow.passes()} passes, compared with {frechet(ours)} "
             f"after {row.passes()}: {WORDS[compare(theirs, ours)]}, and {times:.0f} times slower."]
    return lines + causal(clock.bench())


def causal(bench):
    if not bench["parallel"] or not bench["causal"]:
        return []
    times = bench["causal"] / bench["parallel"]
    way = f"takes {times:.2g} times as long" if times > 1 else f"is {1 / times:.1f} times faster"
    return ["- *A causal model's time.* The paper: 30 to 64 times longer than MaskGIT, on an accelerator. "
            "Here (`unmask bench --autoregressive`) a causal transformer of this size with "
            f"a key-value cache needs {text(bench['causal'])} s per picture and {bench['steps']} parallel "
            f"steps need {text(bench['parallel'])} s: the causal one {way}. On a CPU the time is "
            "proportional to the number of operations, and a pass over one token needs few. On a large GPU a "
            "pass over the whole grid takes about as long as one over a single token, so the parallel steps "
            "should win there."]


def duel(rows, clock, title):
    """The paper's sampler first, then those that revise, at equal time."""
    base, paper = rows[0]
    lines = [f"- *{title}.* Baseline: *{base.label or 'confidence'}*, Fréchet distance {frechet(paper)}."]
    ends = {-1: "Significantly better", 0: "No significant difference", 1: "Significantly worse"}
    for row, scores in rows[1:]:
        share = clock.seconds(row.settings) / clock.seconds(base.settings)
        name = row.label or row.settings["sampler"]
        lines.append(f"  - *{name}*: {frechet(scores)}, {row.passes()} passes, {share:.2f} times the "
                     f"baseline's time. {ends[compare(scores, paper)]}.")
    return lines
