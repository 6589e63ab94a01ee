"""The transformer of valeoai/Maskgit-pytorch v1.0 (arXiv 2310.14400), under its published names."""
import torch
from torch import nn

EDGE_EPSILON = 1e-12


class PreNorm(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.norm, self.fn = nn.LayerNorm(dim), fn

    def forward(self, x):
        return x + self.fn(self.norm(x))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.mha = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x):
        return self.mha(x, x, x, need_weights=False)[0]


class FeedForward(nn.Module):
    def __init__(self, dim, mlp_dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim, mlp_dim), nn.GELU(), nn.Dropout(), nn.Linear(mlp_dim, dim))

    def forward(self, x):
        return self.net(x)


class Layers(nn.Module):
    def __init__(self, dim, heads, mlp_dim, layers):
        super().__init__()
        self.layers = nn.ModuleList([
            nn.ModuleList([PreNorm(dim, Attention(dim, heads)), PreNorm(dim, FeedForward(dim, mlp_dim))])
            for _ in range(layers)])

    def forward(self, x):
        for attention, feed_forward in self.layers:
            x = feed_forward(attention(x))
        return x


class Transformer(nn.Module):
    """Rows of tok_emb: codes, mask, classes, no class. The class stands behind the tokens."""

    def __init__(self, codes, classes, tokens, dim, heads, mlp_dim, layers):
        super().__init__()
        self.codes, self.classes, rows = codes, classes, codes + classes + 2
        self.tok_emb = nn.Embedding(rows, dim)
        self.pos_emb = nn.Parameter(torch.zeros(1, tokens + 1, dim))
        self.first_layer = nn.Sequential(
            nn.LayerNorm(dim, EDGE_EPSILON), nn.Dropout(), nn.Linear(dim, dim), nn.GELU(),
            nn.LayerNorm(dim, EDGE_EPSILON), nn.Dropout(), nn.Linear(dim, dim))
        self.transformer = Layers(dim, heads, mlp_dim, layers)
        self.last_layer = nn.Sequential(nn.LayerNorm(dim, EDGE_EPSILON), nn.Dropout(), nn.Linear(dim, dim),
                                        nn.GELU(), nn.LayerNorm(dim, EDGE_EPSILON))
        self.bias = nn.Parameter(torch.zeros(tokens + 1, rows))

    def forward(self, tokens, label):
        row = self.codes + 1 + (self.classes if label < 0 else label)
        ids = torch.cat([torch.where(tokens < 0, self.codes, tokens), torch.tensor([row])])
        x = self.last_layer(self.transformer(self.first_layer(self.tok_emb(ids) + self.pos_emb)))
        return (x @ self.tok_emb.weight.t() + self.bias)[0, :-1, :self.codes]
