"""MaskGIT (arXiv 2202.04200) as google-research/maskgit has it, under the names of the port maskgit-torch."""
import torch
from torch import nn
from torch.nn import functional as F

from . import nearest, pixels, planes

GROUPS, NORM_EPSILON, LAYER_EPSILON = 32, 1e-6, 1e-12


class Layer(nn.Module):
    def __init__(self, dim, heads, mlp_dim):
        super().__init__()
        self.MultiHeadAttention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.AttentionLN = nn.LayerNorm(dim, LAYER_EPSILON)
        self.MLP = nn.Sequential(nn.Linear(dim, mlp_dim), nn.GELU(approximate="tanh"),
                                 nn.Linear(mlp_dim, dim))
        self.MlpLN = nn.LayerNorm(dim, LAYER_EPSILON)

    def forward(self, x):
        x = self.AttentionLN(x + self.MultiHeadAttention(x, x, x, need_weights=False)[0])
        return self.MlpLN(x + self.MLP(x))


class Transformer(nn.Module):
    """Rows of tok_emb: codes, classes, mask. The class stands before the tokens."""

    def __init__(self, codes, classes, tokens, dim, heads, mlp_dim, layers):
        super().__init__()
        self.codes, rows = codes, codes + classes + 1
        self.tok_emb = nn.Embedding(rows, dim)
        self.pos_emb = nn.Parameter(torch.zeros(tokens + 1, dim))
        self.emb_ln = nn.LayerNorm(dim, LAYER_EPSILON)
        self.blocks = nn.Sequential(*[Layer(dim, heads, mlp_dim) for _ in range(layers)])
        self.Token_Prediction = nn.Sequential(nn.Linear(dim, dim), nn.GELU(approximate="tanh"),
                                              nn.LayerNorm(dim, LAYER_EPSILON))
        self.bias = nn.Parameter(torch.zeros(rows))

    def forward(self, tokens, label):
        mask = self.tok_emb.num_embeddings - 1
        ids = torch.cat([torch.tensor([self.codes + label]), torch.where(tokens < 0, mask, tokens)])
        x = self.emb_ln(self.tok_emb(ids) + self.pos_emb).unsqueeze(0)
        h = self.Token_Prediction(self.blocks(x))
        return (h @ self.tok_emb.weight.t() + self.bias)[0, 1:, :self.codes]


class ResBlock(nn.Module):
    def __init__(self, inner, outer):
        super().__init__()
        self.norm0, self.norm1 = nn.GroupNorm(GROUPS, inner,
                                              NORM_EPSILON), nn.GroupNorm(GROUPS, outer, NORM_EPSILON)
        self.conv0 = nn.Conv2d(inner, outer, 3, padding=1, bias=False)
        self.conv1 = nn.Conv2d(outer, outer, 3, padding=1, bias=False)
        self.conv_res = nn.Conv2d(outer, outer, 1, bias=False) if inner != outer else None

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(self.conv0(F.silu(self.norm0(x))))))
        # Published like this: where the channel count changes, the block's input is dropped.
        return h + (x if self.conv_res is None else self.conv_res(h))


class Half(nn.Module):
    """Encoder or decoder: stages of ResBlocks, each followed by what changes the resolution."""

    def forward(self, x):
        x = self.conv_in(x)
        for stage in self.res_blocks:
            for layer in stage:
                x = layer(x)
        return self.conv_out(F.silu(self.norm_out(x)))


def _stage(inner, outer, blocks, *after):
    return nn.ModuleList([*(ResBlock(inner if i == 0 else outer, outer) for i in range(blocks)), *after])


class Encoder(Half):
    def __init__(self, widths, blocks, size):
        super().__init__()
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        inner, stages = widths[0], []
        for level, width in enumerate(widths):
            after = [nn.AvgPool2d(2)] if level < len(widths) - 1 else []
            stages.append(_stage(inner, width, blocks, *after))
            inner = width
        self.res_blocks = nn.ModuleList([*stages, _stage(inner, inner, blocks)])
        self.norm_out = nn.GroupNorm(GROUPS, inner, NORM_EPSILON)
        self.conv_out = nn.Conv2d(inner, size, 1)


class Decoder(Half):
    def __init__(self, widths, blocks, size):
        super().__init__()
        inner = widths[-1]
        self.conv_in = nn.Conv2d(size, inner, 3, padding=1)
        stages = [_stage(inner, inner, blocks)]
        for level in reversed(range(len(widths))):
            width = widths[level]
            after = [nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(width, width, 3, padding=1)]
            stages.append(_stage(inner, width, blocks, *(after if level else [])))
            inner = width
        self.res_blocks = nn.ModuleList(stages)
        self.norm_out = nn.GroupNorm(GROUPS, inner, NORM_EPSILON)
        self.conv_out = nn.Conv2d(inner, 3, 3, padding=1)


class Quantizer(nn.Module):
    def __init__(self, codes, size):
        super().__init__()
        self.codebook = nn.Embedding(codes, size)


class Tokenizer(nn.Module):
    def __init__(self, codes, size, widths, blocks):
        super().__init__()
        self.quantizer = Quantizer(codes, size)
        self.encoder, self.decoder = Encoder(widths, blocks, size), Decoder(widths, blocks, size)

    def table(self):
        return self.quantizer.codebook.weight

    def vectors(self, rgb):
        """What is looked up in the table, (rows, columns, code size)."""
        return pixels(self.encoder(planes(rgb)))

    def encode(self, rgb):
        return nearest(self.vectors(rgb), self.table())

    def decode(self, codes):
        return pixels(self.decoder(self.quantizer.codebook(codes).permute(2, 0, 1).unsqueeze(0)))
