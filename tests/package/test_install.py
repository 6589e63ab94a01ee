#!/usr/bin/env python3
"""`cmake --install`: every file in its place, and the library usable from there by both roads."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

from package_support import CMAKE, PROGRAM, SOURCE, VIEWER, LIBDIR, Installed, run, tool

MODEL = SOURCE / "assets/emoji-64.gguf"
CONSUMER = SOURCE / "tests/package/consumer"


class Files(Installed):
    def test_every_file_is_there(self):
        version = run(PROGRAM, "--version").split()[1]
        expected = {
            "bin/unmask", "include/unmask/unmask.h", "include/unmask/measure.h",
            *(f"{LIBDIR}/{name}" for name in [
                "libunmask.a", "libunmask.so", "libunmask.so.0", f"libunmask.so.{version}",
                "pkgconfig/unmask.pc", "cmake/unmask/unmaskConfig.cmake",
                "cmake/unmask/unmaskConfigVersion.cmake", "cmake/unmask/unmaskTargets.cmake"]),
            *(f"share/doc/libunmask-dev/examples/{name}" for name in [
                "draw.c", "edit.c", "ppm.h", "watch.c"]),
            "share/man/man1/unmask.1", "share/doc/unmask/LICENSE",
            "share/bash-completion/completions/unmask", "share/zsh/site-functions/_unmask",
            "share/fish/vendor_completions.d/unmask.fish"}
        if VIEWER:
            expected |= {
                "bin/unmask-viewer", "share/bash-completion/completions/unmask-viewer",
                "share/man/man1/unmask-viewer.1",
                "share/applications/unmask-viewer.desktop", "share/mime/packages/unmask.xml",
                "share/metainfo/org.unmask.viewer.metainfo.xml",
                "share/icons/hicolor/scalable/apps/unmask-viewer.svg",
                "share/icons/hicolor/256x256/apps/unmask-viewer.png"}
        if MODEL.exists():
            expected |= {"share/unmask/models/emoji-64.gguf", "share/doc/unmask/MODEL.md"}
        found = {str(p.relative_to(self.root)) for p in self.root.rglob("*") if not p.is_dir()}
        found = {f for f in found if not re.search(r"unmaskTargets-\w+\.cmake$", f)}
        self.assertEqual(found, expected)

    def test_no_file_names_the_folders_of_the_build(self):
        for path in self.root.rglob("*"):
            if path.is_file() and path.suffix in {".pc", ".cmake", ".desktop", ".xml", ".fish", ""}:
                data = path.read_bytes()
                if not data.startswith(b"\x7fELF"):
                    self.assertNotIn(str(SOURCE).encode(), data, path)
                    self.assertNotIn(self.base.name.encode(), data, path)

    def test_the_program_finds_the_installed_model(self):
        if not MODEL.exists():
            self.skipTest("no bundled model")
        def draw():
            return subprocess.run(
                [self.root / "bin/unmask", "generate", "-c", "0", "--steps", "1", "-o", "null"],
                capture_output=True, text=True, timeout=300,
                env={"HOME": self.base.name, "XDG_DATA_DIRS": self.base.name,
                     "UNMASK_DEVICE": "cpu"})
        done = draw()
        self.assertEqual(done.returncode, 0, done.stderr)
        model = self.share / "unmask/models/emoji-64.gguf"
        model.rename(model.with_suffix(".other"))
        self.assertEqual(draw().returncode, 3)


class Library(Installed):
    def test_it_exports_what_the_headers_declare(self):
        library = self.root / LIBDIR / "libunmask.so.0"
        lines = run(tool("nm"), "-D", "--defined-only", library).splitlines()
        exported = {line.split()[-1].split("@")[0] for line in lines if line.split()[1] != "A"}
        headers = "".join(path.read_text() for path in sorted((self.root / "include/unmask").iterdir()))
        declared = set(re.findall(r"UM_API [^;{]*?\b(um_\w+)\(", headers))
        self.assertGreater(len(declared), 20)
        self.assertEqual(exported, declared)
        self.assertRegex(run(tool("readelf"), "-d", library), r"SONAME.*\[libunmask\.so\.0\]")

    def build_by_pkg_config(self, *kind):
        env = dict(os.environ, PKG_CONFIG_PATH=str(self.root / LIBDIR / "pkgconfig"))
        flags = run(tool("pkg-config"), "--cflags", "--libs", *kind, "unmask", env=env).split()
        if kind:
            flags = ["-l:libunmask.a" if flag == "-lunmask" else flag for flag in flags]
        program = pathlib.Path(self.base.name, "by_pkg_config" + "".join(kind))
        run(tool("cc"), "-std=c11", "-Wall", "-Werror", CONSUMER / "consumer.c", *flags, "-o",
            program)
        return program

    def build_by_cmake(self):
        folder = pathlib.Path(self.base.name, "by_cmake")
        run(CMAKE, "-S", CONSUMER, "-B", folder, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.root}")
        run(CMAKE, "--build", folder)
        return [folder / "consumer_shared", folder / "consumer_static"]

    def test_consumers(self):
        model = pathlib.Path(self.base.name, "tiny.gguf")
        run(os.environ["UM_TINY_MODEL_WRITER"], model)
        programs = [self.build_by_pkg_config(), self.build_by_pkg_config("--static"),
                    *self.build_by_cmake()]
        env = {"LD_LIBRARY_PATH": str(self.root / LIBDIR)}
        outputs = {run(program, model, env=env) for program in programs}
        self.assertEqual(len(outputs), 1)
        version, tokens = outputs.pop().splitlines()
        self.assertEqual(version, run(PROGRAM, "--version").split()[1])
        self.assertEqual(len(tokens.split()), 64)
        self.assertNotIn("-1", tokens.split())
        shared = ["libunmask.so.0" in run(tool("readelf"), "-d", program) for program in programs]
        self.assertEqual(shared, [True, False, True, False])

    def test_the_examples_build_from_where_they_are_installed(self):
        env = dict(os.environ, PKG_CONFIG_PATH=str(self.root / LIBDIR / "pkgconfig"))
        flags = run(tool("pkg-config"), "--cflags", "--libs", "unmask", env=env).split()
        model = pathlib.Path(self.base.name, "example.gguf")
        run(os.environ["UM_TINY_MODEL_WRITER"], model)
        for path in sorted((self.share / "doc/libunmask-dev/examples").glob("*.c")):
            program = pathlib.Path(self.base.name, path.stem)
            command = f"cc {path.name} $(pkg-config --cflags --libs unmask) -o {path.stem}"
            self.assertIn(command, path.read_text())
            run(tool("cc"), "-std=c11", "-Wall", "-Wextra", "-Werror", path, *flags, "-o", program)
        picture = pathlib.Path(self.base.name, "drawn.ppm")
        run(pathlib.Path(self.base.name, "draw"), model, "0", picture,
            env={"LD_LIBRARY_PATH": str(self.root / LIBDIR)})
        self.assertTrue(picture.read_bytes().startswith(b"P6 "))

    def test_another_major_version_is_refused(self):
        folder = pathlib.Path(self.base.name, "refused")
        shutil.copytree(CONSUMER, folder)
        lists = folder / "CMakeLists.txt"
        lists.write_text(lists.read_text().replace("unmask 0.1", "unmask 1.0"))
        done = subprocess.run([CMAKE, "-S", folder, "-B", folder / "build", "-G", "Ninja",
                               f"-DCMAKE_PREFIX_PATH={self.root}"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("version", done.stderr)


@unittest.skipUnless(VIEWER, "the viewer is not built")
class Desktop(Installed):
    def test_desktop_file(self):
        path = self.share / "applications/unmask-viewer.desktop"
        self.assertEqual(run(tool("desktop-file-validate"), path), "")
        fields = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
        self.assertTrue((self.root / "bin" / fields["Exec"].split()[0]).exists())
        self.assertTrue(list((self.share / "icons").rglob(fields["Icon"] + ".svg")))

    def test_metainfo(self):
        path = self.share / "metainfo/org.unmask.viewer.metainfo.xml"
        run(tool("appstreamcli"), "validate", "--no-net", path)
        root = xml.etree.ElementTree.parse(path).getroot()
        self.assertTrue((self.share / "applications" / root.findtext("launchable")).exists())
        self.assertEqual(root.find("releases/release").get("version"),
                         run(PROGRAM, "--version").split()[1])

    def test_icons(self):
        data = (self.share / "icons/hicolor/256x256/apps/unmask-viewer.png").read_bytes()
        self.assertEqual(data[:8] + data[12:24],
                         b"\x89PNG\r\n\x1a\nIHDR\0\0\1\0\0\0\1\0")
        svg = xml.etree.ElementTree.parse(self.share / "icons/hicolor/scalable/apps/unmask-viewer.svg")
        self.assertEqual(svg.getroot().get("viewBox"), "0 0 256 256")


if __name__ == "__main__":
    unittest.main()
