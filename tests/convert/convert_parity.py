"""Random checkpoints in every published layout, converted, against the published networks in PyTorch.

UM_PROGRAM: the program. UM_TEST_DEVICE: cpu (default) or vulkan. Exit code 77 = skipped, with the reason.
"""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from types import SimpleNamespace

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path[:0] = [str(TOOLS), str(TOOLS / "tests")]

try:
    import numpy as np
    import torch
except ImportError as error:
    print(f"skip: {sys.executable}: {error}")
    sys.exit(77)

import checkpoints
from unmask_tools import gguf
from unmask_tools.convert import run

PROGRAM, DEVICE = os.environ["UM_PROGRAM"], os.environ.get("UM_TEST_DEVICE", "cpu")
# Sums of a few hundred float32 products are off by about 1e-6 relative, 1e-12 squared; some ten layers of
# them stay under 1e-9 with room, and a wrong formula is orders above it.
NMSE_F32 = 1e-9
# Weights rounded to the stored type are the least error possible; other roundings on the way may double it.
TIMES_IDEAL = 3.0
# Codebooks, and the per-position bias of v1.
ALWAYS_F32 = ("quantizer.codebook.weight", "quantize.embedding.weight", "bias")


def nmse(made, exact):
    return float(((made - exact) ** 2).sum() / (exact ** 2).sum())


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
    """A float64 copy whose matrices hold what a file of this type can hold."""
    module.double()
    for name, weight in module.state_dict().items():
        if weight.dim() < 2 or kind == "f32" or name in ALWAYS_F32:
            continue
        values = weight.numpy()
        rows = np.moveaxis(values, 1, -1)  # blocks run along the inputs
        if kind == "q8_0" and rows.shape[-1] % 32 == 0:
            rows = q8_0(np.ascontiguousarray(rows))
        else:
            rows = rows.astype(np.float16).astype(np.float64)
        weight.copy_(torch.from_numpy(np.ascontiguousarray(np.moveaxis(rows, -1, 1))))
    return module


class Layout:
    """One published layout. files(folder, transformer, tokenizer) writes the networks and returns the paths."""

    def __init__(self, family, sizes, files, heads=None):
        self.family, self.sizes, self.files, self.heads = family, sizes, files, heads
        self.null_class = family != "original"

    def networks(self, kind="f32"):
        return [rounded(module, kind) for module in checkpoints.networks(self.family, self.sizes)]


def files_torch(holder, **more):
    def write(folder, transformer, tokenizer):
        for name, module in (("transformer.pth", transformer), ("tokenizer.pth", tokenizer)):
            part = holder if isinstance(holder, str) else holder[name.split(".")[0]]
            data = {"epoch": 3, part: checkpoints.state(module)} if part else checkpoints.state(module)
            checkpoints.write_torch(folder / name, data, **more)
        return [folder / "tokenizer.pth", folder / "transformer.pth"]
    return write


def files_flax(folder, transformer, tokenizer):
    checkpoints.write_flax(folder / "transformer", checkpoints.flax_transformer(transformer))
    checkpoints.write_flax(folder / "tokenizer", checkpoints.flax_tokenizer(tokenizer), chunk=500)
    return [folder / "transformer", folder / "tokenizer"]


def files_muse(folder, transformer, tokenizer):
    weights = {"state_dict": checkpoints.state(transformer)}
    checkpoints.write_torch(folder / "transformer.ckpt", weights, legacy=True)
    checkpoints.write_torch(folder / "tokenizer.bin", checkpoints.muse(tokenizer))
    return [folder / "transformer.ckpt", folder / "tokenizer.bin"]


LAYOUTS = {
    "maskgit-flax": Layout("original", checkpoints.Sizes(classes=1000), files_flax),
    "maskgit-torch": Layout("original", checkpoints.Sizes(), files_torch("state_dict"), checkpoints.HEADS),
    "maskgit-muse-tokenizer": Layout("original", checkpoints.Sizes(), files_muse, checkpoints.HEADS),
}


class Parity(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.random = np.random.default_rng(5)

    def tearDown(self):
        self.folder.cleanup()

    def program(self, *arguments):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("UNMASK_")}
        done = subprocess.run([PROGRAM, *map(str, arguments), "--device", DEVICE, "-q"], cwd=self.path,
                              capture_output=True, timeout=300, env=environment)
        self.assertEqual(done.returncode, 0, (arguments, done.stderr.decode()))
        return done.stdout

    def convert(self, layout, kind):
        """The converted file."""
        transformer, tokenizer = checkpoints.networks(layout.family, layout.sizes)
        paths = layout.files(self.path, transformer, tokenizer)
        output = self.path / f"{kind}.gguf"
        options = SimpleNamespace(type=kind, file_type=gguf.FILE_TYPES[kind], heads=layout.heads, name=None,
                                  license="none")
        run.convert(paths, output, options)
        return output

    def write_tokens(self, masked):
        side = checkpoints.SIDE
        tokens = self.random.integers(checkpoints.CODES, size=(side, side))
        tokens[self.random.random((side, side)) < masked] = -1
        (self.path / "tokens.txt").write_text("\n".join(" ".join(map(str, row)) for row in tokens) + "\n")
        return torch.from_numpy(tokens)

    def check_logits(self, file, layout, exact, ideal, label, masked):
        tokens = self.write_tokens(masked).reshape(-1)
        self.program("logits", "-m", file, "-c", label, "--tokens", "tokens.txt", "-o", "x.npy")
        made, expected = np.load(self.path / "x.npy"), exact(tokens, label).numpy()
        self.assertEqual(made.shape, (len(tokens), layout.sizes.codes))
        limit = NMSE_F32 + TIMES_IDEAL * nmse(ideal(tokens, label).numpy(), expected)
        self.judge(f"logits of class {label}", nmse(made, expected), limit)

    def check_decode(self, file, exact, ideal):
        tokens = self.write_tokens(0)
        self.program("decode", "tokens.txt", "-m", file, "-o", "x.npy")
        made, expected = np.load(self.path / "x.npy"), exact.decode(tokens).numpy()
        limit = NMSE_F32 + TIMES_IDEAL * nmse(ideal.decode(tokens).numpy(), expected)
        self.judge("decode", nmse(made.reshape(expected.shape), expected), limit)

    def check_encode(self, file, layout, exact):
        """Codes must be the reference's, or as near to its vector but for the rounding of float32."""
        side = layout.sizes.side << (len(layout.sizes.widths) - 1)
        pixels = self.random.integers(256, size=(side, side, 3), dtype=np.uint8)
        write_png(self.path / "x.png", pixels)
        text = self.program("encode", "x.png", "-m", file).decode()
        made = torch.tensor([[int(word) for word in line.split()] for line in text.splitlines()])
        picture = torch.from_numpy(pixels / 255.0)
        vectors, table = exact.vectors(picture), exact.table()
        expected = exact.encode(picture)
        chosen = [(vectors - table[codes]).pow(2).sum(-1) for codes in (made, expected)]
        room = 1e-5 * (vectors.pow(2).sum(-1) + table.pow(2).sum(-1).max())
        self.assertTrue((chosen[0] <= chosen[1] + room).all(), (made, expected))
        self.assertGreater(len(expected.unique()), 4)  # the picture tells codes apart

    def judge(self, what, value, limit):
        print(f"{self.id().split('.')[-1]} {what}: NMSE {value:.2e}, limit {limit:.2e}", flush=True)
        self.assertLessEqual(value, limit, what)


def _test(layout, kind):
    def test(self):
        with torch.no_grad():
            file = self.convert(layout, kind)
            exact, ideal = layout.networks(), layout.networks(kind)
            last = layout.sizes.classes - 1
            for label, masked in ((0, 1.0), (last, 0.5), *([(-1, 0.7)] if layout.null_class else [])):
                self.check_logits(file, layout, exact[0], ideal[0], label, masked)
            self.check_decode(file, exact[1], ideal[1])
            if kind == "f32":
                self.check_encode(file, layout, exact[1])
    return test


for _name, _layout in LAYOUTS.items():
    for _kind in gguf.FILE_TYPES:
        setattr(Parity, f"test_{_name.replace('-', '_')}_{_kind}", _test(_layout, _kind))

if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
