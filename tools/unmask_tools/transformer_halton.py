"""The transformer `halton` of docs/MODEL_FORMAT.md; parameter names are the file's tensor names."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def _rms(x, epsilon):
    exact = x.float() if x.dtype == torch.bfloat16 else x
    return x * torch.rsqrt(exact.pow(2).mean(-1, keepdim=True) + epsilon).to(x.dtype)


class Norm(nn.Module):
    """RMSNorm with a weight and perhaps a bias, then what the class asks for: (1 + scale) and shift."""

    def __init__(self, dim, epsilon, bias):
        super().__init__()
        self.epsilon = epsilon
        self.weight = nn.Parameter(torch.ones(dim))
        if bias:
            self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x, shift, scale):
        x = _rms(x, self.epsilon) * self.weight
        if hasattr(self, "bias"):
            x = x + self.bias
        return x * (1 + scale) + shift


class Block(nn.Module):
    def __init__(self, settings):
        super().__init__()
        dim, self.heads, self.epsilon = settings.dim, settings.heads, settings.norm_epsilon
        self.ada = nn.Linear(dim, 6 * dim)
        self.attn_norm = Norm(dim, self.epsilon, False)
        self.attn_qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.attn_out = nn.Linear(dim, dim, bias=False)
        self.mlp_norm = Norm(dim, self.epsilon, False)
        self.mlp_up = nn.Linear(dim, 2 * settings.mlp_dim, bias=False)
        self.mlp_down = nn.Linear(settings.mlp_dim, dim, bias=False)
        self.dropout = 0.0

    def _mixed(self, q, k, v):
        """Attention, (batch, heads, length, head size) each."""
        if hasattr(F, "scaled_dot_product_attention"):
            return F.scaled_dot_product_attention(q, k, v)
        weights = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(q.shape[-1]))
        return torch.softmax(weights, -1).to(v.dtype) @ v

    def _attention(self, x):
        batch, length, dim = x.shape
        q, k, v = self.attn_qkv(x).chunk(3, -1)
        q, k, v = (part.view(batch, length, self.heads, -1).transpose(1, 2)
                   for part in (_rms(q, self.epsilon), _rms(k, self.epsilon), v))
        return self.attn_out(self._mixed(q, k, v).transpose(1, 2).reshape(batch, length, dim))

    def _mlp(self, x):
        gate, value = self.mlp_up(x).chunk(2, -1)
        return self.mlp_down(F.silu(gate) * value)

    def _drop(self, x):
        return F.dropout(x, self.dropout, self.training) if self.dropout else x

    def forward(self, x, steer):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.ada(steer).unsqueeze(1).chunk(6, -1)
        x = x + gate1 * self._drop(self._attention(self.attn_norm(x, shift1, scale1)))
        return x + gate2 * self._drop(self._mlp(self.mlp_norm(x, shift2, scale2)))


class Head(nn.Module):
    def __init__(self, settings, codes):
        super().__init__()
        self.ada = nn.Linear(settings.dim, 2 * settings.dim)
        self.norm = Norm(settings.dim, settings.norm_epsilon, True)
        self.bias = nn.Parameter(torch.zeros(codes))

    def forward(self, x, steer):
        return self.norm(x, *self.ada(steer).unsqueeze(1).chunk(2, -1))


class HaltonTransformer(nn.Module):
    """Rows of token_embd: codes, classes, the null class if there is one, the mask token. The class steers
    every block; with a patch_size P above 1, P x P tokens of a square grid share a position."""

    def __init__(self, settings, codes, classes, positions, null_class=True):
        super().__init__()
        self.codes, self.classes = codes, classes
        self.null_row = codes + classes if null_class else None
        self.mask_row = codes + classes + (1 if null_class else 0)
        self.side, self.patch = math.isqrt(positions), settings.patch_size
        dim, area = settings.dim, settings.patch_size ** 2
        self.token_embd = nn.Embedding(self.mask_row + 1, dim)
        self.position_embd = nn.Embedding(positions // area + 1, dim)
        if area > 1:
            self.patch_embd = nn.Linear(area * dim, dim, bias=False)
            self.patch_out = nn.Linear(dim, area * dim, bias=False)
        self.blk = nn.ModuleList([Block(settings) for _ in range(settings.layers)])
        self.head = Head(settings, codes)
        self._initialize()

    def _initialize(self):
        """Matrices as Glorot has them; modulation begins at zero, so every block begins as the identity."""
        for name, weight in self.named_parameters():
            if "ada" in name:
                nn.init.zeros_(weight)
            elif "_embd" in name and "patch" not in name:
                nn.init.normal_(weight, std=0.02)
            elif weight.dim() > 1:
                nn.init.xavier_uniform_(weight)

    def class_rows(self, labels):
        """Class numbers, -1 for the null class, to embedding rows."""
        return torch.where(labels < 0, torch.full_like(labels, self.null_row or 0), labels + self.codes)

    def _patches(self, x):
        """(b, N, D) in raster order to (b, N / P^2, P^2 D)."""
        b, _, dim = x.shape
        count = self.side // self.patch
        x = x.view(b, count, self.patch, count, self.patch, dim).transpose(2, 3)
        return x.reshape(b, count * count, -1)

    def _tokens(self, x):
        """The way back."""
        b, count = len(x), self.side // self.patch
        x = x.view(b, count, count, self.patch, self.patch, -1).transpose(2, 3)
        return x.reshape(b, self.side ** 2, -1)

    def hidden(self, tokens, labels):
        """tokens (b, n) with -1 = masked, labels (b) with -1 = null, to (b, n, dim)."""
        steer = F.silu(self.token_embd(self.class_rows(labels)))
        x = self.token_embd(torch.where(tokens < 0, torch.full_like(tokens, self.mask_row), tokens))
        if self.patch > 1:
            x = self.patch_embd(self._patches(x))
        x = x + self.position_embd.weight[1:]
        x = torch.cat([self.position_embd.weight[:1].expand(len(x), 1, -1).to(x.dtype), x], 1)
        for block in self.blk:
            x = block(x, steer)
        x = x[:, 1:]
        if self.patch > 1:
            x = self._tokens(self.patch_out(x))
        return self.head(x, steer)

    def logits(self, hidden):
        return F.linear(hidden, self.token_embd.weight[:self.codes]) + self.head.bias

    def forward(self, tokens, labels):
        """Logits (b, n, codes)."""
        made = self.logits(self.hidden(tokens, labels))
        return made.float() if made.dtype == torch.bfloat16 else made
