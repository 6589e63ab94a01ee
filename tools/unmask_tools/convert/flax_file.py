"""Flax checkpoints: msgpack maps whose arrays are extensions, read without flax or msgpack.

Format: flax.serialization. Extension 1 is an array, itself msgpack: (shape, type name, bytes). Arrays above
1 GiB are maps with the key __msgpack_chunked_array__, a shape and chunks, both as maps from "0", "1" and so
on.
"""
import io
import struct

import numpy as np

from . import Refused
from .array import Array, bfloat16
from .limits import MOST_NAME, Budget, Damaged, check_tensors, elements

NDARRAY = 1
CHUNKED = "__msgpack_chunked_array__"
MOST_DEPTH = 32
TYPES = {"float32", "float64", "float16", "bfloat16", "int64", "int32", "uint32", "int8", "uint8", "bool"}
SIZED = {0xC4: ("bin", "B"), 0xC5: ("bin", ">H"), 0xC6: ("bin", ">I"), 0xC7: ("ext", "B"),
         0xC8: ("ext", ">H"), 0xC9: ("ext", ">I"), 0xD9: ("str", "B"), 0xDA: ("str", ">H"),
         0xDB: ("str", ">I"), 0xDC: ("list", ">H"), 0xDD: ("list", ">I"), 0xDE: ("map", ">H"),
         0xDF: ("map", ">I")}
NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: "B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: "b", 0xD1: ">h",
           0xD2: ">i", 0xD3: ">q"}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


class Span:
    """Bytes that stay in the file: start and size."""

    __slots__ = "start", "size"

    def __init__(self, start, size):
        self.start, self.size = start, size


class Reader:
    """Values at the place of a stream, up to an end. bin and ext contents become Spans."""

    def __init__(self, stream, end, budget):
        self.stream, self.end, self.budget = stream, end, budget

    def take(self, size, values=0):
        self.budget.spend(values, size)
        raw = self.stream.read(size) if self.stream.tell() + size <= self.end else b""
        if len(raw) != size:
            raise Damaged("is cut short")
        return raw

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def head(self):
        """(kind, value or size) of the next value."""
        code = self.take(1, 1)[0]
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
        start = self.stream.tell()
        if size > self.end - start:
            raise Damaged("is cut short")
        self.stream.seek(start + size)
        return Span(start, size)

    def value(self, depth=0):
        if depth > MOST_DEPTH:
            raise Damaged("is nested more deeply than any checkpoint")
        kind, size = self.head()
        if kind == "value":
            return size
        if kind == "str":
            return self.take(size).decode("utf-8")
        if kind == "bin":
            return self.span(size)
        if kind == "ext":
            return self.extension(size, depth)
        if kind == "list":
            return [self.value(depth + 1) for _ in range(size)]
        made = {}
        for _ in range(size):
            key = self.key(depth + 1)
            if key in made:
                raise Damaged("has a map with a name that stands twice")
            made[key] = self.value(depth + 1)
        return made

    def key(self, depth):
        key = self.value(depth)
        if type(key) is int:
            key = str(key)
        if type(key) is not str or len(key) > MOST_NAME:
            raise Damaged("has a map whose keys are not names")
        return key

    def extension(self, size, depth):
        code, start = self.number("b"), self.stream.tell()
        span = self.span(size)
        if code != NDARRAY:
            return span
        self.stream.seek(start)
        inner = Reader(self.stream, start + size, self.budget)
        made = self.array(inner.value(depth + 1))
        self.stream.seek(start + size)
        return made

    def array(self, parts):
        if not isinstance(parts, list) or len(parts) != 3:
            raise Damaged("has an array that flax did not write")
        shape, kind, raw = parts
        if isinstance(kind, Span) and kind.size <= max(map(len, TYPES)):
            kind = self.content(kind).decode("ascii")
        if not isinstance(kind, str) or kind not in TYPES:
            raise Damaged("has an array of a type that flax does not write")
        if not isinstance(shape, list) or not isinstance(raw, Span):
            raise Damaged("has an array that flax did not write")
        count = elements(shape)
        if count is None:
            raise Damaged("has an array of an impossible shape")
        if count * _width(kind) != raw.size:
            raise Damaged("has an array whose bytes do not fit its shape")
        return Array(shape, self.loader(shape, kind, raw))

    def content(self, span):
        self.stream.seek(span.start)
        return self.stream.read(span.size)

    def loader(self, shape, kind, raw):
        def load():
            bytes_ = self.content(raw)
            if kind == "bfloat16":
                return bfloat16(bytes_).reshape(shape)
            return np.frombuffer(bytes_, np.dtype(kind).newbyteorder("<")).reshape(shape)
        return load


def _width(kind):
    return 2 if kind == "bfloat16" else np.dtype(kind).itemsize


def _ordered(numbered, what):
    names = [str(i) for i in range(len(numbered))] if isinstance(numbered, dict) else [""]
    if not isinstance(numbered, dict) or not all(name in numbered for name in names):
        raise Damaged(f"has an array in chunks without its {what}")
    return [numbered[name] for name in names]


def _chunked(tree):
    shape, chunks = _ordered(tree.get("shape"), "shape"), _ordered(tree.get("chunks"), "chunks")
    if not all(isinstance(chunk, Array) and len(chunk.shape) == 1 for chunk in chunks):
        raise Damaged("has an array in chunks that are no arrays")
    count = elements(shape)
    if count is None:
        raise Damaged("has an array of an impossible shape")
    if not chunks or count != sum(chunk.shape[0] for chunk in chunks):
        raise Damaged("has an array whose chunks do not fit its shape")
    return Array(shape, lambda: np.concatenate([chunk.load() for chunk in chunks]).reshape(shape))


def flattened(tree, budget):
    """{name with dots: Array} of nested maps; other values are left out."""
    made, waiting = {}, [("", tree)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict) and not value.get(CHUNKED):
            budget.spend(len(value), len(value) * len(name))  # names grow with every level
            waiting += [(f"{name}.{key}" if name else key, part) for key, part in value.items()]
        elif isinstance(value, (Array, dict)):
            if name in made:
                raise Damaged(f"has two arrays called {name}")
            made[name] = value if isinstance(value, Array) else _chunked(value)
    return made


class Flax:
    """An open stream."""

    def __init__(self, stream, title):
        self.stream, self.title = stream, title

    def arrays(self, weights):
        """{name: Array} below "params"; there is only one place where flax keeps weights."""
        try:
            budget, end = Budget(), self.stream.seek(0, io.SEEK_END)
            self.stream.seek(0)
            tree = Reader(self.stream, end, budget).value()
            if self.stream.tell() != end:
                raise Damaged("goes on after its end")
            if not isinstance(tree, dict) or not isinstance(tree.get("params"), dict):
                raise Damaged("is no flax checkpoint: it has no \"params\"")
            made = flattened(tree["params"], budget)
            check_tensors(dict.fromkeys(made, 0), end)
            return made
        except (Damaged, UnicodeDecodeError) as error:
            reason = error if isinstance(error, Damaged) else "is damaged"
            raise Refused(f"{self.title}: {reason}") from error
