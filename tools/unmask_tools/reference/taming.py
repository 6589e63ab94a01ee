"""VQGAN f16 with attention blocks (arXiv 2012.09841) in two namings: that of taming-transformers, which
Maskgit-pytorch v1.0 uses, and LlamaGen's VQ-16, which Halton-MaskGIT uses, with codes of unit length."""
import math

import torch
from torch import nn
from torch.nn import functional as F

from . import nearest, pixels, planes

GROUPS, EPSILON = 32, 1e-6


def _norm(width):
    return nn.GroupNorm(GROUPS, width, EPSILON)


class Res(nn.Module):
    def __init__(self, inner, outer):
        super().__init__()
        self.norm1, self.norm2 = _norm(inner), _norm(outer)
        self.conv1, self.conv2 = nn.Conv2d(inner, outer, 3, padding=1), nn.Conv2d(outer, outer, 3, padding=1)
        if inner != outer:
            self.nin_shortcut = nn.Conv2d(inner, outer, 1)

    def forward(self, x):
        h = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class Attention(nn.Module):
    """One head over all places."""

    def __init__(self, width):
        super().__init__()
        self.norm = _norm(width)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(width, width, 1) for _ in range(4))

    def forward(self, x):
        h = self.norm(x)
        q, k, v = (part(h).flatten(2)[0] for part in (self.q, self.k, self.v))
        weights = torch.softmax(q.t() @ k / math.sqrt(len(q)), -1)
        return x + self.proj_out((v @ weights.t()).view_as(x))


class Down(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride=2)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Up(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


def _level(inner, outer, blocks, attention, taming, resample):
    """One level. resample: (name, module) or None."""
    level = nn.Module()
    res = nn.ModuleList([Res(inner if i == 0 else outer, outer) for i in range(blocks)])
    setattr(level, "block" if taming else "res", res)
    level.attn = nn.ModuleList([Attention(outer) for _ in range(blocks)] if attention else [])
    if resample:
        setattr(level, *resample)
    return level


def _middle(width, taming):
    parts = [Res(width, width), Attention(width), Res(width, width)]
    if not taming:
        return nn.ModuleList(parts)
    middle = nn.Module()
    for name, part in zip(("block_1", "attn_1", "block_2"), parts):
        setattr(middle, name, part)
    return middle


def _through(level, x, resample):
    for i, block in enumerate(getattr(level, "block", None) or level.res):
        x = block(x)
        if len(level.attn):
            x = level.attn[i](x)
    return getattr(level, resample)(x) if hasattr(level, resample) else x


def _through_middle(middle, x):
    for part in middle.children():
        x = part(x)
    return x


class Encoder(nn.Module):
    def __init__(self, widths, blocks, size, taming):
        super().__init__()
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        inner, levels, last = widths[0], [], len(widths) - 1
        for i, width in enumerate(widths):
            resample = ("downsample", Down(width)) if i < last else None
            levels.append(_level(inner, width, blocks, i == last, taming, resample))
            inner = width
        setattr(self, "down" if taming else "conv_blocks", nn.ModuleList(levels))
        self.mid = _middle(inner, taming)
        self.norm_out, self.conv_out = _norm(inner), nn.Conv2d(inner, size, 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for level in getattr(self, "down", None) or self.conv_blocks:
            x = _through(level, x, "downsample")
        return self.conv_out(F.silu(self.norm_out(_through_middle(self.mid, x))))


class Decoder(nn.Module):
    """taming keeps its levels from fine to coarse, LlamaGen in the order in which they run."""

    def __init__(self, widths, blocks, size, taming):
        super().__init__()
        inner, levels, self.taming = widths[-1], [], taming
        self.conv_in, self.mid = nn.Conv2d(size, inner, 3, padding=1), _middle(inner, taming)
        for i in reversed(range(len(widths))):
            resample = ("upsample", Up(widths[i])) if i else None
            levels.append(_level(inner, widths[i], blocks + 1, i == len(widths) - 1, taming, resample))
            inner = widths[i]
        setattr(self, "up" if taming else "conv_blocks", nn.ModuleList(levels[::-1] if taming else levels))
        self.norm_out, self.conv_out = _norm(inner), nn.Conv2d(inner, 3, 3, padding=1)

    def forward(self, x):
        x = _through_middle(self.mid, self.conv_in(x))
        for level in reversed(self.up) if self.taming else self.conv_blocks:
            x = _through(level, x, "upsample")
        return self.conv_out(F.silu(self.norm_out(x)))


class Quantize(nn.Module):
    def __init__(self, codes, size):
        super().__init__()
        self.embedding = nn.Embedding(codes, size)


class Tokenizer(nn.Module):
    """taming: which naming; unit: whether codes and the vectors looked up are unit vectors."""

    def __init__(self, codes, size, widths, blocks, z_channels, taming, unit):
        super().__init__()
        self.unit = unit
        self.encoder = Encoder(widths, blocks, z_channels, taming)
        self.decoder = Decoder(widths, blocks, z_channels, taming)
        self.quantize = Quantize(codes, size)
        self.quant_conv, self.post_quant_conv = nn.Conv2d(z_channels, size, 1), nn.Conv2d(size, z_channels, 1)

    def table(self):
        table = self.quantize.embedding.weight
        return F.normalize(table, dim=-1) if self.unit else table

    def vectors(self, rgb):
        """What is looked up in the table, (rows, columns, code size)."""
        vectors = pixels(self.quant_conv(self.encoder(2 * planes(rgb) - 1)))
        return F.normalize(vectors, dim=-1) if self.unit else vectors

    def encode(self, rgb):
        return nearest(self.vectors(rgb), self.table())

    def decode(self, codes):
        vectors = self.table()[codes].permute(2, 0, 1).unsqueeze(0)
        return (pixels(self.decoder(self.post_quant_conv(vectors))) + 1) / 2
