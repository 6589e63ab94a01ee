#!/usr/bin/env python3
"""What the shared library exports: exactly the functions that the headers declare, which are those of
runtime/libunmask.symbols; and, where abidiff and the last release's dump are there, nothing that breaks
a program which was linked with that release. Usage: test_symbols.py LIBRARY SOURCE [NM]"""
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77


def declared(source):
    names = set()
    for header in sorted((source / "runtime/include/unmask").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        names |= set(re.findall(r"UM_API[^;]*?\b(um_\w+)\(", text))
    return names


def listed(source):
    lines = (source / "runtime/libunmask.symbols").read_text().splitlines()
    return {line.split()[0] for line in lines if line and not line.startswith("#")}


def exported(library, nm):
    text = subprocess.run([nm, "-D", "--defined-only", library], check=True, capture_output=True,
                          text=True).stdout
    return {line.split()[-1].split("@")[0] for line in text.splitlines() if " T " in line}


def compare(what, left, right):
    for name in sorted(left - right):
        print(f"{name}: {what}")
    return left <= right


def same_interface(library, source):
    """None = cannot be told here."""
    dump = source / "runtime/libunmask.abi"
    if not dump.exists():
        print("abidiff: skipped, there is no release yet whose dump could be compared")
        return None
    if not shutil.which("abidiff"):
        print("abidiff: skipped, it is not installed (abigail-tools)")
        return None
    # Bits of its status: 1 error, 2 usage, 4 changed, 8 changed so that programs break.
    status = subprocess.run(["abidiff", "--no-added-syms", dump, library], check=False).returncode
    return status & 0b1011 == 0


def main():
    library, source = sys.argv[1], pathlib.Path(sys.argv[2])
    header, table = declared(source), listed(source)
    found = exported(library, sys.argv[3] if len(sys.argv) > 3 else "nm")
    good = len(header) > 50
    good &= compare("declared, but not in libunmask.symbols", header, table)
    good &= compare("in libunmask.symbols, but no header declares it", table, header)
    good &= compare("declared, but not exported", header, found)
    good &= compare("exported, but no header declares it", found, header)
    good &= same_interface(library, source) is not False
    return 0 if good else 1


if __name__ == "__main__":
    if not shutil.which(sys.argv[3] if len(sys.argv) > 3 else "nm"):
        print("skipped: no nm")
        sys.exit(SKIPPED)
    sys.exit(main())
