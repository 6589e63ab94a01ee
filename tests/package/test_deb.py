#!/usr/bin/env python3
"""scripts/package.sh: what is in the packages, what they depend on, and that the program in them runs."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from package_support import BUILD, SOURCE, run, tool

MISSING = [name for name in ["dpkg-deb", "dpkg-shlibdeps"]
           if subprocess.run(["which", name], stdout=subprocess.DEVNULL).returncode != 0]


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.base.name)
        build = BUILD / "tests/package/release"
        printed = run(SOURCE / "scripts/package.sh", cls.out, timeout=1700,
                      env=dict(os.environ, UNMASK_PACKAGE_BUILD=str(build)))
        cls.files = {pathlib.Path(line).name.split("_")[0]: line for line in printed.splitlines()
                     if line.endswith(".deb")}

    @classmethod
    def tearDownClass(cls):
        cls.base.cleanup()

    def fields(self, name):
        text = run("dpkg-deb", "--field", self.files[name])
        return dict(re.findall(r"(?m)^([\w-]+): (.*)$", text))

    def names(self, name):
        lines = run("dpkg-deb", "--contents", self.files[name]).splitlines()
        self.assertTrue(all(line.split()[1] == "root/root" for line in lines))
        self.assertFalse([line for line in lines if re.match(r"-....w|-.......w", line)])
        return {line.split()[5] for line in lines if not line.startswith("d")}

    def test_fields(self):
        self.assertEqual(sorted(self.files), ["libunmask-dev", "libunmask0", "unmask"])
        depends = self.fields("unmask")["Depends"]
        for package in ["libc6", "libpng16-16", "libjpeg62-turbo", "libwebp7", "libsdl2-2.0-0",
                        "libsdl2-ttf-2.0-0"]:
            self.assertRegex(depends, rf"(^|, ){re.escape(package)}(t64)?\b")
        self.assertIn("libvulkan1", self.fields("unmask")["Recommends"])
        self.assertNotIn("vulkan", depends)
        self.assertNotIn("unmask", depends)
        self.assertNotIn("sdl", self.fields("libunmask0")["Depends"])
        self.assertIn("libunmask0 (= ", self.fields("libunmask-dev")["Depends"])

    def test_contents(self):
        names = self.names("unmask")
        for name in ["bin/unmask", "bin/unmask-viewer", "share/unmask/models/emoji-64.gguf",
                     "share/man/man1/unmask.1.gz", "share/doc/unmask/copyright",
                     "share/bash-completion/completions/unmask",
                     "share/zsh/vendor-completions/_unmask"]:
            self.assertIn("./usr/" + name, names)
        self.assertFalse([name for name in names if "/include/" in name or ".so" in name])
        library = self.names("libunmask0")
        self.assertTrue([name for name in library if name.endswith("/libunmask.so.0")])
        self.assertFalse(library & names)
        development = self.names("libunmask-dev")
        self.assertIn("./usr/include/unmask/unmask.h", development)
        for name in ["draw.c", "watch.c", "edit.c", "ppm.h"]:
            self.assertIn(f"./usr/share/doc/libunmask-dev/examples/{name}", development)
        self.assertFalse(development & (library | names))

    def test_the_program_runs(self):
        root = self.out / "root"
        run("dpkg-deb", "--extract", self.files["unmask"], root)
        env = {"HOME": str(self.out), "XDG_DATA_DIRS": str(root / "usr/share"),
               "UNMASK_DEVICE": "cpu"}
        run(root / "usr/bin/unmask", "generate", "-c", "0", "--seed", "1", "--steps", "2", "-o",
            "face.png", cwd=self.out, env=env)
        self.assertTrue((self.out / "face.png").read_bytes().startswith(b"\x89PNG"))
        self.assertIn("--script", run(root / "usr/bin/unmask-viewer", "--help", env=env))

    def test_it_is_stripped(self):
        root = self.out / "stripped"
        run("dpkg-deb", "--extract", self.files["unmask"], root)
        for program in (root / "usr/bin").iterdir():
            self.assertNotIn(".debug_info", run(tool("readelf"), "-S", "-W", program))


if __name__ == "__main__":
    if MISSING:
        print("skipped:", ", ".join(MISSING), "not installed")
        sys.exit(77)
    if not (SOURCE / "assets/emoji-64.gguf").exists():
        print("skipped: no bundled model to package")
        sys.exit(77)
    unittest.main()
