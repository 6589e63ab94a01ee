"""A small CNN that names pictures: the judge of tools/evaluate.py."""
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import run
from .train_tokenizer import to_float


class Classifier(nn.Module):
    """features: that many numbers between the convolutions and the names; 0 = none."""

    def __init__(self, classes, widths=(32, 64, 128, 192), features=0):
        super().__init__()
        layers, inner = [], 3
        for width in widths:
            for stride in (2, 1):
                layers += [nn.Conv2d(inner, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width),
                           nn.ReLU()]
                inner = width
        self.body = nn.Sequential(*layers)
        self.inner = nn.Linear(inner * 16, features) if features else nn.Identity()
        self.name = nn.Linear(features or inner * 16, classes)

    def features(self, x):
        x = F.adaptive_avg_pool2d(self.body(x), 4).flatten(1)
        return self.inner(F.dropout(x, 0.3, self.training))

    def forward(self, x):
        return self.name(self.features(x))


def augment(x, generator, mirror=False):
    """Small turns, sizes, shifts, blur, colour and noise. mirror: also mirrored, half the time; not for
    pictures of hands or arrows, whose classes are each other's mirror image."""
    count = len(x)
    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(count, *shape, generator=generator)
    angle, size = uniform(-0.12, 0.12), uniform(0.88, 1.12)
    side = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0) if mirror else torch.ones(count)
    move = uniform(-0.09, 0.09, 2)
    rows = [torch.stack([torch.cos(angle) * side, -torch.sin(angle), move[:, 0]], 1),
            torch.stack([torch.sin(angle) * side, torch.cos(angle), move[:, 1]], 1)]
    matrix = torch.stack(rows, 1)
    matrix[:, :, :2] *= size.view(-1, 1, 1)
    # Work on 1 - x, so that what moves in from outside is white.
    moved = 1 - F.grid_sample(1 - x, F.affine_grid(matrix, x.shape, align_corners=False), align_corners=False)
    soft = F.avg_pool2d(moved, 3, 1, 1, count_include_pad=False)
    mix = uniform(0, 0.8, 1, 1, 1)
    moved = moved * (1 - mix) + soft * mix
    moved = moved * uniform(0.85, 1.1, 3, 1, 1) + uniform(-0.05, 0.05, 3, 1, 1)
    noise = torch.randn(moved.shape, generator=generator)
    return moved + noise * uniform(0, 0.06, 1, 1, 1)


def split(labels, seed=0):
    """(train rows, held-out rows): one picture of every class that has at least 3."""
    random = np.random.default_rng(seed)
    held = [random.choice(np.flatnonzero(labels == name)) for name in np.unique(labels)
            if (labels == name).sum() >= 3]
    return np.setdiff1d(np.arange(len(labels)), held), np.array(sorted(held), dtype=np.int64)


def train(pictures, labels, classes, epochs=0, batch=64, seed=0, steps=0, make=Classifier,
          mirror=False):
    """A make(classes) trained on uint8 pictures, by epochs or, if given, by steps; mirror: see augment."""
    where = run.device()
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = make(classes).to(where).to(memory_format=torch.channels_last)
    x, y = to_float(pictures, "cpu"), torch.from_numpy(labels)
    steps = steps or max(1, epochs * len(x) // batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    shown = time.monotonic()
    for step in range(steps):
        rows = torch.randint(len(x), (batch,), generator=generator)
        images = augment(x[rows], generator, mirror).to(where).contiguous(memory_format=torch.channels_last)
        with run.autocast(where):
            loss = F.cross_entropy(model(images).float(), y[rows].to(where), label_smoothing=0.1)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        if time.monotonic() - shown > 20:
            shown = time.monotonic()
            print(f"classifier: step {step} of {steps}, loss {loss.item():.3f}", file=sys.stderr)
    return model.eval()


@torch.no_grad()
def scores(model, pictures, labels):
    """(top-1, top-5) share of uint8 pictures (n, h, w, 3) that the model names as labelled."""
    where = run.device()
    ranks = []
    for start in range(0, len(pictures), 64):
        logits = model(to_float(pictures[start:start + 64], where))
        right = torch.from_numpy(labels[start:start + 64]).to(where)
        ranks.append((logits > logits.gather(1, right[:, None])).sum(1))
    ranks = torch.cat(ranks)
    return (ranks < 1).float().mean().item(), (ranks < 5).float().mean().item()
