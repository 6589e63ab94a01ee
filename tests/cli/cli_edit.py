#!/usr/bin/env python3
"""edit, outpaint and vary: what stays exact, what is drawn, and wrong input."""
import json
import signal
import subprocess
import time

import cli_support
from cli_support import GRID, SIDE, CliTest, make_png, png_chunks, png_pixels, png_texts

PATCH = SIDE // GRID


def picture(width, height, seed=1):
    """Rows of RGB bytes: a gradient with some texture."""
    rows = []
    for y in range(height):
        row = bytearray()
        for x in range(width):
            noise = (x * 7 + y * 13 + seed * 31 + x * y) % 17
            row += bytes([(x * 5 + noise) % 256, (y * 6 + noise) % 256, 255 - (x + y) * 2 % 200])
        rows.append(bytes(row))
    return rows


class EditTest(CliTest):
    def source(self, name="in.png", width=SIDE, height=SIDE):
        self.rows = picture(width, height)
        return self.write(name, make_png(width, height, self.rows))

    def mask(self, name, width, height, inside):
        rows = [bytes(255 if inside(x, y) else 0 for x in range(width)) for y in range(height)]
        return self.write(name, make_png(width, height, rows, colour=0))

    def changed(self, name, left=0, top=0):
        """(x, y) of every pixel of the source that is not the same in the result."""
        width, height, pixels = png_pixels(self.read(name))
        found = set()
        for y, row in enumerate(self.rows):
            for x in range(len(row) // 3):
                at = ((y + top) * width + x + left) * 3
                if pixels[at:at + 3] != row[x * 3:x * 3 + 3]:
                    found.add((x, y))
        return found


class Edit(EditTest):
    def test_only_the_box_and_its_blend_change(self):
        self.source(width=60, height=50)
        result = self.good("edit", "-i", "in.png", "--box", "8,12,6,10", "-c", "3", "-s", "7")
        self.assertEqual(result.lines, ["out.png"])
        self.assertEqual(png_pixels(self.read("out.png"))[:2], (60, 50))
        reach = 2 * PATCH + 3 * (PATCH - 1)
        changed = self.changed("out.png")
        self.assertGreater(len(changed & {(x, y) for x in range(12, 22) for y in range(8, 14)}), 40)
        for x, y in changed:
            self.assertTrue(12 - reach <= x < 22 + reach and 8 - reach <= y < 14 + reach, (x, y))

    def test_a_mask_is_the_same_as_its_box(self):
        self.source()
        self.mask("m.png", SIDE, SIDE, lambda x, y: 12 <= x < 22 and 8 <= y < 14)
        self.good("edit", "-i", "in.png", "--box", "8,12,6,10", "-c", "3", "-s", "7", "-o", "a.png")
        self.good("edit", "-i", "in.png", "--mask", "m.png", "-c", "3", "-s", "7", "-o", "b.png")
        self.assertEqual(self.read("a.png"), self.read("b.png"))
        self.good("edit", "-i", "-", "--mask", "m.png", "-c", "3", "-s", "7", "-o", "c.png",
                  stdin=self.read("in.png"))
        self.assertEqual(self.read("a.png"), self.read("c.png"))

    def test_masks_of_any_kind(self):
        """Grey, RGB and transparent: white = repaint, black or nothing = keep."""
        self.source()
        self.mask("grey.png", SIDE, SIDE, lambda x, y: x < 10)
        rgb = [b"".join(b"\xff\xff\xff" if x < 10 else b"\0\0\0" for x in range(SIDE))] * SIDE
        self.write("rgb.png", make_png(SIDE, SIDE, rgb))
        clear = [b"".join(b"\xff\xff\xff\xff" if x < 10 else b"\0\0\0\0" for x in range(SIDE))] * SIDE
        self.write("clear.png", make_png(SIDE, SIDE, clear, colour=6))
        hashes = {self.good("edit", "-i", "in.png", "--mask", name, "-c", "1", "-s", "5", "-o",
                            "hash").out for name in ["grey.png", "rgb.png", "clear.png"]}
        self.assertEqual(len(hashes), 1)

    def test_a_batch_is_made_of_single_pictures(self):
        self.source(width=45)
        edit = ["edit", "-i", "in.png", "--box", "4,4,20,30", "-s", "9"]
        result = self.good(*edit, "-c", "1,4", "-b", "2", "-o", "p_%d.png")
        self.assertEqual(result.lines, [f"p_{i}.png" for i in range(4)])
        self.assertEqual(len({self.read(name) for name in result.lines}), 4)
        for index in range(4):
            self.good(*edit, "-c", "1" if index < 2 else "4", "--first-image", index, "-o", "one.png")
            self.assertEqual(self.read("one.png"), self.read(f"p_{index}.png"), index)

    def test_metadata_and_json(self):
        self.source()
        edit = ["edit", "-i", "in.png", "--box", "0,0,9,9"]
        result = self.good(*edit, "-c", "class 2", "-s", "5", "--steps", "6", "--json")
        report = json.loads(result.out)
        self.assertEqual((report["seed"], report["steps"]), (5, 6))
        self.assertEqual(report["pictures"][0]["file"], "out.png")
        texts = png_texts(self.read("out.png"))
        stored = json.loads(texts["unmask"])
        self.assertEqual((stored["command"], stored["seed"]), ("edit", 5))
        self.assertIn("Seed: 5", texts["parameters"])
        info = json.loads(self.good("info", "out.png", "--json").out)
        self.assertIn("edit", json.dumps(info))
        self.good(*edit, "--from", "out.png", "-o", "again.png")
        self.assertEqual(self.read("again.png"), self.read("out.png"))
        self.bad(2, "generate", "--from", "out.png", says="unmask edit")
        self.good(*edit, "-c", "2", "--no-metadata", "-o", "plain.png")
        self.assertEqual(png_texts(self.read("plain.png")), {})

    def test_the_class_of_our_own_pictures_is_known(self):
        self.good("generate", "-c", "4", "-s", "3", "-o", "in.png")
        edit = ["edit", "-i", "in.png", "--box", "0,0,9,9", "-s", "5"]
        self.good(*edit, "-o", "a.png")
        self.good(*edit, "-c", "4", "-o", "b.png")
        self.assertEqual(self.read("a.png"), self.read("b.png"))

    def test_steps_animation_and_tokens(self):
        self.source(width=50, height=41)
        self.good("edit", "-i", "in.png", "--box", "4,4,30,30", "-c", "3", "--steps", "6",
                  "--save-steps", "s", "--save-anim", "a.png", "--tokens-out", "t.txt", "--json")
        grid = [line.split() for line in self.read("t.txt").decode().splitlines()]
        self.assertEqual((len(grid), {len(row) for row in grid}), (11, {13}))
        self.assertTrue(all(0 <= int(token) for row in grid for token in row))
        steps = sorted(p.name for p in (self.path / "s").iterdir())
        self.assertEqual(steps[0], "step_01.png")
        self.assertGreaterEqual(len(steps), 5)
        frames = [content for kind, content in png_chunks(self.read("a.png")) if kind == "fcTL"]
        self.assertEqual(len(frames), len(steps) + 1)
        self.assertEqual(png_pixels(self.read("s/" + steps[-1])), png_pixels(self.read("out.png")))
        self.assertNotEqual(png_pixels(self.read("s/step_01.png")), png_pixels(self.read("out.png")))


class Outpaint(EditTest):
    def test_every_side(self):
        self.source(width=36, height=33)
        sides = {"--left": (7, 0), "--right": (0, 0), "--top": (0, 7), "--bottom": (0, 0)}
        for side, (left, top) in sides.items():
            self.good("outpaint", "-i", "in.png", side, "7", "-c", "3", "-s", "2")
            width, height, _ = png_pixels(self.read("out.png"))
            self.assertEqual((width, height), (43, 33) if side in ("--left", "--right") else (36, 40))
            changed = self.changed("out.png", left, top)
            reach = 2 * PATCH + 3 * (PATCH - 1)
            for x, y in changed:
                distance = {"--left": x, "--right": 35 - x, "--top": y, "--bottom": 32 - y}[side]
                self.assertLess(distance, reach)

    def test_the_new_part_does_not_repeat_itself(self):
        self.source()
        self.good("outpaint", "-i", "in.png", "--panorama", "4", "-c", "3", "-s", "2")
        width, height, pixels = png_pixels(self.read("out.png"))
        self.assertEqual((width, height), (4 * SIDE, SIDE))
        left = (4 * SIDE - SIDE) // 2
        middle = [(x, y) for x, y in self.changed("out.png", left) if 17 <= x < SIDE - 17]
        self.assertEqual(middle, [])
        rows = [pixels[y * width * 3:(y + 1) * width * 3] for y in range(height)]
        blocks = {b"".join(row[x * 3:(x + PATCH * 2) * 3] for row in rows)
                  for x in range(0, width, PATCH * 2)}
        self.assertEqual(len(blocks), width // (PATCH * 2))

    def test_panorama_around_a_wide_picture(self):
        self.source(width=2 * SIDE - 5)
        self.good("outpaint", "-i", "in.png", "--panorama", "2", "-c", "3")
        self.assertEqual(png_pixels(self.read("out.png"))[:2], (2 * SIDE, SIDE))


class Vary(EditTest):
    def test_variations(self):
        self.source()
        for order in ["confidence", "halton"]:
            result = self.good("vary", "-i", "in.png", "-c", "3", "-s", "2", "-b", "3", "--order",
                               order, "-o", "hash")
            self.assertEqual(len(set(result.lines)), 3)
        few = self.good("vary", "-i", "in.png", "-c", "3", "-s", "2", "--share", "0.1",
                        "--tokens-out", "few.txt", "-o", "null")
        self.assertEqual(few.lines, ["few.txt"])
        known = self.good("encode", "in.png").out.decode().split()
        tokens = self.read("few.txt").decode().split()
        different = sum(a != b for a, b in zip(known, tokens))
        self.assertTrue(0 < different <= round(0.1 * GRID * GRID), different)

    def test_only_inside_a_mask(self):
        self.source(width=70, height=40)
        self.good("vary", "-i", "in.png", "-c", "3", "--box", "10,10,8,8", "--share", "0.5")
        reach = 2 * PATCH + 3 * (PATCH - 1)
        changed = self.changed("out.png")
        self.assertTrue(changed)
        for x, y in changed:
            self.assertTrue(10 - reach <= x < 18 + reach and 10 - reach <= y < 18 + reach)


class BadInput(EditTest):
    def test_missing_options(self):
        self.source()
        self.bad(2, "edit", "--box", "0,0,4,4", "-c", "1", says="--init-img")
        self.bad(2, "edit", "-i", "in.png", "-c", "1", says="--mask or --box")
        self.bad(2, "edit", "-i", "in.png", "--box", "0,0,4,4", says="class")
        self.bad(2, "outpaint", "-i", "in.png", "-c", "1", says="--left")
        self.bad(2, "outpaint", "-i", "in.png", "-c", "1", "--left", "0", says="--left")
        self.bad(2, "outpaint", "-i", "in.png", "-c", "1", "--box", "0,0,1,1", says="unknown option")
        self.bad(2, "edit", "-i", "-", "--mask", "-", "-c", "1", says="stdin")

    def test_boxes(self):
        self.source()
        for box in ["1,2,3", "1,2,3,4,5", "a,b,c,d", "0,0,0,4", "0,0,4,0", "0,0,33,4", "30,0,4,4",
                    "0,-1,4,4", "0,0,4,99999999999", "0,0,4.5,4", "0,0,4,4 ", "0, 0,4,4"]:
            self.bad(2, "edit", "-i", "in.png", "-c", "1", "--box", box, says="--box")

    def test_masks(self):
        self.source()
        self.mask("small.png", 10, 10, lambda x, y: True)
        self.mask("black.png", SIDE, SIDE, lambda x, y: False)
        self.write("text.png", "hello")
        self.bad(2, "edit", "-i", "in.png", "-c", "1", "--mask", "small.png",
                 says=["small.png", "10x10", f"{SIDE}x{SIDE}"])
        self.bad(2, "edit", "-i", "in.png", "-c", "1", "--mask", "black.png", says="empty")
        self.bad(7, "edit", "-i", "in.png", "-c", "1", "--mask", "text.png", says="text.png")
        self.bad(7, "edit", "-i", "in.png", "-c", "1", "--mask", "none.png", says="none.png")
        self.bad(2, "edit", "-i", "in.png", "-c", "1", "--mask", "black.png", "--box", "0,0,1,1",
                 says="cannot be used together")

    def test_pictures(self):
        good = make_png(SIDE, SIDE, picture(SIDE, SIDE))
        self.write("dot.png", make_png(1, 1, [b"\0\0\0"]))
        self.write("narrow.png", make_png(SIDE - 1, SIDE, picture(SIDE - 1, SIDE)))
        self.write("huge.png", make_png(20000, 1, [b"\0" * 20000], colour=0))
        self.write("cut.png", good[:len(good) // 2])
        at = good.index(b"IDAT") + 20
        self.write("flipped.png", good[:at] + bytes([good[at] ^ 255]) + good[at + 1:])
        self.write("empty.png", "")
        bomb = make_png(9000, 9000, [])
        self.write("bomb.png", bomb)
        for command in [["edit", "--box", "0,0,1,1"], ["outpaint", "--left", "8"], ["vary"]]:
            for name, code in [("dot.png", 2), ("narrow.png", 2), ("huge.png", 7), ("cut.png", 7),
                               ("flipped.png", 7), ("empty.png", 7), ("bomb.png", 7),
                               ("missing.png", 7)]:
                if command[0] == "outpaint" and name == "narrow.png":
                    continue  # wide enough with its new side
                says = f"at least {SIDE} x {SIDE}" if code == 2 else name
                self.bad(code, command[0], "-i", name, "-c", "1", *command[1:], says=says)

    def test_numbers(self):
        self.source()
        outpaint = ["outpaint", "-i", "in.png", "-c", "1"]
        self.bad(2, *outpaint, "--left", "-1", says="--left")
        self.bad(2, *outpaint, "--left", "8192", says="8224 x 32")
        self.bad(2, *outpaint, "--left", "9000", says="--left")
        self.bad(2, *outpaint, "--panorama", "1", says="--panorama")
        self.bad(2, *outpaint, "--panorama", "300", says="8192")
        self.bad(2, *outpaint, "--panorama", "2", "--right", "3", says="cannot be used together")
        self.bad(2, "vary", "-i", "in.png", "-c", "1", "--share", "0", says="--share")
        self.bad(2, "vary", "-i", "in.png", "-c", "1", "--share", "1.1", says="--share")
        self.bad(2, "vary", "-i", "in.png", "-c", "1", "--order", "random", says="confidence")

    def test_nothing_is_written_when_an_output_cannot_be(self):
        self.source()
        edit = ["edit", "-i", "in.png", "-c", "1", "--box", "0,0,4,4"]
        for option in ["-o", "--sheet", "--save-anim", "--tokens-out", "--save-steps"]:
            self.bad(7, *edit, option, "missing/x.png", says="missing/x.png")
        self.bad(2, *edit, "-o", "x.jpg", says=".png")
        self.bad(2, *edit, "-b", "2", "-o", "x.png", says="--output")

    def test_interrupted(self):
        self.source()
        process = subprocess.Popen(
            [cli_support.PROGRAM, "outpaint", "-i", "in.png", "-c", "1", "--panorama", "9", "--steps",
             "1024", "--save-steps", "st", "-o", "out.png"], cwd=self.path, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.environment())
        while not (self.path / "st" / "step_0001.png").exists():
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        self.assertEqual((process.returncode, out, err), (130, b"", b"unmask: interrupted\n"))
        self.assertEqual([p.name for p in self.path.iterdir() if p.name not in ("in.png", "st")], [])

    def test_settings_of_a_damaged_picture(self):
        rows = picture(SIDE, SIDE)
        text = b"unmask\0\0\0\0\0{\"format\":1"
        self.write("in.png", make_png(SIDE, SIDE, rows, more=[(b"iTXt", text)]))
        self.bad(2, "vary", "-i", "in.png", says="damaged")
        self.good("vary", "-i", "in.png", "-c", "1")


if __name__ == "__main__":
    cli_support.main()
