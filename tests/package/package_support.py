"""What the package tests share: where things are, running programs, an installed tree."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["UM_SOURCE"])
BUILD = pathlib.Path(os.environ["UM_BUILD"])
CMAKE = os.environ["UM_CMAKE"]
PROGRAM = os.environ["UM_PROGRAM"]
VIEWER = os.environ.get("UM_VIEWER", "")
LIBDIR = os.environ["UM_LIBDIR"]
COMMANDS = ["generate", "edit", "outpaint", "vary", "encode", "decode", "logits", "info", "devices",
            "verify", "bench", "completion", "help"]


def run(*args, timeout=500, **options):
    """Standard output; the test fails with what was printed if the program does."""
    done = subprocess.run([str(a) for a in args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout, **options)
    if done.returncode != 0:
        raise AssertionError(f"{args}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def tool(name):
    """The path of a program, or the test is skipped."""
    path = shutil.which(name)
    if path is None:
        raise unittest.SkipTest(f"{name} is not installed")
    return path


def help_options(text):
    """{(letter or '', name, takes an argument)} of a --help text of `unmask`."""
    found = re.findall(r"(?m)^  (?:-(\w), |    )--([a-z-]+)( \S+)?", text)
    assert found, text
    return {(letter, name, argument != "") for letter, name, argument in found}


class Installed(unittest.TestCase):
    """Installs everything into one folder and moves it: what is installed must not mind."""

    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.TemporaryDirectory()
        first, cls.root = pathlib.Path(cls.base.name, "first"), pathlib.Path(cls.base.name, "moved")
        run(CMAKE, "--install", BUILD, "--prefix", first)
        first.rename(cls.root)
        cls.share = cls.root / "share"

    @classmethod
    def tearDownClass(cls):
        cls.base.cleanup()
