"""VQGAN f16 with attention, of taming-transformers (Maskgit-pytorch v1.0) and of LlamaGen (Halton-MaskGIT).

Both have GroupNorms of 32 groups with epsilon 1e-6. VQ-16 looks its codes up by direction alone.
"""
import numpy as np

from . import layout
from .array import stacked

KINDS = [
    layout.Kind("v1", "tokenizer", "the VQGAN of taming-transformers",
                ["quantize.embedding.weight", "encoder.mid.block_1.conv1.weight"], "taming", ["loss."]),
    layout.Kind("halton", "tokenizer", "the VQ-16 tokenizer of LlamaGen",
                ["quantize.embedding.weight", "encoder.conv_blocks.0.res.0.conv1.weight"], "llama",
                ["quantize.codebook_used"]),
]
RES_PARTS = (("norm0", "norm1"), ("conv0", "conv1"), ("norm1", "norm2"), ("conv1", "conv2"))


class _Taming:
    """Source names, levels counted from the finest."""

    codebook, levels_of, unit = "quantize.embedding.weight", "encoder.down.{}.block.0.conv1.weight", False
    middle = ("block_1", "attn_1", "block_2")

    def level(self, side, level):
        return f"{side}.{'down' if side == 'encoder' else 'up'}.{level}"

    def res(self, side, level, k):
        return f"{self.level(side, level)}.block.{k}"


class _Llama:
    """The decoder's levels are counted in the order in which they run, from the coarsest."""

    codebook, levels_of, unit = "quantize.embedding.weight", "encoder.conv_blocks.{}.res.0.conv1.weight", True
    middle = ("0", "1", "2")

    def level(self, side, level):
        return f"{side}.conv_blocks.{level if side == 'encoder' else self.levels - 1 - level}"

    def res(self, side, level, k):
        return f"{self.level(side, level)}.res.{k}"


class _Taker:
    """Takes modules of a checkpoint into [(name, Array)]; k and j number blocks and attention of one half."""

    def __init__(self, checkpoint):
        self.checkpoint, self.made = checkpoint, []
        self.k = self.j = 0

    def pair(self, name, source, shape, change=lambda array: array):
        weight = self.checkpoint.take(f"{source}.weight", *shape)
        self.made.append((f"{name}.weight", weight and change(weight)))
        self.made.append((f"{name}.bias", self.checkpoint.take(f"{source}.bias", shape[0])))

    def norm(self, name, source, size):
        self.pair(name, source, (size,))

    def conv(self, name, source, out, size, inner):
        """(out, in, kh, kw) becomes (out, kh, kw, in)."""
        self.pair(name, source, (out, inner, size, size), lambda array: array.transposed(0, 2, 3, 1))

    def res(self, half, source, inner, outer):
        name, widths = f"{half}.res.{self.k}", {"norm0": inner, "norm1": outer}
        self.k += 1
        for part, theirs in RES_PARTS:
            if part in widths:
                self.norm(f"{name}.{part}", f"{source}.{theirs}", widths[part])
            else:
                self.conv(f"{name}.{part}", f"{source}.{theirs}", outer, 3,
                          inner if part == "conv0" else outer)
        if inner != outer:
            self.conv(f"{name}.shortcut", f"{source}.nin_shortcut", outer, 1, inner)

    def attention(self, half, source, width):
        """The 1x1 kernels of q, k and v become one matrix."""
        name = f"{half}.attn.{self.j}"
        self.j += 1
        self.norm(f"{name}.norm", f"{source}.norm", width)
        kernels = [self.checkpoint.take(f"{source}.{part}.weight", width, width, 1, 1) for part in "qkv"]
        biases = [self.checkpoint.take(f"{source}.{part}.bias", width) for part in "qkv"]
        whole = None not in (*kernels, *biases)
        self.made.append((f"{name}.qkv.weight",
                          stacked([part.reshaped(width, width) for part in kernels]) if whole else None))
        self.made.append((f"{name}.qkv.bias", stacked(biases) if whole else None))
        self.pair(f"{name}.out", f"{source}.proj_out", (width, width, 1, 1),
                  lambda array: array.reshaped(width, width))


def _half(taker, names, side, widths, blocks):
    """The levels and the middle of one half, in the order in which they run."""
    half, top = side[:3], len(widths) - 1
    taker.k = taker.j = 0

    def middle():
        first, attention, second = (f"{side}.mid.{part}" for part in names.middle)
        taker.res(half, first, widths[top], widths[top])
        taker.attention(half, attention, widths[top])
        taker.res(half, second, widths[top], widths[top])

    def level(i, inner, count):
        for k in range(count):
            taker.res(half, names.res(side, i, k), inner if k == 0 else widths[i], widths[i])
            if i == top:
                taker.attention(half, f"{names.level(side, i)}.attn.{k}", widths[i])
    if side == "encoder":
        for i, width in enumerate(widths):
            level(i, widths[max(i - 1, 0)], blocks)
            if i < top:
                taker.conv(f"enc.down.{i}", f"{names.level(side, i)}.downsample.conv", width, 3, width)
        middle()
        return
    middle()
    for i in reversed(range(len(widths))):
        level(i, widths[min(i + 1, top)], blocks + 1)
        if i:
            taker.conv(f"dec.up.{i}", f"{names.level(side, i)}.upsample.conv", widths[i], 3, widths[i])


def _unit_rows(table):
    """Rows divided by their lengths, as torch.nn.functional.normalize does it, in double."""
    table = np.asarray(table, np.float64)
    return table / np.maximum(np.sqrt((table * table).sum(-1, keepdims=True)), 1e-12)


def read(checkpoint, kind):
    """The layout.Tokenizer of a checkpoint."""
    names = {"taming": _Taming, "llama": _Llama}[kind.naming]()
    before, after = names.levels_of.split("{}")
    names.levels = layout.positive(checkpoint.count(before, after), "levels of the tokenizer", checkpoint)
    widths = [checkpoint.shape(names.levels_of.format(level), 4)[0] for level in range(names.levels)]
    first = names.res("encoder", 0, 0)[:-1]
    blocks = layout.positive(checkpoint.count(first, ".conv1.weight"), "residual blocks per level",
                             checkpoint)
    codes, size = checkpoint.shape(names.codebook, 2)
    z = checkpoint.shape("quant_conv.weight", 4)[1]
    taker = _Taker(checkpoint)
    table = checkpoint.take(names.codebook, codes, size)
    taker.made.append(("quant.codebook.weight", table.changed(_unit_rows) if names.unit else table))
    taker.conv("enc.conv_in", "encoder.conv_in", widths[0], 3, 3)
    _half(taker, names, "encoder", widths, blocks)
    taker.norm("enc.norm_out", "encoder.norm_out", widths[-1])
    taker.conv("enc.conv_out", "encoder.conv_out", z, 3, widths[-1])
    taker.conv("enc.quant", "quant_conv", size, 1, z)
    taker.conv("dec.quant", "post_quant_conv", z, 1, size)
    taker.conv("dec.conv_in", "decoder.conv_in", widths[-1], 3, z)
    _half(taker, names, "decoder", widths, blocks)
    taker.norm("dec.norm_out", "decoder.norm_out", widths[0])
    taker.conv("dec.conv_out", "decoder.conv_out", 3, 3, widths[0])
    return layout.Tokenizer(codes, size, widths, {
        "maskgit.tokenizer.variant": "taming", "maskgit.tokenizer.res_blocks": blocks,
        "maskgit.tokenizer.z_channels": z, "maskgit.tokenizer.unit_codes": names.unit}, taker.made)
