#!/usr/bin/env python3
"""What generate draws and writes: determinism, repeating, batches, reveals, JSON, streams."""
import json
import struct
import zlib

import cli_support
from cli_support import CODES, GRID, SIDE, CliTest, png_chunks, png_pixels, png_texts


class Pictures(CliTest):
    def test_one_picture(self):
        result = self.good("generate", "-c", "3", "--seed", "7")
        self.assertEqual(result.lines, ["out.png"])
        self.assertEqual(self.listing(), ["out.png"])
        self.assertRegex(result.err, r"^seed 7, 1 picture of 8 steps in [0-9.]+ s on .+\n$")
        width, height, pixels = png_pixels(self.read("out.png"))
        self.assertEqual((width, height), (SIDE, SIDE))
        self.assertGreater(len(set(pixels)), 8)

    def test_same_seed_same_bytes(self):
        for name in ["a.png", "b.png"]:
            self.good("generate", "-c", "3", "--seed", "7", "-o", name)
        self.assertEqual(self.read("a.png"), self.read("b.png"))
        self.good("generate", "-c", "3", "--seed", "8", "-o", "c.png")
        self.assertNotEqual(png_pixels(self.read("a.png")), png_pixels(self.read("c.png")))
        self.good("generate", "-c", "4", "--seed", "7", "-o", "d.png")
        self.assertNotEqual(png_pixels(self.read("a.png")), png_pixels(self.read("d.png")))

    def test_threads_do_not_matter(self):
        for threads in ["1", "2", "3"]:
            self.good("generate", "-c", "3", "--seed", "7", "-t", threads, "-o", threads + ".png")
        self.assertEqual(self.read("1.png"), self.read("2.png"))
        self.assertEqual(self.read("1.png"), self.read("3.png"))

    def test_random_seed_is_told_and_repeats(self):
        first = self.good("generate", "-c", "3", "-o", "a.png")
        seed = first.err.split()[1].rstrip(",")
        self.assertEqual(json.loads(png_texts(self.read("a.png"))["unmask"])["seed"], int(seed))
        quiet = self.good("generate", "-c", "3", "-q", "-s", seed, "-o", "b.png")
        self.assertEqual(quiet.err, f"seed {seed}\n")
        self.assertEqual(self.read("a.png"), self.read("b.png"))
        self.good("generate", "-c", "3", "-s", "18446744073709551615", "-o", "c.png")
        stored = json.loads(png_texts(self.read("c.png"))["unmask"])["seed"]
        self.assertEqual(stored, 18446744073709551615)

    def test_classes_by_number_name_part_and_symbol(self):
        hashes = set()
        for text in ["2", "class 2", "CLASS 2", "ass 2", "\U0001F602"]:
            result = self.good("generate", "-c", text, "-s", "5", "-o", "hash")
            hashes.update(result.lines)
        self.assertEqual(len(hashes), 1)

    def test_batch_pictures_can_be_drawn_alone(self):
        names = [f"p_{i:02d}.png" for i in range(6)]
        result = self.good("generate", "-c", "1, class 4", "-b", "3", "-s", "9", "-o", "p_%02d.png")
        self.assertEqual(result.lines, names)
        for index in range(6):
            self.good("generate", "-c", "1" if index < 3 else "4", "-s", "9", "--first-image", index,
                      "-o", "single.png")
            self.assertEqual(self.read("single.png"), self.read(names[index]), index)

    def test_no_picture_has_an_index_that_from_refuses(self):
        last = 1000000000
        self.good("generate", "-c", "1", "-b", "2", "--first-image", last - 1, "-o", "p_%d.png")
        self.good("generate", "--from", f"p_{last}.png", "-o", "again.png")
        self.assertEqual(self.read("again.png"), self.read(f"p_{last}.png"))
        too_many = ["-b", "2", "-o", "q_%d.png"]
        says = f"--first-image: the number of the last picture, {last + 1}, is above {last}"
        for options in [["generate", "-c", "1"], ["generate", "-c", "1", "--shard", "1/2"],
                        ["vary", "-i", "again.png"]]:
            self.bad(2, *options, "--first-image", last, *too_many, says=says)
        self.bad(2, "generate", "--from", f"p_{last}.png", *too_many, says=says)

    def test_a_batch_of_several_sessions(self):
        """40 pictures take two groups; the pictures of the second do not notice."""
        all_of_them = self.good("generate", "-c", "1", "-b", "40", "-s", "9", "--steps", "2", "-o",
                                "hash").lines
        late = self.good("generate", "-c", "1", "-b", "3", "-s", "9", "--steps", "2",
                         "--first-image", "36", "-o", "hash").lines
        self.assertEqual(len(set(all_of_them)), 40)
        self.assertEqual(late, all_of_them[36:39])

    def test_default_names_of_several(self):
        self.assertEqual(self.good("generate", "-c", "1", "-b", "2").lines,
                         ["out_000.png", "out_001.png"])

    def test_settings_matter(self):
        hashes = {}
        for options in [[], ["--steps", "3"], ["--schedule", "linear"], ["--schedule", "pow2.5"],
                        ["--schedule", "0.8,0.3,0"], ["--temperature", "0.5"],
                        ["--choice-temperature", "0"], ["--cfg-scale", "0"], ["--cfg-scale", "3"]]:
            lines = self.good("generate", "-c", "1", "-s", "4", "-o", "hash", *options).lines
            hashes[lines[0]] = options
        self.assertEqual(len(hashes), 9, hashes)

    def test_scale(self):
        self.good("generate", "-c", "1", "-s", "4", "-o", "a.png")
        self.good("generate", "-c", "1", "-s", "4", "-o", "b.png", "--scale", "3")
        small, large = png_pixels(self.read("a.png")), png_pixels(self.read("b.png"))
        self.assertEqual(large[:2], (3 * SIDE, 3 * SIDE))
        for y in range(3 * SIDE):
            for x in range(0, 3 * SIDE, 5):
                at, of = 3 * (y * 3 * SIDE + x), 3 * (y // 3 * SIDE + x // 3)
                self.assertEqual(large[2][at:at + 3], small[2][of:of + 3])

    def test_formats(self):
        for name in ["x.png", "x.npy", "x.ppm"]:
            self.good("generate", "-c", "1", "-s", "4", "-o", name)
        _, _, pixels = png_pixels(self.read("x.png"))
        shape, values = cli_support.read_npy(self.read("x.npy"))
        self.assertEqual(shape, (SIDE, SIDE, 3))
        # half a step of 255, and a little for the float rounding of the value before it
        for byte, value in zip(pixels, values):
            self.assertLessEqual(abs(byte - 255 * min(max(value, 0), 1)), 0.5001)
        self.assertEqual(self.read("x.ppm"), b"P6\n%d %d\n255\n" % (SIDE, SIDE) + pixels)
        self.assertEqual(self.good("generate", "-c", "1", "-o", "null").out, b"")

    def test_stdout(self):
        self.good("generate", "-c", "1", "-s", "4", "-o", "a.png")
        piped = self.good("generate", "-c", "1", "-s", "4", "-o", "-")
        self.assertEqual(piped.out, self.read("a.png"))
        self.assertEqual(self.listing(), ["a.png"])

    def test_endings_in_capitals(self):
        self.good("generate", "-c", "1", "-s", "4", "-o", "A.PNG", "--save-anim", "R.Png", "--sheet", "S.PNG")
        self.good("generate", "-c", "1", "-s", "4", "-o", "a.png", "--save-anim", "r.png", "--sheet", "s.png")
        for capital, small in [("A.PNG", "a.png"), ("R.Png", "r.png"), ("S.PNG", "s.png")]:
            self.assertEqual(self.read(capital), self.read(small))
        for ending in ["npy", "ppm"]:
            self.good("generate", "-c", "1", "-s", "4", "-o", f"a.{ending}")
            self.good("generate", "-c", "1", "-s", "4", "-o", f"A.{ending.upper()}")
            self.assertEqual(self.read(f"A.{ending.upper()}"), self.read(f"a.{ending}"))
        self.good("encode", "A.PNG", "-o", "T.TXT")
        self.good("decode", "T.TXT", "-o", "D.PNG")
        self.good("edit", "-i", "A.PNG", "--box", "0,0,9,9", "-o", "E.PNG")
        self.assertEqual(json.loads(self.good("info", "A.PNG", "--json").out)["type"], "picture")
        self.write("broken.PNG", b"not a picture")
        self.bad(7, "info", "broken.PNG", says="broken.PNG")
        self.write("broken.png", b"not a picture")
        self.bad(7, "info", "broken.png", says="broken.png")

    def test_percent_signs_in_names(self):
        self.good("generate", "-c", "1", "-o", "100%%.png")
        self.good("generate", "-c", "1", "-b", "2", "-o", "5%%_%02d.png", "--tokens-out", "%%%d%%.txt",
                  "--save-anim", "%%d_%d.png")
        self.assertEqual(self.listing(), ["%0%.txt", "%1%.txt", "%d_0.png", "%d_1.png", "100%.png",
                                          "5%_00.png", "5%_01.png"])

    def test_numbers_are_short(self):
        self.good("generate", "-c", "1", "-s", "4", "--temperature", "0.9", "--cfg-scale", "0.7",
                  "--choice-temperature", "3.3", "--top-p", "0.6", "-o", "a.png")
        texts = png_texts(self.read("a.png"))
        said = self.good("info", "a.png").out.decode()
        report = self.good("generate", "--from", "a.png", "-o", "b.png", "--json").out.decode()
        self.assertEqual(self.read("a.png"), self.read("b.png"))
        for text in [texts["unmask"], self.good("info", "a.png", "--json").out.decode(), report]:
            for number in ['"temperature": 0.9', '"cfg_scale": 0.7', '"choice_temperature": 3.3',
                           '"top_p": 0.6']:
                self.assertIn(number + ",", text)
        self.assertIn("Temperature: 0.9, Choice temperature: 3.3, CFG scale: 0.7,", texts["parameters"])
        self.assertRegex(said, r"(?m)^temperature +0\.9$")
        self.assertRegex(said, r"(?m)^guidance scale +0\.7 \(")
        self.good("generate", "-c", "1", "--temperature", "0.123456789", "-o", "c.png")
        self.assertRegex(self.good("info", "c.png").out.decode(), r"(?m)^temperature +0\.12345679$")

    def test_overwrites_and_follows_links(self):
        self.write("real.png", "old")
        (self.path / "link.png").symlink_to("real.png")
        self.good("generate", "-c", "1", "-o", "link.png")
        self.assertTrue((self.path / "link.png").is_symlink())
        self.assertEqual(png_pixels(self.read("real.png"))[:2], (SIDE, SIDE))


class Metadata(CliTest):
    def test_texts(self):
        self.good("generate", "-c", "3", "-s", "7", "--steps", "5", "--schedule", "pow2.5",
                  "--temperature", "0.7", "--choice-temperature", "0", "--cfg-scale", "2.25")
        texts = png_texts(self.read("out.png"))
        meta = json.loads(texts["unmask"])
        for key, value in {"seed": 7, "first_image": 0, "classes": "3", "class_name": "class 3",
                           "steps": 5, "schedule": "pow2.5", "sampler": "confidence",
                           "choice_temperature": 0, "cfg_scale": 2.25, "model": "tiny",
                           "backend": "cpu", "width": SIDE, "height": SIDE}.items():
            self.assertEqual(meta[key], value, key)
        self.assertIn('"temperature": 0.7,', texts["unmask"])
        self.assertIn("Temperature: 0.7, ", texts["parameters"])
        self.assertEqual(len(meta["model_sha256"]), 64)
        self.assertTrue(meta["device"] and meta["version"])
        first, last = texts["parameters"].split("\n")
        self.assertEqual(first, "class 3")
        self.assertRegex(last, r"^Steps: 5, Sampler: confidence, .*CFG scale: 2\.25, Seed: 7, "
                               r"Size: 32x32, Model hash: [0-9a-f]{10}, Model: tiny, ")

    def test_none(self):
        self.good("generate", "-c", "3", "--no-metadata")
        self.assertEqual(png_texts(self.read("out.png")), {})
        self.bad(2, "generate", "--from", "out.png", "-o", "b.png", says="no settings")

    def test_info_reads_it_back(self):
        self.good("generate", "-c", "3", "-s", "7")
        text = self.good("info", "out.png").out.decode()
        for words in [r"class +3 \(class 3\)", r"seed +7\n", r"steps +8\n", r"schedule +cosine\n"]:
            self.assertRegex(text, words)
        told = json.loads(self.good("info", "out.png", "--json").out)
        texts = png_texts(self.read("out.png"))
        self.assertEqual(told["unmask"], json.loads(texts["unmask"]))
        self.assertEqual(told["parameters"], texts["parameters"])
        self.assertEqual((told["width"], told["height"]), (SIDE, SIDE))

    def test_from_repeats_the_picture(self):
        self.good("generate", "-c", "3,5", "-b", "2", "-s", "7", "--steps", "5", "--schedule",
                  "0.9,0.61,0.33333333,0.1,0", "--temperature", "0.777777777777", "--cfg-scale", "0.1",
                  "--choice-temperature", "3.3", "--scale", "2")
        for i in range(4):
            self.good("generate", "--from", f"out_{i:03d}.png", "-o", "again.png")
            self.assertEqual(self.read("again.png"), self.read(f"out_{i:03d}.png"))

    def test_from_with_other_options(self):
        self.good("generate", "-c", "3", "-s", "7", "--steps", "5", "-o", "a.png")
        self.good("generate", "--from", "a.png", "--steps", "6", "-c", "2", "-o", "b.png")
        self.good("generate", "-c", "2", "-s", "7", "--steps", "6", "-o", "c.png")
        self.assertEqual(self.read("b.png"), self.read("c.png"))
        self.good("generate", "--from", "a.png", "-b", "3", "-o", "n_%d.png")
        self.assertEqual(self.read("n_0.png"), self.read("a.png"))
        self.assertNotEqual(png_pixels(self.read("n_1.png")), png_pixels(self.read("a.png")))

    def test_from_a_sheet_an_animation_and_a_step(self):
        self.good("generate", "-c", "3,5", "-s", "7", "--sheet", "s.png", "--save-steps", "st",
                  "--save-anim", "a_%d.png", "-o", "p_%d.png")
        self.good("generate", "--from", "s.png", "--sheet", "s2.png")
        self.assertEqual(self.read("s.png"), self.read("s2.png"))
        self.good("generate", "--from", "a_1.png", "-o", "p.png")
        self.assertEqual(self.read("p.png"), self.read("p_1.png"))
        self.good("generate", "--from", "st/picture_000_step_02.png", "-o", "p.png")
        self.assertEqual(self.read("p.png"), self.read("p_0.png"))

    def test_forged_settings_are_refused(self):
        self.good("generate", "-c", "3", "-s", "7")
        good = png_texts(self.read("out.png"))["unmask"]
        forgeries = ["", "{}", "[]", good[:-1], good + "x", good.replace('"steps": 8', '"steps": 0'),
                     good.replace('"steps": 8', '"steps": 99999'),
                     good.replace('"steps": 8', '"steps": -8'),
                     good.replace('"seed": 7', '"seed": 7.5'),
                     good.replace('"seed": 7', '"seed": 18446744073709551616'),
                     good.replace('"seed": 7', '"seed": 7, "seed": 8'),
                     good.replace('"format": 1', '"format": 2'),
                     good.replace("confidence", "x" * 5000),
                     good.replace("confidence", "guess"), good.replace("cosine", "cosmic"),
                     good.replace('"scale": 1', '"scale": 100000'),
                     good.replace('"count": 1', '"count": 4294967295'),
                     good.replace('"first_image": 0', '"first_image": 4294967295'),
                     good.replace('"temperature": 1', '"temperature": 1e99'),
                     good.replace('"classes": "3"', '"classes": "99"')]
        for text in forgeries:
            content = b"unmask\0\0\0\0\0" + text.encode()
            self.write("forged.png", cli_support.make_png(1, 1, [b"abc"], more=[(b"iTXt", content)]))
            self.bad(2, "generate", "--from", "forged.png", "-o", "x.png")


class Reveal(CliTest):
    def test_one_picture_per_step(self):
        self.good("generate", "-c", "3", "-s", "7", "--steps", "5", "--save-steps", "st")
        names = [f"st/step_{i:02d}.png" for i in range(1, 6)]
        self.assertEqual(self.listing(), ["out.png", "st", *names])
        pictures = [png_pixels(self.read(name)) for name in names]
        self.assertEqual(pictures[-1], png_pixels(self.read("out.png")))
        self.assertEqual(json.loads(png_texts(self.read(names[2]))["unmask"])["step"], 3)
        covered = [self.covered(p) for p in pictures]
        # cosine schedule: floor(64 cos(pi/2 (i + 1) / 5)) tokens stay masked
        self.assertEqual(covered, [60, 51, 37, 19, 0])

    def covered(self, picture):
        """Cells that look as masked tokens do: their inner pixels have the cover's one colour."""
        cell, count = SIDE // GRID, 0
        cover = bytes(round(255 * v) for v in (0.80, 0.83, 0.88))
        for row in range(GRID):
            for column in range(GRID):
                at = 3 * ((row * cell + 1) * SIDE + column * cell + 1)
                count += picture[2][at:at + 3] == cover
        return count

    def test_animation(self):
        self.good("generate", "-c", "3", "-s", "7", "--steps", "6", "--save-anim", "a.png",
                  "--save-steps", "st")
        data = self.read("a.png")
        chunks = png_chunks(data)
        kinds = [kind for kind, _ in chunks]
        self.assertEqual(kinds[:2], ["IHDR", "acTL"])
        self.assertEqual(struct.unpack(">II", chunks[1][1]), (7, 0))
        sequence, frames = 0, []
        for kind, content in chunks:
            if kind == "fcTL":
                numbers = struct.unpack(">IIIIIHHBB", content)
                self.assertEqual(numbers[:5], (sequence, SIDE, SIDE, 0, 0))
                self.assertEqual(numbers[6:], (1000, 0, 0))
                frames.append([numbers[5], b""])
                sequence += 1
            elif kind == "fdAT":
                self.assertEqual(struct.unpack(">I", content[:4])[0], sequence)
                frames[-1][1] += content[4:]
                sequence += 1
        self.assertEqual(len(frames), 7)
        pictures = [cli_support.unfilter(zlib.decompress(raw), SIDE, SIDE) for _, raw in frames]
        self.assertEqual(self.covered((0, 0, pictures[0])), GRID * GRID)
        for i in range(1, 7):
            self.assertEqual(pictures[i], png_pixels(self.read(f"st/step_{i:02d}.png"))[2])
        self.assertEqual(png_pixels(data), png_pixels(self.read("out.png")))
        self.assertEqual(max(frames)[0], frames[-1][0])  # the last one is held longest

    def test_animation_opens_elsewhere(self):
        try:
            from PIL import Image
        except ImportError:
            self.skipTest("no PIL here")
        self.good("generate", "-c", "3", "-s", "7", "--steps", "6", "--save-anim", "a.png",
                  "--scale", "2")
        with Image.open(self.path / "a.png") as image:
            # PIL counts the still picture for programs without animation as one more
            self.assertEqual(image.n_frames - bool(image.info.get("default_image")), 7)
            image.seek(image.n_frames - 1)
            last = image.convert("RGB").tobytes()
            image.seek(0)
            self.assertEqual(image.convert("RGB").tobytes(), last)
            self.assertEqual(image.size, (2 * SIDE, 2 * SIDE))

    def test_several(self):
        self.good("generate", "-c", "3", "-b", "2", "-s", "7", "--steps", "2", "--save-steps", "st",
                  "--save-anim", "a_%d.png", "-o", "null")
        self.assertEqual(self.listing(), [
            "a_0.png", "a_1.png", "st", "st/picture_000_step_01.png", "st/picture_000_step_02.png",
            "st/picture_001_step_01.png", "st/picture_001_step_02.png"])

    def test_sheet(self):
        result = self.good("generate", "--classes-sample", "7", "-s", "7", "--sheet", "s.png")
        self.assertEqual((result.lines, self.listing()), (["s.png"], ["s.png"]))
        width, height, pixels = png_pixels(self.read("s.png"))
        self.assertEqual((width, height), (4 * (192 + 13) + 13, 2 * (192 + 13) + 13))
        self.assertEqual(pixels[:3 * 13], b"\xff" * 39)
        # the eighth place is empty; the second holds picture 1
        self.assertEqual(pixels[-3 * 100:], b"\xff" * 300)
        self.good("generate", "-c", "1", "-s", "7", "--first-image", "1", "-o", "p.png")
        small = png_pixels(self.read("p.png"))[2]
        at = 3 * (13 * width + 13 + 192 + 13)
        self.assertEqual(pixels[at:at + 3], small[:3])


class Streams(CliTest):
    def test_json(self):
        result = self.good("generate", "-c", "1,2", "-s", "7", "--json", "--sheet", "s.png", "-o",
                           "p_%d.png")
        told = json.loads(result.out)
        self.assertEqual(told["seed"], 7)
        self.assertEqual(told["steps"], 8)
        self.assertEqual([p["class"] for p in told["pictures"]], [1, 2])
        self.assertEqual([p["class_name"] for p in told["pictures"]], ["class 1", "class 2"])
        self.assertEqual([p["file"] for p in told["pictures"]], ["p_0.png", "p_1.png"])
        self.assertEqual(told["sheet"], "s.png")
        self.assertEqual(told["device"]["backend"], "cpu")
        self.assertEqual(len(told["model"]["sha256"]), 64)
        for value in told["timings"].values():
            self.assertGreater(value, 0)
        hashes = self.good("generate", "-c", "1,2", "-s", "7", "-o", "hash").lines
        self.assertEqual([p["hash"] for p in told["pictures"]], hashes)

    def test_tokens_out(self):
        self.good("generate", "-c", "1", "-s", "7", "--tokens-out", "t.txt")
        rows = [list(map(int, line.split(" "))) for line in self.read("t.txt").decode().splitlines()]
        self.assertEqual([len(row) for row in rows], [GRID] * GRID)
        self.assertTrue(all(0 <= code < CODES for row in rows for code in row))
        self.good("decode", "t.txt", "-o", "d.png")
        self.assertEqual(png_pixels(self.read("d.png")), png_pixels(self.read("out.png")))

    def test_option_forms(self):
        want = self.good("generate", "-c", "1", "-s", "7", "-o", "hash").out
        for args in [["--class=1", "--seed=7", "--output=hash"], ["-c1", "-s7", "-ohash"],
                     ["-qc", "1", "-s", "9", "-s", "7", "-o", "hash"],
                     ["--class", "1", "--seed", "7", "-o", "hash", "--"]]:
            self.assertEqual(self.good("generate", *args).out, want)


if __name__ == "__main__":
    cli_support.main()
