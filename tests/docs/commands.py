#!/usr/bin/env python3
"""Runs the commands that pages name, in a small copy of the tree: commands.py BUILD PAGE...

A command runs as the page has it, but for SMALLER. Those in ELSEWHERE do not run; their programs and
options are looked up. A name in running text with options, but nothing to work on, is looked up, too.
--complete: the pages are all that the tree has.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import pages
import sandbox

TOP = sandbox.TOP

# What is put in place of a part of a command: places, and less of everything that takes time.
SMALLER = (
    (r"(tools/train\.py .*) --minutes \S+", r"\1"),
    (r"(tools/train\.py .*)$", r"\1 --minutes 0.01"),
    (r"--epochs \d+", "--epochs 1"),
    (r"(tools/evaluate\.py .*--model emoji-64\.gguf)", r"\1 --epochs 1 --per-class 1"),
    (r"\bunmask bench\b(?! -m)", "unmask bench -m tiny.gguf --runs 1 --budget 0.1"),
    (r"\$unmask bench\b", "$unmask bench -m tiny.gguf --runs 1 --budget 0.1"),
    (r"assets/emoji-64\.gguf --device D --runs N", "tiny.gguf --device cpu --runs 1 --budget 0.1"),
    (r"^bench_step MODEL DEVICE ROUNDS", "build/dev/tests/bench/native/bench_step tiny.gguf cpu 1"),
    (r"^bench_ops MODEL 2 40", "build/dev/tests/bench/native/bench_ops tiny.gguf 2 1"),
    (r"--device vulkan", "--device cpu"),
    (r"\bFILE\.json", "my-device.json"),
    (r"\bunmask COMMAND\b", "unmask generate"),
    (r"\bCONFIG\b", "tools/configs/any-32.toml"),
    (r"\bTRANSFORMER TOKENIZER\b", "maskgit_imagenet256.ckpt tokenizer_imagenet256.ckpt"),
    (r"\[--type f32\|f16\|q8_0\]", "--type q8_0"),
    (r"quality\.toml \.\.\.", "quality.toml --data ../shared/data/emoji --model assets/emoji-64.gguf "
     "--program build/release/platform/native/unmask -o docs/QUALITY.md"),
    (r"(compare\.py) BUILD_DIR WORK_DIR", r"\1 build/dev work --tiny --runs 1 --type f32"),
    (r"(memory\.py) BUILD_DIR WORK_DIR", r"\1 build/dev work --tiny --type f16 --pixels 256"),
    (r"(frames\.py) BUILD_DIR", r"\1 build/dev --quick"),
    (r"(compare_gpu\.py) BUILD_DIR WORK_DIR", r"\1 build/dev work --where cpu --device cpu "
     "--model tiny.gguf --batches 1 --steps 1 --runs 1 --rounds 1 --no-compile"),
    (r"UM_PROGRAM=\.\.\. (.*real_size\.py) NAME", r"\1 toy --types q8_0"),
    (r"\bctest(?! --test-dir)", "ctest --test-dir build/dev"),
    (r"\b(ctest .*?)( -V)?$", r"\1 -N"),  # whether there are such tests
    (r"--build --preset release", "--list-presets=build | grep release"),
    (r"^cmake --preset release", "cmake --list-presets | grep release"),
)

# What cannot run in a test, and why.
ELSEWHERE = (
    (r"apt-get install", "installs packages"),
    (r"scripts/test\.sh", "runs this test"),
    (r"scripts/gpu\.sh", "measures for minutes"),
    (r"scripts/run\.sh", "installs packages and builds the release"),
    (r"scripts/package\.sh", "the test package_deb runs it"),
    (r"scripts/windows\.sh", "builds for another system; the test windows runs it"),
    (r"scripts/web\.sh", "the test web_site runs it"),
    (r"scripts/debian13\.sh", "makes a Debian root; the Vulkan tests run it"),
    (r"tests/vulkan/compilers/", "compiles for minutes; the test compilers_amd runs it"),
    (r"cmake --install", "the test package_install runs it"),
    (r"python3 -m unittest discover -s tools/tests", "the test tools is this command"),
    (r"sbatch ", "needs a cluster"),
    (r"npm install ", "downloads"),
    (r"node tests/bench/web/bench\.mjs", "downloads another engine"),
    (r"tests/node/tokens\.py", "needs modules; the test node_tokens runs it"),
    (r"\S*test_(ops_cpu|kernels|ops_vulkan) --bench", "takes minutes"),
    (r"unmask bench --precision f16", "needs a GPU with matrix units"),
)


def find_file(name):
    """A program of the tree by its path or its name."""
    if (TOP / name).is_file():
        return TOP / name
    found = [path for folder in ("scripts", "tools", "tests", "platform")
             for path in (TOP / folder).rglob(pathlib.Path(name).name + ("" if "." in name else ".c"))]
    return found[0] if found else None


def options_of(command):
    return re.findall(r"(?<!\S)(--[a-z][\w-]*)", command)


def text_about(command, tree, environment):
    """The help of the program that a command calls; of a script, the script."""
    found = [word for word in pages.words(command) if not re.match(r"[A-Z_]+=", word)]
    name = found[1] if found[0] in ("python3", "node") else found[0]
    if name in ("unmask", "$unmask"):
        words = ["unmask", *found[1:2], "--help"]
        return subprocess.run(words, cwd=tree, env=environment, check=True, capture_output=True,
                              text=True).stdout
    path = find_file(name)
    if path:
        support = [*path.parent.glob("op_bench.c")] if path.suffix == ".c" else []
        return "".join(file.read_text(encoding="utf-8") for file in (path, *support))
    if not shutil.which(name) and not name.startswith(("-", "sbatch", "npm")):
        raise AssertionError(f"there is no {name}")
    return None


def look_up(command, tree, environment):
    """A command that is not run: its program is there and knows its options."""
    text = text_about(command, tree, environment)
    for option in options_of(command):
        if text is not None and option not in text and option.lstrip("-") not in text:
            raise AssertionError(f"{option} is not known")


def is_name(command):
    """A command of ours with options only, which says what to use, not how it is called."""
    found = pages.words(command)
    rest = found[2:] if found[0] == "unmask" else found[1:]
    if found[0].endswith(".py"):
        return True  # without its interpreter
    return found[0] == "unmask" and found[1:2] != ["--help"] and "COMMAND" not in found and \
        all(word.startswith("--") and "=" not in word for word in rest)


def smaller(command):
    for pattern, text in SMALLER:
        command = re.sub(pattern, text, command)
    return command


def run(command, tree, environment):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=tree, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"exit code {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-3000:]}")
    if "ctest " in command and re.search(r"^Total Tests: 0$", done.stdout, re.M):
        raise AssertionError("no such test")


def answer(command, tree, environment):
    """Says how a command was taken."""
    reason = next((why for pattern, why in ELSEWHERE if re.search(pattern, command)), None)
    if reason or is_name(command):
        look_up(command, tree, environment)
        return f"looked up: {reason}" if reason else "looked up"
    if pages.SHELL_ASSIGNMENT.match(command):
        name, _, value = command.partition("=")
        environment[name] = value
        return "set"
    run(smaller(command), tree, environment)
    return "ran"


def check(build, names):
    failed = 0
    with tempfile.TemporaryDirectory(prefix="unmask-docs-") as place:
        folder = pathlib.Path(place)
        tree, environment = sandbox.make(folder, build)
        found = [(name, line, command) for name in names for line, command in pages.commands(TOP / name)]
        if any("tools/" in command or "real_size" in command for _, _, command in found):
            sandbox.add_learning(folder, tree)
        for name, line, command in found:
            began = time.monotonic()
            try:
                how = answer(command, tree, environment)
            except (AssertionError, subprocess.SubprocessError, OSError) as error:
                failed, how = failed + 1, f"FAILED: {error}"
            print(f"{name}:{line}: {command}\n    {how}, {time.monotonic() - began:.1f} s", flush=True)
    print(f"{len(found)} commands, {failed} failed")
    return 1 if failed or not found else 0


def complete(names):
    """Every page of the tree is among the names, and no other."""
    skip = {"build", "node_modules", ".git", ".github", "out"}
    # Those of tools are parts of docs/QUALITY.md.
    there = {path.relative_to(TOP).as_posix() for path in TOP.rglob("*.md")
             if not skip & set(path.relative_to(TOP).parts) and path.parent.name != "evaluate"}
    there.remove("CHANGELOG.md")
    for name in sorted(there ^ set(names)):
        print(f"{name}: {'no test runs its commands' if name in there else 'is not there'}")
    return int(there != set(names))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("page", nargs="+")
    parser.add_argument("--complete", action="store_true", help="only see whether a page is missing")
    args = parser.parse_args()
    return complete(args.page) if args.complete else check(args.build.resolve(), args.page)


if __name__ == "__main__":
    sys.exit(main())
