#!/usr/bin/env python3
"""encode, decode, logits, info, devices, verify, and hostile pictures."""
import json
import math
import os
import random
import struct

import cli_support
from cli_support import CLASSES, CODES, GRID, SIDE, CliTest, make_png, png_pixels, read_npy


def grid_text(values):
    return "".join(" ".join(map(str, values[i * GRID:(i + 1) * GRID])) + "\n" for i in range(GRID))


class Tokens(CliTest):
    def test_encode_and_decode(self):
        self.good("generate", "-c", "1", "-s", "7")
        grid = self.good("encode", "out.png").out.decode()
        self.good("encode", "out.png", "-o", "t.txt")
        self.assertEqual(self.read("t.txt").decode(), grid)
        self.assertEqual(self.good("encode", "-", stdin=self.read("out.png")).out.decode(), grid)
        values = list(map(int, grid.split()))
        self.assertEqual(grid_text(values), grid)
        self.assertTrue(all(0 <= v < CODES for v in values))
        self.good("decode", "t.txt", "-o", "d.png")
        self.good("decode", "-", "-o", "d.npy", stdin=grid.encode())
        shape, floats = read_npy(self.read("d.npy"))
        self.assertEqual(shape, (SIDE, SIDE, 3))
        self.assertTrue(all(map(math.isfinite, floats)))
        bytes_of_floats = bytes(int(255 * min(max(v, 0), 1) + 0.5) for v in floats)
        self.assertEqual(png_pixels(self.read("d.png"))[2], bytes_of_floats)
        again = self.good("encode", "d.png").out
        self.good("decode", "-", "-o", "e.png", stdin=again)
        self.assertEqual(self.good("encode", "d.png").out, again)

    def test_every_kind_of_png(self):
        """Grey, palette, alpha and 16 bits of the same picture give the same grid."""
        rng = random.Random(5)
        levels = [[rng.randrange(256) for _ in range(SIDE)] for _ in range(SIDE)]
        rgb = [bytes(v for level in row for v in (level,) * 3) for row in levels]
        palette = bytes(v for level in range(256) for v in (level,) * 3)
        kinds = {
            "rgb": make_png(SIDE, SIDE, rgb),
            "grey": make_png(SIDE, SIDE, [bytes(row) for row in levels], colour=0),
            "palette": make_png(SIDE, SIDE, [bytes(row) for row in levels], colour=3,
                                more=[(b"PLTE", palette)]),
            "opaque": make_png(SIDE, SIDE, [bytes(v for level in row for v in (level,) * 3 + (255,))
                                            for row in levels], colour=6),
            "deep": make_png(SIDE, SIDE, [bytes(v for level in row for v in (level,) * 6)
                                          for row in levels], depth=16),
        }
        grids = {name: self.good("encode", "-", stdin=data).out for name, data in kinds.items()}
        for name, grid in grids.items():
            self.assertEqual(grid, grids["rgb"], name)

    def test_transparency_becomes_white(self):
        clear = make_png(SIDE, SIDE, [bytes([10, 20, 30, 0]) * SIDE] * SIDE, colour=6)
        white = make_png(SIDE, SIDE, [b"\xff" * 3 * SIDE] * SIDE)
        self.assertEqual(self.good("encode", "-", stdin=clear).out,
                         self.good("encode", "-", stdin=white).out)

    def test_wrong_size(self):
        self.write("small.png", make_png(5, 6, [b"\0" * 15] * 6))
        self.bad(2, "encode", "small.png", says=["5x6", "32x32"])

    def test_bad_grids(self):
        good = ["3"] * GRID * GRID
        for change, words in {
            "32": ["line 1", "'32'", "0 to 31"], "-1": ["line 1", "'-1'", "masked"],
            "-2": ["'-2'"], "x": ["'x'"], "1.0": ["'1.0'"], "+1": ["'+1'"], "1e1": ["'1e1'"],
            "99999999999999999999": ["'99999999999999999999'"], "1 2": ["9 values", "expected 8"],
        }.items():
            values = [change, *good[1:]]
            self.write("t.txt", grid_text(values))
            self.bad(2, "decode", "t.txt", "-o", "x.png", says=["t.txt", *words])
        text = grid_text(good)
        for name, wrong in {"rows": text.replace("\n", "", 1), "few": text[16:], "none": "",
                            "many": text + text[:16], "nul": text.replace("3", "\0", 1)}.items():
            self.write("t.txt", wrong)
            self.bad(2, "decode", "t.txt", "-o", "x.png", says="t.txt")
        self.write("t.txt", text.replace("\n", " \r\n") + "\n\n")
        self.good("decode", "t.txt", "-o", "null")
        self.bad(7, "decode", "missing.txt", "-o", "x.png", says="missing.txt")
        self.write("huge.txt", b"3 " * (1 << 20))
        self.bad(7, "decode", "huge.txt", "-o", "x.png", says="larger")


class Logits(CliTest):
    def test_shape_and_teacher_forcing(self):
        masked = self.write("masked.txt", grid_text([-1] * GRID * GRID))
        mixed = self.write("mixed.txt", grid_text([i % CODES if i % 3 else -1
                                                   for i in range(GRID * GRID)]))
        seen = set()
        for tokens in [masked, mixed]:
            for name in ["1", "class 2", "-1"]:
                self.good("logits", "--tokens", tokens, "-c", name, "-o", "l.npy")
                shape, values = read_npy(self.read("l.npy"))
                self.assertEqual(shape, (GRID * GRID, CODES))
                self.assertTrue(all(map(math.isfinite, values)))
                seen.add(self.read("l.npy"))
        self.assertEqual(len(seen), 6)
        first = self.read("l.npy")
        self.good("logits", "--tokens", mixed, "-c", "-1")
        self.assertEqual(self.read("logits.npy"), first)

    def test_outputs_that_would_replace_the_input(self):
        self.good("generate", "-c", "1", "-o", "a.png")
        os.link(self.path / "a.png", self.path / "same.png")
        for name in ["a.png", "same.png", "./a.png"]:
            self.bad(2, "encode", "a.png", "-o", name, says="would replace")
        self.good("encode", "a.png", "-o", "t.npy")
        self.bad(2, "logits", "--tokens", "t.npy", "-c", "1", "-o", "t.npy", says="would replace")
        for name in ["x.png", "x", ".npy", "x.NPY"]:
            self.bad(2, "logits", "--tokens", "t.npy", "-c", "1", "-o", name, says="must end in .npy")
        self.good("logits", "--tokens", "t.npy", "-c", "1", "-o", "/dev/null")

    def test_usage(self):
        tokens = self.write("t.txt", grid_text([-1] * GRID * GRID))
        self.bad(2, "logits", "-c", "1", says="--tokens")
        self.bad(2, "logits", "--tokens", tokens, says="--class")
        self.bad(2, "logits", "--tokens", tokens, "-c", "99")
        self.write("bad.txt", grid_text([-1] * (GRID * GRID - 1) + [CODES]))
        self.bad(2, "logits", "--tokens", "bad.txt", "-c", "1", says=["line 8", "'32'", "-1 = masked"])


class Info(CliTest):
    def test_model(self):
        told = json.loads(self.good("info", self.model, "--json").out)
        self.assertEqual((told["type"], told["name"]), ("model", "tiny"))
        self.assertEqual((told["grid_width"], told["image_width"]), (GRID, SIDE))
        self.assertEqual(len(told["classes"]), CLASSES)
        self.assertEqual(told["classes"][2], {"name": "class 2", "symbol": "\U0001F602"})
        self.assertEqual(told["file_bytes"], cli_support.os.path.getsize(self.model))
        text = self.good("info", self.model).out.decode()
        self.assertIn("8x8 tokens", text)
        self.assertIn("class 6", text)

    def test_default_model(self):
        for more in [[], ["--json"]]:
            self.assertEqual(self.good("info", *more).out, self.good("info", self.model, *more).out)
        self.bad(3, "info", says="nowhere.gguf", environment={"UNMASK_MODEL_PATH": "nowhere.gguf"})

    def test_plain_picture(self):
        self.write("plain.png", make_png(3, 2, [b"\0" * 9] * 2))
        self.assertIn("no settings", self.good("info", "plain.png").out.decode())
        told = json.loads(self.good("info", "plain.png", "--json").out)
        self.assertEqual((told["width"], told["height"], told["unmask"]), (3, 2, None))
        self.bad(7, "info", "missing.png", says="missing.png")

    def test_devices(self):
        lines = self.good("devices").lines
        self.assertEqual(sum(line.startswith("*") for line in lines), 1)
        told = json.loads(self.good("devices", "--json").out)["devices"]
        self.assertEqual(len(told), len(lines))
        self.assertEqual([d["index"] for d in told], list(range(len(told))))
        self.assertEqual([d["backend"] for d in told if d["default"]], ["cpu"])

    def test_verify(self):
        self.assertEqual(self.good("verify", self.model).lines, [f"{self.model}: ok"])


class HostilePictures(CliTest):
    def test_broken_files(self):
        whole = make_png(SIDE, SIDE, [b"\x80" * 3 * SIDE] * SIDE)
        huge = make_png(8193, 1, [b"\0" * 3 * 8193])
        bomb = make_png(1, 1, [b"\0" * 3], more=[(b"zTXt", b"unmask\0\0" + cli_support.zlib.compress(
            b"a" * (64 << 20)))])
        wrong_crc = bytearray(whole)
        wrong_crc[20] ^= 1
        for name, data in {"empty": b"", "text": b"hello", "signature": whole[:8], "cut": whole[:-30],
                           "huge": huge, "crc": bytes(wrong_crc), "bomb": bomb}.items():
            path = self.write(name + ".png", data)
            result = self.run_program("encode", path, "-o", "t.txt")
            self.assertIn(result.code, (2, 7) if name == "bomb" else (7,), (name, result.err))
            self.assertEqual(result.err.count("\n"), 1)
            self.assertFalse((self.path / "t.txt").exists())
        # a device of endless bytes is cut off, too
        self.bad(7, "encode", "/dev/zero", "-o", "t.txt")

    def test_damaged_files_never_crash(self):
        rng = random.Random(11)
        self.good("generate", "-c", "1", "-s", "7")
        whole = self.read("out.png")
        for _ in range(60):
            data = bytearray(whole)
            for _ in range(rng.randrange(1, 4)):
                data[rng.randrange(8, len(data))] = rng.randrange(256)
            if rng.randrange(2):
                data = fix_checksums(data)
            self.write("x.png", bytes(data))
            for command in [["info", "x.png"], ["encode", "x.png", "-o", "null.txt"]]:
                result = self.run_program(*command)
                self.assertIn(result.code, (0, 2, 7), result.err)


def fix_checksums(data):
    """Makes the checksums right again where the chunks still follow one another."""
    at = 8
    while at + 12 <= len(data):
        size, = struct.unpack(">I", data[at:at + 4])
        if at + 12 + size > len(data):
            break
        crc = cli_support.zlib.crc32(bytes(data[at + 4:at + 8 + size]))
        data[at + 8 + size:at + 12 + size] = struct.pack(">I", crc)
        at += 12 + size
    return data


if __name__ == "__main__":
    cli_support.main()
