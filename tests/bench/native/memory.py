#!/usr/bin/env python3
"""Peak memory of the published networks on the CPU backend: memory.py BUILD_DIR WORK_DIR

BUILD_DIR holds a release build with tests (bench_engine); WORK_DIR receives random models of both
sizes, some 4 GB, once (PyTorch is needed for that; Debian: python3-torch). Prints the peak resident
set after loading, a forward pass and a decode, and by how much it is above the weights as the file
has them. Exit status 1 if that is more than 150 MB for pictures of 256x256 or 400 MB for 512x512.
"""
import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TYPES = ("f32", "f16", "q8_0")
LIMITS = {256: 150e6, 512: 400e6}


def model(work, pixels, kind, tiny):
    """The model's path; written if it is not there yet."""
    folder = work if pixels == 256 else work / str(pixels)
    path = folder / f"real-{kind}.gguf"
    if not path.exists():
        subprocess.run([sys.executable, HERE / "real_model.py", folder, "--type", kind, "--grid",
                        str(pixels // 16), *["--tiny"] * tiny], check=True)
    return path


def peaks(program, path, threads):
    """Peak resident bytes once the model is loaded, has run forward, has decoded."""
    with subprocess.Popen([program, path, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as engine:
        assert engine.stdout.readline().startswith("ready")

        def ask(word):
            engine.stdin.write(word + "\n")
            engine.stdin.flush()
            return engine.stdout.readline()
        made = [int(ask("memory"))]
        for word in ("forward", "decode"):
            assert float(ask(word)) > 0
            made.append(int(ask("memory")))
        engine.stdin.close()
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pixels", type=int, action="append", choices=sorted(LIMITS))
    parser.add_argument("--type", action="append", choices=TYPES)
    parser.add_argument("--tiny", action="store_true", help="narrow networks, to try this program out")
    args = parser.parse_args()
    program = args.build / "tests" / "bench" / "native" / "bench_engine"
    failed = False
    print("| pixels | type | weights | loaded | forward | decode | above the weights | limit |")
    print("|--:|---|" + "--:|" * 6)
    for pixels in args.pixels or sorted(LIMITS):
        for kind in args.type or TYPES:
            path = model(args.work, pixels, kind, args.tiny)
            weights, made = path.stat().st_size, peaks(program, path, args.threads)
            above = max(made) - weights
            failed |= above > LIMITS[pixels]
            cells = [weights, *made, above, LIMITS[pixels]]
            print(f"| {pixels} | {kind.upper()} | " + " | ".join(f"{v / 1e6:.0f} MB" for v in cells) + " |",
                  flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
