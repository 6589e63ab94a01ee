#!/usr/bin/env python3
"""Published checkpoints to a model file:

    python3 tools/convert.py maskgit_imagenet256.ckpt tokenizer_imagenet256.ckpt -o imagenet256.gguf

Reads local files only and never runs code from them. tools/README.md lists the layouts. Exit codes: 0 done,
2 usage, 3 an input is not what it should be, 5 out of memory, 7 reading or writing failed, 130 interrupted.
"""
import argparse
import os
import signal
import sys

try:
    from unmask_tools import convert, gguf
    from unmask_tools.convert import run
except ImportError as missing:
    sys.exit(f"convert.py: {missing}; numpy is needed (Debian: apt-get install python3-numpy)")


def arguments():
    parser = argparse.ArgumentParser(description="Write published MaskGIT weights as one GGUF file.")
    parser.add_argument("input", nargs="+", help="checkpoints: a transformer and its tokenizer, in any order")
    parser.add_argument("-o", "--output", required=True, help="GGUF file to write")
    parser.add_argument("--type", choices=sorted(gguf.FILE_TYPES), default="f16",
                        help="type of the matrices (default: f16)")
    parser.add_argument("--heads",
                        type=int,
                        help="attention heads, where no shape tells (default: 16 at width 768)")
    parser.add_argument("--name", help="name shown by unmask info")
    parser.add_argument("--license", default="unknown", help="licence of the weights, shown by unmask info")
    args = parser.parse_args()
    if args.heads is not None and not 1 <= args.heads <= 64:
        parser.error("--heads: expected 1 to 64")
    for option in ("name", "license"):
        try:
            (getattr(args, option) or "").encode("utf-8")
        except UnicodeEncodeError:
            parser.error(f"--{option}: is not UTF-8")
    args.file_type = gguf.FILE_TYPES[args.type]
    return args


def show_progress(done, total):
    print(f"\r{done >> 20} of {total >> 20} MiB",
          end="" if done < total else "\n",
          file=sys.stderr,
          flush=True)


def main():
    args = arguments()
    # A file that is not finished goes away on a polite end, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    try:
        meta = run.convert(args.input, args.output, args, show_progress if terminal else None)
    except convert.Refused as error:
        print(f"convert.py: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        place = error.filename or args.output or "''"
        print(f"convert.py: {place}: {error.strerror}", file=sys.stderr)
        return 7
    except MemoryError:
        print("convert.py: out of memory", file=sys.stderr)
        return 5
    except KeyboardInterrupt:
        return 130
    print(f"{args.output}: {os.path.getsize(args.output)} bytes, {meta['general.name']}, "
          f"{meta['maskgit.class_count']} classes, {args.type}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
