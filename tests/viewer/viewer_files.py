#!/usr/bin/env python3
"""Files dropped on the window, good and bad; devices; nothing is lost when they fail."""
import pathlib
import struct
import subprocess
import zlib

import viewer_support
from viewer_support import PROGRAM, SIDE, ViewerTest

READY = "wait step 3\nwait idle\n"
ARGS = ["--seed", 3, "--class", 1, "--steps", 3]


class Files(ViewerTest):
    def make(self, *args):
        subprocess.run([PROGRAM, *map(str, args)], cwd=self.path, check=True, capture_output=True,
                       env=self.environment())

    def plain(self, name, width, height):
        """A grey picture without text, written by other hands."""
        rows = b"".join(b"\0" + bytes([120, 90, 200]) * width for _ in range(height))

        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(
                ">I", zlib.crc32(kind + body))
        (self.path / name).write_bytes(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))

    def test_our_own_picture_brings_its_settings(self):
        self.make("generate", "-c", 4, "-s", 99, "--steps", 7, "-o", "ours.png")
        self.drive(f"""{READY}
            drop ours.png
            wait message
            expect class == 4
            expect drawn_class == 4
            expect seed == 99
            expect steps == 7
            expect locked == 1
            expect message ~ settings
            expect can_paint == 1
            print digest
            forget
            key Ctrl+S
            wait message
            expect message ~ "/class-4-99.png"
            key R
            wait ms 100
            wait idle
            expect steps_done == 7
        """, *ARGS)

    def test_a_picture_of_a_batch_is_drawn_again(self):
        self.make("generate", "-c", 4, "-s", 99, "--steps", 3, "-b", 3, "-o", "of-%d.png")
        third = sorted(self.path.glob("of-*.png"))[2]
        self.drive(f"""{READY}
            drop {third.name}
            wait message
            forget
            key R
            wait ms 100
            wait idle
            expect steps_done == 3
            key Ctrl+S
            wait message
        """, *ARGS)
        saved = viewer_support.read_png(self.path / "class-4-99.png")
        self.assertEqual(saved[2], viewer_support.read_png(third)[2])

    def test_an_enlarged_picture_is_shown_as_it_was_drawn_and_saved_enlarged_again(self):
        self.make("generate", "-c", 4, "-s", 99, "--steps", 3, "--scale", 4, "-o", "four.png")
        self.make("generate", "--from", "four.png", "--scale", 1, "-o", "one.png")
        left, right = SIDE - 3, 4 * SIDE - 12  # the same pixel, far from the stroke
        _, _, rows, _, _ = viewer_support.read_png(self.path / "one.png")
        corner = rows[left][left * 3:left * 3 + 3]
        self.drive(f"""{READY}
            drop four.png
            wait message
            expect width == {SIDE}
            expect seed == 99
            expect message ~ settings
            expect "pixel {left} {left}" == "{','.join(map(str, corner))}"
            set brush 3
            stroke 2 2 4 4
            wait frames 2
            key Return
            wait ms 100
            wait idle
            forget
            key Ctrl+S
            wait message
            expect message ~ Saved
        """, *ARGS)
        saved = next(self.path.glob("class*.png"))
        width, height, rows, texts, _ = viewer_support.read_png(saved)
        self.assertEqual((width, height), (4 * SIDE, 4 * SIDE))
        self.assertEqual(rows[right][right * 3:right * 3 + 12], corner * 4)
        self.assertIn('"scale":4', texts["unmask"].replace(" ", ""))
        self.assertIn('"command":"edit"', texts["unmask"].replace(" ", ""))

    def test_other_kinds_of_pictures(self):
        """JPEG and WebP, and what had to be done to one is said."""
        try:
            from PIL import Image
        except ImportError:
            self.skipTest("no imaging library")
        version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout
        turned = Image.Exif()
        turned[0x112] = 6
        lines = [READY]
        for name, form in [("a.jpg", "JPEG"), ("a.webp", "WebP")]:
            if form in version:
                Image.new("RGB", (SIDE + 8, SIDE), (120, 90, 200)).save(self.path / name, exif=turned)
                lines += ["forget", f"drop {name}", "wait message", "expect message ~ Paint",
                          f"expect width == {SIDE}", "expect can_paint == 1", "wait idle"]
        Image.new("I;16", (SIDE, SIDE + 3), 30000).save(self.path / "deep.png")
        lines += ["forget", "drop deep.png", "wait message", 'expect message ~ "16 bits"',
                  f"expect width == {SIDE}"]
        self.drive("\n".join(lines), *ARGS)

    def test_a_picture_becomes_the_source(self):
        self.plain("large.png", 3 * SIDE + 5, SIDE + 3)
        self.drive(f"""{READY}
            drop large.png
            wait message
            expect width == {3 * SIDE + 5}
            expect can_paint == 1
            stroke 40 10 60 20
            wait frames 2
            key Return
            wait ms 100
            wait idle
            expect running == 0
            expect width == {3 * SIDE + 5}
            expect "pixel 0 0" == "120,90,200"
            expect "pixel 100 34" == "120,90,200"
            screenshot {self.shot("files-wide")}
        """, *ARGS)

    def test_bad_files_are_one_sentence_and_nothing_is_lost(self):
        self.plain("tiny.png", 1, 1)
        self.plain("wide.png", 20000, 1)
        (self.path / "corrupt.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
        (self.path / "model.gguf").write_bytes(b"GGUFnonsense")
        (self.path / "notes.txt").write_text("hello")
        lines = [READY, "print digest"]
        for name in ["tiny.png", "wide.png", "corrupt.png", "model.gguf", "notes.txt", "absent.png"]:
            lines += ["forget", f"drop {name}", "wait message", "print message", "wait idle",
                      f"expect width == {SIDE}", "expect loaded == 1", "expect can_paint == 1"]
        lines += [f"screenshot {self.shot('files-error')}", "key R", "wait ms 100", "wait idle",
                  "expect steps_done == 3", "print digest"]
        done = self.start("\n".join(lines), *ARGS)
        self.assertEqual(done.returncode, 0, done.stderr)
        printed = [line.split(" ", 1) for line in done.stdout.splitlines()]
        digests = [value for name, value in printed if name == "digest"]
        self.assertEqual(digests[0], digests[1])
        messages = [value for name, value in printed if name == "message"]
        self.assertEqual(len(messages), 6)
        for message in messages:
            self.assertGreater(len(message), 10)
            self.assertNotIn("\n", message)

    def test_no_model(self):
        done = self.start(f"wait message\nexpect message ~ model\nwait ms 200\nexpect loaded == 0\n"
                          f"key R\nwait ms 300\nscreenshot {self.shot('files-no-model')}\n",
                          UNMASK_MODEL_PATH=str(self.path / "absent.gguf"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_model_dropped_and_device_switched(self):
        other = self.path / "other.gguf"
        other.write_bytes(pathlib.Path(self.model).read_bytes())
        self.drive(f"""{READY}
            drop other.gguf
            wait frames 3
            wait model
            wait ms 100
            wait idle
            expect loaded == 1
            expect masked == 0
            expect devices >= 1
            key D
            wait frames 3
            screenshot {self.shot("files-devices")}
            key Down
            key Return
            wait frames 5
            wait model
            expect message == ""
            key R
            wait ms 100
            wait idle
            expect steps_done == 3
        """, *ARGS)

    def test_switches_to_vulkan_and_back(self):
        """With the devices of this machine; the picture on the screen stays."""
        count = int(self.drive("wait model\nwait step 1\nprint devices\n", *ARGS)["devices"])
        if count < 2:
            self.skipTest("no Vulkan device")
        values = self.drive(f"""{READY}
            expect device == cpu
            print digest
            key D
            wait frames 3
            key Down
            key Down
            key Return
            wait frames 5
            wait model
            expect device == vulkan
            expect message == ""
            expect can_paint == 1
            key R
            wait ms 100
            wait idle
            expect steps_done == 3
            expect message == ""
            key D
            wait frames 3
            key Down
            key Return
            wait frames 5
            wait model
            print device
            expect message == ""
        """, *ARGS)
        self.assertIn("device", values)

    def test_wrong_usage(self):
        for args in [["--steps", "0"], ["--steps", "1025"], ["--size", "2x"], ["--nonsense"],
                     ["--count", "17"]]:
            done = subprocess.run([viewer_support.VIEWER, *args], capture_output=True, text=True,
                                  env=self.environment(), timeout=60)
            self.assertEqual(done.returncode, 2, args)
        done = subprocess.run([viewer_support.VIEWER, "--script", "absent"], capture_output=True,
                              text=True, env=self.environment(), timeout=60)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (7, 1))
        done = subprocess.run([viewer_support.VIEWER, "--help"], capture_output=True, text=True,
                              env=self.environment(), timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertIn("--script", done.stdout)


if __name__ == "__main__":
    viewer_support.main()
