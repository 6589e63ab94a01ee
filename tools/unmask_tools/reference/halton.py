"""The transformer of valeoai/Halton-MaskGIT (arXiv 2503.17076), under its published names."""
import math

import torch
from torch import nn
from torch.nn import functional as F

EPSILON = 1e-5


def rms(x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON)


class Norm(nn.Module):
    def __init__(self, dim, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim)) if bias else None

    def forward(self, x):
        x = rms(x) * self.weight
        return x if self.bias is None else x + self.bias


def _linear(inner, outer):
    return nn.Linear(inner, outer, bias=False)


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, width = heads, dim // heads * heads
        self.wq, self.wk, self.wv = (_linear(dim, width) for _ in range(3))
        self.wo = _linear(width, dim)

    def forward(self, x):
        split = [part.view(len(x), self.heads, -1).transpose(0, 1)
                 for part in (rms(self.wq(x)), rms(self.wk(x)), self.wv(x))]
        q, k, v = split
        mixed = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(q.shape[-1]), -1) @ v
        return self.wo(mixed.transpose(0, 1).reshape(len(x), -1))


class FeedForward(nn.Module):
    def __init__(self, dim, mlp_dim):
        super().__init__()
        self.w1, self.w3, self.w2 = _linear(dim, mlp_dim), _linear(dim, mlp_dim), _linear(mlp_dim, dim)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Layer(nn.Module):
    def __init__(self, dim, heads, mlp_dim):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(dim, 6 * dim))
        self.ln1, self.ln2 = Norm(dim, False), Norm(dim, False)
        self.attn, self.ff = Attention(dim, heads), FeedForward(dim, mlp_dim)

    def forward(self, x, steer):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.mlp(steer).chunk(6)
        x = x + gate1 * self.attn(self.ln1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.ff(self.ln2(x) * (1 + scale2) + shift2)


class Layers(nn.Module):
    def __init__(self, dim, heads, mlp_dim, layers):
        super().__init__()
        self.layers = nn.ModuleList([Layer(dim, heads, mlp_dim) for _ in range(layers)])


class LastNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm_final = Norm(dim, True)
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(dim, 2 * dim))

    def forward(self, x, steer):
        shift, scale = self.mlp(steer).chunk(2)
        return self.norm_final(x) * (1 + scale) + shift


class Transformer(nn.Module):
    """The class steers every layer; a register token without a position stands behind the tokens. patched:
    2 x 2 tokens of a square grid share a place in the sequence (`proj` of the original)."""

    def __init__(self, codes, classes, tokens, dim, heads, mlp_dim, layers, patched=False):
        super().__init__()
        self.side, self.patched = math.isqrt(tokens), patched
        if patched:
            self.in_proj = nn.Conv2d(dim, dim, 2, 2, bias=False)
            self.out_proj = nn.Conv2d(dim, 4 * dim, 1, bias=False)
        self.codes, self.classes = codes, classes
        self.cls_emb, self.tok_emb = nn.Embedding(classes + 1, dim), nn.Embedding(codes + 1, dim)
        self.pos_emb, self.reg_tokens = nn.Embedding(tokens, dim), nn.Embedding(1, dim)
        self.transformer = Layers(dim, heads, mlp_dim, layers)
        self.last_norm = LastNorm(dim)
        self.head = nn.Linear(dim, codes + 1)
        self.head.weight = self.tok_emb.weight

    def _patches(self, x):
        """(N, D) to (N / 4, D)."""
        return self.in_proj(x.t().reshape(1, -1, self.side, self.side)).flatten(2)[0].t()

    def _tokens(self, x):
        """(N / 4, D) to (N, D)."""
        half = self.side // 2
        made = self.out_proj(x.t().reshape(1, -1, half, half))
        return F.pixel_shuffle(made, 2).flatten(2)[0].t()

    def forward(self, tokens, label):
        steer = self.cls_emb.weight[self.classes if label < 0 else label]
        x = self.tok_emb(torch.where(tokens < 0, self.codes, tokens)) + self.pos_emb.weight
        x = self._patches(x) if self.patched else x
        places, x = len(x), torch.cat([x, self.reg_tokens.weight])
        for layer in self.transformer.layers:
            x = layer(x, steer)
        x = self._tokens(x[:places]) if self.patched else x[:places]
        return self.head(self.last_norm(x, steer))[:, :self.codes]
