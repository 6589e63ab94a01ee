#!/usr/bin/env python3
"""Measures a model: does a classifier trained on real pictures recognise what the model draws?

    python3 tools/evaluate.py CONFIG --data DIR --model assets/emoji-64.gguf --program BUILD/unmask

Without --program the pictures come from the PyTorch sampler. Prints top-1 and top-5 of generated, real
(held out) and reconstructed pictures, the random baseline, and the PSNR of reconstructions.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from types import SimpleNamespace

import numpy as np
from PIL import Image

from unmask_tools import config as configs
from unmask_tools import data as datasets
from unmask_tools import gguf
from unmask_tools.argument_types import positive

SAMPLER = ("steps", "schedule", "temperature", "choice_temperature", "cfg_scale")
TORCH_SAMPLERS = ("confidence", "halton")
# What only the C program knows; passed on as it is written.
PROGRAM_ONLY = ("sampler", "eta", "loop", "recheck_rounds", "recheck_threshold", "top_k", "top_p",
                "cfg_schedule")


def arguments():
    parser = argparse.ArgumentParser(description="Measure how recognisable a model's pictures are.")
    parser.add_argument("config")
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True, help="GGUF file")
    parser.add_argument("--program", help="the C program; without it the PyTorch sampler draws")
    parser.add_argument("--per-class", type=positive(int), default=4, help="pictures drawn of each class")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=positive(int), default=90, help="of the classifier")
    parser.add_argument("--classifier", help="file to keep the trained classifiers in, read if it exists")
    parser.add_argument("--sweep", action="append", default=[], metavar="KEY=VALUE[,KEY=VALUE...]",
                        help="also draw with these sampler settings, e.g. cfg_scale=2,steps=16; repeatable")
    parser.add_argument("--group", action="append", default=[], metavar="NAME[,NAME...]",
                        help="also score the classes of these groups of labels.csv alone; repeatable")
    parser.add_argument("--sheet",
                        help="PNG of the drawn pictures, classes in order; NAME-SETTINGS.png of a sweep")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser.parse_args()


def judges(args, data, mirror):
    """(classifier without the held-out pictures, classifier of all pictures, held-out rows). mirror: whether
    a mirrored picture is of the same class."""
    import torch
    from unmask_tools import classifier, run
    kept, held = classifier.split(data.labels)
    path, made = args.classifier, []
    if path and os.path.exists(path):
        for state in run.load(path):
            model = classifier.Classifier(len(data.names))
            run.restore(model, state, path)
            made.append(model.to(run.device()).eval())
    else:
        for rows in (kept, np.arange(len(data.labels))):
            made.append(classifier.train(data.pictures[rows], data.labels[rows], len(data.names),
                                         args.epochs, mirror=mirror))
        if path:
            run.save(path, [model.state_dict() for model in made])
    return made[0], made[1], held


def program_pictures(args, settings):
    """Pictures drawn by the C program: args.per_class of the first class, as many of the next, ..."""
    options = [f"--{key.replace('_', '-')}={value}" for key, value in vars(settings).items()]
    with tempfile.TemporaryDirectory() as folder:
        command = [args.program, "generate", "-m", args.model, "--all-classes",
                   "--count", str(args.per_class), "-s", str(args.seed), "-q", "--no-metadata",
                   "-o", os.path.join(folder, "p_%06d.png"), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        made = [np.asarray(Image.open(entry.path).convert("RGB"))
                for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)]
    return np.stack(made)


def torch_pictures(args, modules, grid, labels, settings):
    import torch
    from unmask_tools import run, sampling
    tokenizer, transformer = (module.to(run.device()) for module in modules)
    rows = torch.from_numpy(labels).to(run.device())
    with run.autocast(run.device()):
        return run.to_bytes(sampling.pictures(transformer, tokenizer, rows, grid, settings, args.seed))


def overridden(defaults, text, program):
    """Sampler settings with KEY=VALUE pairs replaced; with a program its own are possible, too."""
    settings = SimpleNamespace(**defaults)
    for pair in filter(None, text.split(",")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"--sweep: {pair} is not KEY=VALUE")
        if program and key in PROGRAM_ONLY:
            setattr(settings, key, value)
            continue
        if key not in SAMPLER:
            known = SAMPLER + PROGRAM_ONLY if program else SAMPLER
            raise ValueError(f"--sweep: {key} is not one of {', '.join(known)}")
        try:
            setattr(settings, key, value if key == "schedule" else type(defaults[key])(float(value)))
        except (ValueError, OverflowError):
            raise ValueError(f"--sweep: {value} is no number for {key}") from None
    if settings.steps < 1:
        raise ValueError(f"--sweep: {settings.steps} is not above 0")
    return settings


def read_model(args, data):
    """(metadata, arrays) of a model that --data fits and that can be drawn with."""
    meta, arrays = gguf.read(args.model)
    if list(data.names) != meta.get("maskgit.class_names"):
        raise ValueError(f"{args.model}: its classes are not those of {args.data}")
    name = meta.get("maskgit.sampler.name", "confidence")
    if not args.program and name not in TORCH_SAMPLERS:
        raise ValueError(f"{args.model}: draws with {name}, which only --program can")
    if args.program and not shutil.which(args.program):
        raise ValueError(f"{args.program}: no such program")
    for text in args.sweep:
        overridden({key: meta[f"maskgit.sampler.{key}"] for key in SAMPLER}, text, args.program)
    return meta, arrays


def members(args, settings):
    """{text of a --group: (classes) bool, whether it is in one of them}."""
    if not args.group:
        return {}
    of_class = np.array(datasets.groups(args.data, settings))
    made = {text: np.isin(of_class, text.split(",")) for text in args.group}
    unknown = {name for text in args.group for name in text.split(",")} - set(of_class)
    if unknown:
        raise ValueError(f"--group: {sorted(unknown)[0]} is not one of {', '.join(sorted(set(of_class)))}")
    return made


def measure(args, config, data, chosen, meta, arrays):
    from unmask_tools import classifier, model_file, run
    from unmask_tools.train_tokenizer import psnr, reconstruct, to_float
    tokenizer, transformer = model_file.modules(meta, arrays)
    remade = reconstruct(tokenizer, data.pictures, "cpu")
    real = to_float(data.pictures, "cpu")
    error = (remade.clamp(0, 1) - real).pow(2).mean().item()
    apart, judge, held = judges(args, data, config.transformer.train.flip)
    result = {"pictures": len(data.labels), "classes": len(data.names),
              "psnr_mean": psnr(remade, real).mean().item(), "psnr_pooled": float(-10 * np.log10(error)),
              "real_held_out": classifier.scores(apart, data.pictures[held], data.labels[held])
              if len(held) else None,
              "reconstructed": classifier.scores(judge, run.to_bytes(remade), data.labels),
              "random": (1 / len(data.names), 5 / len(data.names)), "generated": []}
    labels = np.repeat(np.arange(len(data.names)), args.per_class)
    defaults = {key: meta[f"maskgit.sampler.{key}"] for key in SAMPLER}
    name = meta.get("maskgit.sampler.name", "confidence")
    for text in ["", *args.sweep]:
        settings = overridden(defaults, text, args.program)
        if args.program:
            drawn = program_pictures(args, settings)
        else:
            drawn = torch_pictures(args, (tokenizer, transformer), meta["maskgit.grid_width"], labels,
                                   SimpleNamespace(name=name, **vars(settings)))
        if args.sheet:
            stem, suffix = os.path.splitext(args.sheet)
            columns = args.per_class * max(1, 16 // args.per_class)
            run.sheet(f"{stem}-{text}{suffix}" if text else args.sheet, drawn, columns)
        top = classifier.scores(judge, drawn, labels)
        parts = {text: classifier.scores(judge, drawn[inside[labels]], labels[inside[labels]])
                 for text, inside in chosen.items()}
        result["generated"].append({**vars(settings), "top1": top[0], "top5": top[1], "groups": parts})
        print(f"drawn {len(drawn)}: {text or 'defaults'}: top-1 {top[0]:.1%}, top-5 {top[1]:.1%}",
              file=sys.stderr)
    return result


def show(result):
    print(f"{result['pictures']} real pictures, {result['classes']} classes")
    print(f"reconstruction PSNR   mean {result['psnr_mean']:.2f} dB, pooled {result['psnr_pooled']:.2f} dB")
    for name in ("real_held_out", "reconstructed", "random"):
        if not result[name]:
            print(f"{name.replace('_', ' '):20s}  no class has three pictures")
            continue
        top1, top5 = result[name]
        print(f"{name.replace('_', ' '):20s}  top-1 {top1:6.1%}  top-5 {top5:6.1%}")
    for entry in result["generated"]:
        named = {key: value for key, value in entry.items() if key not in ("top1", "top5", "groups")}
        settings = " ".join(f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}"
                            for key, value in named.items())
        print(f"{'generated':20s}  top-1 {entry['top1']:6.1%}  top-5 {entry['top5']:6.1%}  {settings}")
        for text, (top1, top5) in entry["groups"].items():
            print(f"{'  of these':20s}  top-1 {top1:6.1%}  top-5 {top5:6.1%}  {text}")


def main():
    args = arguments()
    try:
        config = configs.load(args.config)
        config.data.per_class = 0  # the judge must know the designs, too, that the model has never seen
        data = datasets.load(args.data, config.data)
        chosen = members(args, config.data)
        meta, arrays = read_model(args, data)
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"evaluate.py: {error}")
    from unmask_tools import run
    try:
        result = measure(args, config, data, chosen, meta, arrays)
    except (OSError, run.CheckpointError) as error:
        sys.exit(f"evaluate.py: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"evaluate.py: {args.program} ended with exit code {error.returncode}")
    if args.json:
        print(json.dumps(result))
    else:
        show(result)


if __name__ == "__main__":
    main()
