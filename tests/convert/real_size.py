"""One layout at its published size, from a random checkpoint to a picture. Takes minutes; tests take the toy.

    UM_PROGRAM=.../unmask python3 real_size.py NAME [FOLDER] [--types f32,f16,q8_0] [--skip-reference]

Writes the checkpoint, converts it, prints time and peak memory of that, compares logits, decode and encode
with the reference in float32, and draws class 207. UM_TEST_DEVICE: cpu (default) or vulkan.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from convert_support import (DEVICE, TOOLS, Bench, Layout, checkpoints, files_flax, files_torch, nmse,
                             rounded, worst_choice)

import torch

TAMING = {"classes": 1000, "codes": 1024, "code_size": 256, "z": 256, "widths": (128, 128, 256, 256, 512),
          "blocks": 2, "dim": 768, "heads": 16, "mlp": 3072, "layers": 24, "side": 16}
VQ16 = {**TAMING, "codes": 16384, "code_size": 8}
# Name: family, sizes, writer, parameters of the transformer as published (none published: None).
MODELS = {
    "maskgit-256": ("original", TAMING, files_torch(("state_dict", "state_dict")), 172_457_193),
    "maskgit-256-flax": ("original", TAMING, lambda *parts: files_flax(*parts, chunk=None), 172_457_193),
    "maskgit-512": ("original", {**TAMING, "side": 32}, files_torch(("state_dict", "state_dict")),
                    173_047_017),
    "v1-256": ("v1", TAMING, files_torch(("model_state_dict", "state_dict")), 174_161_000),
    "v1-512": ("v1", {**TAMING, "side": 32}, files_torch(("model_state_dict", "state_dict")), None),
    "halton-256-tiny": ("halton", {**VQ16, "dim": 384, "heads": 6, "mlp": 1024, "layers": 6},
                        files_torch(("model_state_dict", "model")), 23_000_000),
    "halton-256-small": ("halton", {**VQ16, "dim": 512, "heads": 6, "mlp": 1536, "layers": 12},
                         files_torch(("model_state_dict", "model")), 69_000_000),
    "halton-384-base": ("halton", {**VQ16, "dim": 768, "heads": 12, "mlp": 2048, "layers": 12, "side": 24},
                        files_torch(("model_state_dict", "model")), 142_000_000),
    "halton-384-large": ("halton", {**VQ16, "dim": 1024, "heads": 16, "mlp": 2816, "layers": 24, "side": 24},
                         files_torch(("model_state_dict", "model")), 480_000_000),
    "toy": ("original", {**TAMING, "widths": (32, 32, 32, 32, 32), "blocks": 1, "dim": 768, "mlp": 96,
                         "layers": 1, "side": 4}, files_torch(("state_dict", "state_dict")), None),
}


def high_water(pid):
    """Peak resident memory so far in MiB; what wait4() reports would include this process before the exec."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return max((int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM")), default=0)


def convert(paths, output, kind):
    """Runs tools/convert.py; prints its time and peak memory beside the size of the weights."""
    start, peak = time.monotonic(), 0
    program = [sys.executable, str(TOOLS / "convert.py"), *map(str, paths), "-o", str(output), "--type", kind]
    process = subprocess.Popen(program)
    while process.poll() is None:
        peak = max(peak, high_water(process.pid))
        time.sleep(0.02)
    if process.returncode:
        sys.exit(f"convert.py ended with {process.returncode}")
    weights, made = (sum(map(os.path.getsize, files)) >> 20 for files in (paths, [output]))
    print(f"{kind}: converted in {time.monotonic() - start:.1f} s, peak memory {peak} MiB for checkpoints of "
          f"{weights} and a file of {made}", flush=True)


def say(what, made, exact, ideal):
    """Prints the error beside that of ideally rounded weights."""
    value, least = nmse(made, exact.numpy()), nmse(ideal.numpy(), exact.numpy())
    rounding = f", {value / least:.2f} times that of rounded weights" if least else ""
    print(f"{what}: NMSE {value:.2e}{rounding}", flush=True)


class Exact:
    """The reference in float32, which every type of file is compared with: each pass once."""

    def __init__(self, networks):
        self.transformer, self.tokenizer = networks
        self.made = {}

    def once(self, network, tokens, *label):
        key = network.__name__, *tokens.flatten().tolist()
        if key not in self.made:
            self.made[key] = network(tokens, *label)
        return self.made[key]


def compare(bench, exact, ideal):
    """Prints how far the program is from the reference. ideal: rounded weights' networks, None for F32."""
    tokens, made = bench.logits(207, 0.6)
    right = exact.once(exact.transformer.forward, tokens, 207)
    say("logits", made, right, ideal[0](tokens, 207) if ideal else right)
    tokens, made = bench.decode()
    right = exact.once(exact.tokenizer.decode, tokens)
    say("decode", made, right, ideal[1].decode(tokens) if ideal else right)
    picture, codes = bench.encode()
    print(f"encode: worst choice {worst_choice(exact.tokenizer, picture.float(), codes):.1e} of the lengths, "
          f"{len(codes.unique())} codes", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("name", choices=MODELS)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--types", default="f32,f16,q8_0")
    parser.add_argument("--skip-reference", action="store_true")
    args = parser.parse_args()
    family, sizes, files, published = MODELS[args.name]
    layout = Layout(family, checkpoints.Sizes(**sizes), files)
    with tempfile.TemporaryDirectory() as temporary, torch.no_grad():
        folder = pathlib.Path(args.folder or temporary)
        networks = checkpoints.networks(family, layout.sizes)
        count = sum(weight.numel() for weight in networks[0].parameters())
        print(f"{args.name}: {count} parameters in the transformer, published {published or '-'}", flush=True)
        paths = layout.files(folder, *networks)
        exact = None if args.skip_reference else Exact(networks)
        for kind in args.types.split(","):
            file = folder / f"{args.name}-{kind}.gguf"
            convert(paths, file, kind)
            bench = Bench(folder, file, layout)
            if exact:
                ideal = None
                if kind != "f32":
                    made = checkpoints.networks(family, layout.sizes)
                    ideal = [rounded(network, kind).float() for network in made]
                compare(bench, exact, ideal)
            start = time.monotonic()
            bench.program("generate", "-c", 207, "--steps", 8, "-o", f"{args.name}-{kind}.png")
            print(f"{kind}: 8 steps and a picture on {DEVICE}: {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
