#!/usr/bin/env python3
"""unmask beside ONNX Runtime and PyTorch on the published 256x256 network: compare.py BUILD_DIR WORK_DIR

BUILD_DIR holds a release build with tests (bench_engine, bench_peak); WORK_DIR receives the random model,
some 2.4 GB, once. PyTorch is needed (Debian: python3-torch); ONNX Runtime is compared where
WORK_DIR/node_modules has it (npm install --prefix WORK_DIR --ignore-scripts onnxruntime-node@1.30). All
engines run in one session with the same number of threads, in turns, so that whatever else the machine does
meets all of them; the table gives medians, and ratios of the fastest runs. The peak of multiply-adds is
measured in between, in runs of milliseconds and in one as long as a forward pass. Results are compared, too.
"""
import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
GFLOP = {"forward": 93.3, "decode": 186.5}
TYPES = ("f32", "f16", "q8_0")
# Of the NMSE. A wrong network is off by 1; Q8_0 rounds weights and inputs to 8 bits in 24 layers.
LIMITS = (("Q8_0", 0.05), ("bf16", 5e-3), ("F16", 1e-3), ("F32", 1e-8))


class Engine:
    def __init__(self, name, command, **environment):
        self.name, self.times = name, {"forward": [], "decode": []}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **environment})
        word, load, self.version = self.process.stdout.readline().split()
        assert word == "ready"
        self.load = float(load)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def run(self, kind):
        self.times[kind].append(float(self.ask(kind)))
        time.sleep(0.05)  # threads that wait for more work give up by then

    def best(self, kind):
        return min(self.times[kind])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def engines(args):
    threads = str(args.threads)
    programs = args.build / "tests" / "bench" / "native"
    for kind in args.type or TYPES:
        model = args.work / f"real-{kind}.gguf"
        yield Engine(f"unmask, {kind.upper()}", [programs / "bench_engine", model, threads])
    model = args.work / f"real-{(args.type or TYPES)[0]}.gguf"
    if args.bf16 and "avx512_bf16" in open("/proc/cpuinfo", encoding="utf-8").read():
        yield Engine("unmask, bf16", [programs / "bench_engine", model, threads, "bf16"])
    if (args.work / "node_modules" / "onnxruntime-node").is_dir():
        yield Engine("ONNX Runtime, F32", ["node", HERE / "onnx_engine.cjs", args.work, threads],
                     NODE_PATH=str(args.work / "node_modules"))
    else:
        print("skip: no onnxruntime-node in", args.work / "node_modules", file=sys.stderr)
    script = HERE / "torch_engine.py"
    if args.torch:
        yield Engine("PyTorch, F32", [sys.executable, script, args.work / "real-f32.gguf", threads])


def prepare(args):
    missing = [kind for kind in args.type or TYPES if not (args.work / f"real-{kind}.gguf").exists()]
    if missing or not (args.work / "decode.onnx").exists():
        options = [item for kind in missing for item in ("--type", kind)]
        subprocess.run([sys.executable, HERE / "real_model.py", args.work, *options, "--onnx",
                        *["--tiny"] * args.tiny], check=True)


def stem(engine):
    return "result-" + "".join(c for c in engine.name if c.isalnum())


def results(engine, work, kind):
    """What an engine computed, positions or pixels first, channels last."""
    values = np.fromfile(work / f"{stem(engine)}-{kind}.f32", "<f4").astype(np.float64)
    if kind == "decode" and not engine.name.startswith("unmask"):
        side = int((values.size / 3) ** 0.5)
        values = values.reshape(3, side, side).transpose(1, 2, 0).reshape(-1)
    return values


def agreement(everyone, work):
    """Normalised squared distance of every engine's results from PyTorch's."""
    print("| engine | logits, NMSE | picture, NMSE |\n|---|--:|--:|")
    made = {}
    for engine in everyone:
        assert engine.ask(f"save {work / stem(engine)}") == "saved"
        made[engine] = [results(engine, work, kind) for kind in ("forward", "decode")]
    right = made[everyone[-1]]
    for engine in everyone[:-1]:
        distance = [((a - b) ** 2).sum() / (b ** 2).sum() for a, b in zip(made[engine], right)]
        print(f"| {engine.name} | {distance[0]:.1e} | {distance[1]:.1e} |")
        assert max(distance) < next(limit for kind, limit in LIMITS if kind in engine.name)


def processor():
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
             if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {len(names)} processors, {platform.release()}"


def peaks(args):
    made = subprocess.run([args.build / "tests" / "bench" / "native" / "bench_peak", str(args.threads)],
                          check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in (line.split() for line in made.splitlines())}


def report(args, everyone, peak):
    print(f"\n{processor()}; {args.threads} threads, {args.runs} runs, "
          + ", ".join(f"{e.name.split(',')[0]} {e.version}" for e in everyone if "F32" in e.name))
    print("measured peak: " + ", ".join(f"{name} {value:.0f} G/s" for name, value in peak.items()))
    fastest = {(kind, name): peak[name] and GFLOP[kind] / peak[name]
               for kind in GFLOP for name in ("f32", "f32-long")}
    others = [e for e in everyone if not e.name.startswith("unmask")]
    rival = {kind: min(e.best(kind) for e in others) for kind in GFLOP}
    columns = "best | of F32 peak | of the long one | faster than the best other"
    print(f"\n| engine | forward, median | {columns} | decode, median | {columns} | load | peak RSS |")
    print("|---|" + "--:|" * 12)
    for e in everyone:
        cells = [e.name]
        for kind in GFLOP:
            cells += [f"{1e3 * statistics.median(e.times[kind]):.0f} ms", f"{1e3 * e.best(kind):.0f} ms"]
            cells += [f"{100 * fastest[kind, name] / e.best(kind):.0f} %" for name in ("f32", "f32-long")]
            cells += [f"{rival[kind] / e.best(kind):.2f}"]
        cells += [f"{e.load:.1f} s", f"{int(e.ask('memory')) / 1e6:.0f} MB"]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--type", action="append", choices=TYPES, help="only models of this type")
    parser.add_argument("--no-bf16", dest="bf16", action="store_false", help="leave out bf16")
    parser.add_argument("--no-torch", dest="torch", action="store_false",
                        help="leave out PyTorch and so the comparison of results: it can be slow")
    parser.add_argument("--tiny", action="store_true", help="narrow networks, to try this program out")
    args = parser.parse_args()
    prepare(args)
    everyone = list(engines(args))
    peak = peaks(args)
    for _ in range(args.runs + 1):
        for kind in GFLOP:
            for engine in everyone:
                engine.run(kind)
        for name, value in peaks(args).items():
            peak[name] = max(peak[name], value)
    for engine in everyone:
        for kind in GFLOP:
            del engine.times[kind][0]  # the first run warms up
    if args.torch:
        agreement(everyone, args.work)
    report(args, everyone, peak)
    for engine in everyone:
        engine.close()


if __name__ == "__main__":
    main()
