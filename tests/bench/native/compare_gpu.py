#!/usr/bin/env python3
"""unmask on a GPU beside PyTorch on the same GPU: compare_gpu.py BUILD_DIR WORK_DIR

Whole pictures of the published 256x256 network, 8 steps without guidance, random weights in F16: `unmask
bench` (Vulkan, --precision f16) against PyTorch in bfloat16 with fused attention, eager and compiled, in
turns in one session. BUILD_DIR holds a release build; WORK_DIR receives the random model, 0.5 GB, once. The
table has milliseconds per picture, the share of the matrix ceiling that `unmask bench` measured in the same
session, and how much faster unmask is. Tried out without a GPU:
    compare_gpu.py BUILD_DIR WORK_DIR --where cpu --model assets/emoji-64.gguf --batches 1
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tools"))
from unmask_tools import gguf, masking, model_file  # noqa: E402


class Torch:
    """Draws as the C program does: a forward pass of all positions, guesses, confidences, a new mask."""

    def __init__(self, name, model, args, compiled):
        meta, arrays = gguf.read(str(model))
        dtype = torch.float32 if args.where == "cpu" else torch.bfloat16
        tokenizer, transformer = (m.to(args.where, dtype) for m in model_file.modules(meta, arrays))
        self.name, self.args, self.grid = name, args, meta["maskgit.grid_width"]
        self.forward, self.decode = transformer.forward, tokenizer.decode
        if compiled:
            self.forward, self.decode = torch.compile(self.forward), torch.compile(self.decode)
        self.times = {batch: [] for batch in args.batches}

    def _gumbel(self, shape):
        return -torch.log(-torch.log(torch.rand(shape, device=self.args.where).clamp(1e-7, 1 - 1e-7)))

    @torch.inference_mode()
    def draw(self, labels):
        positions = left = self.grid * self.grid
        tokens = torch.full((len(labels), positions), -1, device=self.args.where)
        for step in range(self.args.steps):
            logs = torch.log_softmax(self.forward(tokens, labels).float(), -1)
            known = tokens >= 0
            guess = torch.where(known, tokens, (logs + self._gumbel(logs.shape)).argmax(-1))
            sure = logs.gather(-1, guess.unsqueeze(-1)).squeeze(-1)
            sure = sure + 4.5 * (1 - (step + 1) / self.args.steps) * self._gumbel(sure.shape)
            left = masking.masked_after("cosine", step, self.args.steps, positions, left)
            tokens = guess
            if left:
                lowest = sure.masked_fill(known, float("inf")).topk(left, 1, largest=False).indices
                tokens = guess.scatter(1, lowest, -1)
        return self.decode(tokens.view(-1, self.grid, self.grid))

    def measure(self):
        for batch in self.args.batches:
            labels = torch.arange(batch, device=self.args.where)
            for run in range(self.args.runs + 2):  # the first two compile and warm up
                began = time.perf_counter()
                self.draw(labels).float().cpu()
                if run > 1:
                    self.times[batch].append(1e3 * (time.perf_counter() - began) / batch)


class Unmask:
    """`unmask bench`, whose rows count milliseconds per picture."""

    def __init__(self, model, args):
        precision = [] if args.where == "cpu" else ["--precision", "f16"]
        self.name, self.args = "unmask", args
        self.command = [args.build / "platform" / "native" / "unmask", "bench", "-m", model, "-o", "json",
                        "--device", "cpu" if args.where == "cpu" else args.device, "--runs", str(args.runs),
                        "--steps", str(args.steps), *precision]
        self.times = {batch: [] for batch in args.batches}
        self.limit, self.device = {}, ""

    def measure(self):
        made = subprocess.run(self.command, check=True, capture_output=True, text=True).stdout
        device = json.loads(made)["devices"][0]
        self.device = device["name"]
        rows = {row["name"]: row for row in device["rows"]}
        for batch in self.args.batches:
            row = rows[f"picture, batch {batch}"]
            if row["status"] not in ("ok", "unstable"):
                sys.exit(f"unmask bench: {row['name']} is {row['status']}: {row['reason']}")
            self.times[batch] += row["samples"]
        for name in ("fma", "matrix"):
            self.limit[name] = max(self.limit.get(name, 0), rows[name].get("value") or 0)


def work(model):
    """GFLOP of one picture's forward pass and decode, as the published sizes have them; None for others."""
    return {"forward": 93.3, "decode": 186.5} if model.name == "real-f16.gguf" else None


def report(args, everyone, unmask, flops):
    print(f"\n{unmask.device}; PyTorch {torch.__version__} on {args.where}; {args.steps} steps, "
          f"{args.rounds} rounds of {args.runs} runs")
    print("measured limits: "
          + ", ".join(f"{name} {value:.0f} GFLOP/s" for name, value in unmask.limit.items()))
    columns = [f"batch {b}, median | least | of the matrix limit | unmask is faster" for b in args.batches]
    print(f"\n| engine | {' | '.join(columns)} |\n|---|" + "--:|" * (4 * len(columns)))
    for engine in everyone:
        cells = [engine.name]
        for batch in args.batches:
            median = statistics.median(engine.times[batch])
            share = ""
            if flops and unmask.limit["matrix"]:
                all_of_it = args.steps * flops["forward"] + flops["decode"]
                share = f"{100 * all_of_it / (median * 1e-3) / unmask.limit['matrix']:.0f} %"
            cells += [f"{median:.2f} ms", f"{min(engine.times[batch]):.2f} ms", share,
                      f"{median / statistics.median(unmask.times[batch]):.2f}"]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--model", type=pathlib.Path, help="default: random weights of the published size")
    parser.add_argument("--device", default="vulkan", help="of unmask, as in `unmask --device`")
    parser.add_argument("--where", default="cuda", help="of PyTorch: cuda, or cpu to try this program out")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32], choices=(1, 8, 32))
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--no-compile", dest="compile", action="store_false", help="PyTorch eager only")
    args = parser.parse_args()
    if args.where == "cuda" and not torch.cuda.is_available():
        sys.exit("compare_gpu.py: this PyTorch sees no GPU")
    model = args.model or args.work / "real-f16.gguf"
    if not args.model and not model.exists():
        subprocess.run([sys.executable, HERE / "real_model.py", args.work, "--type", "f16"], check=True)
    unmask = Unmask(model, args)
    everyone = [unmask, Torch("PyTorch, eager", model, args, False)]
    if args.compile:
        everyone.append(Torch("PyTorch, torch.compile", model, args, True))
    for _ in range(args.rounds):
        for engine in everyone:
            engine.measure()
    report(args, everyone, unmask, work(model))


if __name__ == "__main__":
    main()
