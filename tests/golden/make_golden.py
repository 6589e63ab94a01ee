#!/usr/bin/env python3
"""Runs tools/golden.py for every set that the golden tests need.

Usage: make_golden.py OUTPUT_DIR BUNDLED_MODEL

Each set NAME becomes OUTPUT_DIR/NAME.d, the random models OUTPUT_DIR/NAME.gguf. One process, because
importing PyTorch takes longer than the work. Exits with 77 where PyTorch is not installed: only these
tests need it.
"""
import pathlib
import runpy
import sys

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
RANDOM_MODELS = {
    "tanh": ["--gelu", "tanh"],
    "erf": ["--gelu", "erf"],
    "epsilon": ["--norm-epsilon", "1e-5"],
    "f16": ["--type", "f16"],
    "q8_0": ["--type", "q8_0"],
    "halton": ["--variant", "halton"],
    "deep": ["--decoder-blocks", "3", "1", "4"],
    "patched": ["--variant", "halton-patched"],
}


def golden(*arguments):
    sys.argv = ["golden.py", *map(str, arguments)]
    runpy.run_path(str(TOOLS / "golden.py"), run_name="__main__")


def main():
    output, bundled = map(pathlib.Path, sys.argv[1:])
    try:
        import torch  # noqa: F401
    except ImportError as error:
        print(f"skip: {sys.executable}: {error}")
        return 77
    sys.path.insert(0, str(TOOLS))
    for name, options in RANDOM_MODELS.items():
        golden("--random-model", output / f"{name}.gguf", *options, "-o", output / f"{name}.d")
    if bundled.is_file():
        golden(bundled, "-o", output / "bundled.d")
    return 0


if __name__ == "__main__":
    sys.exit(main())
