#!/usr/bin/env python3
"""The same tokens in WebAssembly as natively, for 32 seeds of the bundled model in F32, F16 and Q8_0:

    tokens.py [--noise] NATIVE_PROGRAM MODEL.gguf NODE [NODE_OPTION...] MODULE.js

WebAssembly has no fused multiply-add, so F32 logits differ by rounding; those of Q8_0 must not differ at
all. --noise also tells how much noise on the logits the tokens bear before the first of them changes."""
import os
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tools"))
from unmask_tools import gguf  # noqa: E402

SEEDS = 32
NOISES = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2]


def draw(command, model, folder, noise=0.0):
    """(tokens (SEEDS, N), logits) that a program writes; logits are empty where there is noise."""
    out = os.path.join(folder, "out")
    subprocess.run([*command, model, str(SEEDS), "2", str(noise), out], check=True)
    raw = np.fromfile(out, np.int32)
    count = SEEDS * TOKENS
    return raw[:count].reshape(SEEDS, TOKENS), raw[count:].view(np.float32)


def noise_borne(native, model, folder, right):
    """The largest of NOISES that changes no token."""
    borne = 0.0
    for noise in NOISES:
        if (draw(native, model, folder, noise)[0] != right).any():
            break
        borne = noise
    return borne


def compare(kind, native, web, model, folder):
    """True if all tokens agree."""
    right, right_logits = draw(native, model, folder)
    tokens, logits = draw(web, model, folder)
    equal = (tokens == right).all(axis=1)
    off = float(np.abs(logits - right_logits).max())
    right_logits = right_logits.astype(np.float64)
    nmse = float(((logits - right_logits) ** 2).sum() / (right_logits ** 2).sum())
    print(f"{kind}: {equal.sum()} of {SEEDS} seeds have the same tokens; logits off by at most {off:.2g}, "
          f"NMSE {nmse:.1g}", flush=True)
    if measure_noise:
        print(f"  tokens bear noise of {noise_borne(native, model, folder, right):g}", flush=True)
    for seed in np.flatnonzero(~equal):
        print(f"  seed {seed}: {(tokens[seed] != right[seed]).sum()} tokens differ")
    # Sums of n <= 1024 products rounded at 2^-24: n u^2 = 4e-12 an op, some twenty ops in a row.
    return bool(equal.all()) and (nmse == 0 if kind == "q8_0" else nmse < 1e-10)


arguments = [argument for argument in sys.argv[1:] if argument != "--noise"]
measure_noise = len(arguments) < len(sys.argv) - 1
native_program, source = arguments[:2]
metadata, weights = gguf.read(source)
TOKENS = metadata["maskgit.grid_width"] * metadata["maskgit.grid_height"]
metadata = {key: value for key, value in metadata.items() if not key.startswith(gguf.DIGEST)}
right_all = True
with tempfile.TemporaryDirectory() as work:
    for name in gguf.FILE_TYPES:
        path = os.path.join(work, name + ".gguf")
        metadata["general.file_type"] = gguf.FILE_TYPES[name]
        gguf.write(path, metadata, list(weights.items()), name)
        right_all &= compare(name, [native_program], arguments[2:], path, work)
sys.exit(not right_all)
