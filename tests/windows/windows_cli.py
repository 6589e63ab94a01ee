#!/usr/bin/env python3
"""unmask.exe under wine, beside the same machine's own program: arguments and names, bytes through
pipes, what is drawn, Ctrl-C. With the argument "vulkan": on llvmpipe through wine's Vulkan."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

WINE, PROGRAM, NATIVE = os.environ["UM_WINE"], os.environ["UM_PROGRAM"], os.environ.get("UM_NATIVE")
MODEL = pathlib.Path(os.environ["UM_ASSETS"]) / "emoji-64.gguf"
NAME = "é ж 猫 😀"
DRIVERS = ["/usr/share/vulkan/icd.d/lvp_icd.json", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"]


class Windows(unittest.TestCase):
    def setUp(self):
        if not MODEL.exists():
            self.skipTest("the bundled model is not there")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def environment(self, **more):
        return {**os.environ, "UNMASK_MODEL_PATH": str(MODEL), "UNMASK_DEVICE": "cpu", **more}

    def run_program(self, command, *args, **options):
        done = subprocess.run([*command, *args], cwd=self.path, capture_output=True, check=False,
                              timeout=600, env=self.environment(**options))
        done.err = done.stderr.decode()
        return done

    def wine(self, *args, **options):
        return self.run_program([WINE, PROGRAM], *args, **options)

    def good(self, *args, **options):
        done = self.wine(*args, **options)
        self.assertEqual(done.returncode, 0, done.err)
        return done

    def read(self, name):
        return (self.path / name).read_bytes()


class Cpu(Windows):
    def test_same_tokens_and_picture(self):
        """By a symbol beyond 16 bits, into a name of four alphabets."""
        if not NATIVE:
            self.skipTest("no program of this machine to compare with")
        draw = ["generate", "--class", "😀", "--seed", "5", "--tokens-out"]
        self.good(*draw, "w.npy", "--output", f"{NAME}.png")
        native = self.run_program([NATIVE], *draw, "n.npy", "--output", "n.png")
        self.assertEqual(native.returncode, 0, native.err)
        self.assertEqual(self.read("w.npy"), self.read("n.npy"))
        self.assertEqual(self.read(f"{NAME}.png"), self.read("n.png"))
        told = self.good("info", f"{NAME}.png").stdout
        self.assertEqual(told, self.run_program([NATIVE], "info", "n.png").stdout)
        self.assertNotIn(b"\r", told)

    def test_bytes_through_a_pipe(self):
        draw = ["generate", "--class", "0", "--seed", "5", "--steps", "1", "--output"]
        piped = self.good(*draw, "-").stdout
        self.good(*draw, "a.png")
        self.assertEqual(piped, self.read("a.png"))
        self.assertEqual(piped[:8], b"\x89PNG\r\n\x1a\n")

    def test_errors(self):
        done = self.wine("info", f"{NAME}.gguf")
        self.assertEqual(done.returncode, 3, done.err)
        self.assertEqual(done.err.count("\n"), 1)
        self.assertIn(f"{NAME}.gguf", done.err)
        done = self.wine("generate", "--class", "0", "--output", f"missing-{NAME}/a.png")
        self.assertEqual((done.returncode, done.err.count("\n")), (7, 1), done.err)
        self.assertEqual(list(self.path.iterdir()), [])

    def test_interrupt(self):
        """Ctrl-C while pictures are drawn: its exit code, its word, nothing half-written."""
        command = [WINE, PROGRAM, "generate", "--class", "0", "--count", "100", "--seed", "5",
                   "--output", "p%d.png"]
        with subprocess.Popen(command, cwd=self.path, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.environment()) as process:
            first = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=600)
        self.assertTrue(first.startswith(b"p"), errors)
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn(b"interrupted", errors)
        self.assertTrue(all(p.suffix == ".png" for p in self.path.iterdir()))


class Vulkan(Windows):
    def test_llvmpipe(self):
        driver = next((d for d in DRIVERS if os.path.exists(d)), None)
        if driver is None or not NATIVE:
            self.skipTest("llvmpipe is not installed, or there is nothing to compare with")
        on = {"VK_ICD_FILENAMES": driver, "VK_DRIVER_FILES": driver, "UNMASK_DEVICE": ""}
        self.assertIn(b"llvmpipe", self.good("devices", **on).stdout)
        draw = ["generate", "--class", "😀", "--seed", "5", "--device"]
        self.good(*draw, "vulkan", "--output", "w.png", "--tokens-out", "w.npy", **on)
        native = self.run_program([NATIVE], *draw, "cpu", "--tokens-out", "n.npy", "--output", "n.png")
        self.assertEqual(native.returncode, 0, native.err)
        self.assertEqual(self.read("w.npy"), self.read("n.npy"))


if __name__ == "__main__":
    case = Vulkan if "vulkan" in sys.argv[1:] else Cpu
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful() or (77 if len(result.skipped) == result.testsRun else 0))
