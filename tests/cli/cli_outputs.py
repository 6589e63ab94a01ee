#!/usr/bin/env python3
"""Where outputs go: never over an input or another output, and into files of every kind."""
import os
import pathlib
import shutil
import stat
import subprocess

import cli_support
from cli_support import CliTest, GRID, png_pixels

GRID_TEXT = (" ".join(["3"] * GRID) + "\n") * GRID
TABLE = "mask_ratio\n0.5\n0\n"


class Inputs(CliTest):
    """An input is never replaced, by whatever name."""

    def setUp(self):
        super().setUp()
        shutil.copy(self.model, self.path / "m.gguf")
        self.good("generate", "-c", "1", "-s", "7", "-o", "a.png")
        self.write("t.txt", GRID_TEXT)
        self.write("table.txt", TABLE)
        self.good("generate", "-c", "2", "-s", "8", "-o", "mask.png", "--no-metadata")
        (self.path / "sub").mkdir()

    def refuse(self, name, *args, stdin=None):
        """For the name itself, a longer one and links of both kinds."""
        suffix = pathlib.Path(name).suffix
        os.link(self.path / name, self.path / ("hard" + suffix))
        (self.path / ("soft" + suffix)).symlink_to(name)
        before = self.read(name)
        for spelled in [name, "./" + name, "sub/../" + name, str(self.path / name), "hard" + suffix,
                        "soft" + suffix]:
            self.bad(2, *[spelled if a == "OUT" else a for a in args], says="would replace")
            self.assertEqual(self.read(name), before)
        (self.path / ("hard" + suffix)).unlink()
        (self.path / ("soft" + suffix)).unlink()

    def test_the_model(self):
        draw = ["generate", "-m", "m.gguf", "-c", "1"]
        self.refuse("m.gguf", *draw, "-o", "x.png", "--tokens-out", "OUT")
        self.refuse("m.gguf", "encode", "-m", "m.gguf", "a.png", "-o", "OUT")
        for command in [["edit", "--box", "0,0,9,9"], ["vary"], ["outpaint", "--left", "8"]]:
            self.bad(2, *command, "-m", "m.gguf", "-i", "a.png", "-o", "x.png", "--tokens-out", "m.gguf",
                     says=["would replace the model", "--tokens-out"])
        os.link(self.path / "m.gguf", self.path / "m.png")
        for option in ["-o", "--sheet", "--save-anim"]:
            self.bad(2, *draw, option, "m.png", says="would replace the model")
        self.bad(2, "decode", "-m", "m.gguf", "t.txt", "-o", "m.png", says="would replace the model")
        os.link(self.path / "m.gguf", self.path / "m.npy")
        self.bad(2, "logits", "-m", "m.gguf", "--tokens", "t.txt", "-c", "1", "-o", "m.npy",
                 says="would replace the model")
        # the one that the environment names is no other
        os.link(self.model, self.path / "default.txt")
        self.bad(2, "generate", "-c", "1", "-o", "x.png", "--tokens-out", "default.txt",
                 says="would replace the model")

    def test_other_inputs(self):
        draw = ["generate", "-c", "1", "-o", "x.png", "--tokens-out", "OUT"]
        self.refuse("table.txt", *draw, "--step-table", "table.txt")
        self.refuse("a.png", "generate", "--from", "a.png", "-o", "OUT")
        self.refuse("mask.png", "edit", "-i", "a.png", "--mask", "mask.png", "-o", "OUT")
        self.refuse("a.png", "encode", "a.png", "-o", "OUT")
        os.link(self.path / "t.txt", self.path / "t.png")
        self.bad(2, "decode", "t.txt", "-o", "t.png", says="would replace the tokens")
        # of a pattern, each name
        shutil.copy(self.path / "a.png", self.path / "p2.png")
        self.bad(2, "generate", "--from", "p2.png", "-b", "4", "-o", "p%d.png", says="p2.png")
        # steps, which have names of their own
        (self.path / "st").mkdir()
        (self.path / "st" / "step_03.png").symlink_to("../a.png")
        self.bad(2, "generate", "--from", "a.png", "-o", "x.png", "--save-steps", "st",
                 says=["step_03.png", "would replace"])

    def test_standard_streams(self):
        with open(self.path / "a.png", "rb") as stdin:
            result = subprocess.run([cli_support.PROGRAM, "encode", "-", "-o", "a.png"], cwd=self.path,
                                    stdin=stdin, capture_output=True, env=self.environment())
        self.assertEqual((result.returncode, b"would replace" in result.stderr), (2, True), result.stderr)
        before = self.read("t.txt")
        for command in [["decode", "t.txt", "-o", "-"], ["logits", "-c", "1", "--tokens", "t.txt", "-o", "-"],
                        ["generate", "-c", "1", "--step-table", "t.txt", "-o", "x.png", "--json"],
                        ["generate", "-c", "1", "--step-table", "t.txt", "-o", "x.png"],
                        ["bench", "--compare", "t.txt"]]:
            if "--step-table" in command:
                self.write("t.txt", TABLE)
                before = TABLE.encode()
            with open(self.path / "t.txt", "ab") as out:
                result = subprocess.run([cli_support.PROGRAM, *command], cwd=self.path, stdout=out,
                                        stderr=subprocess.PIPE, env=self.environment())
            self.assertEqual((result.returncode, b"would replace" in result.stderr), (2, True),
                             (command, result.stderr))
            self.assertEqual(self.read("t.txt"), before)

    def test_the_source_of_an_edit(self):
        """It may be replaced by the one picture that --output names, and by nothing else."""
        for command in [["edit", "--box", "0,0,9,9"], ["vary"], ["outpaint", "--left", "8"]]:
            shutil.copy(self.path / "a.png", self.path / "e.png")
            (self.path / "soft.png").symlink_to("e.png")
            first = self.read("e.png")
            for option in ["--sheet", "--save-anim", "--tokens-out"]:
                self.bad(2, *command, "-i", "e.png", "-o", "x.png", option, "./e.png", says="would replace")
            self.bad(2, *command, "-i", "e.png", "-b", "2", "-o", "%d.png", "--tokens-out", "t.txt")
            os.link(self.path / "e.png", self.path / "1.png")
            self.bad(2, *command, "-i", "e.png", "-b", "2", "-o", "%d.png", says="1.png would replace")
            (self.path / "1.png").unlink()
            self.assertEqual(self.read("e.png"), first)
            self.good(*command, "-i", "e.png", "-s", "1", "-o", "e.png")
            second = self.read("e.png")
            self.assertNotEqual(second, first)
            self.good(*command, "-i", "e.png", "-s", "2", "-o", "soft.png")
            self.assertNotEqual(self.read("e.png"), second)
            self.assertTrue((self.path / "soft.png").is_symlink())
            (self.path / "soft.png").unlink()
        shutil.copy(self.path / "a.png", self.path / "out.png")
        self.bad(2, "vary", "-i", "out.png", says="would replace")  # nobody named it

    def test_every_option_that_names_a_file_is_known(self):
        """One that is new must be an input, an output or neither on purpose."""
        named = set()
        for command in ["generate", "edit", "outpaint", "vary", "encode", "decode", "logits", "bench"]:
            for line in self.good(command, "--help").lines:
                words = line.replace("=", " ").split()
                if any(w in ("FILE", "IMAGE", "PNG", "DIR") for w in words[:4]):
                    named |= {w.rstrip(",") for w in words[:3] if w.startswith("--")}
        self.assertEqual(named, {
            "--model", "--from", "--step-table", "--init-img", "--mask", "--tokens", "--compare",
            "--output", "--sheet", "--save-steps", "--save-anim", "--tokens-out"})


class Outputs(CliTest):
    """Two outputs never go to one file."""

    def test_two_names_of_one_file(self):
        (self.path / "sub").mkdir()
        (self.path / "here").symlink_to(".")
        (self.path / "link.png").symlink_to("s.png")
        draw = ["generate", "-c", "1", "--steps", "2"]
        for other in ["s.png", "./s.png", "sub/../s.png", str(self.path / "s.png"), "here/s.png", "link.png"]:
            for option in ["--sheet", "--save-anim", "--tokens-out"]:
                self.bad(2, *draw, "-o", "s.png", option, other, says=["two outputs", option])
        self.bad(2, *draw, "--save-anim", "s.png", "--sheet", "./s.png", says="two outputs")
        self.bad(2, *draw, "-o", "p%d.png", "--tokens-out", "p0.png", says="two outputs")
        # the same, where the files are there
        self.write("s.png", "old")
        os.link(self.path / "s.png", self.path / "hard.png")
        for other in ["./s.png", "link.png", "hard.png"]:
            self.bad(2, *draw, "-o", "s.png", "--sheet", other, says="two outputs")
        self.assertEqual(self.read("s.png"), b"old")

    def test_patterns(self):
        draw = ["generate", "-c", "1", "--steps", "2", "-b", "2"]
        self.bad(2, *draw, "-o", "p%d.png", "--tokens-out", "p%01d.png", says="two outputs")
        self.bad(2, *draw, "-o", "p%d.png", "--tokens-out", "./p%1d.png", says="two outputs")
        self.bad(2, *draw, "-o", "p%d.png", "--sheet", "p1.png", says="two outputs")
        self.bad(2, *draw, "-o", "%d.png", "--save-anim", "%01d.png", says="two outputs")
        self.write("p0.png", "old")
        (self.path / "p1.png").symlink_to("p0.png")
        self.bad(2, *draw, "-o", "p%d.png", says="two outputs")
        self.good(*draw, "-o", "q%d.png", "--tokens-out", "q%02d.txt", "--sheet", "q2.png")

    def test_steps(self):
        draw = ["generate", "-c", "1", "--steps", "2"]
        (self.path / "st").mkdir()
        self.bad(2, *draw, "-o", "st/step_01.png", "--save-steps", "st", says="two outputs")
        self.bad(2, *draw, "-b", "2", "-o", "p%d.png", "--sheet", "./st/picture_001_step_02.png",
                 "--save-steps", "st", says="two outputs")
        (self.path / "st" / "step_02.png").symlink_to("../s.png")
        self.bad(2, *draw, "-o", "s.png", "--save-steps", "st", says="two outputs")
        self.good(*draw, "-o", "st/step_03.png", "--save-steps", "st")
        self.assertTrue((self.path / "s.png").exists())

    def test_stdout(self):
        draw = ["generate", "-c", "1", "--steps", "2"]
        for other in ["/dev/stdout", "-"]:
            self.bad(2, *draw, "-o", "-", "--tokens-out", other, says="stdout")
        for other in ["/dev/stdout", "-"]:  # and no names of files in between
            tokens = self.good(*draw, "-s", "5", "-o", "x.png", "--tokens-out", other).out.decode()
            self.assertEqual(len(tokens.split()), GRID * GRID)
        (self.path / "x.png").unlink()
        with open(self.path / "all.json", "ab") as out:
            result = subprocess.run([cli_support.PROGRAM, *draw, "-o", "x.png", "--tokens-out", "all.json",
                                     "--json"], cwd=self.path, stdout=out, stderr=subprocess.PIPE,
                                    env=self.environment())
        self.assertEqual(result.returncode, 2, result.stderr)
        for name in ["one.png", "two.png"]:  # a device is no file to be lost
            (self.path / name).symlink_to("/dev/null")
        self.good(*draw, "-o", "one.png", "--sheet", "two.png", "--tokens-out", "/dev/null")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))

    def test_no_folder_is_left_of_a_call_that_is_refused(self):
        draw = ["generate", "-c", "1", "--save-steps", "st", "-o", "x.png", "--sheet", "./x.png"]
        self.bad(2, *draw, says="two outputs")
        self.assertFalse((self.path / "st").exists())
        (self.path / "st").mkdir()
        self.bad(2, *draw, says="two outputs")
        self.assertTrue((self.path / "st").exists())


def unprivileged(command, **options):
    """As a user who may not write everywhere: nobody, where the tests are root's."""
    who = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run(command, **who, **options)


class Files(CliTest):
    def draw(self, name, seed=7):
        return self.good("generate", "-c", "1", "-s", str(seed), "-o", name, "--steps", "2")

    def test_names_of_every_length(self):
        for length in [200, 246, 247, 251, 255]:
            name = "n" * (length - 4) + ".png"
            for _ in range(2):  # new, and replaced
                self.draw(name)
                png_pixels(self.read(name))
            self.assertEqual(self.listing(), [name])
            (self.path / name).unlink()
        name = "\u00e9" * 125 + "x.png"  # 255 bytes
        self.draw(name)
        self.assertEqual(self.listing(), [name])
        self.bad(7, "generate", "-c", "1", "-o", "n" * 252 + ".png", says="too long")

    def test_left_over_temporary_files(self):
        """Of a run with the same number, as always in a container; whatever the name was then."""
        command = (f"for i in .tmp .unmask-; do for k in 0 1 2 3; do : > o.png$i$$; : > $i$$-$k; done; done; "
                   f"exec {cli_support.PROGRAM} generate -c 1 --steps 2 -o o.png")
        result = subprocess.run(["sh", "-c", command], cwd=self.path, capture_output=True,
                                env=self.environment())
        self.assertEqual(result.returncode, 0, result.stderr)
        png_pixels(self.read("o.png"))

    def test_mode_is_kept(self):
        for mode in [0o600, 0o640, 0o444, 0o755]:
            path = self.path / "m.png"
            path.write_bytes(b"old")
            path.chmod(mode)
            self.draw("m.png")
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), mode)
            png_pixels(path.read_bytes())
            path.unlink()
        umask = os.umask(0o027)
        self.draw("new.png")
        os.umask(umask)
        self.assertEqual(stat.S_IMODE((self.path / "new.png").stat().st_mode), 0o640)

    def test_owner_is_kept(self):
        if os.geteuid() != 0:
            self.skipTest("only root gives files away")
        path = self.path / "o.png"
        path.write_bytes(b"old")
        os.chown(path, 65534, 65534)
        self.draw("o.png")
        self.assertEqual((path.stat().st_uid, path.stat().st_gid), (65534, 65534))

    def test_hard_links_are_kept(self):
        for old in [b"old", b"x" * 100000]:  # shorter and longer than the picture
            (self.path / "a.png").write_bytes(old)
            os.link(self.path / "a.png", self.path / "b.png")
            self.draw("a.png")
            self.assertTrue((self.path / "a.png").samefile(self.path / "b.png"))
            png_pixels(self.read("b.png"))
            self.assertEqual(self.listing(), ["a.png", "b.png"])
            (self.path / "a.png").unlink()
            (self.path / "b.png").unlink()

    def test_symbolic_links(self):
        (self.path / "sub").mkdir()
        (self.path / "there.png").write_bytes(b"old")
        links = {"to_file.png": "there.png", "dangling.png": "sub/new.png", "chain.png": "dangling2.png",
                 "dangling2.png": str(self.path / "sub" / "absolute.png")}
        for name, to in links.items():
            (self.path / name).symlink_to(to)
        for name, end in {"to_file.png": "there.png", "dangling.png": "sub/new.png",
                          "chain.png": "sub/absolute.png"}.items():
            self.draw(name)
            png_pixels(self.read(end))
            self.assertTrue((self.path / name).is_symlink())
        (self.path / "sub" / "up.png").symlink_to("../upper.png")
        self.draw("sub/up.png")
        png_pixels(self.read("upper.png"))
        (self.path / "loop.png").symlink_to("loop2.png")
        (self.path / "loop2.png").symlink_to("loop.png")
        (self.path / "nowhere.png").symlink_to("missing/x.png")
        (self.path / "folder.png").symlink_to("sub")
        self.bad(7, "generate", "-c", "1", "-o", "loop.png", says=["loop.png", "symbolic links"])
        self.bad(7, "generate", "-c", "1", "-o", "nowhere.png", says="No such file")
        self.bad(7, "generate", "-c", "1", "-o", "folder.png", says="directory")
        # each name of a pattern is looked at before anything is drawn
        (self.path / "p1.png").symlink_to("p1.png")
        self.bad(7, "generate", "-c", "1", "-b", "3", "-o", "p%d.png", says="p1.png")

    def program_for_everybody(self):
        """Everybody may enter the folder and run the program and read its model."""
        program, model = self.path / "program", self.path / "model.gguf"
        shutil.copy(cli_support.PROGRAM, program)
        shutil.copy(self.model, model)
        program.chmod(0o755)
        model.chmod(0o644)
        self.path.chmod(0o755)
        return [str(program), "generate", "-m", str(model), "-c", "1", "--steps", "2", "-o"]

    def test_folder_without_write_permission(self):
        command = self.program_for_everybody()
        folder = self.path / "closed"
        folder.mkdir()
        for name, mode in [("open.png", 0o666), ("shut.png", 0o444)]:
            (folder / name).write_bytes(b"old")
            (folder / name).chmod(mode)
        folder.chmod(0o555)
        inode = (folder / "open.png").stat().st_ino
        run = {"cwd": folder, "capture_output": True, "env": self.environment()}
        result = unprivileged([*command, "open.png"], **run)
        self.assertEqual(result.returncode, 0, result.stderr)
        png_pixels((folder / "open.png").read_bytes())
        self.assertEqual((folder / "open.png").stat().st_ino, inode)
        for name in ["shut.png", "new.png"]:
            result = unprivileged([*command, name], **run)
            self.assertEqual(result.returncode, 7, result.stderr)
            self.assertIn(b"Permission denied", result.stderr)
            self.assertNotIn(b"seed", result.stderr)  # nothing was drawn
        self.assertEqual(sorted(p.name for p in folder.iterdir()), ["open.png", "shut.png"])
        folder.chmod(0o755)

    def test_sticky_folder(self):
        """Somebody else's file there can be written, if its mode says so, but not replaced."""
        if os.geteuid() != 0:
            self.skipTest("needs files of two owners")
        command = self.program_for_everybody()
        folder = self.path / "sticky"
        folder.mkdir()
        for name, mode in [("open.png", 0o666), ("shut.png", 0o444)]:
            (folder / name).write_bytes(b"old")
            (folder / name).chmod(mode)
        folder.chmod(0o1777)
        run = {"cwd": folder, "capture_output": True, "env": self.environment()}
        for name, code in [("open.png", 0), ("shut.png", 7)]:
            result = unprivileged([*command, name], **run)
            self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual((folder / "shut.png").read_bytes(), b"old")
        self.assertEqual(len(list(folder.iterdir())), 2)

    def test_file_that_is_mounted(self):
        """A file with another one mounted on it, as containers have it, cannot be renamed over."""
        self.write("on.png", "old")
        self.write("under.png", "old")
        mount = ("mount --bind under.png on.png && mount -o remount,bind,{0} on.png && "
                 f"{cli_support.PROGRAM} generate -c 1 --steps 2 -o on.png")
        for how, code in [("rw", 0), ("ro", 7)]:
            result = subprocess.run(["unshare", "--mount", *([] if os.geteuid() == 0 else ["-r"]), "sh", "-c",
                                     mount.format(how)], cwd=self.path, capture_output=True,
                                    env=self.environment())
            if result.returncode in (1, 32) and b"unmask" not in result.stderr:
                self.skipTest("no mounts here: " + result.stderr.decode().strip())
            self.assertEqual(result.returncode, code, result.stderr)
            if how == "ro":
                self.assertNotIn(b"seed", result.stderr)  # refused before drawing
        png_pixels(self.read("under.png"))
        self.assertEqual(self.read("on.png"), b"old")
        self.assertEqual(self.listing(), ["on.png", "under.png"])

    def test_full_disk(self):
        """Nothing is lost when there is no room: neither a replaced file nor one written in place."""
        small = self.path / "small"
        small.mkdir()
        run = (f"mount -t tmpfs -o size=64k none small && cd small && echo old > a.png && ln a.png b.png && "
               f"echo old > c.png && head -c 57344 /dev/zero > fill; "
               f"{cli_support.PROGRAM} generate -c 1 --scale 32 --steps 2 -o a.png; one=$?; "
               f"{cli_support.PROGRAM} generate -c 1 --scale 32 --steps 2 -o c.png; two=$?; "
               f"cat a.png c.png; ls -A | wc -l; exit $((one * 10 + two))")
        result = subprocess.run(["unshare", "--mount", *([] if os.geteuid() == 0 else ["-r"]), "sh", "-c",
                                 run], cwd=self.path, capture_output=True, env=self.environment())
        if b"unmask" not in result.stderr:
            self.skipTest("no mounts here: " + result.stderr.decode().strip())
        self.assertEqual((result.returncode, result.stdout.split()), (77, [b"old", b"old", b"4"]),
                         result.stderr)


if __name__ == "__main__":
    cli_support.main()
