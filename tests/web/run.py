#!/usr/bin/env python3
"""Runs one suite of browser tests, or says why it cannot: exit code 77 and a line with "skip".

Usage: run.py SUITE.mjs SITE OUT
UM_BROWSER says in which browser: "chromium" (the default) or "firefox".
playwright-core and axe-core come from npm, once, into $UM_NODE_MODULES or ~/.cache/unmask/npm-VERSION.
"""
import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import sys

HOME = pathlib.Path.home()
HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = "playwright-core"
AXE = "axe-core@4.10.3"  # what finds faults of accessibility
VERSION = "1.60.0"  # later ones ask for more of WebDriver BiDi than Firefox ESR 153 knows
PROGRAMS = {"chromium": "chromium", "firefox": "firefox-esr"}


def skip(reason):
    print(f"skip: {reason}")
    sys.exit(77)


def install(folder):
    """Whole, or nothing that a later call takes for whole: `ready` comes last."""
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-save",
                           "--prefix", str(folder), f"{PACKAGE}@{VERSION}", AXE],
                          capture_output=True, text=True)
    if done.returncode or not (folder / "node_modules" / PACKAGE).is_dir():
        skip(f"npm cannot install {PACKAGE}: {done.stderr.strip().splitlines()[-1:]}")
    (folder / "ready").write_text(f"{PACKAGE}@{VERSION} {AXE}\n", encoding="utf-8")


def node_modules():
    """The folder that holds playwright-core; fetched if it is not there. Suites run side by side, so one
    fetches and the others wait."""
    given = os.environ.get("UM_NODE_MODULES")
    if given:
        if not (pathlib.Path(given) / PACKAGE).is_dir():
            skip(f"{given} has no {PACKAGE}")
        return pathlib.Path(given)
    folder = HOME / f".cache/unmask/npm-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").is_file():
            if not shutil.which("npm"):
                skip("npm is not installed")
            install(folder)
    return folder / "node_modules"


def main():
    suite, site, out = HERE / sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    if not shutil.which("node"):
        skip("node is not installed")
    if not (site / "manifest.json").is_file():
        skip(f"{site} holds no page; scripts/web.sh --build makes it")
    modules = ""
    if re.search(r"playwright|support\.mjs", suite.read_text(encoding="utf-8")):
        program = PROGRAMS[os.environ.get("UM_BROWSER", "chromium")]
        if not shutil.which(program):
            skip(f"{program} is not installed")
        modules = node_modules()
    os.execvp("node", ["node", "--test-reporter=spec", str(suite), str(site), str(modules), out])


if __name__ == "__main__":
    main()
