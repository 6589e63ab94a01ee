#!/usr/bin/env python3
"""Shell completion: what bash offers when the script is sourced; what fish offers; that zsh can read it."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from package_support import COMMANDS, PROGRAM, help_options, run, tool

OFFER = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_unmask
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Script(unittest.TestCase):
    shell = ""

    def environment(self):
        """With the program in the path and a model of seven classes."""
        model = self.folder / "model" / "tiny.gguf"
        model.parent.mkdir(exist_ok=True)
        run(os.environ["UM_TINY_MODEL_WRITER"], model)
        path = f"{pathlib.Path(PROGRAM).parent}:{os.environ['PATH']}"
        return dict(os.environ, UNMASK_MODEL_PATH=str(model), PATH=path)

    @classmethod
    def setUpClass(cls):
        cls.program = tool(cls.shell)
        cls.base = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.base.name)
        cls.script = cls.folder / "script"
        cls.script.write_text(run(PROGRAM, "completion", cls.shell))
        run(cls.program, "-n", cls.script)

    @classmethod
    def tearDownClass(cls):
        cls.base.cleanup()


def viewer_options():
    text = run(os.environ["UM_VIEWER"], "--help")
    return set(re.findall(r"--[a-z]+", text[text.index("\n\n"):])) - {"--help--version"}


class Bash(Script):
    shell = "bash"

    def offer(self, *words, function="_unmask"):
        out = run(self.program, "--norc", "-c", OFFER.replace("_unmask", function), "bash", self.script,
                  *words, cwd=self.folder, env=self.environment())
        return [line for line in out.splitlines() if line]

    def test_classes_and_devices(self):
        self.assertEqual(self.offer("unmask", "generate", "-c", "class\\ 3"), ["class\\ 3"])
        self.assertEqual(self.offer("unmask", "generate", "--class", "=", '"Class 3'), ["class 3"])
        self.assertEqual(len(self.offer("unmask", "generate", "-m", "model/tiny.gguf", "-c", "")), 7)
        self.assertEqual(self.offer("unmask", "generate", "-m", "absent.gguf", "-c", ""), [])
        devices = self.offer("unmask", "generate", "--device", "")
        self.assertEqual(devices[:5], ["auto", "cpu", "gpu", "vulkan", "0"])

    def test_the_viewer(self):
        if not os.environ["UM_VIEWER"]:
            self.skipTest("no viewer")
        def offer(*words):
            return self.offer("unmask-viewer", *words, function="_unmask_viewer")
        self.assertEqual(set(offer("--")), viewer_options())
        self.assertEqual(offer("--class", "class\\ 4"), ["class\\ 4"])
        (self.folder / "b.jpeg").touch()
        self.assertEqual(offer("b."), ["b.jpeg"])

    def test_commands(self):
        self.assertEqual(self.offer("unmask", ""), COMMANDS + ["--help", "--version"])
        self.assertEqual(self.offer("unmask", "gen"), ["generate"])
        self.assertEqual(self.offer("unmask", "--v"), ["--version"])
        self.assertEqual(self.offer("unmask", "zz"), [])

    def test_every_option_of_every_command(self):
        for command in COMMANDS:
            names = {"--" + name for _, name, _ in help_options(run(PROGRAM, command, "--help"))}
            self.assertEqual(set(self.offer("unmask", command, "--")), names)
        self.assertEqual(self.offer("unmask", "generate", "-c", "3", "--sche"), ["--schedule"])

    def test_values(self):
        for words in [["--order", "h"], ["--order", "=", "h"]]:
            self.assertEqual(self.offer("unmask", "vary", *words), ["halton"])
        self.assertEqual(self.offer("unmask", "vary", "--order", "="), ["confidence", "halton"])
        self.assertEqual(self.offer("unmask", "vary", "--share", ""), [])
        self.assertEqual(self.offer("unmask", "completion", ""), ["bash", "fish", "zsh"])

    def test_the_program_takes_what_is_offered(self):
        model = self.folder / "tiny.gguf"
        run(os.environ["UM_TINY_MODEL_WRITER"], model)
        for option in ["--schedule", "--sampler"]:
            offered = self.offer("unmask", "generate", option, "")
            self.assertTrue(offered)
            for value in offered:
                run(PROGRAM, "generate", "-m", model, "--device", "cpu", "-c", "0", "--steps", "2",
                    "-o", "null", option, value)

    def test_files(self):
        for name in ["a.gguf", "a.png", "a b.png", "a*.png", "a.txt"]:
            (self.folder / name).touch()
        (self.folder / "a folder").mkdir()
        self.assertEqual(self.offer("unmask", "generate", "-m", "a"), ["a folder", "a.gguf"])
        self.assertEqual(sorted(self.offer("unmask", "encode", "a")),
                         ["a b.png", "a folder", "a*.png", "a.png"])
        self.assertEqual(self.offer("unmask", "generate", "--save-steps", "a"), ["a folder"])
        self.assertEqual(len(self.offer("unmask", "info", "a")), 7)


class Fish(Script):
    shell = "fish"

    def offer(self, line):
        out = run(self.program, "--no-config", "-c", 'source "$argv[1]"; complete -C "$argv[2]"',
                  self.script, line, cwd=self.folder, env=self.environment())
        return {text.split("\t")[0] for text in out.splitlines()}

    def test_offers(self):
        self.assertEqual(self.offer("unmask "), set(COMMANDS))
        self.assertIn("class 3", self.offer("unmask generate --class "))
        self.assertLessEqual({"auto", "cpu", "0"}, self.offer("unmask generate --device "))
        if os.environ["UM_VIEWER"]:
            self.assertEqual({name.rstrip("=") for name in self.offer("unmask-viewer --")}, viewer_options())
        self.assertEqual(self.offer("unmask vary --order "), {"confidence", "halton"})
        for command in COMMANDS:
            names = {"--" + name for _, name, _ in help_options(run(PROGRAM, command, "--help"))}
            offered = {name.rstrip("=") for name in self.offer(f"unmask {command} --")}
            self.assertEqual(offered, names)


ZSH_OFFER = """
compdef() { :; }
source "$1"
compadd() { [[ $1 == -- ]] && print -l -- "${@:2}"; return 0 }
_describe() { print -l -- "${(@)${(P)2}%%:*}" }
_arguments() { print -rl -- "$@" }
words=("${@:2}"); CURRENT=$#words; PREFIX=$words[-1]
_unmask
"""


class Zsh(Script):
    shell = "zsh"

    def test_offers(self):
        """Its own functions are replaced by ones that print what they are asked to offer."""
        def offer(*words):
            return run(self.program, "-f", "-c", ZSH_OFFER, "zsh", self.script, *words).split("\n")
        self.assertEqual(offer("unmask", "")[:-1], COMMANDS)
        self.assertIn("_unmask_classes", "\n".join(offer("unmask", "generate", "--")))
        self.assertIn("_unmask_devices", "\n".join(offer("unmask", "generate", "--")))
        for command in COMMANDS:
            text = "\n".join(offer("unmask", command, "--"))
            for letter, name, argument in help_options(run(PROGRAM, command, "--help")):
                self.assertIn(f"--{name}{'=' if argument else ''}[", text)


class Wrong(unittest.TestCase):
    def test_unknown_shell(self):
        done = subprocess.run([PROGRAM, "completion", "tcsh"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("none of: bash, zsh, fish", done.stderr)


if __name__ == "__main__":
    # One shell per registered test, so that a missing one shows as skipped.
    chosen = sys.argv.pop(1)
    classes = {"bash": [Bash, Wrong], "fish": [Fish], "zsh": [Zsh]}[chosen]
    suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, classes))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(1 if not result.wasSuccessful() else 77 if result.testsRun == 0 else 0)
