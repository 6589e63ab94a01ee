#!/usr/bin/env python3
"""What scripts/windows.sh leaves behind when something fails. Programs that only pretend stand for the
compiler, wine, apt, CMake and CTest: nothing is fetched or built."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = sys.argv.pop(1)
PROGRAMS = {
    "x86_64-w64-mingw32-gcc": "exit 0",
    "wine64": "exit 0",
    "apt-get": """case "$*" in
        indextargets*) . /etc/os-release && echo "$VERSION_CODENAME file:/mirror" ;;
        *--only-source*) mkdir zlib-2 libpng1.6-2 cmocka-2 ;;
        esac""",
    "cmake": 'case "$*" in *"$FAILS"*) exit 1 ;; esac',
    "ctest": "exit 3",
}


class Script(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache, self.temporary = (pathlib.Path(folder.name) / name for name in ("cache", "temporary"))
        programs = pathlib.Path(folder.name) / "programs"
        for path in self.cache, self.temporary, programs:
            path.mkdir()
        for name, text in PROGRAMS.items():
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}",
                            "UNMASK_WINDOWS_CACHE": str(self.cache), "TMPDIR": str(self.temporary)}

    def quick(self, fails):
        """Runs it; every CMake whose arguments contain `fails` does."""
        done = subprocess.run([SCRIPT, "--quick", "unmask"], text=True, capture_output=True,
                              env={**self.environment, "FAILS": fails})
        self.assertEqual(list(self.temporary.iterdir()), [])
        return done

    def test_libraries_that_cannot_be_built_are_not_ready(self):
        (self.cache / "source/libpng1.6-1").mkdir(parents=True)  # of the release before
        for fails in "build/zlib", "build/zlib --target":
            done = self.quick(fails)
            self.assertEqual(done.returncode, 77, done.stderr)
            self.assertIn("skip: the libraries", done.stdout)
            self.assertFalse((self.cache / "root/ready").exists())
        self.assertEqual(sorted(path.name for path in (self.cache / "source").iterdir()),
                         ["cmocka-2", "libpng1.6-2", "zlib-2"])

    def test_what_a_test_run_says_is_the_answer(self):
        (self.cache / "root").mkdir()
        (self.cache / "root/ready").touch()
        self.assertEqual(self.quick("nothing").returncode, 3)

    def test_a_failed_build_is_said(self):
        (self.cache / "root").mkdir()
        (self.cache / "root/ready").touch()
        done = self.quick("--preset windows")
        self.assertEqual(done.returncode, 1)
        self.assertIn("failed: build", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
