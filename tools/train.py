#!/usr/bin/env python3
"""Trains a model on a folder of pictures and writes it as one file:

    python3 tools/train.py tools/configs/any-64.toml --data PICTURES --out runs/mine --export mine.gguf
"""
import argparse
import os
import sys

from unmask_tools import config as configs
from unmask_tools import data as datasets
from unmask_tools import gguf
from unmask_tools.argument_types import between, positive


def arguments():
    parser = argparse.ArgumentParser(description="Train the tokenizer, then the transformer, of one config.")
    parser.add_argument("config", help="TOML file, e.g. tools/configs/any-64.toml")
    parser.add_argument("--data", required=True,
                        help="folder with one sub-folder of pictures per class, or folder or tar with a CSV")
    parser.add_argument("--out", required=True, help="folder for checkpoints, logs and sheets")
    parser.add_argument("--export", metavar="OUT.gguf", help="write the model file in the end")
    parser.add_argument("--type", choices=sorted(gguf.FILE_TYPES), default="f16",
                        help="type of the matrices of --export")
    parser.add_argument("--stage", choices=("tokenizer", "transformer", "both", "decoder"), default="both",
                        help="decoder: goes on with the VQ decoder alone, partly on grids that the "
                             "transformer of --out has redrawn; the codes stay as they are")
    parser.add_argument("--minutes", type=positive(float), default=60,
                        help="time budget per stage, resumed runs included")
    parser.add_argument("--start", metavar="MODEL.gguf",
                        help="begin with a model file's weights; checkpoints that --resume finds win")
    parser.add_argument("--resume", action="store_true", help="continue from the checkpoints in --out")
    parser.add_argument("--batch", type=positive(int), help="pictures per step, in place of the config's")
    parser.add_argument("--seed", type=between(0, (1 << 63) - 1), default=0)
    parser.add_argument("--threads", type=between(0, 1024), default=0, help="CPU threads; 0 = torch's choice")
    args = parser.parse_args()
    return args


def check_target(path):
    """What would fail only after hours of training."""
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path) or not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise ValueError(f"{path}: a model file cannot be written there")


def settings(args):
    """(config, data); --batch in its place in the config."""
    config = configs.load(args.config)
    if args.batch:
        config.tokenizer.train.batch = config.transformer.train.batch = args.batch
    return config, datasets.load(args.data, config.data)


def train(args, config, data, start):
    from unmask_tools import exporter, train_decoder, train_tokenizer, train_transformer
    if args.stage in ("tokenizer", "both"):
        train_tokenizer.train(config, data, args.out, args.minutes, args.resume, start)
    if args.stage == "decoder":
        train_decoder.train(config, data, args.out, args.minutes, start)
    if args.stage in ("transformer", "both"):
        train_transformer.train(config, data, args.out, args.minutes, args.resume, start)
    if args.export:
        exporter.export(config, data, args.out, args.export, args.type)


def main():
    args = arguments()
    start = None
    try:
        if args.start:
            from unmask_tools import warm_start
            start = warm_start.read(args.start)
        config, data = settings(args)
        os.makedirs(args.out, exist_ok=True)
        if args.export:
            check_target(args.export)
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"train.py: {error}")
    import torch
    from unmask_tools import masking, run
    try:
        for name in (config.transformer.train.mask_schedule, config.sampler.schedule):
            masking.share(name, 0.5)
    except ValueError as error:
        sys.exit(f"train.py: {args.config}: {error}")
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    print(f"{len(data.pictures)} pictures, {len(data.names)} classes", file=sys.stderr)
    try:
        train(args, config, data, start)
    except KeyboardInterrupt:
        print("\ntrain.py: interrupted; --resume goes on from here", file=sys.stderr)
        sys.exit(130)
    except (OSError, run.CheckpointError) as error:
        sys.exit(f"train.py: {error}")


if __name__ == "__main__":
    main()
