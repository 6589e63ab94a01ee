"""Mask schedules gamma(r), r in (0, 1], and random masks for training."""
import math
import re

import torch

POWER = re.compile(r"pow\d+(\.\d+)?")  # as the library reads it


def share(name, ratio, unknown=256):
    """Share still masked at ratio r; the schedules of runtime/sampler/schedule.h, clipped to [1e-6, 1]."""
    if name == "linear":
        value = 1 - ratio
    elif name == "cosine":
        value = math.cos(math.pi / 2 * ratio)
    elif name in ("square", "cubic"):
        value = 1 - ratio ** (2 if name == "square" else 3)
    elif POWER.fullmatch(name) and 0.01 <= float(name[3:]) <= 100:
        value = 1 - ratio ** float(name[3:])
    elif name == "sqrt":
        value = 1 - math.sqrt(ratio)
    elif name == "exponential":
        value = 1 - 2 ** (-math.log2(unknown) * (1 - ratio))
    elif name == "logarithmic":
        value = -math.log2(ratio) / math.log2(unknown)
    elif name == "arccos":
        value = math.acos(ratio) / (math.pi / 2)
    else:
        raise ValueError(f"unknown mask schedule {name!r}")
    return min(1.0, max(1e-6, value))


def masked_after(name, step, steps, unknown, masked_now):
    """Tokens to leave masked after `step` (from 0); 0 after the last."""
    if step + 1 >= steps:
        return 0
    wanted = math.floor(unknown * share(name, (step + 1) / steps, unknown))
    return max(1, min(masked_now - 1, wanted))


def random_masks(name, batch, positions, generator=None, where="cpu"):
    """(batch, positions) bool on `where`: per row max(1, round(gamma(u) * positions)) places, u in (0, 1].
    How many is drawn on the CPU, so that no GPU is waited for. A generator is for the CPU only."""
    u = 1.0 - torch.rand(batch, generator=generator)
    counts = torch.tensor([max(1, round(share(name, value, positions) * positions)) for value in u.tolist()])
    order = torch.rand(batch, positions, generator=generator, device=where).argsort(1).argsort(1)
    return order < counts.to(where, non_blocking=True).unsqueeze(1)
