"""PyTorch checkpoints, zip archives and the older plain pickles, without PyTorch.

Only the bytes that a tensor covers are read, when it is asked for. Strides and storage offsets are honoured:
many tensors of the published files are views of larger or transposed storages.
"""
import io
import math
import mmap
import struct
import zipfile
import zlib

import numpy as np

from . import Refused, pickled
from .array import Array, bfloat16

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
MOST_PICKLE = 1 << 26
PIECE = 1 << 24


def _item_size(kind):
    return 2 if kind == "bfloat16" else np.dtype(kind).itemsize


def _extent(tensor):
    """Elements of the storage from the tensor's first to its last."""
    if 0 in tensor.shape:
        return 0
    return 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides))


def _array(source, tensor, name):
    """An Array of a pickled.Tensor; what it covers is checked now."""
    storage, extent = tensor.storage, _extent(tensor)
    if tensor.offset + extent > storage.count:
        raise Refused(f"{source.title}: {name} reaches beyond its storage")
    if math.prod(tensor.shape) > storage.count:
        raise Refused(f"{source.title}: {name} repeats elements of its storage")

    def load():
        raw = source.read(storage, tensor.offset, extent)
        flat = bfloat16(raw) if storage.kind == "bfloat16" else np.frombuffer(raw, storage.kind)
        steps = [stride * flat.itemsize for stride in tensor.strides]
        return np.lib.stride_tricks.as_strided(flat, tensor.shape, steps, writeable=False)
    return Array(tensor.shape, load)


class _Source:
    """An open file whose storages have a place (byte offset) in it."""

    def __init__(self, path, title):
        self.title, self.stream = title, open(path, "rb")

    def close(self):
        self.stream.close()

    def arrays(self, weights):
        """{name: Array}, where weights(plain data of the file) gives {name: pickled.Tensor}."""
        found = weights(self.data())
        return {name: _array(self, tensor, name) for name, tensor in found.items()}

    def read(self, storage, first, count):
        size = _item_size(storage.kind)
        self.check(storage)
        self.stream.seek(storage.where + first * size)
        raw = self.stream.read(count * size)
        if len(raw) != count * size:
            raise Refused(f"{self.title}: is cut short")
        return raw

    def check(self, storage):
        """Verifies a storage once, where the container has checksums."""


class Zip(_Source):
    """A torch.save() archive."""

    def data(self):
        self.checked = set()
        self.open_archive()
        if self.root + "byteorder" in self.entries and self.member("byteorder", 16) != b"little":
            raise Refused(f"{self.title}: is not little-endian")
        data, storages = pickled.load(io.BytesIO(self.member("data.pkl", MOST_PICKLE)), self.title)
        for storage in storages.values():
            self.place(storage)
        return data

    def open_archive(self):
        try:
            self.archive = zipfile.ZipFile(self.stream)
            self.entries = {info.filename: info for info in self.archive.infolist()}
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise Refused(f"{self.title}: damaged or cut short, its zip directory is missing") from error
        roots = [name[:-len("data.pkl")] for name in self.entries if name.split("/")[1:] == ["data.pkl"]]
        if len(roots) != 1:
            raise Refused(f"{self.title}: a zip archive, but not a PyTorch checkpoint")
        self.root = roots[0]

    def entry(self, name):
        """(byte offset, size) of a stored member."""
        info = self.entries.get(self.root + name)
        if info is None:
            raise Refused(f"{self.title}: {name} is missing from the archive")
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise Refused(f"{self.title}: {name} is compressed, which PyTorch never does")
        # A damaged directory can point before the file's start.
        self.stream.seek(max(info.header_offset, 0))
        header = self.stream.read(30)
        if info.header_offset < 0 or len(header) != 30 or header[:4] != b"PK\3\4":
            raise Refused(f"{self.title}: damaged at {name}")
        return info.header_offset + 30 + sum(struct.unpack("<HH", header[26:])), info.file_size

    def member(self, name, most):
        where, size = self.entry(name)
        if size > most:
            raise Refused(f"{self.title}: {name} has {size} bytes, more than any checkpoint needs")
        self.stream.seek(where)
        raw = self.stream.read(size)
        if len(raw) != size or zlib.crc32(raw) != self.entries[self.root + name].CRC:
            raise Refused(f"{self.title}: damaged, the checksum of {name} differs")
        return raw

    def place(self, storage):
        storage.where, size = self.entry(f"data/{storage.key}")
        if size < storage.count * _item_size(storage.kind):
            raise Refused(f"{self.title}: data/{storage.key} is too short")

    def check(self, storage):
        if storage.key in self.checked:
            return
        info = self.entries[f"{self.root}data/{storage.key}"]
        self.stream.seek(storage.where)
        left, sum_ = info.file_size, 0
        while left:
            piece = self.stream.read(min(left, PIECE))
            if not piece:
                raise Refused(f"{self.title}: is cut short")
            sum_, left = zlib.crc32(piece, sum_), left - len(piece)
        if sum_ != info.CRC:
            raise Refused(f"{self.title}: damaged, the checksum of data/{storage.key} differs")
        self.checked.add(storage.key)


class Legacy(_Source):
    """The form of PyTorch before 1.6: pickles, then the storages in the order of a list of keys."""

    def data(self):
        with mmap.mmap(self.stream.fileno(), 0, access=mmap.ACCESS_READ) as view:
            for expected in (LEGACY_MAGIC, LEGACY_PROTOCOL):
                if pickled.load(view, self.title)[0] != expected:
                    raise Refused(f"{self.title}: a pickle, but not a PyTorch checkpoint")
            system = pickled.load(view, self.title)[0]
            if not isinstance(system, dict) or system.get("little_endian") is not True:
                raise Refused(f"{self.title}: is not little-endian")
            data, storages = pickled.load(view, self.title)
            self.place(view, storages)
        return data

    def place(self, view, storages):
        keys = pickled.load(view, self.title)[0]
        if not isinstance(keys, list) or {str(key) for key in keys} != set(storages):
            raise Refused(f"{self.title}: damaged, its list of storages does not fit")
        for key in keys:
            storage = storages[str(key)]
            head = view.read(8)
            if len(head) != 8 or struct.unpack("<q", head)[0] != storage.count:
                raise Refused(f"{self.title}: is cut short or damaged at storage {key}")
            storage.where = view.tell()
            end = storage.where + storage.count * _item_size(storage.kind)
            if end > len(view):
                raise Refused(f"{self.title}: is cut short at storage {key}")
            view.seek(end)
