"""What the tests of converted checkpoints share: layouts, their writers, rounding, pictures, the program."""
import os
import pathlib
import struct
import subprocess
import sys
import zlib

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path[:0] = [str(TOOLS), str(TOOLS / "tests")]

try:
    import numpy as np
    import torch
except ImportError as error:
    print(f"skip: {sys.executable}: {error}")
    sys.exit(77)

import checkpoints
from unmask_tools.reference import nearest

PROGRAM, DEVICE = os.environ["UM_PROGRAM"], os.environ.get("UM_TEST_DEVICE", "cpu")
# Codebooks, and the per-position bias of v1.
ALWAYS_F32 = ("quantizer.codebook.weight", "quantize.embedding.weight", "bias")


def nmse(made, exact):
    return float(((made - exact)**2).sum() / (exact**2).sum())


def write_png(path, pixels):
    """pixels: uint8 (height, width, 3)."""
    height, width, _ = pixels.shape
    raw = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) +
                     chunk(b"IEND", b""))


def q8_0(rows):
    """float64 (..., n) through blocks of 32 with an f16 scale."""
    blocks = rows.reshape(-1, 32)
    scale = np.abs(blocks).max(1, keepdims=True) / 127
    codes = np.rint(np.divide(blocks, scale, out=np.zeros_like(blocks), where=scale > 0))
    return (codes * scale.astype(np.float16).astype(np.float64)).reshape(rows.shape)


def rounded(module, kind):
    """The module in float64, its matrices holding what a file of this type can hold."""
    module.double()
    for name, weight in module.state_dict().items():
        if weight.dim() < 2 or kind == "f32" or name in ALWAYS_F32:
            continue
        rows = np.moveaxis(weight.numpy(), 1, -1)  # blocks run along the inputs
        if kind == "q8_0" and rows.shape[-1] % 32 == 0:
            rows = q8_0(np.ascontiguousarray(rows))
        else:
            rows = rows.astype(np.float16).astype(np.float64)
        weight.copy_(torch.from_numpy(np.ascontiguousarray(np.moveaxis(rows, -1, 1))))
    return module


class Layout:
    """One published layout. files(folder, transformer, tokenizer) writes both networks; it returns paths."""

    def __init__(self, family, sizes, files, heads=None):
        self.family, self.sizes, self.files, self.heads = family, sizes, files, heads
        self.null_class = family != "original"
        self.pixels = sizes.side << (len(sizes.widths) - 1)

    def networks(self, kind="f32"):
        """[transformer, tokenizer] in float64."""
        return [rounded(module, kind) for module in checkpoints.networks(self.family, self.sizes)]


def files_torch(holders, **more):
    """Writers of PyTorch files; holders: the keys below which transformer and tokenizer lie, "" = none."""
    def write(folder, transformer, tokenizer):
        paths = []
        names = ("transformer.pth", "tokenizer.pth")
        for name, module, holder in zip(names, (transformer, tokenizer), holders):
            weights = checkpoints.state(module)
            data = {"epoch": 3, holder: weights, "optimizer_state_dict": None} if holder else weights
            checkpoints.write_torch(folder / name, data, **more)
            paths.append(folder / name)
        return paths[::-1]
    return write


def files_flax(folder, transformer, tokenizer, chunk=500):
    heads = transformer.blocks[0].MultiHeadAttention.num_heads
    widths = [stage[0].conv0.out_channels for stage in tokenizer.encoder.res_blocks][:-1]
    blocks = len(tokenizer.encoder.res_blocks[-1])
    checkpoints.write_flax(folder / "transformer", checkpoints.flax_transformer(transformer, heads), chunk)
    checkpoints.write_flax(folder / "tokenizer", checkpoints.flax_tokenizer(tokenizer, widths, blocks), chunk)
    return [folder / "transformer", folder / "tokenizer"]


def files_muse(folder, transformer, tokenizer):
    weights = {"state_dict": checkpoints.state(transformer)}
    checkpoints.write_torch(folder / "transformer.ckpt", weights, legacy=True)
    checkpoints.write_torch(folder / "tokenizer.bin", checkpoints.muse(tokenizer))
    return [folder / "transformer.ckpt", folder / "tokenizer.bin"]


class Bench:
    """The program in a folder, one converted file, and the inputs that it shares with a reference."""

    def __init__(self, folder, file, layout, seed=5):
        self.folder, self.file, self.layout = pathlib.Path(folder), file, layout
        self.random = np.random.default_rng(seed)

    def program(self, *arguments):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("UNMASK_")}
        done = subprocess.run([PROGRAM, *map(str, arguments), "-m", self.file, "--device", DEVICE, "-q"],
                              cwd=self.folder, capture_output=True, timeout=500, env=environment)
        if done.returncode:
            raise AssertionError(f"{arguments}: exit code {done.returncode}: {done.stderr.decode()}")
        return done.stdout.decode()

    def tokens(self, masked):
        """A grid with this share of masked tokens, also in tokens.txt."""
        shape = (self.layout.sizes.side,) * 2
        tokens = self.random.integers(self.layout.sizes.codes, size=shape)
        tokens[self.random.random(shape) < masked] = -1
        text = "\n".join(" ".join(map(str, row)) for row in tokens) + "\n"
        (self.folder / "tokens.txt").write_text(text)
        return torch.from_numpy(tokens)

    def logits(self, label, masked):
        """(tokens, logits) of the program."""
        tokens = self.tokens(masked).reshape(-1)
        self.program("logits", "-c", label, "--tokens", "tokens.txt", "-o", "x.npy")
        return tokens, np.load(self.folder / "x.npy")

    def decode(self):
        """(tokens, RGB) of the program."""
        tokens = self.tokens(0)
        self.program("decode", "tokens.txt", "-o", "x.npy")
        return tokens, np.load(self.folder / "x.npy").reshape(self.layout.pixels, self.layout.pixels, 3)

    def encode(self):
        """(RGB in 0..1, codes) of the program."""
        side = self.layout.pixels
        pixels = self.random.integers(256, size=(side, side, 3), dtype=np.uint8)
        write_png(self.folder / "x.png", pixels)
        rows = [list(map(int, row.split())) for row in self.program("encode", "x.png").splitlines()]
        return torch.from_numpy(pixels / 255.0), torch.tensor(rows)


def worst_choice(exact, picture, codes):
    """By how much codes miss the nearest rows of the table, as a share of the lengths involved."""
    vectors, table = exact.vectors(picture), exact.table()
    lengths = vectors.pow(2).sum(-1) + table.pow(2).sum(-1).max()
    chosen = (vectors - table[codes]).pow(2).sum(-1)
    least = (vectors - table[nearest(vectors, table)]).pow(2).sum(-1)
    return float(((chosen - least) / lengths).max())
