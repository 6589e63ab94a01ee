"""The bidirectional transformer of docs/MODEL_FORMAT.md; parameter names are the file's tensor names."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .transformer_halton import HaltonTransformer


class Block(nn.Module):
    """Post-norm, as in BERT."""

    def __init__(self, settings):
        super().__init__()
        dim, epsilon = settings.dim, settings.norm_epsilon
        self.heads, self.gelu = settings.heads, settings.gelu
        self.attn_qkv = nn.Linear(dim, 3 * dim)
        self.attn_out = nn.Linear(dim, dim)
        self.attn_norm = nn.LayerNorm(dim, epsilon)
        self.mlp_up = nn.Linear(dim, settings.mlp_dim)
        self.mlp_down = nn.Linear(settings.mlp_dim, dim)
        self.mlp_norm = nn.LayerNorm(dim, epsilon)
        self.dropout = 0.0

    def _mixed(self, q, k, v):
        """Attention, (batch, heads, length, head size) each."""
        if hasattr(F, "scaled_dot_product_attention") and (q.is_cuda or q.dtype == torch.float32):
            return F.scaled_dot_product_attention(q, k, v)
        # Two plain products: in bfloat16 on a CPU torch's fused attention was measured three times slower.
        weights = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(q.shape[-1]))
        return torch.softmax(weights, -1).to(v.dtype) @ v

    def _attention(self, x):
        batch, length, dim = x.shape
        q, k, v = self.attn_qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.attn_out(self._mixed(q, k, v).transpose(1, 2).reshape(batch, length, dim))

    def _drop(self, x):
        return F.dropout(x, self.dropout, self.training) if self.dropout else x

    def forward(self, x):
        x = self.attn_norm(x + self._drop(self._attention(x)))
        h = F.gelu(self.mlp_up(x), approximate="tanh" if self.gelu == "tanh" else "none")
        return self.mlp_norm(x + self._drop(self.mlp_down(h)))


class Head(nn.Module):
    def __init__(self, settings, codes):
        super().__init__()
        self.gelu = "tanh" if settings.gelu == "tanh" else "none"
        self.dense = nn.Linear(settings.dim, settings.dim)
        self.norm = nn.LayerNorm(settings.dim, settings.norm_epsilon)
        self.bias = nn.Parameter(torch.zeros(codes))

    def forward(self, x, table):
        h = self.norm(F.gelu(self.dense(x), approximate=self.gelu))
        return F.linear(h, table) + self.bias


def make(settings, codes, classes, positions, null_class=True):
    """The transformer of a config's variant."""
    kinds = {"original": Transformer, "halton": HaltonTransformer}
    return kinds[settings.variant](settings, codes, classes, positions, null_class)


class Transformer(nn.Module):
    """Rows of token_embd: codes, classes, the null class if there is one, the mask token."""

    def __init__(self, settings, codes, classes, positions, null_class=True):
        super().__init__()
        self.codes, self.classes = codes, classes
        self.null_row = codes + classes if null_class else None
        self.mask_row = codes + classes + (1 if null_class else 0)
        self.token_embd = nn.Embedding(self.mask_row + 1, settings.dim)
        self.position_embd = nn.Embedding(positions + 1, settings.dim)
        self.embd_norm = nn.LayerNorm(settings.dim, settings.norm_epsilon)
        self.blk = nn.ModuleList([Block(settings) for _ in range(settings.layers)])
        self.head = Head(settings, codes)
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                nn.init.trunc_normal_(weight, std=0.02, a=-0.04, b=0.04)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def class_rows(self, labels):
        """Class numbers, -1 for the null class, to embedding rows."""
        return torch.where(labels < 0, torch.full_like(labels, self.null_row or 0), labels + self.codes)

    def hidden(self, tokens, labels):
        """tokens (b, n) with -1 = masked, labels (b) with -1 = null, to (b, n, dim) without the class."""
        ids = torch.where(tokens < 0, torch.full_like(tokens, self.mask_row), tokens)
        ids = torch.cat([self.class_rows(labels).unsqueeze(1), ids], 1)
        x = self.embd_norm(self.token_embd(ids) + self.position_embd.weight)
        for block in self.blk:
            x = block(x)
        return x[:, 1:]

    def logits(self, hidden):
        return self.head(hidden, self.token_embd.weight[:self.codes])

    def forward(self, tokens, labels):
        """Logits (b, n, codes)."""
        made = self.logits(self.hidden(tokens, labels))
        return made.float() if made.dtype == torch.bfloat16 else made
