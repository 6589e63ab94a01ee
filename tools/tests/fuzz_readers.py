#!/usr/bin/env python3
"""Random checkpoints for the readers of tools/convert.py:

    python3 tools/tests/fuzz_readers.py --runs 100000 --seed 1

Pickles are made opcode by opcode, safetensors headers and msgpack trees value by value, from good ones,
hostile pieces and chance, and then changed; some bytes of the file are changed last. Every input must end
with arrays or with one printable line, within limits of memory and of processor time; arrays are loaded, and
are no larger than the file warrants. An input depends on --seed and its own number alone: --first N --runs 1
repeats one. The exit code is 1, and the input lies in a file, where one ended otherwise.
"""
import argparse
import collections
import io
import json
import mmap
import multiprocessing
import os
import random
import re
import resource
import signal
import struct
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]

import containers as c
from unmask_tools.convert import Refused, checkpoint

MEMORY = 256 << 20  # above what the program has when it begins
SECONDS = 2  # of processor time for one input
BATCH = 20000  # inputs of one process
KEYS = ("0", "1", "2")
FLOATS = 24  # of each storage
NUMBERS = (0, 1, 2, 3, 4, 6, 24, 25, -1, 127, 255, 256, 65535, 1 << 31, (1 << 31) - 1, 1 << 32, (1 << 47) - 1,
           1 << 48, 1 << 61, (1 << 63) - 1, 1 << 63, -(1 << 63), 1 << 64, 1 << 500, 1 << 511)
TEXTS = ("storage", "cpu", "0", "1", "a", "b", "state_dict", "model", "module.a", "_orig_mod.", "", "é",
         "\ud800", "x" * 300, "\n\x1b[2J", "little_endian", "data.pkl", "os", "system", "torch", "Size")
GLOBALS = (c.FLOAT_STORAGE, c.REBUILD, c.ORDERED, b"ctorch\nHalfStorage\n", b"ctorch\nBFloat16Storage\n",
           b"ctorch\nBoolStorage\n", b"ctorch._utils\n_rebuild_parameter\n", b"c__builtin__\nset\n",
           b"cargparse\nNamespace\n", b"cos\nsystem\n", b"cbuiltins\neval\n", b"c\n\n", b"ctorch\nStorage\n",
           b"cnumpy.core.multiarray\nscalar\n", b"c\xff\n\n", b"c" + b"x" * 2000)
PLAIN = [
    bytes([code]) for code in b"()}]NeuadtlsRQb012\x85\x86\x87\x88\x89\x8f\x90\x91\x81\x92\x93\x94oPIFSVigp."
]
MEMO = [b"%c%c" % (code, slot) for code in b"qh" for slot in range(6)]
CLAIMS = [
    b"X\xff\xff\xff\xff", b"T\xff\xff\xff\x7f", b"\x8d" + b"\xff" * 8, b"\x8e" + b"\xff" * 7 + b"\x7f",
    b"\x8b\xff\xff\xff\xff", b"\x8b\xff\xff\xff\x7f", b"\x96" + b"\x7f" * 8, b"r\xff\xff\xff\xff",
    b"j\xff\xff\xff\xff", b"\x95" + b"\xff" * 8, b"B\0\0\0\x80", b"\x82\x01", b"\x97\x98", b"\x80\x06",
    b"C\x05abcde", b"U\x03abc", b"G" + b"\x7f\xf8" + bytes(6), b"G" + bytes(8)
]


def any_number(chance):
    return c.number(chance.choice(NUMBERS))


def good_tensor(chance):
    """The opcodes of a tensor as a list of its parts."""
    rows, columns = chance.choice(((2, 3), (4, 6), (24, 1), (1, 1), (0, 5)))
    strides = chance.choice(((columns, 1), (1, rows)))
    offset = chance.randrange(FLOATS - rows * columns + 1)
    return [
        c.REBUILD, b"(", b"(",
        c.text("storage"), c.FLOAT_STORAGE,
        c.text(chance.choice(KEYS)),
        c.text("cpu"),
        c.number(FLOATS), b"t", b"Q",
        c.number(offset), b"(",
        c.number(rows),
        c.number(columns), b"t", b"(",
        c.number(strides[0]),
        c.number(strides[1]), b"t", b"\x89", c.ORDERED, b")", b"R", b"t", b"R"
    ]


def good_pickle(chance):
    """A dict of tensors, perhaps inside another one."""
    parts = [c.ORDERED, b")", b"R", b"("]
    for name in chance.sample(("a", "b", "module.c", "_orig_mod.d", "a.b"), chance.randrange(1, 4)):
        parts += [c.text(name), *good_tensor(chance)]
    parts.append(b"u")
    if chance.random() < 0.4:
        parts = [b"}", c.text(chance.choice(checkpoint.HOLDERS)), *parts, b"s"]
    return parts


def bomb(chance):
    """Values that double, nest or repeat."""
    start = chance.choice((c.text("x"), b"]", b"}", b")", b"N", c.number(7), c.text("storage")))
    step = chance.choice(
        (b"2\x86", b"q\0h\0\x86", b"\x85", b"2a", b"q\0a", b"]h\0a", b"}h\0h\0s", b"q\0h\0h\0h\0\x87",
         b"(h\0h\0h\0t", b"(", b"(]", b"2s", b"\x94", b"h\0Q", b"q\0h\0R"))
    around, end = chance.choice(
        ((b"", b"Q"), (b"}", b"Ns"), (b"}(", b"Nu"), (b"N", b"("), (b"\x8f(", b"\x90"), (b"](", b"e"),
         (b"", b""), (c.ORDERED, b"\x85R"), (c.text("os"), b"\x93"),
         (c.ORDERED + b"](", b"N\x86e\x85R"), (b"(", b"\x91"), (b"(" + c.text("storage") + c.FLOAT_STORAGE,
                                                                c.text("cpu") + c.number(FLOATS) + b"tQ")))
    return [around, start, b"q\0", *[step] * chance.randrange(1, 70), end]


def random_opcodes(chance):
    return [random_opcode(chance) for _ in range(chance.randrange(1, 40))]


def random_opcode(chance):
    kind = chance.random()
    if kind < 0.4:
        return chance.choice(PLAIN)
    if kind < 0.55:
        return c.text(chance.choice(TEXTS))
    if kind < 0.7:
        return any_number(chance)
    if kind < 0.8:
        return chance.choice(GLOBALS)
    if kind < 0.92:
        return chance.choice(MEMO)
    if kind < 0.97:
        return chance.choice(CLAIMS)
    return c.storage(chance.choice(KEYS), FLOATS)


def change(parts, chance, anew):
    """Changes a list of parts: takes away, doubles, swaps, replaces, moves, repeats."""
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 6))):
        if not parts:
            return
        at, other = chance.randrange(len(parts)), chance.randrange(len(parts))
        kind = chance.randrange(7)
        if kind == 0:
            del parts[at]
        elif kind == 1:
            parts.insert(at, parts[other])
        elif kind == 2:
            parts[at], parts[other] = parts[other], parts[at]
        elif kind < 5:
            parts[at] = anew(chance)
        elif kind == 5:
            parts.insert(at, anew(chance))
        else:
            parts[at:at] = parts[other:other + 6] * chance.choice((1, 2, 20))


def opcodes(chance):
    kind = chance.random()
    if kind < 0.65:
        parts = good_pickle(chance)
    elif kind < 0.8:
        parts = bomb(chance)
    else:
        parts = random_opcodes(chance)
    if kind < 0.75 and chance.random() < 0.2:
        at = chance.randrange(len(parts) + 1)
        parts[at:at] = bomb(chance)
    change(parts, chance, random_opcode)
    return b"".join(parts)


VALUES = bytes(range(64, 64 + 4 * FLOATS))


def zip_file(chance):
    data = b"\x80%c" % chance.choice((2, 2, 2, 3, 4, 5)) + opcodes(chance) + b"."
    members = [("a/data.pkl", data), ("a/version", b"3\n"), *((f"a/data/{key}", VALUES) for key in KEYS)]
    if chance.random() < 0.9:
        return c.zipped(members)
    if chance.random() < 0.3:
        members.append(("a/byteorder", chance.choice((b"little", b"big", b""))))
    change(
        members, chance, lambda chance: (chance.choice(
            ("a/data/0", "a/data.pkl", "b/data.pkl", "", "a/é")), chance.choice((b"", VALUES, data))))
    raw = bytearray(c.zipped(members))
    for _ in range(chance.randrange(3)):  # the directory is at the end
        at = len(raw) - 1 - chance.randrange(min(len(raw), 300))
        raw[at] = chance.choice((0, 1, 255, 127, raw[at] ^ 1))
    return bytes(raw)


def legacy_file(chance):
    keys = [b"]", b"(", *map(c.text, KEYS), b"e"]
    if chance.random() < 0.3:
        change(keys, chance, random_opcode)
    storages = [(FLOATS, VALUES)] * len(KEYS)
    if chance.random() < 0.2:
        storages[0] = (chance.choice((0, 23, 25, -1, 1 << 62)), VALUES[:chance.randrange(len(VALUES))])
    return c.torch_legacy(c.pickled(opcodes(chance)), b"".join(keys), storages)


JSON_TEXT = '"pt"'
JSON_VALUES = ("0", "1", "-1", "4", "24", "1e9", "1" * 19, "9" * 25, "9" * 5000, "NaN", "true", "null", "[]",
               "{}", '"F32"', '"F64"', '"BF16"', '"Q4"', "[0]", "[0,0]", "[0,24]", "[24,48]",
               "[0,18446744073709551616]", '""', '"\\ud800"', "[" * 500, '{"a":' * 200, "[9,9,9,9,9,9,9,9,9]",
               "[0,281474976710655,281474976710655]")


def safetensors_file(chance):
    pieces, at = [], 0
    for name in chance.sample("abcd", chance.randrange(1, 5)):
        count = chance.choice((0, 1, 6, 24))
        fields = [
            f'"dtype":"{chance.choice(("F32", "I32"))}"', f'"shape":[{count}]',
            f'"data_offsets":[{at},{at + 4 * count}]'
        ]
        if chance.random() < 0.15:
            change(
                fields, chance, lambda chance: f'"{chance.choice(("dtype", "shape", "data_offsets", "x"))}":'
                f'{chance.choice(JSON_VALUES)}')
        pieces.append(f"{json.dumps(name)}:{{{','.join(fields)}}}")
        at += 4 * count
    if chance.random() < 0.3:
        pieces.append(f'"__metadata__":{{"format":{chance.choice((*JSON_VALUES, *[JSON_TEXT] * 40))}}}')
    if chance.random() < 0.3:
        change(pieces, chance, lambda chance: f'"a":{chance.choice(JSON_VALUES)}')
    size = at if chance.random() < 0.8 else chance.randrange(200)
    raw = c.safetensors(f"{{{','.join(pieces)}}}" + " " * chance.randrange(3), bytes(size))
    return raw if chance.random() < 0.95 else struct.pack("<Q", chance.choice(NUMBERS) % (1 << 64)) + raw[8:]


def flax_array(chance):
    shape, kind = chance.choice(((3, ), (2, 3), (), (0, 4), (1, ) * 9, (1 << 40, 0))), "float32"
    size = 4
    for length in shape:
        size *= length
    if chance.random() < 0.2:
        kind = chance.choice(("bfloat16", "int8", "object", "V9", b"float32", 5, [1]))
    if chance.random() < 0.1:
        shape = [chance.choice(NUMBERS[:-4]) for _ in range(chance.randrange(1, 12))]
    return c.flax_array(shape, kind, bytes(size))


def flax_chunks(chance):
    count = chance.choice((2, 3, 0))
    tree = {
        "__msgpack_chunked_array__": True,
        "shape": {
            "0": 3 * count
        },
        "chunks": {str(i): c.flax_array((3, ), "float32", bytes(12))
                   for i in range(count)}
    }
    if chance.random() < 0.4:
        tree[chance.choice(list(tree))] = flax_value(chance, 3)
    return tree


def flax_value(chance, depth):
    kind = chance.random()
    if kind < 0.4 or depth > 3:
        return flax_array(chance)
    if kind < 0.5:
        return flax_chunks(chance)
    if kind < 0.85:
        pairs = [(chance.choice(("a", "b", "c", "0", "", 0, 7, "x" * 40)), flax_value(chance, depth + 1))
                 for _ in range(chance.randrange(4))]
        return ("map", pairs) if chance.random() < 0.2 else dict(pairs)
    return chance.choice((0, None, True, "text", b"bytes", [1, 2], [], -5, (1 << 64) - 1,
                          c.Packed(chance.choice((b"\x81\xa1a", b"\x91")) * 40 + b"\xc0"),
                          c.Packed(b"\xc9\0\0\0\x09\x02abcdefghi"), c.Packed(b"\xdf\xff\xff\xff\xff")))


def flax_file(chance):
    tree = {"params": {name: flax_value(chance, 0) for name in chance.sample("abcd", chance.randrange(1, 3))}}
    if chance.random() < 0.2:
        tree["step"] = flax_value(chance, 1)
    return c.msgpack(tree)


def made(seed, number):
    """The bytes of an input."""
    chance = random.Random(f"{seed} {number}")
    kind = chance.random()
    write = (zip_file if kind < 0.5 else legacy_file if kind < 0.6 else
             safetensors_file if kind < 0.8 else flax_file)
    raw = write(chance)
    if chance.random() < 0.15 and raw:
        raw = bytearray(raw)
        for _ in range(chance.randrange(1, 5)):
            at = chance.randrange(len(raw))
            kind = chance.randrange(4)
            if kind < 2:
                raw[at] = chance.choice((0, 1, 127, 128, 255, raw[at] ^ 1 << chance.randrange(8)))
            elif kind == 2:
                del raw[at:at + chance.choice((1, 4, 1000))]
            else:
                raw[at:at] = raw[at:at + 16] * chance.choice((1, 5))
            if not raw:
                break
    return bytes(raw)


class Slow(BaseException):
    pass


def too_slow(*_):
    raise Slow


def attempt(raw):
    """(whether it was read, how it ended); an exception that is none of the documented ends goes on."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    signal.setitimer(signal.ITIMER_PROF, 2 * SECONDS)
    try:
        read = checkpoint.read_checkpoint(io.BytesIO(raw), "x")
        arrays = [array.load() for array in read.arrays.values()]
        if sum(array.nbytes for array in arrays) > 8 * len(raw):
            raise AssertionError("the arrays are larger than the file warrants")
        if [array.shape for array in arrays] != [array.shape for array in read.arrays.values()]:
            raise AssertionError("an array has another shape than it said")
        return True, "read"
    except Refused as error:
        told = str(error)
        if not told.startswith("x: ") or len(told) > 500 or not told.isprintable():
            raise AssertionError(f"is no line: {told!r}") from error
        return False, told
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)


def limit():
    """Memory, and a signal that ends an input which is too slow; from C code, where no handler runs, another
    signal ends the process."""
    with open("/proc/self/statm", encoding="ascii") as stream:
        now = int(stream.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
    signal.signal(signal.SIGVTALRM, too_slow)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)


def arguments():
    parser = argparse.ArgumentParser(description="Random checkpoints for the readers of tools/convert.py.")
    parser.add_argument("--runs", type=int, default=100000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--endings", action="store_true", help="list how the inputs ended, and how often")
    parser.add_argument("--keep", default=".", help="folder for an input that ends otherwise")
    return parser.parse_args()


class Finding(Exception):
    pass


def run(args, first, last, place):
    """(how many were read, how the inputs ended). place: where the number of the present one stands."""
    endings, good = collections.Counter(), 0
    for number in range(first, last):
        place[:8] = struct.pack("<q", number)
        try:
            read, ending = attempt(made(args.seed, number))
        except (Exception, Slow) as error:
            raise Finding(f"{type(error).__name__}: {error}") from error
        good += read
        if args.endings:
            endings[re.sub(r"[0-9]+|(?<=: )\S*(?= (has|reaches|repeats|overlaps|does))", "N",
                           ending)[:70]] += 1
    return good, endings


def run_apart(args, first, last, place):
    """run() in a process of its own, which may die."""
    receiver, sender = multiprocessing.Pipe(False)

    def child():
        limit()
        try:
            sender.send(run(args, first, last, place))
        except Finding as finding:
            sender.send(finding)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    sender.close()
    try:
        result = receiver.recv()
    except EOFError:
        result = None
    process.join()
    if result is None:
        raise Finding(f"the process ended with {process.exitcode}")
    if isinstance(result, Finding):
        raise result
    return result


def main():
    args = arguments()
    place = mmap.mmap(-1, 8)
    endings, good, end = collections.Counter(), 0, args.first + args.runs
    for first in range(args.first, end, BATCH):
        try:
            read, some = run_apart(args, first, min(first + BATCH, end), place)
        except Finding as finding:
            number = struct.unpack("<q", place)[0]
            path = os.path.join(args.keep, f"finding-{args.seed}-{number}")
            with open(path, "wb") as stream:
                stream.write(made(args.seed, number))
            print(f"input {number} of seed {args.seed}, kept as {path}: {finding}")
            return 1
        good += read
        endings += some
    for ending, count in endings.most_common():
        print(f"{count:9} {ending}")
    print(
        f"{args.runs} inputs of seed {args.seed} from {args.first}: {good} read, {args.runs - good} refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
