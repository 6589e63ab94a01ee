#!/usr/bin/env python3
"""What goes into the program as pictures: every kind of file, pipes, enlargements, masks, colours."""
import io
import json
import os
import struct
import subprocess
import threading
import zlib

import cli_support
from cli_support import GRID, SIDE, CliTest, make_png, png_chunks, png_pixels

FAR = 20  # an edit of pixel 0, 0 reaches less far, so from here on pixels stay as they were read
LIGHT = "edit", "--box", "0,0,1,1", "-c", "1", "-s", "3", "--steps", "2"


def sample(x, y):
    """A pixel that tells where it stands."""
    return (x * 7 + 3) % 256, (y * 7 + 90) % 256, (x * y * 3) % 256


def rows_of(width=SIDE, height=SIDE, pixel=sample):
    return [bytes(v for x in range(width) for v in pixel(x, y)) for y in range(height)]


def moved(data, names):
    """The PNG file with the chunks of these names behind the pixels."""
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind.encode() + content +
                struct.pack(">I", zlib.crc32(kind.encode() + content)))
    parts = png_chunks(data)
    early = [part for part in parts if part[0] not in names and part[0] != "IEND"]
    late = [part for part in parts if part[0] in names]
    return data[:8] + b"".join(chunk(*part) for part in [*early, *late, ("IEND", b"")])


def enlarged(pixels, width, height, factor):
    """RGB bytes with every pixel repeated."""
    out = b""
    for y in range(height):
        row = b"".join(pixels[(y * width + x) * 3:(y * width + x) * 3 + 3] * factor for x in range(width))
        out += row * factor
    return out


class PictureTest(CliTest):
    def read_as(self, name, width=SIDE, height=SIDE, note=None):
        """{(x, y): colour} of what stays as it was read of a picture, and what was said about it."""
        done = self.good(*LIGHT, "-i", name, "-o", "read.png")
        if note is not None:
            self.assertIn(note, done.err)
        got_width, got_height, pixels = png_pixels(self.read("read.png"))
        self.assertEqual((got_width, got_height), (width, height))
        return {(x, y): tuple(pixels[(y * width + x) * 3:(y * width + x) * 3 + 3])
                for y in range(height) for x in range(width) if x >= FAR or y >= FAR}, done.err

    def draw(self, name, *args):
        self.good("generate", "-c", "2", "-s", "5", "--steps", "3", "-o", name, *args)
        return name


class OneReader(PictureTest):
    def test_settings_behind_the_pixels(self):
        self.draw("early.png")
        self.write("late.png", moved(self.read("early.png"), ["iTXt"]))
        told = [json.loads(self.good("info", name, "--json").out) for name in ["early.png", "late.png"]]
        self.assertEqual({**told[1], "file": "early.png"}, told[0])
        self.assertEqual(told[1]["unmask"]["seed"], 5)
        self.good("generate", "--from", "late.png", "-o", "again.png")
        self.assertEqual(self.read("again.png"), self.read("early.png"))
        for name in ["early.png", "late.png"]:
            self.good("vary", "-i", name, "-s", "1", "-o", "v" + name)
        self.assertEqual(self.read("vearly.png"), self.read("vlate.png"))

    def test_settings_of_a_damaged_picture_are_still_told(self):
        data = self.read(self.draw("whole.png"))
        self.write("cut.png", data[:-40])
        done = self.good("info", "cut.png")
        self.assertIn("seed                5", done.out.decode())
        self.assertIn("damaged", done.err)
        self.bad(7, "vary", "-i", "cut.png", "-c", "1", says="cut.png")

    def test_pictures_through_pipes(self):
        self.draw("a.png")
        plain = json.loads(self.good("info", "a.png", "--json").out)
        for name in ["-", "/dev/stdin"]:
            told = json.loads(self.good("info", name, "--json", stdin=self.read("a.png")).out)
            self.assertEqual({**told, "file": "a.png"}, plain)
        self.bad(7, "info", "-", stdin=b"hello", says=["neither", "stdin"])
        self.bad(7, "info", "-", says="neither")
        with open(self.model, "rb") as stream:
            model = stream.read()
        self.bad(3, "info", "-", stdin=model, says=["model", "pipe"])
        with open(self.model, "rb") as stream:
            done = subprocess.run([cli_support.PROGRAM, "info", "-"], stdin=stream, capture_output=True,
                                  env=self.environment(), timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def feed(self, name, data):
        """A named pipe, and somebody who writes into it once it is read."""
        os.mkfifo(self.path / name)

        def write():
            with open(self.path / name, "wb") as stream:
                stream.write(data)
        thread = threading.Thread(target=write)
        thread.start()
        self.addCleanup(thread.join)
        return name

    def test_every_input_may_be_a_pipe(self):
        picture = make_png(SIDE, SIDE, rows_of())
        mask = make_png(SIDE, SIDE, [b"\xff" * 9 + b"\0" * (SIDE - 9)] * SIDE, colour=0)
        table = b"mask_ratio\n0.5\n0\n"
        for name, data in {"i.png": picture, "m.png": mask, "s.txt": table}.items():
            self.write(name, data)
        self.draw("from.png")
        self.good("edit", "-i", "i.png", "--mask", "m.png", "--step-table", "s.txt", "--from",
                  "from.png", "-o", "plain.png")
        pipes = [self.feed("i", picture), self.feed("m", mask), self.feed("s", table),
                 self.feed("f", self.read("from.png"))]
        self.good("edit", "-i", pipes[0], "--mask", pipes[1], "--step-table", pipes[2], "--from",
                  pipes[3], "-o", "piped.png")
        self.assertEqual(self.read("piped.png"), self.read("plain.png"))
        grid = self.good("encode", "i.png").out
        self.good("decode", self.feed("t", grid), "-o", "t.png")
        self.good("decode", "-", "-o", "u.png", stdin=grid)
        self.assertEqual(self.read("t.png"), self.read("u.png"))
        self.bad(2, "generate", "--from", "-", "--step-table", "-", says="stdin")
        self.bad(2, "edit", "--from", "-", "--mask", "-", "-i", "i.png", says="stdin")

    def test_a_model_that_is_a_pipe_is_refused_at_once(self):
        os.mkfifo(self.path / "m.gguf")
        for command in [["verify", "m.gguf"], ["generate", "-m", "m.gguf", "-c", "1"]]:
            self.bad(3, *command, says=["m.gguf", "pipe"])

    def test_waiting_is_said(self):
        """Nobody writes: a line says so, and the picture is read when it comes at last."""
        os.mkfifo(self.path / "pipe")
        for command in [["info", "pipe"], ["encode", "pipe"]]:
            process = subprocess.Popen([cli_support.PROGRAM, *command], cwd=self.path,
                                       env=self.environment(), stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            hung = threading.Timer(120, process.kill)
            hung.start()
            self.addCleanup(hung.cancel)
            self.addCleanup(process.kill)
            self.assertEqual(process.stderr.readline(),
                             b"waiting for pipe, from which nothing has come yet\n")
            self.assertIsNone(process.poll())
            (self.path / "pipe").write_bytes(make_png(SIDE, SIDE, rows_of()))
            out, err = process.communicate(timeout=60)
            self.assertEqual((process.returncode, err), (0, b""))
            self.assertTrue(out)


class Enlarged(PictureTest):
    def setUp(self):
        super().setUp()
        self.draw("one.png")
        self.draw("four.png", "--scale", "4")

    def same_enlarged(self, small, large):
        width, height, pixels = png_pixels(self.read(small))
        self.assertEqual(png_pixels(self.read(large)),
                         (width * 4, height * 4, enlarged(pixels, width, height, 4)))
        self.assertEqual(json.loads(self.good("info", large, "--json").out)["unmask"]["scale"], 4)

    def test_edits_happen_at_the_size_that_was_drawn(self):
        for small, large in [
                (["edit", "--box", "8,4,10,12"], ["edit", "--box", "32,16,40,48"]),
                (["vary", "--share", "0.4"], ["vary", "--share", "0.4"]),
                (["outpaint", "--left", "9", "--top", "3"], ["outpaint", "--left", "35", "--top", "12"]),
                (["outpaint", "--panorama", "2"], ["outpaint", "--panorama", "2"])]:
            self.good(*small, "-i", "one.png", "-s", "8", "-o", "a.png", "--tokens-out", "a.txt")
            self.good(*large, "-i", "four.png", "-s", "8", "-o", "b.png", "--tokens-out", "b.txt")
            self.assertEqual(self.read("a.txt"), self.read("b.txt"), small)
            self.same_enlarged("a.png", "b.png")
            self.good(*large, "-i", "four.png", "-s", "8", "-o", "c.png", "--scale", "1")
            self.assertEqual(png_pixels(self.read("c.png")), png_pixels(self.read("a.png")))
        self.assertEqual(self.good("encode", "four.png").out, self.good("encode", "one.png").out)

    def test_masks_have_the_size_of_the_file_or_of_the_drawing(self):
        def mask(name, factor, inside):
            side = SIDE * factor
            rows = [bytes(255 * inside(x, y) for x in range(side)) for y in range(side)]
            return self.write(name, make_png(side, side, rows, colour=0))
        mask("small.png", 1, lambda x, y: 8 <= x < 20 and 5 <= y < 9)
        mask("large.png", 4, lambda x, y: 35 <= x < 77 and 23 <= y < 34)  # parts of the same pixels
        for name, source in [("small.png", "one.png"), ("small.png", "four.png"), ("large.png", "four.png")]:
            self.good("edit", "-i", source, "--mask", name, "-s", "8", "-o", "hash")
        hashes = {self.good("edit", "-i", source, "--mask", name, "-s", "8", "-o", "hash").out
                  for name, source in [("small.png", "four.png"), ("large.png", "four.png")]}
        self.assertEqual(len(hashes), 1)
        self.bad(2, "edit", "-i", "one.png", "--mask", "large.png", says=["128x128", "32x32"])

    def changed(self, name, rows, width, height):
        texts = [(kind.encode(), content) for kind, content in png_chunks(self.read("four.png"))
                 if kind == "iTXt"]
        return self.write(name, make_png(width, height, rows, more=texts))

    def test_what_was_changed_since_is_said(self):
        width, height, pixels = png_pixels(self.read("four.png"))
        rows = [bytearray(pixels[y * width * 3:(y + 1) * width * 3]) for y in range(height)]
        rows[100][300:303] = bytes(255 - v for v in rows[100][300:303])
        self.changed("painted.png", rows, width, height)
        done = self.good("edit", "-i", "painted.png", "--box", "0,0,4,4", "-s", "1", "--scale", "1")
        self.assertRegex(done.err, r"warning: painted.png: .*4 times.*4x4 pixels become their mean")
        one, out = png_pixels(self.read("one.png"))[2], png_pixels(self.read("out.png"))[2]
        at = (25 * SIDE + 25) * 3
        self.assertEqual(out[at:at + 3], bytes(
            (15 * v + 255 - v + 8) // 16 for v in one[at:at + 3]))
        self.assertEqual(out[at + 3:at + 18], one[at + 3:at + 18])

        rows = rows_of(SIDE + 2, SIDE + 3)
        self.changed("resized.png", rows, SIDE + 2, SIDE + 3)
        done = self.good("edit", "-i", "resized.png", "--box", "0,0,4,4", "-s", "1")
        self.assertRegex(done.err, r"warning: resized.png: .*34x35 pixels are used as they are")
        self.assertEqual(png_pixels(self.read("out.png"))[:2], (SIDE + 2, SIDE + 3))

    def test_a_part_that_was_cut_out_is_still_an_enlargement(self):
        _, _, pixels = png_pixels(self.read("four.png"))
        wide, tall = SIDE * 4, SIDE * 4 + 8
        rows = [pixels[y % wide * wide * 3:(y % wide + 1) * wide * 3] for y in range(tall)]
        self.changed("tall.png", rows, wide, tall)
        done = self.good("edit", "-i", "tall.png", "--box", "0,0,4,4", "-s", "1")
        self.assertNotIn("warning", done.err)
        self.assertEqual(png_pixels(self.read("out.png"))[:2], (wide, tall))


class Masks(PictureTest):
    def setUp(self):
        super().setUp()
        self.write("in.png", make_png(SIDE, SIDE, rows_of()))

    def mask(self, name, pixel, colour=6):
        self.write(name, make_png(SIDE, SIDE, rows_of(pixel=pixel), colour=colour))
        return self.good("edit", "-i", "in.png", "--mask", name, "-c", "1", "-s", "5", "-o", "hash")

    def test_grey_and_alpha(self):
        """White where x < 10, in all the ways in which that can be said."""
        def marked(light, dark):
            return lambda x, y: light if x < 10 else dark
        expected = self.mask("grey.png", marked((255,), (0,)), colour=0).out
        white, black, clear = (255,) * 4, (0, 0, 0, 255), (0,) * 4
        for light, dark in [(white, black), (white, clear), (white, (255, 255, 255, 0)),
                            (white, (255, 255, 255, 127)), ((255, 255, 255, 128), clear),
                            ((128, 128, 128, 255), (127, 127, 127, 255)),
                            ((255, 255, 0, 200), (0, 0, 255, 255))]:
            done = self.mask("m.png", marked(light, dark))
            self.assertEqual(done.out, expected, (light, dark))
            self.assertNotIn("mask", done.err)

    def test_a_black_brush_on_a_transparent_layer(self):
        expected = self.mask("grey.png", lambda x, y: (255 * (x < 10),), colour=0).out
        for ink in [(0, 0, 0, 255), (200, 0, 0, 255), (0, 0, 0, 128)]:
            done = self.mask("m.png", lambda x, y: ink if x < 10 else (0, 0, 0, 0))
            self.assertEqual(done.out, expected, ink)
            self.assertIn("dark strokes", done.err)
        done = self.mask("mixed.png", lambda x, y: (255,) * 4 if x < 10 else (0, 0, 0, 255 * (x < 20)))
        self.assertEqual(done.out, expected)
        self.assertNotIn("dark strokes", done.err)

    def test_all_and_nothing(self):
        for name, pixel in {"white.png": (255,) * 4, "ink.png": (250, 240, 255, 130)}.items():
            done = self.mask(name, lambda x, y: pixel)
            self.assertIn(f"warning: --mask: {name} marks the whole picture", done.err)
        for pixel in [(0, 0, 0, 255), (255, 255, 255, 0), (0,) * 4]:
            self.write("none.png", make_png(SIDE, SIDE, rows_of(pixel=lambda x, y: pixel), colour=6))
            for command in ["edit", "vary"]:
                self.bad(2, command, "-i", "in.png", "--mask", "none.png", "-c", "1",
                         says=["none.png", "empty"])

    def test_the_rule_is_in_the_help(self):
        for word in ["middle grey", "half opaque", "dark strokes"]:
            self.assertIn(word, " ".join(self.good("edit", "--help").out.decode().split()))


def exif(orientation, order=">"):
    return ((b"MM" if order == ">" else b"II") + struct.pack(order + "HIHHHIHHI", 42, 8, 1, 0x112, 3, 1,
                                                             orientation, 0, 0))


# Where the pixel (x, y) of a picture that lies so is when it is upright; w, h: as it lies.
UPRIGHT = {1: lambda x, y, w, h: (x, y), 2: lambda x, y, w, h: (w - 1 - x, y),
           3: lambda x, y, w, h: (w - 1 - x, h - 1 - y), 4: lambda x, y, w, h: (x, h - 1 - y),
           5: lambda x, y, w, h: (y, x), 6: lambda x, y, w, h: (h - 1 - y, x),
           7: lambda x, y, w, h: (h - 1 - y, w - 1 - x), 8: lambda x, y, w, h: (y, w - 1 - x)}


class Orientation(PictureTest):
    def test_all_eight(self):
        wide, tall = SIDE + 5, SIDE
        for orientation, upright in UPRIGHT.items():
            width, height = (wide, tall) if orientation < 5 else (tall, wide)
            data = make_png(wide, tall, rows_of(wide, tall),
                            more=[(b"eXIf", exif(orientation, "><"[orientation % 2]))])
            expected = {upright(x, y, wide, tall): sample(x, y) for x in range(wide) for y in range(tall)}
            for name, content in {"late.png": moved(data, ["eXIf"]), "early.png": data}.items():
                self.write(name, content)
                told = json.loads(self.good("info", name, "--json").out)
                self.assertEqual((told["width"], told["height"]), (width, height))
                if name == "early.png" or orientation == 6:
                    seen, _ = self.read_as(name, width, height)
                    self.assertEqual(seen, {at: expected[at] for at in seen}, (orientation, name))

    def test_damaged_blocks_are_left_aside(self):
        for block in [exif(6)[:-7], exif(0), exif(9), b"MM\0*" + b"\xff" * 4, b"MM\0*\0\0\0\x18" + b"\0" * 9]:
            self.write("x.png", make_png(SIDE, SIDE, rows_of(), more=[(b"eXIf", block)]))
            seen, _ = self.read_as("x.png")
            self.assertEqual(seen, {at: sample(*at) for at in seen}, block)


def encode_srgb(light):
    light = min(max(light, 0), 1)
    return round(255 * (light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


def curve(*values):
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + struct.pack(f">{len(values)}H", *values)


def icc(tags, space=b"RGB "):
    """A profile of these tags."""
    head = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags:
        content += b"\0" * (-len(content) % 4)
        table += name + struct.pack(">II", head + len(data), len(content))
        data += content
    size = head + len(data)
    header = struct.pack(">I4sI4s4s4s", size, b"test", 0x04000000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += struct.pack(">3I", 0xf6d6, 0x10000, 0xd32d)
    return header.ljust(128, b"\0") + table + data


def xyz(*values):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))


SRGB_XYZ = [xyz(0.43607, 0.22249, 0.01392), xyz(0.38515, 0.71687, 0.09708), xyz(0.14307, 0.06061, 0.71410)]


def matrix_profile(curves, primaries=SRGB_XYZ):
    return icc([*zip([b"rXYZ", b"gXYZ", b"bXYZ"], primaries), *zip([b"rTRC", b"gTRC", b"bTRC"], curves)])


class Colours(PictureTest):
    def seen(self, more, note="", **options):
        self.write("x.png", make_png(SIDE, SIDE, options.pop("rows", rows_of()), more=more, **options))
        seen, err = self.read_as("x.png")
        if note:
            self.assertIn(note, err)
        else:
            self.assertNotIn("x.png:", err)
        return seen

    def close(self, seen, expected, most=1):
        for at, colour in seen.items():
            for value, wanted in zip(colour, expected(*sample(*at))):
                self.assertLessEqual(abs(value - wanted), most, (at, colour))

    def test_what_is_srgb_stays_byte_for_byte(self):
        plain = {at: sample(*at) for at in self.seen([])}
        srgb_chrm = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
        table = curve(*(round(65535 * (v / 1023 / 12.92 if v / 1023 <= 0.04045 else
                                       ((v / 1023 + 0.055) / 1.055) ** 2.4)) for v in range(1024)))
        for more in [[(b"gAMA", struct.pack(">I", 45455))], [(b"sRGB", b"\0")],
                     [(b"gAMA", struct.pack(">I", 45455)), (b"cHRM", srgb_chrm)],
                     [(b"iCCP", b"p\0\0" + zlib.compress(matrix_profile([table] * 3)))]]:
            self.assertEqual(self.seen(more), plain, more[0][0])

    def test_gamma(self):
        def linear(*values):
            return [encode_srgb(v / 255) for v in values]
        self.close(self.seen([(b"gAMA", struct.pack(">I", 100000))], "become sRGB"), linear, 0)
        profile = matrix_profile([curve()] * 3)
        self.close(self.seen([(b"iCCP", b"p\0\0" + zlib.compress(profile))], "become sRGB"), linear)
        formula = b"para\0\0\0\0\0\3\0\0" + struct.pack(">5i", *(round(v * 65536) for v in (2, 1, 0, 1, 0)))
        table = curve(*[(v * v + 127) // 255 * 257 for v in range(256)])
        profile = matrix_profile([curve(0x0200), formula, table])
        self.close(self.seen([(b"iCCP", b"p\0\0" + zlib.compress(profile))], "become sRGB"),
                   lambda *values: [encode_srgb((v / 255) ** 2) for v in values], 6)

    def test_primaries(self):
        """Grey stays grey; a colour of a wider space becomes a stronger one."""
        p3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
        display = [xyz(0.51512, 0.24120, -0.00105), xyz(0.29198, 0.69225, 0.04189),
                   xyz(0.15710, 0.06657, 0.78407)]
        power = curve(*(round(65535 * (v / 1023 / 12.92 if v / 1023 <= 0.04045 else
                                       ((v / 1023 + 0.055) / 1.055) ** 2.4)) for v in range(1024)))
        for more in [[(b"gAMA", struct.pack(">I", 45455)), (b"cHRM", p3)],
                     [(b"iCCP", b"p\0\0" + zlib.compress(matrix_profile([power] * 3, display)))]]:
            rows = rows_of(pixel=lambda x, y: (120, 120, 120) if x % 2 else (100, 150, 100))
            for at, colour in self.seen(more, "become sRGB", rows=rows).items():
                wanted = (120, 120, 120) if at[0] % 2 else (83, 152, 95)
                for value, expected in zip(colour, wanted):
                    self.assertLessEqual(abs(value - expected), 1, (at, colour))

    def test_what_cannot_be_honoured_is_said(self):
        plain = {at: sample(*at) for at in self.seen([])}
        profile = icc([(b"A2B0", b"mft1" + bytes(range(256)))])
        seen = self.seen([(b"iCCP", b"odd\0\0" + zlib.compress(profile))], "profile is not understood")
        self.assertEqual(seen, plain)

    def test_sixteen_bits(self):
        rows = [bytes(b for x in range(SIDE) for v in sample(x, y) for b in (v, (v * 3) % 256))
                for y in range(SIDE)]
        seen = self.seen([], "its 16 bits per channel become 8", rows=rows, depth=16)
        for at, colour in seen.items():
            self.assertEqual(colour, tuple((v * 256 + v * 3 % 256) * 255 / 65535 // 0.5 // 2 + (
                ((v * 256 + v * 3 % 256) * 255 / 65535) % 1 >= 0.5) for v in sample(*at)), at)
        self.assertIn("become 8, and its colours become sRGB",
                      self.read_as(self.write("y.png", make_png(
                          SIDE, SIDE, rows, depth=16, more=[(b"gAMA", struct.pack(">I", 100000))])))[1])


class OtherFormats(PictureTest):
    def setUp(self):
        super().setUp()
        try:
            from PIL import Image
        except ImportError:
            self.skipTest("no imaging library")
        self.image = Image
        self.kinds = self.good("--version").out.decode()
        self.assertIn("\npictures: PNG", self.kinds)

    def make(self, name, form, mode="RGB", **options):
        if form not in self.kinds:
            self.skipTest(f"this build reads no {form}")
        source = self.image.frombytes("RGB", (SIDE + 3, SIDE), b"".join(
            bytes((x * 6, y * 7, 255 - x * 3)) for y in range(SIDE) for x in range(SIDE + 3)))
        out = io.BytesIO()
        source.convert(mode).save(out, form.upper(), **options)
        return self.write(name, out.getvalue())

    def looks(self, name):
        """What is read, beside what the imaging library reads."""
        from PIL import ImageOps
        other = ImageOps.exif_transpose(self.image.open(self.path / name))
        width, height = other.size
        seen, _ = self.read_as(name, width, height)
        reference = other.convert("RGB").load()
        for at, colour in seen.items():
            for value, wanted in zip(colour, reference[at]):
                self.assertLessEqual(abs(value - wanted), 3, (name, at))

    def test_jpeg(self):
        for mode, options in [("RGB", {}), ("RGB", {"progressive": True}), ("L", {}), ("CMYK", {}),
                              ("RGB", {"subsampling": 2, "quality": 60})]:
            self.looks(self.make("x.jpg", "JPEG", mode, **options))

    def test_webp(self):
        for options in [{}, {"lossless": True}, {"quality": 30}]:
            self.looks(self.make("x.webp", "WebP", **options))

    def test_orientation(self):
        for name, orientation in [("x.jpg", 3), ("x.jpg", 6), ("x.webp", 8), ("x.webp", 6)]:
            data = self.image.Exif()
            data[0x112] = orientation
            self.looks(self.make(name, "JPEG" if name == "x.jpg" else "WebP", exif=data))

    def test_profile(self):
        profile = matrix_profile([curve()] * 3)
        for name, form, options in [("x.jpg", "JPEG", {"quality": 98, "subsampling": 0}),
                                    ("x.webp", "WebP", {"lossless": True})]:
            path = self.make(name, form, icc_profile=profile, **options)
            seen, _ = self.read_as(path, SIDE + 3, SIDE, note="become sRGB")
            for (x, y), colour in seen.items():
                wanted = encode_srgb(y * 7 / 255)
                self.assertLessEqual(abs(colour[1] - wanted), 8 if y > 3 else 40, (x, y))

    def test_wherever_a_png_is_taken(self):
        for name, form in [("s.jpg", "JPEG"), ("s.webp", "WebP")]:
            self.make(name, form)
            square = self.image.open(self.path / name).crop((0, 0, SIDE, SIDE))
            square.save(self.path / name, quality=95)
            told = json.loads(self.good("info", name, "--json").out)
            self.assertEqual((told["type"], told["width"], told["unmask"]), ("picture", SIDE, None))
            self.assertEqual(len(self.good("encode", name).out.split()), GRID * GRID)
            self.good("info", "-", stdin=self.read(name))
            for command in [["outpaint", "--left", "8"], ["vary"]]:
                self.good(*command, "-i", name, "-c", "1", "--steps", "2", "-o", "null")
            self.bad(2, "generate", "--from", name, says="no settings")
            mask = "m" + name
            self.image.new("L", (SIDE, SIDE), 0).save(self.path / mask, quality=95)
            self.bad(2, "edit", "-i", name, "--mask", mask, "-c", "1", says="empty")
            self.image.new("L", (SIDE, SIDE), 255).save(self.path / mask, quality=95)
            self.assertIn("whole picture", self.good("edit", "-i", name, "--mask", mask, "-c", "1", "-o",
                                                     "null").err)

    def test_damage(self):
        for name, form in [("x.jpg", "JPEG"), ("x.webp", "WebP")]:
            data = self.read(self.make(name, form, quality=90))
            for size in [2, 3, 12, 30, len(data) // 2, len(data) - 30]:
                self.write(name, data[:size])
                self.bad(7, "encode", name, says=name)
            self.write(name, data)
            self.bad(2, "encode", name, says=f"{SIDE + 3}x{SIDE}")
        huge = self.image.new("L", (9000, 8))
        huge.save(self.path / "huge.jpg")
        self.bad(7, "info", "huge.jpg", says=["9000x8", "8192"])

    def test_an_animation_is_named(self):
        frames = [self.image.new("RGB", (SIDE, SIDE), colour) for colour in ["red", "blue"]]
        self.make("x.webp", "WebP")
        frames[0].save(self.path / "x.webp", save_all=True, append_images=frames[1:])
        self.bad(7, "encode", "x.webp", says="animation")


class Texts(PictureTest):
    BOM = b"\xef\xbb\xbf"

    def test_a_byte_order_mark_is_skipped(self):
        grid = ("3 " * GRID + "\n").encode() * GRID
        table = b"mask_ratio temperature\n0.5 -\n0 1\n"
        for mark in [b"", self.BOM]:
            self.write("t.txt", mark + grid)
            self.good("decode", "t.txt", "-o", "d%d.png" % len(mark))
            self.write("s.txt", mark + table)
            self.good("generate", "-c", "1", "-s", "1", "--step-table", "s.txt", "-o", "s%d.png" % len(mark))
            self.good("logits", "--tokens", "t.txt", "-c", "1", "-o", "l%d.npy" % len(mark))
        for name in ["d%d.png", "s%d.png", "l%d.npy"]:
            self.assertEqual(self.read(name % 0), self.read(name % 3))
        self.write("t.txt", self.BOM + self.BOM + grid)
        self.bad(2, "decode", "t.txt", "-o", "x.png", says="line 1")

    def test_results_to_compare_with(self):
        result = b'{"schema": 1, "devices": []}'
        for data in [result, self.BOM + result]:
            self.write("r.json", data)
            done = self.run_program("bench", "--compare", "r.json", "--runs", "1", "--budget", "0.1")
            self.assertNotIn("is not a result", done.err)

    def test_other_encodings_are_named(self):
        for encoding in ["utf-16", "utf-16-be"]:
            mark = b"" if encoding == "utf-16" else b"\xfe\xff"
            self.write("t.txt", mark + ("3 " * GRID).encode(encoding))
            self.bad(2, "decode", "t.txt", "-o", "x.png", says=["t.txt", "UTF-16"])
            self.bad(2, "generate", "-c", "1", "--step-table", "t.txt", says=["t.txt", "UTF-16"])


if __name__ == "__main__":
    cli_support.main()
