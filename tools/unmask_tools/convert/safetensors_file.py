"""safetensors files: an 8-byte length, a JSON header, the values. Nothing in them can run.

As the format demands, no name stands twice and the tensors lie one behind the other, from the first byte of
the values to the last one of the file.
"""
import io
import json
import struct

import numpy as np

from . import Refused
from .array import Array, bfloat16
from .limits import MOST_NAME, MOST_TENSORS, Damaged, elements, whole

TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "bfloat16",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "?"
}
MOST_HEADER = 1 << 22
MOST_DIGITS = 20


def _once(pairs):
    """A JSON object; Python's own reader lets the last one of two equal names win."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Damaged("has a name twice in its header")
    return made


def _integer(text):
    # Longer ones take a time that grows with the square of their length.
    return int(text) if len(text) <= MOST_DIGITS else None


def _header(raw):
    try:
        header = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_int=_integer,
                            parse_float=lambda text: None, parse_constant=lambda text: None)
    except (ValueError, RecursionError) as error:
        raise Damaged("its header is cut short or damaged") from error
    if not isinstance(header, dict):
        raise Damaged("its header is no list of tensors")
    notes = header.pop("__metadata__", {})
    if not isinstance(notes, dict) or not all(isinstance(note, str) for note in notes.values()):
        raise Damaged("its header has notes that are no texts")
    return header


def _entry(name, entry, end):
    """(first byte, byte behind the last, type, shape)."""
    if not isinstance(entry, dict):
        raise Damaged(f"{name} is not described as the format demands")
    kind, shape, place = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(kind, str) or kind not in TYPES:
        raise Damaged(f"{name} has a type that no weights have")
    if not isinstance(shape, list) or not isinstance(place, list) or len(place) != 2 or \
            not all(map(whole, place)):
        raise Damaged(f"{name} is not described as the format demands")
    count, kind = elements(shape), TYPES[kind]
    width = 2 if kind == "bfloat16" else np.dtype(kind).itemsize
    first, last = place
    if count is None or last - first != width * count or last > end:
        raise Damaged(f"{name} does not fit the file, which is cut short or damaged")
    return first, last, kind, shape


class Safetensors:
    """An open stream."""

    def __init__(self, stream, title):
        self.stream, self.title = stream, title

    def arrays(self, weights):
        """{name: Array}; the file is a flat list of tensors, so there is nothing to search."""
        try:
            return self.read_header()
        except Damaged as error:
            raise Refused(f"{self.title}: {error}") from error

    def read_header(self):
        file_size = self.stream.seek(0, io.SEEK_END)
        self.stream.seek(0)
        size = struct.unpack("<Q", self.stream.read(8))[0]
        if size > min(MOST_HEADER, file_size - 8):
            raise Damaged("its header is cut short or damaged")
        start = 8 + size
        header = _header(self.stream.read(size))
        if len(header) > MOST_TENSORS or max(map(len, header), default=0) > MOST_NAME:
            raise Damaged("describes its tensors with more than any checkpoint needs")
        entries = {name: _entry(name, entry, file_size - start) for name, entry in header.items()}
        self.check_cover(entries, file_size - start)
        return {name: self.array(start, *entry) for name, entry in entries.items()}

    def check_cover(self, entries, end):
        at = 0
        for name, (first, last, *_) in sorted(entries.items(), key=lambda item: item[1][:2]):
            if first != at:
                raise Damaged(f"{name} overlaps another tensor" if first < at else
                              f"has bytes before {name} that belong to no tensor")
            at = last
        if at != end:
            raise Damaged("has bytes at its end that belong to no tensor")

    def array(self, start, first, last, kind, shape):
        def load():
            self.stream.seek(start + first)
            raw = self.stream.read(last - first)
            if len(raw) != last - first:
                raise Refused(f"{self.title}: is cut short")
            return (bfloat16(raw) if kind == "bfloat16" else np.frombuffer(raw, kind)).reshape(shape)
        return Array(shape, load)
