"""safetensors files: an 8-byte length, a JSON header, the values. Nothing in them can run."""
import json
import math
import struct

import numpy as np

from . import Refused
from .array import Array, bfloat16

TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "bfloat16",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?"
}
MOST_HEADER = 1 << 26


def _whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


class Safetensors:
    """An open file."""

    def __init__(self, path, title):
        self.title, self.stream = title, open(path, "rb")

    def close(self):
        self.stream.close()

    def arrays(self, weights):
        """{name: Array}; the file is a flat list of tensors, so there is nothing to search."""
        size = struct.unpack("<Q", self.stream.read(8))[0]
        raw = self.stream.read(size) if size <= MOST_HEADER else b""
        try:
            header = json.loads(raw.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise Refused(f"{self.title}: its header is cut short or damaged") from error
        end = self.stream.seek(0, 2) - 8 - size
        return {name: self.array(name, entry, 8 + size, end) for name, entry in header.items()
                if name != "__metadata__"}

    def array(self, name, entry, start, end):
        try:
            kind, shape, (first, last) = TYPES[entry["dtype"]], entry["shape"], entry["data_offsets"]
            width = 2 if kind == "bfloat16" else np.dtype(kind).itemsize
            if not all(map(_whole,
                           (*shape, first, last))) or last - first != width * math.prod(shape) or last > end:
                raise ValueError
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(
                f"{self.title}: {name} does not fit the file, which is cut short or damaged") from error

        def load():
            self.stream.seek(start + first)
            raw = self.stream.read(last - first)
            if len(raw) != last - first:
                raise Refused(f"{self.title}: is cut short")
            return (bfloat16(raw) if kind == "bfloat16" else np.frombuffer(raw, kind)).reshape(shape)
        return Array(shape, load)
