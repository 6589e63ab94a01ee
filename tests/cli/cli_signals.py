#!/usr/bin/env python3
"""Interrupting, and what is drawn on a terminal."""
import os
import pty
import signal
import subprocess
import time

import cli_support
from cli_support import CliTest


def catches(process, number):
    """Whether the process has a handler for a signal: without one the signal just ends it."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        caught = next(line for line in status if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


class Signals(CliTest):
    def until_caught(self, process, number=signal.SIGINT):
        while not catches(process, number):
            self.assertIsNone(process.poll())
            time.sleep(0.01)

    def interrupt(self, number, *args, begun="step_0001.png"):
        """Sends the signal once the picture of a step is there, so surely while drawing."""
        process = subprocess.Popen([cli_support.PROGRAM, *args], cwd=self.path, stderr=subprocess.PIPE,
                                   stdout=subprocess.PIPE, env=self.environment())
        while not (self.path / "st" / begun).exists():
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate()
        return process.returncode, out, err.decode()

    def test_interrupted(self):
        for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]:
            result = self.interrupt(number, "generate", "-c", "1", "--steps", "1024", "--save-steps",
                                    "st", "--schedule", "linear", "-o", "out.png", "--json")
            self.assertEqual(result, (code, b"", "unmask: interrupted\n"))
            # whole pictures of steps stay, half ones and temporary files do not
            self.assertFalse((self.path / "out.png").exists())
            self.assertLess(len(list((self.path / "st").iterdir())), 1024)
            for path in (self.path / "st").iterdir():
                self.assertTrue(path.name.endswith(".png"), path.name)
                cli_support.png_pixels(path.read_bytes())
                path.unlink()

    def test_interrupted_batch(self):
        """What was finished stays: on a CPU the first picture is there before the second begins."""
        self.good("generate", "-c", "1", "-s", "7", "-o", "source.png")
        for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]:
            for command in [["generate"], ["vary", "-i", "source.png"]]:
                result = self.interrupt(number, *command, "-c", "1", "-b", "32", "-s", "3", "--steps",
                                        "12", "--schedule", "linear", "--save-steps", "st", "-o",
                                        "o_%02d.png", "--tokens-out", "t_%02d.txt",
                                        begun="picture_001_step_01.png")
                self.assertEqual(result[0::2], (code, "unmask: interrupted\n"))
                names = result[1].decode().split()
                self.assertEqual(names[:2], ["o_00.png", "t_00.txt"])
                for name in ["o_00.png", "t_00.txt"]:
                    self.assertTrue((self.path / name).exists(), (command, name))
                self.assertFalse((self.path / "o_31.png").exists())
                for path in self.path.glob("o_*.png"):
                    self.assertIn(path.name, names)
                    cli_support.png_pixels(path.read_bytes())
                    path.unlink()
                for path in [*(self.path / "st").iterdir(), *self.path.glob("t_*.txt")]:
                    path.unlink()

    def test_interrupted_while_it_waits_for_input(self):
        """Standard input and a FIFO that nobody writes to: opened, read, and not even opened."""
        fifo = self.path / "fifo"
        os.mkfifo(fifo)
        for name in ["-", "fifo"]:
            for options in [["encode", name], ["decode", name, "-o", "a.png"],
                            ["generate", "-c", "1", "-o", "a.png", "--step-table", name],
                            ["logits", "--tokens", name, "-c", "1", "-o", "l.npy"]]:
                for opened in [False, True]:
                    if name == "-" and not opened:
                        continue
                    process = subprocess.Popen([cli_support.PROGRAM, *options], cwd=self.path,
                                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                               stderr=subprocess.PIPE, env=self.environment())
                    writer = open(fifo, "wb") if name == "fifo" and opened else None
                    self.until_caught(process)
                    time.sleep(0.1)  # most often it waits by then; it must not matter
                    self.assertIsNone(process.poll())
                    process.send_signal(signal.SIGINT)
                    self.assertEqual(process.wait(), 130, options)
                    self.assertEqual(process.stderr.read(), b"unmask: interrupted\n", options)
                    process.communicate()
                    if writer:
                        writer.close()
        self.assertEqual(self.listing(), ["fifo"])

    def interrupted_bench(self, form, seconds):
        """What it printed when the signal came so many seconds after it could be caught."""
        process = subprocess.Popen([cli_support.PROGRAM, "bench", "--runs", "1000", "--steps", "1024",
                                    "-o", form], cwd=self.path, stderr=subprocess.PIPE,
                                   stdout=subprocess.PIPE, env=self.environment())
        self.until_caught(process)
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        self.assertEqual((process.returncode, err), (130, b"unmask: interrupted\n"))
        return out.decode()

    def test_interrupted_bench(self):
        """Rows that are there are printed, and say that others are missing."""
        for form, mark in [("md", "**Interrupted**"), ("json", '"interrupted": true'), ("csv", "copy,")]:
            out, seconds = "", 1
            while mark not in out:  # until the first row is there: the busier the machine the longer
                seconds *= 2
                out = self.interrupted_bench(form, seconds)


class Terminal(CliTest):
    def on_terminal(self, *args, **environment):
        """What the program writes to a terminal on stderr."""
        leader, follower = pty.openpty()
        process = subprocess.Popen([cli_support.PROGRAM, "generate", "-c", "1", "-s", "7", *args],
                                   cwd=self.path, stderr=follower, stdout=subprocess.PIPE,
                                   env=self.environment(**environment))
        os.close(follower)
        text = b""
        while True:
            try:
                more = os.read(leader, 4096)
            except OSError:
                break
            if not more:
                break
            text += more
        os.close(leader)
        process.communicate()
        self.assertEqual(process.returncode, 0)
        return text.decode()

    def test_progress(self):
        drawn = self.on_terminal()
        self.assertIn("8/8", drawn)
        self.assertIn("\r", drawn.rstrip("\r\n"))
        self.assertRegex(drawn, r"\r\x1b\[Kseed 7, [^\r\n]*\r\n$")
        self.assertNotIn("\x1b[3", drawn)  # no colours, with or without NO_COLOR
        for options, environment in [([], {"TERM": "dumb"}), ([], {"TERM": None}), (["-q"], {})]:
            plain = self.on_terminal(*options, **environment)
            self.assertRegex(plain, r"^seed 7[^\r\n\x1b]*\r\n$")


if __name__ == "__main__":
    cli_support.main()
