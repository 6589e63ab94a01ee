#!/usr/bin/env python3
"""How long the viewer's frames take: frames.py BUILD_DIR

BUILD_DIR holds a release build. Runs unmask-viewer with the bundled model on an X server of its
own (Xvfb; --here: on $DISPLAY, with its renderer) and measures its frames, from events to the
screen, for ten seconds each (--quick: hardly): while the model draws, while it repaints a part of
a photo, and while the photo is painted over. Prints median and 99th percentile, and the same of
the time that the window's thread computes. Exit status 1 if a frame in a hundred takes longer than
20 ms.
"""
import argparse
import contextlib
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

LIMIT = 20  # ms
ASSETS = pathlib.Path(__file__).resolve().parents[3] / "assets"
NAMES = ["frames", "frame_p50", "frame_p99", "cpu_p50", "cpu_p99"]
MODEL = ["--device", "cpu", "--class", "0", "--seed", "1"]
OPENED = "wait step 4\nwait idle\nforget\ndrop photo.png\nwait message\nset brush 200\n"
HAND = {0: "press", 29: "release"}


def cases(seconds):
    """What the window does, its size, pictures and steps, what comes first, what is measured."""
    wait = f"wait ms {seconds * 1000:.0f}"
    repaint = "set brush 60\nset steps 64\nstroke 1900 1500 2000 1500\nkey Return"
    # Strokes of half a second around the middle of the window, a position in each frame.
    strokes = [f"{HAND.get(i % 30, 'move')} {480 + 150 * math.cos(i / 5):.0f} "
               f"{290 + 130 * math.sin(i / 5):.0f}\nwait frames 1" for i in range(int(seconds * 60))]
    return [
        ("draw 16 pictures", "1280x720", (16, 1024), "wait step 1", wait),
        ("draw 16 pictures", "1920x1080", (16, 1024), "wait step 1", wait),
        ("repaint a photo", "1280x720", (1, 4), OPENED + repaint, wait),
        ("paint over a photo", "1280x720", (1, 4), OPENED, "\n".join(strokes)),
    ]


def write_photo(path, width, height):
    """Slopes in three colours."""
    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in (x & 255, y & 255, x * y >> 6 & 255))
                    for y in range(height))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    path.write_bytes(b"\x89PNG\r\n\x1a\n"
                     + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def measure(viewer, folder, environment, case):
    _, size, (images, steps), before, during = case
    lines = [before, "forget", during, *[f"print {name}" for name in NAMES], "quit"]
    (folder / "script.txt").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [viewer, "--model", ASSETS / "emoji-64.gguf", *MODEL, "--size", size, "--count", str(images),
         "--steps", str(steps), "--script", "script.txt"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def measure_all(viewer, environment, seconds):
    """Prints the table; true if every case keeps the limit."""
    kept = True
    print("| | window | frames | median | 99 % | computing, median | 99 % |")
    print("|---|---|" + "--:|" * 5)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_photo(folder / "photo.png", 4000, 3000)
        for case in cases(seconds):
            got = measure(viewer, folder, dict(environment, HOME=name, XDG_CONFIG_HOME=name), case)
            kept &= got["frame_p99"] <= LIMIT
            print(f"| {case[0]} | {case[1]} | {got['frames']:.0f} | " +
                  " | ".join(f"{got[value]:.1f} ms" for value in NAMES[1:]) + " |", flush=True)
    print(f"load average {os.getloadavg()[0]:.1f}")
    return kept


@contextlib.contextmanager
def x_server():
    """What the environment needs for an X server that lives as long."""
    read, write = os.pipe()
    with subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
            pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as stream:
            number = stream.readline().strip()
        try:
            yield {"DISPLAY": f":{number}", "SDL_VIDEODRIVER": "x11", "SDL_RENDER_DRIVER": "software"}
        finally:
            server.terminate()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--here", action="store_true", help="on $DISPLAY, with its renderer")
    parser.add_argument("--quick", action="store_true", help="to try this program out: no limit")
    args = parser.parse_args()
    viewer = (args.build / "platform" / "native" / "unmask-viewer").resolve()
    with contextlib.nullcontext({}) if args.here else x_server() as display:
        kept = measure_all(viewer, dict(os.environ, **display), 0.5 if args.quick else 10)
    return not (kept or args.quick)


if __name__ == "__main__":
    sys.exit(main())
