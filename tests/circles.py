#!/usr/bin/env python3
"""Calls between the C files of the tree: none may lead in a circle within a folder, none to a layer
above.

Usage: circles.py SOURCE_DIR
       circles.py --edges SOURCE_DIR     also print which folder calls which
       circles.py --selftest             the checks must find what is wrong in a small tree

An include says what a file may call, a call what it needs: files that call each other in a circle can
only be understood, tested and linked together. Function pointers do not count: who hands one out decides
what is called. Parsing relies on clang-format: definitions begin in the first column.
"""
import pathlib
import re
import sys
import tempfile

TOPS = ("runtime", "platform")

# Circles that belong to the matter: (folder, the files), with the reason.
INHERENT = {}

# (folder, folders that it must not call, reason). The table of includes in hygiene.py is not enough: a
# function can be declared below and defined above.
ABOVE = ("runtime", "runtime/edit", "runtime/bench")
LAYERS = [
    ("runtime/base", (*ABOVE, "runtime/model", "runtime/graph", "runtime/sampler", "runtime/backend"),
     "base stands alone"),
    ("runtime/model", (*ABOVE, "runtime/graph", "runtime/backend"),
     "a model file is read without networks and devices"),
    ("runtime/sampler", (*ABOVE, "runtime/model", "runtime/graph", "runtime/backend"),
     "the sampler works on plain arrays"),
    ("runtime/graph", (*ABOVE, "runtime/sampler", "runtime/backend/cpu", "runtime/backend/vulkan"),
     "graphs know no concrete backend"),
    ("runtime/backend", (*ABOVE, "runtime/model", "runtime/graph"), "a backend knows only ops"),
    ("runtime/edit", ("runtime/graph", "runtime/backend", "runtime/bench"),
     "editing draws through models and sessions"),
    ("runtime", ("runtime/bench",), "what is drawn does not depend on what is measured"),
]

NOISE = re.compile(r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""",
                   re.VERBOSE | re.DOTALL)
DEFINITION = re.compile(r"^(static\s)?(?!typedef\b|else\b)[A-Za-z_][\w \t*]*?\b(\w+)\([^;{}]*\)\s*\{$",
                        re.MULTILINE)
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


class File:
    def __init__(self, path):
        text = NOISE.sub(" ", path.read_text(encoding="utf-8"))
        self.own, self.offered = set(), set()
        for match in DEFINITION.finditer(text):
            self.own.add(match.group(2))
            if not match.group(1):
                self.offered.add(match.group(2))
        self.called = set(CALL.findall(text)) - self.own


def read(root):
    """{folder: {file name: File}} of all .c files."""
    folders = {}
    for top in TOPS:
        for path in sorted((root / top).rglob("*.c")):
            folder = path.parent.relative_to(root).as_posix()
            folders.setdefault(folder, {})[path.name] = File(path)
    return folders


def calls_within(files):
    """{caller: {callee: names}}. What several files offer, one for each system, leads to all of them."""
    return {a: {b: names for b, other in files.items()
                if b != a and (names := file.called & other.offered)}
            for a, file in files.items()}


def circles(edges):
    """The sets of files that reach each other."""
    reach = {start: set() for start in edges}
    for start in edges:
        todo = [start]
        while todo:
            for other in edges[todo.pop()]:
                if other not in reach[start]:
                    reach[start].add(other)
                    todo.append(other)
    return {frozenset(b for b in reach[a] if a in reach[b]) for a in edges if a in reach[a]}


def circle_faults(folders):
    for folder, files in folders.items():
        edges = calls_within(files)
        for circle in sorted(circles(edges), key=sorted):
            if (folder, circle) in INHERENT:
                continue
            yield f"{folder}: files that call each other in a circle: {', '.join(sorted(circle))}"
            for a in sorted(circle):
                for b in sorted(circle & set(edges[a])):
                    yield f"    {a} calls {b}: {', '.join(sorted(edges[a][b]))}"


def lies_in(folder, rule):
    """`runtime` as a rule is the folder alone, all other folders are whole trees."""
    return folder == rule or (rule != "runtime" and folder.startswith(rule + "/"))


def calls_between(folders):
    """(folder, file, other folder, other file, names)"""
    offered = {}
    for folder, files in folders.items():
        for name, file in files.items():
            for function in file.offered:
                offered.setdefault(function, []).append((folder, name))
    for folder, files in folders.items():
        for name, file in files.items():
            targets = {}
            for function in file.called:
                for target in offered.get(function, []):
                    if target[0] != folder:
                        targets.setdefault(target, set()).add(function)
            for (other, other_name), names in sorted(targets.items()):
                yield folder, name, other, other_name, names


def layer_faults(folders):
    for folder, name, other, other_name, names in calls_between(folders):
        for rule, forbidden, reason in LAYERS:
            if lies_in(folder, rule) and any(lies_in(other, f) for f in forbidden):
                yield (f"{folder}/{name} calls {other}/{other_name}: {', '.join(sorted(names))}: "
                       f"{reason}")


def selftest():
    """A circle of three, calls upwards, and what looks like calls and is none."""
    tree = {
        "runtime/a.c": '#include "b.h"\nvoid um_a(void) {\n    um_b(1);\n}\n',
        "runtime/b.c": "void um_b(int\n          x) {\n    um_c();\n}\n",
        "runtime/c.c": "int *um_c(void) {\n    return um_a();\n}\n",
        "runtime/quiet.c": "/* um_loud() */\n"
                           "void um_quiet(void) {\n    puts(\"um_loud()\"); // um_loud()\n}\n"
                           "static void helper(void) {\n}\n"
                           "void um_take(void (*f)(void)) {\n    helper();\n}\n",
        "runtime/loud.c": "void um_loud(void) {\n    um_take(um_quiet);\n    um_quiet();\n    helper();\n}\n"
                          "static void helper(void) {\n}\n",
        "runtime/model/m.c": "void um_m(void) {\n    um_g();\n    um_base();\n}\n",
        "runtime/graph/g.c": "void um_g(void) {\n    um_base();\n}\n",
        "runtime/base/x.c": "void um_base(void) {\n}\n",
        "platform/p.c": "void p(void) {\n    um_a();\n}\n",
    }
    with tempfile.TemporaryDirectory() as name:
        for path, text in tree.items():
            file = pathlib.Path(name) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        folders = read(pathlib.Path(name))
    faults = list(circle_faults(folders)) + list(layer_faults(folders))
    assert faults == [
        "runtime: files that call each other in a circle: a.c, b.c, c.c",
        "    a.c calls b.c: um_b", "    b.c calls c.c: um_c", "    c.c calls a.c: um_a",
        "runtime/model/m.c calls runtime/graph/g.c: um_g: "
        "a model file is read without networks and devices",
    ], faults
    print("the checks find what is wrong")


def main(arguments):
    if arguments == ["--selftest"]:
        return selftest()
    folders = read(pathlib.Path(arguments[-1]).resolve())
    if arguments[0] == "--edges":
        for pair in sorted({(a, b) for a, _, b, _, _ in calls_between(folders)}):
            print(" -> ".join(pair))
    faults = list(circle_faults(folders)) + list(layer_faults(folders))
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{sum(map(len, folders.values()))} files, {len(faults)} faults")
    return 1 if faults or not folders else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
