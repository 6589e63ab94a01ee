"""What both training stages share: time budget, device, checkpoints, progress, CSV log, sample sheets."""
import contextlib
import csv
import functools
import math
import os
import pickle
import signal
import sys
import time

import numpy as np
import torch
from PIL import Image


def device():
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.backends.cudnn.benchmark = True  # shapes stay the same from step to step
    torch.set_float32_matmul_precision("high")
    return torch.device("cuda")


@functools.lru_cache(maxsize=None)
def bfloat16_pays(kind):
    """Whether bfloat16 is the faster type on a device of this kind ("cpu", "cuda"). A CPU needs instructions
    for it and torch 2; others emulate it, slower than float32."""
    if kind != "cpu":
        return True
    if int(torch.__version__.split(".")[0]) < 2:
        return False
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as stream:
            flags = next((line.split() for line in stream if line.startswith("flags")), [])
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def autocast(where, enabled=True):
    """bfloat16 where it pays."""
    if not enabled or not bfloat16_pays(where.type):
        return contextlib.nullcontext()
    return torch.autocast(where.type, dtype=torch.bfloat16)


def save(path, state):
    """Writes a checkpoint so that a crash leaves the old or the new one, never a half."""
    temporary = path + ".tmp"
    with open(temporary, "wb") as stream:
        torch.save(state, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


def load(path, where="cpu"):
    """Reads a checkpoint of our own making: plain tensors, numbers and strings only; from PyTorch 2 on
    nothing else is let in (what 1.13 has for that does not know numbers)."""
    try:
        return torch.load(path, map_location=where, weights_only=torch.__version__ >= "2")
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        first = (str(error).split("\n") or [""])[0]
        raise CheckpointError(f"{path} is damaged or no checkpoint of train.py: {first}") from None


class CheckpointError(ValueError):
    """A damaged checkpoint, one of another config, or one of pictures with other classes."""


def restore(module, state, path):
    """Fills a module or an optimizer from a part of the checkpoint at `path`."""
    try:
        module.load_state_dict(state)
    except (RuntimeError, ValueError, KeyError) as error:
        first = (str(error).split("\n")[1:2] or [str(error)])[0].strip()
        raise CheckpointError(f"{path} does not fit this config and these classes: {first}") from None


def learning_rate(peak, warmup, step, done, floor=0.02):
    """Linear warm-up in steps, then a cosine over the share of the time budget that is used up (0..1)."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


class Stop:
    """Ctrl-C between two steps instead of in one: `with Stop() as stop: while not stop.asked: ...`, save,
    then stop.follow(). A second Ctrl-C ends at once."""

    def __enter__(self):
        self.asked, self.before = False, signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *exception):
        signal.signal(signal.SIGINT, self.before)

    def follow(self):
        if self.asked:
            raise KeyboardInterrupt


def checkpoint(path, resume):
    """Whether to go on from the checkpoint at `path`; says so where there is none."""
    if resume and not os.path.exists(path):
        print(f"{path}: no checkpoint yet, this stage begins anew", file=sys.stderr)
    return resume and os.path.exists(path)


class Budget:
    """Minutes of training, over all resumed runs together."""

    def __init__(self, minutes, used=0.0):
        self.total, self.before, self.start = minutes * 60.0, used, time.monotonic()

    def used(self):
        return self.before + time.monotonic() - self.start

    def share(self):
        return self.used() / self.total

    def left(self):
        return max(0.0, self.total - self.used())


def spent(budget, stage):
    """Says so where resumed runs have used the budget up."""
    if budget.left() <= 0:
        print(f"{stage}: its {budget.total / 60:g} minutes are used up; more --minutes go on",
              file=sys.stderr)
    return budget.left() <= 0


class Progress:
    """A status line on a terminal; elsewhere a line every `every` seconds. All numbers go to the CSV."""

    def __init__(self, csv_path, every=30.0):
        self.every, self.last, self.path = every, 0.0, csv_path
        self.tty = sys.stderr.isatty()

    def due(self):
        return time.monotonic() - self.last >= (1.0 if self.tty else self.every)

    def show(self, budget, step, values):
        self.last = time.monotonic()
        text = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        left = int(budget.left())
        line = f"step {step}  {text}  {left // 60}:{left % 60:02d} left"
        if self.tty:
            sys.stderr.write("\r\x1b[K" + line)
        else:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()
        fresh = not os.path.exists(self.path)
        with open(self.path, "a", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            if fresh:
                writer.writerow(["step", "seconds", *values])
            writer.writerow([step, f"{budget.used():.1f}", *(f"{v:.6g}" for v in values.values())])

    def close(self):
        if self.tty:
            sys.stderr.write("\n")


def to_bytes(pictures):
    """(n, 3, h, w) float, nominally 0..1, to (n, h, w, 3) uint8."""
    return (pictures.clamp(0, 1) * 255 + 0.5).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def sheet(path, pictures, columns):
    """(n, h, w, 3) uint8 pictures on one PNG, row by row, 2 white pixels apart."""
    count, height, width, _ = pictures.shape
    lines = -(-count // columns)
    page = np.full((lines * (height + 2), columns * (width + 2), 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + 2), i % columns * (width + 2)
        page[top:top + height, left:left + width] = picture
    temporary = path + ".tmp"
    Image.fromarray(page).save(temporary, format="PNG")
    os.replace(temporary, path)
