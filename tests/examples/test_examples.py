#!/usr/bin/env python3
"""The programs of examples/: short, named in the README, and they do what they say."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["UM_SOURCE"])
PROGRAMS = pathlib.Path(os.environ["UM_EXAMPLES"])
NAMES = ("draw", "watch", "edit")


class Examples(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.model = self.folder / "tiny.gguf"
        subprocess.run([os.environ["UM_TINY_MODEL_WRITER"], self.model], check=True)

    def run_example(self, name, *arguments, code=0, says="success"):
        done = subprocess.run([PROGRAMS / f"example_{name}", *map(str, arguments)], cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertRegex(done.stderr, f"(?m)^{name}: {says}$")
        return done.stdout

    def pixels(self, name):
        head, pixels = (self.folder / name).read_bytes().split(b" 255\n", 1)
        width, height = map(int, head.split()[1:])
        self.assertEqual(len(pixels), 3 * width * height)
        return width, height, [pixels[3 * i:3 * i + 3] for i in range(width * height)]

    def test_length(self):
        readme = (SOURCE / "README.md").read_text()
        self.assertEqual(sorted(path.stem for path in (SOURCE / "examples").glob("*.c")), sorted(NAMES))
        for name in NAMES:
            text = (SOURCE / "examples" / f"{name}.c").read_text()
            self.assertLessEqual(text.count("\n"), 60, name)
            self.assertIn(f"examples/{name}.c", readme)

    def test_draw_and_edit(self):
        self.run_example("draw", self.model, "0", "drawn.ppm")
        width, height, before = self.pixels("drawn.ppm")
        self.assertGreater(len(set(before)), 10)
        self.run_example("edit", self.model, "1", "drawn.ppm", "edited.ppm")
        self.assertEqual(self.pixels("edited.ppm")[:2], (width, height))
        after = self.pixels("edited.ppm")[2]
        changed = [i % width for i in range(width * height) if before[i] != after[i]]
        self.assertIn(width - 1, changed)
        self.assertNotIn(0, changed)  # far from the mask

    def test_watch(self):
        out = self.run_example("watch", self.model, "0", 4)
        masked = [int(n) for n in re.findall(r"(?m)^step \d+ of 4: (\d+) masked$", out)]
        self.assertEqual((len(masked), masked[-1], sorted(masked, reverse=True)), (4, 0, masked))
        for count, grid in zip(masked, re.split(r"(?m)^step .*\n", out)[1:]):
            self.assertEqual(grid.count("."), count)

    def test_watch_is_cancelled(self):
        """Nobody reads after the first line, so that the steps do not end before the signal comes."""
        program = subprocess.Popen([PROGRAMS / "example_watch", self.model, "0", "1024"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(program.stdout.readline().split()[:2], ["step", "1"])
        program.send_signal(signal.SIGINT)
        out, error = program.communicate()
        self.assertEqual((program.returncode, error), (9, "watch: cancelled\n"))
        self.assertNotIn("step 1024 ", out)

    def test_failures(self):
        self.run_example("draw", code=2, says="invalid argument")
        self.run_example("draw", "missing.gguf", "0", "x.ppm", code=3, says=".*missing.gguf.*")
        self.run_example("draw", self.model, "no such class", "x.ppm", code=2, says=".*no such class.*")
        self.run_example("draw", self.model, "0", self.folder / "none" / "x.ppm", code=7, says=".*")
        (self.folder / "short.ppm").write_bytes(b"P6 64 64 255\nabc")
        (self.folder / "huge.ppm").write_bytes(b"P6 99999 99999 255\nabc")
        for name in ("missing.ppm", "short.ppm", "huge.ppm"):
            self.run_example("edit", self.model, "0", name, "x.ppm", code=2, says="invalid argument")
        self.assertFalse((self.folder / "x.ppm").exists())


if __name__ == "__main__":
    unittest.main()
