#!/usr/bin/env python3
"""The manual pages: no complaint from mandoc, and the options that the programs have."""
import re
import unittest

from package_support import (COMMANDS, PROGRAM, SOURCE, VIEWER, Installed, help_options, run, tool)

DATA = SOURCE / "platform/native/data"
OPTION = re.compile(r"\.It (?:Fl (\w) , )?Fl -([a-z-]+)(?: Ns = Ns)?( Ar .*)?$")


def manual_options(page):
    """{command: options} of unmask.1. Comments in the page say which commands a list is for."""
    table, commands, last = {name: set() for name in COMMANDS}, [], None
    for line in (DATA / page).read_text().splitlines():
        if line.startswith('.\\" commands:'):
            commands = line.split(":")[1].split()
            commands = COMMANDS if commands == ["*"] else commands
        elif line.startswith('.\\" also:'):
            for name in line.split(":")[1].split():
                table[name].add(last)
        elif line.startswith(".It Fl"):
            letter, name, argument = OPTION.match(line).groups()
            last = (letter or "", name, argument is not None)
            for command in commands:
                table[command].add(last)
    return table


class Pages(Installed):
    def test_mandoc_has_no_complaint(self):
        mandoc = tool("mandoc")
        pages = sorted((self.share / "man/man1").glob("*.1"))
        self.assertEqual([p.name for p in pages],
                         ["unmask-viewer.1", "unmask.1"] if VIEWER else ["unmask.1"])
        for page in pages:
            # The path lets it find the page that the other one refers to.
            said = run(mandoc, "-Tlint", "-W", "style", page,
                       env={"MANPATH": str(self.share / "man")}).splitlines()
            self.assertEqual([line for line in said if "outdated mandoc.db" not in line], [])
            self.assertGreater(len(run(mandoc, "-Tutf8", page)), 1000)


class Options(unittest.TestCase):
    def test_every_command_has_the_options_that_its_help_lists(self):
        table = manual_options("unmask.1")
        for command in COMMANDS:
            self.assertEqual(table[command], help_options(run(PROGRAM, command, "--help")), command)

    def test_every_command_is_described(self):
        listed = re.findall(r"(?m)^  ([a-z]+) .*$", run(PROGRAM, "--help"))
        described = re.findall(r"(?m)^\.It Cm (\w+)", (DATA / "unmask.1").read_text())
        self.assertEqual(listed, COMMANDS)
        self.assertEqual(described, COMMANDS)

    def test_every_exit_code_is_described(self):
        text = re.sub(r"\s+", " ", run(PROGRAM, "--help"))
        listed = re.findall(r"(?:: |, )(\d+) ", text[text.index("exit codes"):])
        described = re.findall(r"(?m)^\.It (\d+)$", (DATA / "unmask.1").read_text())
        self.assertEqual(listed, described)
        self.assertIn("130", described)

    def test_the_viewer(self):
        if not VIEWER:
            self.skipTest("the viewer is not built")
        help_text = run(VIEWER, "--help")
        listed = {(letter, name, argument != "") for letter, name, argument in
                  re.findall(r"(?:  -(\w), |    |, )--([a-z-]+)(=\S+)?", help_text)}
        described = {(letter or "", name, argument is not None) for letter, name, argument in
                     map(lambda line: OPTION.match(line).groups(),
                         re.findall(r"(?m)^\.It Fl .*$", (DATA / "unmask-viewer.1").read_text()))}
        self.assertGreater(len(listed), 10)
        self.assertEqual(listed, described)


if __name__ == "__main__":
    unittest.main()
