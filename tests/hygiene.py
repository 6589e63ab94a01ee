#!/usr/bin/env python3
"""The house rules that a machine can check: who may include whom, sizes, whitespace, shipped paths.

Usage: hygiene.py SOURCE_DIR
"""
import pathlib
import re
import subprocess
import sys

# (folder, forbidden pattern in an #include line, reason)
INCLUDE_RULES = [
    ("runtime/base", r'"(model|graph|sampler|backend)/', "base includes nothing above it"),
    ("runtime/model", r'"(graph|sampler|backend)/', "model knows no graph, sampler or backend"),
    ("runtime/sampler", r'"(model|graph|backend)/', "the sampler works on plain arrays"),
    ("runtime/graph", r'"(sampler|backend/(cpu|vulkan))', "graphs know no concrete backend"),
    ("runtime/edit", r'"(graph|backend)/', "editing draws through models and sessions"),
    ("runtime/backend/cpu", r'"(model|graph|backend/vulkan)/', "a backend knows only ops"),
    ("runtime/backend/vulkan", r'"(model|graph|sampler|backend/cpu)/', "a backend knows only ops"),
    ("runtime", r"vulkan/vulkan\.h|SDL|emscripten", "volk and platforms stay in their folders"),
    ("platform", r'"(base|model|graph|sampler|backend)/', "platforms use the public header only"),
]
VOLK = re.compile(r"volk\.h")
LINE_CAPS = {".c": 900, ".h": 900, ".comp": 200, ".glsl": 200, ".py": 900, ".js": 900}
TEXT = {".c", ".h", ".comp", ".glsl", ".py", ".sh", ".md", ".txt", ".cmake", ".json", ".js",
        ".html", ".css", ".toml"}
WIDTH = {".c": 100, ".h": 100, ".comp": 110, ".glsl": 110, ".py": 110}
FUNCTION_LINES = 100


def tracked(root):
    """Files that git tracks, or every file where there is no git."""
    try:
        names = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True,
                               capture_output=True, text=True).stdout.split("\0")
        return [root / name for name in names if name and (root / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        skip = {"build", "out", ".git", "node_modules"}
        return [p for p in root.rglob("*")
                if p.is_file() and not skip & set(p.relative_to(root).parts)]


def check_includes(name, lines):
    for number, line in enumerate(lines, 1):
        if not line.lstrip().startswith("#include"):
            continue
        for folder, pattern, reason in INCLUDE_RULES:
            if name.startswith(folder + "/") and re.search(pattern, line):
                yield f"{name}:{number}: {line.strip()}: {reason}"
        if VOLK.search(line) and "/vulkan/" not in name:
            yield f"{name}:{number}: volk.h outside the Vulkan backend"


# Absolute paths of somebody's machine have no place in what is shipped.
MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(?:work|home|root|opt|Users)/[\w.]")
NAMED_MIRROR = re.compile(r"\bdeb(-src)?\s+(\[[^]]*\]\s+)?https?://")


def check_paths(name, lines):
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield f"{name}:{number}: a path of one machine"
        if NAMED_MIRROR.search(line):
            yield f"{name}:{number}: a mirror by its name; ask apt for the machine's own"


def check_functions(name, lines):
    """Functions start and end with a brace in the first column, as clang-format writes them."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"^[A-Za-z_].*\)\s*\{$", line):
            start = number
        elif start is None and line.startswith("    ") and line.endswith(") {") and \
                number > 1 and re.match(r"^[A-Za-z_].*[,(]$", lines[number - 2]):
            start = number - 1
        elif start is not None and line == "}":
            if number - start + 1 > FUNCTION_LINES:
                yield f"{name}:{start}: a function of {number - start + 1} lines"
            start = None


def check_text(name, suffix, text):
    lines = text.split("\n")
    if text and not text.endswith("\n"):
        yield f"{name}: no newline at the end"
    cap = LINE_CAPS.get(suffix)
    if cap and len(lines) > cap:
        yield f"{name}: {len(lines)} lines, the cap is {cap}"
    width = WIDTH.get(suffix)
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f"{name}:{number}: trailing space"
        if "\t" in line and suffix not in {".md", ".txt"}:
            yield f"{name}:{number}: tab"
        if width and len(line) > width:
            yield f"{name}:{number}: {len(line)} columns, the limit is {width}"


def main(root):
    root = pathlib.Path(root).resolve()
    faults = []
    files = tracked(root)
    for path in files:
        name = path.relative_to(root).as_posix()
        if path.suffix not in TEXT and path.name != "CMakeLists.txt":
            continue
        text = path.read_text(encoding="utf-8")
        faults += check_text(name, path.suffix, text)
        faults += check_paths(name, text.split("\n"))
        if path.suffix in {".c", ".h"}:
            lines = text.split("\n")
            faults += check_includes(name, lines)
            faults += check_functions(name, lines)
    for fault in faults:
        print(fault)
    print(f"{len(files)} files, {len(faults)} faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
