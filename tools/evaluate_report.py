#!/usr/bin/env python3
"""Measures a model with many settings and writes docs/QUALITY.md:

    python3 tools/evaluate_report.py tools/configs/quality.toml --data DIR --model assets/emoji-64.gguf \\
        --program BUILD/unmask -o docs/QUALITY.md

Needs PyTorch, numpy, Pillow and matplotlib (Debian: python3-torch python3-pil python3-matplotlib).
"""
import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys

from unmask_tools import config as configs
from unmask_tools import data as datasets
from unmask_tools import gguf
from unmask_tools.evaluate import draw, findings, plan

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def arguments():
    parser = argparse.ArgumentParser(description="Measure sampler settings, write a report.")
    parser.add_argument("plan", help="TOML file, e.g. tools/configs/quality.toml")
    parser.add_argument("--data", required=True, help="the real pictures, as for train.py")
    parser.add_argument("--model", required=True, help="GGUF file")
    parser.add_argument("--program", required=True, help="unmask, a release build")
    parser.add_argument("-o", "--output", required=True,
                        help="the page; its plots go into a folder beside it")
    parser.add_argument("--judge",
                        help="feature network; default: the model's name with .judge.npz, made if missing")
    parser.add_argument("--cache", default="build/quality", help="folder of drawn pictures and scores")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="programs drawing at the same time")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of each")
    parser.add_argument("--quick", action="store_true",
                        help="two rows of a table, little of all: to try it out")
    parser.add_argument("--commands", action="store_true",
                        help="print shell lines that draw what is missing")
    parser.add_argument("--as-is", action="store_true",
                        help="draw nothing: each table uses the rounds that all its rows have")
    return parser.parse_args()


def load_judge(args, what, data):
    """The feature network, trained if its file is missing."""
    from unmask_tools.evaluate import judge
    path = args.judge or os.path.splitext(args.model)[0] + ".judge.npz"
    if args.quick and not os.path.exists(path):
        path = os.path.join(args.cache, "quick.judge.npz")  # too bad to be found by a whole run
    if not os.path.exists(path):
        print(f"training the judge, {what.judge_steps} steps", file=sys.stderr)
        made = judge.train(data, what.judge_steps)
        judge.save(path, made, {"classes": list(data.names), "size": int(data.pictures.shape[1]),
                                "pictures": len(data.labels), "steps": what.judge_steps})
    model, about = judge.load(path)
    if about["classes"] != list(data.names) or about["size"] != data.pictures.shape[1]:
        raise ValueError(f"{path}: made for other classes or another size")
    if not args.quick and (about["steps"], about["pictures"]) != (what.judge_steps, len(data.labels)):
        raise ValueError(f"{path}: trained {about['steps']} steps on {about['pictures']} pictures, not "
                         f"{what.judge_steps} on {len(data.labels)}; without that file one is trained")
    return model, about, path


def cut(tables, store):
    """For --as-is: rows that nobody has drawn go, the others get the rounds that all of their table have."""
    kept = []
    for table in tables:
        there = {id(row): next((i for i in range(row.rounds) if not store.drawn(row.settings, i)), row.rounds)
                 for row in table.rows}
        rows = [row for row in table.rows if there[id(row)]]
        if len(rows) < len(table.rows):
            print(f"table {table.name}: {len(rows)} of {len(table.rows)} rows are drawn", file=sys.stderr)
        for row in rows:
            row.rounds = min(there[id(other)] for other in rows)
            for index in range(row.rounds):
                store.pack(row.settings, index)
        table.rows = rows
        if rows:
            kept.append(table)
    return kept


def digest(*parts):
    """A short name for what a cached thing was made from: bytes, or anything that JSON can hold."""
    made = hashlib.sha256()
    for part in parts:
        made.update(part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode())
    return made.hexdigest()[:16]


def version(program):
    text = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    return text.split("\n")[0].split()[1]


def machine():
    """What the times were measured on."""
    name = platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            name = next(line.split(":", 1)[1].strip() for line in stream if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} threads"


def kept_array(path, make):
    """The array of a file, made if the file is missing."""
    import numpy as np
    if not os.path.exists(path):
        with open(path + ".tmp", "wb") as stream:
            np.savez_compressed(stream, array=make())
        os.replace(path + ".tmp", path)
    with np.load(path) as arrays:
        return arrays["array"]


def make_reference(args, what, data, meta, arrays):
    from unmask_tools import model_file, run
    from unmask_tools.evaluate import measure
    from unmask_tools.train_tokenizer import reconstruct
    judge, about, path = load_judge(args, what, data)
    data = datasets.some_classes(data, range(0, len(data.names), what.class_step))
    real = digest(meta["maskgit.sha256.data"], data.pictures.tobytes(), data.labels.tobytes())
    remade = kept_array(os.path.join(args.cache, f"remade-{real}.npz"),
                        lambda: run.to_bytes(reconstruct(model_file.modules(meta, arrays)[0], data.pictures,
                                                         "cpu")))
    reference = measure.Reference(data, remade, judge, what.resamples, what.seed)
    kept = measure.Kept(os.path.join(args.cache, "scores.json"),
                        [about, os.path.getsize(path), measure.FEATURES, what.resamples, what.seed, real])
    return reference, kept, path, about


def real_rows(reference, kept):
    """Scores of the reconstructions: the best that a perfect transformer could reach."""
    from unmask_tools.evaluate import measure
    return [("real, encoded and decoded", kept.get("remade", lambda: measure.scores(
        reference, reference.remade, reference.data.labels, reference.weights)))]


def accuracy_table(reference, kept, store, table, what):
    """The classification accuracy score of the rows of a table, and of the real pictures."""
    from unmask_tools.evaluate import measure, report
    settings = f"{what.score_steps} {what.score_seeds}"
    found = kept.get(f"real accuracy {settings}",
                     lambda: measure.real_accuracy(reference, what.score_steps, what.score_seeds))
    learnt = round(len(reference.data.labels) * 2 / 3)  # of three parts, all but the one to be named
    rows = [["real pictures, 3-fold cross-validation", learnt, report.half(found, True)]]
    for row in table.rows:
        rounds = min(row.rounds, what.score_rounds)
        name = f"accuracy {store.key(row.settings)} {rounds} {settings}"
        found = kept.get(name, lambda row=row, rounds=rounds: measure.accuracy_score(
            reference, *store.pictures(row.settings, rounds), what.score_steps, what.score_seeds))
        rows.append([row.label or row.settings["sampler"], rounds * store.classes,
                     report.half(found, True)])
    return report.markdown(["trained on", "pictures", "accuracy"], rows, 1)


def sentences(tables, clock):
    """What follows from the tables that are there."""
    lines = []
    for name, (table, scored) in tables.items():
        if name.startswith("duel"):
            lines += findings.duel(scored, clock, table.title)
        elif name == "raster":
            lines += findings.raster(scored, clock)
        elif hasattr(findings, name):
            lines += getattr(findings, name)(scored)
    return lines


def folder_of_plots(args):
    return os.path.join(os.path.dirname(os.path.abspath(args.output)),
                        os.path.splitext(os.path.basename(args.output))[0].lower())


def opening(args, what):
    """What does not depend on scores: how the page is made, and what people see."""
    from unmask_tools.evaluate import report
    intro = report.template("intro.md", command=shown_command(args))
    if not what.tables:
        intro += ("\n**Not measured:** nothing of the plan has been drawn with this model, so no scores "
                  "follow.\n")
    elif what.missing:
        intro += f"\n**Not finished:** {what.missing}. What is missing is left out below.\n"
    eyes = os.path.join(folder_of_plots(args), "blind.txt")
    if os.path.exists(eyes):
        with open(eyes, encoding="utf-8") as stream:
            intro += "\n" + stream.read()
    return intro


def closing(args):
    from unmask_tools.evaluate import report
    return report.template("repeat.md", plan=os.path.relpath(args.plan, REPO))


def bare_page(args, what):
    """The page of a model with which nothing of the plan has been drawn."""
    from unmask_tools.evaluate import report
    report.write(args.output, [opening(args, what), closing(args)])


def page(args, what, reference, kept, judge_path, about, meta, store, clock):
    from unmask_tools.evaluate import measure, report
    tables = {table.name: (table, [(row, measure.row_scores(reference, store, kept, row))
                                   for row in table.rows]) for table in what.tables}
    folder = folder_of_plots(args)
    made = report.draw_plots(folder, tables, clock)
    usual = report.time_plot(folder, tables, clock)
    name = os.path.basename(folder)
    how = report.template(
        "measured.md", model=f"`{os.path.basename(args.model)}`",
        classes=len(reference.data.names), drawn=store.classes, which=which_classes(what.class_step),
        size=meta["maskgit.image_width"], seed=what.seed,
        version=version(args.program),
        weights={0: "F32", 1: "F16", 7: "Q8_0"}[meta["general.file_type"]], real=len(reference.data.labels),
        resamples=what.resamples, runs=clock.runs, timed=clock.pictures, machine=machine(),
        between=reference.between_real(), limit=reference.copy_limit,
        judge=os.path.basename(judge_path), judge_size=os.path.getsize(judge_path) // 1000,
        judge_steps=about["steps"], judge_pictures=about["pictures"], features=measure.FEATURES,
        share=f"{100 * reference.project.share:.0f}")
    parts = [opening(args, what), how, "## What the numbers say\n", "\n".join(sentences(tables, clock)),
             "\n## Upper bound set by the tokenizer\n", report.real_table(real_rows(reference, kept))]
    for table, scored in tables.values():
        parts += [f"\n## {table.title}\n", rounds_text(table, store), table.text.strip()]
        if table.name in made:
            parts.append(f"\n![{table.title}]({name}/{made[table.name]})\n")
        parts.append("\n" + report.table_text(table, scored, clock))
        if table.name == "duel":
            parts += ["\n### Classification accuracy score\n", accuracy_text(what),
                      accuracy_table(reference, kept, store, table, what)]
    parts += [f"\n## Quality against time\n\nAll rows above with {usual} rounds.\n",
              f"![Quality against time]({name}/time.svg)\n",
              "The Pareto front: no other row is both faster and has a smaller Fréchet distance than one of "
              "these:\n", report.frontier(tables, clock, usual), "\n" + closing(args)]
    report.write(args.output, parts)


def accuracy_text(what):
    trainings = f"; mean of {what.score_seeds} trainings" if what.score_seeds > 1 else ""
    return (f"A network like the judge is trained for {what.score_steps} steps on the pictures of one row "
            f"only, at half size, and then has to classify the real pictures{trainings}. (In the paper, on "
            "ImageNet 256, such a network reaches 63.1 % when trained on generated pictures and 76.6 % "
            "when trained on real ones.) The first row is 3-fold cross-validation on the real pictures. "
            "Only classes with more than one real picture count, because in cross-validation a class must "
            "also occur in the training folds. If the designs of a class differ, cross-validation tests "
            "on a design that was not in the training set, while drawn pictures may show all designs. "
            "This is why, unlike in the paper, drawn pictures can do better than real ones here.\n")


def rounds_text(table, store):
    counts = sorted({row.rounds for row in table.rows})
    return ("Rounds: " + " and ".join(f"{count} ({count * store.classes} pictures)" for count in counts)
            + f" of each row. ")


def which_classes(step):
    return "all" if step == 1 else f"one class in {step}"


def shown_command(args):
    """The command without this machine's paths."""
    return (f"python3 tools/evaluate_report.py {os.path.relpath(args.plan, REPO)} \\\n"
            f"    --data ../shared/data/emoji --model assets/{os.path.basename(args.model)} \\\n"
            f"    --program build/release/platform/native/unmask -o docs/{os.path.basename(args.output)}"
            + " --quick" * args.quick)


def main():
    args = arguments()
    try:
        meta, arrays = gguf.read(args.model)
        what = plan.load(args.plan, meta, args.quick)
        config = configs.load(os.path.join(os.path.dirname(args.plan), what.config))
        store = draw.Store(args.cache, args.program, args.model, meta, what.seed, what.class_step)
        rows = [row for table in what.tables for row in table.rows]
        if args.commands:
            print("\n".join(draw.commands(store, rows)))
            return
        data = datasets.load(args.data, config.data)
        if list(data.names) != meta["maskgit.class_names"]:
            raise ValueError("the model's classes are not those of the data")
        os.makedirs(args.cache, exist_ok=True)
        if args.as_is:
            wanted = sum(row.rounds for row in rows)
            what.tables = cut(what.tables, store)
            rows = [row for table in what.tables for row in table.rows]
            used = sum(row.rounds for row in rows)
            if used < wanted:
                what.missing = f"{used} of the plan's {wanted} rounds are drawn and used"
        else:
            draw.draw(store, rows, args.jobs, args.threads)
        if not rows:
            bare_page(args, what)
            return
        where = digest(meta["maskgit.sha256.data"], machine(), version(args.program))
        clock = draw.Clock(store, os.path.join(args.cache, f"seconds-{where}.json"))
        clock.measure(rows)
        page(args, what, *make_reference(args, what, data, meta, arrays), meta, store, clock)
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"evaluate_report.py: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"evaluate_report.py: {error}\n{(error.stderr or b'').decode(errors='replace')}")


if __name__ == "__main__":
    main()
