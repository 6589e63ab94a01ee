"""Flax checkpoints: msgpack maps whose arrays are extensions, read without flax or msgpack.

Format: flax.serialization. Extension 1 is an array, itself msgpack: (shape, type name, bytes). Arrays above
1 GiB are maps with the key __msgpack_chunked_array__, a shape and chunks, both as maps from "0", "1" and so
on.
"""
import math
import mmap
import struct

import numpy as np

from . import Refused
from .array import Array, bfloat16

NDARRAY = 1
CHUNKED = "__msgpack_chunked_array__"
MOST_DEPTH = 32
MOST_ITEMS = 1 << 20
TYPES = {"float32", "float64", "float16", "bfloat16", "int64", "int32", "uint32", "int8", "uint8", "bool"}
SIZED = {0xC4: ("bin", "B"), 0xC5: ("bin", ">H"), 0xC6: ("bin", ">I"), 0xC7: ("ext", "B"),
         0xC8: ("ext", ">H"), 0xC9: ("ext", ">I"), 0xD9: ("str", "B"), 0xDA: ("str", ">H"),
         0xDB: ("str", ">I"), 0xDC: ("list", ">H"), 0xDD: ("list", ">I"), 0xDE: ("map", ">H"),
         0xDF: ("map", ">I")}
NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: "B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: "b", 0xD1: ">h",
           0xD2: ">i", 0xD3: ">q"}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


class Damaged(Exception):
    pass


class Span:
    """Bytes that stay in the file: start and size."""

    def __init__(self, start, size):
        self.start, self.size = start, size


class Reader:
    """Values at a place of the file. bin and ext contents become Spans."""

    def __init__(self, view, start=0, end=None):
        self.view, self.at, self.end = view, start, len(view) if end is None else end
        self.items = 0

    def take(self, size):
        if size > self.end - self.at:
            raise Damaged("is cut short")
        self.at += size
        return self.view[self.at - size:self.at]

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def head(self):
        """(kind, value or size) of the next value."""
        code = self.take(1)[0]
        for low, high, kind in ((0x80, 0x8F, "map"), (0x90, 0x9F, "list"), (0xA0, 0xBF, "str")):
            if low <= code <= high:
                return kind, code - low
        if code <= 0x7F or code >= 0xE0:
            return "value", code if code <= 0x7F else code - 256
        if code in CONSTANTS:
            return "value", CONSTANTS[code]
        if code in NUMBERS:
            return "value", self.number(NUMBERS[code])
        if 0xD4 <= code <= 0xD8:
            return "ext", 1 << (code - 0xD4)
        if code in SIZED:
            return SIZED[code][0], self.number(SIZED[code][1])
        raise Damaged("has a byte that begins no value")

    def span(self, size):
        if size > self.end - self.at:
            raise Damaged("is cut short")
        self.at += size
        return Span(self.at - size, size)

    def value(self, depth=0):
        self.items += 1
        if depth > MOST_DEPTH or self.items > MOST_ITEMS:
            raise Damaged("is nested or split up more than any checkpoint")
        kind, size = self.head()
        if kind == "value":
            return size
        if kind == "str":
            return self.take(size).decode("utf-8")
        if kind == "bin":
            return self.span(size)
        if kind == "ext":
            code = self.number("b")
            return self.array(self.span(size), depth + 1) if code == NDARRAY else self.span(size)
        if kind == "list":
            return [self.value(depth + 1) for _ in range(size)]
        made = {}
        for _ in range(size):
            key = self.value(depth + 1)
            if not isinstance(key, (str, int)):
                raise Damaged("has a map whose keys are not names")
            made[str(key)] = self.value(depth + 1)
        return made

    def array(self, span, depth):
        inner = Reader(self.view, span.start, span.start + span.size)
        parts = inner.value(depth)
        if not isinstance(parts, list) or len(parts) != 3:
            raise Damaged("has an array that flax did not write")
        shape, kind, raw = parts
        if isinstance(kind, Span):
            kind = self.view[kind.start:kind.start + kind.size].decode("ascii")
        if not isinstance(kind, str) or kind not in TYPES:
            raise Damaged("has an array of a type that flax does not write")
        if not isinstance(shape, list) or not isinstance(raw, Span):
            raise Damaged("has an array that flax did not write")
        if not all(isinstance(size, int) and size >= 0 for size in shape):
            raise Damaged("has an array of an impossible shape")
        size = 2 if kind == "bfloat16" else np.dtype(kind).itemsize
        if math.prod(shape) * size != raw.size:
            raise Damaged("has an array whose bytes do not fit its shape")
        return Array(shape, self.loader(shape, kind, raw))

    def loader(self, shape, kind, raw):
        def load():
            bytes_ = self.view[raw.start:raw.start + raw.size]
            if kind == "bfloat16":
                return bfloat16(bytes_).reshape(shape)
            return np.frombuffer(bytes_, np.dtype(kind).newbyteorder("<")).reshape(shape)
        return load


def _ordered(numbered, what):
    if not isinstance(numbered, dict) or sorted(numbered) != sorted(map(str, range(len(numbered)))):
        raise Damaged(f"has an array in chunks without its {what}")
    return [numbered[str(i)] for i in range(len(numbered))]


def _chunked(tree):
    shape, chunks = _ordered(tree.get("shape"), "shape"), _ordered(tree.get("chunks"), "chunks")
    if not all(isinstance(chunk, Array) and len(chunk.shape) == 1 for chunk in chunks):
        raise Damaged("has an array in chunks that are no arrays")
    if not all(isinstance(size, int) and size >= 0 for size in shape):
        raise Damaged("has an array of an impossible shape")
    if math.prod(shape) != sum(chunk.shape[0] for chunk in chunks):
        raise Damaged("has an array whose chunks do not fit its shape")
    return Array(shape, lambda: np.concatenate([chunk.load() for chunk in chunks]).reshape(shape))


def flattened(tree, prefix=""):
    """{name with dots: Array} of nested maps; other values are left out."""
    if isinstance(tree, Array):
        return {prefix: tree}
    if not isinstance(tree, dict):
        return {}
    if tree.get(CHUNKED):
        return {prefix: _chunked(tree)}
    made = {}
    for key, value in tree.items():
        made.update(flattened(value, f"{prefix}.{key}" if prefix else key))
    return made


class Flax:
    """An open checkpoint."""

    def __init__(self, path, title):
        self.title = title
        with open(path, "rb") as stream:
            self.view = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)

    def close(self):
        self.view.close()

    def arrays(self, weights):
        """{name: Array} below "params"; there is only one place where flax keeps weights."""
        try:
            reader = Reader(self.view)
            tree = reader.value()
            if reader.at != len(self.view):
                raise Damaged("goes on after its end")
            if not isinstance(tree, dict) or not isinstance(tree.get("params"), dict):
                raise Damaged("is no flax checkpoint: it has no \"params\"")
            return flattened(tree["params"])
        except (Damaged, UnicodeDecodeError, struct.error) as error:
            reason = error if isinstance(error, Damaged) else "is damaged"
            raise Refused(f"{self.title}: {reason}") from error
