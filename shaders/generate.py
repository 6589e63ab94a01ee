#!/usr/bin/env python3
"""Compiles the shaders for matrix units into generated/, because older compilers (glslang 12 of Debian 12) do
not know GL_KHR_cooperative_matrix.

generate.py          rewrites generated/*.spv.h; needs glslangValidator 15 or newer
generate.py --check  exit 1 if a file is older than its sources, or if the compiler at hand has made
                     it and now makes something else; a line with "skip" if the second cannot be told
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SHADERS = ["linear", "conv2d", "conv2d_stride2", "peak_matrix"]
PER_LINE = 9
OPTIONS = ["--quiet", "-V", "-g0", "--target-env", "vulkan1.1", "-DUM_COOPMAT"]


def sources(path, found):
    """The file and all that it includes, each once, in the order of their first mention."""
    if path in found:
        return found
    found.append(path)
    with open(path, encoding="utf-8") as file:
        for name in re.findall(r'^#include "([^"]+)"', file.read(), re.M):
            beside = os.path.join(os.path.dirname(path), name)
            sources(beside if os.path.exists(beside) else os.path.join(HERE, name), found)
    return found


def digest(shader):
    sha = hashlib.sha256()
    for path in sources(os.path.join(HERE, shader + ".comp"), []):
        with open(path, "rb") as file:
            sha.update(file.read())
    return sha.hexdigest()


def compiler():
    """The version of glslangValidator if it knows the extension, else None."""
    try:
        command = ["glslangValidator", "--version"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"Glslang Version: [0-9]+:([0-9]+)\.([0-9.]+)", text)
    return version.group(1) + "." + version.group(2) if version and int(version.group(1)) >= 15 else None


def compile_shader(shader, version):
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "out.h")
        name = f"um_spv_{shader}_coopmat"
        subprocess.run(["glslangValidator", *OPTIONS, "-I" + HERE, "--vn", name, "-o", target,
                        os.path.join(HERE, shader + ".comp")], check=True)
        with open(target, encoding="utf-8") as file:
            body = file.read()
    start, end = body.index("{") + 1, body.index("}")
    words = body[start:end].replace(",", " ").split()
    lines = [",".join(words[i:i + PER_LINE]) for i in range(0, len(words), PER_LINE)]
    body = body[body.index("const"):start] + "\n" + ",\n".join(lines) + "\n" + body[end:]
    origin = f"/* Made by generate.py with glslang {version} from sources with SHA-256"
    return f"{origin}\n * {digest(shader)}. */\n/* clang-format off */\n" + body


def target_of(shader):
    return os.path.join(HERE, "generated", shader + "_coopmat.spv.h")


def check():
    version = compiler()
    failed = False
    compared = 0
    for shader in SHADERS:
        with open(target_of(shader), encoding="utf-8") as file:
            text = file.read()
        if digest(shader) not in text:
            print(f"{shader}_coopmat.spv.h is older than its sources: run shaders/generate.py")
            failed = True
        elif version and f"glslang {version} " in text:
            compared += 1
            if compile_shader(shader, version) != text:
                print(f"{shader}_coopmat.spv.h is not what glslang {version} makes of its sources")
                failed = True
    if not failed and compared < len(SHADERS):
        print("skip comparing with the compiler's output: needs the glslang that made the files, here is "
              + (version or "none that knows GL_KHR_cooperative_matrix"))
    return 1 if failed else 0


def main():
    if sys.argv[1:] == ["--check"]:
        return check()
    version = compiler()
    if not version:
        print("generate.py: needs glslangValidator 15 or newer", file=sys.stderr)
        return 1
    for shader in SHADERS:
        text = compile_shader(shader, version)
        with open(target_of(shader), "w", encoding="utf-8") as file:
            file.write(text)
        print(f"generated/{shader}_coopmat.spv.h: {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
