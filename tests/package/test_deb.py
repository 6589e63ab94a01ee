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

WHO = {"DEBFULLNAME": "A. Tester", "DEBEMAIL": "tester@unmask.test"}
MAINTAINER = "A. Tester <tester@unmask.test>"
MISSING = [name for name in ["dpkg-deb", "dpkg-shlibdeps"]
           if subprocess.run(["which", name], stdout=subprocess.DEVNULL).returncode != 0]


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.base.name)
        build = BUILD / "tests/package/release"
        printed = run(SOURCE / "scripts/package.sh", cls.out, timeout=1700,
                      env=dict(os.environ, UNMASK_PACKAGE_BUILD=str(build), **WHO))
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
        self.assertEqual(sorted(self.files), ["libunmask-dev", "libunmask0", "unmask", "unmask-data",
                                              "unmask-viewer"])
        depends = self.fields("unmask")["Depends"]
        for package in ["libc6", "libpng16-16", "libjpeg62-turbo", "libwebp7"]:
            self.assertRegex(depends, rf"(^|, ){re.escape(package)}(t64)?\b")
        self.assertNotIn("sdl", depends)
        for package in ["libsdl2-2.0-0", "libsdl2-ttf-2.0-0"]:
            self.assertRegex(self.fields("unmask-viewer")["Depends"], rf"(^|, ){re.escape(package)}\b")
        for name in ["unmask", "unmask-viewer"]:
            self.assertIn("unmask-data", self.fields(name)["Recommends"])
        self.assertEqual(self.fields("unmask-data")["Architecture"], "all")
        self.assertNotIn("Depends", self.fields("unmask-data"))
        for name in self.files:
            self.assertEqual(self.fields(name)["Maintainer"], MAINTAINER)
        self.assertIn("libvulkan1", self.fields("unmask")["Recommends"])
        self.assertNotIn("vulkan", depends)
        self.assertNotIn("unmask", depends)
        self.assertNotIn("sdl", self.fields("libunmask0")["Depends"])
        self.assertIn("libunmask0 (= ", self.fields("libunmask-dev")["Depends"])

    def test_contents(self):
        names = self.names("unmask")
        for name in ["bin/unmask", "share/man/man1/unmask.1.gz", "share/doc/unmask/copyright",
                     "share/bash-completion/completions/unmask",
                     "share/zsh/vendor-completions/_unmask"]:
            self.assertIn("./usr/" + name, names)
        self.assertFalse([name for name in names if "/include/" in name or ".so" in name])
        viewer, data = self.names("unmask-viewer"), self.names("unmask-data")
        for name in ["bin/unmask-viewer", "share/man/man1/unmask-viewer.1.gz",
                     "share/applications/unmask-viewer.desktop"]:
            self.assertIn("./usr/" + name, viewer)
        self.assertIn("./usr/share/unmask/models/emoji-64.gguf", data)
        self.assertFalse(names & viewer or names & data or viewer & data)
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
        for name in ["unmask", "unmask-viewer", "unmask-data"]:
            run("dpkg-deb", "--extract", self.files[name], root)
        env = {"HOME": str(self.out), "XDG_DATA_DIRS": str(root / "usr/share"),
               "UNMASK_DEVICE": "cpu"}
        run(root / "usr/bin/unmask", "generate", "-c", "0", "--seed", "1", "--steps", "2", "-o",
            "face.png", cwd=self.out, env=env)
        self.assertTrue((self.out / "face.png").read_bytes().startswith(b"\x89PNG"))
        self.assertIn("--script", run(root / "usr/bin/unmask-viewer", "--help", env=env))

    def test_it_is_stripped(self):
        root = self.out / "stripped"
        for name in ["unmask", "unmask-viewer"]:
            run("dpkg-deb", "--extract", self.files[name], root)
        for program in (root / "usr/bin").iterdir():
            self.assertNotIn(".debug_info", run(tool("readelf"), "-S", "-W", program))


    def test_lintian_has_no_complaint(self):
        if subprocess.run(["which", "lintian"], stdout=subprocess.DEVNULL).returncode != 0:
            self.skipTest("no lintian")
        done = subprocess.run(["lintian", "--tag-display-limit", "0", "--display-info", "--fail-on",
                               "error,warning,info", *self.files.values()],
                              capture_output=True, text=True, timeout=600)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_a_package_needs_a_maintainer(self):
        done = subprocess.run([SOURCE / "scripts/package.sh", self.out / "none"],
                              capture_output=True, text=True,
                              env=dict(os.environ, DEBFULLNAME="Nobody", DEBEMAIL="nobody@localhost"))
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
        self.assertIn("DEBEMAIL", done.stderr)


if __name__ == "__main__":
    if MISSING:
        print("skipped:", ", ".join(MISSING), "not installed")
        sys.exit(77)
    if not (SOURCE / "assets/emoji-64.gguf").exists():
        print("skipped: no bundled model to package")
        sys.exit(77)
    unittest.main()
