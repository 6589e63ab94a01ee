#!/usr/bin/env python3
"""Trains a model:

    python3 tools/train.py tools/configs/emoji-64.toml --data ../shared/data/emoji --out runs/emoji-64
"""
import argparse
import os
import sys

from unmask_tools import config as configs
from unmask_tools import data as datasets


def arguments():
    parser = argparse.ArgumentParser(description="Train the tokenizer, then the transformer, of one config.")
    parser.add_argument("config", help="TOML file, e.g. tools/configs/emoji-64.toml")
    parser.add_argument("--data", required=True, help="folder or tar of pictures; the CSV lies beside them")
    parser.add_argument("--out", required=True, help="folder for checkpoints, logs and sheets")
    parser.add_argument("--stage", choices=("tokenizer", "transformer", "both", "decoder"), default="both",
                        help="decoder: goes on with the VQ decoder alone; the codes stay as they are")
    parser.add_argument("--minutes", type=float, default=60,
                        help="time budget per stage, resumed runs included")
    parser.add_argument("--resume", action="store_true", help="continue from the checkpoints in --out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 = torch's choice")
    return parser.parse_args()


def main():
    args = arguments()
    try:
        config = configs.load(args.config)
        data = datasets.load(args.data, config.data)
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"train.py: {error}")
    import torch
    from unmask_tools import train_tokenizer, train_transformer
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    os.makedirs(args.out, exist_ok=True)
    print(f"{len(data.pictures)} pictures, {len(data.names)} classes", file=sys.stderr)
    if args.stage in ("tokenizer", "both"):
        train_tokenizer.train(config, data, args.out, args.minutes, args.resume)
    if args.stage == "decoder":
        train_tokenizer.tune_decoder(config, data, args.out, args.minutes)
    if args.stage in ("transformer", "both"):
        train_transformer.train(config, data, args.out, args.minutes, args.resume)


if __name__ == "__main__":
    main()
