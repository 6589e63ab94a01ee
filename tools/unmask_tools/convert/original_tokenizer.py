"""The tokenizer of google-research/maskgit as flax, maskgit-torch and open-muse (TiTok's file) name it.

Every port keeps the network, so the original's GroupNorm (32 groups, epsilon 1e-6) holds for all;
maskgit-torch runs it with 1e-5, a slip of the port.
"""
from . import layout

KINDS = [
    layout.Kind("original", "tokenizer", "the google-research/maskgit tokenizer (flax)",
                ["quantizer.codebook"], "flax"),
    layout.Kind("original", "tokenizer", "the maskgit-torch tokenizer",
                ["quantizer.codebook.weight"], "torch"),
    layout.Kind("original", "tokenizer", "the open-muse MaskGIT tokenizer",
                ["quantize.embedding.weight", "encoder.mid.0.conv1.weight",
                 "encoder.down.0.block.0.conv1.weight"],
                "muse"),
]
RES_PARTS = ("norm0", "conv0", "norm1", "conv1", "shortcut")


class _Names:
    """Source names of the tokenizer's modules, for one naming. L levels of R blocks each."""

    def __init__(self, naming, checkpoint):
        self.flax = naming == "flax"
        if naming == "flax":
            self.levels = checkpoint.count("decoder.Conv_", ".kernel") - 1
            self.blocks = checkpoint.count("encoder.ResBlock_", ".") // (max(self.levels, 0) + 1)
            self.ends = ("Conv_0", "GroupNorm_0", "Conv_1", f"Conv_{self.levels}")
            self.parts = ("GroupNorm_0", "Conv_0", "GroupNorm_1", "Conv_1", "Conv_2")
        else:
            self.ends = ("conv_in", "norm_out", "conv_out", "conv_out")
        if naming == "torch":
            self.levels = checkpoint.count("encoder.res_blocks.", ".0.conv0.weight") - 1
            self.blocks = checkpoint.count("encoder.res_blocks.0.", ".conv0.weight")
            self.parts = ("norm0", "conv0", "norm1", "conv1", "conv_res")
        if naming == "muse":
            self.levels = checkpoint.count("encoder.down.", ".block.0.conv1.weight")
            self.blocks = checkpoint.count("encoder.down.0.block.", ".conv1.weight")
            self.parts = ("norm1", "conv1", "norm2", "conv2", "nin_shortcut")
        self.codebook = {"flax": "quantizer.codebook", "torch": "quantizer.codebook.weight",
                         "muse": "quantize.embedding.weight"}[naming]
        self.block = getattr(self, f"_{naming}_block")
        self.up = getattr(self, f"_{naming}_up")
        layout.positive(self.levels, "levels of the tokenizer", checkpoint)
        layout.positive(self.blocks, "residual blocks per level", checkpoint)

    def _flax_block(self, side, k):
        return f"{side}.ResBlock_{k}"

    def _torch_block(self, side, k):
        return f"{side}.res_blocks.{k // self.blocks}.{k % self.blocks}"

    def _muse_block(self, side, k):
        middle = self.levels * self.blocks if side == "encoder" else 0
        if middle <= k < middle + self.blocks:
            return f"{side}.mid.{k - middle}"
        level = k // self.blocks if side == "encoder" else self.levels - k // self.blocks
        return f"{side}.{'down' if side == 'encoder' else 'up'}.{level}.block.{k % self.blocks}"

    def _flax_up(self, level):
        return f"decoder.Conv_{self.levels - level}"

    def _torch_up(self, level):
        # After the blocks of its level stands the upsampling, which has no weights, then the convolution.
        return f"decoder.res_blocks.{self.levels - level}.{self.blocks + 1}"

    def _muse_up(self, level):
        return f"decoder.up.{level}.upsample_conv"

    def kernel(self, module):
        return module + (".kernel" if self.flax else ".weight")

    def scale(self, module):
        return module + (".scale" if self.flax else ".weight")


class _Taker:
    """Takes modules of a checkpoint into [(name, Array)]."""

    def __init__(self, checkpoint, names):
        self.checkpoint, self.names, self.made = checkpoint, names, []

    def add(self, name, array):
        self.made.append((name, array))

    def norm(self, name, source, size):
        self.add(f"{name}.weight", self.checkpoint.take(self.names.scale(source), size))
        self.add(f"{name}.bias", self.checkpoint.take(f"{source}.bias", size))

    def kernel(self, name, source, out, size, inner):
        """Kernels are stored as (out, kh, kw, in): flax has (kh, kw, in, out), PyTorch (out, in, kh, kw)."""
        shape = (size, size, inner, out) if self.names.flax else (out, inner, size, size)
        array = self.checkpoint.take(self.names.kernel(source), *shape)
        axes = (3, 0, 1, 2) if self.names.flax else (0, 2, 3, 1)
        self.add(f"{name}.weight", array and array.transposed(*axes))

    def conv(self, name, source, out, size, inner):
        self.kernel(name, source, out, size, inner)
        self.add(f"{name}.bias", self.checkpoint.take(f"{source}.bias", out))

    def res(self, name, source, inner, outer):
        parts = dict(zip(RES_PARTS, (f"{source}.{part}" for part in self.names.parts)))
        self.norm(f"{name}.norm0", parts["norm0"], inner)
        self.kernel(f"{name}.conv0", parts["conv0"], outer, 3, inner)
        self.norm(f"{name}.norm1", parts["norm1"], outer)
        self.kernel(f"{name}.conv1", parts["conv1"], outer, 3, outer)
        if inner != outer:
            self.kernel(f"{name}.shortcut", parts["shortcut"], outer, 1, outer)


def _channels(checkpoint, names):
    """Channels per level, from the first convolution of each level's first block."""
    firsts = [names.block("encoder", level * names.blocks) for level in range(names.levels)]
    shapes = [checkpoint.shape(names.kernel(f"{block}.{names.parts[1]}"), 4) for block in firsts]
    return [shape[3 if names.flax else 0] for shape in shapes]


def _blocks(taker, names, side, widths, up=None):
    """`blocks` residual blocks of each width; up(i) follows width i."""
    inner, k = widths[0], 0
    for i, outer in enumerate(widths):
        for _ in range(names.blocks):
            taker.res(f"{side[:3]}.res.{k}", names.block(side, k), inner, outer)
            inner, k = outer, k + 1
        if up:
            up(i)


def read(checkpoint, kind):
    """The layout.Tokenizer of a checkpoint."""
    names = _Names(kind.naming, checkpoint)
    codes, size = checkpoint.shape(names.codebook, 2)
    widths = _channels(checkpoint, names)
    taker = _Taker(checkpoint, names)
    first, norm_out, enc_out, dec_out = names.ends
    taker.add("quant.codebook.weight", checkpoint.take(names.codebook, codes, size))
    taker.kernel("enc.conv_in", f"encoder.{first}", widths[0], 3, 3)
    _blocks(taker, names, "encoder", [*widths, widths[-1]])
    taker.norm("enc.norm_out", f"encoder.{norm_out}", widths[-1])
    taker.conv("enc.conv_out", f"encoder.{enc_out}", size, 1, widths[-1])
    taker.conv("dec.conv_in", f"decoder.{first}", widths[-1], 3, size)

    def up(i):
        level = names.levels - i
        if 0 < level < names.levels:
            taker.conv(f"dec.up.{level}", names.up(level), widths[level], 3, widths[level])
    _blocks(taker, names, "decoder", [widths[-1], *widths[::-1]], up)
    taker.norm("dec.norm_out", f"decoder.{norm_out}", widths[0])
    taker.conv("dec.conv_out", f"decoder.{dec_out}", 3, 3, widths[0])
    return layout.Tokenizer(codes, size, widths, {"maskgit.tokenizer.res_blocks": names.blocks}, taker.made)
