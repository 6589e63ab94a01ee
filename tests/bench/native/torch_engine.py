#!/usr/bin/env python3
"""PyTorch's side of the comparison: torch_engine.py MODEL.gguf THREADS. Obeys the same lines as engine.c."""
import pathlib
import resource
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tools"))
from unmask_tools import gguf, model_file  # noqa: E402


def main():
    torch.set_num_threads(int(sys.argv[2]))
    start = time.perf_counter()
    metadata, arrays = gguf.read(sys.argv[1])
    tokenizer, transformer = model_file.modules(metadata, arrays)
    del arrays
    grid, codes = metadata["maskgit.grid_width"], metadata["maskgit.codebook_size"]
    tokens = (torch.arange(grid * grid) * 37 + 11) % codes
    shown = torch.where(torch.arange(grid * grid) % 2 == 1, tokens, -1).view(1, -1)
    passes = {"forward": lambda: transformer(shown, torch.tensor([207])),
              "decode": lambda: tokenizer.decode(tokens.view(1, grid, grid))}
    last = {}
    print(f"ready {time.perf_counter() - start:.3f} {torch.__version__}", flush=True)
    for line in sys.stdin:
        word, *rest = line.split()
        if word in passes:
            began = time.perf_counter()
            with torch.inference_mode():
                last[word] = passes[word]()
            print(f"{time.perf_counter() - began:.6f}", flush=True)
        elif word == "save":
            for name, value in last.items():
                value.numpy().astype("<f4").tofile(f"{rest[0]}-{name}.f32")
            print("saved", flush=True)
        elif word == "memory":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)


if __name__ == "__main__":
    main()
