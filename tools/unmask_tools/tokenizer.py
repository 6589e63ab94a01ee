"""The VQ tokenizer of docs/MODEL_FORMAT.md; parameter names are the file's tensor names."""
import torch
import torch.nn.functional as F
from torch import nn


def _full(x):
    """bfloat16 back to float32; float64 stays."""
    return x.float() if x.dtype == torch.bfloat16 else x


def _conv(inner, outer, size, bias):
    return nn.Conv2d(inner, outer, size, padding=size // 2, bias=bias)


class ResBlock(nn.Module):
    def __init__(self, inner, outer, groups, epsilon):
        super().__init__()
        self.norm0 = nn.GroupNorm(groups, inner, epsilon)
        self.conv0 = _conv(inner, outer, 3, False)
        self.norm1 = nn.GroupNorm(groups, outer, epsilon)
        self.conv1 = _conv(outer, outer, 3, False)
        if inner != outer:
            self.shortcut = _conv(outer, outer, 1, False)

    def forward(self, x):
        h = self.conv0(F.silu(self.norm0(x)))
        h = self.conv1(F.silu(self.norm1(h)))
        # The original's quirk: where the channel count changes, the block's input is dropped.
        return h + (self.shortcut(h) if hasattr(self, "shortcut") else x)


class Encoder(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.levels = len(settings.channel_multipliers)
        self.blocks = settings.res_blocks
        widths = [settings.channels * m for m in settings.channel_multipliers]
        norm = (settings.norm_groups, settings.norm_epsilon)
        self.conv_in = _conv(3, widths[0], 3, False)
        blocks, width = [], widths[0]
        for outer in widths + [widths[-1]]:
            for _ in range(self.blocks):
                blocks.append(ResBlock(width, outer, *norm))
                width = outer
        self.res = nn.ModuleList(blocks)
        self.norm_out = nn.GroupNorm(norm[0], width, norm[1])
        self.conv_out = _conv(width, settings.codebook_dim, 1, True)

    def forward(self, x):
        x = self.conv_in(x)
        for k, block in enumerate(self.res):
            level = k // self.blocks
            x = block(x)
            if k % self.blocks == self.blocks - 1 and level < self.levels - 1:
                x = F.avg_pool2d(x, 2)
        return self.conv_out(F.silu(self.norm_out(x)))


def usual_blocks(settings):
    return [settings.res_blocks] * (len(settings.channel_multipliers) - 1) + [2 * settings.res_blocks]


def decoder_blocks(settings):
    """ResBlocks of each level of the decoder, the finest first; the middle ones belong to the coarsest."""
    return list(getattr(settings, "decoder_blocks", None) or usual_blocks(settings))


class Decoder(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.levels = len(settings.channel_multipliers)
        self.blocks = decoder_blocks(settings)
        widths = [settings.channels * m for m in settings.channel_multipliers]
        norm = (settings.norm_groups, settings.norm_epsilon)
        width = widths[-1]
        self.conv_in = _conv(settings.codebook_dim, width, 3, True)
        blocks = []
        for level in reversed(range(self.levels)):
            for _ in range(self.blocks[level]):
                blocks.append(ResBlock(width, widths[level], *norm))
                width = widths[level]
        self.res = nn.ModuleList(blocks)
        self.up = nn.ModuleDict({str(level): _conv(widths[level], widths[level], 3, True)
                                 for level in range(self.levels - 1, 0, -1)})
        self.norm_out = nn.GroupNorm(norm[0], width, norm[1])
        self.conv_out = _conv(width, 3, 3, True)

    def forward(self, x):
        x = self.conv_in(x)
        blocks = iter(self.res)
        for level in reversed(range(self.levels)):
            for _ in range(self.blocks[level]):
                x = next(blocks)(x)
            if level:
                x = self.up[str(level)](F.interpolate(x, scale_factor=2, mode="nearest"))
        return self.conv_out(F.silu(self.norm_out(x)))


class Quantizer(nn.Module):
    """Codebook kept by exponential averages of the vectors that chose each code; no gradient."""

    def __init__(self, settings):
        super().__init__()
        self.codebook = nn.Embedding(settings.codebook_size, settings.codebook_dim)
        self.codebook.weight.requires_grad_(False)
        self.register_buffer("count", torch.zeros(settings.codebook_size))
        self.register_buffer("total", torch.zeros(settings.codebook_size, settings.codebook_dim))

    def nearest(self, vectors):
        """(n, E) to codes (n): squared distance, ties to the lower index. Never in bfloat16, which rounds
        distances by as much as neighbouring codes are apart."""
        with torch.autocast(vectors.device.type, enabled=False):
            return self._distances(vectors).argmin(1)

    def _distances(self, vectors):
        """(n, E) to squared distances (n, K), less each vector's own square."""
        table = self.codebook.weight
        return table.pow(2).sum(1) - 2.0 * (vectors @ table.t())

    @torch.no_grad()
    def economical(self, vectors, rate):
        """The same with a price on surprise: a nat of a code's information counts as the share `rate` of the
        vectors' variance (entropy-constrained vector quantization, Chou et al. 1989). Of two codes about
        equally near the common one wins, so flat ground ends up as one code instead of hundreds, and the
        transformer has less to learn."""
        with torch.autocast(vectors.device.type, enabled=False):
            nats = -torch.log((self.count / self.count.sum()).clamp_min(1e-9))
            return (self._distances(vectors) + rate * vectors.var(0).sum() * nats).argmin(1)

    @torch.no_grad()
    def start(self, vectors):
        """Takes encoder outputs as the first codebook, each drawn in proportion to its squared distance from
        those before (k-means++): a ground that fills a third of all pictures gets few of them."""
        size = self.count.numel()
        # All of a large set are more than the codebook needs.
        some = vectors[torch.randperm(len(vectors), device=vectors.device)[:100 * size]]
        squares, error = some.pow(2).sum(1), torch.ones_like(some[:, 0])
        pick = some.new_zeros(size, some.shape[1])
        for k in range(size):
            pick[k] = some[torch.multinomial(error, 1)]
            apart = (squares - 2.0 * (some @ pick[k]) + pick[k].pow(2).sum()).clamp_min(0) + 1e-12
            error = apart if k == 0 else torch.minimum(error, apart)
        noise = vectors.std(0) * 0.01
        self.codebook.weight.copy_(pick + torch.randn_like(pick) * noise)
        self.count.fill_(1.0)
        self.total.copy_(self.codebook.weight)

    def _live(self, vectors, codes, dead):
        """A vector for each dead code, drawn in proportion to its squared distance from its code, as
        k-means++ does: vectors that are well represented already need no second code. On a GPU for every
        code, as counting would wait for it."""
        error = (vectors - self.codebook(codes)).pow(2).sum(1) + 1e-12
        if vectors.is_cuda:
            return vectors[torch.multinomial(error, len(dead), replacement=True)]
        fresh, count = vectors.new_zeros(len(dead), vectors.shape[1]), int(dead.sum())
        if count:
            fresh[dead] = vectors[torch.multinomial(error, count, replacement=True)]
        return fresh

    @torch.no_grad()
    def update(self, vectors, codes, decay, revive_below):
        """One averaging step; codes used less than revive_below of an even share move to a live vector.
        Returns how many moved, as a tensor."""
        used = torch.zeros_like(self.count).index_add_(0, codes, torch.ones_like(vectors[:, 0]))
        self.count.mul_(decay).add_(used, alpha=1 - decay)
        added = torch.zeros_like(self.total).index_add_(0, codes, vectors)
        self.total.mul_(decay).add_(added, alpha=1 - decay)
        even = self.count.sum() / len(self.count)
        dead = self.count < revive_below * even
        fresh = self._live(vectors, codes, dead)
        self.count.copy_(torch.where(dead, even * 0.2, self.count))
        self.total.copy_(torch.where(dead.unsqueeze(1), fresh * even * 0.2, self.total))
        self.codebook.weight.copy_(self.total / self.count.unsqueeze(1))
        return dead.sum()


class Tokenizer(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.enc = Encoder(settings)
        self.dec = Decoder(settings)
        self.quant = Quantizer(settings)

    def vectors(self, x):
        """RGB (b, 3, h, w) in 0..1 to float32 (b, h', w', E)."""
        return _full(self.enc(x)).permute(0, 2, 3, 1)

    @torch.no_grad()
    def encode(self, x):
        """RGB to codes (b, h', w')."""
        z = self.vectors(x)
        return self.quant.nearest(z.reshape(-1, z.shape[-1])).reshape(z.shape[:-1])

    @torch.no_grad()
    def decode(self, codes):
        """Codes (b, h', w') to RGB (b, 3, h, w), nominally 0..1, not clipped."""
        return _full(self.dec(self.quant.codebook(codes).permute(0, 3, 1, 2)))

    def forward(self, x, rate=0.0):
        """Returns (reconstruction, encoder vectors (n, E), codes (n), commitment); rate: see economical."""
        z = self.vectors(x)
        flat = z.reshape(-1, z.shape[-1])
        codes = self.quant.economical(flat.detach(), rate) if rate else self.quant.nearest(flat.detach())
        q = self.quant.codebook(codes).reshape(z.shape)
        commitment = F.mse_loss(z, q)
        straight = z + (q - z).detach()
        return _full(self.dec(straight.permute(0, 3, 1, 2))), flat, codes, commitment


def grown(state, old, settings):
    """The state of a tokenizer whose decoder has `old` blocks per level, for one with more of them: in each
    level the new ones follow the old ones and begin as the identity. A decoder with fewer levels or blocks is
    returned without its blocks: loading it names what is missing."""
    new = decoder_blocks(settings)
    if old == new:
        return state
    if len(old) != len(new) or any(a > b for a, b in zip(old, new)):
        return {name: value for name, value in state.items() if not name.startswith("dec.res.")}
    made = {name: value for name, value in state.items() if not name.startswith("dec.res.")}
    fresh, at, behind = Decoder(settings).state_dict(), 0, 0
    for level in reversed(range(len(new))):
        for k in range(new[level]):
            for name in [name for name in fresh if name.startswith(f"res.{at}.")]:
                part = name.split(".", 2)[2]
                value = fresh[name] * 0 if part == "conv1.weight" else fresh[name]
                made[f"dec.{name}"] = state[f"dec.res.{behind}.{part}"] if k < old[level] else value
            at, behind = at + 1, behind + (k < old[level])
    return made
