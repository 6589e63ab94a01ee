#!/usr/bin/env python3
"""Checkpoints to a model file:

    python3 tools/export.py CONFIG --data DIR --run runs/emoji-64 -o assets/emoji-64.gguf
"""
import argparse
import sys

from unmask_tools import config as configs
from unmask_tools import data as datasets
from unmask_tools import gguf


def arguments():
    parser = argparse.ArgumentParser(description="Write a trained model as one GGUF file.")
    parser.add_argument("config", help="the TOML file that the model was trained with")
    parser.add_argument("--data", required=True, help="the data that it was trained with (class names)")
    parser.add_argument("--run", required=True, help="folder of tokenizer.pt and transformer.pt")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--type", choices=sorted(gguf.FILE_TYPES), default="f16", help="type of the matrices")
    return parser.parse_args()


def main():
    args = arguments()
    try:
        config = configs.load(args.config)
        data = datasets.load(args.data, config.data)
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"export.py: {error}")
    from unmask_tools import exporter, run
    try:
        exporter.export(config, data, args.run, args.output, args.type)
    except (OSError, run.CheckpointError) as error:
        sys.exit(f"export.py: {error}")


if __name__ == "__main__":
    main()
