#!/usr/bin/env python3
"""Runs tools/golden.py, or exits with 77 where it cannot run: make_golden.py ARGUMENTS OF golden.py

PyTorch is not needed to build or to run the program, so a machine without it skips these tests.
"""
import pathlib
import runpy
import sys

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


def main():
    model = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else None
    if model and not pathlib.Path(model).is_file():
        print(f"skip: there is no {model}")
        return 77
    try:
        import torch  # noqa: F401
    except ImportError as error:
        print(f"skip: {sys.executable}: {error}")
        return 77
    sys.path.insert(0, str(TOOLS))
    runpy.run_path(str(TOOLS / "golden.py"), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
